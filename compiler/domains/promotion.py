"""Result dtypes: NumPy's promotion rules (NEP 50: Python's own numbers are weak), asked of NumPy itself.

A *token* stands for an operand: a dtype, one of Python's number types, or None where the dtype is not known.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache
from itertools import product
from typing import Any

import numpy as np

from .kinds import Array, Scalar
from .lengths import NotInferable

Token = Any  # np.dtype | type | None
DType = np.dtype[Any] | None

_PYTHON = {"b": bool, "i": int, "f": float, "c": complex}
_CANDIDATES = tuple(np.dtype(c) for c in ("?", "i1", "u1", "i8", "u8", "f2", "f4", "f8", "c8", "c16"))


def token(known: Array | Scalar) -> Token:
    """What an operand counts as in promotion."""
    if known.dtype is not None and isinstance(known, Scalar) and known.python:
        return _PYTHON[known.dtype.kind]
    return known.dtype


def same_dtype(a: DType, b: DType) -> bool:
    """Equal, or both unknown. (`np.dtype("f8") == None` is True: NumPy reads None as float64.)"""
    return a is b or (a is not None and b is not None and a == b)


@cache
def resolve(ufunc: np.ufunc, tokens: tuple[Token, ...], dtype: DType = None) -> tuple[DType, ...]:
    """The dtypes of the results of a ufunc, each None where it depends on a dtype that is not known."""
    if any(t is None for t in tokens):
        return _agreed(lambda *t: resolve(ufunc, t, dtype), tokens)
    # A Python bool is no weak type of its own: it promotes as np.bool does.
    operands = [np.dtype("?") if t is bool else t for t in tokens]
    signature = (None,) * ufunc.nin + (dtype,) * ufunc.nout
    try:
        resolved = ufunc.resolve_dtypes((*operands, *(None,) * ufunc.nout), signature=signature)
    except TypeError as error:
        raise NotInferable(str(error)) from None
    results = resolved[ufunc.nin :]
    if any(result.kind not in "biufc" for result in results):
        raise NotInferable("not a number")
    return tuple(results)


def _agreed(resolver: Callable[..., tuple[DType, ...]], tokens: tuple[Token, ...]) -> tuple[DType, ...]:
    """What all dtypes that an unknown one may stand for agree on."""
    unknown = sum(t is None for t in tokens)
    if unknown > 2:
        raise NotInferable("dtypes are not known")
    found: set[tuple[DType, ...]] = set()
    for choice in product(_CANDIDATES, repeat=unknown):
        filled = iter(choice)
        try:
            found.add(resolver(*(next(filled) if t is None else t for t in tokens)))
        except NotInferable:
            continue
    if not found:
        raise NotInferable("no dtype fits")
    return tuple(dts[0] if len(set(dts)) == 1 else None for dts in zip(*found, strict=True))


class Outcome:
    """What a sample call returned: `sort` is python, scalar or array; dtype; rank."""

    __slots__ = ("dtype", "rank", "sort")

    def __init__(self, value: Any) -> None:
        if isinstance(value, (np.generic, np.ndarray)):
            self.sort, self.rank = ("array" if isinstance(value, np.ndarray) else "scalar"), value.ndim
        elif type(value) in (bool, int, float, complex):
            self.sort, self.rank = "python", 0
        else:
            raise NotInferable(f"a {type(value).__name__}")
        self.dtype: DType = np.asarray(value).dtype
        if self.dtype is None or self.dtype.kind not in "biufc":
            raise NotInferable("not a number")

    @property
    def key(self) -> tuple[str, DType, int]:
        return self.sort, self.dtype, self.rank


def sample(tok: Token, shape: tuple[int, ...]) -> Any:
    """A number or an array for a sample call; Python's types give Python's numbers."""
    if isinstance(tok, type):
        return tok(1)
    return np.ones(shape, tok)


@cache
def sampled_dtype(function: Callable[..., Any], tokens: tuple[Token, ...], ranks: tuple[int, ...],
                  options: tuple[tuple[str, Any], ...] = ()) -> DType:
    """The dtype of `function` of ones of shape (2, ..., 2), for functions whose dtype follows from dtypes alone."""
    if any(t is None for t in tokens):
        return _agreed(lambda *t: (sampled_dtype(function, t, ranks, options),), tokens)[0]
    arrays = [sample(t, (2,) * rank) for t, rank in zip(tokens, ranks, strict=True)]
    return Outcome(run_sample(function, *arrays, **dict(options))).dtype


def run_sample(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call a NumPy function for what its result looks like; whatever it raises, nothing is known."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            return function(*args, **kwargs)
        except Exception as error:
            raise NotInferable(f"the sample call raised {type(error).__name__}") from None
