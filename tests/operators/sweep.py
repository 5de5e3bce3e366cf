"""Every program of tests/language under every operator: `python -m tests.operators.sweep [every] [part of a name]`.

The second derivative in five ways is compared with central differences of the gradient, everything else with the
gradient itself. A refusal is an allowed outcome, and is counted. What it does not see: points where the differences of
two step lengths disagree (a kink is near), programs that take an array of length 1 for a number.
"""

from __future__ import annotations

import copy
import importlib
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import pullback as pb
from pullback.compiler import pipeline
from pullback.runtime.errors import IRError, PullbackError

LANGUAGE = Path(__file__).parents[1] / "language"


def programs() -> list[tuple[str, Callable[..., Any], tuple[Any, ...]]]:
    """Name, function and arguments of each `@program` of tests/language."""
    found = []
    for path in sorted(LANGUAGE.glob("test_*.py")):
        module = importlib.import_module(f"tests.language.{path.stem}")
        for name, test in vars(module).items():
            if isinstance(made := getattr(test, "program", None), tuple):
                found.append((f"{path.stem}.{name}", *made))
    return found


class Sweep:
    """One program by one of its arguments: the ways in which it is differentiated, each a method `by_...`."""

    def __init__(self, fn: Callable[..., Any], args: tuple[Any, ...], wrt: int) -> None:
        self.fn, self.given, self.wrt, self.single = fn, args, wrt, len(args) == 1
        self.x = args[wrt]
        direction = np.random.default_rng(0).uniform(-1.0, 1.0, np.shape(self.x))
        self.direction = float(direction) if isinstance(self.x, float) else direction
        self.gradient = pb.grad(fn, wrt=wrt)
        self.first = self.gradient(*self.args())
        self.slope = self.slopes()

    def args(self, x: Any = None) -> list[Any]:
        found = [copy.deepcopy(a) for a in self.given]
        if x is not None:
            found[self.wrt] = x
        return found

    def slopes(self) -> Any:
        """The derivative of the gradient along the direction; None near a kink."""
        found = []
        for step in (1e-5, 2e-6):
            ends = [np.asarray(self.gradient(*self.args(self.x + sign * step * self.direction))) for sign in (1, -1)]
            found.append((ends[0] - ends[1]) / (2 * step))
        scale = max(1.0, np.max(np.abs(found[0]), initial=0.0))
        return found[0] if np.max(np.abs(found[0] - found[1]), initial=0.0) < 1e-4 * scale else None

    def second(self, found: Any) -> None:
        if self.slope is not None:
            scale = max(1.0, np.max(np.abs(self.slope), initial=0.0))
            np.testing.assert_allclose(found, self.slope, rtol=1e-4, atol=1e-4 * scale)

    def same(self, found: Any, expected: Any = None, rtol: float = 1e-9) -> None:
        expected = self.first if expected is None else expected
        scale = max(1.0, np.max(np.abs(expected), initial=0.0))
        np.testing.assert_allclose(found, expected, rtol=rtol, atol=rtol * scale)

    # --- the second derivative --------------------------------------------------------------------------------------

    def by_grad_of_grad(self) -> None:
        fn, wrt, direction = self.fn, self.wrt, self.direction

        def inner(*args):  # type: ignore[no-untyped-def]
            return np.sum(pb.grad(fn, wrt=wrt)(*args) * direction)

        self.second(pb.grad(inner, wrt=wrt)(*self.args()))

    def by_jvp_of_grad(self) -> None:
        if self.single:
            self.second(pb.jvp(pb.grad(self.fn), tuple(self.args()), (self.direction,))[1])

    def by_grad_of_jvp(self) -> None:
        fn, direction = self.fn, self.direction

        def inner(z):  # type: ignore[no-untyped-def]
            return pb.jvp(fn, (z,), (direction,))[1]

        if self.single:
            self.second(pb.grad(inner)(*self.args()))

    def by_hvp(self) -> None:
        if self.single:
            self.second(pb.hvp(self.fn)(*self.args(), self.direction))

    def by_hessian(self) -> None:
        if self.wrt == 0:
            found = np.asarray(pb.hessian(self.fn)(*self.args()))
            self.second(np.tensordot(found, self.direction, np.ndim(self.x)))

    # --- the first one ----------------------------------------------------------------------------------------------

    def by_vjp_called_again(self) -> None:
        pull = pb.vjp(self.fn, *self.args())[1]
        for factor in (1.0, 1.0, 2.0):
            self.same(pull(factor)[self.wrt], factor * np.asarray(self.first))

    def by_jvp(self) -> None:
        if self.single:
            self.same(pb.jvp(self.fn, tuple(self.args()), (self.direction,))[1], np.sum(self.first * self.direction))

    def by_jacobian(self) -> None:
        if self.single:
            for mode in ("reverse", "forward"):
                self.same(pb.jacobian(self.fn, mode=mode)(*self.args()))

    def by_vmap(self) -> None:
        if self.single:
            stack, fn = np.stack([np.asarray(self.x)] * 2), self.fn
            self.same(pb.vmap(pb.grad(fn))(stack), [self.first] * 2)
            self.same(pb.vmap(fn)(stack), [fn(*self.args())] * 2)

            def total(stack):  # type: ignore[no-untyped-def]
                return np.sum(pb.vmap(fn)(stack) * np.array([1.0, 2.0]))

            self.same(pb.grad(total)(stack), [self.first, 2 * np.asarray(self.first)])

    # --- other inputs -----------------------------------------------------------------------------------------------

    def by_float32(self) -> None:
        if isinstance(self.x, np.ndarray):
            found = self.gradient(*self.args(self.x.astype(np.float32)))
            assert found.dtype == np.float32 and found.shape == self.x.shape

    def by_layout(self) -> None:
        """Arrays that are not contiguous, in another order, or of a negative stride."""
        if isinstance(self.x, np.ndarray) and self.x.ndim:
            wide = np.zeros(tuple(2 * n for n in self.x.shape))
            spaced = wide[(slice(None, None, 2),) * self.x.ndim]
            spaced[...] = self.x
            for other in (spaced, np.asfortranarray(self.x), self.x[::-1].copy()[::-1]):
                self.same(self.gradient(*self.args(other)))

    def by_shape(self) -> None:
        """Arrays of other lengths, after the first call and before a call like the first."""
        if not isinstance(self.x, np.ndarray) or not self.x.size:
            return
        for axis in range(self.x.ndim):
            for other in (np.delete(self.x, -1, axis),
                          np.concatenate([self.x, 1.01 * np.take(self.x, [0], axis) + 0.003], axis)):
                try:
                    self.fn(*self.args(other.copy()))
                except (ValueError, IndexError, TypeError, ArithmeticError, AssertionError, np.linalg.LinAlgError):
                    continue  # a program for this one shape
                self._compare(other)
                self.same(self.gradient(*self.args()))

    def _compare(self, x: Any) -> None:
        found = self.gradient(*self.args(x.copy()))
        assert found.shape == x.shape
        direction = np.random.default_rng(1).uniform(-1.0, 1.0, x.shape)
        slopes = []
        for step in (1e-5, 2e-6):
            ends = [float(np.asarray(self.fn(*self.args(x + sign * step * direction))).reshape(())) for sign in (1, -1)]
            slopes.append((ends[0] - ends[1]) / (2 * step))
        if abs(slopes[0] - slopes[1]) < 1e-5 * (1 + abs(slopes[0])):
            self.same(np.sum(found * direction), slopes[0], 1e-4)


