"""`detect_anomaly` of compiled gradients: the first nan or inf raises and names the line of the user's that made it."""

import numpy as np
import pytest

import pullback as pb

X = np.array([1.0, 0.0, 4.0])
QUIET = pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")


def logarithm(x):
    y = x * 2.0
    z = np.log(y)
    return np.sum(z * x)


def root(x):
    y = x * 1.0
    return np.sum(np.sqrt(y) * 2.0)


def masked(x):
    return np.sum(np.where(x > 0, np.sqrt(x), 0.0))


def line_of(error, fn):
    return error.value.where.line - fn.__code__.co_firstlineno


@QUIET
def test_forward_statement_is_named():
    with pytest.raises(pb.AnomalyError, match=r"inf in the result of `numpy.log`") as caught:
        pb.grad(logarithm, detect_anomaly=True)(X)
    assert line_of(caught, logarithm) == 2
    assert "np.log(y)" in str(caught.value)
    assert isinstance(caught.value, FloatingPointError)


@QUIET
def test_adjoint_statement_is_named():
    """sqrt(0) is 0, its slope is inf: only the reverse sweep shows it."""
    with pytest.raises(pb.AnomalyError, match="inf in the result of the cotangent `d_") as caught:
        pb.value_and_grad(root, detect_anomaly=True)(X)
    assert line_of(caught, root) in (1, 2)


def test_what_a_mask_drops_is_no_anomaly():
    np.testing.assert_allclose(pb.grad(masked, detect_anomaly=True)(X), [0.5, 0.0, 0.25])


def test_finite_gradients_are_the_same():
    x = np.array([1.0, 2.0])
    np.testing.assert_array_equal(pb.grad(logarithm, detect_anomaly=True)(x), pb.grad(logarithm)(x))


@QUIET
def test_context_reaches_gradients_that_were_compiled_before():
    g = pb.grad(logarithm)
    assert not np.all(np.isfinite(g(X)))
    g(X)
    with pytest.warns(UserWarning, match="Anomaly Detection"), pb.detect_anomaly():
        for _ in range(2):
            with pytest.raises(pb.AnomalyError, match="numpy.log"):
                g(X)
        assert np.all(np.isfinite(g(X + 1.0)))
    assert not np.all(np.isfinite(g(X)))


@QUIET
def test_context_covers_tensors_too():
    x = pb.tensor([1.0, 0.0], requires_grad=True)
    with pytest.warns(UserWarning), pb.detect_anomaly():
        y = pb.sqrt(x) * 0.0
        with pytest.raises(RuntimeError, match="returned nan values"):
            y.sum().backward()


@QUIET
def test_inside_loops_and_branches():
    def f(x):
        s = 0.0
        for v in x:
            if v < 3:
                s = s + 1.0 / v
        return s

    with pytest.raises(pb.AnomalyError, match="operator.truediv") as caught:
        pb.grad(f, detect_anomaly=True)(X)
    assert line_of(caught, f) == 4


def test_memory_that_is_not_written_yet_is_no_anomaly():
    def f(x):
        y = np.empty(3)
        y[:] = np.nan
        y[0] = x[0]
        y[1:] = x[1:] ** 2
        return np.sum(y)

    np.testing.assert_allclose(pb.grad(f, detect_anomaly=True)(X), [1.0, 0.0, 8.0])


def test_as_a_decorator():
    @pb.grad(detect_anomaly=True)
    def f(x):
        return np.sum(x**2)

    np.testing.assert_allclose(f(X), 2 * X)


OPERATORS = {
    "vjp": lambda fn: pb.vjp(fn, X)[1](1.0),
    "jvp": lambda fn: pb.jvp(fn, (X,), (np.ones(3),)),
    "jacobian": lambda fn: pb.jacobian(fn)(X),
    "hvp": lambda fn: pb.hvp(fn)(X, np.ones(3)),
    "hessian": lambda fn: pb.hessian(fn)(X),
    "numba": lambda fn: pb.grad(fn, backend="numba")(X),
}


def through_tensors(fn):
    x = pb.tensor(X, requires_grad=True)
    pb.differentiable(fn)(x).backward()


@QUIET
@pytest.mark.filterwarnings("ignore:Anomaly Detection")
@pytest.mark.parametrize("run", [*OPERATORS.values(), through_tensors], ids=[*OPERATORS, "differentiable"])
def test_every_operator_names_the_statement(run):
    def logarithm(x):
        y = x * 2.0
        z = np.log(y)
        return np.sum(z * x)

    def root(x):
        y = x * 1.0
        return np.sum(np.sqrt(y) * 2.0)

    with pb.detect_anomaly():
        with pytest.raises(pb.AnomalyError, match=r"inf in the result of (`numpy.log`|the tangent `t_z`)") as caught:
            run(logarithm)
        assert line_of(caught, logarithm) == 2
        with pytest.raises(pb.AnomalyError, match=r"(inf|nan) in the result of the (cotangent|tangent)") as caught:
            run(root)
        assert line_of(caught, root) in (1, 2)


@pytest.mark.filterwarnings("ignore:Anomaly Detection")
@pytest.mark.parametrize("run", [*OPERATORS.values()], ids=OPERATORS)
def test_every_operator_computes_the_same(run):
    def polynomial(x):
        return np.sum(np.exp(x) * x ** 3)

    expected = run(polynomial)
    with pb.detect_anomaly():
        watched = run(polynomial)
    for one, other in zip(np.atleast_1d(watched), np.atleast_1d(expected), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


@QUIET
def test_the_mode_ends():
    """What was compiled for it is not used without it, nor the other way round."""
    @pb.differentiable
    def loss(x):
        return np.sum(np.log(x))

    def value():
        return loss(pb.tensor(X, requires_grad=True)).item()

    assert value() == -np.inf
    with pytest.warns(UserWarning), pb.detect_anomaly(), pytest.raises(pb.AnomalyError):
        value()
    assert value() == -np.inf
    assert pb.jvp(loss, (X,), (X,))[0] == -np.inf


def test_machine_code_has_no_checks():
    with pytest.raises(pb.ArgumentError, match="Machine code does not stop at a nan"):
        pb.grad(root, detect_anomaly=True, backend="numba")
