"""The gradient of a small program against central differences, with its arguments unchanged."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

import pullback as pb
from pullback.compiler import pipeline

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
