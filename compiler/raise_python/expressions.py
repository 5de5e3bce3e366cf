"""IR values -> gast expressions: operators, calls, indices, literals, and the imports that they need."""

from __future__ import annotations

import builtins
import functools
import math
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import gast
import numpy as np

from ...runtime.errors import UnsupportedError
from .. import primitives as prim
from ..domains.kinds import Array
from ..ir import Atom, Call, Lit, Undefined, Var
from .layout import Layout

MAX_ITEMS = 16


@functools.lru_cache(maxsize=1024)
def name(ident: str, store: bool = False) -> Any:
    """A name; one node stands in many places, so nothing may be written onto it."""
    return gast.Name(ident, gast.Store() if store else gast.Load(), None, None)


def constant(value: Any) -> Any:
    """A literal; negative numbers as -x, inf and nan by their NumPy names (see `Expressions.literal`)."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and (
            value < 0 or (isinstance(value, float) and math.copysign(1.0, value) < 0)):
        return gast.UnaryOp(gast.USub(), gast.Constant(-value, None))
    return gast.Constant(value, None)


def is_numpy_literal(value: Any) -> bool:
    """Is this a NumPy number, or an array short enough to be written down?"""
    if type(value) is np.ndarray:
        return value.size <= MAX_ITEMS and value.dtype.kind in "biufc"
    return isinstance(value, np.generic) and value.dtype.kind in "biufc"


class Imports:
    """The modules and helpers that a text uses, under names that do not collide with the user's."""

    def __init__(self, taken: set[str]) -> None:
        self.taken = set(taken)
        self.modules: dict[str, str] = {}  # module -> alias
        self.helpers: dict[tuple[str, str], str] = {}  # (module, name) -> alias
        self.constants: dict[str, Any] = {}  # name -> object that cannot be written down
        self.routines: dict[Any, str] = {}  # function of the text's own -> its name

    def name_routines(self, routines: Iterable[Any]) -> None:
        """Names for the functions that the text defines before the main one."""
        for routine in routines:
            self.routines[routine] = self._free(routine.name if routine.name.isidentifier() else "routine")

    def _free(self, *wishes: str) -> str:
        for wish in wishes:
            if wish not in self.taken:
                self.taken.add(wish)
                return wish
        number = 2
        while f"{wishes[-1]}{number}" in self.taken:
            number += 1
        self.taken.add(f"{wishes[-1]}{number}")
        return f"{wishes[-1]}{number}"

    def module(self, module: str) -> str:
        if module not in self.modules:
            wishes = {"numpy": ("np", "numpy", "numpy_")}.get(module, (module, f"{module}_"))
            self.modules[module] = self._free(*wishes)
        return self.modules[module]

    def helper(self, module: str, ident: str) -> str:
        key = (module, ident)
        if key not in self.helpers:
            self.helpers[key] = self._free(ident, f"{ident}_")
        return self.helpers[key]

    def constant(self, hint: str, value: Any) -> str:
        for known, held in self.constants.items():
            if held is value:
                return known
        ident = self._free(hint if hint.isidentifier() else "constant")
        self.constants[ident] = value
        return ident

    def statements(self) -> list[Any]:
        """The import statements, modules first."""
        lines: list[Any] = []
        for module, alias in sorted(self.modules.items()):
            plain = alias == module
            lines.append(gast.Import([gast.alias(module, None if plain else alias)]))
        by_module: dict[str, list[Any]] = {}
        for (module, ident), alias in sorted(self.helpers.items()):
            by_module.setdefault(module, []).append(gast.alias(ident, None if alias == ident else alias))
        for module, aliases in by_module.items():
            lines.append(gast.ImportFrom(module, aliases, 0))
        return lines

    def namespace(self) -> dict[str, Any]:
        """The objects that the text cannot import."""
        return dict(self.constants)


