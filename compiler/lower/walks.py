"""What is walked may change meanwhile: an element is read when its trip begins, as Python reads it.

Iterators hold the lists that they walk over, not what these held when the iterator was made; a view of a dict is made
again where the dict has changed. A list may not grow or shrink while it is walked: how far the loop goes would depend
on it.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..ir import Var
from .values import Box, Cursor, Items, Rows, Seq, Stream

if TYPE_CHECKING:
    from .lowerer import Lowerer

# Functions that read their iterables when the result is walked.
LATE = frozenset({enumerate, zip, reversed, map, filter, iter, itertools.chain, itertools.starmap, itertools.cycle,
                  itertools.filterfalse, itertools.takewhile, itertools.dropwhile})

ORDERLESS = (len, sum, max, min, any, all, sorted, set, frozenset, bool)  # what takes a set in any order
# What asks for more of a container than what it holds.
AS_IT_IS = (print, isinstance, type, copy.copy, copy.deepcopy, object.__setattr__)


class Walks:
    """Mixin of `Lowerer`."""

    views_of_dicts: dict[int, tuple[Seq, Box, Any, str]]  # by identity: the view, its dict, what that held, which view
    walking: list[Box]  # the lists that loops of the run walk over around the present place

    def given(self: Lowerer, fn: Any, args: list[Any], node: Any) -> list[Any]:
        """The arguments of a special call: as what they hold now, except lists that are read later."""
        if fn in AS_IT_IS:
            return args
        late = fn in LATE
        return [a if late and isinstance(a, Box) and a.type is list and a.flavour is not set
                else self.open(a if fn in ORDERLESS else self.ordered(a, node)) for a in args]

    def walked(self: Lowerer, iterable: Any) -> list[Box]:
        """The lists and dicts that the elements of an iterable are read from."""
        if isinstance(iterable, Box):
            if iterable.type is Cursor:
                return self.walked(self.state.heap[iterable].items["source"])
            return [iterable]
        if isinstance(iterable, (Items, Stream)):
            return [box for part in iterable.parts for box in self.walked(part)]
        view = self.views_of_dicts.get(id(iterable))
        return [] if view is None else [view[1]]

    def late(self: Lowerer, iterable: Any, known: list[Any]) -> Iterator[Any]:
        """Elements that are known, each as it is when its trip begins."""
        boxes = self.walked(iterable)
        held, count, node = [self.state.heap.get(b) for b in boxes], len(known), self.node
        for position in range(count + 1):
            now = [self.state.heap.get(b) for b in boxes]
            if any(a is not b for a, b in zip(now, held, strict=True)) and not self.state.dead:
                held, known = now, self.elements_of(iterable, count, node)
            if position < count:
                yield known[position]

    def elements_of(self: Lowerer, iterable: Any, count: int, node: Any = None) -> list[Any]:
        """The elements of something that is being walked, which must still be as many."""
        known = self.known_items(iterable)
        if known is None or len(known) != count:
            raise self._grows(node)
        return known

    def _grows(self: Lowerer, node: Any = None) -> Exception:
        return self.refuse("a list or dict that grows or shrinks while it is walked", "How far the loop goes depends "
                           "on it.", "Walk over a copy: `for v in list(values)`.", node=node)

    @contextmanager
    def walking_over(self: Lowerer, iterable: Any) -> Iterator[None]:
        """Around a loop of the run: lists of unknown length keep their length; what is copied before may not change."""
        boxes = [b for b in self.walked(iterable) if b not in self.walking]
        lists = [b for b in boxes if isinstance(self.state.heap.get(b), (Var, Rows))]
        copied = [b for b in boxes if b not in lists and b not in self.state.frozen]
        self.walking += lists
        self.state.frozen.update(dict.fromkeys(copied, "A loop walks over it"))
        try:
            yield
        finally:
            del self.walking[len(self.walking) - len(lists):]
            for box in copied:
                self.state.frozen.pop(box, None)

    def keeps_length(self: Lowerer, box: Any, node: Any) -> None:
        """Before a change of a list's length: refused while a loop of the run walks over it."""
        if box in self.walking:
            raise self._grows(node)

    def view_of_dict(self: Lowerer, owner: Any, view: Seq, how: str) -> Seq:
        """A view (`d.items()`) that sees later changes of its dict."""
        if isinstance(owner, Box):
            self.views_of_dicts[id(view)] = view, owner, self.state.heap.get(owner), how
        return view

    def view_now(self: Lowerer, view: Seq) -> Seq:
        """A view of a dict as it is now; any other sequence as it is."""
        found = self.views_of_dicts.get(id(view))
        if found is None or self.state.heap.get(found[1]) is found[2]:
            return view
        made: Seq = self.dict_method(found[1], found[3], [], {}, None)
        return made
