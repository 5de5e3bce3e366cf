"""Kinds of SciPy's functions, known by their public names: this layer does not import SciPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .abstract import flag, is_none, lengths_of, number_or_array, numeric, shape_or_none, value_of
from .infer_elementwise import Rule
from .infer_linalg import _square
from .infer_reductions import reduced_shape
from .kinds import UNKNOWN, Array, Dim, Kind, Sym, TupleOf
from .lengths import NotInferable, broadcast
from .scipy_names import public_name

BY_NAME: dict[str, Rule] = {}
PRECISE = tuple(np.dtype(name) for name in ("f4", "f8", "c8", "c16"))


def named(*names: str) -> Callable[[Rule], Rule]:
    """Register the inference of functions of SciPy."""

    def register(function: Rule) -> Rule:
        for name in names:
            BY_NAME[f"scipy.{name}"] = function
        return function

    return register


def rule_in_scipy(target: Any) -> Rule | None:
    """The inference of a function of SciPy's; None where there is none."""
    found = public_name(target)
    return None if found is None else BY_NAME.get(".".join(found))


def _dtype(*operands: Any) -> np.dtype[Any] | None:
    """The dtype of results of LAPACK: single only if all operands are."""
    known = [numeric(operand).dtype for operand in operands]
    if any(dtype is None or dtype not in PRECISE for dtype in known):
        return None
    return np.result_type(*[dtype for dtype in known if dtype is not None])


def _shape(x: Any) -> tuple[Dim, ...] | None:
    return shape_or_none(numeric(x))


@named("linalg.expm", "linalg.solve_sylvester")
def same_as_last(*operands: Any) -> Kind:
    return Array(_dtype(*operands), _shape(operands[-1]))


@named("linalg.sqrtm", "linalg.logm")
def perhaps_complex(A: Any) -> Kind:
    """Of a real matrix real or complex, as it happens."""
    dtype = _dtype(A)
    return Array(dtype if dtype is not None and dtype.kind == "c" else None, _shape(A))


def _solution(matrix: Any, b: Any) -> Kind:
    shape, right = _shape(matrix), _shape(b)
    if shape is None or right is None or len(shape) != 2 or len(right) not in (1, 2):
        return Array(_dtype(matrix, b), None)
    return Array(_dtype(matrix, b), right)


@named("linalg.solve")
def solve(a: Any, b: Any, lower: Any = False, overwrite_a: Any = False, overwrite_b: Any = False,
          check_finite: Any = True, assume_a: Any = None, transposed: Any = False) -> Kind:
    return _solution(a, b)


@named("linalg.solve_triangular")
def solve_triangular(a: Any, b: Any, trans: Any = 0, lower: Any = False, unit_diagonal: Any = False,
                     overwrite_b: Any = False, check_finite: Any = True) -> Kind:
    return _solution(a, b)


@named("linalg.solve_banded")
def solve_banded(l_and_u: Any, ab: Any, b: Any, overwrite_ab: Any = False, overwrite_b: Any = False,
                 check_finite: Any = True) -> Kind:
    return _solution(ab, b)


@named("linalg.lu_factor")
def lu_factor(a: Any, overwrite_a: Any = False, check_finite: Any = True) -> Kind:
    shape = _square(_shape(a))
    return TupleOf((Array(_dtype(a), shape), Array(None, None if shape is None else shape[:-1])))


@named("linalg.lu")
def lu(a: Any, permute_l: Any = False, overwrite_a: Any = False, check_finite: Any = True) -> Kind:
    known = Array(_dtype(a), _square(_shape(a)))
    return TupleOf((known,) * (2 if flag(permute_l) else 3))


@named("linalg.eigh")
def eigh(a: Any, b: Any = None, *, lower: Any = True, eigvals_only: Any = False, overwrite_a: Any = False,
         overwrite_b: Any = False, check_finite: Any = True, driver: Any = None, type: Any = 1) -> Kind:  # noqa: A002
    shape, dtype = _square(_shape(a)), _dtype(a) if is_none(b) else _dtype(a, b)
    real = None if dtype is None else np.zeros(0, dtype).real.dtype
    values = Array(real, None if shape is None else shape[:-1])
    return values if flag(eigvals_only) else TupleOf((values, Array(dtype, shape)))


@named("special.logsumexp")
def logsumexp(a: Any, axis: Any = None, b: Any = None, keepdims: Any = False, return_sign: Any = False) -> Kind:
    dtype = _dtype(a) if is_none(b) else _dtype(a, b)
    shapes = [_shape(a)] if is_none(b) else [_shape(a), _shape(b)]
    if flag(return_sign):
        return UNKNOWN
    known = [shape for shape in shapes if shape is not None]
    if len(known) < len(shapes):
        return Array(dtype, None)
    return number_or_array(dtype, reduced_shape(broadcast(known), axis, keepdims))


@named("special.softmax", "special.log_softmax")
def softmax(x: Any, axis: Any = None) -> Kind:
    return Array(_dtype(x), _shape(x) or None)


@named("special.polygamma")
def polygamma(n: Any, x: Any) -> Kind:
    shapes = [_shape(n), _shape(x)]
    if any(shape is None for shape in shapes):
        return Array(None, None)
    shape = broadcast([s for s in shapes if s is not None])
    return Array(np.dtype("f8"), shape) if shape else Array(None, None)


@named(*(f"special.roots_{name}" for name in ("legendre", "chebyt", "hermite", "hermitenorm", "laguerre")))
def quadrature(n: Any, mu: Any = False) -> Kind:
    nodes = Array(np.dtype("f8"), lengths_of(n))
    return UNKNOWN if flag(mu) else TupleOf((nodes, nodes))


@named("fft.dct", "fft.dst")
def cosine(x: Any, type: Any = 2, n: Any = None, axis: Any = -1, norm: Any = None, overwrite_x: Any = False,  # noqa: A002
           workers: Any = None, orthogonalize: Any = None) -> Kind:
    shape = _shape(x)
    return Array(_dtype(x), shape if is_none(n) or shape is None else tuple(Sym() for _ in shape))


@named("signal.lfilter")
def lfilter(b: Any, a: Any, x: Any, axis: Any = -1) -> Kind:
    return Array(_dtype(b, a, x), _shape(x))


@named("signal.convolve", "signal.fftconvolve", "signal.oaconvolve", "signal.correlate")
def convolve(in1: Any, in2: Any, mode: Any = "full", method: Any = "auto", axes: Any = None) -> Kind:
    first, second = _shape(in1), _shape(in2)
    dtype = _dtype(in1, in2)
    if first is None or second is None or len(first) != len(second) or not is_none(axes):
        return Array(dtype, None)
    how = value_of(mode)
    if how == "same":
        return Array(dtype, first or None)
    whole = how == "full"
    lengths = [m + n - 1 if whole and isinstance(m, int) and isinstance(n, int) else Sym()
               for m, n in zip(first, second, strict=True)]
    return Array(dtype, tuple(lengths) or None)


@named("ndimage.convolve", "ndimage.correlate", "ndimage.convolve1d", "ndimage.correlate1d")
def filtered(input: Any, weights: Any, axis: Any = -1, output: Any = None, mode: Any = "reflect",  # noqa: A002
             cval: Any = 0.0, origin: Any = 0, *, axes: Any = None) -> Kind:
    known = numeric(input)
    if not is_none(output):
        raise NotInferable("output=")
    return Array(known.dtype if known.dtype is not None and known.dtype.kind != "c" else None, shape_or_none(known))


__all__ = ["BY_NAME", "rule_in_scipy"]
