"""How each library computes value and gradients of a program, as its own users would call it."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from .problem import Function, Program, as_arrays, with_module_for_np
from .torch_numpy import torch_numpy

NUMPY, NUMBA, HAND = "pullback", "pullback numba", "by hand, compiled"
JAX, JAX_LOOPS = "JAX jit", "JAX fori_loop"
DACE = "DaCe"
PRIMAL, PRIMAL_NUMBA = "primal", "primal numba"
NUMPYS = (np.ndarray, np.generic)


class Absent(Exception):
    """The contender is not installed, or not there yet."""


@dataclass(frozen=True)
class Contender:
    """`call(*arguments)` is what is timed; its result, read by `read`, is value and gradients as arrays.

    first_call : seconds of the first call, compilation included
    value_only : a primal: its result is the value
    """

    name: str
    call: Function
    arguments: tuple[Any, ...]
    read: Callable[[Any], list[np.ndarray]]
    first_call: float
    value_only: bool = False


def contender(name: str, call: Function, arguments: tuple[Any, ...],
              read: Callable[[Any], list[np.ndarray]] = as_arrays, value_only: bool = False) -> Contender:
    """Run `call` once, to compile what it compiles, and keep how long that took."""
    start = time.perf_counter()
    call(*arguments)
    return Contender(name, call, arguments, read, time.perf_counter() - start, value_only)


def need(package: str) -> None:
    if not installed(package):
        raise Absent(f"{package} is not installed")


def installed(package: str) -> bool:
    return importlib.util.find_spec(package) is not None


def pullback_contender(program: Program) -> Contender:
    import pullback

    call = pullback.value_and_grad(program.loss, wrt=program.wrt)
    return contender(NUMPY, call, program.arguments)


def numba_contender(program: Program) -> Contender:
    import pullback

    need("numba")
    try:
        call = pullback.value_and_grad(program.loss, wrt=program.wrt, backend="numba")
    except pullback.ArgumentError:  # before there is anything to compile: the back end itself is missing
        raise Absent("this pullback has no such back end") from None
    return contender(NUMBA, call, program.arguments)


def torch_contender(program: Program) -> Contender:
    need("torch")
    import torch

    torch.set_num_threads(1)
    arguments = tuple(torch.tensor(a, requires_grad=i in program.positions) if isinstance(a, NUMPYS) else a
                      for i, a in enumerate(program.arguments))
    parameters = tuple(arguments[i] for i in program.positions)
    loss = program.torch(torch) if program.torch else with_module_for_np(program.loss, torch_numpy(torch))

    def value_and_grad(*values: Any) -> tuple[Any, Any]:
        value = loss(*values)
        return value, torch.autograd.grad(value, parameters)

    def read(result: tuple[Any, Any]) -> list[np.ndarray]:
        return as_arrays((result[0].detach(), result[1]))

    return contender("PyTorch", value_and_grad, arguments, read)


def jax_contender(program: Program) -> Contender:
    """JAX as somebody writes it who knows it: whole rows, `scan` along recurrences."""
    need("jax")
    import jax

    return _jitted(JAX, program, program.jax(jax) if program.jax else with_module_for_np(program.loss, jax.numpy))


def jax_loops_contender(program: Program) -> Contender:
    """JAX with the loops of the NumPy text, statement by statement."""
    need("jax")
    import jax

    if program.jax_loops is None:
        raise Absent("no loop to transcribe")
    return _jitted(JAX_LOOPS, program, program.jax_loops(jax))


def _jitted(name: str, program: Program, loss: Function) -> Contender:
    import jax

    jax.config.update("jax_enable_x64", True)
    static = tuple(i for i, a in enumerate(program.arguments) if type(a) is int)
    compiled = jax.jit(jax.value_and_grad(loss, argnums=program.positions), static_argnums=static)

    def value_and_grad(*values: Any) -> Any:
        return jax.block_until_ready(compiled(*values))

    arguments = tuple(jax.numpy.asarray(a) if isinstance(a, NUMPYS) else a for a in program.arguments)
    return contender(name, value_and_grad, arguments)


def autograd_contender(program: Program) -> Contender:
    need("autograd")
    import autograd
    import autograd.numpy

    loss = with_module_for_np(program.loss, autograd.numpy)
    return contender("autograd", autograd.value_and_grad(loss, program.positions), program.arguments)


def dace_contender(program: Program) -> Contender:
    """DaCe, whose reverse mode came with its version 2."""
    need("dace")
    if not installed("dace.autodiff"):
        raise Absent("this DaCe has no reverse mode (2.0 has)")
    from .dace_gradient import value_and_grad

    return contender(DACE, value_and_grad(program), program.arguments)


def hand_contender(program: Program) -> Contender:
    if program.hand is None:
        raise Absent("none is written")
    need("numba")
    import numba

    return contender(HAND, program.hand(numba), program.arguments)


def primal_contender(program: Program) -> Contender:
    return contender(PRIMAL, program.loss, program.arguments, as_value, True)


def primal_numba_contender(program: Program) -> Contender:
    """The primal, and the helpers of its own module, compiled by Numba."""
    need("numba")
    import numba

    return contender(PRIMAL_NUMBA, compiled_with_helpers(numba, program.loss), program.arguments, as_value, True)


def compiled_with_helpers(numba: Any, loss: Function) -> Function:
    from types import FunctionType

    own = loss.__globals__
    namespace = dict(own)
    for name, value in own.items():
        if isinstance(value, FunctionType) and value.__globals__ is own:
            copy = FunctionType(value.__code__, namespace, name, value.__defaults__, value.__closure__)
            namespace[name] = numba.njit(copy)
    compiled: Function = namespace[loss.__name__]
    return compiled


def as_value(result: Any) -> list[np.ndarray]:
    return [np.asarray(result)]


Maker = Callable[[Program], Contender]
# In the order of the tables.
MAKERS: dict[str, Maker] = {
    NUMPY: pullback_contender, NUMBA: numba_contender, HAND: hand_contender, JAX: jax_contender,
    JAX_LOOPS: jax_loops_contender,
    "PyTorch": torch_contender, "autograd": autograd_contender, DACE: dace_contender, PRIMAL: primal_contender,
    PRIMAL_NUMBA: primal_numba_contender,
}
PEERS = (JAX, "PyTorch", "autograd")
PRIMALS = (PRIMAL, PRIMAL_NUMBA)


def check(one: Contender, expected: list[np.ndarray]) -> None:
    """Raise AssertionError if value or gradients are not the expected ones, to rounding.

    A gradient may differ by 1e-8 of its largest element: its small elements are sums that cancel.
    """
    found = one.read(one.call(*one.arguments))
    if one.value_only:
        expected = expected[:1]
    assert len(found) == len(expected), f"{one.name}: {len(found) - 1} gradients, expected {len(expected) - 1}"
    for mine, theirs in zip(found, expected, strict=True):
        largest = float(np.max(np.abs(theirs), initial=0.0))
        np.testing.assert_allclose(mine, theirs, rtol=1e-8, atol=max(1e-11, 1e-8 * largest), err_msg=one.name)


def check_by_differences(program: Program, expected: list[np.ndarray], step: float = 1e-6) -> None:
    """Raise AssertionError if the expected gradient is not the loss's, along one random direction."""
    rng = np.random.default_rng(0)
    directions = [rng.standard_normal(np.shape(program.arguments[i])) for i in program.positions]

    def value(distance: float) -> float:
        moved = list(program.arguments)
        for position, direction in zip(program.positions, directions, strict=True):
            moved[position] = moved[position] + distance * direction
        return float(program.loss(*moved))

    slope = (value(step) - value(-step)) / (2 * step)
    exact = sum(float(np.sum(g * d)) for g, d in zip(expected[1:], directions, strict=True))
    np.testing.assert_allclose(slope, exact, rtol=1e-6, atol=1e-8, err_msg=f"hand-written gradient of {program.name}")
    np.testing.assert_allclose(expected[0], value(0.0), rtol=1e-12)
