"""What has to be known: kinds that programs rely on, so that no un-broadcasting is printed where none is needed."""

import math
import operator
import re

import numpy as np
import pytest

from pullback.compiler.domains.abstract import MISSING, value_of
from pullback.compiler.domains.inference import result_kind
from pullback.compiler.domains.kinds import (
    B1,
    F8,
    GENERIC,
    I8,
    NONE,
    PY_BOOL,
    PY_FLOAT,
    PY_INT,
    UNKNOWN,
    Array,
    Known,
    ListOf,
    Scalar,
    Sym,
    TupleOf,
    kind_of,
)  # fmt: skip

F4 = np.dtype("f4")


class Lit:
    def __init__(self, value):
        self.value = value


n, m, k = (Sym(one=False) for _ in range(3))
u = Sym(one=True)
X, Y, v, w = Array(F8, (n, m)), Array(F8, (m, k)), Array(F8, (n,)), Array(F8, (m,))
mask, row, column = Array(B1, (n,)), Array(F8, (1, m)), Array(F8, (n, 1))
i = PY_INT
item = operator.getitem


def text(kind):
    """The kind as text, its symbols by the names that they have here."""
    names = {n: "n", m: "m", k: "k", u: "u?"}
    return re.sub(r"n\d+\??", lambda found: next((t for s, t in names.items() if repr(s) == found[0]), "s"), repr(kind))


