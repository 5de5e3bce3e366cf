"""Comprehensions of lists, sets and dicts, as Python runs them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gast

from .grown import UnknownLength
from .own_functions import holds_functions
from .state import Scope
from .values import Object, Seq

if TYPE_CHECKING:
    from .lowerer import Lowerer


class Comprehensions:
    """Mixin of `Lowerer`."""

    def eval_ListComp(self: Lowerer, node: Any, name: str) -> Any:
        return self.comprehended_list(node)

    def eval_DictComp(self: Lowerer, node: Any, name: str) -> Any:
        start, block = self.state.copy(), len(self.block)
        try:
            pairs = self.comprehend(node, lambda: (self.eval(node.key), self.eval(node.value)))
            if all(self.known_key(k) for k, _ in pairs):
                return self.new_dict({self.key_of(k, node): v for k, v in pairs})
        except UnknownLength:
            pass  # not known now: a loop
        self.state = start
        del self.block[block:]
        return self.comprehended_dict(node)

    def eval_SetComp(self: Lowerer, node: Any, name: str) -> Any:
        return self._set(self.comprehend(node, lambda: self.eval(node.elt)), node)

    def eval_Set(self: Lowerer, node: Any, name: str) -> Any:
        return self._set(self.eval_elements(node.elts), node)

    def _set(self: Lowerer, items: list[Any], node: Any) -> Any:
        """A set that can change."""
        return self.call_known(set, [Seq(tuple(items))], {}, "", node)

    def key_of(self: Lowerer, value: Any, node: Any) -> Any:
        """The constant that is a key of a dict or an element of a set; an object of the user's may be one."""
        return value.value if isinstance(value, Object) else self.dict_key(value, node)

    def comprehend(self: Lowerer, node: Any, element: Any) -> list[Any]:
        """The elements of a comprehension over things of known length, one by one; its names are its own."""
        found: list[Any] = []
        outer, self.scope = self.scope, self.inner_scope_of(node, self.scope)
        try:
            self._comprehend(node, 0, element, found)
        finally:
            inner, self.scope = self.scope, outer
            self.forget_names(node, inner)
        return found

    def forget_names(self: Lowerer, node: Any, scope: Scope) -> None:
        """The names of a comprehension or generator that has ended, unless functions made inside read them later."""
        if not holds_functions(node):
            for key in [k for k in self.state.env if k[0] is scope]:
                del self.state.env[key]

    def _comprehend(self: Lowerer, node: Any, level: int, element: Any, found: list[Any]) -> None:
        if level == len(node.generators):
            found.append(element())
            return
        generator = node.generators[level]
        iterable = self.eval(generator.iter)
        items = self.known_items(iterable)
        if items is None:
            if isinstance(node, (gast.ListComp, gast.GeneratorExp, gast.DictComp)):
                raise UnknownLength
            raise self.refuse("a comprehension over something whose length is known only at run time", "",
                              "Write the loop out, or build the array with NumPy functions.", node=node)
        for item in self.late(iterable, items):
            self.assign(generator.target, item)
            if all(self._holds(test, node) for test in generator.ifs):  # those after one that fails are not evaluated
                self._comprehend(node, level + 1, element, found)

    def _holds(self: Lowerer, test: Any, node: Any) -> bool:
        """Does a condition of a comprehension hold, as far as is known now?"""
        decided = self.decide(self.eval(test))
        if decided is None and isinstance(node, (gast.ListComp, gast.GeneratorExp, gast.DictComp)):
            raise UnknownLength
        if decided is None:
            raise self.refuse("a comprehension with a condition that only the run can decide", "",
                              "Write the loop out.", node=node)
        return decided


__all__ = ["Comprehensions"]