WAYS = [name for name in vars(Sweep) if name.startswith("by_")]


def outcomes(fn: Callable[..., Any], args: tuple[Any, ...]) -> Iterator[tuple[str, str, BaseException | None]]:
    """(way, ok or refused or wrong, exception) for the first two arguments of floats."""
    floats = [i for i, a in enumerate(args) if isinstance(a, float) or getattr(a, "dtype", None) == np.float64]
    for wrt in floats[:2]:
        sweep = Sweep(fn, args, wrt)
        for way in WAYS:
            try:
                getattr(sweep, way)()
            except PullbackError as error:
                yield way, "wrong" if isinstance(error, IRError) else "refused", error
            except Exception as error:
                yield way, "wrong", error
            else:
                yield way, "ok", None


def main(every: int = 1, part: str = "") -> int:
    """Sweep over each `every`-th program whose name holds `part`; print what is wrong, and the counts."""
    pipeline.DEFAULTS.verify = True
    found: Counter[tuple[str, str]] = Counter()
    for name, fn, args in programs()[::every]:
        if part in name:
            for way, outcome, error in outcomes(fn, args):
                found[way, outcome] += 1
                if outcome == "wrong" and error is not None:
                    print(f"--- {name} {way}", "".join(traceback.format_exception(error)[-3:])[:1500], flush=True)
    for (way, outcome), times in sorted(found.items()):
        print(f"{times:6d}  {way}  {outcome}")
    return sum(times for (_, outcome), times in found.items() if outcome == "wrong")


if __name__ == "__main__":
    sys.exit(bool(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1, *sys.argv[2:])))
