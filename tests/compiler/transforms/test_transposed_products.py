"""Transposes that cancel in the adjoints of products."""

import numpy as np

import pullback as pb
from benchmarks.contenders import check_by_differences
from benchmarks.problem import Program

A = np.arange(6.0).reshape(3, 2) / 4.0
B = np.arange(8.0).reshape(4, 2) / 5.0 - 0.7


def test_the_adjoint_of_a_product_with_a_transpose_has_no_double_transpose():
    def f(a, b):
        return np.sum((a @ b.T) ** 2)

    value, (d_a, d_b) = pb.value_and_grad(f, wrt=(0, 1))(A, B)
    check_by_differences(Program("f", f, (A, B), ("a", "b")), [np.asarray(value), d_a, d_b])
    text = pb.value_and_grad(f, wrt=(0, 1)).source_for(A, B)
    assert ").T" not in text
    assert ".T @ a" in text


def test_vectors_and_stacks_are_left_alone():
    def f(a, b):
        return np.sum((a @ b.T) ** 2) + np.sum((a[0] @ b[0].T) * a)

    stack = np.stack((B, B + 1.0))

    def g(a, b):
        return np.sum((a @ np.transpose(b, (0, 2, 1))) ** 2)

    for fn, other in ((f, B), (g, stack)):
        value, (d_a, d_b) = pb.value_and_grad(fn, wrt=(0, 1))(A, other)
        check_by_differences(Program("f", fn, (A, other), ("a", "b")), [np.asarray(value), d_a, d_b])
