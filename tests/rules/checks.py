"""The checks that every rule goes through: each raises `RuleFailure` with its own name."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from pullback.compiler.rules.registry import call_target
from pullback.compiler.rules.slicing import pullback, pushforward

from .cases import Case, RuleFailure, quiet
from .operands import close, combine, direction_like, inner, is_inexact, move, norm
from .tape import Tape, Traced, call, central, leaves, rebuilt, run_traced

#: Two neighbouring steps: both must agree with the rule, so that one lucky step cannot hide a fault.
STEPS = (2e-5, 1e-5)


def arguments_unchanged(c: Case) -> None:
    """The rule writes neither to its operands nor to `ans` and `d_ans`."""
    before = copy.deepcopy((c.args, c.kwargs, c.ans, c.d_ans))
    for name in c.active:
        c.pull(name)
    for old, new in zip(leaves(list(_flat(before))), leaves(list(_flat((c.args, c.kwargs, c.ans, c.d_ans)))),
                        strict=True):
        if not np.array_equal(old, new, equal_nan=is_inexact(old)):
            raise RuleFailure(f"arguments_unchanged: {c.label} wrote to an operand")


def _flat(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, tuple | list):
        for item in value:
            yield from _flat(item)
    elif isinstance(value, np.ndarray | float | complex):
        yield value


def shape_and_dtype(c: Case) -> None:
    """Each cotangent has its operand's shape and, after projection, its dtype."""
    for name in c.active:
        operand = c.bound.arguments[name]
        raw = c.pull(name)
        if isinstance(operand, tuple | list) and len(raw) != len(operand):
            raise RuleFailure(f"shape_and_dtype: {c.label} returns {len(raw)} cotangents for {len(operand)} of {name}")
        for leaf, d in zip(leaves(operand), leaves(central(c.rule, raw, operand)), strict=True):
            if is_inexact(leaf) and (np.shape(d) != np.shape(leaf) or np.result_type(d) != np.result_type(leaf)):
                raise RuleFailure(f"shape_and_dtype: {c.label}: d_{name} is {np.result_type(d)}{np.shape(d)}, "
                                  f"{name} is {np.result_type(leaf)}{np.shape(leaf)}")


def linear(c: Case) -> None:
    """The cotangent is linear (over the reals) in d_ans."""
    other = direction_like(c.ans, c.rng())
    for name in c.active:
        mixed = c.cotangent(name, combine(2.0, c.d_ans, -3.0, other))
        expected = combine(2.0, c.cotangent(name), -3.0, c.cotangent(name, other))
        gap = combine(1.0, mixed, -1.0, expected)
        if norm(gap) > 1e-9 * (norm(expected) + norm(mixed) + 1e-300):
            raise RuleFailure(f"linear: {c.label}: d_{name} is not linear in d_ans")


def central_differences(c: Case) -> None:
    """<d_x, v> equals the derivative of <d_ans, f(x + h v)>, at two neighbouring steps."""
    rng = c.rng()
    for name in c.active:
        operand = c.bound.arguments[name]
        for _ in range(2):
            tangent = direction_like(operand, rng)
            mine = inner(c.cotangent(name), tangent)
            for h in STEPS:
                up, down = (c.value_at(c.moved(name, tangent, s)) for s in (h, -h))
                theirs = inner(c.d_ans, combine(0.5 / h, up, -0.5 / h, down))
                if not close(mine, theirs, norm(c.cotangent(name)) * norm(tangent), c.tolerance):
                    raise RuleFailure(f"central_differences: {c.label}: along d_{name} the rule gives {mine:.12g}, "
                                      f"differences with step {h:g} give {theirs:.12g}")


def honest_needs(c: Case) -> None:
    """Operands outside the declared needs can be anything: nan of the right shape, or nothing at all."""
    for name in c.active:
        function, values, shapes = pullback(c.rule, name)
        bound = copy.copy(c.bound)
        bound.arguments = {key: _placeholder(key, value, values, shapes) for key, value in c.bound.arguments.items()}
        ans = _placeholder("ans", c.ans, values, shapes)
        with quiet(c.rule):
            d = function(*bound.args, **bound.kwargs, ans=ans, d_ans=c.d_ans)
        if not _same_bits(d, c.pull(name)):
            raise RuleFailure(f"honest_needs: {c.label}: d_{name} changes with an operand that it does not declare")


def _placeholder(key: str, value: Any, values: frozenset[str], shapes: frozenset[str]) -> Any:
    if key in values:
        return value
    if key not in shapes:
        return _Nothing() if is_inexact(value) else value
    if isinstance(value, tuple | list):
        return rebuilt(value, [_placeholder(key, item, values, shapes) for item in value])
    return np.full(np.shape(value), np.nan, np.result_type(value)) if is_inexact(value) else value


class _Nothing:
    """Stands for an operand that was not saved: any use of it fails."""


def _same_bits(x: Any, y: Any) -> bool:
    return all(np.array_equal(a, b, equal_nan=True) if is_inexact(a) else True
               for a, b in zip(leaves(x), leaves(y), strict=True))


