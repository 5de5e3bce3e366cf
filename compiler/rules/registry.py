"""What a derivative rule is, and the table of all rules.

A rule is an ordinary, runnable function with the primal's own parameter names, decorated with `vjp`:

    @vjp(np.multiply, operator.mul, elementwise=True)
    def multiply(x1, x2, *, ans, d_ans):
        d_x1 = d_ans * np.conj(x2)
        d_x2 = d_ans * np.conj(x1)
        return d_x1, d_x2

The contract of a rule body (the compiler reads it, the eager engine and the tests call it):

* The `return` names `d_<param>` for every differentiable parameter (one name, or a tuple of names, in the
  order of the parameters). A parameter that is not returned is a constant. For a variadic `*args` the rule
  returns `d_args`, a tuple of cotangents (None where there is none).
* A primal parameter that the rule does not list is refused by name (`where=`, `out=`, `dtype=`), never ignored.
* Plain assignments, `if/elif/else`, conditional expressions, calls of NumPy and of `runtime` helpers. No loops,
  no stores in place, no writes to arguments. Names are local variables, module-level modules (`np`, `operator`)
  or module-level imported helpers.
* An `if` test is decided from kinds, never from values: `axis is None`, `np.ndim(a) == 1`, `keepdims`,
  `isinstance(axis, tuple)`. When the compiler cannot decide a test (the rank is not known), it takes the
  *else* branch: so the last `else` must be right for every case, the branches above are only shorter text.
* Mathematics only: for `elementwise=True` rules the compiler (and the table's caller) sums the cotangent to the
  operand's shape; everywhere they cast it to the primal's dtype and drop the imaginary part for real primals.
  So an elementwise rule never un-broadcasts, and no rule casts.
* It must not emit a warning that the primal did not.
* Every runtime helper that a rule calls has a rule itself (second derivatives).

`jvp=` gives the tangent of a rule that is not elementwise: a function with the primal's parameters, keyword-only
`ans` and `t_<param>` (None where a parameter has no tangent is never passed: a zero array is), which returns
`t_ans`. For elementwise rules the tangent is derived from the same partials.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ...runtime.errors import PullbackError


@dataclass(frozen=True, eq=False)
class Rule:
    """One derivative rule. `targets` are functions, or strings such as "ndarray.sum" for methods."""

    targets: tuple[Any, ...]
    body: Callable[..., Any]
    elementwise: bool = False
    holomorphic: bool = True
    jvp: Callable[..., Any] | None = None
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.body.__name__.rstrip("_")

    @cached_property
    def signature(self) -> inspect.Signature:
        """The primal's part of the signature (without `ans` and `d_ans`)."""
        full = inspect.signature(self.body)
        kept = [p for p in full.parameters.values() if p.name not in ("ans", "d_ans")]
        return full.replace(parameters=kept)

    @cached_property
    def tree(self) -> ast.FunctionDef:
        """The rule's source as a standard-library tree."""
        module = ast.parse(textwrap.dedent(inspect.getsource(self.body)))
        node = module.body[0]
        assert isinstance(node, ast.FunctionDef), f"rule {self.name} is not a plain function"
        return node

    @cached_property
    def differentiable(self) -> tuple[str, ...]:
        """The parameters that have a cotangent, read from the rule's last `return`."""
        returns = [n for n in ast.walk(self.tree) if isinstance(n, ast.Return)]
        if len(returns) != 1 or returns[0] is not self.tree.body[-1]:
            raise PullbackError(f"rule {self.name} must end in its one return")
        value = returns[0].value
        elements = value.elts if isinstance(value, ast.Tuple) else [value]
        names = []
        for element in elements:
            if not (isinstance(element, ast.Name) and element.id.startswith("d_")):
                raise PullbackError(f"rule {self.name} must return names d_<param>")
            names.append(element.id[2:])
        unknown = [n for n in names if n not in self.signature.parameters]
        if unknown:
            raise PullbackError(f"rule {self.name} returns d_{unknown[0]}, which is no parameter of it")
        return tuple(names)


_RULES: dict[Any, Rule] = {}
_ZERO: dict[Any, str] = {}


def vjp(*targets: Any, elementwise: bool = False, holomorphic: bool = True,
        jvp: Callable[..., Any] | None = None, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register the decorated function as the derivative rule of each of `targets`."""

    def register(body: Callable[..., Any]) -> Callable[..., Any]:
        rule = Rule(targets, body, elementwise, holomorphic, jvp, options)
        for target in targets:
            if target in _RULES or target in _ZERO:
                raise PullbackError(f"two rules for {target!r}")
            _RULES[target] = rule
        return body

    return register


def zero_derivative(*targets: Any) -> None:
    """Declare functions whose derivative is zero or does not exist: their results are constants."""
    for target in targets:
        if target in _RULES or target in _ZERO:
            raise PullbackError(f"two rules for {target!r}")
        _ZERO[target] = "zero"


def rule_for(target: Any) -> Rule | None:
    """The rule of a function or of a method key ("ndarray.sum"); None if there is none."""
    try:
        return _RULES.get(target)
    except TypeError:  # unhashable target
        return None


def has_zero_derivative(target: Any) -> bool:
    try:
        return target in _ZERO
    except TypeError:
        return False


def all_rules() -> list[Rule]:
    """Every rule once, in the order of registration."""
    return list(dict.fromkeys(_RULES.values()))
