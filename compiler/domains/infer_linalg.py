"""Kinds of numpy.linalg and numpy.fft."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from .abstract import (
    MISSING,
    axes_of,
    axis_in,
    dim_of,
    dtype_in,
    flag,
    is_none,
    kind,
    lengths_of,
    number_or_array,
    numeric,
    shape_of,
    shape_or_none,
    value_of,
)
from .infer_elementwise import RULES, Rule, each, rule
from .infer_reductions import reduced_shape
from .infer_shaping import diagonal
from .kinds import F8, UNKNOWN, Array, Dim, Kind, Scalar, Sym, TupleOf, may_be_one
from .lengths import NotInferable, broadcast, derived, meet
from .promotion import DType, Outcome, Token, run_sample, sampled_dtype, token


@cache
def _dtypes(function: Callable[..., Any], tokens: tuple[Token, ...]) -> tuple[DType, ...]:
    """The dtypes of the results of a function of square matrices, from a call on identities."""
    if any(t is None for t in tokens):
        return (None,) * 4
    result = run_sample(function, *(np.eye(2, dtype=t) for t in tokens))
    parts = result if isinstance(result, tuple) else (result,)
    return tuple(Outcome(part).dtype for part in parts)


def _matrices(a: Any) -> tuple[Token, tuple[Dim, ...] | None]:
    known = numeric(a)
    shape = shape_or_none(known)
    if shape is not None and len(shape) < 2:
        raise NotInferable("not a matrix")
    return (None if known.dtype is None else np.dtype(known.dtype)), shape


def _square(shape: tuple[Dim, ...] | None) -> tuple[Dim, ...] | None:
    if shape is None:
        return None
    side = meet(shape[-2], shape[-1])
    return (*shape[:-2], side, side)


def _shorter_side(m: Dim, n: Dim) -> Dim:
    if isinstance(m, int) and isinstance(n, int):
        return min(m, n)
    if m == n:
        return m
    first, second = sorted((m, n), key=lambda d: (isinstance(d, Sym), d if isinstance(d, int) else d.ident))
    return derived("shorter side", first, second, one=may_be_one(m) or may_be_one(n))


def _map_square(function: Callable[..., Any], shaper: Callable[[tuple[Dim, ...]], tuple[Dim, ...]]) -> Rule:
    def infer(a: Any) -> Kind:
        dtype, shape = _matrices(a)
        square = _square(shape)
        return number_or_array(_dtypes(function, (dtype,))[0], None if square is None else shaper(square))

    return infer


each(lambda function: _map_square(function, lambda shape: shape), np.linalg.inv, np.linalg.cholesky)
RULES[np.linalg.det] = _map_square(np.linalg.det, lambda shape: shape[:-2])
RULES[np.linalg.eigvalsh] = _map_square(np.linalg.eigvalsh, lambda shape: shape[:-1])


@rule(np.linalg.matrix_power)
def matrix_power(a: Any, n: Any) -> Kind:
    dtype, shape = _matrices(a)
    power = value_of(n)
    if power is MISSING or dtype is None:
        return Array(None, _square(shape))
    result = Outcome(run_sample(np.linalg.matrix_power, np.eye(2, dtype=dtype), -1 if power < 0 else min(power, 3)))
    return Array(result.dtype, _square(shape))


@rule(np.linalg.slogdet)
def slogdet(a: Any) -> Kind:
    dtype, shape = _matrices(a)
    sign, log = _dtypes(np.linalg.slogdet, (dtype,))[:2]
    square = _square(shape)
    rest = None if square is None else square[:-2]
    return TupleOf((number_or_array(sign, rest), number_or_array(log, rest)))


@rule(np.linalg.eigh)
def eigh(a: Any, UPLO: Any = "L") -> Kind:
    dtype, shape = _matrices(a)
    values, vectors = _dtypes(np.linalg.eigh, (dtype,))[:2]
    square = _square(shape)
    return TupleOf((Array(values, None if square is None else square[:-1]), Array(vectors, square)))


def _complex_only(dtype: DType) -> DType:
    """The dtype of eigenvalues: of a real matrix they are real or complex, as it happens."""
    return dtype if dtype is not None and dtype.kind == "c" else None


@rule(np.linalg.eig)
def eig(a: Any) -> Kind:
    dtype, shape = _matrices(a)
    square, result = _square(shape), _complex_only(dtype)
    return TupleOf((Array(result, None if square is None else square[:-1]), Array(result, square)))


@rule(np.linalg.eigvals)
def eigvals(a: Any) -> Kind:
    dtype, shape = _matrices(a)
    square = _square(shape)
    return Array(_complex_only(dtype), None if square is None else square[:-1])


@rule(np.linalg.solve)
def solve(a: Any, b: Any) -> Kind:
    dtype, shape = _matrices(a)
    known = numeric(b)
    right = shape_or_none(known)
    result = _dtypes(np.linalg.solve, (dtype, None if known.dtype is None else np.dtype(known.dtype)))[0]
    square = _square(shape)
    if square is None or right is None:
        return Array(result, None)
    if len(right) == 1:
        side = meet(square[-1], right[0])
        return Array(result, (*square[:-2], side))
    if len(right) < 2:
        raise NotInferable("a number")
    side = meet(square[-1], right[-2])
    return Array(result, (*broadcast([square[:-2], right[:-2]]), side, right[-1]))


@rule(np.linalg.svd)
def svd(a: Any, full_matrices: Any = True, compute_uv: Any = True, hermitian: Any = False) -> Kind:
    dtype, shape = _matrices(a)
    u, s, v = _dtypes(np.linalg.svd, (dtype,))[:3]
    if not flag(compute_uv):
        return Array(s, None if shape is None else (*shape[:-2], _shorter_side(*shape[-2:])))
    if shape is None:
        return TupleOf((Array(u, None), Array(s, None), Array(v, None)))
    *stack, m, n = shape
    k = _shorter_side(m, n)
    left, right = (m, n) if flag(full_matrices) else (k, k)
    return TupleOf((Array(u, (*stack, m, left)), Array(s, (*stack, k)), Array(v, (*stack, right, n))))


@rule(np.linalg.svdvals)
def svdvals(x: Any, /) -> Kind:
    return svd(x, compute_uv=False)


@rule(np.linalg.qr)
def qr(a: Any, mode: Any = "reduced") -> Kind:
    dtype, shape = _matrices(a)
    q, r = _dtypes(np.linalg.qr, (dtype,))[:2]
    how = value_of(mode)
    if how == "raw":
        return TupleOf((Array(r, None), Array(r, None)))
    if how not in ("reduced", "complete", "r"):
        return UNKNOWN
    if shape is None:
        return Array(r, None) if how == "r" else TupleOf((Array(q, None), Array(r, None)))
    *stack, m, n = shape
    k = m if how == "complete" else _shorter_side(m, n)
    factor = Array(r, (*stack, k, n))
    return factor if how == "r" else TupleOf((Array(q, (*stack, m, k)), factor))


@rule(np.linalg.pinv)
def pinv(a: Any, rcond: Any = None, hermitian: Any = False, *, rtol: Any = None) -> Kind:
    dtype, shape = _matrices(a)
    result = _dtypes(np.linalg.pinv, (dtype,))[0]
    return Array(result, None if shape is None else (*shape[:-2], shape[-1], shape[-2]))


@rule(np.linalg.lstsq)
def lstsq(a: Any, b: Any, rcond: Any = None) -> Kind:
    dtype, shape = _matrices(a)
    known = numeric(b)
    right = shape_or_none(known)
    result = _dtypes(_least_squares, (dtype, None if known.dtype is None else np.dtype(known.dtype)))
    if shape is None or right is None or len(shape) != 2:
        return TupleOf((Array(result[0], None), Array(None, None), UNKNOWN, Array(None, None)))
    k = _shorter_side(*shape)
    return TupleOf((Array(result[0], (shape[1], *right[1:])), Array(None, (Sym(),)), UNKNOWN, Array(None, (k,))))


def _least_squares(a: Any, b: Any) -> Any:
    return np.linalg.lstsq(a, b, rcond=None)[0]


@rule(np.linalg.cond)
def cond(x: Any, p: Any = None) -> Kind:
    dtype, shape = _matrices(x)
    return number_or_array(None if value_of(p) is MISSING else _dtypes(np.linalg.cond, (dtype,))[0],
                           None if shape is None else shape[:-2])


@rule(np.linalg.matrix_rank)
def matrix_rank(A: Any, tol: Any = None, hermitian: Any = False, *, rtol: Any = None) -> Kind:
    shape = shape_of(A)
    plain = is_none(tol) and is_none(rtol) and len(shape) >= 2
    return number_or_array(None, shape[:-2] if plain else None)


@rule(np.linalg.multi_dot)
def multi_dot(arrays: Any, *, out: Any = None) -> Kind:
    from .infer_products import dot

    known = kind(arrays)
    if not is_none(out) or not isinstance(known, TupleOf) or len(known.items) < 2:
        raise NotInferable("multi_dot")
    result = known.items[0]
    for part in known.items[1:]:
        result = dot(result, part)
    return result


@rule(np.linalg.vector_norm)
def vector_norm(x: Any, /, *, axis: Any = None, keepdims: Any = False, ord: Any = 2) -> Kind:  # noqa: A002
    known = numeric(x)
    dtype = sampled_dtype(np.linalg.vector_norm, (token(known),), (1,)) if value_of(ord) == 2 else None
    shape = reduced_shape(shape_or_none(known), axis, keepdims)
    return number_or_array(dtype, shape)


@rule(np.trace, "ndarray.trace")
def trace(a: Any, offset: Any = 0, axis1: Any = 0, axis2: Any = 1, dtype: Any = None, out: Any = None) -> Kind:
    if not is_none(out):
        raise NotInferable("out=")
    known = numeric(a)
    options = () if is_none(dtype) else (("dtype", dtype_in(dtype)),)
    result = sampled_dtype(np.trace, (token(known),), (2,), options)
    shape = shape_or_none(known)
    if shape is None:
        return Array(result, None)
    gone = (axis_in(axis1, len(shape)), axis_in(axis2, len(shape)))
    if gone[0] == gone[1]:
        raise NotInferable("one axis twice")
    return number_or_array(result, tuple(n for i, n in enumerate(shape) if i not in gone))


@rule(np.linalg.trace)
def matrix_trace(x: Any, /, *, offset: Any = 0, dtype: Any = None) -> Kind:
    return trace(x, offset, -2, -1, dtype)


@rule(np.linalg.diagonal)
def matrix_diagonal(x: Any, /, *, offset: Any = 0) -> Kind:
    return diagonal(x, offset, -2, -1)


@rule(np.linalg.cross)
def vector_cross(x1: Any, x2: Any, /, *, axis: Any = -1) -> Kind:
    return cross(x1, x2, axis=None if value_of(axis) == -1 else axis)


@rule(np.cross)
def cross(a: Any, b: Any, axisa: Any = -1, axisb: Any = -1, axisc: Any = -1, axis: Any = None) -> Kind:
    first, second = numeric(a), numeric(b)
    shapes = [shape_or_none(first), shape_or_none(second)]
    known = [shape for shape in shapes if shape]
    dtype = sampled_dtype(_cross, (token(first), token(second)), (1, 1))
    plain = all(value_of(given) == -1 for given in (axisa, axisb, axisc)) and is_none(axis)
    if len(known) < 2 or not plain or all(shape[-1] != 3 for shape in known):
        return Array(dtype, None)
    # The other may hold two numbers, which are then taken for three.
    return Array(dtype, (*broadcast([shape[:-1] for shape in known]), 3))


def _cross(a: Any, b: Any) -> Any:
    return np.cross(np.resize(a, 3), np.resize(b, 3))


# Fourier transforms


def _transform(function: Callable[..., Any], length: Callable[[Dim, Dim | None], Dim]) -> Rule:
    def infer(a: Any, n: Any = None, axis: Any = -1, norm: Any = None, out: Any = None) -> Kind:
        if not is_none(out):
            raise NotInferable("out=")
        known = numeric(a)
        dtype = sampled_dtype(function, (_strong(known),), (1,))
        shape = shape_or_none(known)
        if shape is None:
            return Array(dtype, None)
        along = axis_in(axis, len(shape))
        asked = None if is_none(n) else lengths_of(n)[0]
        return Array(dtype, (*shape[:along], length(shape[along], asked), *shape[along + 1 :]))

    return infer


def _strong(known: Array | Scalar) -> Token:
    return None if known.dtype is None else np.dtype(known.dtype)


def _half(n: Dim, asked: Dim | None) -> Dim:
    n = n if asked is None else asked
    return n // 2 + 1 if isinstance(n, int) else derived("half spectrum", n, one=n.one)


def _unfolded(m: Dim, asked: Dim | None) -> Dim:
    if asked is not None:
        return asked
    return max(2 * (m - 1), 0) if isinstance(m, int) else derived("unfolded spectrum", m, one=False)


each(lambda function: _transform(function, lambda n, asked: n if asked is None else asked), np.fft.fft, np.fft.ifft)
each(lambda function: _transform(function, _half), np.fft.rfft, np.fft.ihfft)
each(lambda function: _transform(function, _unfolded), np.fft.irfft, np.fft.hfft)


def _many(function: Callable[..., Any]) -> Rule:
    def infer(a: Any, s: Any = None, axes: Any = None, norm: Any = None, out: Any = None) -> Kind:
        known = numeric(a)
        shape = shape_or_none(known)
        if not is_none(s) or not is_none(out) or not shape:
            return Array(None, None)
        if not is_none(axes) and not axes_of(axes, len(shape)):
            return Array(None, None)  # no axis: the argument as it is
        return Array(sampled_dtype(function, (_strong(known),), (2,)), shape)

    return infer


each(_many, np.fft.fft2, np.fft.ifft2, np.fft.fftn, np.fft.ifftn)


@rule(np.fft.rfft2, np.fft.rfftn, np.fft.irfft2, np.fft.irfftn)
def real_transform(a: Any, s: Any = None, axes: Any = None, norm: Any = None, out: Any = None) -> Kind:
    shape = shape_or_none(numeric(a))
    return Array(None, None if shape is None or not is_none(s) else tuple(Sym() for _ in shape))


@rule(np.fft.fftshift, np.fft.ifftshift)
def fftshift(x: Any, axes: Any = None) -> Kind:
    known = numeric(x)
    return Array(known.dtype, shape_or_none(known))


@rule(np.fft.fftfreq)
def fftfreq(n: Any, d: Any = 1.0, device: Any = None) -> Kind:
    return _frequencies(lengths_of(n), d)


@rule(np.fft.rfftfreq)
def rfftfreq(n: Any, d: Any = 1.0, device: Any = None) -> Kind:
    length = dim_of(n)
    if isinstance(length, int):
        count: Dim = length // 2 + 1
    else:
        count = Sym() if length is None else derived("half frequencies", length)
    return _frequencies((count,), d)


def _frequencies(shape: tuple[Dim, ...], d: Any) -> Kind:
    spacing = numeric(d)
    real = spacing.dtype is not None and (spacing.dtype.kind in "biu" or spacing.dtype == F8)
    return Array(F8 if real else None, shape if isinstance(spacing, Scalar) else None)
