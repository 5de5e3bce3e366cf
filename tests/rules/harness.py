"""The one harness through which every derivative rule goes.

    case(np.multiply, A(2, 3), A(3))        # one line a case: random operands, every check below
    point(np.sqrt, 0.0, gives=np.inf)       # a singular point: the cotangent for d_ans = 1, without a warning

What it cannot see: faults at points that no case visits (ties, zeros, extreme values need a `point` each), and
errors smaller than the differences' own (about 1e-7, relative).
"""

from __future__ import annotations

import contextlib
import copy
import warnings
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from pullback.compiler.rules import rule_for
from pullback.compiler.rules.registry import Rule, call_target
from pullback.compiler.rules.slicing import pullback, pushforward

from .tape import Tape, Traced, call, central, leaves, rebuilt, run_traced

STEPS = (2e-5, 1e-5)


class RuleFailure(AssertionError):
    """A rule that fails a check; the message starts with the check's name."""


# Operands --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Spec:
    """A random operand, drawn when its case is made (each case has a seed of its own)."""

    shape: tuple[int, ...]
    low: float = -2.0
    high: float = 2.0
    dtype: str = "f8"
    finish: Callable[[Any], Any] = lambda x: x

    def draw(self, rng: np.random.Generator) -> Any:
        if self.dtype[0] == "i":
            return self.finish(rng.integers(int(self.low), int(self.high), self.shape))
        x = rng.uniform(self.low, self.high, self.shape)
        if self.dtype[0] == "c":
            x = x + 1j * rng.uniform(self.low, self.high, self.shape)
        return self.finish(np.asarray(x, self.dtype))


def A(*shape: int, low: float = -2.0, high: float = 2.0, finish: Callable[[Any], Any] = lambda x: x) -> Any:
    """A real array, uniform in (-2, 2)."""
    return Spec(shape, low, high, "f8", finish)


def P(*shape: int, low: float = 0.3, high: float = 2.0, finish: Callable[[Any], Any] = lambda x: x) -> Any:
    """A positive array."""
    return Spec(shape, low, high, finish=finish)


def U(*shape: int) -> Any:
    """An array in (-0.9, 0.9)."""
    return Spec(shape, -0.9, 0.9)


def C(*shape: int, finish: Callable[[Any], Any] = lambda x: x) -> Any:
    """A complex array."""
    return Spec(shape, dtype="c16", finish=finish)


def I(*shape: int, low: int = 0, high: int = 3) -> Any:
    """An integer array (never differentiated)."""
    return Spec(shape, low, high, "i8")


def symmetric(x: Any) -> Any:
    return x + np.swapaxes(np.conj(x), -1, -2)


def well_conditioned(x: Any) -> Any:
    return x + 4 * np.eye(*x.shape[-2:])


def positive_definite(x: Any) -> Any:
    return x @ np.swapaxes(np.conj(x), -1, -2) + 2 * np.eye(x.shape[-1])


@dataclass(frozen=True)
class Const:
    """An operand that is not differentiated in this case, although it is a float."""

    value: Any


