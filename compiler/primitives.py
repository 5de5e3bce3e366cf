"""What a call resolves to: the primitives of the IR, keyed by the function or by "ndarray.<name>".

A primitive that runs a library function is made on first use by `primitive_for`. The few that the transforms
themselves need (tapes, functional stores, displays) are listed below; each is closed under differentiation.
"""

from __future__ import annotations

import builtins
import inspect
import math
import operator
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from ..runtime import checkpoints, lists, stop, stores
from .domains.aliases import alias_of
from .domains.effects import is_pure
from .domains.scipy_names import public_name
from .ir import Primitive

BINARY = {
    "Add": operator.add, "Sub": operator.sub, "Mult": operator.mul, "Div": operator.truediv,
    "FloorDiv": operator.floordiv, "Mod": operator.mod, "Pow": operator.pow, "MatMult": operator.matmul,
    "LShift": operator.lshift, "RShift": operator.rshift, "BitOr": operator.or_, "BitAnd": operator.and_,
    "BitXor": operator.xor,
}
UNARY = {"USub": operator.neg, "UAdd": operator.pos, "Invert": operator.invert, "Not": operator.not_}
COMPARE = {
    "Eq": operator.eq, "NotEq": operator.ne, "Lt": operator.lt, "LtE": operator.le, "Gt": operator.gt,
    "GtE": operator.ge, "Is": operator.is_, "IsNot": operator.is_not,
}


def contains(item: Any, container: Any) -> bool:
    return item in container


def not_contains(item: Any, container: Any) -> bool:
    return item not in container


COMPARE_IN = {"In": contains, "NotIn": not_contains}

FORMS: dict[Any, str] = {}
for _table, _form in ((BINARY, "operator"), (UNARY, "unary"), (COMPARE, "compare"), (COMPARE_IN, "compare")):
    for _name, _fn in _table.items():
        FORMS[_fn] = _form
SYMBOLS: dict[Any, str] = {fn: name for table in (BINARY, UNARY, COMPARE, COMPARE_IN) for name, fn in table.items()}

ATTRIBUTES = {"T", "mT", "shape", "ndim", "size", "dtype", "real", "imag", "flat", "itemsize", "nbytes", "strides",
              "base", "flags"}

#: Helpers of `runtime.indexing` whose results are views of their argument; the others make arrays of their own.
PARTS = {"take_range", "block_cotangent", "block_pieces"}

_CACHE: dict[Any, Primitive] = {}


def primitive_for(target: Any) -> Primitive:
    """The primitive of a library function, or of a method key such as "ndarray.sum"."""
    found = _CACHE.get(target)
    if found is None:
        found = _CACHE[target] = _make(target)
    return found


def _make(target: Any) -> Primitive:
    if isinstance(target, str):
        owner, name = target.split(".", 1)
        if owner == "ndarray" and name in ATTRIBUTES:
            return Primitive(target, operator.attrgetter(name), "attribute", target, True, alias_of(target))
        return Primitive(target, _method_caller(name), "method", target, is_pure(target), alias_of(target))
    form = FORMS.get(target, "function")
    if target is operator.getitem:
        form = "item"
    ours = (getattr(target, "__module__", "") or "").startswith("pullback.runtime.")
    pure = form != "function" or target is operator.getitem or ours or is_pure(target)
    computes = (getattr(target, "__module__", "") or "") in ("pullback.runtime.linalg", "pullback.runtime.indexing") \
        and target.__name__ not in PARTS
    alias = "fresh" if computes or form in ("operator", "unary", "compare") else alias_of(target)
    return Primitive(qualified_name(target), target, form, target, pure, alias)


def only(primitive: Primitive) -> Primitive:
    """The primitive that returns the one item of the tuple or list that `primitive` returns."""
    found = _CACHE.get(("only", primitive))
    if found is None:
        assert primitive.fn is not None, primitive.name
        fn = primitive.fn
        found = Primitive(primitive.name, lambda *args, **kwargs: fn(*args, **kwargs)[0], "only",
                          primitive.rule, primitive.pure, primitive.alias)
        _CACHE["only", primitive] = found
    return found


