"""`pb.flatten`: parameters in a structure as one vector, and losses written on the structure."""

import dataclasses
from typing import NamedTuple

import numpy as np
import pytest

import pullback as pb
from pullback.runtime.errors import ArgumentError, ShapeError

rng = np.random.default_rng(0)


class Layer(NamedTuple):
    w: np.ndarray
    b: np.ndarray


@dataclasses.dataclass
class Model:
    first: Layer
    scale: float
    name: str = "model"

    def __post_init__(self):
        assert isinstance(self.scale, float)


def model():
    return Model(Layer(rng.standard_normal((3, 2)), np.zeros(2, np.float32)), 2.0)


def test_vector_and_back():
    params = {"m": model(), "list": [np.float32(3.0), 4, None, "x", np.arange(3), (1.5,)]}
    vector, unflatten = pb.flatten(params)
    assert vector.dtype == np.float64 and vector.shape == (6 + 2 + 1 + 1 + 1,)
    back = unflatten(vector)
    assert isinstance(back["m"], Model) and isinstance(back["m"].first, Layer)
    assert back["m"].first.b.dtype == np.float32 and type(back["m"].scale) is float
    assert type(back["list"][0]) is np.float32
    assert back["list"][1] == 4 and back["list"][2] is None and back["list"][3] == "x"
    np.testing.assert_array_equal(back["list"][4], np.arange(3))
    np.testing.assert_array_equal(back["m"].first.w, params["m"].first.w)
    assert not np.shares_memory(vector, params["m"].first.w)
    assert not np.shares_memory(vector, back["m"].first.w)


def test_a_single_array_number_and_nothing():
    vector, unflatten = pb.flatten(np.ones((2, 2), np.float32))
    assert vector.dtype == np.float32 and unflatten(vector).shape == (2, 2)
    vector, unflatten = pb.flatten(3.0)
    assert vector.tolist() == [3.0] and unflatten(vector) == 3.0
    vector, unflatten = pb.flatten({"n": 3})
    assert vector.size == 0 and unflatten(vector) == {"n": 3}


def test_gradient_through_unflatten():
    params = {"m": model(), "k": 3, "mask": np.array([1, 0]), "tau": 0.5}
    x = rng.standard_normal((5, 3))

    def loss(p):
        m = p["m"]
        z = np.tanh(x @ m.first.w + m.first.b) * p["mask"]
        return m.scale * np.sum(z ** p["k"]) + p["tau"] ** 2

    vector, unflatten = pb.flatten(params)
    gradient = pb.grad(lambda v: loss(unflatten(v)))(vector)
    by_structure = pb.grad(loss)(params)
    np.testing.assert_allclose(gradient, pb.flatten(by_structure)[0], rtol=1e-6)


def test_scipy_minimises_a_structure():
    optimize = pytest.importorskip("scipy.optimize", reason="SciPy is an extra")
    x = rng.standard_normal((50, 3))
    y = x @ np.array([1.0, -2.0, 0.5]) + 0.25

    def loss(p):
        return np.mean((x @ p["w"] + p["b"] - y) ** 2)

    vector, unflatten = pb.flatten({"w": np.zeros(3), "b": 0.0})
    found = optimize.minimize(pb.value_and_grad(lambda v: loss(unflatten(v))), vector, jac=True, method="L-BFGS-B")
    best = unflatten(found.x)
    np.testing.assert_allclose(best["w"], [1.0, -2.0, 0.5], atol=1e-4)
    assert abs(best["b"] - 0.25) < 1e-4


def test_refusals():
    with pytest.raises(ShapeError, match="has 3 elements"):
        pb.flatten(np.ones(3))[1](np.ones(4))
    with pytest.raises(ArgumentError, match="complex"):
        pb.flatten([1j])
    with pytest.raises(ArgumentError, match="Tensor"):
        pb.flatten([pb.tensor(1.0)])
    with pytest.raises(ArgumentError, match="dimensions"):
        pb.flatten([1.0], 0)


def test_of_a_tensor_it_is_torch_flatten():
    t = pb.ones(2, 3, 4)
    assert pb.flatten(t).shape == (24,)
    assert pb.flatten(t, 1).shape == (2, 12)
