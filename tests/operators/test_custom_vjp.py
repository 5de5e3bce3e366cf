"""`pb.custom_vjp` and `pb.defvjp`: adjoints that users give."""

import numpy as np
import pytest

import pullback as pb
from pullback.compiler.rules import registry
from pullback.runtime.errors import ArgumentError, NoRuleError, PullbackError, UnsupportedError
from tests.language.checker import check

SCALE = 3.0
TABLE = np.array([1.0, 2.0, 4.0])


@pb.custom_vjp
def log1pexp(x):
    return np.log(1.0 + np.exp(x))


def log1pexp_forward(x):
    e = np.exp(x)
    return np.log(1.0 + e), e


def log1pexp_backward(e, d_ans):
    return d_ans * (1.0 - 1.0 / (1.0 + e))


log1pexp.defvjp(log1pexp_forward, log1pexp_backward)


@pb.custom_vjp
def scaled(x, y):
    """The adjoint is not the derivative (ten times too large), so that one sees which of them was used."""
    return x * y


scaled.defvjp(lambda x, y: (x * y, (x, y)), lambda saved, d: (10.0 * d * saved[1], 10.0 * d * saved[0]))


@pb.custom_vjp
def clip_gradient(x, limit):
    return x


clip_gradient.defvjp(lambda x, limit: (x, limit), lambda limit, d: (np.clip(d, -limit, limit), None))


def test_the_given_adjoint_is_used():
    x = np.array([1.0, 2.0])
    d_x, d_y = pb.grad(lambda x, y: np.sum(scaled(x, y)), wrt=(0, 1))(x, 3.0 * x)
    np.testing.assert_array_equal(d_x, 30.0 * x)
    np.testing.assert_array_equal(d_y, 10.0 * x)


def test_it_is_an_ordinary_function_for_its_value():
    assert scaled(2.0, 3.0) == 6.0 and repr(scaled) == "<custom_vjp scaled>"
    assert log1pexp(0.0) == np.log(2.0)


def test_right_adjoint_agrees_with_differences():
    check(lambda x: np.sum(log1pexp(x) * x), np.array([-1.0, 0.5, 2.0]))
    check(lambda x: log1pexp(x) ** 2, 0.5)


def test_in_loops_branches_and_stores():
    def f(x):
        y = np.zeros_like(x)
        s = 0.0
        for i in range(len(x)):
            if x[i] > 0:
                y[i] = log1pexp(x[i] * s)
            s = s + log1pexp(x[i])
        return np.sum(y * x) + s

    check(f, np.array([-1.0, 0.5, 2.0]))


def test_the_generated_code_has_the_adjoint_inlined():
    g = pb.grad(lambda x: np.sum(log1pexp(x)))
    g(np.ones(3))
    assert "exp(x)" in g.source and "backward" not in g.source and g.source.count("np.exp") == 1


def test_clip_gradient():
    g = pb.grad(lambda x: np.sum(clip_gradient(x, 1.0) ** 2))
    np.testing.assert_allclose(g(np.array([0.1, 3.0, -3.0])), [0.2, 1.0, -1.0])


def test_keywords_and_defaults():
    @pb.custom_vjp
    def power(x, n=2):
        return x ** n

    power.defvjp(lambda x, n=2: (x ** n, (x, n)), lambda saved, d: (d * saved[1] * saved[0] ** (saved[1] - 1), None))
    assert pb.grad(lambda x: power(x, n=3))(2.0) == 12.0
    assert pb.grad(lambda x: power(x))(2.0) == 4.0


