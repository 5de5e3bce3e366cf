"""Library functions that have no loops here: the compiled code calls Python for them, in the open.

    @njit
    def call_sort(x1):
        with objmode(y1='float64[:, ::1]'):
            y1 = np.array(np.sort(x1, axis=1), np.float64, order='C')
        return y1

A call costs a few microseconds on top of the function's own time; what stands around it stays machine code. Only pure
functions of libraries are called so, and only where the kinds of their results are known.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..domains.kinds import Array, Kind, Scalar, TupleOf
from ..ir import Call, Lit
from .affine import Affine
from .values import ArrayValue, Code, Constant, Number, SliceValue, TupleValue, dtype_text, literal

METHODS = ("method", "attribute")
# Helpers that look at memory or at containers, and functions whose answer depends on the layout in memory.
NOT_CALLED = ("pullback.runtime.checks.", "pullback.runtime.lists.", "pullback.runtime.stores.",
              "pullback.runtime.stop.", "pullback.runtime.tapes.", "pullback.runtime.checkpoints.",
              "pullback.runtime.memory.", "numpy.isfortran", "ndarray.flags", "ndarray.strides", "ndarray.base")
BUILTINS = (divmod,)  # of Python's own functions: what the others say depends on more than a number's value


def path_of(call: Call) -> tuple[str, str] | None:
    """The module of a library function and the text that names it; None where it has no name that finds it again."""
    fn = call.prim.rule if call.prim.form == "only" else call.prim.fn
    owner = getattr(fn, "__self__", None)
    if isinstance(owner, np.ufunc):
        return "numpy", f"np.{owner.__name__}.{fn.__name__}"  # type: ignore[union-attr]
    module, _, name = call.prim.name.rpartition(".")
    if not module or module.split(".")[0] not in ("numpy", "scipy", "pullback", "math", "operator", "builtins"):
        return None
    if module == "builtins":
        return (module, name) if fn in BUILTINS else None
    try:
        found = getattr(importlib.import_module(module), name, None)
    except ImportError:
        return None
    if found is not fn:
        return None
    return module, f"np{module[5:]}.{name}" if module.split(".")[0] == "numpy" else f"{module}.{name}"


def can_call(call: Call) -> bool:
    """Is it a pure function of a library, whose results are numbers and arrays of known kinds?"""
    if not call.prim.pure or call.prim.fn is None or not call.outs or call.prim.name.startswith(NOT_CALLED):
        return False
    if any(k == "order" and isinstance(a, Lit) and a.value in ("K", "A") for k, a in call.kwargs) or _compares(call):
        return False
    if call.prim.form in METHODS:
        return call.prim.name.startswith("ndarray.") and all(map(_is_known, _kinds(call)))
    return call.prim.form in ("function", "only") and path_of(call) is not None and all(map(_is_known, _kinds(call)))


def _compares(call: Call) -> bool:
    """Does the reverse look for the result among sums that it computes again? They must be the same to the last bit."""
    if call.prim.name not in ("numpy.linalg.norm", "numpy.linalg.matrix_norm", "numpy.linalg.vector_norm"):
        return False
    given = [*call.args[1:2], *(a for k, a in call.kwargs if k == "ord")]
    return any(isinstance(a, Lit) and a.value in (1, -1, np.inf, -np.inf) for a in given)


def is_series(call: Call) -> bool:
    """A special function that is computed from a series: it is called as it is, not read."""
    return call.prim.name.startswith("pullback.runtime.special.") and can_call(call)


def _kinds(call: Call) -> list[Kind]:
    return [o.kind for o in call.outs]


def _is_known(kind: Kind) -> bool:
    if isinstance(kind, TupleOf):
        return all(map(_is_known, kind.items))
    if isinstance(kind, Scalar):
        return kind.dtype is not None and kind.dtype.kind in "biufc"
    return isinstance(kind, Array) and kind.dtype is not None and kind.shape is not None and kind.dtype.kind in "biufc"


def call_python(leg: Any, call: Call, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """The value of the call, computed by Python: a function of its own in the text, called from the loops."""
    made = _Function(leg, call)
    texts = [made.text(a) for a in args]
    texts_by_name = {k: made.text(a) for k, a in kwargs.items()}
    if call.prim.form == "attribute":
        called = f"{texts[0]}.{call.prim.name.removeprefix('ndarray.')}"
    else:
        if call.prim.form == "method":
            head, *texts = texts
            name = f"{head}.{call.prim.name.removeprefix('ndarray.')}"
        else:
            found = path_of(call)
            assert found is not None
            if found[0].split(".")[0] not in ("numpy", "builtins", "math"):
                leg.imports[found[0]] = None
            name = found[1]
        called = f"{name}({', '.join([*texts, *(f'{k}={v}' for k, v in texts_by_name.items())])})"
    if call.prim.form == "only":
        called = f"{called}[0]"
    return made.value(called)


class _Function:
    """A function around one call: what it is given, its text, and the values of what it returns."""

    def __init__(self, leg: Any, call: Call) -> None:
        self.leg, self.call = leg, call
        self.given: list[str] = []  # arrays and numbers of the caller's, one for each parameter
        self.types: dict[str, str] = {}
        self.lines: list[str] = []

    # --- arguments ----------------------------------------------------------------------------------------------------

    def parameter(self, text: str) -> str:
        if text not in self.given:
            self.given.append(text)
        return f"x{self.given.index(text) + 1}"

    def text(self, value: Any) -> str:
        """An argument as the function writes it."""
        leg = self.leg
        if isinstance(value, ArrayValue):
            if not value.rank:
                return self.number(Number(value.element(()), value.dtype, False))
            return self.parameter(str(leg.whole(value).buffer))
        if isinstance(value, Number):
            return self.number(value)
        if isinstance(value, TupleValue):
            inner = ", ".join(map(self.text, value.items))
            if value.type is list:
                return f"[{inner}]"
            return f"({inner},)" if value.items else "()"
        if isinstance(value, SliceValue):
            ends = ["None" if e is None else self.text(e) for e in (value.start, value.stop)]
            return f"slice({', '.join(ends)}, {value.step})"
        if isinstance(value, Constant):
            return self.constant(value.value)
        return str(leg.refuse("an argument that is neither a number nor an array"))

    def number(self, value: Number) -> str:
        text = literal(value.const) if value.const is not None else self.parameter(value.code.text)
        return text if value.python else f"{dtype_text(value.dtype)}({text})"

    def constant(self, value: Any) -> str:
        if value is None or isinstance(value, (str, bool)):
            return repr(value)
        if value is Ellipsis:
            return "..."
        if isinstance(value, np.dtype):
            return dtype_text(value)
        if isinstance(value, type) and issubclass(value, np.generic):
            return f"np.{value.__name__}"
        if isinstance(value, type) and value in (float, int, bool, complex):
            return value.__name__
        return str(self.leg.refuse(f"{value!r} as an argument"))

    # --- results ------------------------------------------------------------------------------------------------------

    def value(self, called: str) -> Any:
        """The function stands in the module, and is called: the value of the call."""
        leg, outs = self.leg, self.call.outs
        kind = outs[0].kind if len(outs) == 1 else TupleOf(tuple(o.kind for o in outs))
        self.results(kind, "found")
        names = ", ".join(self.types)
        parameters = ", ".join(f"x{k + 1}" for k in range(len(self.given)))
        header = f"with objmode({', '.join(f'{k}={v!r}' for k, v in self.types.items())}):"
        body = [f"found = {called}", *self.lines]
        if len(self.lines) == 1 and self.lines[0].count("found") == 1:
            body = [self.lines[0].replace("found", called)]
        text = "\n".join([f"    {header}", *(f"        {line}" for line in body), f"    return {names}"])
        function = leg.python_function(self.call.prim.name.rpartition(".")[2], parameters, text)
        locals_ = [leg.fresh(o.name or "t") for o in outs] if len(outs) == len(self.types) else [
            leg.fresh("t") for _ in self.types]
        if len(outs) == 1 and isinstance(kind, Array) and kind.shape:
            locals_ = [leg.result_name()]
        leg.line(f"{', '.join(locals_)} = {function}({', '.join(self.given)})")
        return self.taken(kind, iter(locals_))

    def results(self, kind: Kind, text: str) -> None:
        """The lines that take the parts of the result, and their declared types."""
        if isinstance(kind, TupleOf):
            for n, item in enumerate(kind.items):
                self.results(item, f"{text}[{n}]")
            return
        dtype: Any = kind.dtype  # type: ignore[attr-defined]
        shape = kind.shape if isinstance(kind, Array) else ()
        assert shape is not None
        name = f"y{len(self.types) + 1}"
        declared = "boolean" if dtype.kind == "b" else dtype.name
        if shape:
            self.lines.append(f"{name} = np.array({self.checked(text, dtype)}, {dtype_text(dtype)}, order='C')")
            self.types[name] = f"{declared}[{', '.join([*[':'] * (len(shape) - 1), '::1'])}]"
        else:
            convert = {"b": "bool", "i": "int", "u": "int", "c": "complex"}.get(dtype.kind, "float")
            self.lines.append(f"{name} = {convert}({self.checked(text, dtype)})")
            self.types[name] = declared

    def checked(self, text: str, dtype: Any) -> str:
        """The result; where its type was found by trying, the run makes sure of it."""
        if not any(o in self.leg.settled for o in self.call.outs):
            return text
        self.leg.imports["pullback.runtime.checks"] = None
        return f"pullback.runtime.checks.check_dtype({text}, {dtype_text(dtype)}, {self.call.prim.name!r})"

    def taken(self, kind: Kind, names: Iterator[str]) -> Any:
        """The value of a result whose parts stand in these locals."""
        leg = self.leg
        if isinstance(kind, TupleOf):
            return TupleValue(tuple(self.taken(k, names) for k in kind.items))
        name, dtype = next(names), kind.dtype  # type: ignore[attr-defined]
        if isinstance(kind, Array) and kind.shape:
            return leg.buffer(name, leg.lengths_now(name, len(kind.shape)), dtype, True)
        integer = dtype.kind in "iu"
        if integer:
            leg.known[-1].add(name)
        python = isinstance(kind, Scalar) and kind.python
        return Number(Code(name), dtype, python, Affine.of(name) if integer else None)


__all__ = ["call_python", "can_call", "is_series"]
