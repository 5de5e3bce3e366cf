"""Which functions have derivatives: a table that makes itself, for `pullback rules` and `docs/coverage.md`.

Every public callable of a module is looked up among the rules. What has none is tried as a program (functions that
store into an argument or call a function of the user's), or is listed by name as not differentiable; the rest is
*missing*.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import inspect
import linecache
import math
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ._version import __version__
from .compiler.domains.scipy_names import home_of_solver
from .compiler.library import definition_of
from .compiler.library.distributions import standard_of
from .compiler.rules import has_zero_derivative, rule_for
from .compiler.rules.registry import Rule
from .compiler.rules.slicing import pushforward
from .coverage_lists import NAMED, NOT_DIFFERENTIABLE, PROGRAMS

DEFINED = "the compiler reads what it does"
COMPLETE = ("numpy", "numpy.linalg", "numpy.fft", "ndarray", "math", "scipy.special")


@dataclass(frozen=True)
class Row:
    """What is known of one callable.

    status : "rule", "program" (no rule, but the compiler differentiates it), "zero", "none" (not differentiable),
             "missing"
    by     : the parameters that it is differentiated by
    """

    module: str
    name: str
    status: str
    by: tuple[str, ...] = ()
    jvp: bool = False
    second: bool = False
    note: str = ""

    @property
    def full_name(self) -> str:
        return f"{self.module}.{self.name}"


def rows(wanted: str = "") -> list[Row]:
    """The table, of the callables in whose name `wanted` is found."""
    found = [(module, name, target) for module, name, target in _callables() if wanted in f"{module}.{name}"]
    return [_row(module, name, target) for module, name, target in found]


def _callables() -> Iterator[tuple[str, str, Any]]:
    for module in (*COMPLETE, *NAMED):
        if module == "ndarray":
            yield from ((module, name, f"ndarray.{name}") for name in dir(np.ndarray) if not name.startswith("_"))
            continue
        try:
            owner = importlib.import_module(module)
        except ImportError:
            continue  # SciPy is an extra
        for name in NAMED.get(module) or sorted(n for n in dir(owner) if not n.startswith("_")):
            value = _member(owner, name)
            if callable(value) and (not isinstance(value, type) or rule_for(value) is not None
                                    or name in PROGRAMS.get(module, {}) or module in NAMED):
                yield module, name, value


def _member(owner: Any, name: str) -> Any:
    """owner.a.b of "a.b"; None where there is none."""
    for part in name.split("."):
        owner = getattr(owner, part, None)
    return owner


def _row(module: str, name: str, target: Any) -> Row:
    rule = rule_for(target)
    if rule is not None:
        return Row(module, name, "rule", rule.differentiable, pushforward(rule) is not None, is_closed(rule))
    if has_zero_derivative(target, real=True):
        return Row(module, name, "zero")
    definition = definition_of(target)
    standard = standard_of(target) if definition is None and module == "scipy.stats" else None
    if standard is not None or home_of_solver(target) is not None:
        return Row(module, name, "program", (), True, True, DEFINED)
    if definition is not None and name not in PROGRAMS.get(module, {}):
        by = tuple(inspect.signature(definition).parameters)
        return Row(module, name, "program", by, True, True, DEFINED)
    program = PROGRAMS.get(module, {}).get(name)
    if program is not None:
        fault = _tried(name, program)
        return Row(module, name, "missing", note=fault) if fault else Row(
            module, name, "program", ("x",), True, True, DEFINED)
    for reason, names in NOT_DIFFERENTIABLE.get(module, {}).items():
        if name in names.split():
            return Row(module, name, "none", note=reason)
    return Row(module, name, "missing")


def is_closed(rule: Rule) -> bool:
    """Has everything that the rule's body calls a rule itself? Then the derivative can be differentiated again."""
    known = {**vars(builtins), **rule.body.__globals__}
    for node in (n for stmt in rule.tree.body for n in ast.walk(stmt)):
        if isinstance(node, ast.Call):
            target = _resolved(node.func, known)
            if target is not None and rule_for(target) is None and not has_zero_derivative(target, real=True) \
                    and getattr(target, "__module__", "") != "builtins":
                return False
    return True