def test_structures():
    @pb.custom_vjp
    def linear(p, x):
        return {"out": x @ p["w"] + p["b"], "n": 3}

    def forward(p, x):
        return {"out": x @ p["w"] + p["b"], "n": 3}, (p["w"], x)

    def backward(saved, d_ans):
        w, x = saved
        d = d_ans["out"]
        return {"w": 2.0 * x.T @ d, "b": d.sum(axis=0)}, d @ w.T

    linear.defvjp(forward, backward)
    rng = np.random.default_rng(0)
    p = {"w": rng.standard_normal((3, 2)), "b": np.zeros(2), "name": "layer"}
    x = rng.standard_normal((4, 3))
    d_p, d_x = pb.grad(lambda p, x: np.sum(linear(p, x)["out"] ** 2), wrt=(0, 1))(p, x)
    out = 2.0 * (x @ p["w"])
    np.testing.assert_allclose(d_p["w"], 2.0 * x.T @ out)
    np.testing.assert_allclose(d_p["b"], out.sum(axis=0))
    np.testing.assert_allclose(d_x, out @ p["w"].T)


def test_globals_of_forward_and_backward_are_read_at_each_call():
    global SCALE

    @pb.custom_vjp
    def f(x):
        return np.sum(TABLE * x)

    f.defvjp(lambda x: (np.sum(TABLE * x), None), lambda _, d: d * SCALE * TABLE)
    g = pb.grad(lambda x: f(x) * 2.0)
    np.testing.assert_array_equal(g(np.ones(3)), 6.0 * TABLE)
    SCALE = 5.0
    try:
        np.testing.assert_array_equal(g(np.ones(3)), 10.0 * TABLE)
    finally:
        SCALE = 3.0


def test_branches_in_backward_follow_the_values():
    @pb.custom_vjp
    def f(x):
        return x * x

    def backward(x, d):
        if x > 1.0:
            return 100.0 * d
        return 2.0 * x * d

    f.defvjp(lambda x: (x * x, x), backward)
    g = pb.grad(lambda x: f(x))
    assert g(0.5) == 1.0 and g(2.0) == 100.0


def test_dtype_and_shape_of_cotangents_are_the_arguments():
    @pb.custom_vjp
    def f(x, y):
        return x + y

    f.defvjp(lambda x, y: (x + y, None), lambda _, d: (d, d))
    d_x, d_y = pb.grad(lambda x, y: np.sum(f(x, y)), wrt=(0, 1))(np.ones((2, 3)), np.ones(3, np.float32))
    assert d_x.shape == (2, 3) and d_y.shape == (3,) and d_y.dtype == np.float32


def test_a_store_into_what_may_be_the_argument_is_refused():
    def f(x):
        y = x * 1.0
        z = clip_gradient(y, 1.0)
        z[0] = 0.0
        return np.sum(y)

    with pytest.raises(UnsupportedError, match="clip_gradient"):
        pb.grad(f)(np.ones(3))


@pytest.mark.parametrize(("forward", "backward", "match"), [
    (lambda x, y: x * y, lambda s, d: (d, d), "not a pair"),
    (lambda x, y: (x * y, None), lambda s, d: (d,), "1 cotangent for 2 arguments"),
    (lambda x, y: (x * y, None), lambda s, d: (d, d, d), "3 cotangents for 2 arguments"),
    (lambda x, y: (x * y, None), lambda s, d: (d, (d, d)), "argument 1 is a sequence"),
])
def test_what_does_not_fit_is_a_located_error(forward, backward, match):
    @pb.custom_vjp
    def f(x, y):
        return x * y

    f.defvjp(forward, backward)
    with pytest.raises(UnsupportedError, match=match) as caught:
        pb.grad(lambda x: f(x, 2.0))(3.0)
    assert caught.value.where is not None and "^" in str(caught.value)


def test_misuse():
    with pytest.raises(UnsupportedError, match="without its adjoint"):
        f = pb.custom_vjp(lambda x: x)
        pb.grad(lambda x: f(x))(1.0)
    with pytest.raises(ArgumentError, match="takes two functions"):
        pb.custom_vjp(lambda x: x).defvjp(lambda x: (x, x), None)
    with pytest.raises(ArgumentError, match="called as backward"):
        pb.custom_vjp(lambda x: x).defvjp(lambda x: (x, x), lambda d: d)
    with pytest.raises(ArgumentError, match="takes a function"):
        pb.custom_vjp(3)


