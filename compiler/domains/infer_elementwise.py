"""Kinds of elementwise results: ufuncs, operators on arrays, and NumPy's elementwise functions that are no ufuncs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .abstract import broadcast_shape, dtype_in, is_none, kind, number_or_array, numeric, shape_or_none
from .kinds import UNKNOWN, Array, Kind, Scalar, Sym, TupleOf
from .lengths import NotInferable
from .promotion import Outcome, Token, resolve, run_sample, sample, token

Rule = Callable[..., Kind]
RULES: dict[Any, Rule] = {}


def rule(*targets: Any) -> Callable[[Rule], Rule]:
    """Register the function that infers the kinds of calls of `targets`."""

    def register(function: Rule) -> Rule:
        for target in targets:
            RULES[target] = function
        return function

    return register


def each(factory: Callable[[Any], Rule], *targets: Any) -> None:
    """Register for each of `targets` the function that `factory` makes for it."""
    for target in targets:
        RULES[target] = factory(target)


def ufunc_kind(ufunc: np.ufunc, args: list[Any], kwargs: dict[str, Any]) -> Kind:
    """The kind of `ufunc(*args, **kwargs)`; a tuple where the ufunc has several results."""
    options = {name: value for name, value in kwargs.items() if name not in ("casting", "order", "subok")}
    asked = options.pop("dtype", None)
    dtype = None if is_none(asked) else dtype_in(asked)
    if ufunc.nout > 1 and set(options) == {"where"}:
        return TupleOf((Array(None, None),) * ufunc.nout)
    if len(args) != ufunc.nin or options or ufunc.signature is not None:
        raise NotInferable("out=, where= or another option")
    operands = [numeric(arg) for arg in args]
    dtypes = resolve(ufunc, tuple(token(operand) for operand in operands), dtype)
    shape = broadcast_shape(operands)
    results = tuple(number_or_array(result, shape) for result in dtypes)
    return results[0] if ufunc.nout == 1 else TupleOf(results)


@rule(np.where)
def where(condition: Any, x: Any = None, y: Any = None) -> Kind:
    if x is None and y is None:
        return nonzero(condition)
    return _like_array(promoted([x, y]), broadcast_shape([condition, x, y]))


@rule(np.nonzero, "ndarray.nonzero")
def nonzero(a: Any) -> Kind:
    shape = shape_or_none(numeric(a))
    if not shape:
        return UNKNOWN
    count = Sym()
    return TupleOf((Array(np.dtype("i8"), (count,)),) * len(shape))


def promoted(args: list[Any]) -> np.dtype[Any] | None:
    """np.result_type of arrays and weak Python numbers."""
    tokens = tuple(token(numeric(arg)) for arg in args)
    if any(t is None for t in tokens):
        return None
    # With at most one weak number that is not bool, add's promotion is result_type; it is exact for numbers in general.
    result: Token = tokens[0]
    if len(tokens) == 1:
        return _default(result)
    weak = [t for t in tokens if isinstance(t, type)]
    strong = [t for t in tokens if not isinstance(t, type)]
    if not strong:
        return np.result_type(*[_default(t) for t in weak])
    return np.result_type(np.result_type(*strong), *[t(0) for t in weak])


def _default(tok: Token) -> np.dtype[Any]:
    return np.dtype(tok)


def _like_array(dtype: np.dtype[Any] | None, shape: Any) -> Kind:
    """The result of a function that returns 0-d arrays, not scalars."""
    return Array(dtype, shape)


@rule(np.clip)
def clip(a: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Kind:  # noqa: A002
    known = numeric(a)
    if isinstance(known, Scalar):
        a = Scalar(known.dtype)  # it is made an array first, so it is not weak
    bounds = [bound for bound in (a_min, a_max, min, max) if not is_none(bound)]
    if len(bounds) == 2:
        return ufunc_kind(CLIP, [a, *bounds], {})
    if len(bounds) == 1:
        return ufunc_kind(np.maximum, [a, *bounds], {})
    raise NotInferable("no bounds")


CLIP: np.ufunc = np._core.umath.clip  # type: ignore[attr-defined]  # the ufunc behind np.clip


@rule(np.interp)
def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Kind:
    values = numeric(fp)
    dtype = None if values.dtype is None else np.dtype("c16" if values.dtype.kind == "c" else "f8")
    return number_or_array(dtype, shape_or_none(numeric(x)))


def _sampled(function: Callable[..., Any]) -> Rule:
    """Infer an elementwise function of one array from a sample call: its result may be a scalar or a 0-d array."""

    def infer(*args: Any, **kwargs: Any) -> Kind:
        operands = [numeric(arg) for arg in args]
        if kwargs:
            raise NotInferable("options")
        return sampled_kind(function, operands)

    return infer


def sampled_kind(function: Callable[..., Any], operands: list[Array | Scalar], **options: Any) -> Kind:
    """The kind of an elementwise function, from a call on ones of the same ranks."""
    shape = broadcast_shape(list(operands))
    tokens = [token(operand) for operand in operands]
    if any(t is None for t in tokens):
        return Array(None, shape or None)
    ranks = [len(shape_or_none(operand) or ()) if shape is not None else 1 for operand in operands]
    values = [_sample_of(operand, tok, rank) for operand, tok, rank in zip(operands, tokens, ranks, strict=True)]
    outcome = Outcome(run_sample(function, *values, **options))
    if shape is None:
        return Array(outcome.dtype, None)
    if outcome.rank != len(shape):
        raise NotInferable("not elementwise")
    if outcome.sort == "array":
        return Array(outcome.dtype, shape)
    return Scalar(outcome.dtype, outcome.sort == "python")


def _sample_of(operand: Array | Scalar, tok: Token, rank: int) -> Any:
    if isinstance(operand, Scalar) and not operand.python:
        return np.ones((), tok)[()]
    return sample(tok, (1,) * rank)


each(_sampled, np.real, np.imag, np.sinc, np.i0, np.isreal, np.iscomplex, np.isposinf, np.isneginf, np.fix)


@rule(np.angle)
def angle(z: Any, deg: Any = False) -> Kind:
    return sampled_kind(np.angle, [numeric(z)])


@rule(np.nan_to_num)
def nan_to_num(x: Any, copy: Any = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Kind:
    return sampled_kind(np.nan_to_num, [numeric(x)])


@rule(np.round, np.around)
def round_(a: Any, decimals: Any = 0, out: Any = None) -> Kind:
    if not is_none(out):
        raise NotInferable("out=")
    return sampled_kind(np.round, [numeric(a)])


@rule(np.isclose)
def isclose(a: Any, b: Any, rtol: Any = 1e-5, atol: Any = 1e-8, equal_nan: Any = False) -> Kind:
    return sampled_kind(np.isclose, [numeric(a), numeric(b)])


@rule(np.select)
def select(condlist: Any, choicelist: Any, default: Any = 0) -> Kind:
    conditions, choices = kind(condlist), kind(choicelist)
    if not isinstance(conditions, TupleOf) or not isinstance(choices, TupleOf) or not choices.items:
        return Array(None, None)
    operands = [*choices.items, kind(default)]
    known = [numeric(operand) for operand in operands]
    # Python numbers in the list of choices are weak, as in where.
    return Array(promoted(known), broadcast_shape([*conditions.items, *known]))


@rule(np.unwrap)
def unwrap(p: Any, discont: Any = None, axis: Any = -1, *, period: Any = 2 * np.pi) -> Kind:
    known = numeric(p)
    if known.dtype is None or known.dtype.kind not in "f" or not isinstance(known, Array):
        return Array(None, known.shape if isinstance(known, Array) else None)
    return Array(known.dtype, known.shape)
