"""Values from outside the function: globals, cells, attributes. Numbers and arrays are read at each call."""

from __future__ import annotations

import functools
import inspect
import types
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...runtime.dispatch import TensorCore
from ..domains import kinds
from ..domains.kinds import Array
from ..ir import Function, Lit, Var
from ..library import definition_of_call
from .draws import GENERATORS
from .state import Scope, State
from .values import Buffer, Guard, Object, Ref

if TYPE_CHECKING:
    from .lowerer import Lowerer


@dataclass(eq=False)
class Captured:
    """A value from outside that is read at each call: where it is found, and the variable that holds it."""

    source: tuple[Any, ...]
    var: Var
    name: str


class Captures:
    """Mixin of `Lowerer`."""

    def capture(self: Lowerer, source: tuple[Any, ...], value: Any, name: str) -> Any:
        """A value from outside the function as an abstract value: a variable for numbers, else the object itself."""
        if isinstance(value, TensorCore):
            return self._captured_leaf(source, value._array, name)
        if isinstance(value, (int, float, complex, np.ndarray, np.generic)) and not isinstance(value, bool):
            return self._captured_leaf(source, value, name)
        if isinstance(value, (list, dict, tuple)) and not _is_constant(value):
            self.guards.setdefault(source, Guard(source, type(value), "type"))
            return self.follow_object(Object(value, source, Lit(value)))
        if value is None or isinstance(value, (bool, str, bytes, tuple, type(Ellipsis), np.dtype)):
            self.guards.setdefault(source, Guard(source, value, "equal"))
            return Lit(value)
        if isinstance(value, GENERATORS) or definition_of_call(type(value)) is not None:
            self.guards.setdefault(source, Guard(source, type(value), "type"))
            return Object(value, source, self._captured_leaf(source, value, name))
        if isinstance(value, type(np)) or (callable(value) and not is_callable_object(value)):
            self.guards.setdefault(source, Guard(source, value, "is"))
            return Lit(value)
        self.guards.setdefault(source, Guard(source, value, "is"))
        return self.follow_object(Object(value, source, Lit(value)))

    def _captured_leaf(self: Lowerer, source: tuple[Any, ...], value: Any, name: str) -> Any:
        if self.written_out and source not in self.captured and kinds.lengths_of(value) != ():
            lengths = kinds.lengths_of(value)
            self.guards.setdefault((source, "lengths"), Guard(source, lengths, "lengths"))
            if type(value) is int:
                return Lit(value)
        found = self.captured.get(source)
        if found is None:
            kind = kinds.exact_kind(value) if self.written_out else kinds.kind_of(value)
            found = self.captured[source] = Captured(source, Var(name, kind), name)
            if isinstance(found.var.kind, Array):
                self.captured_buffers[source] = Buffer(origin=found.var)
        if isinstance(found.var.kind, Array):
            buffer = self.captured_buffers[source]
            self.state.store.setdefault(buffer, found.var)
            return Ref(buffer)
        return found.var

    def adopt(self: Lowerer, function: Function) -> None:
        """Read the captured values of a lowered function where its own code (a custom adjoint) reads them again."""
        for captured in function.notes.get("captured", ()):
            self.captured[captured.source] = captured
            if isinstance(captured.var.kind, Array):
                self.captured_buffers[captured.source] = Buffer()

    def hidden_scope(self: Lowerer) -> Scope:
        """A scope for values that the compiler carries along with the user's names."""
        return Scope(self.origin, None, frozenset())

    def know_captured(self: Lowerer, *states: State) -> None:
        """Note in each state what the captured arrays hold: one is first read on some path, but is there on all."""
        for source, buffer in self.captured_buffers.items():
            for state in states:
                state.store.setdefault(buffer, self.captured[source].var)

    @property
    def captured_buffers(self: Lowerer) -> dict[Any, Buffer]:
        if not hasattr(self, "_captured_buffers"):
            self._captured_buffers: dict[Any, Buffer] = {}
        return self._captured_buffers


def is_callable_object(value: Any) -> bool:
    """Is this an object of the user's whose class has a `__call__` in Python, or a partial function?"""
    if isinstance(value, (type, types.FunctionType)) or type(value).__module__.split(".")[0] == "pullback":
        return False
    return isinstance(value, functools.partial) or isinstance(
        inspect.getattr_static(type(value), "__call__", None), types.FunctionType)


def _is_constant(value: Any) -> bool:
    if isinstance(value, tuple):
        return type(value) is tuple and all(_is_constant(v) for v in value)
    return value is None or isinstance(value, (bool, str, bytes, int))
