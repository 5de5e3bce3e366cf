"""The check "inlined equals called": each case as a program whose gradient pullback compiles.

The program calls the case's function on its operands and sums the results, weighted by the case's d_ans. Its gradient
must be what the rule, called directly, gives.
"""

from __future__ import annotations

import inspect
import linecache
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import pullback as pb

from .cases import Case, RuleFailure
from .operands import direction_like, is_inexact
from .tape import leaves

MODULES = {"np": np, "np.linalg": np.linalg, "np.fft": np.fft, "math": math,
           "np.lib.stride_tricks": np.lib.stride_tricks}


@dataclass
class Program:
    """The text of a case's program, its parameters and what it captures."""

    parameters: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)
    captured: dict[str, Any] = field(default_factory=lambda: {"np": np, "math": math})

    def operand(self, value: Any, active: bool) -> str:
        """How the program writes an operand: a parameter, a captured array, or the literal itself."""
        if active:
            self.parameters.append(f"x{len(self.values)}")
            self.values.append(value)
            return self.parameters[-1]
        if isinstance(value, int | float | str | slice | None.__class__) and not isinstance(value, np.generic):
            return repr(value).replace("inf", "np.inf") if not isinstance(value, str) else repr(value)
        if isinstance(value, tuple | list) and all(type(leaf) is int for leaf in leaves(value)):
            return repr(value)
        name = f"c{len(self.captured)}"
        self.captured[name] = value
        return name


def written(target: Any) -> str | None:
    """How a program calls `target`; None for a runtime helper, which no program calls."""
    if isinstance(target, str):
        return target
    name = getattr(target, "__name__", "")
    for owner, module in _modules().items():
        if getattr(module, name, None) is target:
            return f"{owner}.{name}"
    if isinstance(getattr(target, "__self__", None), np.ufunc):
        return f"np.{target.__self__.__name__}.{name}"
    return name if name in ("abs", "float", "divmod", "getitem") else None


def _modules() -> dict[str, Any]:
    try:
        from scipy import linalg, ndimage, signal, special
    except ImportError:
        return MODULES
    return {**MODULES, "special": special, "linalg": linalg, "signal": signal, "ndimage": ndimage}


def program_of(c: Case) -> tuple[Program, str] | None:
    """The case as a program, and its text; None if no program can call the target."""
    called = written(c.target)
    if called is None:
        return None
    program = Program()
    program.captured.update({k: v for k, v in _modules().items() if "." not in k})
    parameters = list(c.rule.signature.parameters.values())
    args = []
    for place, value in enumerate(c.args):
        variadic = next((p for p in parameters[:place + 1] if p.kind is inspect.Parameter.VAR_POSITIONAL), None)
        args.append(program.operand(value, (variadic or parameters[place]).name in c.active))
    named = [f"{key}={program.operand(value, key in c.active)}" for key, value in c.kwargs.items()]
    if called == "getitem":
        call = f"{args[0]}[{args[1]}]"
    elif called.startswith("ndarray."):
        name = called.removeprefix("ndarray.")
        tail = f"({', '.join([*args[1:], *named])})" if callable(getattr(np.ndarray, name)) else ""
        call = f"{args[0]}.{name}{tail}"
    else:
        call = f"{called}({', '.join([*args, *named])})"
    return program, f"def f({', '.join(program.parameters)}):\n    y = {call}\n    return {_loss(c, program)}\n"


def _loss(c: Case, program: Program) -> str:
    results = [("y", c.ans, c.d_ans)]
    if isinstance(c.ans, tuple | list):
        pairs = zip(c.ans, c.d_ans, strict=True)
        results = [(f"y[{k}]", part, d) for k, (part, d) in enumerate(pairs) if is_inexact(part)]
    terms = []
    for text, part, d in results:
        weight = program.operand(np.conj(d), active=False)
        product = f"{weight} * {text}"
        terms.append(f"np.sum(np.real({product}))" if np.iscomplexobj(part) else f"np.sum({product})")
    return " + ".join(terms)


def gradients_of(c: Case) -> tuple[Program, Any]:
    """The case's program and its gradients by all its parameters."""
    made = program_of(c)
    assert made is not None, c.label
    program, text = made
    filename = f"<case {c.label} {id(c)}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    exec(compile(text, filename, "exec"), program.captured)
    return program, pb.grad(program.captured["f"], wrt=tuple(program.parameters))(*program.values)


def compiled_equals_called(c: Case) -> None:
    """The gradient of the case's program is what the rule gives when it is called."""
    program, gradients = gradients_of(c)
    called = {name: c.cotangent(name) for name in c.active}
    expected = [
        d for name, cotangent in called.items()
        for leaf, d in zip(leaves(c.bound.arguments[name]), leaves(cotangent), strict=True) if is_inexact(leaf)
    ]
    order = {id(value): number for number, value in enumerate(program.values)}
    by_parameter = [gradients[order[id(value)]] for name in c.active for value in _given(c, name)]
    got = [d for part in by_parameter for d in leaves(part) if d is not None]
    for mine, theirs in zip(got, expected, strict=True):
        if np.shape(mine) != np.shape(theirs) or not np.allclose(mine, theirs, rtol=1e-9, atol=1e-9, equal_nan=True):
            raise RuleFailure(f"compiled_equals_called: {c.label}: compiled {mine}, "
                              f"called {theirs}")


def _given(c: Case, name: str) -> list[Any]:
    """The values that were given to a parameter: several to a variadic one."""
    value = c.bound.arguments[name]
    variadic = c.rule.signature.parameters[name].kind is inspect.Parameter.VAR_POSITIONAL
    return list(value) if variadic else [value]


def pushed_equals_pulled(c: Case) -> None:
    """The tangent of the case's program along a direction is the dot product of the direction with its gradient."""
    made = program_of(c)
    if made is None:
        return
    program, text = made
    filename = f"<case {c.label} {id(c)}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    exec(compile(text, filename, "exec"), program.captured)
    function = program.captured["f"]
    rng = c.rng()
    directions = [_direction(value, rng) for value in program.values]
    _, tangent = pb.jvp(function, tuple(program.values), tuple(directions))
    gradients = pb.grad(function, wrt=tuple(program.parameters))(*program.values)
    expected = sum(_dot(g, t) for g, t in zip(gradients, directions, strict=True))
    scale = 1.0 + sum(_dot(g, g) ** 0.5 for g in gradients)
    coarse = any(np.result_type(a) in ("f4", "c8") for a in leaves(c.ans) if is_inexact(a))
    if not np.allclose(tangent, expected, rtol=1e-7, atol=(1e-6 if coarse else 1e-8) * scale, equal_nan=True):
        raise RuleFailure(f"pushed_equals_pulled: {c.label}: {text.splitlines()[1].strip()}: pushed {tangent}, "
                          f"pulled {expected}")


def _direction(value: Any, rng: np.random.Generator) -> Any:
    if isinstance(value, list | tuple):
        return type(value)(_direction(v, rng) for v in value)
    return direction_like(value, rng) if is_inexact(value) else None


def _dot(a: Any, b: Any) -> Any:
    if isinstance(a, list | tuple):
        return sum(_dot(m, n) for m, n in zip(a, b, strict=True))
    return 0.0 if a is None or b is None else np.sum(np.real(np.conj(a) * b))
