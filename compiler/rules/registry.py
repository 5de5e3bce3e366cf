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
* It must not emit a warning that the primal did not. Where the textbook formula does (sqrt at 0), the rule says
  `singular=True`, and whoever runs it does so under `np.errstate(divide="ignore", invalid="ignore")`.
* An active value given to a parameter that the rule does not return is refused by name, unless the rule lists the
  parameter in `passive=("like",)`: its value does not change the result (or only in jumps), the cotangent is zero.
* Every runtime helper that a rule calls has a rule itself (second derivatives).

Tangents. For elementwise rules they are derived from the same partials. `linear=True` says that the primal is
jointly linear (over the reals) in the returned parameters: the tangent is the primal applied to the tangents.
`bilinear=True` says that it is linear in each of two: t_ans = f(t_x, y) + f(x, t_y). Otherwise the rule has a
*tangent*, an ordinary function again, decorated with `jvp` (modules `tangents_*`) or given as `jvp=`:

    @jvp(np.nansum)
    def nansum_tangent(a, axis=None, dtype=None, *, keepdims=False, ans, t_a):
        t_ans = np.sum(np.where(np.isnan(a), 0, t_a), axis, keepdims=keepdims)
        return t_ans

It has the primal's parameters, keyword-only `ans` and `t_<param>`: zeros where a parameter has no tangent; the default
None where the parameter may be left out. Its body keeps to the grammar of rules. Every rule has a tangent in one of
these ways (a test says so), and the harness compares it with the cotangents (the dot-product test).
"""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field, replace
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
    def singular(self) -> bool:
        """Whether the body may divide by zero or take an invalid value where the primal did not."""
        return bool(self.options.get("singular", False))

    @property
    def passive(self) -> tuple[str, ...]:
        """Parameters that may be active and whose cotangent is zero."""
        return tuple(self.options.get("passive", ()))

    @property
    def linear(self) -> bool:
        """Whether the primal is jointly linear in its differentiable parameters."""
        return bool(self.options.get("linear", False))

    @property
    def bilinear(self) -> bool:
        """Whether the primal is linear in each of its differentiable parameters."""
        return bool(self.options.get("bilinear", False))

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
    def separate(self) -> frozenset[str]:
        """The parameters whose cotangent is made in a statement of its own, `d_x1 = ...`, that only `return` reads."""
        made = [s.targets[0].id for s in self.tree.body if isinstance(s, ast.Assign) and len(s.targets) == 1
                and isinstance(s.targets[0], ast.Name)]
        named = [n.id for n in ast.walk(self.tree) if isinstance(n, ast.Name)]
        return frozenset(p for p in self.differentiable if f"d_{p}" in made and named.count(f"d_{p}") == 2)

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


OPTIONS = {"singular", "passive", "linear", "bilinear"}

#: Libraries whose rules are loaded when the program has imported them, and the modules that hold the rules.
OPTIONAL: dict[str, tuple[str, ...]] = {
    "scipy.special": ("scipy_special", "scipy_special_losses", "scipy_bessel", "scipy_special_more",
                      "scipy_distributions"),
    "scipy.fft": ("scipy_fft",),
    "scipy.interpolate": ("scipy_interpolate",),
    "scipy.linalg": ("scipy_linalg",),
    "scipy.signal": ("scipy_signal",),
}

_RULES: dict[Any, Rule] = {}
_ZERO: dict[Any, str] = {}


def vjp(*targets: Any, elementwise: bool = False, holomorphic: bool = True,
        jvp: Callable[..., Any] | None = None, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register the decorated function as the derivative rule of each of `targets`."""

    def register(body: Callable[..., Any]) -> Callable[..., Any]:
        rule = Rule(targets, body, elementwise, holomorphic, jvp, options)
        unknown = set(options) - OPTIONS
        if unknown:
            raise PullbackError(f"rule {rule.name}: unknown option {sorted(unknown)[0]}")
        for target in dict.fromkeys(targets):
            if target in _RULES or target in _ZERO:
                raise PullbackError(f"two rules for {target!r}")
            _RULES[target] = rule
        return body

    return register


def jvp(*targets: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register the decorated function as the tangent of the rules of `targets`, which have none of their own yet."""

    def register(tangent: Callable[..., Any]) -> Callable[..., Any]:
        for old in dict.fromkeys(_RULES[target] for target in targets):
            if old.jvp is not None:
                raise PullbackError(f"two tangents for {old.name}")
            whole = replace(old, jvp=tangent)
            _RULES.update(dict.fromkeys((t for t in _RULES if _RULES[t] is old), whole))
        return tangent

    return register


def zero_derivative(*targets: Any, real_only: bool = False) -> None:
    """Declare functions whose derivative is zero or does not exist: their results are constants.

    `real_only=True`: that holds for real operands; for complex ones there is a rule (`np.sign`).
    """
    for target in dict.fromkeys(targets):
        if target in _ZERO or (target in _RULES and not real_only):
            raise PullbackError(f"two rules for {target!r}")
        _ZERO[target] = "real" if real_only else "zero"


def rule_for(target: Any) -> Rule | None:
    """The rule of a function or of a method key ("ndarray.sum"); None if there is none."""
    try:
        rule = _RULES.get(target)
        if rule is None and target not in _ZERO and load_optional():
            rule = _RULES.get(target)
        return rule
    except TypeError:  # unhashable target
        return None


def load_optional() -> bool:
    """Load the rules of each optional library that the program has imported; whether there were any to load.

    A function of SciPy can only be met after its module was imported, so no rule comes too late, and pullback itself
    never imports SciPy.
    """
    due = [name for name in OPTIONAL if name in sys.modules]
    for name in due:
        for module in OPTIONAL.pop(name):
            importlib.import_module("." + module, __package__)
    return bool(due)


def has_zero_derivative(target: Any, real: bool = False) -> bool:
    """Whether the results of `target` are constants. `real=True`: all operands are known to be real."""
    try:
        if OPTIONAL and target not in _ZERO and target not in _RULES:
            load_optional()
        return _ZERO.get(target) in (("zero", "real") if real else ("zero",))
    except TypeError:  # unhashable target
        return False


def all_rules() -> list[Rule]:
    """Every rule once, in the order of registration."""
    return list(dict.fromkeys(_RULES.values()))


def call_target(target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Apply what a rule is registered for: a function, or "ndarray.name" (method, attribute) of the first argument."""
    if not isinstance(target, str):
        return target(*args, **kwargs)
    attribute = getattr(args[0], target.removeprefix("ndarray."))
    return attribute(*args[1:], **kwargs) if callable(attribute) else attribute
