"""hvp, Jacobians, Hessians, derivative, Gauss-Newton, vmap: closed forms, structures, misuse."""

import numpy as np
import pytest

import pullback as pb

X = np.array([1.0, 2.0, 3.0])
A = np.array([[1.0, 2.0, 0.5], [0.0, 1.0, -1.0]])


def quartic(x):
    return np.sum(x ** 4) + x[0] * x[1] ** 2


def quartic_hessian(x):
    found = np.diag(12.0 * x ** 2)
    found[1, 1] += 2.0 * x[0]
    found[0, 1] += 2.0 * x[1]
    found[1, 0] += 2.0 * x[1]
    return found


def test_hvp_is_the_hessian_times_the_vector():
    v = np.array([1.0, -1.0, 0.5])
    np.testing.assert_allclose(pb.hvp(quartic)(X, v), quartic_hessian(X) @ v, rtol=1e-14)


def test_hvp_by_two_arguments():
    def f(x, y):
        return np.sum(x * x * y)

    found = pb.hvp(f, wrt=(0, 1))(X, 2.0 * X, (np.ones(3), np.zeros(3)))
    np.testing.assert_allclose(found[0], 4.0 * X)
    np.testing.assert_allclose(found[1], 2.0 * X)


@pytest.mark.parametrize("mode", [None, "reverse", "forward"])
def test_hessian(mode):
    np.testing.assert_allclose(pb.hessian(quartic, mode=mode)(X), quartic_hessian(X), rtol=1e-14)


@pytest.mark.parametrize("mode", [None, "reverse", "forward"])
def test_jacobian_of_a_product(mode):
    found = pb.jacobian(lambda x: A @ np.sin(x), mode=mode)(X)
    np.testing.assert_allclose(found, A * np.cos(X), rtol=1e-14)


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_jacobian_has_the_shape_of_output_and_argument(mode):
    found = pb.jacobian(lambda x: np.outer(x, x), mode=mode)(X)
    assert found.shape == (3, 3, 3)
    eye = np.eye(3)
    expected = np.einsum("ik,j->ijk", eye, X) + np.einsum("i,jk->ijk", X, eye)
    np.testing.assert_allclose(found, expected)
    assert pb.jacobian(lambda x: np.outer(x, x), mode=mode)(np.zeros(0)).shape == (0, 0, 0)


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_jacobian_of_structures(mode):
    def f(p):
        return {"s": p["w"] @ X + p["b"], "n": 3, "t": (p["b"] * 2.0,)}

    found = pb.jacobian(f, mode=mode)({"w": A, "b": 1.5, "k": 2})
    assert found["n"] is None
    assert found["s"]["k"] is None
    np.testing.assert_allclose(found["s"]["w"], np.einsum("ij,k->ijk", np.eye(2), X))
    np.testing.assert_allclose(found["s"]["b"], np.ones(2))
    assert found["t"][0]["b"] == 2.0
    np.testing.assert_allclose(found["t"][0]["w"], np.zeros((2, 3)))


def test_value_and_jacobian_and_aux():
    value, found = pb.value_and_jacobian(lambda x: x * x)(X)
    np.testing.assert_array_equal(value, X * X)
    np.testing.assert_allclose(found, np.diag(2.0 * X))
    found, aux = pb.jacobian(lambda x: (x * x, {"sum": np.sum(x)}), has_aux=True)(X)
    np.testing.assert_allclose(found, np.diag(2.0 * X))
    assert aux == {"sum": 6.0}


def test_has_aux_hands_the_second_value_on():
    def f(x, n):
        y = x * x
        return np.sum(y), {"y": y, "n": n}

    gradient, aux = pb.grad(f, has_aux=True)(X, 2)
    np.testing.assert_array_equal(gradient, 2.0 * X)
    np.testing.assert_array_equal(aux["y"], X * X)
    assert aux["n"] == 2
    (value, aux), gradient = pb.value_and_grad(f, has_aux=True)(X, 2)
    assert value == 14.0
    np.testing.assert_array_equal(aux["y"], X * X)
    np.testing.assert_array_equal(gradient, 2.0 * X)


def test_has_aux_of_a_function_that_returns_one_value():
    with pytest.raises(pb.OutputError, match="does not return a pair"):
        pb.grad(lambda x: np.sum(x), has_aux=True)(X)


def test_derivative_of_numbers_and_arrays():
    assert pb.derivative(lambda x: x ** 3)(2.0) == 12.0
    np.testing.assert_allclose(pb.elementwise_grad(np.tanh)(X), 1.0 - np.tanh(X) ** 2)
    np.testing.assert_allclose(pb.derivative(pb.derivative(lambda x: x ** 4))(2.0), 48.0)


def test_derivative_of_an_array_refuses_what_mixes_elements():
    with pytest.raises(pb.UnsupportedError, match="mix the elements"):
        pb.derivative(lambda x: x * np.sum(x))(X)
    with pytest.raises(pb.ShapeError, match="no function of each element"):
        pb.derivative(lambda x: x * np.ones((2, 1)))(X)


def test_gauss_newton():
    def residual(x):
        return A @ (x * x)

    v = np.array([0.5, 1.0, -1.0])
    jacobian = A * (2.0 * X)
    np.testing.assert_allclose(pb.gauss_newton_vector_product(residual)(X, v), jacobian.T @ (jacobian @ v))
    curved = pb.gauss_newton_vector_product(residual, lambda r: np.sum(r ** 3))(X, v)
    np.testing.assert_allclose(curved, jacobian.T @ (6.0 * residual(X) * (jacobian @ v)))


