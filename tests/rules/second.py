"""Second derivatives through the compiler: each case as a program, by every order of modes.

The program sums w (y + y**2 / 2) of the case's result y, so that the derivative of a linear function moves, too. Its
Hessian times a vector, forward over reverse, must agree with central differences of the gradient; reverse over forward
and reverse over reverse must agree with forward over reverse.
"""

from __future__ import annotations

import linecache
from typing import Any

import numpy as np

import pullback as pb

from .cases import Case, RuleFailure
from .checks import STEPS
from .compiled import Program, _direction, program_of
from .operands import close, inner, is_inexact, move, norm
from .tape import leaves

ORDERS = ("forward_over_reverse", "reverse_over_forward", "reverse_over_reverse")


def squared(program: Program, text: str, c: Case) -> str:
    """The case's program with a loss that is not linear in the results."""
    head, call, _ = text.rstrip("\n").split("\n")
    parts = [("y", c.ans)] if not isinstance(c.ans, tuple | list) else \
        [(f"y[{k}]", part) for k, part in enumerate(c.ans) if is_inexact(part)]
    given = [c.d_ans] if not isinstance(c.ans, tuple | list) else \
        [d for part, d in zip(c.ans, c.d_ans, strict=True) if is_inexact(part)]
    terms = []
    for (name, part), d in zip(parts, given, strict=True):
        weight = program.operand(np.conj(d), active=False)
        term = f"{weight} * ({name} + 0.5 * {name} * {name})"
        terms.append(f"np.sum(np.real({term}))" if np.iscomplexobj(part) else f"np.sum({term})")
    return f"{head}\n{call}\n    return {' + '.join(terms)}\n"


def operators_of(names: list[str], values: list[Any], directions: list[Any]) -> str:
    """The derivative along the directions, and the gradient's product with them, as programs of the same arguments."""
    moved = [f"v{k}" for k in range(len(names))]
    arguments = ", ".join([*names, *moved])
    terms = [term for k, v in enumerate(directions) for term in _products(f"g[{k}]", f"v{k}", v)]
    return (f"def pushed({arguments}):\n"
            f"    return pb.jvp(f, ({', '.join(names)},), ({', '.join(moved)},))[1]\n"
            f"def pulled({arguments}):\n"
            f"    g = pb.grad(f, wrt={tuple(names)!r})({', '.join(names)})\n"
            f"    return {' + '.join(terms)}\n")


def _products(gradient: str, name: str, direction: Any) -> list[str]:
    if isinstance(direction, list | tuple):
        return [term for k, v in enumerate(direction) for term in _products(f"{gradient}[{k}]", f"{name}[{k}]", v)]
    if direction is None:
        return []
    product = f"np.sum({gradient} * np.conj({name}))" if np.iscomplexobj(direction) else f"np.sum({gradient} * {name})"
    return [f"np.real({product})" if np.iscomplexobj(direction) else product]


def loaded(c: Case) -> tuple[Program, list[Any]]:
    """The program, its functions `f`, `pushed` and `pulled` defined, and a direction for each argument."""
    made = program_of(c)
    assert made is not None, c.label
    program, text = made
    rng = c.rng()
    directions = [_direction(value, rng) for value in program.values]
    text = squared(program, text, c) + operators_of(program.parameters, program.values, directions)
    filename = f"<second order of {c.label} {id(c)}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    program.captured["pb"] = pb
    exec(compile(text, filename, "exec"), program.captured)
    return program, directions


def second_orders_agree(c: Case, orders: tuple[str, ...] = ORDERS) -> None:
    """Every order of modes gives the Hessian of the case's program times a direction."""
    program, directions = loaded(c)
    names, values = tuple(program.parameters), program.values
    f = program.captured["f"]
    gradient = pb.grad(f, wrt=names)
    answers = {}
    if "forward_over_reverse" in orders:
        answers["forward_over_reverse"] = pb.hvp(f, wrt=names)(*values, tuple(directions))
    for order, inner_name in (("reverse_over_forward", "pushed"), ("reverse_over_reverse", "pulled")):
        if order in orders:
            answers[order] = pb.grad(program.captured[inner_name], wrt=names)(*values, *directions)
    scale = 1.0 + norm(_kept(gradient(*values))) * norm(_kept(directions))
    probe = [_direction(value, np.random.default_rng(c.seed + 3)) for value in values]
    for order, answer in answers.items():
        mine = inner(_kept(answer), _kept(probe))
        for h in STEPS:
            up, down = (gradient(*(_moved(x, v, s) for x, v in zip(values, directions, strict=True)))
                        for s in (h, -h))
            theirs = inner(_kept(probe), [(a - b) / (2 * h) for a, b in zip(_kept(up), _kept(down), strict=True)])
            if not close(mine, theirs, scale + norm(_kept(answer)) * norm(_kept(probe)), 10 * c.tolerance):
                raise RuleFailure(f"{order}: {c.label}: {_call_of(c)} gives {mine:.12g}, differences of the gradient "
                                  f"with step {h:g} give {theirs:.12g}")


def _call_of(c: Case) -> str:
    made = program_of(c)
    return made[1].splitlines()[1].strip() if made else c.label


def _kept(values: Any) -> list[Any]:
    """The arrays and numbers in a structure of gradients or directions; an int has none."""
    return [v for v in leaves(list(values)) if v is not None]


def _moved(value: Any, direction: Any, step: float) -> Any:
    if isinstance(value, list | tuple):
        return type(value)(_moved(x, v, step) for x, v in zip(value, direction, strict=True))
    return value if direction is None else move(value, direction, step)