class Expressions:
    """Makes the expression of an atom; folded values are written out where they are used."""

    def __init__(self, layout: Layout, names: dict[Var, str], imports: Imports) -> None:
        self.layout = layout
        self.names = names
        self.imports = imports

    def atom(self, value: Atom, in_index: bool = False) -> Any:
        if isinstance(value, Lit):
            return self.literal(value.value)
        call = self.layout.folded.get(value)
        if call is not None:
            return self.call(call, in_index)
        return name(self.names[value])

    def literal(self, value: Any) -> Any:
        if value is None or value is Ellipsis or isinstance(value, (bool, str, bytes)):
            return gast.Constant(value, None)
        if is_numpy_literal(value):
            return self.numpy_literal(value)
        if isinstance(value, float) and not math.isfinite(value):
            base = gast.Attribute(name(self.imports.module("numpy")), "nan" if value != value else "inf", gast.Load())
            return gast.UnaryOp(gast.USub(), base) if value == -math.inf else base
        if type(value) in (int, float):
            return constant(value)
        if type(value) is complex:
            return gast.Call(name("complex"), [self.literal(value.real), self.literal(value.imag)], [])
        if type(value) in (tuple, list):
            make = gast.Tuple if type(value) is tuple else gast.List
            return make([self.literal(v) for v in value], gast.Load())
        if isinstance(value, np.dtype):
            return gast.Attribute(name(self.imports.module("numpy")), _dtype_name(value), gast.Load())
        if isinstance(value, slice):
            return gast.Call(name("slice"), [self.literal(v) for v in (value.start, value.stop, value.step)], [])
        if isinstance(value, type) or callable(value):
            return self.function(prim.qualified_name(value), value)
        return name(self.imports.constant(type(value).__name__.lower(), value))

    def numpy_literal(self, value: Any) -> Any:
        """`np.float32(0.5)`, `np.array([1.0, 2.0])`, `np.zeros((0, 3))`: a number or an array of NumPy's, by value."""
        numpy = name(self.imports.module("numpy"))
        dtype = gast.Attribute(numpy, _dtype_name(value.dtype), gast.Load())
        if isinstance(value, np.generic):
            return gast.Call(dtype, [self.literal(value.item())], [])
        items = self.literal(value.tolist() if value.size else value.shape)
        plain = value.size and np.array(value.tolist()).dtype == value.dtype
        keywords = [] if plain else [gast.keyword("dtype", dtype)]
        return gast.Call(gast.Attribute(numpy, "array" if value.size else "zeros", gast.Load()), [items], keywords)

    def function(self, qualified: str, fn: Any) -> Any:
        """The expression that names a library function or a helper."""
        module, _, ident = qualified.rpartition(".")
        if module == "builtins" and hasattr(builtins, ident):
            return name(ident)
        if module.startswith(("pullback.", "compiler.")) and getattr(sys.modules.get(module), ident, None) is fn:
            return name(self.imports.helper(module, ident))
        if module == "numpy" or module.startswith("numpy."):
            node: Any = name(self.imports.module("numpy"))
            for part in [*module.split(".")[1:], ident]:
                node = gast.Attribute(node, part, gast.Load())
            return node
        if module in ("math", "operator", "cmath"):
            return gast.Attribute(name(self.imports.module(module)), ident, gast.Load())
        if module.startswith("scipy."):
            return name(self.imports.helper(module, ident))
        return name(self.imports.constant(ident, fn))

    # --- calls --------------------------------------------------------------------------------------------------------

    def call(self, call: Call, in_index: bool = False) -> Any:
        """The expression of a call, by the form of its primitive."""
        form = call.prim.form
        maker: Callable[[Call], Any] | None = getattr(self, f"form_{form}", None)
        if form == "slice":
            return self.form_slice(call, in_index)
        if form == "tuple":
            return gast.Tuple([self.atom(a, in_index) for a in call.args], gast.Load())
        if maker is None:
            raise UnsupportedError(f"printing `{call.prim.name}` ({form})", call.loc.location() if call.loc else None)
        return maker(call)

    def form_function(self, call: Call) -> Any:
        if call.prim.rule is np.expand_dims and len(call.args) == 2 and _is_new_axis(call):
            return self._new_axis(call)
        return gast.Call(self.function(call.prim.name, call.prim.fn), [self.atom(a) for a in call.args],
                         self._keywords(call))

    form_manager = form_function

    def _new_axis(self, call: Call) -> Any:
        """x[:, None] for np.expand_dims(x, 1)."""
        axis = call.args[1].value  # type: ignore[union-attr]
        parts: list[Any] = [gast.Slice(None, None, None)] * axis if axis >= 0 else [gast.Constant(Ellipsis, None)]  # type: ignore[operator]
        parts.append(gast.Constant(None, None))
        index = gast.Tuple(parts, gast.Load()) if len(parts) > 1 else parts[0]
        return gast.Subscript(self.atom(call.args[0]), index, gast.Load())

    def form_routine(self, call: Call) -> Any:
        return gast.Call(name(self.imports.routines[call.prim.rule]), [self.atom(a) for a in call.args], [])

    def _keywords(self, call: Call) -> list[Any]:
        return [gast.keyword(k, self.atom(a)) for k, a in call.kwargs]

    def form_method(self, call: Call) -> Any:
        owner = self.atom(call.args[0])
        return gast.Call(gast.Attribute(owner, call.prim.name.split(".", 1)[1], gast.Load()),
                         [self.atom(a) for a in call.args[1:]], self._keywords(call))

    def form_only(self, call: Call) -> Any:
        """The one item of a sequence of one."""
        if call.prim.name.startswith("ndarray."):
            made = self.form_method(call)
        else:  # `fn` reads the item itself; what is printed is the function that the rule is for
            made = gast.Call(self.function(call.prim.name, call.prim.rule), [self.atom(a) for a in call.args],
                             self._keywords(call))
        return gast.Subscript(made, gast.Constant(0, None), gast.Load())

    def form_attribute(self, call: Call) -> Any:
        return gast.Attribute(self.atom(call.args[0]), call.prim.name.split(".", 1)[1], gast.Load())

    def form_getattr(self, call: Call) -> Any:
        attr = call.args[1]
        assert isinstance(attr, Lit)
        assert isinstance(attr.value, str)
        return gast.Attribute(self.atom(call.args[0]), attr.value, gast.Load())

    def form_operator(self, call: Call) -> Any:
        op = getattr(gast, prim.SYMBOLS[call.prim.fn])()
        return gast.BinOp(self.atom(call.args[0]), op, self.atom(call.args[1]))

    def form_unary(self, call: Call) -> Any:
        return gast.UnaryOp(getattr(gast, prim.SYMBOLS[call.prim.fn])(), self.atom(call.args[0]))

    def form_compare(self, call: Call) -> Any:
        op = getattr(gast, prim.SYMBOLS[call.prim.fn])()
        return gast.Compare(self.atom(call.args[0]), [op], [self.atom(call.args[1])])

    def form_in_place(self, call: Call) -> Any:
        """The operation as an expression: where its operand's memory may not be used after all."""
        return self.call(replace(call, prim=prim.primitive_for(call.prim.fn)))

    def form_item(self, call: Call) -> Any:
        return gast.Subscript(self.atom(call.args[0]), self.index(call.args[1]), gast.Load())

    def index(self, atom: Atom) -> Any:
        """What stands between the brackets: slices are written with colons there."""
        return self.atom(atom, in_index=True)

    def form_slice(self, call: Call, in_index: bool = False) -> Any:
        parts = [None if isinstance(a, Lit) and a.value is None else self.atom(a) for a in call.args]
        if in_index:
            return gast.Slice(*parts)
        return gast.Call(name("slice"), [self.atom(a) for a in call.args], [])

    def form_list(self, call: Call) -> Any:
        return gast.List([self.atom(a) for a in call.args], gast.Load())

    def form_list_of(self, call: Call) -> Any:
        return gast.Call(name("list"), [self.atom(call.args[0])], [])

    def form_list_repeat(self, call: Call) -> Any:
        return gast.BinOp(self.atom(call.args[0]), gast.Mult(), self.atom(call.args[1]))

    def form_dict(self, call: Call) -> Any:
        keys = call.args[0]
        assert isinstance(keys, Lit)
        assert isinstance(keys.value, tuple)
        return gast.Dict([self.literal(k) for k in keys.value], [self.atom(a) for a in call.args[1:]])

    def form_build(self, call: Call) -> Any:
        cls = call.args[0]
        assert isinstance(cls, Lit)
        fields = dict(call.kwargs).get("fields")
        args = [self.atom(a) for a in call.args[1:]]
        if isinstance(fields, Lit) and fields.value:
            pairs = zip(fields.value, args, strict=True)  # type: ignore[call-overload]
            return gast.Call(self.literal(cls.value), [], [gast.keyword(k, v) for k, v in pairs])
        return gast.Call(self.literal(cls.value), args, [])

    def form_identity(self, call: Call) -> Any:
        return self.atom(call.args[0])

    def form_tape_new(self, call: Call) -> Any:
        return gast.List([], gast.Load())

    def form_tape_copy(self, call: Call) -> Any:
        return gast.Call(name("list"), [self.atom(call.args[0])], [])

    def form_format(self, call: Call) -> Any:
        return gast.Call(gast.Attribute(gast.Constant("", None), "join", gast.Load()),
                         [gast.List([self.atom(a) for a in call.args], gast.Load())], [])

    def form_format_value(self, call: Call) -> Any:
        args = [self.atom(a) for a in call.args]
        if isinstance(call.args[1], Lit) and call.args[1].value == "":
            args = args[:1]
        return gast.Call(name("format"), args, [])


def _is_new_axis(call: Call) -> bool:
    """Is it a new axis of an array, near its start or at its end?"""
    array, axis = call.args
    return isinstance(array, Var) and isinstance(array.kind, Array) and array.kind.shape not in (None, ()) \
        and isinstance(axis, Lit) and type(axis.value) is int and -1 <= axis.value <= 2 \
        and axis.value <= len(array.kind.shape or ())


def _dtype_name(dtype: np.dtype[Any]) -> str:
    return "bool_" if dtype.kind == "b" else dtype.name


__all__ = ["Expressions", "Imports", "Undefined", "constant", "name"]
