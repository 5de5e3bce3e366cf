"""`vmap` in one pass, and Jacobians by it: the same as item after item; what has no batched form still works."""

import functools

import numpy as np
import pytest

import pullback as pb
from pullback.compiler import jacobians

from .programs import PROGRAMS

ROWS = np.array([[0.5, 1.2, -0.3], [1.0, 2.0, 3.0], [-0.7, 0.1, 0.4], [0.2, 0.9, 1.1]])
W = np.array([[0.5, -0.3, 0.2], [0.1, 0.4, -0.6]])
S = np.array([[2.0, 0.3, 0.1], [0.2, 3.0, 0.4], [0.1, 0.0, 1.5]])
INDEX = np.array([2, 0, 2])


def stored(x):
    y = x * 2.0
    y[1:] = x[:-1] ** 2
    y[0] = np.sum(x)
    y[INDEX] += 1.0
    return y


def filled(x):
    y = np.zeros(3)
    for i in range(3):
        y[i] = x[i] * x[0] + i
    return y


def recurrent(x):
    h = np.zeros(2)
    for _ in range(3):
        h = np.tanh(W @ x + 0.5 * h)
    return h


def chosen(x, flag=True):
    total = 0.0
    if flag:
        total = x[0] * 2.0
    k = 0
    while k < 3:
        total = total + x[k]
        k += 1
    return total


def counted(x):
    total, half = 0.0, len(x) // 2
    for i in range(len(x)):
        if len(x) > 2:
            half = half + x.shape[0]
            total = total + x[i] * i
        k = 0
        while k < x.size:
            total, k = total * 0.5, k + 1
    return total * half + np.zeros(len(x)) + x


FORMS = {
    "counted": counted,
    "elementwise": lambda x: np.exp(x) * np.sin(x) + x ** 2 / (1.0 + np.abs(x)),
    "broadcast": lambda x: x[:, None] * x + x,
    "outer": lambda x: np.outer(x, x * 2.0) + np.outer(x, INDEX),
    "compare": lambda x: np.where(x > 0.3, x, -x) * (x < 1.0),
    "sum": lambda x: np.sum(x) + x.sum(axis=0) + np.mean(x) * np.max(x),
    "keepdims": lambda x: np.sum(np.outer(x, x), axis=1, keepdims=True) + np.sum(np.outer(x, x), axis=(0, -1)),
    "matrix_vector": lambda x: W @ x,
    "vector_matrix": lambda x: x @ W.T + np.dot(x, S) @ W.T,
    "inner": lambda x: x @ x + np.dot(x, INDEX) + np.dot(INDEX, x),
    "matrix_matrix": lambda x: np.outer(x, x) @ S + S @ np.outer(x, x),
    "batched_matrix": lambda x: np.outer(x, x) @ x + x @ np.outer(x, x) + np.outer(x, x) @ S[0],
    "einsum": lambda x: np.einsum("i,ij,j->", x, S, x) + np.einsum("ij,j->i", W, x),
    "shapes": lambda x: x.reshape(1, 3).T + np.swapaxes(x[None, :], 0, 1) + np.transpose(x[None, :, None], (2, 1, 0))[0],
    "flat": lambda x: np.ravel(np.outer(x, x)) * len(x) + x.size + np.outer(x, x).flatten(),
    "join": lambda x: np.concatenate([x, INDEX * 1.0, x[:1]]) + np.stack([x[0], x[1]]).sum(),
    "stack": lambda x: np.stack([x, S[0]], axis=1) + np.array([x[0], x[1]]),
    "index": lambda x: x[INDEX] + x[::-1] + x[-1] + np.outer(x, x)[1:, 0].sum(),
    "mask": lambda x: x[np.array([True, False, True])],
    "cumulative": lambda x: np.cumsum(x),
    "solve": lambda x: np.linalg.solve(S, x) + np.linalg.solve(S + np.outer(x, x), x),
    "determinant": lambda x: np.linalg.det(S + np.outer(x, x)) * np.linalg.inv(S + np.outer(x, x)),
    "constant": lambda x: (3.0, S[0], x),
    "structure": lambda x: {"a": x * 2.0, "b": [x[0], x.shape[0] * x]},
    "stored": stored, "filled": filled, "recurrent": recurrent, "chosen": chosen,
    "gradient": pb.grad(lambda x: np.sum(np.tanh(W @ x) ** 2) * x[0]),
}


def compare(found, expected):
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for key, value in expected.items():
            compare(found[key], value)
    elif isinstance(expected, (list, tuple)):
        assert type(found) is type(expected)
        for one, other in zip(found, expected, strict=True):
            compare(one, other)
    else:
        assert found.dtype == expected.dtype
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-13)


def stack(parts):
    if isinstance(parts[0], dict):
        return {k: stack([p[k] for p in parts]) for k in parts[0]}
    if isinstance(parts[0], (list, tuple)):
        return type(parts[0])(stack([p[k] for p in parts]) for k in range(len(parts[0])))
    return np.stack([np.asarray(p) for p in parts])


