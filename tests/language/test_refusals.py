"""What is refused: by message, line and column, never by a bare exception."""

import numpy as np
import pytest

import pullback as pb
from pullback.runtime.errors import ArgumentError, OutputError, WrtError

from .checker import refused

X = np.array([0.5, 1.5, -2.0])


def test_out_parameter_of_another_dtype():
    def f(x):
        y = np.zeros((), np.float32)
        np.sum(x, out=y)
        return y * 2.0

    refused(f, X, match="`out=` of another dtype", line=2)


def test_unknown_wrt_suggests_a_name():
    def f(weights, bias):
        return np.sum(weights) + bias

    with pytest.raises(WrtError, match="weights"):
        pb.grad(f, wrt="weigths")


def test_outputs_that_are_no_real_number():
    for fn in (lambda x: x, lambda x: (x[0], x[1]), lambda x: x[0] + 1j, lambda x: x[0] > 0, lambda x: None):
        with pytest.raises(OutputError):
            pb.grad(fn)(X)


def test_integer_arguments():
    for value in (3, np.arange(3)):
        with pytest.raises(ArgumentError, match="integer"):
            pb.grad(lambda x: np.sum(x * 1.0))(value)


def test_object_array():
    with pytest.raises((ArgumentError, NotImplementedError), match="object"):
        pb.grad(lambda x: np.sum(x))(np.array([1.0, None], dtype=object))
