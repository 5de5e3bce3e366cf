"""Kinds of NumPy's polynomials: values, products, derivatives, roots, fits."""

from __future__ import annotations

from typing import Any

import numpy as np

from .abstract import (
    numeric,
    shape_of,
    shape_or_none,
    value_of,
)
from .infer_elementwise import rule
from .kinds import UNKNOWN, Array, Kind, Scalar, Sym, TupleOf
from .promotion import same_dtype, sampled_dtype, token


@rule(np.polydiv)
def polydiv(u: Any, v: Any) -> Kind:
    return TupleOf((Array(None, None), Array(None, None)))


@rule(np.poly)
def poly(seq_of_zeros: Any) -> Kind:
    return Array(None, (Sym(one=False),)) if len(shape_of(seq_of_zeros)) == 1 else UNKNOWN


@rule(np.polyval)
def polyval(p: Any, x: Any) -> Kind:
    coefficients, places = numeric(p), numeric(x)
    given, shape = shape_or_none(coefficients), shape_or_none(places)
    if isinstance(places, Scalar) or not shape or given is None or len(given) != 1:
        return Array(None, None)
    result = sampled_dtype(np.polyval, (token(coefficients), token(places)), (1, 1))
    # Without coefficients it is zeros of the dtype of x.
    some = isinstance(given[0], int) and given[0] > 0
    return Array(result if some or same_dtype(result, places.dtype) else None, shape)


@rule(np.polyfit)
def polyfit(x: Any, y: Any, deg: Any, rcond: Any = None, full: Any = False, w: Any = None, cov: Any = False) -> Kind:
    if value_of(full) is not False or value_of(cov) is not False:
        return UNKNOWN
    degree, shape = value_of(deg), shape_or_none(numeric(y))
    if not isinstance(degree, int) or shape is None:
        return Array(None, None)
    return Array(None, (degree + 1, *shape[1:]))


@rule(np.polyadd, np.polysub, np.polymul)
def polynomial(a1: Any, a2: Any) -> Kind:
    return _coefficients(a1, a2)


def _coefficients(*operands: Any) -> Kind:
    """The coefficients of a polynomial made of others: NumPy lets matrices pass as well."""
    shapes = [shape_or_none(numeric(operand)) for operand in operands]
    plain = all(shape is not None and len(shape) <= 1 for shape in shapes)
    return Array(None, (Sym(),) if plain else None)


@rule(np.polyder, np.polyint)
def polyder(p: Any, m: Any = 1, k: Any = None) -> Kind:
    return _coefficients(p)


@rule(np.roots)
def roots(p: Any) -> Kind:
    return Array(None, (Sym(),))
