"""Operators applied to a library's function itself: `pb.grad(np.linalg.norm)`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import pullback as pb

X = np.array([1.0, 2.0, 3.0])
M = np.array([[2.1, 0.1], [0.3, 1.7]])


@pytest.mark.parametrize(("fn", "args", "expected"), [
    (np.linalg.norm, (X,), X / np.sqrt(14)),
    (np.linalg.norm, (X, 1), [1.0, 1.0, 1.0]),
    (np.sum, (X,), [1.0, 1.0, 1.0]),
    (np.prod, (X,), [6.0, 3.0, 2.0]),
    (np.mean, (X,), [1 / 3] * 3),
    (np.max, (X,), [0.0, 0.0, 1.0]),
    (np.dot, (X, X), X),
    (np.linalg.det, (M,), np.linalg.det(M) * np.linalg.inv(M).T),
    (np.median, (X,), [0.0, 1.0, 0.0]),
    (math.sin, (1.0,), math.cos(1.0)),
    (math.hypot, (3.0, 4.0), 0.6),
], ids=lambda value: getattr(value, "__name__", ""))
def test_the_gradient_of_a_function_of_a_library(fn: Any, args: Any, expected: Any) -> None:
    np.testing.assert_allclose(pb.grad(fn)(*args), expected)


def test_options_are_given_by_name() -> None:
    np.testing.assert_allclose(pb.grad(np.linalg.norm)(X, ord=1), [1.0, 1.0, 1.0])
    value, pull = pb.vjp(np.sum, M, axis=0)
    np.testing.assert_allclose(value, M.sum(axis=0))
    np.testing.assert_allclose(pull(np.array([1.0, 2.0]))[0], [[1.0, 2.0], [1.0, 2.0]])


def test_a_jacobian_of_a_function_of_a_library() -> None:
    np.testing.assert_allclose(pb.jacobian(np.cumsum)(X), np.tri(3))
