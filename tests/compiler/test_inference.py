"""Inferred kinds against what NumPy returns: a kind may say less than the truth, never something else.

Random programs run side by side on values and on kinds. Each symbol stands for one length throughout a program, so a
symbol that is reused for a length that differs is found, too.
"""

import builtins
import operator
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pullback.compiler.domains.infer_elementwise import RULES
from pullback.compiler.domains.inference import result_kind
from pullback.compiler.domains.kinds import (
    C16,
    F8,
    GENERIC,
    I8,
    NONE,
    PY_BOOL,
    PY_COMPLEX,
    PY_FLOAT,
    PY_INT,
    UNKNOWN,
    Array,
    Kind,
    Known,
    ListOf,
    Scalar,
    Sym,
    TupleOf,
)  # fmt: skip
from pullback.runtime import indexing, linalg, matrices, special
from pullback.runtime import shapes as shapes_module
from tests.labels import label

F4 = np.dtype("f4")
DTYPES = ["f8", "f4", "i8", "i4", "?", "c16", "u1", "c8"]


@dataclass(frozen=True)
class Lit:
    """A literal, as the compiler's: anything with a value."""

    value: Any


@dataclass
class Item:
    """A value and what is said of it."""

    value: Any
    kind: Any


PYTHON = {bool: "?", int: "i8", float: "f8", complex: "c16"}


def mismatch(kind: Kind, value: Any, lengths: dict[Sym, int]) -> str | None:
    """Why `value` is no case of `kind`, or None. Symbols seen for the first time get their length from the value."""
    if type(kind) is Kind:
        return None
    if isinstance(kind, TupleOf):
        if type(value) is not kind.type or len(value) != len(kind.items):
            # NumPy's own result types (EighResult, ...) are tuples.
            if not (isinstance(value, tuple) and kind.type is tuple and len(value) == len(kind.items)):
                return f"{type(value).__name__} of other length or type"
        reasons = [mismatch(k, v, lengths) for k, v in zip(kind.items, value)]
        return next((r for r in reasons if r), None)
    if isinstance(kind, ListOf):
        if type(value) is not list:
            return "not a list"
        # A new symbol stands for the length of each element by itself.
        return next((r for r in (mismatch(kind.item, v, dict(lengths)) for v in value) if r), None)
    if isinstance(kind, Known):
        return None if isinstance(value, kind.type) else "another type"
    number = isinstance(value, (np.generic, *PYTHON))
    if not number and not isinstance(value, np.ndarray):
        return "not a number"
    python = type(value) in PYTHON
    dtype = np.dtype(PYTHON[type(value)]) if python else value.dtype
    if kind.dtype is not None and kind.dtype != dtype:
        return f"dtype {dtype}"
    if isinstance(kind, Scalar):
        if kind.python != python or not number:
            return f"a {type(value).__name__}"
        if kind.dim is not None:
            return _length_mismatch(kind.dim, max(value, 0) if isinstance(kind.dim, Sym) else value, lengths)
        return None
    if kind.shape is None:
        # complex + np.float64 is a Python complex; other operations with an array operand give NumPy's numbers.
        return "a Python number" if python and kind.dtype is not None and kind.dtype.kind not in "bc" else None
    if number or len(kind.shape) != value.ndim:
        return f"rank {getattr(value, 'ndim', 0)}, a {type(value).__name__}"
    reasons = [_length_mismatch(dim, n, lengths) for dim, n in zip(kind.shape, value.shape, strict=True)]
    return next((r for r in reasons if r), None)


def _length_mismatch(dim: Any, length: int, lengths: dict[Sym, int]) -> str | None:
    if isinstance(dim, Sym):
        if not dim.one and length == 1:
            return f"{dim} is 1"
        if length < dim.least:
            return f"{dim}, at least {dim.least}, is {length}"
        if lengths.setdefault(dim, length) != length:
            return f"{dim} is {lengths[dim]} and {length}"
        return None
    return None if dim == length else f"length {length}"