def sliced_equals_body(c: Case) -> None:
    """The rule called whole gives, for each parameter, what its slice gives."""
    with np.errstate(all="ignore"):
        whole = c.rule.body(*c.bound.args, **c.bound.kwargs, ans=c.ans, d_ans=c.d_ans)
    whole = dict(zip(c.rule.differentiable, whole if len(c.rule.differentiable) > 1 else (whole,), strict=True))
    for name in c.active:
        if not _same_bits(whole[name], c.pull(name)):
            raise RuleFailure(f"sliced_equals_body: {c.label}: d_{name}")


def no_new_warning(c: Case) -> None:
    """The rule warns only where the primal does."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        call_target(c.target, c.args, c.kwargs)
    if seen:
        return
    for name in c.active:
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            c.pull(name)
        if seen:
            raise RuleFailure(f"no_new_warning: {c.label}: d_{name} warns: {seen[0].message}")


def dot_product(c: Case) -> None:
    """<d_ans, J v> = <J^T d_ans, v>, where the rule defines a tangent."""
    tangents = {name: direction_like(c.bound.arguments[name], c.rng()) for name in c.active}
    t_ans = tangent_of(c, tangents)
    if t_ans is None or not tangents:
        return
    shapes = [[np.shape(x) for x in leaves(value)] for value in (t_ans, c.ans)]
    if shapes[0] != shapes[1]:
        raise RuleFailure(f"dot_product: {c.label}: the tangent has shape {shapes[0]}, the result {shapes[1]}")
    left = inner(c.d_ans, t_ans)
    right = sum(inner(c.cotangent(name), tangents[name]) for name in tangents)
    scale = sum(norm(c.cotangent(name)) * norm(tangents[name]) for name in tangents)
    if not close(left, right, scale, 1e-9):
        raise RuleFailure(f"dot_product: {c.label}: the tangent gives {left:.12g}, the cotangents {right:.12g}")


def tangent_of(c: Case, tangents: dict[str, Any]) -> Any:
    """The tangent of `ans` that the rule defines, or None if it defines none."""
    function = pushforward(c.rule)
    moves_complex = any(np.iscomplexobj(x) for x in leaves(list(tangents.values())))
    derived = c.rule.jvp is None and not c.rule.linear
    if function is None or (moves_complex and derived and not c.rule.holomorphic):
        return None
    with quiet(c.rule):
        return function(c.target, c.bound, c.ans, tangents)


def second_order(c: Case) -> None:
    """The rule's body, differentiated by the rules of what it calls, agrees with differences of the rule."""
    rng = c.rng()
    for name in c.active:
        raw = c.pull(name)
        if not any(is_inexact(leaf) for leaf in leaves(raw)):
            continue
        weight = direction_like(raw, rng)
        tangents = {key: direction_like(c.bound.arguments[key], rng) for key in c.active}
        t_d = direction_like(c.d_ans, rng)
        mine = _taped_second_order(c, name, weight, tangents, t_d)
        for h in STEPS:
            up, down = (inner(weight, _pull_moved(c, name, tangents, t_d, s)) for s in (h, -h))
            theirs = (up - down) / (2 * h)
            if not close(mine, theirs, abs(mine) + norm(weight) * norm(raw), 10 * c.tolerance):
                raise RuleFailure(f"second_order: {c.label}: d_{name}: rules give {mine:.12g}, "
                                  f"differences of the rule with step {h:g} give {theirs:.12g}")


def _pull_moved(c: Case, name: str, tangents: dict[str, Any], t_d: Any, step: float) -> Any:
    bound = copy.copy(c.bound)
    bound.arguments = dict(c.bound.arguments)
    for key, tangent in tangents.items():
        bound.arguments[key] = move(bound.arguments[key], tangent, step)
    return c.pull(name, combine(1.0, c.d_ans, step, t_d), bound, c.value_at(bound))


def _taped_second_order(c: Case, name: str, weight: Any, tangents: dict[str, Any], t_d: Any) -> float:
    tape, inputs, moves = Tape(), [], []

    def trace(value: Any, tangent: Any) -> Any:
        if isinstance(value, tuple | list):
            return rebuilt(value, [trace(i, j) for i, j in zip(value, tangent, strict=True)])
        if not is_inexact(value):
            return value
        inputs.append(Traced(value, tape))
        moves.append(tangent)
        return inputs[-1]

    bound = copy.copy(c.bound)
    bound.arguments = {k: trace(v, tangents[k]) if k in tangents else v for k, v in c.bound.arguments.items()}
    d_ans = trace(c.d_ans, t_d)
    ans = call(c.target, bound.args, bound.kwargs) if inputs else c.ans
    function, _, _ = pullback(c.rule, name)
    with np.errstate(all="ignore"):
        d = run_traced(function, *bound.args, **bound.kwargs, ans=ans, d_ans=d_ans)
        loss: Any = 0.0
        for part, w in zip(leaves(d), leaves(weight), strict=True):
            if isinstance(part, Traced):
                loss = loss + call(np.sum, (call(np.real, (np.conj(w) * part,), {}),), {})
        gradients = tape.gradients(loss, inputs)
    return inner(gradients, moves)
