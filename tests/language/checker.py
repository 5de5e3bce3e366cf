"""The gradient of a small program against central differences, with its arguments unchanged."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pullback as pb
from pullback.compiler import pipeline
from pullback.runtime.errors import UnsupportedError

pipeline.DEFAULTS.verify = True


def numerical(fn: Callable[..., Any], args: list[Any], wrt: int, step: float = 1e-6) -> Any:
    """Central differences of fn by its argument `wrt` (float or array)."""
    x = np.asarray(args[wrt], dtype=float)
    result = np.zeros(x.shape)
    for index in np.ndindex(*x.shape):
        values = []
        for sign in (1, -1):
            moved = x.copy()
            moved[index] += sign * step
            changed = [copy.deepcopy(a) for a in args]
            changed[wrt] = float(moved) if isinstance(args[wrt], float) else moved
            values.append(float(np.asarray(fn(*changed)).reshape(())))
        result[index] = (values[0] - values[1]) / (2 * step)
    return result


def check(fn: Callable[..., Any], *args: Any, tolerance: float = 1e-6) -> None:
    """Value equal to the primal's, gradients by every float argument, arguments left alone, second call the same."""
    wrt = tuple(i for i, a in enumerate(args) if isinstance(a, float) or (
        isinstance(a, np.ndarray) and a.dtype.kind == "f"))
    before = [copy.deepcopy(a) for a in args]
    differentiated = pb.value_and_grad(fn, wrt=wrt)
    value, gradients = differentiated(*args)
    expected = fn(*copy.deepcopy(before))
    np.testing.assert_allclose(value, expected, rtol=1e-12, atol=1e-12)
    for index, gradient in zip(wrt, gradients, strict=True):
        reference = numerical(fn, before, index)
        np.testing.assert_allclose(gradient, reference, rtol=tolerance, atol=tolerance,
                                   err_msg=f"argument {index}\n{differentiated.source}")
        assert np.shape(gradient) == np.shape(args[index])
        if isinstance(args[index], float):
            assert type(gradient) is float
    for old, new in zip(before, args, strict=True):
        if isinstance(old, (np.ndarray, float)):
            np.testing.assert_array_equal(old, new)
    again = pb.grad(fn, wrt=wrt)(*args)
    for first, second in zip(gradients, again, strict=True):
        np.testing.assert_allclose(first, second, rtol=1e-12, atol=1e-14)


POINTS = (np.array([0.5, 0.7, 0.3]), np.array([0.9, 0.2, 0.45]), np.array([0.35, 0.65, 0.8]))


def everywhere(fn: Callable[..., Any]) -> Callable[[], None]:
    """Decorator: the function becomes a test that differentiates it where its branches go different ways."""
    def test() -> None:
        for point in POINTS:
            check(fn, point)

    test.__name__ = fn.__name__
    return test


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], Any]]:
    """The leaves of a nested container, each with the way to it."""
    if isinstance(value, dict):
        return [leaf for k, v in value.items() for leaf in leaves(v, (*path, k))]
    if hasattr(value, "__dataclass_fields__"):
        return [leaf for k in value.__dataclass_fields__ for leaf in leaves(getattr(value, k), (*path, k))]
    if isinstance(value, (list, tuple)):
        return [leaf for i, v in enumerate(value) for leaf in leaves(v, (*path, i))]
    return [(path, value)]


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """A copy of a nested container with another leaf at `path`."""
    if not path:
        return new
    first, rest = path[0], path[1:]
    if isinstance(value, dict):
        return type(value)({k: replaced(v, rest, new) if k == first else v for k, v in value.items()})
    if hasattr(value, "__dataclass_fields__"):
        return dataclasses.replace(value, **{first: replaced(getattr(value, first), rest, new)})
    items = [replaced(v, rest, new) if i == first else v for i, v in enumerate(value)]
    return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)


def check_tree(fn: Callable[..., Any], *args: Any, tolerance: float = 1e-6) -> None:
    """As `check`, for one container as the first argument: the gradient has its structure."""
    before = copy.deepcopy(args)
    value, gradient = pb.value_and_grad(fn)(*args)
    np.testing.assert_allclose(value, fn(*copy.deepcopy(before)), rtol=1e-12)
    found = leaves(gradient)
    assert type(gradient) is type(args[0])
    assert [p for p, _ in found] == [p for p, _ in leaves(args[0])]
    for (path, leaf), (_, part) in zip(leaves(before[0]), found, strict=True):
        if isinstance(leaf, (bool, str, type(None))):
            assert part is leaf
        elif isinstance(leaf, int) or isinstance(leaf, np.ndarray) and leaf.dtype.kind in "iub":
            assert part is None
        else:
            def at(moved: Any, path: tuple[Any, ...] = path) -> Any:
                return fn(replaced(copy.deepcopy(before[0]), path, moved), *copy.deepcopy(before[1:]))

            np.testing.assert_allclose(part, numerical(at, [leaf], 0), rtol=tolerance, atol=tolerance,
                                       err_msg=str(path))
            assert type(part) is type(leaf) and np.shape(part) == np.shape(leaf)
    for (_, old), (_, new) in zip(leaves(before), leaves(args), strict=True):
        np.testing.assert_array_equal(old, new)


def refused(fn: Callable[..., Any], *args: Any, match: str, line: int, column: int | None = None,
            error: type[Exception] = UnsupportedError) -> None:
    """fn is refused with this message, `line` lines below its `def`."""
    with pytest.raises(error, match=match) as caught:
        pb.grad(fn)(*args)
    location = caught.value.where
    assert location is not None, caught.value
    assert location.line - fn.__code__.co_firstlineno == line, str(caught.value)
    if column is not None:
        assert location.column + 1 == column, str(caught.value)
    assert "^" in str(caught.value)


def program(*args: Any, **options: Any) -> Callable[[Callable[..., Any]], Callable[[], None]]:
    """Decorator: the function becomes a test that differentiates it at these arguments."""

    def make(fn: Callable[..., Any]) -> Callable[[], None]:
        def test() -> None:
            check(fn, *args, **options)

        test.__name__ = fn.__name__
        test.__module__ = fn.__module__
        test.program = fn, args  # type: ignore[attr-defined]  # the operators are tested on it as well
        return test

    return make


def check_orders(fn: Callable[..., Any], x: np.ndarray[Any, Any], tolerance: float = 1e-6) -> None:
    """`check`, and the tangent, the Hessian along a direction and the pullback (run twice) agree with the gradient."""
    check(fn, x, tolerance=tolerance)
    direction = np.linspace(1.0, -0.5, x.size).reshape(x.shape)
    gradient = pb.grad(fn)
    np.testing.assert_allclose(pb.jvp(fn, (x,), (direction,))[1], np.sum(gradient(x) * direction), atol=1e-11)
    slope = (gradient(x + 1e-6 * direction) - gradient(x - 1e-6 * direction)) / 2e-6
    np.testing.assert_allclose(pb.hvp(fn)(x, direction), slope, atol=1e-5, rtol=1e-5)
    twice = pb.grad(lambda z: np.sum(pb.grad(fn)(z) * direction))(x)
    np.testing.assert_allclose(twice, slope, atol=1e-5, rtol=1e-5)
    pull = pb.vjp(fn, x)[1]
    for _ in range(2):
        np.testing.assert_allclose(pull(1.0)[0], gradient(x), atol=1e-12)
