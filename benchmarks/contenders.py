"""How each library computes value and gradients of a problem, as its own users would call it."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .problem import Function, Problem, as_arrays, with_module_for_np


@dataclass(frozen=True)
class Contender:
    """`call(*arguments)` is what is timed; its result, read by `read`, is value and gradients as arrays.

    first_call : seconds of the first call, compilation included
    """

    name: str
    call: Function
    arguments: tuple[Any, ...]
    read: Callable[[Any], list[np.ndarray]]
    first_call: float


def contender(name: str, call: Function, arguments: tuple[Any, ...],
              read: Callable[[Any], list[np.ndarray]] = as_arrays) -> Contender:
    """Run `call` once, to compile what it compiles, and keep how long that took."""
    start = time.perf_counter()
    call(*arguments)
    return Contender(name, call, arguments, read, time.perf_counter() - start)


def pullback_contender(problem: Problem) -> Contender:
    import pullback

    return contender("pullback", pullback.value_and_grad(problem.loss, wrt=problem.wrt), problem.arguments)


def torch_contender(problem: Problem) -> Contender:
    import torch

    torch.set_num_threads(1)
    arguments = tuple(torch.tensor(a, requires_grad=i in problem.positions) for i, a in enumerate(problem.arguments))
    parameters = tuple(arguments[i] for i in problem.positions)
    loss = problem.torch(torch)

    def value_and_grad(*values: Any) -> tuple[Any, Any]:
        value = loss(*values)
        return value, torch.autograd.grad(value, parameters)

    def read(result: tuple[Any, Any]) -> list[np.ndarray]:
        return as_arrays((result[0].detach(), result[1]))

    return contender("PyTorch", value_and_grad, arguments, read)


def jax_contender(problem: Problem) -> Contender:
    import jax

    loss = problem.jax(jax) if problem.jax else with_module_for_np(problem.loss, jax.numpy)
    compiled = jax.jit(jax.value_and_grad(loss, argnums=problem.positions))

    def value_and_grad(*values: Any) -> Any:
        return jax.block_until_ready(compiled(*values))

    return contender("JAX jit", value_and_grad, tuple(jax.numpy.asarray(a) for a in problem.arguments))


def autograd_contender(problem: Problem) -> Contender:
    import autograd
    import autograd.numpy

    loss = with_module_for_np(problem.loss, autograd.numpy)
    return contender("autograd", autograd.value_and_grad(loss, problem.positions), problem.arguments)


# By the name in the table: the package that must be there, and the maker.
PEERS: dict[str, tuple[str, Callable[[Problem], Contender]]] = {
    "PyTorch": ("torch", torch_contender),
    "JAX jit": ("jax", jax_contender),
    "autograd": ("autograd", autograd_contender),
}


def installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None


def check(one: Contender, expected: list[np.ndarray]) -> None:
    """Raise AssertionError if value or gradients are not the hand-written ones, to rounding."""
    found = one.read(one.call(*one.arguments))
    assert len(found) == len(expected), f"{one.name}: {len(found) - 1} gradients, expected {len(expected) - 1}"
    for mine, theirs in zip(found, expected, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-8, atol=1e-11, err_msg=one.name)


def check_by_differences(problem: Problem, expected: list[np.ndarray], step: float = 1e-6) -> None:
    """Raise AssertionError if the hand-written gradient is not the loss's, along one random direction."""
    rng = np.random.default_rng(0)
    directions = [rng.standard_normal(np.shape(problem.arguments[i])) for i in problem.positions]

    def value(distance: float) -> float:
        moved = list(problem.arguments)
        for position, direction in zip(problem.positions, directions, strict=True):
            moved[position] = moved[position] + distance * direction
        return float(problem.loss(*moved))

    slope = (value(step) - value(-step)) / (2 * step)
    exact = sum(float(np.sum(g * d)) for g, d in zip(expected[1:], directions, strict=True))
    np.testing.assert_allclose(slope, exact, rtol=1e-6, atol=1e-8, err_msg=f"hand-written gradient of {problem.name}")
    np.testing.assert_allclose(expected[0], value(0.0), rtol=1e-12)