@pytest.mark.parametrize("call", [
    lambda: pb.jvp(quartic, X, (X,)), lambda: pb.jvp(quartic, (X,), ()), lambda: pb.jvp(3, (X,), (X,)),
    lambda: pb.jvp(lambda n: n * 2.0, (3,), (1.0,)), lambda: pb.jvp(quartic, (X,), (1j * X,)),
    lambda: pb.jvp(lambda p: p[0], ([1.0, 2.0],), ([1.0],)), lambda: pb.hvp(quartic)(),
    lambda: pb.jacobian(quartic, mode="sideways"), lambda: pb.jacobian(quartic, wrt=2)(X),
    lambda: pb.jacobian(quartic, wrt="y")(X), lambda: pb.jacobian(lambda x: 3)(X), lambda: pb.jacobian(quartic)(3),
    lambda: pb.derivative(np.sin)([1.0]), lambda: pb.vmap(quartic, in_axes=(0, 0))(X),
    lambda: pb.vmap(quartic, in_axes=None)(X), lambda: pb.jvp(quartic, (X,), (X,), backend="fortran"),
])
def test_misuse_is_an_error_of_ours(call):
    with pytest.raises(pb.ArgumentError):
        call()


def test_shapes_of_tangents_are_checked():
    with pytest.raises(pb.ShapeError, match=r"the tangent of `x` of quartic has shape \(2,\)"):
        pb.jvp(quartic, (X,), (np.ones(2),))


def test_vmap_over_axes():
    batch = np.arange(6.0).reshape(2, 3)
    np.testing.assert_allclose(pb.vmap(lambda x: x * 2.0)(batch), batch * 2.0)
    found = pb.vmap(lambda x, y: x * y, in_axes=(1, None), out_axes=1)(batch, 3.0)
    np.testing.assert_allclose(found, batch * 3.0)
    total, pair = pb.vmap(lambda p: (np.sum(p["a"]), p["a"]), out_axes=(0, 1))({"a": batch})
    np.testing.assert_allclose(total, batch.sum(1))
    np.testing.assert_allclose(pair, batch.T)
    np.testing.assert_allclose(pb.vmap(pb.grad(quartic))(np.stack([X, 2 * X]))[1], pb.grad(quartic)(2 * X))


def test_vmap_refuses_axes_that_do_not_fit():
    with pytest.raises(pb.ShapeError, match="lengths"):
        pb.vmap(lambda x, y: x + y)(np.ones(2), np.ones(3))
    with pytest.raises(pb.ShapeError, match="axis 1"):
        pb.vmap(lambda x: x, in_axes=1)(np.ones(2))
    with pytest.raises(pb.ShapeError, match="length 0"):
        pb.vmap(lambda x: x)(np.ones((0, 2)))


# --- inside differentiated functions ----------------------------------------------------------------------------------

def test_operators_inside_a_differentiated_function():
    v = np.array([1.0, -1.0, 0.5])
    third = pb.grad(lambda x: np.sum(pb.hvp(quartic)(x, v) * v))(X)
    np.testing.assert_allclose(third, pb.grad(lambda x: v @ pb.hessian(quartic)(x) @ v)(X), rtol=1e-12)
    expected = 24.0 * X * v * v
    expected[0] += 2.0 * v[1] ** 2
    expected[1] += 4.0 * v[0] * v[1]
    np.testing.assert_allclose(third, expected, rtol=1e-12)


def test_jacobian_inside_a_differentiated_function():
    found = pb.grad(lambda x: np.sum(pb.jacobian(lambda y: A @ np.sin(y))(x) ** 2))(X)
    np.testing.assert_allclose(found, np.sum(A ** 2, 0) * -2.0 * np.cos(X) * np.sin(X), rtol=1e-12)


def test_tensors_give_tensors_that_do_not_require_grad():
    x = pb.tensor([1.0, 2.0], requires_grad=True)
    value, tangent = pb.jvp(lambda x: x * x, (x,), (pb.tensor([1.0, 1.0]),))
    assert not value.requires_grad
    assert tangent.tolist() == [2.0, 4.0]
    assert pb.hvp(lambda x: np.sum(x ** 3))(x, pb.tensor([1.0, 0.0])).tolist() == [6.0, 0.0]
    with pytest.raises(pb.ArgumentError, match="with Tensors"):
        pb.jacobian(lambda x: x * x)(x)


def test_vmap_inside_a_differentiated_function():
    batch = np.arange(6.0).reshape(2, 3)
    found = pb.grad(lambda x: np.sum(pb.vmap(lambda row: np.sum(row ** 2) * row)(x)))(batch)
    expected = 2.0 * batch * batch.sum(1, keepdims=True) + (batch ** 2).sum(1, keepdims=True)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_scipy_minimises_with_products_as_they_are():
    optimize = pytest.importorskip("scipy.optimize", reason="SciPy is optional")

    def f(x):
        return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)

    found = optimize.minimize(pb.value_and_grad(f), np.array([-1.2, 1.0, 0.5]), jac=True, method="trust-ncg",
                              hessp=lambda x, p: pb.hvp(f)(x, p))
    np.testing.assert_allclose(found.x, np.ones(3), atol=1e-6)
    found = optimize.minimize(pb.value_and_grad(f), np.array([-1.2, 1.0, 0.5]), jac=True, method="Newton-CG",
                              hess=pb.hessian(f))
    np.testing.assert_allclose(found.x, np.ones(3), atol=1e-4)


def test_a_loop_in_a_branch_that_was_not_taken_saved_nothing():
    def f(x, n):
        if n == 0:
            return np.sum(x)
        result = 0.0
        for value in x:
            result += np.sin(value * result + x[0])
        return result

    _, pull = pb.vjp(f, np.array([1.0, 2.0]), 0)
    np.testing.assert_array_equal(pull(2.0)[0], [2.0, 2.0])
