"""`gradcheck`, `gradgradcheck`: a generated gradient against central differences."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..runtime.errors import ArgumentError, GradcheckError
from ..runtime.trees import children, rebuilt, steps, walk
from .pullbacks import vjp

STEPS = {4: 5e-3, 8: 1e-5}  # by the size of a real number, in bytes: about its epsilon ** (1/3)
TOLERANCES = {4: (2e-2, 2e-3), 8: (1e-5, 1e-7)}


@dataclass(frozen=True, slots=True)
class Place:
    """A leaf of the arguments that is checked: which argument, where in it, how a message calls it."""

    argument: int
    label: str
    value: Any


def gradcheck(fn: Callable[..., Any], args: Sequence[Any] | Any, *, wrt: int | Sequence[int] | None = None,
              directions: int = 3, step: float | None = None, rtol: float | None = None, atol: float | None = None,
              seed: int = 0, backend: str = "numpy") -> bool:
    """Compare the derivative that pullback generates for `fn` with central differences.

    For random cotangents c and random directions v, <pull(c), v> is compared with <c, (f(x + h v) - f(x - h v)) / 2h>,
    at the steps h and h / 2, in the argument's own dtype. Where they differ, each entry is looked at, and the message
    names the worst one.

    fn         : returns numbers or arrays of floats, in structures
    args       : the tuple of its positional arguments (one that is no tuple or list counts as one argument)
    wrt        : the indices of the arguments to check; all that hold floats by default
    directions : how many random directions
    step       : h, relative to the size of the argument (1e-5 for float64, 5e-3 for float32)
    rtol, atol : of the comparison (1e-5 and 1e-7 for float64, 2e-2 and 2e-3 for float32)
    returns    : True
    raises     : GradcheckError where they differ, or where the two steps do not agree (a kink, noise); ArgumentError if
                 there is nothing to check

    >>> gradcheck(lambda x: np.sin(x) * x, np.array([0.5, 2.0]))
    True
    """
    arguments = list(args) if isinstance(args, (tuple, list)) else [args]
    if any(hasattr(leaf, "requires_grad") for a in arguments for _, leaf in walk(a)):
        raise ArgumentError("gradcheck() of Tensors", None, "It checks functions of arrays.",
                            "Use pb.autograd.gradcheck.")
    places = _places(arguments, wrt)
    random = np.random.default_rng(seed)
    value, pull = vjp(fn, *copy.deepcopy(arguments), backend=backend)
    for _ in range(directions):
        cotangent = _like(value, random)
        gradients = pull(cotangent)
        for place in places:
            checker = _Checker(fn, arguments, place, cotangent, step, rtol, atol)
            found = dict(walk(gradients[place.argument], _name(place.argument)))[place.label]
            checker.compare(np.asarray(found), random)
    return True


def gradgradcheck(fn: Callable[..., Any], args: Sequence[Any] | Any, *, wrt: int | Sequence[int] | None = None,
                  **options: Any) -> bool:
    """`gradcheck` of the gradient of `fn`: its second derivatives, as pullback generates them.

    fn      : returns one real number
    args    : as in `gradcheck`
    wrt     : by which arguments `fn` is differentiated, twice
    raises  : as `gradcheck`

    >>> gradgradcheck(lambda x: np.sum(x ** 3), np.array([0.5, 2.0]))
    True
    """
    from .api import grad

    arguments = list(args) if isinstance(args, (tuple, list)) else [args]
    chosen = tuple(sorted({p.argument for p in _places(arguments, wrt)}))
    return gradcheck(grad(fn, wrt=chosen), arguments, wrt=chosen, **options)


@dataclass(frozen=True, slots=True)
class _Checker:
    """One leaf's gradient against differences of <cotangent, f>."""

    fn: Callable[..., Any]
    arguments: list[Any]
    place: Place
    cotangent: Any
    step: float | None
    rtol: float | None
    atol: float | None

    def compare(self, gradient: Any, random: np.random.Generator) -> None:
        """A random direction; where it disagrees, entry by entry."""
        x = np.asarray(self.place.value)
        if x.size == 0:
            return
        direction = _normal(x, random)
        if self._agrees(gradient, direction)[0]:
            return
        worst: tuple[float, Any, Any, Any] = (0.0, None, None, None)
        for index in np.ndindex(x.shape):
            for unit in (1.0, 1j) if x.dtype.kind == "c" else (1.0,):
                axis = np.zeros_like(x)
                axis[index] = unit
                fine, exact, numerical = self._agrees(gradient, axis)
                distance = abs(exact - numerical)
                if not fine and not distance <= worst[0]:
                    worst = (distance, index, exact, numerical)
        where = self.place.label + (f"[{', '.join(map(str, worst[1]))}]" if worst[1] else "")
        if worst[1] is None:  # every entry alone is within its tolerance
            _, exact, numerical = self._agrees(gradient, direction)
            worst, where = (0.0, (), exact, numerical), f"{self.place.label}, along a random direction"
        raise GradcheckError(
            f"the gradient of {getattr(self.fn, '__name__', 'the function')} by {where} is {worst[2]:.10g}, "
            f"central differences give {worst[3]:.10g}", None, "",
            "If the function has a kink there, check it at another point.")

    def _agrees(self, gradient: Any, direction: Any) -> tuple[bool, float, float]:
        """Whether they agree along a direction, and both values."""
        size = np.asarray(self.place.value).real.dtype.itemsize
        rtol, atol = TOLERANCES[8 if size > 4 else 4]
        rtol, atol = (rtol if self.rtol is None else self.rtol), (atol if self.atol is None else self.atol)
        exact = _inner(gradient, direction)
        x = np.asarray(self.place.value)
        scale = max(1.0, float(np.max(np.abs(x)))) / max(1e-30, float(np.max(np.abs(direction))))
        h = (STEPS[8 if size > 4 else 4] if self.step is None else self.step) * scale
        coarse, fine = self._difference(direction, h), self._difference(direction, h / 2)
        best = (4 * fine - coarse) / 3
        for estimate in (fine, best):
            if abs(exact - estimate) <= atol + rtol * max(abs(exact), abs(estimate)):
                return True, exact, estimate
        return bool(np.isnan(exact) and np.isnan(fine)), exact, best

    def _difference(self, direction: Any, h: float) -> float:
        """(<c, f(x + h v)> - <c, f(x - h v)>) / 2h."""
        ends = []
        x = np.asarray(self.place.value)
        for sign in (1, -1):
            moved = np.asarray(x + sign * h * direction, x.dtype)
            ends.append((moved, self._value(moved)))
        (above, high), (below, low) = ends
        spacing = np.max(np.abs(np.asarray(above - below, np.complex128)))  # the step that the dtype really made
        wanted = 2 * h * float(np.max(np.abs(direction)))
        return float((high - low) / (2 * h) * (wanted / spacing if spacing else 1.0))

    def _value(self, moved: Any) -> float:
        arguments = copy.deepcopy(self.arguments)
        at = self.place.argument
        arguments[at] = _replaced(arguments[at], _name(at), self.place.label, moved)
        value = self.fn(*arguments)
        pairs = zip(walk(value), walk(self.cotangent), strict=True)
        return sum(_inner(c, np.asarray(v)) for (_, v), (_, c) in pairs if _is_real_or_complex(v))


