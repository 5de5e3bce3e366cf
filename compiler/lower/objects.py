"""Objects of the user's: their construction, and attributes that are read and written."""

from __future__ import annotations

import dataclasses
import inspect
import types
from typing import TYPE_CHECKING, Any

from ..ir import Lit
from .values import UNBOUND, Box, Guard, Map, Mixed, Object, Seq, UserFunction

if TYPE_CHECKING:
    from .lowerer import Lowerer

MSG_LOCAL = "Keep the value in a local name."


class Follow(Exception):
    """The function stores into an object of the caller's: its attributes must be followed from the start."""

    def __init__(self, identity: Any, attr: str = "", source: Any = None) -> None:
        super().__init__(identity, attr)
        self.identity, self.attr, self.source = identity, attr, source


def given_by_caller(value: Object) -> bool:
    """Is the object an argument, or held by one?"""
    source = value.source
    while isinstance(source[0], tuple):
        source = source[0]
    return bool(source[0] == "param")


class Objects:
    """Mixin of `Lowerer`."""

    def box_attribute(self: Lowerer, owner: Box, attr: str, node: Any) -> Any:
        """owner.attr of an object whose attributes are followed."""
        in_class = inspect.getattr_static(owner.type, attr, UNBOUND)
        if isinstance(in_class, property):
            if in_class.fget is None:
                raise self.refuse(f"the property `{attr}` cannot be read", "Python would raise AttributeError.",
                                  node=node)
            return self.call_python(in_class.fget, [owner], {}, "", node)
        content = self.content_of_object(owner, node)
        if attr in content.items:
            value = content.items[attr]
            if value is UNBOUND or isinstance(value, Mixed):
                raise self.refuse(f"the attribute `.{attr}`, which differs in kind between paths or is not set on all",
                                  "", "Give it a value of one kind on every path.", node=node)
            return self.settled(value)
        if owner.origin is not None and attr in getattr(owner.origin.value, "__dict__", {}):
            return self.raw_attribute(owner.origin, attr, node)
        return self._class_attribute(owner, attr, in_class, node)

    def _class_attribute(self: Lowerer, owner: Box, attr: str, found: Any, node: Any) -> Any:
        from .values import Method

        if found is UNBOUND and (by_name := self.special_method(owner, "__getattr__")) is not None:
            return self.call_python(by_name, [owner, Lit(attr)], {}, "", node)
        if found is UNBOUND:
            raise self.refuse(f"a {owner.type.__name__} has no attribute `{attr}` here",
                              "Python would raise AttributeError.", node=node)
        if isinstance(found, types.FunctionType):
            return Method(owner, attr)
        if isinstance(found, staticmethod):
            return Lit(found.__func__)
        if isinstance(found, classmethod):
            return Lit(getattr(owner.type, attr))
        if hasattr(type(found), "__get__"):
            raise self.refuse(f"the attribute `.{attr}`, a descriptor", "", "Use a property or a plain attribute.",
                              node=node)
        return self.capture((("known", owner.type), attr), getattr(owner.type, attr), attr)

    def set_attribute(self: Lowerer, owner: Any, attr: str, value: Any, node: Any, plain: bool = False) -> None:
        """owner.attr = value; `plain`: by `object.__setattr__`, whatever the class defines."""
        box = self._followed(owner, attr, node)
        in_class = inspect.getattr_static(box.type, attr, UNBOUND)
        if isinstance(in_class, property):
            if in_class.fset is None:
                raise self.refuse(f"the property `{attr}` cannot be set", "Python would raise AttributeError.",
                                  node=node)
            self.call_python(in_class.fset, [box, value], {}, "", node)
            return
        own = inspect.getattr_static(box.type, "__setattr__")
        if isinstance(own, types.FunctionType) and not plain and not _generated(own):
            self.guard_member(box.type, "__setattr__", own)
            self.call_python(own, [box, Lit(attr), value], {}, "", node)
            return
        if own is not object.__setattr__ and box.type is not types.SimpleNamespace and not plain:
            frozen = getattr(getattr(box.type, "__dataclass_params__", None), "frozen", False)
            raise self.refuse(f"a store to an attribute of a {box.type.__name__}, which defines `__setattr__`",
                              "Python would raise FrozenInstanceError." if frozen else "", MSG_LOCAL, node)
        self.hold(box, value, node)
        self.set_field(box, attr, value, node)
        self.write_outside(box, "__setattr__", [Lit(attr), value], node)

    def set_field(self: Lowerer, box: Box, attr: str, value: Any, node: Any) -> None:
        content = self.content_of_object(box, node)
        if box.origin is not None and attr not in content.items:
            raise Follow(id(box.origin.value), attr)
        self.change(box, Map({**content.items, attr: value}, content.type), node)

    def content_of_object(self: Lowerer, box: Box, node: Any) -> Any:
        """The attributes that are followed of an object, by name."""
        content = self.state.heap[box]
        if isinstance(content, Mixed):
            raise self.refuse(f"an object of class {box.type.__name__} whose attributes differ between paths or trips",
                              "", "Set the same attributes on every path, in `__init__`.", node)
        return content

    def box_of_function(self: Lowerer, function: UserFunction) -> Box:
        """The attributes of a function that is made inside: they are followed as those of an object."""
        box = self.function_boxes.setdefault(function, Box(types.FunctionType))
        self.state.heap.setdefault(box, Map({}, types.FunctionType))
        return box

    def _followed(self: Lowerer, owner: Any, attr: str, node: Any) -> Box:
        if isinstance(owner, Box) and owner.type is not list and not issubclass(owner.type, dict):
            return owner
        if isinstance(owner, UserFunction):
            return self.box_of_function(owner)
        if isinstance(owner, Lit) and is_own_function(owner.value):
            owner = self.follow_object(object_of(owner.value))
            if isinstance(owner, Box):
                return owner
            raise Follow(id(owner.value), attr)
        if not isinstance(owner, Object):
            raise self.refuse(f"a store to an attribute of {self.describe(owner)}", "", MSG_LOCAL, node)
        found = self.written_objects.get(id(owner.value))
        if found is not None:
            return found
        if not is_plain_class(type(owner.value)):
            raise self.refuse(f"a store to the attribute `.{attr}` of a {type(owner.value).__name__}",
                              "It is more than its attributes.", MSG_LOCAL, node)
        raise Follow(id(owner.value), attr)

    def guard_names(self: Lowerer, value: Object) -> None:
        """From here on the variant holds only while the object has the attributes that it has now."""
        source = (value.source, "__dict__")
        self.guards.setdefault((source, "keys"), Guard(source, tuple(vars(value.value)), "keys"))

    def raw_attribute(self: Lowerer, owner: Object, attr: str, node: Any) -> Any:
        """An attribute of an argument object as the caller set it."""
        value = getattr(owner.value, attr)
        return self.read_path((owner.source, attr), value, attr, owner, node)

    def follow_object(self: Lowerer, value: Object) -> Any:
        """An argument object as a container: what the function stores into it is followed, and never reaches it."""
        if id(value.value) not in self.followed:
            return value
        known = self.written_objects.get(id(value.value))
        if known is not None:
            self.state.heap.setdefault(known, self.first_contents[known])
            return known
        if not given_by_caller(value):
            self.hold_identity(value)
        held, cls = value.value, type(value.value)
        known = self.written_objects[id(held)] = Box(cls, value.atom, value)
        if isinstance(held, (list, dict)) and not given_by_caller(value):
            self.check_size(value, self.node)
        if isinstance(held, list):
            self.fix_length(value)
            content: Any = Seq(tuple(self.object_item(value, Lit(i), self.node) for i in range(len(held))), list)
        elif isinstance(held, dict):
            self.guards.setdefault((value.source, "keys"), Guard(value.source, tuple(held), "keys"))
            content = Map({k: self.object_item(value, Lit(k), self.node) for k in held})
        else:
            names = self.followed[id(held)]
            content = Map({n: self.raw_attribute(value, n, self.node) if hasattr(held, n) else UNBOUND for n in names},
                          cls)
        self.first_contents[known] = self.state.heap[known] = content
        return known

    # --- construction ---------------------------------------------------------------------------------------------

    def construct(self: Lowerer, cls: type, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
        """cls(*args, **kwargs), for a class of the user's: its `__init__` is interpreted."""
        init = inspect.getattr_static(cls, "__init__")
        box = self.new_box(cls, Map({}, cls))
        if dataclasses.is_dataclass(cls) and "__dataclass_fields__" in vars(cls) and _generated(init):
            self._construct_dataclass(box, args, kwargs, node)
        elif isinstance(init, types.FunctionType):
            self.call_python(init, [box, *args], kwargs, "", node)
        elif args or kwargs:
            raise self.refuse(f"`{cls.__name__}()` takes no arguments", "Python would raise TypeError.", node=node)
        return box

    def _made_by(self: Lowerer, factory: Any, node: Any) -> Any:
        if factory in (list, dict):
            return self.new_list(()) if factory is list else self.new_dict({})
        return self.call_known(factory, [], {}, "", node)

    def _construct_dataclass(self: Lowerer, box: Box, args: list[Any], kwargs: dict[str, Any], node: Any) -> None:
        cls: Any = box.type
        given = self.bind_arguments(_dataclass_signature(cls), args, kwargs, node, cls.__name__)
        values: dict[str, Any] = {}
        for field in dataclasses.fields(cls):
            if field.name in given and given[field.name] is not field:
                values[field.name] = given[field.name]
            elif field.default_factory is not dataclasses.MISSING:
                values[field.name] = self._made_by(field.default_factory, node)
            elif field.default is not dataclasses.MISSING:
                values[field.name] = self.capture((("known", cls), field.name), field.default, field.name)
        self.state.heap[box] = Map(values, cls)
        after = getattr(cls, "__post_init__", None)
        if after is not None:
            self.call_python(after, [box], {}, "", node)


def _generated(init: Any) -> bool:
    """Is this the `__init__` that `dataclass` wrote?"""
    return bool(getattr(getattr(init, "__code__", None), "co_filename", "") == "<string>")


def _dataclass_signature(cls: Any) -> inspect.Signature:
    make, parameters = inspect.Parameter, []
    for field in dataclasses.fields(cls):
        if not field.init:
            continue
        style = make.KEYWORD_ONLY if field.kw_only else make.POSITIONAL_OR_KEYWORD
        has = field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING
        parameters.append(make(field.name, style, default=field if has else make.empty))
    return inspect.Signature(sorted(parameters, key=lambda p: p.kind is make.KEYWORD_ONLY))


def is_written_in_python(cls: Any) -> bool:
    """A class with a `class` statement."""
    return bool(cls.__flags__ & 1 << 9) and cls.__module__.split(".")[0] not in ("builtins", "numpy", "scipy")


def is_own_function(value: Any) -> bool:
    """A function of the user's, which may carry attributes."""
    return isinstance(value, types.FunctionType) and not value.__module__.startswith(("pullback.", "numpy.", "scipy."))


def object_of(function: Any) -> Object:
    """A function as an object that has attributes."""
    return Object(function, ("known", function), Lit(function))


def is_plain_class(cls: Any) -> bool:
    """A class of the user's whose objects are nothing but their attributes."""
    if not isinstance(cls, type) or type(cls).__call__ is not type.__call__ or cls.__module__ in ("builtins",):
        return False
    if inspect.getattr_static(cls, "__new__") is not vars(object)["__new__"] or (any(
            base.__module__.split(".")[0] in ("builtins", "numpy", "typing", "pullback") for base in cls.__mro__[:-1]) \
            and not cls.__module__.startswith("pullback.compiler.library.")):
        return False
    by_name = inspect.getattr_static(cls, "__getattr__", None)
    return inspect.getattr_static(cls, "__getattribute__") is object.__getattribute__ and (
        by_name is None or isinstance(by_name, types.FunctionType))


__all__ = ["MSG_LOCAL", "Objects", "is_own_function", "is_plain_class", "object_of"]