def test_a_closed_over_value_whose_derivative_is_wanted_is_refused():
    def f(x):
        @pb.custom_vjp
        def inner(y):
            return x * y

        return inner(x)

    with pytest.raises(UnsupportedError):
        pb.grad(f)(2.0)

    def g(x):
        def forward(y):
            return x * y, y

        h = pb.custom_vjp(forward).defvjp(forward, lambda y, d: d * y)
        return h(2.0)

    with pytest.raises(UnsupportedError):
        pb.grad(g)(2.0)


@pytest.fixture
def own_rules(monkeypatch):
    """The table of rules as it was before, afterwards."""
    monkeypatch.setattr(registry, "_RULES", dict(registry._RULES))


def test_defvjp_for_a_function_without_source(own_rules):
    import operator

    class Library:
        """A callable without Python source that pullback could read."""

    cube = operator.methodcaller("__pow__", 3)
    with pytest.raises((NoRuleError, UnsupportedError)):
        pb.grad(lambda x: np.sum(cube(x)))(np.ones(2))

    @pb.defvjp(cube, elementwise=True)
    def rule(x, *, ans, d_ans):
        d_x = d_ans * 3.0 * x ** 2
        return d_x

    np.testing.assert_allclose(pb.grad(lambda x: np.sum(cube(x)))(np.array([1.0, 2.0])), [3.0, 12.0])
    with pytest.raises(PullbackError, match="two rules"):
        pb.defvjp(cube, rule)


def test_defvjp_refuses_a_malformed_rule(own_rules):
    def target(x):
        return x

    with pytest.raises(PullbackError, match="must end in its one return|return names"):
        @pb.defvjp(target)
        def rule(x, *, ans, d_ans):
            return 2.0 * d_ans

    assert registry.rule_for(target) is None


def test_the_custom_function_itself_is_differentiated():
    np.testing.assert_array_equal(pb.grad(lambda x, y: scaled(x, y))(2.0, 3.0), 30.0)
    assert pb.grad(scaled)(2.0, 3.0) == 30.0
    value, pull = pb.vjp(scaled, 2.0, 3.0)
    assert value == 6.0 and pull(1.0) == (30.0, 20.0)


def test_second_derivatives_differentiate_the_adjoint():
    x = 0.7
    first, second = pb.grad(lambda x: log1pexp(x)), pb.grad(pb.grad(lambda x: log1pexp(x)))
    s = 1.0 / (1.0 + np.exp(-x))
    np.testing.assert_allclose(first(x), s)
    np.testing.assert_allclose(second(x), s * (1.0 - s))
    assert pb.grad(pb.grad(lambda x: scaled(x, x)))(3.0) == pytest.approx(20.0 * 1.0 * 1.0 * 1.0)


def test_a_gradient_inside_a_function_uses_it():
    def f(x):
        return pb.grad(lambda y: scaled(y, 2.0))(x) * x

    assert f(3.0) == 60.0
    assert pb.grad(f)(3.0) == 20.0


def test_globals_of_a_backward_inside_a_nested_gradient():
    @pb.custom_vjp
    def f(x):
        return x * 1.0

    f.defvjp(lambda x: (x * 1.0, x), lambda x, d: d * SCALE * x)
    assert pb.grad(pb.grad(lambda x: f(x)))(5.0) == 3.0


def test_with_tensors_it_is_a_node_with_the_given_adjoint():
    x = pb.tensor([1.0, 2.0], requires_grad=True)
    out = scaled(x, x.detach() * 2.0)
    assert type(out.grad_fn).__name__ == "scaledBackward"
    out.sum().backward()
    assert x.grad.tolist() == [20.0, 40.0]
    assert scaled(pb.tensor(2.0), 3.0).item() == 6.0
