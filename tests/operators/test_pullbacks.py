"""What a pullback promises: threads, many calls, arrays that change afterwards, cotangents that do not fit; has_aux."""

import threading

import numpy as np
import pytest

import pullback as pb

X = np.array([1.0, 2.0, 3.0])
W = np.array([[0.5, -0.3, 0.2], [0.1, 0.4, -0.6], [0.3, 0.2, 0.7]])


def program(x, w):
    """Loops, a branch, stores, a tape of arrays."""
    h = np.zeros(3)
    for i in range(6):
        h = np.tanh(w @ h + x) if i % 2 else h * h + x
    y = h.copy()
    y[1:] = y[:-1] * h[1:]
    kept = []
    for v in y:
        kept.append(v * v)
    return y, np.sum(np.array(kept))


def expected(seed):
    value, pull = pb.vjp(program, X, W)
    return pull((np.full(3, seed), seed))


def test_one_pullback_from_many_threads():
    _, pull = pb.vjp(program, X, W)
    wanted = {seed: expected(float(seed)) for seed in range(8)}
    wrong = []

    def work(seed):
        for _ in range(50):
            found = pull((np.full(3, float(seed)), float(seed)))
            if any(not np.array_equal(a, b) for a, b in zip(found, wanted[seed], strict=True)):
                wrong.append(seed)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_first_calls_from_many_threads():
    def fresh(x, w):
        return program(x, w)

    results = []

    def work():
        value, pull = pb.vjp(fresh, X, W)
        results.append((value[1], pull((np.ones(3), 1.0))[0]))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 6
    for value, cotangent in results:
        assert value == results[0][0]
        np.testing.assert_array_equal(cotangent, results[0][1])


def test_the_callers_arrays_change():
    x, w = X.copy(), W.copy()
    value, pull = pb.vjp(program, x, w)
    seeds = np.ones(3)
    before = pull((seeds, 1.0))
    x[:], w[:], seeds[:] = 7.0, -1.0, 0.0
    value[0][:] = np.nan
    again = pull((np.ones(3), 1.0))
    for first, second in zip(before, again, strict=True):
        np.testing.assert_array_equal(first, second)
        first += 1.0  # what was handed out is the caller's
    for first, second in zip(pull((np.ones(3), 1.0)), again, strict=True):
        np.testing.assert_array_equal(first, second)


def test_a_cotangent_that_is_handed_through_is_copied():
    _, pull = pb.vjp(lambda x: x, X)
    seed = np.ones(3)
    (found,) = pull(seed)
    found += 1.0
    np.testing.assert_array_equal(seed, np.ones(3))


@pytest.mark.parametrize(("cotangent", "error", "message"), [
    (np.ones(3), pb.ArgumentError, "the cotangent is"),
    ((np.ones(3),), pb.ArgumentError, "a tuple of 2"),
    ((np.ones(2), 1.0), pb.ShapeError, "shape"),
    ((np.ones((3, 1)), 1.0), pb.ShapeError, "shape"),
    ((1.0, 1.0), pb.ShapeError, "shape"),
    ((np.ones(3) * 1j, 1.0), pb.ArgumentError, "complex"),
    ((np.ones(3), None), pb.ArgumentError, "NoneType"),
    ((np.ones(3), "1"), pb.ArgumentError, "str"),
    ((np.array(["a", "b", "c"]), 1.0), pb.ArgumentError, "dtype"),
])
def test_cotangents_that_do_not_fit(cotangent, error, message):
    _, pull = pb.vjp(program, X, W)
    with pytest.raises(error, match=message):
        pull(cotangent)


def test_cotangents_take_the_dtype_of_the_value():
    x = X.astype(np.float32)
    _, pull = pb.vjp(lambda x: x * x, x)
    assert pull(np.ones(3))[0].dtype == np.float32
    assert pull(np.ones(3, int))[0].dtype == np.float32


@pytest.mark.parametrize("operator", [pb.grad, pb.value_and_grad])
def test_aux_shares_no_memory(operator):
    shared = np.arange(3.0)

    def f(x, y):
        return np.sum(x * x), {"x": x, "y": y, "part": y[1:], "global": shared, "list": [x]}

    x, y = X.copy(), X * 2.0
    found = operator(f, has_aux=True)(x, y)
    aux = found[0][1] if operator is pb.value_and_grad else found[1]
    for part in (aux["x"], aux["y"], aux["part"], aux["global"], aux["list"][0]):
        part += 100.0
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(y, 2.0 * X)
    np.testing.assert_array_equal(shared, np.arange(3.0))


def test_the_aux_of_a_jacobian_shares_no_memory():
    x = X.copy()
    _, aux = pb.jacobian(lambda x: (x * x, x), has_aux=True)(x)
    aux += 1.0
    np.testing.assert_array_equal(x, X)


def test_anomalies_in_an_inner_gradient_are_found():
    def f(x):
        return np.sum(pb.grad(lambda t: np.sum(np.sqrt(t)))(x))

    with pytest.raises(pb.AnomalyError), np.errstate(all="ignore"):
        pb.grad(f, detect_anomaly=True)(np.array([0.0, 1.0]))


def test_complex_arguments_of_a_jacobian_are_refused():
    with pytest.raises(pb.ArgumentError, match="complex"):
        pb.jacobian(lambda z: z * z)(X * 1j)


@pytest.mark.parametrize("operator", [pb.hvp, pb.jacobian, pb.hessian, pb.vmap])
def test_other_back_ends_are_named(operator):
    with pytest.raises(pb.ArgumentError, match="unknown back end 'cuda'"):
        operator(lambda x: np.sum(x * x), backend="cuda")
    with pytest.raises(pb.ArgumentError, match="unknown back end 'cuda'"):
        pb.jvp(lambda x: x, (X,), (X,), backend="cuda")
