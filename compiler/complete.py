"""Complete texts: a generated function with what it needs from outside, so that it can be saved, imported and run.

Captured numbers and small arrays become defaults of their keyword parameters; functions and classes of the user's are
imported; what can be neither is named in a comment. The function that is called has no such defaults: it is always
given the values of the moment.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

import numpy as np

from .ir import Function
from .pipeline import Compiled
from .raise_python import Program, raise_function
from .raise_python.expressions import is_numpy_literal

Read = Callable[[tuple[Any, ...]], Any]


@dataclass(frozen=True)
class Complete:
    """A text that runs on its own, but for what `missing` names: (name, what it is)."""

    text: str
    line_map: dict[int, Any]
    program: Program
    missing: tuple[tuple[str, str], ...]
    imports: tuple[str, ...]  # of the user's own modules


def complete(compiled: Compiled, read: Read) -> Complete:
    """The complete text of a variant; `read` gives the present value of a captured one, from its source."""
    program = compiled.program
    if compiled.backend != "numpy":
        return Complete(program.text, program.line_map, program, (), ())
    missing: list[Any] = []
    captured = {c.name: c.source for c in compiled.lowered.captured}
    if captured:
        program, missing = _with_defaults(compiled.adjoint, captured, read)
    imports = []
    for name, value in sorted(program.namespace.items()):
        line = _import_of(name, value)
        if line is None:
            missing.append((name, _describe(value)))
        else:
            imports.append(line)
    comments = [f"# {name} is {what}, which is not written here." for name, what in missing]
    text, line_map = _insert(program, imports, comments)
    return Complete(text, line_map, program, tuple(missing), tuple(imports))


def _with_defaults(function: Function, captured: dict[str, tuple[Any, ...]],
                   read: Read) -> tuple[Program, list[tuple[str, str]]]:
    params, missing = [], []
    for param in function.params:
        source = captured.get(param.name) if param.style == "captured" else None
        if source is not None:
            try:
                value = read(source)
            except (AttributeError, KeyError, IndexError, TypeError, ValueError):
                missing.append((param.name, "read from an argument or a name that is not bound"))
                params.append(param)
                continue
            if is_writable(value):
                param = replace(param, default=value, has_default=True)
            else:
                missing.append((param.name, _describe(value)))
        params.append(param)
    return raise_function(replace(function, params=tuple(params))), missing


def is_writable(value: Any) -> bool:
    """Can the value be written down in a signature?"""
    return type(value) in (int, float, complex) or is_numpy_literal(value)


def _describe(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype} and shape {value.shape}"
    name = getattr(value, "__qualname__", None)
    kind = "a class" if isinstance(value, type) else f"a {type(value).__name__}"
    return f"`{name}`, {kind}" if name else kind


def _import_of(name: str, value: Any) -> str | None:
    """The line that imports an object of the user's; None if it is not found under its own name."""
    if isinstance(value, ModuleType):
        return f"import {value.__name__} as {name}"
    module, own = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    if module in (None, "__main__") or own is None or getattr(sys.modules.get(module), own, None) is not value:
        return None
    return f"from {module} import {own}" + ("" if own == name else f" as {name}")


def _insert(program: Program, imports: list[str], comments: list[str]) -> tuple[str, dict[int, Any]]:
    """Put import lines after the imports of a text, and comments right above its function."""
    if not imports and not comments:
        return program.text, program.line_map
    lines = program.text.splitlines()
    start = next(k for k, line in enumerate(lines) if line.startswith("def "))
    head = [*(line for line in lines[:start] if line), *imports]
    new = [*head, *(["", ""] if head else []), *comments]
    text = "\n".join([*new, *lines[start:]]) + "\n"
    return text, {number + len(new) - start: place for number, place in program.line_map.items()}