def _method_caller(name: str) -> Callable[..., Any]:
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(self, name)(*args, **kwargs)

    return call


def qualified_name(fn: Any) -> str:
    """A dotted name under which a library function is reached: "numpy.linalg.norm", "operator.add"."""
    if isinstance(fn, np.ufunc):
        for module, prefix in ((np, "numpy"),):
            if getattr(module, fn.__name__, None) is fn:
                return f"{prefix}.{fn.__name__}"  # type: ignore[union-attr]
        return _search_ufunc(fn)
    name = getattr(fn, "__qualname__", getattr(fn, "__name__", repr(fn)))
    module_name = getattr(fn, "__module__", None) or "builtins"
    if module_name in ("_operator",):
        module_name = "operator"
    if module_name.startswith("numpy") and getattr(np, name, None) is fn:
        module_name = "numpy"
    elif module_name.startswith("numpy."):
        for part in ("linalg", "fft", "random"):
            if getattr(getattr(np, part), name, None) is fn:
                module_name = f"numpy.{part}"
    public = public_name(fn)
    return f"{module_name}.{name}" if public is None else ".".join(public)


def _search_ufunc(fn: Any) -> str:
    import sys

    for module_name in ("scipy.special",):
        module = sys.modules.get(module_name)
        if module is not None and getattr(module, fn.__name__, None) is fn:
            return f"{module_name}.{fn.__name__}"  # type: ignore[union-attr]
    return str(fn.__name__)


def is_library_function(fn: Any) -> bool:
    """Is this a function of Python's or NumPy's own, which is never looked into?"""
    if isinstance(fn, np.ufunc):
        return True
    module = getattr(fn, "__module__", None) or ""
    root = module.split(".")[0]
    if root in ("numpy", "math", "cmath", "operator", "_operator", "builtins", "scipy"):
        return not isinstance(fn, types.MethodType)
    if isinstance(fn, type):
        return fn.__module__ in ("builtins", "numpy")
    return isinstance(fn, (types.BuiltinFunctionType, types.MethodDescriptorType, types.WrapperDescriptorType))


# --- what the transforms need ---------------------------------------------------------------------------------------

def _tuple(*items: Any) -> tuple[Any, ...]:
    return items


def _list(*items: Any) -> list[Any]:
    return list(items)


def _dict(keys: tuple[Any, ...], *items: Any) -> dict[Any, Any]:
    return dict(zip(keys, items, strict=True))


def _tape_new() -> tuple[Any, ...]:
    return ()


