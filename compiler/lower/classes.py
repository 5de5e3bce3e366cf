"""Members of the user's classes: methods of every kind, properties, `super()`."""

from __future__ import annotations

import inspect
import types
from typing import TYPE_CHECKING, Any

from ..ir import Lit
from .values import Bound, Guard, Super

if TYPE_CHECKING:
    from .lowerer import Lowerer


class Classes:
    """Mixin of `Lowerer`."""

    def member(self: Lowerer, owner: Any, cls: type, attr: str, found: Any, node: Any) -> Any:
        """owner.attr where the class has it; NotImplemented where `found` is no method or property in Python."""
        if isinstance(found, types.FunctionType):
            self.guard_member(cls, attr, found)
            return Bound(Lit(found), (owner,), {})
        if isinstance(found, staticmethod):
            self.guard_member(cls, attr, found.__func__)
            return Lit(found.__func__)
        if isinstance(found, classmethod):
            self.guard_classmethod(cls, attr, found.__func__)
            return Bound(Lit(found.__func__), (Lit(cls),), {})
        if isinstance(found, property):
            self.guard_member(cls, attr, found)
            if found.fget is None:
                raise self.refuse(f"the property `{attr}`, which cannot be read", "Python would raise AttributeError.",
                                  node=node)
            return self.call(Lit(found.fget), [owner], {}, "", node)
        return NotImplemented

    def guard_classmethod(self: Lowerer, cls: Any, attr: str, function: Any) -> None:
        """A bound method is new at each look; the function in it is not."""
        source = ((("known", cls), attr), "__func__")
        self.guards.setdefault(source, Guard(source, function, "is"))

    def class_attribute(self: Lowerer, cls: type, attr: str, node: Any) -> Any:
        """A member that is read from the class itself: `Model.rate`, `Model.make`."""
        found = inspect.getattr_static(cls, attr, None)
        if isinstance(found, classmethod):
            return self.member(Lit(cls), cls, attr, found, node)
        return self.capture((("known", cls), attr), getattr(cls, attr), attr)

    # --- super() ---------------------------------------------------------------------------------------------------

    def make_super(self: Lowerer, args: list[Any], node: Any) -> Any:
        """`super()` in a method, or `super(cls, self)`."""
        if len(args) == 2 and isinstance(args[0], Lit) and isinstance(args[0].value, type):
            return Super(args[0].value, args[1])
        cell = self.scope.origin.closure.get("__class__") if not args else None
        arguments = self.scope.origin.node.args
        first = [*arguments.posonlyargs, *arguments.args][:1]
        if cell is None or not first:
            raise self.refuse("`super()` here", "It is known only inside a method.", node=node)
        return Super(cell.cell_contents, self.lookup(first[0].id, node))

    def super_attribute(self: Lowerer, value: Super, attr: str, node: Any) -> Any:
        """The member that comes after the class in the order of its object's classes."""
        owner_is_class = isinstance(value.owner, Lit) and isinstance(value.owner.value, type)
        cls = value.owner.value if owner_is_class else self.user_class(value.owner)
        order = list(cls.__mro__) if cls is not None else []
        for base in order[order.index(value.cls) + 1:] if value.cls in order else []:
            if attr not in vars(base):
                continue
            if base is object and attr == "__setattr__":
                return Bound(Lit(object.__setattr__), (value.owner,), {})
            if base is object and attr in ("__init__", "__init_subclass__", "__post_init__"):
                return Bound(Lit(_nothing), (), {})
            found = vars(base)[attr]
            if isinstance(found, classmethod):
                return Bound(Lit(found.__func__), (Lit(cls),), {})
            result = self.member(value.owner, base, attr, found, node)
            if result is not NotImplemented:
                return result
            return self.capture((("known", base), attr), getattr(base, attr), attr)
        raise self.refuse(f"`super()` has no attribute `{attr}`", "Python would raise AttributeError.", node=node)


def _nothing() -> None:
    """What `object.__init__` does."""