def call(target: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """Run a target as the compiler would."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        if isinstance(target, str):
            member = getattr(args[0], target.removeprefix("ndarray."))
            return member(*args[1:], **kwargs) if callable(member) else member
        return target(*args, **kwargs)


def values(arg: Any) -> Any:
    if isinstance(arg, Item):
        return arg.value
    if type(arg) in (tuple, list):
        return type(arg)(values(part) for part in arg)
    if isinstance(arg, slice):
        return slice(values(arg.start), values(arg.stop), values(arg.step))
    return arg


def kinds(arg: Any) -> Any:
    if isinstance(arg, Item):
        return arg.kind
    if type(arg) in (tuple, list) and any(isinstance(part, (Item, tuple, list, slice)) for part in arg):
        return type(arg)(kinds(part) for part in arg)
    if isinstance(arg, slice):
        return slice(kinds(arg.start), kinds(arg.stop), kinds(arg.step))
    return Lit(arg)


CHOOSING = (min, max, builtins.sum)


def check(target: Any, args: list[Any], kwargs: dict[str, Any], lengths: dict[Sym, int]) -> Item | None:
    """Run a call on values and on kinds; its result, or None where NumPy refuses the call."""
    said = result_kind(target, [kinds(arg) for arg in args], {name: kinds(arg) for name, arg in kwargs.items()})
    assert isinstance(said, Kind), said
    try:
        value = call(target, [values(arg) for arg in args], {name: values(arg) for name, arg in kwargs.items()})
    except Exception:  # a call that NumPy refuses: nothing to compare
        return None
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind not in "biufc":
        return None
    if target in CHOOSING and type(value) in PYTHON and not getattr(said, "python", False):
        # The join of a Python number and a NumPy scalar counts as a NumPy scalar.
        value = np.dtype(PYTHON[type(value)]).type(value)
    reason = mismatch(said, value, lengths)
    assert reason is None, f"{target}({args}, {kwargs}) is inferred as {said}, but {reason}: {value!r}"
    return Item(value, said)


# Random programs


class Program:
    """A pool of values that grows with the results of calls."""

    def __init__(self, data):
        self.draw = data.draw
        self.lengths: dict[Sym, int] = {}
        self.names: dict[int, list[Sym]] = {}
        self.arrays: list[Item] = []
        self.containers: list[Item] = []
        self.sizes = self.choose([(0, 1, 2, 3), (1, 2, 3), (2, 3), (1, 3), (3,)])

    def choose(self, options):
        return self.draw(st.sampled_from(options))

    def number(self, low, high):
        return self.draw(st.integers(low, high))

    def dim(self, length):
        """A length, or a symbol for it: one that has been used for this length, or a new one."""
        choice = self.number(0, 5)
        if choice == 0 or (length == 1 and choice < 4):
            return length
        used = self.names.setdefault(length, [])
        if used and choice < 4:
            return self.choose(used)
        least = length - self.number(0, length) if choice == 4 and length > 1 else 0
        symbol = Sym(one=length == 1 or (choice == 5 and least < 2), least=least)
        used.append(symbol)
        self.lengths[symbol] = length
        return symbol

    def fresh(self, rank=None, dtype=None):
        rank = self.number(0, 3) if rank is None else rank
        dtype = self.choose(DTYPES[:6]) if dtype is None else dtype
        shape = tuple(self.choose(self.sizes) for _ in range(rank))
        value = np.asarray(np.arange(np.prod(shape, dtype=int)).reshape(shape) % 3 + 1, dtype)
        if rank == 0 and self.number(0, 2):
            return self.fresh_number(value)
        known = Array(value.dtype, tuple(self.dim(n) for n in shape))
        lower = self.number(0, 14)
        if lower == 0:
            known = Array(value.dtype, None)
        elif lower == 1:
            known = Array(None, known.shape)
        elif lower == 2:
            known = Array(None, None)
        return Item(value, known)

    def fresh_number(self, value):
        if self.number(0, 1) and value.dtype.kind in "bifc":
            python = value.item()
            known = Scalar(np.dtype(PYTHON[type(python)]), True)
            return Item(python, known if self.number(0, 3) else Lit(python))
        number = value[()]
        return Item(number, Scalar(number.dtype if self.number(0, 9) else None))

    def array(self, rank=None):
        """An array of the pool, or a new one."""
        fitting = [a for a in self.arrays if rank is None or np.ndim(a.value) == rank]
        if fitting and self.number(0, 3):
            return self.choose(fitting)
        item = self.fresh(rank)
        self.arrays.append(item)
        return item

    def like(self, item):
        """An array that is likely to broadcast against another."""
        fitting = [a for a in self.arrays if np.shape(a.value) == np.shape(item.value)]
        return self.choose(fitting) if fitting and self.number(0, 1) else self.array()

    def axis(self, item, none=True):
        rank = max(np.ndim(item.value), 1)
        axis = self.number(-rank, rank - 1)
        return self.choose([axis, axis, axis, None] if none else [axis])

    def axes(self, item):
        rank = np.ndim(item.value)
        return self.draw(st.one_of(
            st.none(), st.integers(-max(rank, 1), max(rank, 1) - 1),
            st.lists(st.integers(0, max(rank, 1) - 1), unique=True, max_size=rank).map(tuple)))  # fmt: skip

    def length(self):
        """An integer: a literal, the length of an array, or a number that nobody knows."""
        choice = self.number(0, 3)
        if choice == 0 and self.arrays:
            array = self.choose(self.arrays)
            if np.ndim(array.value):
                found = check(len, [array], {}, self.lengths)
                less = check(operator.sub, [found, 1], {}, self.lengths)
                return self.choose([found, found, less])
        if choice == 1:
            value = self.number(0, 3)
            return Item(value, PY_INT)
        return self.number(0, 3)

    def part(self):
        """One index of a getitem."""
        choice = self.number(0, 11)
        if choice <= 1:
            return self.number(-2, 2)
        if choice == 2:
            return None
        if choice == 3:
            return Ellipsis
        if choice == 4:
            count = self.number(0, 3)
            return self.choose([[0] * count, [-1, 0], Item(np.zeros(count, int), Array(I8, (self.dim(count),)))])
        if choice == 5:
            return Item(np.zeros((2, 1), int), Array(I8, (self.dim(2), self.dim(1))))
        if choice == 6:
            return Item(0, PY_INT)
        end = st.one_of(st.none(), st.integers(-3, 3))
        stop = self.draw(end) if self.number(0, 4) else self.length()
        return slice(self.draw(end), stop, self.draw(st.sampled_from([None, None, 1, 2, -1, -2])))

    def index(self, item):
        if self.number(0, 5) == 0 and np.ndim(item.value):
            mask = check(operator.gt, [item, 1], {}, self.lengths)
            if mask is not None:
                return mask
        parts = tuple(self.part() for _ in range(self.number(0, np.ndim(item.value) + 1)))
        return parts[0] if len(parts) == 1 else parts


UFUNCS = [f for f in vars(np).values() if isinstance(f, np.ufunc) and f.signature is None]
UNARY = [f for f in UFUNCS if f.nin == 1]
BINARY = [f for f in UFUNCS if f.nin == 2]
OPERATORS_1 = [operator.neg, operator.pos, operator.invert, operator.abs, abs, operator.not_, float, int, complex, bool]
OPERATORS_2 = [
    operator.add, operator.sub, operator.mul, operator.truediv, operator.floordiv, operator.mod, operator.pow,
    operator.and_, operator.or_, operator.xor, operator.lt, operator.le, operator.gt, operator.ge, operator.eq,
    operator.ne, operator.matmul, operator.iadd, operator.imul, operator.itruediv, builtins.pow, divmod, min, max,
]  # fmt: skip
REDUCTIONS = [
    np.sum, np.prod, np.mean, np.max, np.min, np.any, np.all, np.nansum, np.nanmean, np.nanmax, np.nanmin, np.var,
    np.std, np.nanvar, np.nanstd, np.median, np.nanmedian, np.ptp, np.count_nonzero, np.average, np.nanprod, np.amax,
    "ndarray.sum", "ndarray.mean", "ndarray.max", "ndarray.std", "ndarray.any", "ndarray.prod", np.linalg.norm,
]  # fmt: skip
ONE_AXIS = [np.argmax, np.argmin, np.nanargmax, "ndarray.argmax"]
SCANS = [np.cumsum, np.cumprod, np.nancumsum, "ndarray.cumsum"]
PLAIN = [
    np.real, np.imag, np.sinc, np.i0, np.isreal, np.iscomplex, np.isposinf, np.fix, np.angle, np.nan_to_num, np.round,
    np.unwrap, np.ravel, np.shape, np.size, np.ndim, np.copy, np.array, np.asarray, np.atleast_1d, np.atleast_2d,
    np.zeros_like, np.ones_like, np.empty_like, np.tril, np.triu, np.diag, np.diff, np.flip, np.transpose, np.squeeze,
    np.sort, np.argsort, len, builtins.sum, round, "ndarray.T", "ndarray.mT", "ndarray.shape", "ndarray.size",
    "ndarray.ndim", "ndarray.real", "ndarray.imag", "ndarray.item", "ndarray.tolist", "ndarray.copy", "ndarray.flatten",
    "ndarray.ravel", "ndarray.squeeze", "ndarray.round", "ndarray.diagonal", "ndarray.argsort", "ndarray.transpose",
]  # fmt: skip


def unary(p):
    return p.choose(UNARY), [p.array()], {}


def binary(p):
    a = p.array()
    b = p.like(a)
    return p.choose(BINARY), p.choose([[a, b], [b, a], [a, 2], [a, 2.5], [True, a], [a, 1j]]), {}


def python_operator(p):
    if p.number(0, 3) == 0:
        return p.choose(OPERATORS_1), [p.array()], {}
    a = p.array()
    b = p.like(a)
    # Operators in place write: on copies, which their kinds describe as well.
    copies = [Item(np.copy(x.value) if isinstance(x.value, np.ndarray) else x.value, x.kind) for x in (a, b)]
    return p.choose(OPERATORS_2), p.choose([copies, copies[::-1], [copies[0], 2], [copies[0], 0.5], [3, copies[0]]]), {}


def reduction(p):
    target = p.choose(REDUCTIONS)
    a = p.array()
    kwargs = {"axis": p.axes(a)} if p.number(0, 4) else {}
    if p.number(0, 1):
        kwargs["keepdims"] = p.choose([True, True, False])
    if target in (np.sum, np.mean, np.prod, np.std, "ndarray.sum") and p.number(0, 4) == 0:
        kwargs["dtype"] = p.choose(["f4", np.float64, complex])
    return target, [a], kwargs


def other_reduction(p):
    a = p.array()
    axis = {"axis": p.axis(a)} if p.number(0, 2) else {}
    q = p.choose([0.5, [0.1, 0.9], Item(0.25, PY_FLOAT), p.array(1)])
    return p.choose([
        (p.choose(ONE_AXIS), [a], axis),
        (p.choose(SCANS), [a], axis),
        (np.quantile, [a, q], axis),
        (np.percentile, [a, q], {**axis, "keepdims": True}),
        (np.average, [a], {**axis, "weights": p.like(a)}),
        (np.linalg.norm, [a], {**axis, "ord": p.choose([None, 1, 2, np.inf, "fro", "nuc", 0])}),
        (np.sum, [a], {"axis": Item(0, PY_INT)}),
    ])  # fmt: skip


def plain(p):
    return p.choose(PLAIN), [p.array()], {}


def item(p):
    a = p.array()
    return operator.getitem, [a, p.index(a)], {}


def product(p):
    rank = p.choose([1, 2, 2, 3])
    a, b = p.array(rank), p.array(p.choose([rank, 1, 2]))
    subscripts = p.choose(["ij,jk->ik", "ij,ij", "ij,kj->ik", "i,j->ij", "ii,ij", "ij,j", "ij,jk", "ij,ij->"])
    return p.choose([
        (p.choose([np.matmul, operator.matmul, np.dot, np.inner, np.outer, np.kron, np.vdot, np.vecdot]), [a, b], {}),
        ("ndarray.dot", [a, b], {}),
        (np.tensordot, [a, b], {"axes": p.choose([0, 1, 2, ([0], [0]), ([-1], [0]), (0, 1), ([0, 1], [1, 0])])}),
        (np.einsum, [subscripts, a, b], {}),
        (np.einsum, [p.choose(["ij->ji", "ij->", "ii->i", "ii", "ij->j", "i", "ji"]), a], {}),
        (np.dot, [a, p.array(0)], {}),
    ])  # fmt: skip


def shaping(p):
    a = p.array()
    rank = np.ndim(a.value)
    order = p.draw(st.permutations(range(rank)))
    pair = (p.axis(a, none=False), p.axis(a, none=False))
    n, m = p.length(), p.length()
    target_shape = p.choose([(-1,), (-1, 1), (1, -1), (n, -1), (n, m), (m, -1, 1), (-1, 3), n, -1, ()])
    where = p.choose([0, -1, 1, (0, 1), (0, -1), (0, 2), ()])
    return p.choose([
        (np.reshape, [a, target_shape], {}),
        ("ndarray.reshape", [a, *(target_shape if isinstance(target_shape, tuple) else [target_shape])], {}),
        ("ndarray.reshape", [a, target_shape], {}),
        (np.transpose, [a, order], {}),
        ("ndarray.transpose", [a, *order], {}),
        (p.choose([np.swapaxes, "ndarray.swapaxes", np.moveaxis, np.rollaxis]), [a, *pair], {}),
        (np.moveaxis, [a, (0, 1), (-1, 0)], {}),
        (np.expand_dims, [a, where], {}),
        (p.choose([np.squeeze, "ndarray.squeeze"]), [a], {"axis": where}),
        (np.broadcast_to, [a, p.choose([(3, 3), (2, 1, 3), (n, m), (n,), ()])], {}),
        (np.roll, [a, 1, p.axis(a)], {}),
        (np.flip, [a, p.axis(a)], {}),
        (p.choose([np.sort, np.argsort]), [a, p.axis(a)], {}),
        (p.choose([np.partition, np.argpartition]), [a, 0, p.axis(a)], {}),
        (np.repeat, [a, n], {"axis": p.axis(a)}),
        (np.tile, [a, p.choose([n, (n,), (2, n), (1, 2, 1), ()])], {}),
        (p.choose([np.take, "ndarray.take"]), [a, p.choose([0, [0], [0, 0], [[0, 0]], p.array()])],
         {"axis": p.axis(a)}),
        (np.take_along_axis, [a, Item(np.zeros((1,) * rank, int), Array(I8, (1,) * rank))], {"axis": p.axis(a)}),
        (p.choose([np.diag, np.tril]), [a], {"k": p.choose([0, 1, -2])}),
        (np.diagonal, [a], {"offset": p.choose([0, 1]), "axis1": pair[0], "axis2": pair[1]}),
        (np.diff, [a], {"n": p.choose([0, 1, 2]), "axis": pair[0]}),
        (np.pad, [a, p.choose([0, 1, (1, 0), ((1, 2),) * rank, ((0, 1), (2, 0))])], {}),
        (np.pad, [a, 1, "edge"], {}),
    ])  # fmt: skip


def joining(p):
    a = p.array()
    b, c = p.like(a), p.like(a)
    parts = p.choose([[a, b], (a, b, c), [a], [a, b, a], [a, [1.0, 2.0]]])
    axis = p.choose([0, -1, 1, None])
    return p.choose([
        (np.concatenate, [parts], {"axis": axis}),
        (np.concatenate, [parts], {}),
        (np.stack, [parts], {"axis": p.choose([0, 1, -1])}),
        (p.choose([np.vstack, np.hstack, np.column_stack, np.array, np.asarray]), [parts], {}),
        (np.concatenate, [parts], {"dtype": "f4", "casting": "unsafe"}),
        (np.concatenate, [a], {}),
    ])  # fmt: skip


def choosing(p):
    a = p.array()
    b, c = p.like(a), p.like(a)
    return p.choose([
        (np.where, p.choose([[a, b, c], [a, b, 0], [a, 1.5, b], [a, 0, 1], [True, a, 2.0], [a, 1, 2.0]]), {}),
        (np.clip, p.choose([[a, b, c], [a, 0, 1], [a, None, 1.5], [a, b, None], [a, 0.5, b]]), {}),
        (np.clip, [a], {"min": 0, "max": b}),
        ("ndarray.clip", [a, 0, 1], {}),
        (np.interp, [a, [1, 2, 3], [4.0, 5.0, 6.0]], {}),
        (np.isclose, [a, b], {}),
        (np.select, [[a, b], [c, 2]], {}),
        (np.select, [[a], [b]], {"default": p.choose([0, 0.5, c])}),
        (p.choose([np.round, np.around, round]), [a, 1], {}),
    ])  # fmt: skip


def creating(p):
    n, m = p.length(), p.length()
    shape = p.choose([n, (n,), (n, m), (), (2, 1), [n, 2]])
    dtype = p.choose([{}, {}, {"dtype": "f4"}, {"dtype": int}, {"dtype": np.complex64}, {"dtype": None}])
    a = p.array()
    return p.choose([
        (p.choose([np.zeros, np.ones, np.empty]), [shape], dtype),
        (np.full, [shape, p.choose([0, 1.5, True, p.array(0)])], dtype),
        (p.choose([np.zeros_like, np.ones_like, np.empty_like]), [a], p.choose([dtype, {"shape": shape}])),
        (np.full_like, [a, 2], dtype),
        (np.eye, p.choose([[n], [n, m]]), dtype),
        (np.identity, [n], dtype),
        (np.arange, p.choose([[n], [0, n], [1, n], [n, m], [0, 3, 2], [0.0, 2.0, 0.5], [2.5]]), dtype),
        (np.linspace, [0, p.choose([1, 2.5, p.array(0)]), n], {}),
        (np.linspace, [0, 1], dtype),
        (p.choose([np.array, np.asarray]), [p.choose([a, [1, 2.0], [[1, 2], [3, 4]], 3, [a, a]])], dtype),
        (p.choose(["ndarray.astype", np.astype]), [a, p.choose(["f4", int, np.float64, bool, complex])], {}),
    ])  # fmt: skip


def lengths(p):
    a = p.array()
    n = p.length()
    return p.choose([
        (p.choose([np.shape, "ndarray.shape", len, np.size, np.ndim, "ndarray.size", "ndarray.ndim"]), [a], {}),
        (p.choose([operator.add, operator.sub, operator.mul, operator.floordiv, operator.pow]), [n, p.length()], {}),
        (p.choose([operator.neg, abs, int, float, operator.pos]), [n], {}),
        (p.choose([min, max]), [n, p.length()], {}),
        (np.size, [a], {"axis": p.axis(a, none=False)}),
    ])  # fmt: skip


def containers(p):
    if not p.containers:
        return np.shape, [p.array()], {}
    a, b = p.choose(p.containers), p.choose(p.containers)
    return p.choose([
        (operator.getitem, [a, p.choose([0, -1, slice(1, None), slice(None, -1), Item(0, PY_INT)])], {}),
        (operator.add, [a, b], {}),
        (operator.mul, [a, 2], {}),
        (len, [a], {}),
        (np.zeros, [a], {}),
        (p.choose([np.reshape, np.broadcast_to]), [p.array(), a], {}),
        (np.array, [a], {}),
        (p.choose([min, max, builtins.sum]), [a], {}),
        (operator.eq, [a, b], {}),
        (np.concatenate, [a], {"axis": None}),
    ])  # fmt: skip


def algebra(p):
    rank = p.choose([2, 2, 3])
    a, b = p.array(rank), p.array(p.choose([1, 2, 2, 3]))
    square = p.array(2)
    # Their product with the transpose is square; adding the identity makes it regular.
    square = check(operator.matmul, [square, check("ndarray.T", [square], {}, p.lengths)], {}, p.lengths) or a
    eye = check(np.eye, [np.shape(square.value)[-1]], {}, p.lengths)
    square = check(operator.add, [square, eye], {}, p.lengths) or square
    L = np.linalg
    return p.choose([
        (p.choose([L.inv, L.det, L.cholesky, L.eigvalsh, L.slogdet, L.eigh, L.eig, L.eigvals]), [square], {}),
        (L.matrix_power, [square, p.choose([0, 1, 2, 3, -1, 5])], {}),
        (L.solve, [square, p.choose([b, square, p.array(1)])], {}),
        (L.svd, [a], p.choose([{}, {"full_matrices": False}, {"compute_uv": False}])),
        (L.qr, [a], p.choose([{}, {"mode": "complete"}, {"mode": "r"}])),
        (p.choose([L.pinv, L.svdvals, L.cond, L.matrix_rank, L.vector_norm, np.trace, "ndarray.trace"]), [a], {}),
        (L.lstsq, [a, p.choose([a, b])], {}),
        (L.multi_dot, [p.choose([[a, a], [square, a], [square, square, a], [p.array(1), a]])], {}),
        (L.vector_norm, [a], {"axis": p.axes(a), "keepdims": True}),
        (np.trace, [a, p.choose([0, 1]), p.axis(a, none=False), p.axis(a, none=False)], {}),
        (np.cross, [a, p.choose([a, b])], {}),
    ])  # fmt: skip


def transforms(p):
    a = p.array()
    F = np.fft
    options = p.choose([{}, {"axis": p.axis(a, none=False)}, {"n": p.length()}, {"n": 4, "axis": 0}])
    return p.choose([
        (p.choose([F.fft, F.ifft, F.rfft, F.irfft, F.hfft, F.ihfft]), [a], options),
        (p.choose([F.fft2, F.ifft2, F.fftn, F.ifftn]), [a], p.choose([{}, {"axes": (0,)}, {"axes": ()}])),
        (p.choose([F.fftshift, F.ifftshift]), [a], {}),
        (p.choose([F.fftfreq, F.rfftfreq]), [p.length()], p.choose([{}, {"d": 2}, {"d": 0.5}])),
    ])  # fmt: skip


def taking_apart(p):
    a = p.array()
    cuts = p.choose([1, 2, 3, [1], [1, 2], [-1], p.length()])
    return p.choose([
        (p.choose([np.split, np.array_split]), [a, cuts], p.choose([{}, {"axis": p.axis(a, none=False)}])),
        (p.choose([np.vsplit, np.hsplit, np.dsplit]), [a, cuts], {}),
        (np.broadcast_arrays, [a, p.like(a)], {}),
        (np.meshgrid, [a, p.array()], p.choose([{}, {"indexing": "ij"}, {"sparse": True}])),
        (np.append, [a, p.like(a)], p.choose([{}, {"axis": 0}])),
        (p.choose([np.delete]), [a, 0], p.choose([{}, {"axis": 0}])),
        (np.insert, [a, 0, 1.5], p.choose([{}, {"axis": 0}])),
        (p.choose([np.dstack, np.vstack]), [[a, p.like(a)]], {}),
        (p.choose([tuple, list, sorted, np.atleast_3d]), [a], {}),
        (np.rot90, [a], p.choose([{}, {"k": 2}, {"k": 3, "axes": (1, 0)}])),
    ])  # fmt: skip


def others(p):
    a, v = p.array(), p.array(1)
    mode = p.choose([{}, {"mode": "full"}, {"mode": "same"}, {"mode": "valid"}])
    return p.choose([
        (p.choose([np.searchsorted, np.digitize, "ndarray.searchsorted"]), p.choose([[v, a], [a, v]]), {}),
        (p.choose([np.unique, np.flatnonzero, np.argwhere, np.nonzero, np.bincount, np.trim_zeros, np.cov]), [a], {}),
        (np.histogram, [a], {}),
        (np.trapezoid, [a], p.choose([{}, {"x": v}, {"x": p.like(a)}, {"dx": 0.5}, {"axis": 0}, {"dx": a}])),
        (np.gradient, p.choose([[a], [a, 0.5]]), p.choose([{}, {"axis": 0}])),
        (p.choose([np.convolve, np.correlate]), [v, p.array(1)], mode),
        (np.polyval, [v, a], {}),
        (np.polyfit, [v, p.array(1), 1], {}),
        (p.choose([np.tri, np.indices, np.tril_indices]), [p.choose([p.length(), (2, 1)])], {}),
        (np.vander, [v], p.choose([{}, {"N": p.length()}])),
        (p.choose([np.logspace, np.geomspace]), [1, 10], p.choose([{}, {"num": p.length()}])),
        (p.choose([np.float64, np.float32, np.int64, np.complex128]), [a], {}),
        (p.choose([np.add.reduce, np.multiply.reduce, np.maximum.reduce]), [a],
         p.choose([{}, {"axis": p.axes(a)}, {"axis": None}, {"keepdims": True}])),
        (p.choose([np.add.accumulate, np.maximum.accumulate]), [a], {}),
        (p.choose([np.multiply.outer, np.subtract.outer]), [a, v], {}),
        (p.choose([np.random.rand, np.random.normal, np.random.uniform, np.random.standard_normal]), [], {}),
        (p.choose([np.random.rand, np.random.randn, np.random.random]), [p.length()], {}),
        (np.random.normal, [a, 1.0], p.choose([{}, {"size": 3}, {"size": (2, 1)}])),
        (p.choose([np.allclose, np.array_equal]), [a, p.like(a)], {}),
        (p.choose(["ndarray.dtype", "ndarray.strides", "ndarray.nbytes"]), [a], {}),
        (np.resize, [a, p.choose([p.length(), (2, 2)])], {}),
        (p.choose([np.compress, np.extract]), [p.array(1), a], {}),
    ])  # fmt: skip


def helpers(p):
    """Cotangents: a helper gets an array and the shape of the operand that it belongs to."""
    a = p.array()
    b = p.like(a)
    shape = check(np.shape, [a], {}, p.lengths) or ()
    ans = check(operator.mul, [a, b], {}, p.lengths) or a
    axis = p.choose([None, *range(-np.ndim(a.value), np.ndim(a.value))])
    index = p.index(a)
    read = check(operator.getitem, [a, index], {}, p.lengths) or a
    product = check(np.matmul, [a, b], {}, p.lengths) or a
    b_shape = check(np.shape, [b], {}, p.lengths)
    parts = [a, b, a]
    joined = check(np.concatenate, [parts], {"axis": axis}, p.lengths) or a
    shapes = check(shapes_module.shapes_of, [parts], {}, p.lengths)
    return p.choose([
        (shapes_module.unbroadcast, [ans, shape], {}),
        (shapes_module.unbroadcast, [ans, shape], {}),
        (p.choose([shapes_module.count_along, shapes_module.kept_shape]), [shape, axis], {}),
        (shapes_module.shape_along, [3, p.choose([0, -1])], {}),
        (shapes_module.inverse_permutation, [(2, 0, -2)], {}),
        (shapes_module.broadcast_shape, [a, b], {}),
        (shapes_module.split_like, [joined, shapes, axis], {}),
        (shapes_module.reshape_each, [[a, b, a], shapes], {}),
        (shapes_module.unbroadcast_each, [[a, ans, a], shapes], {}),
        (shapes_module.unstack, [a], p.choose([{}, {"axis": -1}])),
        (indexing.scatter, [read, shape, index], {}),
        (indexing.put_diagonal, [p.array(1), shape], {}),
        (linalg.matmul_cotangent_x1, [product, shape, b], {}),
        (linalg.matmul_cotangent_x2, [a, product, b_shape], {}),
        (special.divide_or_zero, [a, b], {}),
        (p.choose([special.product_of_others]), [a], {"axis": axis}),
        (special.delayed, [a, axis], {}),
        (p.choose([matrices.conj_transpose, matrices.cofactors]), [a], {}),
    ])  # fmt: skip


OPERATIONS = [unary, binary, python_operator, reduction, other_reduction, plain, item, item, product, shaping, shaping,
              joining, choosing, creating, lengths, containers, algebra, transforms, taking_apart, others,
              helpers]  # fmt: skip


@given(st.data())
def test_inferred_kinds_cover_what_numpy_returns(data):
    program = Program(data)
    for _ in range(data.draw(st.integers(1, 8))):
        operation = data.draw(st.sampled_from(OPERATIONS))
        target, args, kwargs = operation(program)
        found = check(target, args, kwargs, program.lengths)
        if found is None:
            continue
        if isinstance(found.kind, (Array, Scalar)) and np.size(found.value) <= 100 and np.ndim(found.value) <= 4:
            program.arrays.append(found)
        elif isinstance(found.kind, TupleOf) and len(found.value) <= 8:
            program.containers.append(found)


# Every function on every simple argument

VALUES = [
    True, 2, -1.5, 1j, *(np.dtype(d).type(1) for d in DTYPES), *(np.ones((), d) for d in DTYPES),
    *(np.ones(3, d) for d in DTYPES), *(np.ones((2, 1), d) for d in DTYPES[:4]), np.ones((0, 3)), np.ones((2, 2)),
    np.ones((3, 2, 2)),
]  # fmt: skip


def described(value: Any, lengths: dict[Sym, int]) -> Item:
    """A copy of a value with its exact kind: symbols for the lengths that are not 1."""
    value = np.copy(value) if isinstance(value, np.ndarray) else value
    if type(value) in PYTHON:
        return Item(value, Scalar(np.dtype(PYTHON[type(value)]), True))
    if isinstance(value, np.generic):
        return Item(value, Scalar(value.dtype))
    known: dict[int, Sym] = {}
    shape = tuple(1 if n == 1 else known.setdefault(n, Sym(one=False, least=n)) for n in value.shape)
    lengths.update({symbol: n for n, symbol in known.items()})
    return Item(value, Array(value.dtype, shape))


@pytest.mark.parametrize("target", [t for t in [*RULES, *UFUNCS]], ids=label)
def test_every_function_on_every_argument(target):
    for value in VALUES:
        lengths: dict[Sym, int] = {}
        item = described(value, lengths)
        check(target, [item], {}, lengths)
        for other in VALUES:
            check(target, [item, described(other, lengths)], {}, lengths)


@pytest.mark.parametrize("target", [*REDUCTIONS, *ONE_AXIS, np.quantile, np.nanpercentile], ids=label)
def test_every_reduction_over_every_axis(target):
    q = [0.25] if target in (np.quantile, np.nanpercentile) else []
    for value in VALUES:
        for axis in (None, 0, -1, 1, (0, 1), ()):
            for keepdims in ({}, {"keepdims": True}, {"keepdims": False}):
                lengths: dict[Sym, int] = {}
                check(target, [described(value, lengths), *q], {"axis": axis, **keepdims}, lengths)


@pytest.mark.parametrize("target", [t for t in [*RULES, *UFUNCS]], ids=label)
def test_less_information_gives_less_information(target):
    for value in VALUES:
        dtype = np.asarray(value).dtype
        for kind in (Array(dtype, None), Array(None, None), UNKNOWN, Array(None, np.shape(value))):
            if isinstance(value, np.ndarray):
                value = np.ones(value.shape, value.dtype)
            if isinstance(kind, Array) and (type(value) in PYTHON or (kind.shape == () and np.isscalar(value))):
                continue
            check(target, [Item(value, kind)], {}, {})
            for other in (2, 1.5, 1j, np.float32(1), np.ones((2, 2))):
                check(target, [Item(value, kind), described(other, {})], {}, {})
                check(target, [described(other, {}), Item(value, kind)], {}, {})


# The check itself

WRONG = [
    (Array(F8, (3,)), np.ones(2)),
    (Array(F8, (Sym(one=False),)), np.ones(1)),
    (Array(F8, (3, 3)), np.ones(3)),
    (Array(F8, None), np.ones(3, F4)),
    (Array(F8, ()), np.float64(1)),
    (Array(F8, None), 1.0),
    (Scalar(F8), np.ones(())),
    (Scalar(F8), 1.0),
    (Scalar(F8, True), np.float64(1)),
    (Scalar(I8, True, 3), 4),
    (PY_INT, 1.5),
    (PY_BOOL, 1),
    (PY_COMPLEX, 1.0),
    (TupleOf((PY_INT,)), [1]),
    (TupleOf((PY_INT,)), (1, 2)),
    (ListOf(PY_INT), [1, 2.0]),
    (NONE, 0),
    (GENERIC, "text"),
    (Scalar(C16), np.complex64(1)),
]


@pytest.mark.parametrize(("kind", "value"), WRONG)
def test_a_wrong_kind_is_noticed(kind, value):
    assert mismatch(kind, value, {}) is not None


def test_a_symbol_of_two_lengths_is_noticed():
    symbol = Sym()
    assert mismatch(Array(F8, (symbol, symbol)), np.ones((2, 2)), {}) is None
    assert mismatch(Array(F8, (symbol, symbol)), np.ones((2, 3)), {}) is not None
    assert mismatch(Array(F8, (symbol,)), np.ones(2), {symbol: 3}) is not None


@pytest.mark.parametrize("target", [np.sum, np.exp, operator.add, operator.getitem, np.concatenate], ids=label)
def test_a_wrong_rule_is_noticed(target, monkeypatch):
    """A rule that forgets what the arguments are (it answers as for a float64 matrix) fails the sweep."""
    monkeypatch.setitem(RULES, target, lambda *args, **kwargs: Array(F8, (2, 2)))
    with pytest.raises(AssertionError, match="is inferred as"):
        for value in VALUES:
            for other in (0, np.ones(3)):
                check(target, [described(value, {}), described(other, {})], {}, {})
            check(target, [described(value, {})], {}, {})
