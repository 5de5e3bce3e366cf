"""jvp, grad of grad, hvp, Hessian and Jacobian against JAX (in float64) and torch.func, where these are installed."""

import functools

import numpy as np
import pytest

import pullback as pb

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch's own, of torch.jit
X = np.array([0.4, -0.7, 1.1, 0.3])
V = np.array([0.5, 1.0, -0.3, 0.8])
MATRIX = np.array([[2.0, 0.3, -0.1, 0.4], [0.2, 1.5, 0.3, -0.2], [-0.3, 0.1, 1.8, 0.2], [0.1, -0.4, 0.2, 2.2]])


def polynomial(np, a):
    def f(x):
        return np.sum(x ** 3 * x[0] - 2.0 * x * x)
    return f


def waves(np, a):
    def f(x):
        return np.sum(np.exp(0.3 * x) * np.sin(2.0 * x) / (1.0 + x * x))
    return f


def rosenbrock(np, a):
    def f(x):
        return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)
    return f


def log_sum_exp(np, a):
    def f(x):
        y = a @ x
        return np.log(np.sum(np.exp(y - 1.0))) + 1.0
    return f


def quadratic(np, a):
    def f(x):
        return x @ a @ x + np.sum(np.einsum("ij,j->i", a, x) ** 3)
    return f


def pairwise(np, a):
    def f(x):
        apart = x[:, None] - x[None, :]
        return np.sum(np.sqrt(apart ** 2 + 0.1))
    return f


def network(np, a):
    def f(x):
        return np.sum(np.tanh(a @ np.tanh(a @ x)) ** 2)
    return f


def recurrence(np, a):
    def f(x):
        h = 0.0 * x
        for _ in range(4):
            h = np.tanh(0.3 * (a @ h) + x)
        return np.sum(h * h)
    return f


def linear_solve(np, a):
    def f(x):
        return np.sum(np.linalg.solve(a + np.outer(x, x), x) ** 2)
    return f


def determinant(np, a):
    def f(x):
        return np.log(np.linalg.det(a + np.outer(x, x))) * x[1]
    return f


def inverse(np, a):
    def f(x):
        return np.sum(np.linalg.inv(a + 0.3 * np.outer(x, x)) ** 2)
    return f


def selected(np, a):
    def f(x):
        return np.sum(np.where(x > 0.35, x ** 3, np.cos(x) * x[2]))
    return f


def cumulative(np, a):
    def f(x):
        return np.sum(np.cumsum(x * x, 0) * np.flip(x, (0,)))
    return f


def stacked(np, a):
    def f(x):
        y = np.stack([x[0] * x[1], np.sin(x[2]), x[3] ** 2 * x[0]])
        return np.sum(y * y) + y[0] * y[2]
    return f


def branching(np, a):
    def f(x):
        total = x[0] * 0.0
        for i in range(4):
            if i % 2:
                total = total * x[i] + np.sin(x[i])
            else:
                total = total + x[i] ** 2 * x[0]
        return total
    return f


SCALAR = [polynomial, waves, rosenbrock, log_sum_exp, quadratic, pairwise, network, recurrence, linear_solve, determinant,
          inverse, selected, cumulative, stacked, branching]


def pairs_of(np, a):
    def f(x):
        return np.outer(np.sin(x), x) @ a
    return f


def layers(np, a):
    def f(x):
        return np.tanh(a @ np.tanh(a @ x)) * x
    return f


def solution(np, a):
    def f(x):
        return np.linalg.solve(a + np.outer(x, x), x)
    return f