@dataclass
class Case:
    """One call of a rule's primal, and what the checks may expect of it."""

    target: Any
    rule: Rule
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    label: str
    frozen: frozenset[str] = frozenset()
    tolerance: float = 1e-6
    skip: dict[str, str] = field(default_factory=dict)
    seed: int = 0

    def but(self, tolerance: float | None = None, **skip: str) -> Case:
        """Loosen this case: a tolerance, or `check_name="reason"` for a check that does not apply."""
        self.tolerance = tolerance or self.tolerance
        self.skip.update(skip)
        return self

    @cached_property
    def bound(self) -> Any:
        return self.rule.signature.bind(*self.args, **self.kwargs)

    @cached_property
    def ans(self) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return call_target(self.target, self.args, self.kwargs)

    @cached_property
    def d_ans(self) -> Any:
        return direction_like(self.ans, np.random.default_rng(self.seed + 1))

    @cached_property
    def active(self) -> list[str]:
        """The parameters that this case differentiates."""
        operands = self.bound.arguments
        return [
            name for name in self.rule.differentiable
            if name in operands and name not in self.frozen and leaves(operands[name])
            and any(is_inexact(leaf) for leaf in leaves(operands[name]))
        ]

    def pull(self, name: str, d_ans: Any = None, bound: Any = None, ans: Any = None) -> Any:
        """d_<name> from the sliced rule, as the rule gives it."""
        function, _, _ = pullback(self.rule, name)
        bound = self.bound if bound is None else bound
        ans, d_ans = self.ans if ans is None else ans, self.d_ans if d_ans is None else d_ans
        with quiet(self.rule):
            return function(*bound.args, **bound.kwargs, ans=ans, d_ans=d_ans)

    def cotangent(self, name: str, d_ans: Any = None) -> Any:
        """d_<name>, un-broadcast and projected."""
        return central(self.rule, self.pull(name, d_ans), self.bound.arguments[name])

    def moved(self, name: str, tangent: Any, step: float) -> Any:
        """The bound arguments with parameter `name` moved by step * tangent."""
        bound = copy.copy(self.bound)
        bound.arguments = dict(self.bound.arguments)
        bound.arguments[name] = move(bound.arguments[name], tangent, step)
        return bound

    def value_at(self, bound: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return call_target(self.target, bound.args, bound.kwargs)

    def rng(self) -> np.random.Generator:
        return np.random.default_rng(self.seed + 2)


CASES: list[Case] = []
POINTS: list[tuple[str, Case, Any, str]] = []


def case(target: Any, *args: Any, _rule: Rule | None = None, **kwargs: Any) -> Case:
    """Add one case: every active float operand is differentiated, integers and `Const` operands are not."""
    made = make_case(target, *args, _rule=_rule, **kwargs)
    CASES.append(made)
    return made


def make_case(target: Any, *args: Any, _rule: Rule | None = None, **kwargs: Any) -> Case:
    rule = _rule or rule_for(target)
    if rule is None:
        raise LookupError(f"no rule for {target}")
    number = sum(c.rule is rule for c in CASES)
    name = target if isinstance(target, str) else rule.name if hasattr(target, "__self__") else target.__name__
    seed = zlib.crc32(f"{name} {number}".encode())
    rng = np.random.default_rng(seed)
    drawn = tuple(draw(arg, rng) for arg in args)
    named = {key: draw(arg, rng) for key, arg in kwargs.items()}
    bound = rule.signature.bind(*args, **kwargs)
    frozen = frozenset(key for key, value in bound.arguments.items() if isinstance(value, Const))
    return Case(target, rule, drawn, named, f"{name}-{number}", frozen, seed=seed)


def point(target: Any, *args: Any, gives: Any, wrt: str | None = None, **kwargs: Any) -> None:
    """Add a singular point: the cotangent of `wrt` (default: the first parameter) for d_ans = 1 is `gives`."""
    made = make_case(target, *args, **kwargs)
    name = wrt or made.rule.differentiable[0]
    number = sum(made.rule is p[1].rule for p in POINTS)
    POINTS.append((f"{made.label.rsplit('-', 1)[0]}-at-{number}", made, gives, name))


def draw(value: Any, rng: np.random.Generator) -> Any:
    if isinstance(value, Spec):
        return value.draw(rng)
    if isinstance(value, Const):
        return draw(value.value, rng)
    if isinstance(value, tuple | list):
        return type(value)(draw(item, rng) for item in value)
    return value


# Arithmetic on operands that may be arrays, numbers, or tuples of them -------------------------------------


def is_inexact(x: Any) -> bool:
    return isinstance(x, float | complex) or getattr(getattr(x, "dtype", None), "kind", "") in ("f", "c")


def direction_like(x: Any, rng: np.random.Generator) -> Any:
    """A random tangent for `x`: zero for what is not differentiable."""
    if isinstance(x, tuple | list):
        return rebuilt(x, [direction_like(i, rng) for i in x])
    if not is_inexact(x):
        return np.zeros(np.shape(x)) if not isinstance(x, str | None.__class__) else None
    v = rng.normal(size=np.shape(x))
    if np.iscomplexobj(x):
        v = v + 1j * rng.normal(size=np.shape(x))
    return v.astype(x.dtype) if isinstance(x, np.ndarray) else np.result_type(x).type(v)


def move(x: Any, v: Any, step: float) -> Any:
    if isinstance(x, tuple | list):
        return rebuilt(x, [move(i, j, step) for i, j in zip(x, v, strict=True)])
    if not is_inexact(x):
        return x
    moved = x + step * v
    return type(x)(moved) if isinstance(x, float | complex) else moved


def inner(x: Any, y: Any) -> float:
    """The real inner product of two cotangents (or a cotangent and a tangent)."""
    pairs = [(a, b) for a, b in zip(leaves(x), leaves(y), strict=True) if a is not None and b is not None]
    return float(sum((np.real(np.sum(np.conj(a) * b)) for a, b in pairs), 0.0))


def norm(x: Any) -> float:
    return float(np.sqrt(sum((np.sum(np.abs(a) ** 2) for a in leaves(x) if a is not None), 0.0)))


def combine(a: float, x: Any, b: float, y: Any) -> Any:
    if isinstance(x, tuple | list):
        parts = [combine(a, i, b, j) for i, j in zip(x, y, strict=True)]
        return rebuilt(x, parts)
    return None if x is None else a * x + b * y


def close(x: float, y: float, scale: float, tolerance: float) -> bool:
    return bool(abs(x - y) <= tolerance * max(scale, 1e-3)) or (np.isnan(x) and np.isnan(y))


@contextlib.contextmanager
def quiet(rule: Rule) -> Iterator[None]:
    """The floating-point state in which a caller runs this rule."""
    with np.errstate(divide="ignore", invalid="ignore") if rule.singular else contextlib.nullcontext():
        yield


# Checks ----------------------------------------------------------------------------------------------------


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
    left = inner(c.d_ans, t_ans)
    right = sum(inner(c.cotangent(name), tangents[name]) for name in tangents)
    scale = sum(norm(c.cotangent(name)) * norm(tangents[name]) for name in tangents)
    if not close(left, right, scale, 1e-9):
        raise RuleFailure(f"dot_product: {c.label}: the tangent gives {left:.12g}, the cotangents {right:.12g}")


def tangent_of(c: Case, tangents: dict[str, Any]) -> Any:
    """The tangent of `ans` that the rule defines, or None if it defines none."""
    function = pushforward(c.rule)
    if function is None or (not c.rule.holomorphic and any(np.iscomplexobj(x) for x in leaves(list(tangents.values())))):
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


CHECKS: list[Callable[[Case], None]] = [
    no_new_warning, shape_and_dtype, arguments_unchanged, linear, central_differences, honest_needs,
    sliced_equals_body, dot_product, second_order,
]
#: Further checks of a case: the compiler adds "inlined equals called".
EXTRA_CHECKS: list[Callable[[Case], None]] = []


def check(c: Case) -> None:
    """Run every check on a case, then the light ones on its float32 and its strided variants."""
    if not c.active:
        raise RuleFailure(f"no_operand: {c.label} differentiates nothing")
    for one in [*CHECKS, *EXTRA_CHECKS]:
        if one.__name__ not in c.skip:
            one(c)
    for variant in (single, strided, same_for_every_target):
        if variant.__name__ not in c.skip:
            variant(c)


# Variants --------------------------------------------------------------------------------------------------


def single(c: Case) -> None:
    """With operands of single precision: cotangents of single precision, close to the exact ones."""
    args, kwargs = (_cast(x) for x in (c.args, c.kwargs))
    small = replace(c, args=args, kwargs=kwargs)
    small.__dict__.update(d_ans=_cast(c.d_ans))
    shape_and_dtype(small)
    for name in c.active:
        exact, rounded = c.cotangent(name), small.cotangent(name)
        if norm(combine(1.0, exact, -1.0, rounded)) > 2e-4 * (norm(exact) + 1e-3):
            raise RuleFailure(f"single: {c.label}: d_{name} is far off in single precision")


def _cast(x: Any) -> Any:
    if isinstance(x, dict):
        return {key: _cast(value) for key, value in x.items()}
    if isinstance(x, tuple | list):
        parts = [_cast(item) for item in x]
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
