"""What the doctests of `runtime.shapes` and its neighbours do not show: errors and edges."""

import numpy as np
import pytest

from pullback.runtime.errors import NoRuleError, ShapeError
from pullback.runtime.indexing import scatter, unpad
from pullback.runtime.linalg import matmul_cotangent_x1
from pullback.runtime.shapes import project, split_like, unbroadcast
from pullback.runtime.special import polygamma, product_of_others, sinc_derivative
from pullback.runtime.statistics import quantile_weights


def test_unbroadcast_keeps_size_one_axes():
    assert unbroadcast(np.ones((4, 2, 3)), (2, 1)).tolist() == [[12.0], [12.0]]


def test_unbroadcast_returns_its_argument_if_nothing_was_broadcast():
    x = np.ones((2, 3))
    assert unbroadcast(x, (2, 3)) is x


@pytest.mark.parametrize(("of", "to"), [((3,), (2,)), ((3,), (2, 3)), ((), (3,)), ((2, 3), (2, 2))])
def test_unbroadcast_refuses_a_shape_that_was_not_broadcast(of, to):
    with pytest.raises(ShapeError, match="does not belong to an operand"):
        unbroadcast(np.ones(of), to)


def test_unbroadcast_of_nothing_is_zero():
    assert unbroadcast(np.ones((0, 3)), (3,)).tolist() == [0.0, 0.0, 0.0]
    assert unbroadcast(np.ones((0, 3)), (1, 3)).tolist() == [[0.0, 0.0, 0.0]]


def test_project_keeps_what_is_already_right_and_casts_the_rest():
    x = np.ones(2, np.float32)
    assert project(x, np.float32) is x
    assert project(1.5, np.float32) == np.float32(1.5)
    assert project(1.5, np.float32).dtype == np.float32
    assert project(np.ones(2), np.complex64).dtype == np.complex64


def test_scatter_adds_repeated_positions_and_stores_the_others():
    assert scatter(np.array([1.0, 2.0, 4.0]), (3,), [0, 0, 2]).tolist() == [3.0, 0.0, 4.0]
    assert scatter(5.0, (2, 2), (0, 1)).tolist() == [[0.0, 5.0], [0.0, 0.0]]
    assert scatter(np.ones(2), (3,), np.array([True, False, True])).tolist() == [1.0, 0.0, 1.0]


def test_scatter_reads_a_list_of_booleans_as_a_mask():
    assert scatter(np.ones(2), (3,), [True, False, True]).tolist() == [1.0, 0.0, 1.0]


def test_split_like_of_flattened_parts():
    assert [p.tolist() for p in split_like(np.arange(5.0), [(2, 2), ()], None)] == [[[0.0, 1.0], [2.0, 3.0]], 4.0]


def test_matmul_cotangent_of_a_stack_that_was_broadcast():
    x1, x2 = np.ones((1, 2, 3)), np.ones((5, 3, 4))
    assert matmul_cotangent_x1(np.ones((5, 2, 4)), x1.shape, x2).tolist() == np.full((1, 2, 3), 20.0).tolist()


@pytest.mark.parametrize("mode", ["maximum", "median", "minimum"])
def test_unpad_refuses_computed_borders_by_their_mode(mode):
    with pytest.raises(NoRuleError, match=f"mode='{mode}'"):
        unpad(np.ones(5), (3,), 1, mode)


def test_product_of_others_with_zeros_and_without_elements():
    assert product_of_others(np.array([[0.0, 2.0], [0.0, 0.0]]), 1).tolist() == [[2.0, 0.0], [0.0, 0.0]]
    assert product_of_others(np.ones((0, 2))).shape == (0, 2)


def test_sinc_derivative_is_accurate_beside_its_formula():
    x = np.array([1e-12, 1e-6, 1e-3, 0.6366, 0.64, 30.0])
    with np.errstate(all="ignore"):
        formula = (np.cos(np.pi * x) - np.sinc(x)) / x
    np.testing.assert_allclose(sinc_derivative(x, 1)[3:], formula[3:], rtol=1e-13)
    np.testing.assert_allclose(sinc_derivative(x, 1)[:2], -np.pi**2 / 3 * x[:2], rtol=1e-11)


def test_polygamma_of_a_negative_number():
    assert polygamma(0, -0.5) == pytest.approx(0.03648997397857652, rel=1e-13)


def test_quantile_weights_reproduce_the_quantile_in_every_method():
    rng = np.random.default_rng(0)
    a = rng.normal(size=(7, 3))
    for method in ("linear", "inverted_cdf", "averaged_inverted_cdf", "closest_observation", "hazen", "lower",
                   "nearest"):
        weights = quantile_weights(a, 0.37, 0, method)
        np.testing.assert_allclose(np.sum(weights * a, 0), np.quantile(a, 0.37, axis=0, method=method), rtol=1e-12)
