"""From an adjoint to a compiled function: the containers around it in Python, the numbers in loops.

Leaves of containers are read, and results are put together, by a printed Python function; what lies between is one
function of numbers and arrays, which Numba compiles.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ...runtime import checks
from ...runtime.errors import UnsupportedError
from .. import emit
from .. import primitives as prim
from ..domains.kinds import Array, Scalar
from ..ir import Atom, Call, Function, Lit, Param, Primitive, Stmt, Var, free_vars
from ..raise_python import Program, raise_function
from . import cache
from .failures import Explainer
from .helpers import text_of
from .legaliser import Legaliser
from .lengths import STRETCHED
from .parallel import OPTIONS, Parallel
from .text import render

AROUND = (prim.TUPLE, prim.LIST, prim.DICT, prim.BUILD)


@dataclass(eq=False)
class Parts:
    """A function taken apart: what reads leaves, the core, what puts results together."""

    before: list[Stmt]
    core: Function
    after: list[Stmt]
    results: tuple[Atom, ...]


def take_apart(function: Function) -> Parts:
    body = list(function.body)
    before = [s for s in body if _reads_leaf(s)]
    rest = [s for s in body if not _reads_leaf(s)]
    after: list[Stmt] = []
    while rest and isinstance(rest[-1], Call) and rest[-1].prim in AROUND:
        after.insert(0, rest.pop())
    wanted = list(free_vars(tuple(after), function.results))
    inner = set(free_vars(tuple(rest), tuple(wanted)))
    given = [p for p in function.params if p.var in inner]
    leaves = [v for s in before if isinstance(s, Call) for v in s.outs if v in inner]
    names: dict[str, int] = {}
    params = [Param(p.var, p.name) for p in given]
    for leaf in leaves:
        params.append(Param(leaf, leaf.name or "saved_"))
    unique = []
    for param in params:
        names[param.name] = names.get(param.name, 0) + 1
        count = names[param.name]
        unique.append(param if count == 1 else replace(param, name=f"{param.name}_{count}"))
    made = [v for v in wanted if v not in {p.var for p in function.params} and v not in leaves]
    core = Function(f"{function.name}_loops", tuple(unique), tuple(rest), tuple(made), False, function.origin)
    return Parts(before, core, after, function.results)


def _reads_leaf(stmt: Stmt) -> bool:
    return isinstance(stmt, Call) and (stmt.prim in (prim.FIELD, prim.GETATTR, prim.UNPACK)
                                       or stmt.prim.fn in (checks.check_no_overlap, checks.check_lengths))


def compile_function(function: Function, parallel: bool = False) -> tuple[Callable[..., Any], Program]:
    """The compiled function and its text.

    parallel : loops that are proven independent run on several threads
    """
    parts = take_apart(function)
    text, places = core_text(parts.core, False, parallel)
    compiled = cache.compiled(text, parts.core.name)
    runner = Runner(parts.core, compiled, text, parallel)
    outer = around(function, parts, runner)
    program = raise_function(outer)
    loaded = emit.load(program.text, function.name, program.namespace, function.origin, program.line_map)
    runner.namespace = loaded
    explainer = Explainer(function, program)
    explainer.knows(cache.file_of(compiled), text, places)
    loaded["__pullback_explain__"] = explainer
    shown = f"{text.rstrip()}\n\n\n{program.text}"
    offset = shown[: len(shown) - len(program.text)].count("\n")
    return loaded[function.name], Program(
        program.name, shown, program.namespace, {k + offset: v for k, v in program.line_map.items()}, program.params,
        function, program.notes)


def core_text(core: Function, general: bool = False, parallel: bool = False) -> tuple[str, dict[int, Any]]:
    """The module text of the loops, and which primal line each of its lines belongs to."""
    legaliser = legalised(core, general)
    names = [legaliser.names.of[p.var] for p in core.params]
    threads = Parallel(legaliser.items, names)
    if parallel:
        threads.run()
    modules = sorted(["import numpy as np", "from numba import njit", *(f"import {m}" for m in legaliser.imports)],
                     key=lambda line: line.split()[1])
    header = ["import math", "", *modules, *(["from numba import objmode"] if legaliser.called else []),
              *(["from numba import prange"] if threads.found else []), ""]
    helpers = text_of(list(legaliser.helpers))
    if helpers:
        header += ["", *helpers.rstrip().split("\n"), ""]
    for text, name in legaliser.called.items():
        header += ["", "@njit(error_model='numpy')", *f"def {name}{text}".rstrip().split("\n"), ""]
    for made in legaliser.sums.texts:
        header += ["", *made.rstrip().split("\n"), ""]
    options = f", parallel={OPTIONS}" if threads.found else ""
    header += ["", f"@njit(cache=True, error_model='numpy'{options})", f"def {core.name}({', '.join(names)}):"]
    lines = render(legaliser.items, 1)
    text = "\n".join([*header, *(line for line, _ in lines)]) + "\n"
    places = {number: where.location() for number, (_, where) in enumerate(lines, len(header) + 1) if where is not None}
    return text, places


def legalised(core: Function, general: bool) -> Legaliser:
    """The core as loops. Helpers of the runtime are read; where what they do has no loops, they are called."""
    try:
        legaliser = Legaliser(core, general)
        legaliser.run()
    except UnsupportedError:
        legaliser = Legaliser(core, general, read_helpers=False)
        legaliser.run()
    return legaliser


class Runner:
    """Calls the compiled loops; compiles them again where an axis of length 1 meets a longer one."""

    def __init__(self, core: Function, compiled: Callable[..., Any], text: str, parallel: bool = False) -> None:
        self.core = core
        self.parallel = parallel
        self.compiled = compiled
        self.general: Callable[..., Any] | None = None
        self.quick = STRETCHED in text
        self.namespace: dict[str, Any] = {}  # of the Python function around, which calls this by its name
        self.__name__ = core.name

    def __call__(self, *args: Any) -> Any:
        try:
            result = self.compiled(*args)
        except BufferError as error:
            if str(error) != STRETCHED:
                raise
        else:
            if isinstance(self.compiled, cache.Timed):  # compiled now: from here on there is nothing to tell
                self.compiled = self.compiled.function
                if not self.quick and self.__name__ in self.namespace:
                    self.namespace[self.__name__] = self.compiled
            return result
        if self.general is None:
            text, _ = core_text(self.core, True, self.parallel)
            self.general = cache.compiled(text, self.core.name)
        return self.general(*args)


def around(function: Function, parts: Parts, runner: Runner) -> Function:
    """The Python function around the loops."""
    statements: list[Stmt] = list(parts.before)
    arguments: list[Atom] = []
    for param in parts.core.params:
        var = param.var
        if isinstance(var.kind, Array) and var.kind.shape == ():
            number = Var(var.name, Scalar(var.kind.dtype))
            statements.append(Call((number,), prim.primitive_for(_getitem), (var, Lit(()))))
            var = number
        arguments.append(var)
    results = [a for a in parts.core.results if isinstance(a, Var)]
    raw = [Var(v.name, v.kind) for v in results]
    call = Primitive(f"compiled.{parts.core.name}", runner, "function", None, False, "fresh")
    if len(raw) == 1:
        packed = Var("", prim_tuple(raw))
        statements.append(Call((packed,), call, tuple(arguments)))
        statements.append(Call((raw[0],), prim.primitive_for(_getitem), (packed, Lit(0))))
    elif raw:
        statements.append(Call(tuple(raw), call, tuple(arguments)))
    for source, out in zip(raw, results, strict=True):
        statements.append(Call((out,), *_converted(source, out)))
    return replace(function, body=(*statements, *parts.after), notes=function.notes)


def prim_tuple(items: list[Var]) -> Any:
    from ..domains.kinds import TupleOf

    return TupleOf(tuple(v.kind for v in items))


def _converted(source: Var, out: Var) -> tuple[Primitive, tuple[Atom, ...]]:
    """A result as the primal's type: NumPy's number, or an array without axes."""
    kind = out.kind
    if isinstance(kind, Scalar) and not kind.python and kind.dtype is not None:
        return prim.primitive_for(kind.dtype.type), (source,)
    if isinstance(kind, Array) and kind.shape == ():
        return prim.primitive_for(np.asarray), (source, Lit(kind.dtype))
    return prim.UNPACK, (source,)


_getitem = __import__("operator").getitem
