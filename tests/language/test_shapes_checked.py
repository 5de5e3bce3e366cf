"""A program that Python refuses for its shapes has no gradient of another shape."""

import numpy as np
import pytest

import pullback as pb

PROGRAMS = [
    (lambda x: np.sum(x @ np.ones(2)), (3,), ()),
    (lambda x, y: np.sum(x * y), (3,), (2,)),
    (lambda x, y: np.dot(x, y), (3,), (2,)),
    (lambda y, x: np.sum(x + y), (2,), (3,)),
    (lambda x, w: np.sum((x @ w) ** 2), (3,), (2, 2)),
]


@pytest.mark.parametrize(("fn", "first", "second"), PROGRAMS)
def test_the_shapes_do_not_fit(fn, first, second):
    args = [np.ones(shape) for shape in (first, second) if shape]
    with pytest.raises(ValueError):
        fn(*args)
    for wrt in ((0,), tuple(range(len(args)))):
        try:
            gradients = pb.grad(fn, wrt=wrt)(*args)
        except ValueError:
            continue
        for argument, gradient in zip(args, gradients, strict=False):
            assert np.shape(gradient) == np.shape(argument)


def test_the_line_is_named():
    def f(x, y):
        z = np.sum(x * y)
        return z

    gradient = pb.grad(f)
    assert gradient(np.ones(3), np.ones(3)).tolist() == [1.0, 1.0, 1.0]
    with pytest.raises(ValueError, match=r"`x` has shape \(3,\)") as caught:
        gradient(np.ones(3), np.ones(2))
    assert "z = np.sum(x * y)" in caught.value.__notes__[0]


def test_no_check_where_the_text_reads_the_shape():
    for fn in (lambda x: np.sum(x ** 2), lambda x: np.sum(x), lambda x: np.sum(x @ np.outer(x, x))):
        gradient = pb.grad(fn)
        gradient(np.ones(3))
        assert "check_shape" not in gradient.source


def test_compiled_loops_check_too():
    gradient = pb.grad(lambda x, y: np.sum(x * y), backend="numba")
    assert gradient(np.ones(3), np.full(3, 2.0)).tolist() == [2.0, 2.0, 2.0]
    with pytest.raises(ValueError):
        gradient(np.ones(3), np.ones(2))


def test_an_argument_in_a_container():
    gradient = pb.grad(lambda p, x: np.sum(p["w"][0] * x) + p["b"] ** 2)
    good = gradient({"w": [np.ones(3)], "b": 1.0}, np.full(3, 2.0))
    assert good["w"][0].tolist() == [2.0, 2.0, 2.0]
    with pytest.raises(ValueError):
        gradient({"w": [np.ones(3)], "b": 1.0}, np.ones(2))