CASES = [
    # elementwise
    (np.exp, [X], {}, "f8[n, m]"),
    (operator.add, [X, row], {}, "f8[n, m]"),
    (operator.mul, [column, row], {}, "f8[n, m]"),
    (operator.mul, [v, Lit(2.0)], {}, "f8[n]"),
    (operator.mul, [Array(F4, (n,)), Lit(2.0)], {}, "f4[n]"),
    (operator.mul, [Array(F4, (n,)), Scalar(F8)], {}, "f8[n]"),
    (operator.truediv, [Array(I8, (n,)), Lit(2)], {}, "f8[n]"),
    (operator.pow, [v, Lit(2)], {}, "f8[n]"),
    (operator.pow, [v, PY_FLOAT], {}, "f8[n]"),
    (operator.add, [v, Array(F8, (u,))], {}, "f8[n]"),
    (operator.gt, [v, Lit(0)], {}, "b1[n]"),
    (np.where, [mask, v, Lit(0.0)], {}, "f8[n]"),
    (np.maximum, [v, Lit(0.0)], {}, "f8[n]"),
    (np.clip, [v, Lit(0), Lit(1)], {}, "f8[n]"),
    (np.abs, [Array(np.dtype("c16"), (n,))], {}, "f8[n]"),
    # rank unknown
    (np.exp, [GENERIC], {}, "f8[...]"),
    (operator.mul, [GENERIC, Lit(2)], {}, "f8[...]"),
    (operator.add, [GENERIC, v], {}, "f8[...]"),
    (np.sum, [GENERIC], {}, "f8"),
    ("ndarray.sum", [GENERIC], {}, "f8"),
    (np.mean, [GENERIC], {"axis": Lit(0)}, "f8[...]"),
    (operator.matmul, [GENERIC, GENERIC], {}, "f8[...]"),
    (item, [GENERIC, Lit(0)], {}, "f8[...]"),
    ("ndarray.T", [GENERIC], {}, "f8[...]"),
    (np.linalg.norm, [GENERIC], {}, "f8"),
    # reductions
    (np.sum, [X], {}, "f8"),
    (np.sum, [X], {"axis": Lit(0)}, "f8[m]"),
    (np.mean, [X], {"axis": Lit(-1), "keepdims": Lit(True)}, "f8[n, 1]"),
    ("ndarray.max", [X, Lit(1)], {}, "f8[n]"),
    (np.argmax, [v], {}, "i8"),
    (np.sum, [mask], {}, "i8"),
    (np.cumsum, [v], {}, "f8[n]"),
    (np.linalg.norm, [X], {"axis": Lit(1)}, "f8[n]"),
    (np.add.reduce, [X], {}, "f8[m]"),
    # products
    (operator.matmul, [X, Y], {}, "f8[n, k]"),
    (operator.matmul, [X, w], {}, "f8[n]"),
    (np.dot, [v, v], {}, "f8"),
    (np.outer, [v, w], {}, "f8[n, m]"),
    (np.einsum, [Lit("ij,jk->ik"), X, Y], {}, "f8[n, k]"),
    (np.tensordot, [X, Y], {"axes": Lit(1)}, "f8[n, k]"),
    # shaping
    ("ndarray.T", [X], {}, "f8[m, n]"),
    ("ndarray.reshape", [X, Lit(-1), Scalar(I8, True, m)], {}, "f8[n, m]"),
    (np.reshape, [v, (Scalar(I8, True, n), Lit(1))], {}, "f8[n, 1]"),
    (np.expand_dims, [v, Lit(0)], {}, "f8[1, n]"),
    (np.squeeze, [column], {}, "f8[n]"),
    (np.stack, [[v, v]], {}, "f8[2, n]"),
    (np.concatenate, [(v, v)], {}, "f8[s]"),
    (np.vstack, [[X, X]], {}, "f8[s, m]"),
    (np.diag, [v], {}, "f8[n, n]"),
    (np.zeros_like, [X], {}, "f8[n, m]"),
    (np.zeros, [TupleOf((Scalar(I8, True, n), Scalar(I8, True, m)))], {}, "f8[n, m]"),
    (np.eye, [Scalar(I8, True, n)], {}, "f8[n, n]"),
    (np.arange, [Scalar(I8, True, n)], {}, "i8[n]"),
    (np.linspace, [Lit(0), Lit(1), Lit(5)], {}, "f8[5]"),
    (np.linalg.solve, [Array(F8, (n, n)), v], {}, "f8[n]"),
    (np.linalg.inv, [Array(F8, (n, n))], {}, "f8[n, n]"),
    (np.fft.fft, [v], {}, "c16[n]"),
    # indexing
    (item, [X, i], {}, "f8[m]"),
    (item, [X, (i, i)], {}, "f8"),
    (item, [X, (slice(None), i)], {}, "f8[n]"),
    (item, [X, (Ellipsis, None)], {}, "f8[n, m, 1]"),
    (item, [v, mask], {}, "f8[s?]".replace("?", "")),
    (item, [X, (Array(I8, (k,)), Array(I8, (k,)))], {}, "f8[k]"),
    (item, [v, slice(None, None, Lit(-1))], {}, "f8[n]"),
    (item, [v, slice(None, Scalar(I8, True, n))], {}, "f8[n]"),
    # Python
    (math.sin, [PY_FLOAT], {}, "py_f8"),
    (np.sin, [PY_FLOAT], {}, "f8"),
    (float, [Scalar(F8)], {}, "py_f8"),
    ("ndarray.item", [Scalar(F4)], {}, "py_f8"),
    (operator.mul, [PY_FLOAT, PY_INT], {}, "py_f8"),
    (operator.truediv, [PY_INT, PY_INT], {}, "py_f8"),
    (operator.floordiv, [PY_INT, PY_INT], {}, "py_i8"),
    (operator.pow, [PY_FLOAT, Lit(2)], {}, "py_f8"),
    (operator.pow, [PY_FLOAT, PY_FLOAT], {}, "py_?"),  # a root of a negative number is complex
    (operator.pow, [PY_INT, PY_INT], {}, "py_?"),  # 2 ** -1 is a float
    (operator.add, [TupleOf((v,), list), TupleOf((w,), list)], {}, "list(f8[n], f8[m])"),
    (len, [X], {}, "py_i8"),
    ("ndarray.shape", [X], {}, "tuple(py_i8, py_i8)"),
    (np.linalg.slogdet, [Array(F8, (n, n))], {}, "tuple(f8, f8)"),
    (np.split, [X, Lit(2)], {"axis": Lit(1)}, "list(f8[n, s], f8[n, s])"),
]  # fmt: skip