@pytest.mark.parametrize("count", [4, 1])
@pytest.mark.parametrize("name", FORMS)
def test_a_batch_is_its_items(name, count):
    f, rows = FORMS[name], ROWS[:count]
    batch = pb.vmap(f)
    compare(batch(rows), stack([f(x) for x in rows]))
    assert "_batch(" in batch.source  # in one pass


@pytest.mark.parametrize("dtype", [np.float32, np.complex128])
@pytest.mark.parametrize("name", ["elementwise", "broadcast", "matrix_vector", "stored", "filled"])
def test_dtypes(name, dtype):
    f, rows = FORMS[name], ROWS.astype(dtype)
    if dtype == np.complex128 and name == "filled":
        f = FORMS["outer"]
    compare(pb.vmap(f)(rows), stack([f(x) for x in rows]))


@pytest.mark.parametrize("name", PROGRAMS)
def test_gradients_of_programs(name):
    f, x = PROGRAMS[name]
    rows = np.stack([x, x * 1.1, x - 0.05])
    gradient = pb.grad(f)
    compare(pb.vmap(gradient)(rows), np.stack([gradient(row) for row in rows]))


@pytest.mark.parametrize("f", [
    lambda x: x * 2.0 if x[0] > 0.3 else x,
    lambda x: x[int(np.argmax(x))] * x,
    lambda x: np.sort(x),
    lambda x: np.polyval(x, 2.0),
])
def test_what_has_no_batched_form_is_run_item_by_item(f):
    batch = pb.vmap(f)
    compare(batch(ROWS), stack([f(x) for x in ROWS]))
    assert batch.source == ""


def test_effects_are_those_of_each_item(capsys):
    def loud(x):
        print("item")
        return x

    pb.vmap(loud)(ROWS)
    assert capsys.readouterr().out == "item\n" * 4


def test_axes():
    def f(x, w, k=2.0):
        return (w @ x) * k, np.sum(x)

    found = pb.vmap(f, in_axes=(1, None), out_axes=(1, 0))(ROWS.T, W, k=3.0)
    compare(found, (np.stack([3.0 * W @ x for x in ROWS], 1), ROWS.sum(axis=1)))
    compare(pb.vmap(f, in_axes=(-1, 0))(ROWS.T, np.stack([W] * 4))[0], np.stack([2.0 * W @ x for x in ROWS]))
    with pytest.raises(pb.ArgumentError, match="out_axes"):
        pb.vmap(f, in_axes=(0, None), out_axes=(0, 0, 0))(ROWS, W)
    with pytest.raises(pb.ShapeError, match="lengths"):
        pb.vmap(f)(ROWS, np.stack([W] * 3))


def test_the_batch_shares_no_memory_and_arguments_stay():
    rows = ROWS.copy()
    found = pb.vmap(lambda x: (x, x[:1], S))(rows)
    for part in found:
        part += 1.0
    np.testing.assert_array_equal(rows, ROWS)
    found = pb.vmap(stored)(rows)
    found += 1.0
    np.testing.assert_array_equal(rows, ROWS)


LARGE = np.linspace(-1.0, 1.5, 7)
MATRIX = np.cos(np.arange(49.0)).reshape(7, 7)


def stencil(x):
    y = x.copy()
    y[1:-1] = x[2:] - 2.0 * x[1:-1] + x[:-2] ** 2
    return y


def settled(x):
    h = x
    for _ in range(5):
        h = np.tanh(MATRIX @ h + x)
    return h


def structured(x):
    return {"a": np.sin(x) * x[0], "b": (np.outer(x, x), np.sum(x), 3)}


@pytest.mark.parametrize("mode", ["reverse", "forward"])
@pytest.mark.parametrize("f", [stencil, settled, structured, lambda x: np.sort(x) * x,
                               lambda x: np.where(x > 0, np.sqrt(np.abs(x) + 0.1), x ** 2) @ MATRIX])
def test_jacobians_in_one_pass(monkeypatch, f, mode):
    found = pb.jacobian(f, mode=mode)(LARGE)
    monkeypatch.setattr(jacobians, "CHUNK", 3)
    pieces = pb.jacobian(f, mode=mode)(LARGE)
    monkeypatch.setattr(jacobians, "FEW", 1000)
    expected = pb.jacobian(f, mode=mode)(LARGE)
    if isinstance(expected, dict):
        found, pieces, expected = ([j["a"], *j["b"][:2]] for j in (found, pieces, expected))
    compare(list(found), list(expected))
    compare(list(pieces), list(expected))


