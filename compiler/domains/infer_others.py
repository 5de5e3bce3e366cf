"""Kinds of the rest of NumPy that programs call: searching, counting, random draws, attributes, dtypes."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from .abstract import (
    MISSING,
    axis_in,
    broadcast_shape,
    dim_of,
    dtype_in,
    is_none,
    kind,
    lengths_of,
    number_or_array,
    numeric,
    shape_or_none,
    value_of,
)
from .infer_elementwise import RULES, each, rule
from .infer_reductions import reduced_shape
from .infer_scalars import operator_kind
from .infer_shaping import shaped
from .kinds import F8, I8, PY_BOOL, UNKNOWN, Array, Dim, Kind, Scalar, Sym, TupleOf
from .lengths import NotInferable, derived, product
from .promotion import resolve, sampled_dtype, token

# Searching and counting


@rule(np.searchsorted, "ndarray.searchsorted")
def searchsorted(a: Any, v: Any, side: Any = "left", sorter: Any = None) -> Kind:
    return number_or_array(I8, shape_or_none(numeric(v)))


@rule(np.digitize)
def digitize(x: Any, bins: Any, right: Any = False) -> Kind:
    return number_or_array(I8, shape_or_none(numeric(x)))


@rule(np.unique)
def unique(ar: Any, return_index: Any = False, return_inverse: Any = False, return_counts: Any = False,
           axis: Any = None, *, equal_nan: Any = True, sorted: Any = True) -> Kind:  # noqa: A002
    known = numeric(ar)
    asked = [value_of(option) for option in (return_index, return_inverse, return_counts)]
    if any(option not in (True, False) for option in asked):
        return UNKNOWN
    if any(asked):
        values = Array(known.dtype, (Sym(),) if is_none(axis) else None)
        inverse = Array(I8, None)  # of the operand's rank since NumPy 2
        others = [inverse if k == 1 else Array(I8, (Sym(),)) for k, option in enumerate(asked) if option]
        return TupleOf((values, *others))
    return Array(known.dtype, (Sym(),) if is_none(axis) else None)


if hasattr(np, "unique_values"):  # since NumPy 2.0

    @rule(np.unique_values)
    def unique_values(x: Any, /) -> Kind:
        return Array(numeric(x).dtype, (Sym(),))

    @rule(np.unique_counts)
    def unique_counts(x: Any, /) -> Kind:
        found = (Array(numeric(x).dtype, (Sym(),)), Array(I8, (Sym(),)))
        return TupleOf(found, type(np.unique_counts(np.zeros(1))))

    @rule(np.unique_inverse)
    def unique_inverse(x: Any, /) -> Kind:
        found = (Array(numeric(x).dtype, (Sym(),)), Array(I8, shape_or_none(numeric(x)) or None))
        return TupleOf(found, type(np.unique_inverse(np.zeros(1))))

    @rule(np.unique_all)
    def unique_all(x: Any, /) -> Kind:
        ends = Array(I8, (Sym(),))
        found = (Array(numeric(x).dtype, (Sym(),)), ends, Array(I8, shape_or_none(numeric(x)) or None), ends)
        return TupleOf(found, type(np.unique_all(np.zeros(1))))


@rule(np.histogram2d)
def histogram2d(x: Any, y: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None) -> Kind:  # noqa: A002
    return TupleOf((Array(np.dtype("f8"), (Sym(), Sym())), Array(None, (Sym(),)), Array(None, (Sym(),))))


@rule(np.real_if_close)
def real_if_close(a: Any, tol: Any = 100) -> Kind:
    known = numeric(a)
    is_real = known.dtype is not None and known.dtype.kind == "f"
    return Array(known.dtype if is_real else None, shape_or_none(known) or None)


@rule(np.flatnonzero)
def flatnonzero(a: Any) -> Kind:
    return Array(I8, (Sym(),))


@rule(np.argwhere)
def argwhere(a: Any) -> Kind:
    shape = shape_or_none(numeric(a))
    return Array(I8, (Sym(), Sym() if shape is None else len(shape)))


@rule(np.bincount)
def bincount(x: Any, /, weights: Any = None, minlength: Any = 0) -> Kind:
    return Array(I8 if is_none(weights) else F8, (Sym(),))


@rule(np.histogram)
def histogram(a: Any, bins: Any = 10, range: Any = None, density: Any = None, weights: Any = None) -> Kind:  # noqa: A002
    return TupleOf((Array(None, (Sym(),)), Array(None, (Sym(),))))


@rule(np.compress, np.extract)
def compress(condition: Any, a: Any, axis: Any = None, out: Any = None) -> Kind:
    if not is_none(out):
        raise NotInferable("out=")
    return Array(numeric(a).dtype, (Sym(),) if is_none(axis) else None)


@rule(np.trim_zeros)
def trim_zeros(filt: Any, trim: Any = "fb") -> Kind:
    known = kind(filt)
    if not isinstance(known, Array) or known.shape is None or len(known.shape) != 1:
        return UNKNOWN
    return Array(known.dtype, (Sym(),))


@rule(np.lexsort)
def lexsort(keys: Any, axis: Any = -1) -> Kind:
    return Array(I8, None)


# Tests


def _test(*args: Any, **kwargs: Any) -> Kind:
    return PY_BOOL


each(lambda target: _test, np.allclose, np.array_equal, np.array_equiv, np.isscalar, np.iterable, np.iscomplexobj,
     np.isrealobj, np.isfortran, np.can_cast, np.issubdtype)  # fmt: skip


# Calculus, signals, statistics


@rule(np.trapezoid)
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: Any = -1) -> Kind:
    known, places = numeric(y), (Scalar(F8, True) if is_none(x) else numeric(x))
    step = numeric(dx)
    shape, other = shape_or_none(known), (() if is_none(x) else shape_or_none(places))
    if not is_none(x):
        dtype = sampled_dtype(np.trapezoid, (token(known), token(places)), (1, 1))
    else:
        dtype = sampled_dtype(_trapezoid, (token(known), token(step)), (1, 0))
    if not shape or other is None or len(other) not in (0, 1, len(shape)) or shape_or_none(step) != ():
        return Array(dtype, None)
    if len(other) > 1:
        return Array(dtype, None)
    return number_or_array(dtype, reduced_shape(shape, axis, False))


def _trapezoid(y: Any, dx: Any) -> Any:
    return np.trapezoid(y, dx=dx)


@rule(np.gradient)
def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: Any = 1) -> Kind:
    known = numeric(f)
    shape = shape_or_none(known)
    dtype = None
    if not varargs:
        dtype = sampled_dtype(np.gradient, (token(known),), (1,))
    if not shape:
        return UNKNOWN
    if len(shape) == 1 or isinstance(value_of(axis), int):
        return Array(dtype, shape)
    if is_none(axis):
        return TupleOf((Array(dtype, shape),) * len(shape))
    given = value_of(axis)
    if isinstance(given, tuple) and given:
        return Array(dtype, shape) if len(given) == 1 else TupleOf((Array(dtype, shape),) * len(given))
    return UNKNOWN


@rule(np.convolve)
def convolve(a: Any, v: Any, mode: Any = "full") -> Kind:
    return _convolved(numeric(a), numeric(v), value_of(mode), "convolve")


@rule(np.correlate)
def correlate(a: Any, v: Any, mode: Any = "valid") -> Kind:
    return _convolved(numeric(a), numeric(v), value_of(mode), "correlate")


def _convolved(a: Array | Scalar, v: Array | Scalar, mode: Any, name: str) -> Kind:
    dtype = None
    if a.dtype is not None and v.dtype is not None:
        dtype = resolve(np.multiply, (np.dtype(a.dtype), np.dtype(v.dtype)))[0]
    shapes = (shape_or_none(a), shape_or_none(v))
    if shapes[0] is None or shapes[1] is None or mode not in ("full", "same", "valid"):
        return Array(dtype, (Sym(),))
    m, n = product(shapes[0]), product(shapes[1])
    if isinstance(m, int) and isinstance(n, int):
        if 0 in (m, n):
            raise NotInferable("an empty array")
        length: Dim = {"full": m + n - 1, "same": max(m, n), "valid": max(m, n) - min(m, n) + 1}[mode]
    elif n == 1 or m == 1:
        length = m if n == 1 else n
    else:
        length = derived("convolved " + mode, m, n)
    return Array(dtype, (length,))


@rule(np.cov, np.corrcoef)
def cov(*args: Any, **kwargs: Any) -> Kind:
    return Array(None, None)


@rule(np.tri)
def tri(N: Any, M: Any = None, k: Any = 0, dtype: Any = float, *, like: Any = None) -> Kind:
    rows = lengths_of(N)
    columns = rows if is_none(M) else lengths_of(M)
    return Array(None if value_of(dtype) is MISSING else dtype_in(dtype), (*rows, *columns))


@rule(np.vander)
def vander(x: Any, N: Any = None, increasing: Any = False) -> Kind:
    known = numeric(x)
    shape = shape_or_none(known)
    columns = shape if is_none(N) else lengths_of(N)
    return Array(None, None if shape is None or columns is None else (*shape, *columns))


@rule(np.indices)
def indices(dimensions: Any, dtype: Any = int, sparse: Any = False) -> Kind:
    if value_of(sparse) is not False:
        return UNKNOWN
    lengths = lengths_of(dimensions)
    return Array(None if value_of(dtype) is MISSING else dtype_in(dtype), (len(lengths), *lengths))


@rule(np.tril_indices, np.triu_indices)
def tril_indices(n: Any, k: Any = 0, m: Any = None) -> Kind:
    count = Sym()
    return TupleOf((Array(I8, (count,)),) * 2)


@rule(np.unravel_index)
def unravel_index(indices: Any, shape: Any, order: Any = "C") -> Kind:
    found = number_or_array(I8, shape_or_none(numeric(indices)))
    return TupleOf((found,) * len(lengths_of(shape)))


@rule(np.ravel_multi_index)
def ravel_multi_index(multi_index: Any, dims: Any, mode: Any = "raise", order: Any = "C") -> Kind:
    if not isinstance(multi_index, (tuple, list)):
        return UNKNOWN
    return number_or_array(I8, broadcast_shape(list(multi_index)))


@rule(np.diag_indices)
def diag_indices(n: Any, ndim: Any = 2) -> Kind:
    length, axes, count = dim_of(n), value_of(ndim), numeric(n)
    if type(axes) is not int or count.dtype is None or count.dtype.kind not in "iu":
        return UNKNOWN
    return TupleOf((Array(I8, (Sym() if length is None else length,)),) * axes)


@rule(np.ix_)
def ix_(*args: Any) -> Kind:
    found = []
    for place, arg in enumerate(args):
        known = numeric(arg)
        shape = shape_or_none(known)
        if shape is None or len(shape) != 1 or known.dtype is None:
            return UNKNOWN
        chosen = known.dtype.kind == "b"  # a mask stands for the positions where it is True
        length = Sym() if chosen else shape[0]
        found.append(Array(I8 if chosen else known.dtype, tuple(
            length if axis == place else 1 for axis in range(len(args)))))
    return TupleOf(tuple(found))


@rule(np.logspace, np.geomspace)
def logspace(start: Any, stop: Any, num: Any = 50, endpoint: Any = True, **kwargs: Any) -> Kind:
    if kwargs or shape_or_none(numeric(start)) != () or shape_or_none(numeric(stop)) != ():
        return Array(None, None)
    return Array(None, lengths_of(num))


@rule(np.rot90)
def rot90(m: Any, k: Any = 1, axes: Any = (0, 1)) -> Kind:
    turns, given = value_of(k), value_of(axes)

    def turn(shape: tuple[Dim, ...]) -> tuple[Dim, ...]:
        if not isinstance(turns, int) or given is MISSING or len(given) != 2:
            raise NotInferable("unknown turns")
        i, j = axis_in(given[0], len(shape)), axis_in(given[1], len(shape))
        result = list(shape)
        if turns % 2:
            result[i], result[j] = result[j], result[i]
        return tuple(result)

    return shaped(m, turn)


@rule(np.ediff1d)
def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Kind:
    return Array(None, (Sym(),))


@rule(np.diagflat)
def diagflat(v: Any, k: Any = 0) -> Kind:
    side = Sym()
    return Array(numeric(v).dtype, (side, side))


@rule("ndarray.conj", "ndarray.conjugate")
def conj_method(a: Any) -> Kind:
    known = numeric(a)
    # The method, unlike np.conj, returns a 0-d array of a real one; bool stays bool.
    if isinstance(known, Scalar):
        return operator_kind(operator.pos, [known]) if known.python else known
    return Array(known.dtype, known.shape or None)


@rule(np.resize)
def resize(a: Any, new_shape: Any) -> Kind:
    return Array(numeric(a).dtype, lengths_of(new_shape))


# Random draws: what they return is known, though not their values


@rule(np.random.rand, np.random.randn)
def rand(*dims: Any) -> Kind:
    shape = tuple(n for dim in dims for n in lengths_of(dim))
    return Array(F8, shape) if shape else Scalar(F8, True)


@rule(np.random.random, np.random.random_sample, np.random.standard_normal)
def random(size: Any = None) -> Kind:
    return Scalar(F8, True) if is_none(size) else Array(F8, lengths_of(size))


@rule(np.random.normal, np.random.uniform)
def normal(loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Kind:
    if not is_none(size):
        return Array(F8, lengths_of(size))
    shape = broadcast_shape([loc, scale])
    return Scalar(F8, True) if shape == () else Array(None if shape is None else F8, shape)


# Arrays of which no more is known


def some_array(*args: Any, **kwargs: Any) -> Kind:
    return Array(None, None)


_ARRAYS: tuple[Any, ...] = (np.choose, "ndarray.choose", "ndarray.compress", np.require, np.linalg.tensorinv,
                            np.linalg.tensorsolve, np.lib.stride_tricks.sliding_window_view)
_SINCE_2 = tuple(f for owner, names in ((np, "cumulative_sum cumulative_prod"), (np.linalg, "matrix_norm vector_norm"))
                 for name in names.split() if (f := getattr(owner, name, None)) is not None)
for _function in (*_ARRAYS, *_SINCE_2):
    RULES.setdefault(_function, some_array)
