"""Calls that run outside of the generated code, with a derivative that is a program: quadratures, solutions of ODEs.

An `Outside` object is a function whose value is computed by its `run`, as it is; what its derivative is, `pull` says
(and `push`): functions that the compiler reads. These may call other `Outside` objects, so that the derivative can be
differentiated again.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from .domains import kinds
from .domains.kinds import Array, Kind, dtype_of, is_differentiable
from .ir import Atom, Call, Lit, Primitive, Var, walk
from .lower import Lowerer, Ref, Seq, custom, own_callables
from .lower.builtins import SPECIAL_CALLS
from .lower.custom import At
from .lower.lifted import Lifted, lift, real
from .lower.values import Slice

Made = Callable[..., Any]


class Outside:
    """A function that runs as it is.

    pull : (outside, (ans, args), d_ans) -> the cotangents of args, None where there is none
    push : (outside, ans, args, tangents) -> the tangent of ans; None: the transpose of `pull`
    pure : whether a call may be dropped where nobody reads its value
    """

    label = "outside"
    pure = False
    pull: ClassVar[Made]
    push: ClassVar[Made | None] = None

    def run(self, *args: Any) -> Any:
        """The value: one array of floats."""
        raise NotImplementedError

    def kind(self, low: Lowerer, args: list[Any]) -> Kind:
        """The kind of the value."""
        raise NotImplementedError

    def __call__(self, *args: Any) -> Any:
        return self.run(*args)

    @functools.cached_property
    def adjoint(self) -> Made:
        return functools.partial(type(self).pull, self)

    @functools.cached_property
    def tangent(self) -> Made | None:
        push = type(self).push
        return None if push is None else functools.partial(push, self)


class _Rebuilding:
    """The function, called with the leaves of its arguments."""

    def __init__(self, outside: Outside, trees: tuple[Any, ...]) -> None:
        self.outside, self.trees, self.__name__ = outside, trees, outside.label

    def __call__(self, *leaves: Any) -> Any:
        return self.outside(*(real(tree, leaves) for tree in self.trees))


def call_outside(low: Lowerer, fn: Outside, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    """One call: the arguments are leaves, its derivative is read from `pull` when a transform meets it."""
    atoms: list[Atom] = []
    trees = tuple(custom.flattened(low, atoms, a) for a in args)
    kind = fn.kind(low, args)
    out = Var(name, kind)
    rule = custom.ByResult(fn.label, fn.adjoint, trees, fn.tangent)
    if not fn.pure and not low.rehearsing:  # for what the user's function reads from outside
        def saved(value_at: Any) -> Any:
            return Seq((low.value_of(Var("", kind)), Seq(tuple(custom.replaced(t, value_at) for t in trees))))

        custom.rehearse(low, rule, fn.adjoint, saved, low.value_of(Var("", kind)), atoms, node)
    call = Primitive(f"outside.{fn.label}", _Rebuilding(fn, trees), "function", rule, fn.pure, "fresh")
    low.block.append(Call((out,), call, tuple(atoms), (), low.loc))
    return low.value_of(out)


own_callables.TYPES[Outside] = call_outside


# --- the user's function ------------------------------------------------------------------------------------------


class Arranged:
    """The user's function with its other arguments sorted: (floats, others, *own) -> value.

    floats, others : what may be differentiated and what may not, each a tuple of numbers and arrays
    """

    def __init__(self, fn: Any, args: tuple[Any, ...]) -> None:
        self.fn, self.args = fn, args

    def __call__(self, floats: tuple[Any, ...], others: tuple[Any, ...], *own: Any) -> Any:
        return self.fixed(floats, others)(*own)

    def fixed(self, floats: tuple[Any, ...], others: tuple[Any, ...]) -> Made:
        """The user's function with these arguments: made once for all the calls of a solver."""
        leaves = (*floats, *others)
        given = [real(tree, leaves) for tree in self.args]
        if not isinstance(self.fn, Lifted):
            return _with_last(self.fn, given)
        given, closed = self.fn.split(given)
        return _with_last(real(self.fn.tree, closed), given)


def _with_last(fn: Made, given: list[Any]) -> Made:
    return (lambda *own: fn(*own, *given)) if given else fn


def fixed(fn: Any, floats: tuple[Any, ...], others: tuple[Any, ...]) -> Made:
    """A function of (floats, others, ...) with these two given."""
    make = getattr(fn, "fixed", None)
    made: Made = functools.partial(fn, floats, others) if make is None else make(floats, others)
    return made