def _places(arguments: list[Any], wrt: int | Sequence[int] | None) -> list[Place]:
    chosen = range(len(arguments)) if wrt is None else [wrt] if isinstance(wrt, int) else list(wrt)
    for index in chosen:
        if not -len(arguments) <= index < len(arguments):
            raise ArgumentError(f"wrt={index} of {len(arguments)} arguments", None, "", "Give an argument's index.")
    found = [Place(k % len(arguments), path, leaf) for k in chosen
             for path, leaf in walk(arguments[k], _name(k % len(arguments))) if _is_real_or_complex(leaf)]
    if not found:
        raise ArgumentError("gradcheck() without a float among the arguments", None, "Only floats have a derivative.",
                            "Pass floats or arrays of floats.")
    return found


def _name(index: int) -> str:
    return f"argument {index}"


def _is_real_or_complex(value: Any) -> bool:
    return isinstance(value, (float, complex)) or (
        isinstance(value, (np.ndarray, np.generic)) and np.asarray(value).dtype.kind in "fc")


def _normal(x: Any, random: np.random.Generator) -> Any:
    """Random numbers of the shape and dtype of `x`."""
    real = random.standard_normal(x.shape)
    made = real + 1j * random.standard_normal(x.shape) if x.dtype.kind == "c" else real
    return np.asarray(made, x.dtype)


def _like(value: Any, random: np.random.Generator) -> Any:
    """A random cotangent of a value, in its structure."""
    inside = children(value)
    if inside is not None:
        return rebuilt(value, [_like(v, random) for v in inside])
    if not _is_real_or_complex(value):
        return value
    made = _normal(np.asarray(value), random)
    return made if isinstance(value, np.ndarray) else made[()]


def _inner(a: Any, b: Any) -> float:
    """Re <a, b>, in double precision."""
    wide = np.complex128 if np.asarray(a).dtype.kind == "c" or np.asarray(b).dtype.kind == "c" else np.float64
    return float(np.real(np.vdot(np.asarray(a, wide), np.asarray(b, wide))))


def _replaced(value: Any, path: str, label: str, new: Any) -> Any:
    """The argument with another leaf at `label`, of the leaf's own type."""
    inside = children(value)
    if inside is None:
        if path != label:
            return value
        return type(value)(new[()]) if not isinstance(value, np.ndarray) else new
    return rebuilt(value, [_replaced(item, path + step, label, new)
                           for step, item in zip(steps(value), inside, strict=True)])


__all__ = ["gradcheck", "gradgradcheck"]
