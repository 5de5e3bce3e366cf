"""Derivatives that users define: for functions of their own (`custom_vjp`), for a library's (`defvjp`).

The compiler reads the bodies of `forward` and `backward` as it reads any function of the user's, so a custom adjoint
is inlined into the generated code, and second derivatives go through it.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, Generic, ParamSpec, TypeVar

from ...runtime.errors import ArgumentError
from . import registry

P = ParamSpec("P")
R = TypeVar("R")


class CustomVjp(Generic[P, R]):
    """A function with an adjoint of its own (see `custom_vjp`).

    primal            : the function
    forward, backward : what `defvjp` was given
    """

    def __init__(self, fn: Callable[P, R]) -> None:
        functools.update_wrapper(self, fn, updated=())
        self.primal = fn
        self.forward: Callable[..., Any] | None = None
        self.backward: Callable[..., Any] | None = None

    def defvjp(self, forward: Callable[..., Any], backward: Callable[..., Any]) -> CustomVjp[P, R]:
        """Give the function its adjoint.

        forward  : (the function's arguments) -> value, saved. `value` is what the function returns; `saved` is anything
                   that `backward` needs, in any structure
        backward : (saved, d_ans) -> the cotangents, a tuple with one for each positional argument (one alone for a
                   function of one argument; None for an argument without a derivative)
        returns  : the function itself, so that `f = pb.custom_vjp(f).defvjp(...)` works
        """
        for part, what in ((forward, "forward"), (backward, "backward")):
            if not callable(part):
                raise ArgumentError(f"defvjp() takes two functions; {what} is {type(part).__name__}")
        if _counts(backward) is not None and _counts(backward) != 2:
            raise ArgumentError(f"backward takes {_counts(backward)} arguments", None, "It is called as "
                                "backward(saved, d_ans).", "Write `def backward(saved, d_ans): ...`.")
        self.forward, self.backward = forward, backward
        return self

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.primal(*args, **kwargs)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    def __repr__(self) -> str:
        return f"<custom_vjp {getattr(self, '__qualname__', '?')}>"


class CustomJvp(CustomVjp[P, R]):
    """A function with a tangent of its own (see `custom_jvp`).

    rule : what `defjvp` was given
    """

    rule: Callable[..., Any] | None = None

    def __repr__(self) -> str:
        return f"<custom_jvp {getattr(self, '__qualname__', '?')}>"


class Checkpoint(Generic[P, R]):
    """A function whose derivative computes it again (see `checkpoint`)."""

    def __init__(self, fn: Callable[P, R]) -> None:
        functools.update_wrapper(self, fn, updated=())
        self.primal = fn

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.primal(*args, **kwargs)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else functools.partial(self, instance)

    def __repr__(self) -> str:
        return f"<checkpoint {getattr(self, '__qualname__', '?')}>"


def checkpoint(fn: Callable[P, R]) -> Checkpoint[P, R]:
    """A function of which the reverse sweep saves nothing but its arguments: it is computed again on the way back.

    fn      : a function without side effects
    returns : the function; a gradient through it costs one more evaluation, and no memory for what it computes inside
    raises  : (when it is differentiated) UnsupportedError, where `fn` prints, draws random numbers, or changes
              something outside itself

    >>> import numpy as np
    >>> import pullback as pb
    >>> layer = pb.checkpoint(lambda x, w: np.tanh(x @ w))
    >>> pb.grad(lambda w: np.sum(layer(np.ones(2), w)))(np.zeros((2, 1)))
    array([[1.],
           [1.]])
    """
    if not callable(fn):
        raise ArgumentError(f"checkpoint() takes a function, not {type(fn).__name__}")
    return Checkpoint(fn)


def _counts(fn: Any) -> int | None:
    """How many positional arguments a function takes; None where that varies."""
    try:
        parameters = inspect.signature(fn).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(p.kind is p.VAR_POSITIONAL or p.default is not p.empty for p in parameters):
        return None
    return sum(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in parameters)


def defvjp(target: Callable[..., Any], rule: Callable[..., Any] | None = None, *, elementwise: bool = False,
           jvp: Callable[..., Any] | None = None, **options: Any) -> Any:
    """Give a library function a derivative rule, in the notation of pullback's own rules.

    target      : the function, as it is called (`scipy.special.wofz`, a function of an extension module)
    rule        : a function with the target's parameter names and keyword-only `ans` and `d_ans`, which ends in
                  `return d_<parameter>, ...`; the compiler reads its body. Left out, `defvjp(target)` is a decorator
    elementwise : the target works element by element: un-broadcasting is added for you
    jvp         : the tangent, for forward mode: the target's parameters, `ans` and `t_<parameter>` -> `t_ans`
    raises      : PullbackError for a rule that is malformed, or a function that has a rule already

    >>> import numpy as np
    >>> import pullback as pb
    >>> def cube(x):  # stands for a function without Python source
    ...     return x ** 3
    >>> @pb.defvjp(cube, elementwise=True)
    ... def _(x, *, ans, d_ans):
    ...     d_x = d_ans * 3.0 * x ** 2
    ...     return d_x
    >>> pb.grad(lambda x: np.sum(cube(x)))(np.array([1.0, 2.0]))
    array([ 3., 12.])
    """
    if rule is None:
        return lambda body: defvjp(target, body, elementwise=elementwise, jvp=jvp, **options)
    if not callable(target):
        raise ArgumentError(f"defvjp() takes the function that the rule is for, not {type(target).__name__}")
    registry.rule_for(target)  # optional libraries' rules are loaded first, so that a second one is noticed
    registry.Rule((target,), rule).differentiable  # noqa: B018 - a malformed rule is refused here, not at its first use
    registry.vjp(target, elementwise=elementwise, jvp=jvp, **options)(rule)
    return rule


__all__ = ["Checkpoint", "CustomJvp", "CustomVjp", "checkpoint", "defvjp"]
