"""Einstein sums backwards: the text that a careful person writes, and the numbers of the rule's helper."""

import numpy as np
import pytest

import pullback as pb

RNG = np.random.default_rng(0)
A, B, C = RNG.normal(size=(3, 4)), RNG.normal(size=(4, 5)), RNG.normal(size=(5, 2))
V = RNG.normal(size=4)


def product(a, b):
    return np.sum(np.einsum("ij,jk->ik", a, b) ** 2)


def chain(a, b, c):
    return np.sum(np.einsum("ij,jk,kl->il", a, b, c) ** 2)


def asked(a, b):
    return np.sum(np.einsum("ij,jk->ik", a, b, optimize=True) ** 2)


def squares(a):
    return np.einsum("ij,ij", a, a)


def turned(a):
    return np.sum(np.einsum("ij->ji", a) * np.transpose(a) ** 2)


def summed_alone(a, v):
    return np.einsum("ij,k->", a, v)


def repeated(a):
    return np.sum(np.einsum("ii->i", a @ np.transpose(a)) ** 2)


def ellipsis(a, v):
    return np.sum(np.einsum("...i,i->...", a, v) ** 2)


def broadcast(a, v):
    return np.sum(np.einsum("bi,i->bi", a[:, :1], v) ** 2)


def complex_product(a, v):
    return np.sum(np.abs(np.einsum("ij,j->i", a * (1.0 + 2.0j), v * 1.0j + 0.5)) ** 2)


@pytest.mark.parametrize(("function", "arguments"), [
    (product, (A, B)), (chain, (A, B, C)), (asked, (A, B)), (squares, (A,)), (turned, (A,)), (summed_alone, (A, V)),
    (repeated, (A,)), (ellipsis, (A, V)), (broadcast, (A, V)), (complex_product, (A, V)),
])
def test_the_gradient_of_an_einstein_sum(function, arguments):
    found = pb.grad(function, wrt=tuple(range(len(arguments))))(*arguments)
    for k, argument in enumerate(arguments):
        expected = np.zeros_like(argument)
        for place in np.ndindex(argument.shape):
            step = np.zeros_like(argument)
            step[place] = 1e-6
            up, down = ([*arguments[:k], argument + s * step, *arguments[k + 1:]] for s in (1, -1))
            expected[place] = (function(*up) - function(*down)) / 2e-6
        np.testing.assert_allclose(found[k], expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(("function", "arguments", "lines"), [
    (product, (A, B), ["np.einsum('ik,jk->ij', t, b)", "np.einsum('ik,ij->jk', t, a)"]),
    (chain, (A, B, C), ["np.einsum('il,jk,kl->ij', t, b, c, optimize=True)"]),
    (asked, (A, B), ["np.einsum('ik,jk->ij', t, b, optimize=True)"]),
    (ellipsis, (A, V), ["einsum_cotangents("]),
    (broadcast, (A, V), ["einsum_cotangents("]),
])
def test_the_text_of_its_gradient(function, arguments, lines):
    text = pb.grad(function, wrt=tuple(range(len(arguments)))).source_for(*arguments)
    assert all(line in text for line in lines), text
