"""Kinds of products of arrays: matmul, dot, inner, outer, tensordot, einsum, kron, ..."""

from __future__ import annotations

from typing import Any

import numpy as np

from .abstract import axes_of, is_none, need, number_or_array, numeric, shape_or_none, value_of
from .infer_elementwise import rule
from .kinds import Array, Dim, Kind, Scalar
from .lengths import NotInferable, broadcast, meet, product
from .promotion import DType, resolve, token


def _product_dtype(*operands: Array | Scalar) -> DType:
    """Products promote as multiply does; the operands are made arrays first, so nothing is weak."""
    tokens = [None if o.dtype is None else o.dtype for o in operands]
    result = tokens[0]
    for other in tokens[1:]:
        result = resolve(np.multiply, (result, other))[0]
    return result


def _shapes(*operands: Array | Scalar) -> list[tuple[Dim, ...]] | None:
    shapes = [shape_or_none(operand) for operand in operands]
    known = [shape for shape in shapes if shape is not None]
    return known if len(known) == len(shapes) else None


@rule(np.matmul, np.linalg.matmul)
def matmul(x1: Any, x2: Any, /) -> Kind:
    a, b = numeric(x1), numeric(x2)
    dtype = resolve(np.matmul, (token(a), token(b)))[0]
    shapes = _shapes(a, b)
    if shapes is None:
        return Array(dtype, None)
    first, second = shapes
    if not first or not second:
        raise NotInferable("matmul of a number")
    rows, columns = first[-2:-1], second[-1:] if len(second) > 1 else ()
    meet(first[-1], second[-2] if len(second) > 1 else second[-1])
    return number_or_array(dtype, (*broadcast([first[:-2], second[:-2]]), *rows, *columns))


@rule(np.dot, "ndarray.dot")
def dot(a: Any, b: Any, out: Any = None) -> Kind:
    if not is_none(out):
        raise NotInferable("out=")
    first, second = numeric(a), numeric(b)
    dtype = _product_dtype(first, second)
    shapes = _shapes(first, second)
    if shapes is None:
        return Array(dtype, None)
    s, t = shapes
    if not s or not t:
        return number_or_array(dtype, s + t)
    meet(s[-1], t[-2] if len(t) > 1 else t[-1])
    return number_or_array(dtype, (*s[:-1], *t[:-2], *(t[-1:] if len(t) > 1 else ())))


@rule(np.inner)
def inner(a: Any, b: Any, /) -> Kind:
    first, second = numeric(a), numeric(b)
    dtype = _product_dtype(first, second)
    shapes = _shapes(first, second)
    if shapes is None:
        return Array(dtype, None)
    s, t = shapes
    if not s or not t:
        return number_or_array(dtype, s + t)
    meet(s[-1], t[-1])
    return number_or_array(dtype, s[:-1] + t[:-1])


@rule(np.vdot)
def vdot(a: Any, b: Any, /) -> Kind:
    return Scalar(_product_dtype(numeric(a), numeric(b)))


@rule(np.vecdot, np.linalg.vecdot)
def vecdot(x1: Any, x2: Any, /, *, axis: Any = -1) -> Kind:
    if value_of(axis) != -1:
        raise NotInferable("axis=")
    a, b = numeric(x1), numeric(x2)
    dtype = resolve(np.vecdot, (token(a), token(b)))[0]
    shapes = _shapes(a, b)
    if shapes is None:
        return Array(dtype, None)
    if not all(shapes):
        raise NotInferable("vecdot of a number")
    meet(shapes[0][-1], shapes[1][-1])
    return number_or_array(dtype, broadcast([shape[:-1] for shape in shapes]))


@rule(np.outer, np.linalg.outer)
def outer(a: Any, b: Any, out: Any = None) -> Kind:
    if not is_none(out):
        raise NotInferable("out=")
    first, second = numeric(a), numeric(b)
    dtype = _product_dtype(first, second)
    shapes = _shapes(first, second)
    if shapes is None:
        from .kinds import Sym

        return Array(dtype, (Sym(), Sym()))
    return Array(dtype, tuple(product(shape) for shape in shapes))


@rule(np.tensordot, np.linalg.tensordot)
def tensordot(a: Any, b: Any, axes: Any = 2) -> Kind:
    first, second = numeric(a), numeric(b)
    dtype = _product_dtype(first, second)
    shapes = _shapes(first, second)
    if shapes is None:
        return Array(dtype, None)
    s, t = shapes
    value = need(axes)
    if isinstance(value, (tuple, list)):
        if len(value) != 2:
            raise NotInferable("axes")
        over_s, over_t = axes_of(value[0], len(s)), axes_of(value[1], len(t))
    else:
        count = int(value)
        if count < 0 or count > min(len(s), len(t)):
            raise NotInferable("axes")
        over_s, over_t = tuple(range(len(s) - count, len(s))), tuple(range(count))
    if len(over_s) != len(over_t):
        raise NotInferable("axes")
    for i, j in zip(over_s, over_t, strict=True):
        meet(s[i], t[j])
    rest = [n for i, n in enumerate(s) if i not in over_s] + [n for j, n in enumerate(t) if j not in over_t]
    return Array(dtype, tuple(rest))


@rule(np.einsum)
def einsum(subscripts: Any, *operands: Any, optimize: Any = False) -> Kind:
    text = value_of(subscripts)
    if not operands or not isinstance(text, str):
        raise NotInferable("operands with lists of axes")
    known = [numeric(operand) for operand in operands]
    dtype = _product_dtype(*known)
    shapes = _shapes(*known)
    if "." in text or shapes is None:
        return Array(dtype, None)
    inputs, arrow, output = text.replace(" ", "").partition("->")
    terms = inputs.split(",")
    if len(terms) != len(shapes):
        raise NotInferable("operands do not fit")
    lengths: dict[str, Dim] = {}
    for term, shape in zip(terms, shapes, strict=True):
        if len(term) != len(shape):
            raise NotInferable("subscripts do not fit")
        sides = list(zip(term, shape, strict=True))
        for letter, n in sides:
            if any(other == letter and m != n for other, m in sides):
                return Array(dtype, None)  # a diagonal of an array that may not be square
            lengths[letter] = broadcast([(lengths.get(letter, n),), (n,)])[0]
    if not arrow:
        output = "".join(sorted(c for c in lengths if inputs.count(c) == 1))
    if any(c not in lengths for c in output):
        raise NotInferable("an unknown subscript")
    return number_or_array(dtype, tuple(lengths[c] for c in output))


@rule(np.kron)
def kron(a: Any, b: Any) -> Kind:
    first, second = numeric(a), numeric(b)
    dtype = _product_dtype(first, second)
    shapes = _shapes(first, second)
    if shapes is None or not shapes[0] or not shapes[1]:
        return Array(dtype, None)
    rank = max(map(len, shapes))
    padded = [(1,) * (rank - len(shape)) + shape for shape in shapes]
    return Array(dtype, tuple(product(pair) for pair in zip(*padded, strict=True)))
