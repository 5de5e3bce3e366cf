"""Arguments of a call as the compiler sees them: specs, the keys of variants, and the binding to parameters.

A number or an array is a leaf: a value of the IR. Lists, tuples, dicts, named tuples and dataclasses are taken apart,
so that each leaf has its own cotangent; None, strings and booleans are constants of the variant; other objects are
passengers whose attributes are read at each call.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..runtime.dispatch import TensorCore
from ..runtime.errors import UnsupportedError
from . import primitives as prim
from .domains import kinds
from .domains.kinds import GENERIC, LONG, Kind, Struct
from .ir import Call, Lit, Param, Var
from .lower import Lowerer, Seq
from .lower.captures import is_callable_object
from .lower.values import Map, Object
from .tensors import is_tracked

MISSING = object()


@dataclass(frozen=True, eq=False)
class Spec:
    """What is known of one argument: a leaf with its kind, a constant, a container of specs, or an object."""

    form: str  # leaf | constant | sequence | mapping | record | object
    kind: Kind | None = None
    value: Any = None
    type: type | None = None
    keys: tuple[Any, ...] = ()
    items: tuple[Spec, ...] = ()
    given: Any = None  # of a leaf: what `exact` fixes


def describe(value: Any) -> Spec:
    """The spec of a run-time value."""
    if value is None or isinstance(value, (bool, str, bytes)):
        return Spec("constant", value=value)
    if isinstance(value, np.matrix) or _is_masked(value):
        raise UnsupportedError(f"an argument of type {type(value).__name__}", None, "Its operators are not those of "
                               "an ndarray.", "Pass a plain array: `np.asarray(x)`.")
    if isinstance(value, (int, float, complex, np.generic)) or (
            isinstance(value, np.ndarray) and value.dtype.kind in "biufc"):
        return Spec("leaf", kinds.kind_of(value), given=kinds.lengths_of(value))
    if isinstance(value, dict):
        return Spec("mapping", type=type(value), keys=tuple(value), items=tuple(map(describe, value.values())))
    if isinstance(value, (list, tuple)):
        return Spec("sequence", type=type(value), items=tuple(map(describe, value)))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = tuple(f.name for f in dataclasses.fields(value))
        return Spec("record", type=type(value), keys=names, items=tuple(describe(getattr(value, n)) for n in names),
                    value=value)
    if callable(value) and not is_callable_object(value):
        return Spec("constant", value=value)
    if isinstance(value, np.ndarray):
        raise UnsupportedError(f"an array of dtype {value.dtype}", None, "It has no numbers to differentiate.",
                               "Pass an array of floats.")
    return Spec("object", value=value, type=type(value))


def exact(spec: Spec) -> Spec:
    """The spec of exactly these lengths and integers."""
    if spec.form == "leaf" and type(spec.given) is int:
        return Spec("constant", value=spec.given)
    if spec.form == "leaf" and isinstance(spec.kind, kinds.Array) and spec.given is not None:
        return dataclasses.replace(spec, kind=kinds.Array(spec.kind.dtype, spec.given))
    return dataclasses.replace(spec, items=tuple(map(exact, spec.items))) if spec.items else spec


def is_of_a_call(spec: Spec) -> bool:
    """Does the spec describe a value (and not what may come)?"""
    return spec.given is not None if spec.form == "leaf" else all(map(is_of_a_call, spec.items))


def spec_lengths(spec: Spec) -> Any:
    """`lengths_of` the value that the spec describes."""
    if spec.form == "leaf":
        return spec.given
    return kinds.joined_lengths(map(spec_lengths, spec.items))


def _is_masked(value: Any) -> bool:
    """Is it a masked array? Their module is loaded where there is one: asking NumPy for it would load it, slowly."""
    masked = sys.modules.get("numpy.ma")
    return masked is not None and isinstance(value, masked.MaskedArray)


def key_of(value: Any) -> Any:
    """A hashable key: equal for two values that the same compiled variant serves."""
    cls = type(value)
    if isinstance(value, TensorCore):
        return ("tensor", key_of(value._array), is_tracked(value))
    if cls is np.ndarray:
        shape = value.shape
        return (value.dtype, len(shape), min(shape, default=LONG) < LONG and tuple(map(_length_key, shape)))
    if cls is float or cls is int or cls is complex:
        return cls
    if value is None or cls is bool or cls is str:
        return (cls, value)
    if isinstance(value, np.generic):
        return (np.generic, value.dtype)
    if isinstance(value, np.ndarray):
        return (cls, value.dtype, value.ndim, tuple(map(_length_key, value.shape)))
    if isinstance(value, dict):
        return (cls, tuple((k, key_of(v)) for k, v in value.items()))
    if isinstance(value, (list, tuple)):
        return (cls, tuple([key_of(v) for v in value]))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return (cls, tuple(key_of(getattr(value, f.name)) for f in dataclasses.fields(value)))
    return (cls, id(value))


def _length_key(length: int) -> int:
    """As `kinds.length_of` tells lengths apart: 1, short, long."""
    return 1 if length == 1 else 2 if length >= LONG else 0


def generic_spec(parameter: inspect.Parameter, integers: frozenset[str] = frozenset()) -> Spec:
    """Without a call: a float64 array of unknown rank, unless a default, an annotation or `integers` decides."""
    if parameter.default is not parameter.empty:
        return describe(parameter.default)
    known = {float: kinds.PY_FLOAT, int: kinds.PY_INT, complex: kinds.PY_COMPLEX,
             "float": kinds.PY_FLOAT, "int": kinds.PY_INT, "complex": kinds.PY_COMPLEX}
    try:
        kind = known.get(parameter.annotation, kinds.PY_INT if parameter.name in integers else GENERIC)
    except TypeError:
        kind = GENERIC
    return Spec("leaf", kind)


def bind_spec(low: Lowerer, spec: Spec, name: str, var: Var, source: tuple[Any, ...]) -> Any:
    """The abstract value of an argument that `var` holds; leaves of containers are read from it."""
    if spec.form == "leaf":
        return low.value_of(var)
    if spec.form == "constant":
        return Lit(spec.value)
    if spec.form == "object":
        return Object(spec.value, source, var)
    values = []
    keys = spec.keys if spec.form in ("mapping", "record") else tuple(range(len(spec.items)))
    for number, (key, item) in enumerate(zip(keys, spec.items, strict=True)):
        values.append(_bind_item(low, spec, item, _hint(name, key, number), key, var))
    if spec.form == "mapping":
        return Map(dict(zip(keys, values, strict=True)), spec.type or dict, var)
    return Seq(tuple(values), spec.type or tuple, var)


def _hint(outer: str, key: Any, number: int) -> str:
    """A name for the item of a container: its key, as far as that can be part of a name; else its position.

    The name is the same in every process: no hash, no address and no order of a set takes part in it.
    """
    if isinstance(key, str):
        wish = key if key.isidentifier() else re.sub(r"\W+", "_", f"{outer}_{key}").rstrip("_")
    else:
        wish = f"{outer}_{key}" if type(key) in (int, bool) else f"{outer}_{number}"
    return wish if wish.isidentifier() else f"{outer}_{number}"


def _bind_item(low: Lowerer, outer: Spec, item: Spec, name: str, key: Any, var: Var) -> Any:
    if item.form == "constant":
        return Lit(item.value)
    leaf = Var(name, item.kind if item.kind is not None else Struct(item.type or tuple))
    how = prim.GETATTR if outer.form == "record" else prim.FIELD
    low.block.append(Call((leaf,), how, (var, Lit(key)), (), None))
    return bind_spec(low, item, name, leaf, ("leaf", name))


def parameters(signature: inspect.Signature, specs: dict[str, Spec], low: Lowerer
               ) -> tuple[list[Param], dict[str, Any]]:
    """The IR parameters of a function, and what each of its names holds."""
    styles = {inspect.Parameter.POSITIONAL_ONLY: "positional_only", inspect.Parameter.POSITIONAL_OR_KEYWORD:
              "positional", inspect.Parameter.VAR_POSITIONAL: "varargs", inspect.Parameter.KEYWORD_ONLY: "keyword",
              inspect.Parameter.VAR_KEYWORD: "kwargs"}
    made: list[Param] = []
    values: dict[str, Any] = {}
    for parameter in signature.parameters.values():
        spec = specs[parameter.name]
        kind = spec.kind if spec.form == "leaf" and spec.kind is not None else Struct(spec.type or object)
        var = Var(parameter.name, kind)
        default = parameter.default
        printable = default is None or type(default) in (int, float, bool, str)
        made.append(Param(var, parameter.name, styles[parameter.kind], default if printable else None,
                          printable and default is not parameter.empty))
        values[parameter.name] = bind_spec(low, spec, parameter.name, var, ("param", parameter.name))
    return _defaults_at_the_end(made), values


def _defaults_at_the_end(params: list[Param]) -> list[Param]:
    """A positional parameter with a default may not stand before one without (defaults that cannot be printed)."""
    result: list[Param] = []
    blocked = False
    for param in reversed(params):
        if param.style in ("positional", "positional_only"):
            if not param.has_default:
                blocked = True
            elif blocked:
                param = Param(param.var, param.name, param.style)
        result.append(param)
    return list(reversed(result))
