"""The methods of dicts whose keys are known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..ir import Lit
from .outside import MSG_OUTSIDE, NOT_READ, is_outside
from .rows import key_value
from .values import Box, Map, Object, Rows, Seq

if TYPE_CHECKING:
    from .lowerer import Lowerer

DICT_CHANGES = {"update", "setdefault", "pop", "popitem", "clear"}


class DictMethods:
    """Mixin of `Lowerer`."""

    def dict_method(self: Lowerer, owner: Any, name: str, args: list[Any], kwargs: dict[str, Any], node: Any) -> Any:
        """owner.name(*args), for a dict."""
        if isinstance(owner, Box) and is_outside(owner) and name in ("update", "clear") and self.state.heap.get(
                owner, self.first_contents.get(owner)) is NOT_READ:
            self.write_outside(owner, name, [*args, *([self.new_dict(kwargs)] if kwargs else [])], node)
            return Lit(None)
        content = self.open(owner)
        if isinstance(owner, Box) and owner.type.__module__ == "collections":
            from .collections_ import dict_method_of

            made = dict_method_of(self, owner, content, name, args, kwargs, node)
            if made is not NotImplemented:
                return made
        if name == "get" and (isinstance(content, Rows) or not self.known_key(args[0])):
            return self.item_at_key(content, args[0], lambda: args[1] if len(args) > 1 else Lit(None), node)
        if name in ("pop", "setdefault") and isinstance(owner, Box) and (
                isinstance(content, Rows) or not self.known_key(args[0])):
            return self._change_at_key(owner, content, name, args, node)
        if isinstance(content, Rows):
            return self.table_method(owner, content, name, args, kwargs, node)
        if name == "items":
            return self.view_of_dict(owner, Seq(tuple(Seq((key_value(k), v)) for k, v in content.items.items())), name)
        if name == "values":
            return self.view_of_dict(owner, Seq(tuple(content.items.values())), name)
        if name == "keys":
            return self.view_of_dict(owner, Seq(tuple(key_value(k) for k in content.items)), name)
        if name == "copy":
            return self.like_box(owner, content) if isinstance(owner, Box) else self.new_dict(content.items,
                                                                                              content.type)
        if name == "get":
            return content.items.get(self.dict_key(args[0], node), args[1] if len(args) > 1 else Lit(None))
        if not isinstance(owner, (Box, Object)) or name not in DICT_CHANGES:
            raise self.refuse(f"the dict method `.{name}`", "", "Write it with `d[key] = value`.", node=node)
        return self._change_dict(self.changeable(owner, node), content, name, args, kwargs, node)

    def _change_at_key(self: Lowerer, box: Box, content: Any, name: str, args: list[Any], node: Any) -> Any:
        if is_outside(box):
            raise self.refuse(f"`.{name}` at a key that only the run knows, of a dict from outside the function", "",
                              MSG_OUTSIDE, node)
        if name == "pop":
            return self.delete_at_key(box, content, args[0], lambda: args[1] if len(args) > 1 else self.missing_key(
                content, args[0], node), node)
        default = args[1] if len(args) > 1 else Lit(None)
        there = self.has_key(content, args[0], node)

        def add() -> Any:
            self.store_in_container(box, args[0], default, node)
            return None

        if (decided := self.decide(there)) is None:
            self.branch(there, lambda: None, add, "statement", stmt=self.stmt)
        elif not decided:
            add()
        return self.get_item(box, args[0], "", node)

    def _change_dict(self: Lowerer, box: Box, content: Map, name: str, args: list[Any], kwargs: dict[str, Any],
                     node: Any) -> Any:
        items = dict(content.items)
        result: Any = Lit(None)
        if name == "update":
            for other in args:
                given = self.open(other)
                pairs = given.items.items() if isinstance(given, Map) else [
                    (self.dict_key(k, node), v) for k, v in (self.unpack(p, node) for p in self.unpack(other, node))]
                items.update(pairs)
            items.update(kwargs)
        elif name == "setdefault":
            result = items.setdefault(self.dict_key(args[0], node), args[1] if len(args) > 1 else Lit(None))
        elif name == "pop":
            key = self.dict_key(args[0], node)
            if key not in items and len(args) < 2:
                raise self.refuse(f"`.pop({key!r})` of a key that is not there", "Python would raise KeyError.",
                                  node=node)
            result = items.pop(key, args[1] if len(args) > 1 else None)
        elif name == "popitem":
            if not items:
                raise self.refuse("`.popitem()` of an empty dict", "Python would raise KeyError.", node=node)
            key, value = items.popitem()
            result = Seq((key_value(key), value))
        else:
            items.clear()
        for value in items.values():
            self.hold(box, value, node)
        if is_outside(box):
            self.write_outside(box, name, [*args, *([self.new_dict(kwargs)] if kwargs else [])], node)
        self.change(box, Map(items, content.type), node)
        return result
