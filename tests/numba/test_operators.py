"""Every operator with backend="numba": the same numbers as with NumPy."""

from __future__ import annotations

import numpy as np
import pytest

import pullback as pb
from pullback.runtime.errors import UnsupportedError

from .harness import interpreted

pytest.importorskip("numba", reason="the Numba back end is an extra: pip install pullback[numba]")

X = np.array([0.5, 1.5, -2.0])
V = np.array([1.0, -0.5, 0.25])


def energy(x):
    total = 0.0
    for i in range(x.shape[0]):
        total += np.sin(x[i]) * x[i] ** 2
    return total


def vector(x):
    y = np.zeros(4)
    for i in range(3):
        y[i + 1] = y[i] * 0.5 + x[i] ** 3
    return y


def params_energy(params, x):
    return np.sum(params["w"] * x) ** 2 + params["b"]


def same(found, expected):
    if isinstance(expected, (tuple, list)):
        assert len(found) == len(expected)
        for one, two in zip(found, expected, strict=True):
            same(one, two)
    elif isinstance(expected, dict):
        for key in expected:
            same(found[key], expected[key])
    elif expected is None:
        assert found is None
    else:
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
        assert np.shape(found) == np.shape(expected)


OPERATORS = {
    "grad": lambda b: pb.grad(energy, backend=b)(X),
    "value_and_grad": lambda b: pb.value_and_grad(energy, backend=b)(X),
    "grad_has_aux": lambda b: pb.grad(lambda x: (np.sum(x ** 2), x * 2), has_aux=True, backend=b)(X),
    "grad_of_structures": lambda b: pb.grad(params_energy, backend=b)({"w": V, "b": 2.0}, X),
    "jvp": lambda b: pb.jvp(energy, (X,), (V,), backend=b),
    "jvp_of_arrays": lambda b: pb.jvp(vector, (X,), (V,), backend=b),
    "jvp_of_structures": lambda b: pb.jvp(params_energy, ({"w": V, "b": 2.0}, X), ({"w": X, "b": 1.0}, None), backend=b),
    "hvp": lambda b: pb.hvp(energy, backend=b)(X, V),
    "jacobian_reverse": lambda b: pb.jacobian(vector, mode="reverse", backend=b)(X),
    "jacobian_forward": lambda b: pb.jacobian(vector, mode="forward", backend=b)(X),
    "jacobian_has_aux": lambda b: pb.jacobian(lambda x: (x ** 2, np.sum(x)), has_aux=True, backend=b)(X),
    "value_and_jacobian": lambda b: pb.value_and_jacobian(vector, backend=b)(X),
    "hessian": lambda b: pb.hessian(energy, backend=b)(X),
    "hessian_forward": lambda b: pb.hessian(energy, mode="forward", backend=b)(X),
    "vmap": lambda b: pb.vmap(lambda x: np.sum(x ** 2) * x, backend=b)(np.stack([X, V])),
    "vmap_of_grad": lambda b: pb.vmap(pb.grad(lambda x: np.sum(np.sin(x) * x ** 2)), backend=b)(np.stack([X, V])),
    "derivative": lambda b: pb.derivative(lambda x: np.sin(x) * x, backend=b)(X),
    "gauss_newton": lambda b: pb.gauss_newton_vector_product(vector, backend=b)(X, V),
}


def pulled(backend):
    value, pull = pb.vjp(lambda x, p: (x * p["a"], np.sum(x)), X, {"a": 2.0}, backend=backend)
    return value, pull((V, 1.0)), pull((X, 0.5))


def eager(backend):
    fn = pb.differentiable(lambda x: np.sum(np.sin(x) * x ** 2), backend=backend)
    x = pb.tensor(X, requires_grad=True)
    y = fn(x) * 2
    (g,) = pb.autograd.grad(y, x, create_graph=True)
    (h,) = pb.autograd.grad(g.sum(), x)
    return y.item(), g.detach().numpy(), h.numpy()


OPERATORS |= {"vjp": pulled, "differentiable": eager}


@pytest.mark.parametrize("name", OPERATORS)
def test_operators_agree(name):
    with interpreted():
        found = OPERATORS[name]("numba")
    same(found, OPERATORS[name]("numpy"))


@pytest.mark.parametrize("name", ["jvp", "hvp", "hessian", "vmap"])
def test_operators_compiled(name):
    same(OPERATORS[name]("numba"), OPERATORS[name]("numpy"))


def test_operators_run_loops():
    with interpreted():
        product = pb.hvp(energy, backend="numba")
        product(X, V)
        pushed = pb.jvp(energy, backend="numba")
        pushed((X,), (V,))
    for made in (product, pushed):
        assert "_loops(" in made.source


def test_back_ends_do_not_share_variants():
    with interpreted():
        pb.jvp(energy, (X,), (V,), backend="numba")
        pb.jvp(energy, (X,), (V,))
        assert "_loops(" not in pb.jvp(energy).source
        assert "_loops(" in pb.jvp(energy, backend="numba").source


def test_a_vmap_without_a_batched_form_is_refused():
    with interpreted(), pytest.raises(UnsupportedError, match="`vmap` of energy_of_one with backend='numba'") as info:
        def energy_of_one(x):
            return x[0] if x[0] > 0 else x[1]

        pb.vmap(energy_of_one, backend="numba")(np.stack([X, V]))
    assert info.value.where is not None