@pytest.mark.parametrize("mode", ["reverse", "forward"])
def test_hessians_in_one_pass(monkeypatch, mode):
    def f(x):
        return np.sum(np.exp(0.3 * settled(x))) * x[0]

    found = pb.hessian(f, mode=mode)(LARGE)
    monkeypatch.setattr(jacobians, "FEW", 1000)
    np.testing.assert_allclose(found, pb.hessian(f, mode=mode)(LARGE), rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(found, found.T, rtol=1e-10, atol=1e-12)


def test_a_jacobian_calls_the_generated_code_once(monkeypatch):
    from pullback.compiler.pullbacks import Pair

    calls = []
    run = Pair.run_backward
    monkeypatch.setattr(Pair, "run_backward", lambda *args: calls.append(1) or run(*args))
    pb.jacobian(settled, mode="reverse")(LARGE)
    assert not calls


@pytest.mark.parametrize("mode", ["reverse", "forward"])
@pytest.mark.parametrize("name", [n for n in FORMS if n not in ("constant", "structure", "sum", "determinant")])
def test_jacobians_of_every_form(monkeypatch, name, mode):
    f = FORMS[name]
    monkeypatch.setattr(jacobians, "FEW", 1)
    found = pb.jacobian(f, mode=mode)(ROWS[0])
    monkeypatch.setattr(jacobians, "FEW", 1000)
    np.testing.assert_allclose(found, pb.jacobian(f, mode=mode)(ROWS[0]), rtol=1e-11, atol=1e-12)


MASK = np.array([[True, False, True], [False, False, True]])
MATRIX_FORMS = {
    "sums": lambda m: np.sum(m, axis=0) + m.sum(axis=-1)[0] + np.max(m, axis=(0, 1)) * np.prod(m, 1, keepdims=True)[0],
    "products": lambda m: m @ S @ m.T + (m @ S[0])[:, None] * np.ones(2),
    "left": lambda m: S[:, :2] @ m + np.dot(W.T, m) * (m.T @ m),
    "moved": lambda m: np.moveaxis(m[:, None, :], 0, -1) + m.T[None].reshape(1, 3, 2) * np.transpose(m),
    "means": lambda m: (m - np.mean(m, axis=1, keepdims=True)) / np.std(m),
    "masked": lambda m: np.sum(m[MASK] ** 2) + np.where(MASK, m, 0.0),
    "rows": lambda m: m[1] * m[0, ::-1] + m[:, 1:].sum() + m[-1, -1],
    "joined": lambda m: np.concatenate([m, W, m * 2.0], axis=0) @ np.stack([S[0], m[0]], axis=-1),
    "running": lambda m: np.cumsum(m, axis=1) * np.cumsum(m, axis=-2),
    "stretched": lambda m: np.broadcast_to(m[0], (4, 3)) + np.expand_dims(m[1], 0) + np.squeeze(m[:1], 0),
}


@pytest.mark.parametrize("name", MATRIX_FORMS)
def test_items_that_are_matrices(monkeypatch, name):
    f = MATRIX_FORMS[name]
    items = np.stack([np.sin(np.arange(6.0) + k).reshape(2, 3) for k in range(3)])
    compare(pb.vmap(f)(items), stack([f(m) for m in items]))
    compare(pb.vmap(f, in_axes=2)(np.moveaxis(items, 0, 2)), stack([f(m) for m in items]))
    found = [pb.jacobian(f, mode=mode)(items[1]) for mode in ("reverse", "forward")]
    monkeypatch.setattr(jacobians, "FEW", 1000)
    expected = pb.jacobian(f, mode="reverse")(items[1])
    for jacobian in found:
        np.testing.assert_allclose(jacobian, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_a_list_as_an_index_is_one_array(mode):
    """It was spliced into the batch's index, an index for each axis."""
    x = np.array([0.7, -1.2, 2.1])
    found = pb.jacobian(lambda x: (x[:, None] * x)[[0, 2]], mode=mode)(x)
    whole = np.einsum("ik,j->ijk", np.eye(3), x) + np.einsum("jk,i->ijk", np.eye(3), x)
    np.testing.assert_allclose(found, whole[[0, 2]])
    rows = np.arange(12.0).reshape(2, 2, 3)
    np.testing.assert_array_equal(pb.vmap(lambda r: np.sum(r[[0, 1]] ** 2))(rows), np.sum(rows ** 2, (1, 2)))


def test_operators_of_a_decorated_function():
    def tripled(fn):
        @functools.wraps(fn)
        def call(*args, **kwargs):
            return 3.0 * fn(*args, **kwargs)
        return call

    @tripled
    def cubes(x):
        return np.sum(x ** 3)

    x = np.array([0.7, -1.2, 2.1])
    np.testing.assert_allclose(pb.hessian(cubes)(x), np.diag(18.0 * x))
    np.testing.assert_allclose(pb.hvp(cubes)(x, x), 18.0 * x * x)


def test_axes_given_by_name_in_any_order_and_squeeze_without_axes():
    x = np.arange(12.0).reshape(2, 1, 2, 3)
    for fn in (lambda r: np.moveaxis(r, destination=0, source=2), lambda r: np.squeeze(r),
               lambda r: np.outer(b=r[0, 0], a=r[0, :, 0])):
        np.testing.assert_array_equal(pb.vmap(fn)(x), np.stack([fn(r) for r in x]))
