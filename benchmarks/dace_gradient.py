"""DaCe's reverse mode: the NumPy text as it stands is parsed into a dataflow graph, which gets a backward pass."""

from __future__ import annotations

import os
import tempfile
from typing import Any

import numpy as np

from .problem import Function, Program

RESULT = "__return"  # DaCe's name of what the program returns


def value_and_grad(program: Program) -> Function:
    """`f(*arguments) -> (value, gradients)`, compiled by DaCe for these arguments.

    DaCe adds to the gradients that it is given, so they are cleared before each call; and where it drops the copy that
    the text makes of an argument, and writes into the argument, that argument is copied before each call.
    """
    import dace
    from dace.autodiff import add_backward_pass

    dace.Config.set("default_build_folder", value=os.path.join(tempfile.mkdtemp(prefix="dace-"), "build"))
    graph = dace.program(program.loss).to_sdfg(*program.arguments)
    add_backward_pass(sdfg=graph, inputs=list(program.wrt), outputs=[RESULT])
    compiled = graph.compile()
    code = program.loss.__code__
    names = code.co_varnames[: code.co_argcount]
    gradients = tuple(np.zeros_like(program.arguments[i]) for i in program.positions)
    given: dict[str, Any] = {f"gradient_{name}": g for name, g in zip(program.wrt, gradients, strict=True)}
    given[f"gradient_{RESULT}"] = seed = np.ones(1)
    used = set(graph.arglist())
    written = _written(compiled, names, program.arguments, given, used)

    def call(*arguments: Any) -> tuple[Any, tuple[np.ndarray, ...]]:
        for gradient in gradients:
            gradient.fill(0.0)
        seed.fill(1.0)
        values = {name: np.copy(a) if name in written else a for name, a in zip(names, arguments, strict=True)
                  if name in used}
        value = compiled(**values, **given)
        return value[0], gradients

    return call


def _written(compiled: Any, names: tuple[str, ...], arguments: tuple[Any, ...], given: dict[str, Any], used: set[str]
             ) -> set[str]:
    """The arguments that a call changes."""
    trial = {name: np.copy(a) if isinstance(a, np.ndarray) else a for name, a in zip(names, arguments, strict=True)
             if name in used}
    compiled(**trial, **given)
    return {name for name, a in zip(names, arguments, strict=True)
            if isinstance(a, np.ndarray) and name in used and not np.array_equal(a, trial[name])}