def _resolved(node: ast.expr, known: dict[str, Any]) -> Any:
    """The function that an expression names; None for a method of a value."""
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = _resolved(node.value, known)
        return None if owner is None else getattr(owner, node.attr, None)
    return None


def _tried(name: str, body: str) -> str:
    """Why the gradient of a program is wrong or refused; an empty text where it is right."""
    from .compiler.api import grad
    from .runtime.errors import PullbackError

    text = "def program(x):\n" + "".join(f"    {line}\n" for line in body.split("; "))
    filename = f"<coverage of {name}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    namespace: dict[str, Any] = {"np": np, "math": math}
    exec(compile(text, filename, "exec"), namespace)
    function = namespace["program"]
    x = np.array([0.7, 1.9, 1.3])
    h = 1e-6
    differences = [float(function(x + h * e) - function(x - h * e)) / (2 * h) for e in np.eye(3)]
    try:
        gradient = grad(function)(x)
    except PullbackError as error:
        return str(error).splitlines()[0].split(": ", 1)[-1]
    except Exception as error:
        return f"{type(error).__name__}: {error}".splitlines()[0]
    return "" if np.allclose(gradient, differences, rtol=1e-5, atol=1e-7) else "the gradient is wrong"


# --- texts ------------------------------------------------------------------------------------------------------------

MARKS = {"rule": "", "program": "", "zero": "zero derivative", "none": "not differentiable", "missing": "**missing**"}


def share(found: Iterable[Row]) -> tuple[int, int]:
    """How many callables have vjp and jvp, of those for which a derivative makes sense."""
    sensible = [row for row in found if row.status in ("rule", "program", "missing")]
    return sum(row.jvp for row in sensible), len(sensible)


def plain(found: list[Row]) -> str:
    """The table for a terminal."""
    if not found:
        return "no public callable of the listed modules has this in its name\n"
    width = max(len(row.full_name) for row in found)
    lines = []
    for row in found:
        if row.by:
            text = f"vjp {'jvp' if row.jvp else '   '} {'2nd' if row.second else '   '}  by {', '.join(row.by)}"
        else:
            text = MARKS[row.status].strip("*")
        lines.append(f"{row.full_name:{width}}  {text}{f'  ({row.note})' if row.note else ''}".rstrip())
    have, of = share(found)
    tail = f"\n{have} of {of} with vjp and jvp\n" if of else "\n"
    return "\n".join(lines) + "\n" + tail


def page() -> str:
    """The text of docs/coverage.md."""
    found = rows()
    modules = list(dict.fromkeys(row.module for row in found))
    lines = [
        "# Coverage",
        "",
        "Made by `pullback rules --markdown` (`make coverage`); a test says when it is out of date.",
        f"For pullback {__version__}{versions()}.",
        "",
        "| module | vjp and jvp | of these | zero derivative | not differentiable | missing |",
        "|---|---|---|---|---|---|",
    ]
    for module in modules:
        own = [row for row in found if row.module == module]
        have, of = share(own)
        counts = [sum(row.status == status for row in own) for status in ("zero", "none", "missing")]
        lines.append(f"| {module} | {have} | {of} | " + " | ".join(map(str, counts)) + " |")
    for module in modules:
        lines += ["", f"## {module}", ""]
        lines += _section([row for row in found if row.module == module])
    return "\n".join(lines) + "\n"


def _section(own: list[Row]) -> list[str]:
    lines = ["| function | by | vjp | jvp | second order |", "|---|---|---|---|---|"]
    for row in own:
        if row.by:
            by = DEFINED if row.status == "program" else ", ".join(row.by)
            lines.append(f"| `{row.name}` | {by} | yes | {_yes(row.jvp)} | {_yes(row.second)} |")
    for status, head in (("zero", "Zero derivative"), ("none", "Not differentiable"), ("missing", "Missing")):
        names = [f"`{row.name}`" + (f" ({row.note})" if row.note and status == "missing" else "")
                 for row in own if row.status == status]
        if names:
            lines += ["", f"{head}: {', '.join(names)}."]
    return lines


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def versions() -> str:
    """Of which NumPy and SciPy the table is."""
    scipy = sys.modules.get("scipy")
    return f", NumPy {np.__version__}" + (f", SciPy {scipy.__version__}" if scipy else "")
