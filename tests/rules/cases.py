"""What a case is: one call of a rule's primal, and the table of all cases."""

from __future__ import annotations

import contextlib
import copy
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from pullback.compiler.rules import rule_for
from pullback.compiler.rules.registry import Rule, call_target
from pullback.compiler.rules.slicing import pullback

from .operands import Const, direction_like, draw, is_inexact, move
from .tape import central, leaves


class RuleFailure(AssertionError):
    """A rule that fails a check; the message starts with the check's name."""


@contextlib.contextmanager
def quiet(rule: Rule) -> Iterator[None]:
    """The floating-point state in which a caller runs this rule."""
    with np.errstate(divide="ignore", invalid="ignore") if rule.singular else contextlib.nullcontext():
        yield


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