class Jax:
    """The operators of JAX, on NumPy arrays."""

    def __init__(self):
        self.jax = pytest.importorskip("jax", reason="jax is not installed: no oracle")
        self.jax.config.update("jax_enable_x64", True)

    def program(self, make):
        return make(self.jax.numpy, self.jax.numpy.asarray(MATRIX))

    def gradient(self, f, x):
        return self.jax.grad(f)(x)

    def hessian(self, f, x):
        return self.jax.hessian(f)(x)

    def jacobian(self, f, x):
        return self.jax.jacrev(f)(x)

    def jvp(self, f, x, v):
        return self.jax.jvp(f, (x,), (v,))

    def third(self, f, x, v):
        jnp, grad = self.jax.numpy, self.jax.grad
        return grad(lambda x: jnp.sum(grad(lambda y: jnp.sum(grad(f)(y) * v))(x) * v))(x)


class Torch:
    """The operators of torch.func, on NumPy arrays."""

    def __init__(self):
        self.torch = pytest.importorskip("torch", reason="torch is not installed: no oracle")

    def program(self, make):
        f = make(self.torch, self.torch.as_tensor(MATRIX))
        return lambda x: f(self.torch.as_tensor(x))

    def gradient(self, f, x):
        return self.torch.func.grad(f)(self.torch.as_tensor(x)).numpy()

    def hessian(self, f, x):
        return self.torch.func.hessian(f)(self.torch.as_tensor(x)).numpy()

    def jacobian(self, f, x):
        return self.torch.func.jacrev(f)(self.torch.as_tensor(x)).numpy()

    def jvp(self, f, x, v):
        found = self.torch.func.jvp(f, (self.torch.as_tensor(x),), (self.torch.as_tensor(v),))
        return tuple(part.numpy() for part in found)

    def third(self, f, x, v):
        torch, grad, v = self.torch, self.torch.func.grad, self.torch.as_tensor(v)
        inner = grad(lambda y: torch.sum(grad(f)(y) * v))
        return grad(lambda x: torch.sum(inner(x) * v))(torch.as_tensor(x)).numpy()


@pytest.fixture(params=[Jax, Torch], ids=["jax", "torch"], scope="module")
def oracle(request):
    return request.param()


@functools.cache
def ours(make):
    """The derivatives of a program by pullback: gradient, value and slope, Hessians, Hessians times V."""
    f = make(np, MATRIX)
    return (pb.grad(f)(X), pb.jvp(f, (X,), (V,)), [pb.hessian(f)(X), pb.hessian(f, mode="forward")(X)],
            [pb.hvp(f)(X, V), pb.grad(lambda x: np.sum(pb.grad(f)(x) * V))(X)])


@pytest.mark.parametrize("make", SCALAR, ids=lambda make: make.__name__)
def test_scalar_functions(make, oracle):
    theirs = oracle.program(make)
    gradient, slope, hessians, products = ours(make)
    close = functools.partial(np.testing.assert_allclose, rtol=1e-9, atol=1e-11)
    close(gradient, oracle.gradient(theirs, X))
    close(slope, oracle.jvp(theirs, X, V))
    expected = np.asarray(oracle.hessian(theirs, X))
    for hessian in hessians:
        close(hessian, expected)
    for product in products:
        close(product, expected @ V)


@pytest.mark.parametrize("make", [waves, quadratic, recurrence, linear_solve, branching], ids=lambda make: make.__name__)
def test_third_derivatives(make, oracle):
    f = make(np, MATRIX)
    found = pb.grad(lambda x: np.sum(pb.hvp(f)(x, V) * V))(X)
    np.testing.assert_allclose(found, oracle.third(oracle.program(make), X, V), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("mode", ["reverse", "forward"])
@pytest.mark.parametrize("make", [pairs_of, layers, solution], ids=lambda make: make.__name__)
def test_jacobians(make, mode, oracle):
    f, theirs = make(np, MATRIX), oracle.program(make)
    np.testing.assert_allclose(pb.jacobian(f, mode=mode)(X), oracle.jacobian(theirs, X), rtol=1e-9, atol=1e-11)
    for ours, other in zip(pb.jvp(f, (X,), (V,)), oracle.jvp(theirs, X, V), strict=True):
        np.testing.assert_allclose(ours, other, rtol=1e-9, atol=1e-11)