@pytest.mark.parametrize(("target", "args", "kwargs", "expected"), CASES)
def test_the_kind_is_known(target, args, kwargs, expected):
    assert text(result_kind(target, args, kwargs)) == expected


def test_slices_of_one_length_are_equal():
    after, before = result_kind(item, [v, slice(Lit(1), None)]), result_kind(item, [v, slice(None, Lit(-1))])
    assert after.shape == before.shape != v.shape
    assert result_kind(operator.sub, [after, before]).shape == after.shape
    assert result_kind(item, [after, slice(Lit(1), None)]).shape == result_kind(item, [v, slice(Lit(2), None)]).shape
    inner = result_kind(item, [v, slice(Lit(1), Lit(-1))])
    assert result_kind(np.diff, [result_kind(np.diff, [v])]).shape == inner.shape
    assert after.shape[0].one, "an array of length 2 has a slice of length 1"


def test_lengths_flow_through_integers():
    shape = result_kind("ndarray.shape", [X])
    assert [part.dim for part in shape.items] == [n, m]
    less = result_kind(operator.sub, [shape.items[0], Lit(1)])
    assert result_kind(np.zeros, [less]).shape == result_kind(item, [v, slice(Lit(1), None)]).shape
    assert result_kind("ndarray.size", [X]).dim == result_kind(np.ravel, [X]).shape[0]
    assert result_kind(len, [v]).dim == n


def test_two_symbols_that_may_be_one_broadcast_to_another():
    a, b = Array(F8, (Sym(),)), Array(F8, (Sym(),))
    both = result_kind(operator.add, [a, b])
    assert both.shape[0].one
    assert both.shape[0] not in (a.shape[0], b.shape[0])
    assert result_kind(operator.mul, [b, a]).shape == both.shape


def test_calls_that_are_certain_to_raise_say_less():
    assert result_kind(operator.add, [Array(F8, (2,)), Array(F8, (3,))]) == UNKNOWN
    assert result_kind(np.add, [Array(F8, (2,)), Array(F8, (3,))]).shape is None
    assert result_kind(np.sum, [v], {"axis": Lit(4)}).shape is None
    assert result_kind(np.sum, [v], {"nonsense": Lit(4)}).shape is None
    assert result_kind(operator.matmul, [Array(F8, ()), v]) == UNKNOWN
    assert result_kind(item, [v, (i, i)]) == UNKNOWN


def test_what_is_not_known_stays_unknown():
    assert result_kind(lambda x: x, [v]) == UNKNOWN
    assert result_kind([], [v]) == UNKNOWN
    assert result_kind("ndarray.ctypes", [v]) == UNKNOWN
    assert result_kind(operator.add, [UNKNOWN, UNKNOWN]) == UNKNOWN
    assert result_kind(operator.add, [v, UNKNOWN]) == UNKNOWN
    assert result_kind(operator.iadd, [TupleOf((PY_INT,), list), v]) == UNKNOWN
    assert result_kind(np.exp, [v], {"out": v}) == Array(None, None)
    assert result_kind(np.fill_diagonal, [X, Lit(0)]) == NONE


def test_an_element_of_a_list_has_a_length_of_its_own():
    ragged = ListOf(Array(F8, (Sym(one=False), 3)))
    first, second = (result_kind(item, [ragged, i]) for _ in range(2))
    assert first.shape[0] != second.shape[0]
    assert (first.shape[0].one, first.shape[1]) == (False, 3)


def test_literals_are_recognised():
    assert value_of(Lit(3)) == 3
    assert value_of((Lit(1), Lit(None))) == (1, None)
    assert value_of((Lit(1), PY_INT)) is MISSING
    assert value_of(NONE) is None
    assert value_of(PY_BOOL) is MISSING
    assert result_kind(np.exp, [Lit(np.ones((2, 3)))]) == Array(F8, (2, 3))
    assert result_kind(np.sum, [kind_of(np.ones((2, 3)))], {"axis": Known(str)}) == Array(None, None)