def _tape_push(tape: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
    return (*tape, value)


def _tape_pop(tape: tuple[Any, ...]) -> tuple[Any, Any]:
    return tape[:-1], tape[-1]


def _assert(test: Any, message: Any = None) -> None:
    if not test:
        raise AssertionError(message)


def _raise(error: Any = None, cause: Any = None) -> None:
    if error is None:
        raise  # in a handler: what was caught
    raise error from cause


def _build(cls: Any, *items: Any, fields: tuple[str, ...] = ()) -> Any:
    return cls(*items) if not fields else cls(**dict(zip(fields, items, strict=True)))


def _format(*parts: Any) -> str:
    return "".join(parts)


TUPLE = Primitive("tuple", _tuple, "tuple", alias="fresh")
LIST = Primitive("list", _list, "list", alias="fresh")
DICT = Primitive("dict", _dict, "dict", alias="fresh")
BUILD = Primitive("build", _build, "build", alias="fresh")
SLICE = Primitive("slice", slice, "slice", alias="fresh")
GETATTR = Primitive("getattr", getattr, "getattr", alias="may")
FIELD = Primitive("field", operator.getitem, "item", alias="same")  # a leaf of a container argument
TAPE_NEW = Primitive("tape_new", _tape_new, "tape_new", alias="fresh")
TAPE_PUSH = Primitive("tape_push", _tape_push, "tape_push", alias="fresh")
TAPE_POP = Primitive("tape_pop", _tape_pop, "tape_pop", alias="fresh")
TAPE_COPY = Primitive("tape_copy", lambda tape: tape, "tape_copy", alias="fresh")
ASSERT = Primitive("assert", _assert, "assert", pure=False)
RAISE = Primitive("raise", _raise, "raise", pure=False)
FORMAT = Primitive("format", _format, "format", alias="fresh")
FORMAT_VALUE = Primitive("format_value", format, "format_value", alias="fresh")
SET_ITEM = Primitive("set_item", stores.set_item, "store", rule=stores.set_item, alias="fresh")
ADD_AT = Primitive("add_at", stores.add_at, "add_at", rule=stores.add_at, alias="fresh")

LIST_APPEND = Primitive("list_append", lists.appended, "list_append", alias="fresh")
LIST_POP = Primitive("list_pop", lists.popped, "list_pop", alias="fresh")
LIST_SET = Primitive("list_set", lists.with_item, "list_set", alias="fresh")
LIST_ADD = Primitive("list_add", lists.with_added, "list_add", alias="fresh")
LIST_OF = Primitive("list_of", list, "list_of", alias="fresh")
LIST_REPEAT = Primitive("list_repeat", operator.mul, "list_repeat", alias="fresh")

UNPACK = Primitive("unpack", lambda saved: saved, "identity", alias="may")
#: A value that is computed again from here on: nothing before it is shared with what follows (checkpoint).
AGAIN = Primitive("again", checkpoints.again, "identity", rule=checkpoints.again, alias="may")
_CACHE[checkpoints.again] = AGAIN
STOP = Primitive("stop_gradient", stop.stop_gradient, "identity", rule=stop.stop_gradient, alias="fresh")

_CACHE.update({stores.set_item: SET_ITEM, stores.add_at: ADD_AT})  # called by name in rules

SPECIAL: dict[str, Primitive] = {p.name: p for p in (
    TUPLE, LIST, DICT, BUILD, SLICE, GETATTR, FIELD, TAPE_NEW, TAPE_PUSH, TAPE_POP, ASSERT, RAISE, FORMAT, FORMAT_VALUE,
    SET_ITEM, ADD_AT, STOP, TAPE_COPY, UNPACK, AGAIN, LIST_APPEND, LIST_POP, LIST_SET, LIST_ADD, LIST_REPEAT,
    LIST_OF)}


def literal(value: Any) -> Any:
    """A literal atom."""
    from .ir import Lit

    return Lit(value)


def is_user_function(fn: Any) -> bool:
    """Is this a function with Python source that may be looked into?"""
    if is_library_function(fn):
        return False
    return isinstance(fn, (types.FunctionType, types.MethodType)) or (
        isinstance(fn, type) is False and inspect.isroutine(fn))


__all__ = [
    "ADD_AT",
    "AGAIN",
    "ASSERT",
    "BINARY",
    "BUILD",
    "COMPARE",
    "COMPARE_IN",
    "DICT",
    "FIELD",
    "FORMAT",
    "FORMAT_VALUE",
    "GETATTR",
    "LIST",
    "LIST_ADD",
    "LIST_APPEND",
    "LIST_OF",
    "LIST_POP",
    "LIST_REPEAT",
    "LIST_SET",
    "RAISE",
    "SET_ITEM",
    "SLICE",
    "SPECIAL",
    "STOP",
    "SYMBOLS",
    "TAPE_COPY",
    "TAPE_NEW",
    "TAPE_POP",
    "TAPE_PUSH",
    "TUPLE",
    "UNARY",
    "UNPACK",
    "Primitive",
    "builtins",
    "is_library_function",
    "is_user_function",
    "math",
    "primitive_for",
    "qualified_name",
]
