"""What each operator costs over the primal, and what a checkpointed loop saves; missing operators are left out."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..measure import median, timer
from ..problem import Function
from ..rounds import Plan, in_rounds, ratio
from .growth import looped, looped_checkpointed, peak, seconds


def polynomial(x: Any) -> Any:
    return np.sum(x**3 - 2.0 * x**2 + x)


def rosenbrock(x: Any) -> Any:
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def log_sum(x: Any) -> Any:
    top = np.max(x)
    return top + np.log(np.sum(np.exp(x - top)))


def energy(x: Any) -> Any:
    apart = x[:, None] - x
    return np.sum(np.sqrt(apart**2 + 0.01))


def relaxed(x: Any) -> Any:
    for _ in range(20):
        x = x + 0.1 * np.sin(x)
    return np.sum(x * x)


PROGRAMS = (polynomial, rosenbrock, log_sum, energy, relaxed)


def calls(pullback: Any, program: Function, x: np.ndarray) -> dict[str, Callable[[], Any]]:
    """One call of each operator that this pullback has, by name."""
    v = np.linspace(1.0, 2.0, x.size)
    found: dict[str, Callable[[], Any]] = {"primal": lambda: program(x)}
    makers: dict[str, Callable[[Any], Callable[[], Any]]] = {
        "grad": lambda operator: _bound(operator(program), x),
        "value_and_grad": lambda operator: _bound(operator(program), x),
        "vjp": lambda operator: lambda: operator(program, x)[1](1.0),
        "jvp": lambda operator: lambda: operator(program, (x,), (v,)),
        "hvp": lambda operator: functools.partial(operator(program), x, v),
        "jacobian": lambda operator: _bound(operator(program), x),
        "hessian": lambda operator: _bound(operator(program), x),
    }
    for name, maker in makers.items():
        operator = getattr(pullback, name, None)
        if operator is not None:
            found[name] = maker(operator)
    return found


def _bound(call: Function, x: np.ndarray) -> Callable[[], Any]:
    return lambda: call(x)


def costs(plan: Plan) -> tuple[dict[str, dict[str, float]], dict[str, str]]:
    """For each program the operators' time over the primal's; and what cannot be run, with the reason."""
    import pullback

    found: dict[str, dict[str, float]] = {}
    missing: dict[str, str] = {}
    for program in PROGRAMS:
        ready = {}
        for name, call in calls(pullback, program, np.linspace(-1.0, 1.0, 100)).items():
            try:
                call()
            except Exception as error:  # an operator of another form, or a refusal: the table says which
                missing[f"{name} of {program.__name__}"] = f"{type(error).__name__}: {error}".splitlines()[0]
            else:
                ready[name] = timer(call, (), plan.clock)
        samples = in_rounds(ready, plan)
        found[program.__name__] = {"primal seconds": median(samples["primal"])} | {
            name: ratio(times, samples["primal"]).median for name, times in samples.items() if name != "primal"}
    return found, missing


def checkpointing(steps: int = 2000) -> dict[str, Any]:
    """Peak bytes of the gradient of a long loop, as it is and by `snapshots` kept states."""
    import pullback

    x, w = np.linspace(-1.0, 1.0, 1000), np.full(1000, 0.7)
    snapshots = round(steps ** 0.5)
    plain, checkpointed = pullback.grad(looped, wrt="x"), pullback.grad(looped_checkpointed, wrt="x")
    return {"steps": steps, "plain": peak(plain, (steps, x, w)), "snapshots": snapshots,
            "checkpointed": peak(checkpointed, (steps, snapshots, x, w)),
            "slower": seconds(checkpointed, (steps, snapshots, x, w), 3) / seconds(plain, (steps, x, w), 3)}
