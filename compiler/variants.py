"""Variants: which compiled code serves a call, and the generated `__call__` that finds it in well under a microsecond.

The last variant used is checked inline (types, dtypes, exact shapes, guards), then the table of variants by key, then
a new one is compiled. Globals, closure cells and attributes are read at each call, never baked in.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..runtime.dispatch import TensorCore
from .arguments import Spec, describe, key_of
from .domains.kinds import lengths_of
from .lower.functions import Lowered
from .lower.values import Guard

MISS = object()


class Source:
    """Reads a captured value or a guarded one: a global, a cell, an attribute, an item."""

    @staticmethod
    def read(source: tuple[Any, ...], arguments: dict[str, Any]) -> Any:
        root = source[0]
        if isinstance(root, tuple) and root and root[0] == "module":
            return getattr(root[1], source[1])
        if isinstance(root, tuple):
            owner = Source.read(root, arguments)
            step = source[1]
            return owner[step[1]] if isinstance(step, tuple) else getattr(owner, step)
        if root == "global":
            return source[1].__globals__.get(source[2], MISS)
        if root == "closure":
            fn = source[1]
            return fn.__closure__[fn.__code__.co_freevars.index(source[2])].cell_contents
        if root == "param":
            return arguments[source[1]]
        if root == "known":
            return source[1]
        if root == "default":
            return inspect.signature(source[1], follow_wrapped=False).parameters[source[2]].default
        raise AssertionError(source)


@dataclass(eq=False)
class Variant:
    """One compiled form: what it needs of its surroundings, and what runs."""

    compiled: Any
    lowered: Lowered
    constants: tuple[tuple[str, tuple[Any, ...], Any], ...] = ()  # captured leaves: parameter, source, key
    guards: tuple[Guard, ...] = ()
    key: Any = None
    fast: Any = None  # the generated call and the shapes it compares with

    def holds(self, arguments: dict[str, Any]) -> bool:
        """Do the guards still hold, and are the captured values of the same kinds?"""
        for guard in self.guards:
            try:
                value = Source.read(guard.source, arguments)
            except (AttributeError, KeyError, IndexError, TypeError, ValueError):
                return False
            if not _guard_holds(guard, value):
                return False
        for _, source, key in self.constants:
            try:
                if key_of(Source.read(source, arguments)) != key:
                    return False
            except (AttributeError, KeyError, IndexError, TypeError, ValueError):
                return False
        return True


def _guard_holds(guard: Guard, value: Any) -> bool:
    if guard.how == "is":
        return value is guard.value
    if guard.how == "equal":
        return type(value) is type(guard.value) and bool(value == guard.value)
    if guard.how == "type":
        return type(value) is guard.value
    if guard.how == "len":
        return bool(len(value) == guard.value)
    if guard.how == "keys":
        return bool(tuple(value) == guard.value)
    if guard.how == "lengths":
        return bool(lengths_of(value) == guard.value)
    raise AssertionError(guard.how)


def make_variant(compiled: Any, lowered: Lowered, arguments: dict[str, Any]) -> Variant:
    constants = tuple((c.name, c.source, key_of(Source.read(c.source, arguments))) for c in lowered.captured)
    return Variant(compiled, lowered, constants, tuple(lowered.guards))


@dataclass(eq=False)
class Table:
    """The variants of one differentiated function."""

    signature: inspect.Signature
    compile: Callable[[dict[str, Spec], dict[str, Any]], tuple[Any, Lowered]]
    variants: dict[Any, list[Variant]] = field(default_factory=dict)
    last: Variant | None = None

    def find(self, arguments: dict[str, Any]) -> Variant:
        """The variant for these arguments; compiled if there is none."""
        key = tuple(map(key_of, arguments.values()))
        candidates = self.variants.setdefault(key, [])
        for variant in candidates:
            if variant.holds(arguments):
                self.last = variant
                return variant
        specs = {name: describe(value) for name, value in arguments.items()}
        compiled, lowered = self.compile(specs, arguments)
        variant = make_variant(compiled, lowered, arguments)
        variant.key = key
        candidates.append(variant)
        if len(candidates) > 64:
            del candidates[0]
        self.last = variant
        return variant


# --- the generated call -----------------------------------------------------------------------------------------------

class FastPath:
    """Generates the `__call__` of one differentiated function for the variant used last."""

    def __init__(self, signature: inspect.Signature, variant: Variant, arguments: dict[str, Any]) -> None:
        self.namespace: dict[str, Any] = {"ndarray": np.ndarray, "key_of": key_of, "MISSING": MISSING,
                                          "lengths_of": lengths_of}
        self.tests: list[str] = []
        self.extra: list[str] = []
        self.signature = signature
        self.arrays = 0
        self.inner = 0
        for name, value in arguments.items():
            parameter = signature.parameters[name]
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD) and not value:
                self.tests.append(f"not {name}")
            else:
                self._value(name, value)
        for number, guard in enumerate(variant.guards):
            self._guard(number, guard)
        for number, (name, source, _) in enumerate(variant.constants):
            self._constant(number, name, source, arguments)

    def _hold(self, name: str, value: Any) -> str:
        self.namespace[name] = value
        return name

    def _value(self, place: str, value: Any) -> None:
        """Tests of one argument, or of a part of one, that is read by the expression `place`."""
        cls = type(value)
        if cls is np.ndarray:
            name, first = self._local(place)
            dtype = self._hold(f"dtype_{self.arrays}", value.dtype)
            self.tests.append(f"type({first}) is ndarray and {name}.shape == shapes[{self.arrays}] "
                              f"and {name}.dtype is {dtype}")
            self.arrays += 1
        elif cls in (float, int, complex):
            self.tests.append(f"type({place}) is {cls.__name__}")
        elif value is None or cls is bool:
            self.tests.append(f"{place} is {value!r}")
        elif isinstance(value, np.generic):
            self.tests.append(f"type({place}) is {self._type(cls)}")
        elif (parts := _parts(value)) is not None:
            name, first = self._local(place)
            self.tests.append(f"type({first}) is {self._type(cls)}")
            if cls is dict:
                self.tests.append(f"[*{name}] == {self._hold(f'keys_{self.inner}', list(value))}")
            elif cls in (list, tuple):
                self.tests.append(f"len({name}) == {len(value)}")
            self.inner += 1
            for step, part in parts:
                self._value(f"{name}{step}", part)
        else:
            self.inner += 1
            self.tests.append(f"key_of({place}) == {self._hold(f'key_{self.inner}', key_of(value))}")

    def _type(self, cls: type) -> str:
        self.inner += 1
        return cls.__name__ if cls in (list, tuple, dict) else self._hold(f"type_{self.inner}", cls)

    def _local(self, place: str) -> tuple[str, str]:
        """A name for what `place` reads, and the expression that reads it first."""
        if place.isidentifier():
            return place, place
        self.inner += 1
        name = f"part_{self.inner}_"
        return name, f"({name} := {place})"

    def _place(self, source: tuple[Any, ...], label: str) -> str:
        """An expression that reads a source."""
        root = source[0]
        if isinstance(root, tuple) and root and root[0] == "module":
            return f"{self._hold(f'{label}_m', root[1])}.{source[1]}"
        if isinstance(root, tuple):
            owner, step = self._place(root, label), source[1]
            if isinstance(step, tuple):
                plain = isinstance(step[1], (str, int, bytes, type(None)))
                return f"{owner}[{step[1]!r}]" if plain else f"{owner}[{self._hold(f'{label}_key', step[1])}]"
            return f"{owner}.{step}"
        if root == "global":
            return f"{self._hold(f'{label}_g', source[1].__globals__)}[{source[2]!r}]"
        if root == "closure":
            fn = source[1]
            cell = fn.__closure__[fn.__code__.co_freevars.index(source[2])]
            return f"{self._hold(f'{label}_c', cell)}.cell_contents"
        if root == "param":
            return str(source[1])
        if root == "known":
            return self._hold(f"{label}_k", source[1])
        return f"{self._hold(f'{label}_f', Source.read)}({self._hold(f'{label}_s', source)}, {{}})"

    def _guard(self, number: int, guard: Guard) -> None:
        if guard.source[0] == "default":
            return
        place = self._place(guard.source, f"guard_{number}")
        value = self._hold(f"guard_{number}_v", guard.value)
        tests = {"is": f"{place} is {value}", "type": f"type({place}) is {value}", "len": f"len({place}) == {value}",
                 "keys": f"tuple({place}) == {value}", "lengths": f"lengths_of({place}) == {value}",
                 "equal": f"(type({place}) is type({value}) and {place} == {value})"}
        self.tests.append(tests[guard.how])

    def _constant(self, number: int, name: str, source: tuple[Any, ...], arguments: dict[str, Any]) -> None:
        value = Source.read(source, arguments)
        local = f"captured_{number}_"
        place = self._place(source, f"constant_{number}")
        if type(value) in (float, int, complex):
            self.tests.append(f"type({local} := {place}) is {type(value).__name__}")
        else:
            key = self._hold(f"constant_{number}_key", key_of(value))
            self.tests.append(f"key_of({local} := {place}) == {key}")
        tensor = isinstance(value, TensorCore)
        self.extra.append(f"{name}={local}._array" if tensor else f"{name}={local}")

    def build(self, run: Callable[..., Any], slow: Callable[..., Any], loaded: Any,
              annotate: Callable[..., Any]) -> tuple[Callable[..., Any], list[Any]]:
        """`__call__(self, ...)` and the list of exact shapes that it compares with."""
        header, forward = _headers(self.signature, self.namespace)
        shapes: list[Any] = []
        self.namespace.update(run=run, slow=slow, shapes=shapes, loaded=loaded, annotate=annotate)
        call = ", ".join([*forward, *self.extra])
        test = " and ".join(self.tests) or "True"
        text = (f"def __call__({header}):\n    if {test}:\n        try:\n            return run({call})\n"
                f"        except Exception as error:\n            annotate(error, loaded)\n            raise\n"
                f"    return slow({', '.join(['self_', *_slow_arguments(self.signature)])})\n")
        exec(compile(text, "<pullback call>", "exec"), self.namespace)
        return self.namespace["__call__"], shapes


MISSING = object()


def _parts(value: Any) -> list[tuple[str, Any]] | None:
    """How each part of a container is read, and the part; None for a value that `key_of` has to look at."""
    cls = type(value)
    if cls in (list, tuple) or (isinstance(value, tuple) and hasattr(cls, "_fields")):
        return [(f"[{number}]", part) for number, part in enumerate(value)]
    if cls is dict and all(type(key) in (str, int) for key in value):
        return [(f"[{key!r}]", part) for key, part in value.items()]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [(f".{f.name}", getattr(value, f.name)) for f in dataclasses.fields(value)]
    return None


def exact_shapes(arguments: Mapping[str, Any]) -> list[tuple[int, ...]]:
    """The shapes of all arrays in some arguments, in the order of the generated tests."""
    found: list[tuple[int, ...]] = []

    def visit(value: Any) -> None:
        if type(value) is np.ndarray:
            found.append(value.shape)
        elif (parts := _parts(value)) is not None:
            for _, part in parts:
                visit(part)

    for value in arguments.values():
        visit(value)
    return found


def _headers(signature: inspect.Signature, namespace: dict[str, Any]) -> tuple[str, list[str]]:
    """The header of the generated call, and the arguments that it passes on."""
    parts, forward = ["self_"], []
    seen_keyword = seen_slash = False
    for parameter in signature.parameters.values():
        name = parameter.name
        default = ""
        if parameter.default is not parameter.empty:
            namespace[f"default_{name}"] = parameter.default
            default = f"=default_{name}"
        if parameter.kind is parameter.POSITIONAL_ONLY:
            seen_slash = True
        elif seen_slash:
            parts.append("/")
            seen_slash = False
        if parameter.kind is parameter.VAR_POSITIONAL:
            parts.append(f"*{name}")
            forward.append(f"*{name}")
            seen_keyword = True
        elif parameter.kind is parameter.VAR_KEYWORD:
            parts.append(f"**{name}")
            forward.append(f"**{name}")
        elif parameter.kind is parameter.KEYWORD_ONLY:
            if not seen_keyword:
                parts.append("*")
                seen_keyword = True
            parts.append(f"{name}{default}")
            forward.append(f"{name}={name}")
        else:
            parts.append(f"{name}{default}")
            forward.append(name)
    if seen_slash:
        parts.append("/")
    return ", ".join(parts), forward


def _slow_arguments(signature: inspect.Signature) -> list[str]:
    return list(signature.parameters)
