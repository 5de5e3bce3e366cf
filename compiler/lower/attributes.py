"""Attributes and methods: of arrays, of modules, of the user's objects."""

from __future__ import annotations

import inspect
import types
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import primitives as prim
from ..domains import kinds
from ..domains.effects import out_position
from ..domains.kinds import Array, Scalar, TupleOf
from ..ir import Lit, Var
from ..library import definition_of_call, joiners
from .distributions import is_distribution
from .distributions import member as distribution_member
from .draws import GENERATORS, call_draw
from .objects import is_own_function, object_of
from .records import named_tuple_method
from .sparse import is_sparse, sparse_attribute
from .state import buffers_in
from .values import Bound, Box, Choice, Flat, Map, Maybe, Method, Object, Ref, Seq, Super, UserFunction

if TYPE_CHECKING:
    from .lowerer import Lowerer

LIBRARIES = frozenset({"numpy", "math", "scipy", "operator", "builtins", "cmath", "itertools", "functools",
                       "contextlib"})
MUTATING_METHODS = {"sort", "fill", "itemset", "partition", "put", "resize", "setfield", "setflags", "byteswap"}


class Attributes:
    """Mixin of `Lowerer`."""

    def eval_Attribute(self: Lowerer, node: Any, name: str) -> Any:
        return self.attribute(self.eval(node.value), node.attr, name, node)

    def attribute(self: Lowerer, owner: Any, attr: str, name: str, node: Any) -> Any:
        """owner.attr, by the kind of the owner."""
        if isinstance(owner, Maybe):
            owner = self.surely(owner)
        held = owner.function if isinstance(owner, Bound) else owner
        if isinstance(held, (Lit, Object)) and is_distribution(held.value):
            return distribution_member(self, owner, attr, node)
        if isinstance(owner, Lit):
            return self._known_attribute(owner, attr, node)
        if attr == "__class__" and isinstance(owner, (Box, Seq)):
            return Lit(owner.type)
        if isinstance(owner, Box) and attr == "maxlen" and owner.flavour is not None:
            return owner.extra if owner.extra is not None else Lit(None)
        if isinstance(owner, Box):
            is_data = owner.type is list or issubclass(owner.type, dict)
            return Method(owner, attr) if is_data else self.box_attribute(owner, attr, node)
        if isinstance(owner, Object) and type(owner.value) in (list, dict):
            return Method(owner, attr)
        if isinstance(owner, Object):
            return self._object_attribute(owner, attr, node)
        kind = self.kind(owner)
        if isinstance(owner, Ref) or (isinstance(owner, Var) and isinstance(kind, (Scalar, Array))):
            return self._array_attribute(owner, kind, attr, name, node)
        if isinstance(owner, Flat):
            return self.attribute(self.flat_copy(owner), attr, name, node)
        if isinstance(owner, UserFunction) and owner in self.function_boxes:
            return self.box_attribute(self.box_of_function(owner), attr, node)
        if isinstance(owner, Super):
            return self.super_attribute(owner, attr, node)
        if isinstance(owner, Choice):
            return self.branch(owner.cond, lambda: self.attribute(owner.left, attr, name, node),
                               lambda: self.attribute(owner.right, attr, name, node), "expression", name)
        if isinstance(owner, Seq) and hasattr(owner.type, "_fields") and attr in owner.type._fields:
            return owner.items[owner.type._fields.index(attr)]
        if isinstance(owner, Seq) and attr == "_fields" and hasattr(owner.type, "_fields"):
            return Lit(owner.type._fields)
        if isinstance(owner, Seq) and hasattr(owner.type, "_fields") and attr in ("_replace", "_asdict", "_make"):
            return Method(owner, attr)
        if isinstance(owner, Seq) and attr in getattr(owner.type, "__dataclass_fields__", {}):
            return owner.items[list(getattr(owner.type, "__dataclass_fields__", ())).index(attr)]
        cls = self.user_class(owner)
        if cls is not None:
            result = self.member(owner, cls, attr, inspect.getattr_static(cls, attr, None), node)
            if result is not NotImplemented:
                return result
            if not isinstance(owner, Seq) and hasattr(cls, attr):
                return self.class_attribute(cls, attr, node)
        if isinstance(owner, (Seq, Map)):
            return Method(owner, attr)
        raise self.refuse(f"the attribute `.{attr}` of {self.describe(owner)}", node=node)

    def _known_attribute(self: Lowerer, owner: Lit, attr: str, node: Any) -> Any:
        value: Any = owner.value
        if isinstance(value, type) and issubclass(value, tuple) and hasattr(value, "_fields"):
            if attr == "_fields":
                return Lit(value._fields)
            if attr == "_make":
                return Method(owner, attr)
        if isinstance(value, (int, float, complex)) and not callable(getattr(value, attr, None)):
            return Lit(getattr(value, attr)) if hasattr(value, attr) else self._no_attribute(owner, attr, node)
        if is_own_function(value) and not self.rule_mode:
            followed = self.follow_object(object_of(value))
            if isinstance(followed, Box) and attr in self.state.heap[followed].items:
                return self.box_attribute(followed, attr, node)
        if not hasattr(value, attr):
            return self._no_attribute(owner, attr, node)
        found = getattr(value, attr)
        if is_own_function(value) and attr in vars(value) and not self.rule_mode:
            return self.capture((("known", value), attr), found, attr)
        if isinstance(value, types.ModuleType) and not _is_library_module(value) and not self.rule_mode:
            return self.capture((("module", value), attr), found, attr)
        if isinstance(value, type) and value.__module__.split(".")[0] not in LIBRARIES and not self.rule_mode:
            return self.class_attribute(value, attr, node)
        return Lit(found)

    def _no_attribute(self: Lowerer, owner: Any, attr: str, node: Any) -> Any:
        raise self.refuse(f"{self.describe(owner)} has no attribute `{attr}`", "Python would raise AttributeError.",
                          node=node)

    def _object_attribute(self: Lowerer, owner: Object, attr: str, node: Any) -> Any:
        if isinstance(owner.value, GENERATORS):
            return Method(owner, attr)
        cls = type(owner.value)
        if is_sparse(cls) or cls.__name__ == "SuperLU":
            found = sparse_attribute(self, owner, attr, node)
            if found is not NotImplemented:
                return found
        in_class = inspect.getattr_static(cls, attr, None)
        if hasattr(in_class, "__pullback_derived__") and attr not in getattr(owner.value, "__dict__", {}):
            return Method(owner, attr)
        of_library = definition_of_call(cls) is not None  # a spline: its properties are not read as Python
        if not of_library and (isinstance(in_class, property) or attr not in getattr(owner.value, "__dict__", {})):
            result = self.member(owner, cls, attr, in_class, node)
            if result is not NotImplemented:
                return result
        if not hasattr(owner.value, attr):
            return self._no_attribute(owner, attr, node)
        if isinstance(owner.value, dict):
            return Method(owner, attr)
        value = getattr(owner.value, attr)
        return self.read_path((owner.source, attr), value, attr, owner, node)

    def read_path(self: Lowerer, source: tuple[Any, ...], value: Any, name: str, owner: Object, node: Any) -> Any:
        """A leaf that is reached through an object: read at each call, its kind guarded."""
        result = self.capture(source, value, name)
        return result

    def object_item(self: Lowerer, owner: Object, index: Any, node: Any) -> Any:
        """owner[index] of a captured list, tuple or dict."""
        self.noted_read(owner)
        if not isinstance(index, Lit) and type(owner.value) in (list, tuple) and len(owner.value) <= 64:
            self.fix_length(owner)
            return self.get_item(Seq(tuple(self.object_item(owner, Lit(k), node) for k in range(len(owner.value)))),
                                 index, "", node)
        if not isinstance(index, Lit):
            raise self.refuse("a captured container indexed by a value that is not a constant", "",
                              "Make it an array, or pass it as an argument.", node=node)
        if isinstance(owner.value, dict) and type(owner.value) is not dict and index.value not in owner.value:
            raise self.refuse(f"the key {index.value!r}, which is not in the {type(owner.value).__name__} from outside",
                              "Reading it would add it there.", "Use a dict, or add the key before.", node=node)
        try:
            value = owner.value[index.value]
        except (LookupError, TypeError) as error:
            return self.raise_here(self.make_exception(type(error), [Lit(a) for a in error.args], {}))
        root = owner.source[-1] if isinstance(owner.source[-1], str) else "item"
        return self.capture((owner.source, ("item", index.value)), value, f"{root}_{index.value}")

    def _array_attribute(self: Lowerer, owner: Any, kind: Any, attr: str, name: str, node: Any) -> Any:
        if attr == "ndim" and kinds.shape_of(kind) is not None:
            return Lit(len(kinds.shape_of(kind) or ()))
        if attr == "shape" and kinds.shape_of(kind) == ():
            return Lit(())
        if attr == "dtype" and kinds.dtype_of(kind) is not None:
            return Lit(kinds.dtype_of(kind))
        if attr in prim.ATTRIBUTES:
            if attr == "flat" and isinstance(owner, Ref):
                return self.flat(owner)
            if attr in ("base", "flags", "strides", "flat"):
                raise self.refuse(f"the attribute `.{attr}` of an array", "It depends on memory, not on values.",
                                  node=node)
            if attr == "real" and kinds.dtype_of(kind) is not None and kinds.dtype_of(kind).kind != "c":  # type: ignore[union-attr]
                return owner
            return self.emit(f"ndarray.{attr}", owner, name=name)
        if not hasattr(np.ndarray, attr) and not hasattr(float, attr):
            if attr in ("detach", "item"):
                return Method(owner, attr)
            raise self.refuse(f"an array has no attribute `{attr}`", "Python would raise AttributeError.", node=node)
        return Method(owner, attr)

    def call_method(self: Lowerer, method: Method, args: list[Any], kwargs: dict[str, Any], name: str,
                    node: Any) -> Any:
        """A call of a bound method."""
        owner = method.owner
        if isinstance(owner, Lit) and method.name == "_make":
            return named_tuple_method(self, None, owner.value, "_make", args, kwargs, node)
        if isinstance(owner, Box) and owner.type is list:
            return self.list_method(owner, method.name, args, kwargs, node)
        if isinstance(owner, Box) and issubclass(owner.type, dict):
            return self.dict_method(owner, method.name, args, kwargs, node)
        if isinstance(owner, Object) and type(owner.value) in (list, dict):
            return self.method_of_outside(owner, method.name, args, kwargs, node)
        if isinstance(owner, Box):
            return self.call_python(getattr(owner.type, method.name), [owner, *args], kwargs, name, node)
        if isinstance(owner, Object) and isinstance(owner.value, GENERATORS):
            if not hasattr(owner.value, method.name):
                return self._no_attribute(owner, method.name, node)
            return call_draw(self, owner, getattr(owner.value, method.name), args, kwargs, name, node)
        if isinstance(owner, Object):
            return self.call_known(getattr(type(owner.value), method.name), [owner, *args], kwargs, name, node)
        if isinstance(owner, Map):
            return self.dict_method(owner, method.name, args, kwargs, node)
        if isinstance(owner, Seq):
            if hasattr(owner.type, "_fields") or owner.type not in (tuple, list):
                if hasattr(owner.type, "_fields"):
                    made = named_tuple_method(self, owner, owner.type, method.name, args, kwargs, node)
                    if made is not NotImplemented:
                        return made
                function = getattr(owner.type, method.name, None)
                if isinstance(function, types.FunctionType):
                    return self.call_python(function, [owner, *args], kwargs, name, node)
            if method.name in ("index", "count") and all(isinstance(i, Lit) for i in (*owner.items, *args)):
                return Lit(getattr([i.value for i in owner.items], method.name)(args[0].value))
            raise self.refuse(f"the method `.{method.name}` of {self.describe(owner)}", node=node)
        if method.name == "detach":
            return self.detach(owner)
        if method.name in MUTATING_METHODS and isinstance(owner, Ref):
            return self.call_in_place_method(owner, method.name, args, kwargs, node)
        if method.name == "copy" and isinstance(owner, Var):
            return owner
        if method.name == "tolist" and kinds.is_differentiable(self.kind(owner)) and not args:
            if len(kinds.shape_of(self.kind(owner)) or ()) > 3:
                raise self.refuse("`.tolist()` of an array of more than three axes", "", "Index the array.", node=node)
            return self.call_definition(joiners.tolist, [owner], {}, name, node)
        args, kwargs = normalise_method(method.name, args, kwargs)
        target = f"ndarray.{method.name}"
        if "out" in kwargs or len(args) + 1 > out_position(target):
            stored = self.call_with_out(target, [owner, *args], kwargs, node,
                                        lambda a, k: self.emit(target, *a, name=name, **k))
            if stored is not NotImplemented:
                return stored
            kwargs = {k: v for k, v in kwargs.items() if k != "out"}
        return self.emit(f"ndarray.{method.name}", owner, *args, name=name, **kwargs)

    def detach(self: Lowerer, value: Any) -> Any:
        """The same value, whose derivative stops here."""
        value = self.opened(value)
        if isinstance(value, Seq):
            return self.boxed(Seq(tuple(self.detach(v) for v in value.items), value.type))
        if isinstance(value, Map):
            return self.boxed(Map({k: self.detach(v) for k, v in value.items.items()}, value.type))
        if isinstance(value, (Ref, Var)) and kinds.is_differentiable(self.kind(value)):
            stopped = self.emit(prim.STOP, value)
            if isinstance(value, Ref):
                self.freeze([*buffers_in(value), *buffers_in(stopped)], "Without its derivative it is the same array")
            return stopped
        return value


def normalise_method(name: str, args: list[Any], kwargs: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """Methods that take a tuple or its elements take the tuple: `x.reshape(2, 3)` is `x.reshape((2, 3))`."""
    if name in ("reshape", "transpose") and len(args) > 1:
        return [Seq(tuple(args))], kwargs
    return args, kwargs


def _is_library_module(module: types.ModuleType) -> bool:
    return module.__name__.split(".")[0] in LIBRARIES


__all__ = ["MUTATING_METHODS", "Attributes", "TupleOf", "UserFunction", "normalise_method"]