def _call_arranged(low: Lowerer, fn: Arranged, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    floats, others, *own = (low.opened(a) for a in args)
    leaves = (*floats.items, *others.items)
    given = [low.boxed(custom.replaced(tree, leaves.__getitem__)) for tree in fn.args]
    return low.call(Lit(fn.fn), [*own, *given], kwargs, name, node)


own_callables.TYPES[Arranged] = _call_arranged


def arranged(low: Lowerer, function: Any, args: Any, label: str, node: Any) -> tuple[Arranged, Seq, Seq]:
    """A function and its `args=`, as a function of floats and others; and these."""
    fn, closed = lift(low, function, label, node)
    leaves: list[Any] = []

    def tree(value: Any) -> Any:
        value = low.opened(value)
        if isinstance(value, Seq):
            return Seq(tuple(map(tree, value.items)), value.type)
        if isinstance(value, (Var, Ref)):
            leaves.append(value)
            return At(len(leaves) - 1)
        if isinstance(value, Lit):
            return value
        raise low.refuse(f"`args=` of `{label}` with {low.describe(value)} in it", "", "Pass numbers and arrays.", node)

    trees = tuple(tree(a) for a in (*sequence(low, args), *closed))
    outer = {captured.var for captured in low.captured.values()}  # read from outside the function: constants
    flags = [is_differentiable(low.kind(leaf)) and low.kind(leaf) != kinds.PY_INT and low.atom(leaf) not in outer
             for leaf in leaves]
    for leaf in leaves:
        dtype = dtype_of(low.kind(leaf))
        if dtype is not None and dtype.kind == "c":
            raise low.refuse(f"`{label}` with a complex argument of its function", "",
                             "Pass the real and the imaginary part.", node)
    order = [*(n for n, flag in enumerate(flags) if flag), *(n for n, flag in enumerate(flags) if not flag)]
    places = {old: new for new, old in enumerate(order)}
    sorted_trees = tuple(custom.replaced(t, lambda p: At(places[p])) for t in trees)
    count = sum(flags)
    chosen = [leaves[n] for n in order]
    return Arranged(fn, sorted_trees), Seq(tuple(chosen[:count])), Seq(tuple(chosen[count:]))


def check_effects(low: Lowerer, function: Any, args: list[Any], label: str, node: Any) -> None:
    """Read the user's function once: what it does besides its value would be done again by its derivative.

    raises : UnsupportedError, if it changes something
    """
    state, block = low.state, low.block
    low.state, low.block = state.copy(), []
    try:
        low.call(Lit(function), args, {}, "", node)
        found = [s for s in walk(tuple(low.block)) if isinstance(s, Call) and not s.prim.pure]
    finally:
        low.state, low.block = state, block
    for call in found:
        if call.prim.fn is not print and call.prim.form not in ("assert", "raise") \
                and not isinstance(call.prim.rule, custom.ByResult) and "runtime.checks" not in call.prim.name:
            raise low.refuse(f"`{label}` of a function that changes something ({call.prim.name})",
                             "Its derivative runs it again.", "Let it return a value, and do nothing else.", node=node)


def sequence(low: Lowerer, args: Any) -> list[Any]:
    """The items of `args=`: a tuple, or one value."""
    args = low.opened(args)
    if isinstance(args, Lit) and isinstance(args.value, tuple):
        return [Lit(v) for v in args.value]
    if isinstance(args, Lit) and args.value is None:
        return []
    return list(args.items) if isinstance(args, Seq) else [args]


# --- what the programs call ---------------------------------------------------------------------------------------


def packed(floats: Any) -> Any:
    """All elements of a tuple of numbers and arrays, as one vector.

    >>> packed((1.0, np.array([[2.0], [3.0]])))
    array([1., 2., 3.])
    """
    return np.concatenate([np.zeros(0), *[np.ravel(value) for value in floats]])


def unpacked(vector: Any, floats: Any) -> Any:
    """The elements of a vector as a tuple of numbers and arrays like `floats`.

    >>> unpacked(np.array([1.0, 2.0, 3.0]), (0.0, np.zeros((2, 1))))
    (1.0, array([[2.],
           [3.]]))
    """
    parts, start = [], 0
    for value in floats:
        stop = start + np.size(value)
        part = np.reshape(vector[start:stop], np.shape(value))
        parts.append(part if isinstance(value, np.ndarray) else float(part))
        start = stop
    return tuple(parts)


def _read_unpacked(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    vector, floats = args
    parts: list[Any] = []
    start: Any = Lit(0)
    for value in low.opened(floats).items:
        if kinds.shape_of(low.kind(value)) == ():
            parts.append(low.get_item(vector, start, "", node))
            start = low.binary("Add", start, Lit(1))
            continue
        stop = low.binary("Add", start, low.emit(np.size, value))
        part = low.get_item(vector, Slice(start, stop, Lit(None)), "", node)
        parts.append(low.emit(np.reshape, part, low.emit(np.shape, value)))
        start = stop
    return Seq(tuple(parts))


SPECIAL_CALLS[unpacked] = _read_unpacked


def known(function: Made) -> Made:
    """Calls of `function` are made when the program is read: its arguments are objects of pullback's own."""
    def evaluate(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
        return Lit(function(*(a.value for a in args)))

    SPECIAL_CALLS[function] = evaluate
    return function


VECTOR = Array(np.dtype("f8"), (kinds.Sym(),))

__all__ = ["VECTOR", "Arranged", "Lifted", "Outside", "arranged", "check_effects", "fixed", "known", "packed",
           "sequence", "unpacked"]
