"""Partials made in the memory of arrays that the reverse sweep reads for the last time: where, and where not."""

import numpy as np

import pullback as pb


def inputs(*shapes):
    rng = np.random.default_rng(0)
    return [rng.standard_normal(shape) for shape in shapes]


def check(fn, arguments, wrt=0):
    """The gradient along a direction is the central difference, twice with the same numbers, and no argument changes."""
    before = [np.array(a) for a in arguments]
    call = pb.value_and_grad(fn, wrt=wrt)
    value, gradient = call(*arguments)
    again = call(*arguments)
    assert np.array_equal(again[1], gradient)
    for mine, old in zip(arguments, before, strict=True):
        np.testing.assert_array_equal(mine, old)
    np.testing.assert_allclose(value, fn(*arguments), rtol=1e-14)
    direction = np.random.default_rng(1).standard_normal(np.shape(arguments[wrt]))
    moved = [[a + s * 1e-6 * direction if i == wrt else a for i, a in enumerate(arguments)] for s in (1, -1)]
    np.testing.assert_allclose((fn(*moved[0]) - fn(*moved[1])) / 2e-6, np.sum(gradient * direction), rtol=1e-6)
    return call.source


def test_the_partial_of_a_dead_array_is_made_in_it():
    def loss(w, x):
        h = np.tanh(x @ w)
        return np.sum(np.sin(h @ w))

    text = check(loss, inputs((4, 4), (3, 4)))
    assert "h *= h\n" in text
    assert "np.subtract(1, h, out=h)\n" in text


def test_an_argument_is_never_changed():
    def loss(w):
        return np.sum(w * (1 - w * w))

    text = check(loss, inputs((3, 4)))
    assert "w *= w" not in text
    assert "out=w" not in text


def test_an_array_that_a_view_still_shows_is_kept():
    def loss(w, x):
        h = np.tanh(x @ w)
        t = h.T
        return np.sum(np.tanh(h)) + np.sum(t * t * t)

    check(loss, inputs((4, 3), (3, 4)))


def test_what_the_function_returns_is_kept():
    def loss(w, x):
        h = np.tanh(x @ w)
        return np.sum(np.sin(h)), h

    w, x = inputs((4, 3), (3, 4))
    gradient, h = pb.grad(loss, has_aux=True)(w, x)
    np.testing.assert_array_equal(h, np.tanh(x @ w))
    np.testing.assert_allclose(gradient, x.T @ (np.cos(h) * (1 - h * h)), rtol=1e-12)


def test_the_value_is_read_before_its_array_changes():
    def loss(w, x):
        h = np.exp(x @ w)
        return np.sum(np.log(h + 1.0) * np.tanh(h))

    check(loss, inputs((4, 3), (3, 4)))


def test_an_array_from_a_loop_is_kept_for_its_next_trip():
    def loss(w, x):
        h = np.tanh(x @ w)
        s = 0.0
        for _ in range(3):
            s = s + np.sum(np.tanh(h * s))
            h = np.tanh(h)
        return s + np.sum(np.tanh(h))

    check(loss, inputs((4, 3), (3, 4)))


def test_an_array_kept_in_a_container_is_not_changed():
    def loss(w, x):
        hs = []
        h = np.tanh(x @ w)
        hs.append(h)
        h = np.tanh(h)
        hs.append(h)
        return np.sum(hs[0] * np.tanh(h)) + np.sum(np.stack(hs) ** 2)

    check(loss, inputs((4, 3), (3, 4)))


def test_a_branch_that_reads_the_array_keeps_it():
    def loss(w, x):
        h = np.tanh(x @ w)
        total = np.sum(np.cos(h))
        if total > 0.0:
            total = total + np.sum(np.tanh(h * h))
        return total

    check(loss, inputs((4, 3), (3, 4)))


def test_numbers_of_another_precision_get_memory_of_their_own():
    def loss(w, x):
        h = np.tanh(x @ w)
        return np.sum(np.float64(2.0) * h * np.sin(h))

    w, x = (a.astype(np.float32) for a in inputs((4, 3), (3, 4)))
    gradient = pb.grad(loss)(w, x)
    h = np.tanh(x @ w)
    np.testing.assert_allclose(gradient, x.T @ (2 * (np.sin(h) + h * np.cos(h)) * (1 - h * h)), rtol=1e-5)
    assert gradient.dtype == np.float32


def test_a_pullback_can_be_called_twice():
    def f(w, x):
        h = np.tanh(x @ w)
        return np.sin(h @ w)

    w, x = inputs((4, 4), (3, 4))
    out, pull = pb.vjp(lambda w: f(w, x), w)
    first, second = pull(np.ones_like(out)), pull(np.ones_like(out))
    np.testing.assert_array_equal(first, second)
