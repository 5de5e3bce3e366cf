"""Each case again in single precision, with strided operands, and for every function that shares the rule."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np

from pullback.compiler.rules.registry import call_target

from .cases import Case, RuleFailure
from .checks import shape_and_dtype
from .operands import combine, norm
from .tape import leaves, rebuilt


def single(c: Case) -> None:
    """With operands of single precision: cotangents of single precision, close to the exact ones."""
    args, kwargs = (cast(x) for x in (c.args, c.kwargs))
    small = replace(c, args=args, kwargs=kwargs)
    small.__dict__.update(d_ans=cast(c.d_ans))
    shape_and_dtype(small)
    for name in c.active:
        exact, rounded = c.cotangent(name), small.cotangent(name)
        if norm(combine(1.0, exact, -1.0, rounded)) > 2e-4 * (norm(exact) + 1e-3):
            raise RuleFailure(f"single: {c.label}: d_{name} is far off in single precision")


def cast(x: Any) -> Any:
    """The operands in single precision."""
    if isinstance(x, dict):
        return {key: cast(value) for key, value in x.items()}
    if isinstance(x, tuple | list):
        parts = [cast(item) for item in x]
        return rebuilt(x, parts)
    small = {"f": np.float32, "c": np.complex64}.get(getattr(getattr(x, "dtype", None), "kind", ""))
    return x if small is None else x.astype(small)


def strided(c: Case) -> None:
    """With operands that are not contiguous: the same cotangents."""
    spread = replace(c, args=_spread(c.args), kwargs=_spread(c.kwargs))
    spread.__dict__.update(d_ans=_spread(c.d_ans))
    for name in c.active:
        gap = combine(1.0, c.cotangent(name), -1.0, spread.cotangent(name))
        if norm(gap) > 1e-9 * (norm(c.cotangent(name)) + 1e-3):
            raise RuleFailure(f"strided: {c.label}: d_{name} differs for operands that are not contiguous")


def _spread(x: Any) -> Any:
    if isinstance(x, dict):
        return {key: _spread(value) for key, value in x.items()}
    if isinstance(x, tuple | list):
        parts = [_spread(item) for item in x]
        return rebuilt(x, parts)
    if not isinstance(x, np.ndarray) or x.ndim == 0:
        return x
    wide = np.repeat(x, 2, axis=-1)[..., ::2]
    return np.swapaxes(np.ascontiguousarray(np.swapaxes(wide, 0, -1)), 0, -1) if x.ndim > 1 else wide


def empty_and_scalar(c: Case) -> None:
    """An elementwise rule with empty operands, and with operands of no axis."""
    if not c.rule.elementwise or any(np.size(x) == 0 for x in c.args):
        return
    for pick in (lambda x: x.reshape(-1)[:0], lambda x: np.asarray(x.reshape(-1)[0])):
        args = tuple(pick(x) if isinstance(x, np.ndarray) and x.size else x for x in c.args)
        kwargs = {k: pick(x) if isinstance(x, np.ndarray) and x.size else x for k, x in c.kwargs.items()}
        small = replace(c, args=args, kwargs=kwargs)
        shape_and_dtype(small)


def same_for_every_target(c: Case) -> None:
    """Every function that shares the rule computes the same."""
    for target in c.rule.targets:
        try:
            value = call_target(target, c.args, c.kwargs)
        except (TypeError, AttributeError):
            continue  # an operator takes no keyword, a method no scalar: covered by a case of their own
        if not all(np.allclose(a, b, equal_nan=True) for a, b in zip(leaves(value), leaves(c.ans), strict=True)):
            raise RuleFailure(f"same_for_every_target: {target} computes something else than {c.label}")


def check_point(label: str, c: Case, gives: Any, name: str) -> None:
    """The cotangent at a singular point, for d_ans = 1, and that it comes without a warning."""
    ones = np.ones_like(c.ans) if isinstance(c.ans, np.ndarray) else 1.0
    with warnings.catch_warnings(record=True) as of_primal:
        warnings.simplefilter("always")
        call_target(c.target, c.args, c.kwargs)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore" if of_primal else "error")
        d = c.cotangent(name, ones)
    for got, expected in zip(leaves(d), [gives], strict=True):
        if not np.allclose(got, expected, equal_nan=True, rtol=1e-12, atol=1e-15):
            raise RuleFailure(f"point: {label}: d_{name} is {got}, not {expected}")
