"""Containers that change: lists and dicts with identity. Where the length is known, they are followed item by item."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..domains import kinds
from ..ir import Lit, Var
from .dict_methods import DICT_CHANGES
from .list_methods import LIST_METHODS
from .objects import Follow, given_by_caller
from .outside import MSG_OUTSIDE, NOT_READ, is_outside
from .rows import MSG_ROWS
from .state import boxes_in
from .values import Box, Guard, Map, Maybe, Mixed, Object, Ref, Rows, Seq, Slice, Stream

if TYPE_CHECKING:
    from .lowerer import Lowerer

MSG_FROZEN = "Make a copy first: `list(a)`, `dict(a)`."
LISTS, DICTS = (list,), (dict,)


class Containers:
    """Mixin of `Lowerer`."""

    # --- what a container holds -----------------------------------------------------------------------------------

    def new_list(self: Lowerer, items: tuple[Any, ...], atom: Any = None) -> Any:
        """A new list; in a rule's body, where nothing changes, the sequence itself."""
        if self.rule_mode or self.raw_lists:
            return Seq(tuple(items), list)
        return self.new_box(list, Seq(tuple(items), list), atom)

    def new_dict(self: Lowerer, items: dict[Any, Any], cls: type = dict, atom: Any = None) -> Any:
        if self.rule_mode or self.raw_lists:
            return Map(dict(items), cls)
        return self.new_box(cls, Map(dict(items), cls), atom)

    def new_box(self: Lowerer, cls: type, content: Any, atom: Any = None, origin: Any = None) -> Box:
        box = Box(cls, atom, origin)
        self.state.heap[box] = content
        return box

    def like_box(self: Lowerer, old: Box, content: Any) -> Box:
        """A new container of the same class."""
        box = self.new_box(old.type, content)
        box.flavour, box.extra = old.flavour, old.extra
        return box

    def boxed(self: Lowerer, value: Any) -> Any:
        """An argument's tree with its lists, dicts and records as containers that can change."""
        if isinstance(value, Object):
            return self.follow_object(value)
        if isinstance(value, Map):
            items = {k: self.boxed(v) for k, v in value.items.items()}
            return self.new_dict(items, value.type, value.atom)
        if not isinstance(value, Seq):
            return value
        items_of = tuple(self.boxed(v) for v in value.items)
        if value.type is list:
            return self.new_list(items_of, value.atom)
        fields = getattr(value.type, "__dataclass_fields__", None)
        if fields is not None:
            return self.new_box(value.type, Map(dict(zip(fields, items_of, strict=True)), value.type), value.atom)
        return Seq(items_of, value.type, value.atom)

    def open(self: Lowerer, value: Any) -> Any:
        """What a list or dict holds now; any other value as it is."""
        if type(value) is Seq:
            return self.view_now(value) if self.views_of_dicts else value
        if isinstance(value, Maybe):
            value = self.surely(value)
        if isinstance(value, Object):
            value = self.written_objects.get(id(value.value), value)
        if isinstance(value, Box) and (value.type is list or issubclass(value.type, dict)):
            content = self.state.heap[value] if value in self.state.heap else self.first_contents[value]
            if content is NOT_READ:
                raise Follow(id(value.origin.value))
            return self.unknown_content(value, content) if isinstance(content, Mixed) else content
        if isinstance(value, Object) and isinstance(value.value, (list, dict)):
            self.noted_read(value)
        return value

    def unknown_content(self: Lowerer, box: Box, content: Mixed, node: Any = None) -> Any:
        """Raise for a container whose form differs between paths or trips."""
        if box.type is list:
            raise self.refuse(*MSG_ROWS, node)
        raise self.refuse(f"a {box.type.__name__} whose keys differ between paths or trips", "",
                          "Give it the same keys on every path.", node)

    def opened(self: Lowerer, value: Any) -> Any:
        """A value with all containers in it as what they hold now; records as sequences of their fields."""
        if isinstance(value, (Var, Ref, Lit)):
            return value
        if isinstance(value, Maybe):
            return self.opened(self.surely(value))
        if isinstance(value, Object):
            value = self.written_objects.get(id(value.value), value)
        if isinstance(value, Box):
            content = self.state.heap[value] if value in self.state.heap else self.first_contents[value]
            if content is NOT_READ:
                raise Follow(id(value.origin.value))
            if isinstance(content, Mixed):
                return self.unknown_content(value, content)
            if isinstance(content, Rows):
                raise self.refuse("a list whose length only the run knows, of elements with parts, as a value here",
                                  "It is a list for each part.", "Make an array of each part, or walk over it.")
            if value.type is list or issubclass(value.type, dict):
                return self.opened(content)
            fields = getattr(value.type, "__dataclass_fields__", None)
            if fields is None or list(fields) != list(content.items):
                return value
            return Seq(tuple(self.opened(content.items[f]) for f in fields), value.type)
        if isinstance(value, Seq):
            return Seq(tuple(self.opened(v) for v in value.items), value.type)
        if isinstance(value, Map):
            return Map({k: self.opened(v) for k, v in value.items.items()}, value.type)
        return value

    def list_value(self: Lowerer, var: Var) -> Box:
        """The list that a variable of kind ListOf holds."""
        return self.new_box(list, var)

    def change(self: Lowerer, box: Box, content: Any, node: Any = None) -> None:
        """Replace what a container holds: every name of it sees the change."""
        reason = self.state.frozen.get(box)
        if reason is not None:
            raise self.refuse("a change of a container that may be known by another name", reason + ".", MSG_FROZEN,
                              node)
        if box.atom is not None:
            self.changed_arguments.setdefault(box, self.where(node))
        self.state.heap[box] = content

    def hold(self: Lowerer, box: Box, value: Any, node: Any) -> None:
        """Check that a value can be put into a container: not the container itself."""
        for inner in boxes_in(value):
            if inner is box or any(box in boxes_in(c) for c in [self.state.heap.get(inner)]):
                raise self.refuse("a container put into itself", "It would never end.", node=node)

    def changeable(self: Lowerer, value: Any, node: Any) -> Box:
        """The container to change; a list or dict of an argument object is followed from here on."""
        if isinstance(value, Object):
            found = self.written_objects.get(id(value.value))
            if found is not None:
                self.state.heap.setdefault(found, self.first_contents[found])
                return found
            return self.follow(value, node)
        assert isinstance(value, Box)
        return value

    def follow(self: Lowerer, value: Object, node: Any) -> Box:
        """From here on a container inside an argument object is followed: the object's own is left alone."""
        if type(value.value) not in (list, dict):
            raise self.refuse(f"a change of a {type(value.value).__name__} from outside the function",
                              "It would keep the change after the call.", MSG_OUTSIDE, node)
        if not given_by_caller(value):
            return self.outside_box(value)
        raise Follow(id(value.value))

    # --- stores and deletions -------------------------------------------------------------------------------------

    def store_in_container(self: Lowerer, owner: Any, index: Any, value: Any, node: Any) -> None:
        """owner[index] = value, for a list or dict."""
        box = self.changeable(owner, node)
        content = self.state.heap[box]
        if is_outside(box):
            self.write_outside(box, "__setitem__", [index, value], node)
        if content is NOT_READ:
            return
        if issubclass(box.type, dict) and (isinstance(content, Rows) or not self.known_key(index)):
            self.hold(box, value, node)
            self.keeps_length(box, node)
            self.store_at_key(box, content, index, value, node)
        elif isinstance(content, Map) and issubclass(box.type, dict):
            self.hold(box, value, node)
            self.change(box, Map({**content.items, self.dict_key(index, node): value}, content.type), node)
        elif isinstance(content, Rows):
            self.store_in_rows(content, index, value, node)
        elif self.counts_places(content, index):
            self.store_in_list(box, self.make_grown(box, node), index, value, node)
        elif isinstance(content, Var):
            self.store_in_list(box, content, index, value, node)
        elif isinstance(content, Seq):
            self.hold(box, value, node)
            items = list(content.items)
            where = self.known_index(index, node)
            try:
                items[where] = list(self.unpack(value, node)) if isinstance(where, slice) else value
            except (IndexError, ValueError) as error:
                raise self.refuse(f"this always raises {type(error).__name__}: {error}", node=node) from error
            self.change(box, Seq(tuple(items), list), node)
        else:
            raise self.refuse(f"a store into {self.describe(owner)}", "", "Store into arrays, lists and dicts.",
                              node=node)

    def counts_places(self: Lowerer, content: Any, index: Any) -> bool:
        """Is this a list of numbers at a place that only the run knows (`counts[int(v)] += 1`)?"""
        return isinstance(content, Seq) and content.type is list and isinstance(index, Var) and bool(content.items) \
            and isinstance(self.kind(index), kinds.Scalar) and kinds.dtype_of(self.kind(index)) is not None \
            and kinds.dtype_of(self.kind(index)).kind in "iu" and all(  # type: ignore[union-attr]
                isinstance(self.kind(v), kinds.Scalar) for v in content.items) and not self.raw_lists

    def delete_item(self: Lowerer, owner: Any, index: Any, node: Any) -> None:
        """del owner[index]"""
        if not isinstance(owner, (Box, Object)) or ((owner.type if isinstance(owner, Box) else None) not in (
                list, dict) and isinstance(owner, Box) and not issubclass(owner.type, dict)):
            raise self.refuse(f"`del` of an element of {self.describe(owner)}", "", "Delete from lists and dicts.",
                              node=node)
        box = self.changeable(owner, node)
        self.keeps_length(box, node)
        content = self.state.heap[box]
        if is_outside(box):
            self.write_outside(box, "__delitem__", [index], node)
        if content is NOT_READ:
            return
        if issubclass(box.type, dict) and (isinstance(content, Rows) or not self.known_key(index)):
            self.delete_at_key(box, content, index, lambda: self.missing_key(content, index, node), node)
        elif isinstance(content, Map):
            key = self.dict_key(index, node)
            if key not in content.items:
                raise self.refuse(f"`del` of the key {key!r}, which is not there", "Python would raise KeyError.",
                                  node=node)
            self.change(box, Map({k: v for k, v in content.items.items() if k != key}, content.type), node)
        elif isinstance(content, Seq):
            items = list(content.items)
            try:
                del items[self.known_index(index, node)]
            except IndexError as error:
                raise self.refuse(f"this always raises IndexError: {error}", node=node) from error
            self.change(box, Seq(tuple(items), list), node)
        else:
            raise self.refuse("`del` of an element of a list whose length only the run knows", "",
                              "Build a list without it.", node=node)

    def dict_key(self: Lowerer, index: Any, node: Any) -> Any:
        """A key as a constant."""
        if isinstance(index, Lit):
            return index.value
        if isinstance(index, Seq) and index.type is tuple:
            return tuple(self.dict_key(i, node) for i in index.items)
        raise self.refuse("a dict key that is known only at run time", "", "Use a list or an array.", node=node)

    def known_index(self: Lowerer, index: Any, node: Any) -> Any:
        if isinstance(index, Lit) and isinstance(index.value, int):
            return index.value
        if isinstance(index, Slice) and all(isinstance(p, Lit) for p in (index.start, index.stop, index.step)):
            return slice(index.start.value, index.stop.value, index.step.value)
        raise self.refuse("a list indexed by a value that is not a constant", "Its elements may differ in kind.",
                          "Stack them into an array: `np.stack(...)`.", node=node)

    def method_of_outside(self: Lowerer, owner: Object, name: str, args: list[Any], kwargs: dict[str, Any],
                          node: Any) -> Any:
        """A method of a list or dict from outside the function."""
        held = owner.value
        if isinstance(held, list):
            return self.list_method(owner, name, args, kwargs, node)
        if name in DICT_CHANGES:
            return self.dict_method(self.changeable(owner, node), name, args, kwargs, node)
        self.noted_read(owner)
        self.guards.setdefault((owner.source, "keys"), Guard(owner.source, tuple(held), "keys"))
        items = {k: self.object_item(owner, Lit(k), node) for k in held}
        return self.dict_method(Map(items), name, args, kwargs, node)

    # --- methods --------------------------------------------------------------------------------------------------

    def list_method(self: Lowerer, owner: Any, name: str, args: list[Any], kwargs: dict[str, Any], node: Any) -> Any:
        """owner.name(*args), for a list."""
        if isinstance(owner, Box) and owner.flavour is not None:
            made = self._method_of_flavour(owner, name, args, node)
            if made is not NotImplemented:
                return made
        return self.plain_list_method(owner, name, args, kwargs, node)

    def plain_list_method(self: Lowerer, owner: Any, name: str, args: list[Any], kwargs: dict[str, Any],
                          node: Any) -> Any:
        """The same for a list of Python's, which deques and sets are made of."""
        if name in ("index", "count"):
            items = self.unpack(owner, node)
            if args and all(isinstance(i, Lit) for i in (*items, *args)):
                return self.fold(getattr(list, name), node, [i.value for i in items], *(a.value for a in args))
            raise self.refuse(f"the list method `.{name}` of values known only at run time", node=node)
        if name == "copy":
            content = self.open(owner)
            if isinstance(content, Rows):
                return self.copied_rows(content)
            return self.list_value(content) if isinstance(content, Var) else self.new_list(
                tuple(self.unpack(owner, node)))
        method: Callable[..., Any] | None = LIST_METHODS.get(name)
        self.keeps_length(owner, node)
        if method is None:
            raise self.refuse(f"the list method `.{name}`", "", "Write the loop out.", node=node)
        box = self.changeable(owner, node)
        content = self.state.heap[box]
        for value in args:
            self.hold(box, value, node)
        if is_outside(box):
            if name == "pop" and content is NOT_READ:
                raise Follow(id(box.origin.value))
            self.write_outside(box, name, self._written(name, args, kwargs, node), node)
        if content is NOT_READ:
            return Lit(None)
        if name == "sort" and isinstance(content, (Rows, Var)):
            self.change(box, self.open(self.call_known(sorted, [content], kwargs, "", node)), node)
            return Lit(None)
        if isinstance(content, Rows):
            self.change(box, content, node)
            return self.rows_method(box, content, name, args, node)
        if isinstance(content, Var):
            return self.grown_list_method(box, content, name, args, node)
        if isinstance(content, Mixed):
            self.unknown_content(box, content, node)
        return method(self, box, content, args, kwargs, node)

    def _method_of_flavour(self: Lowerer, owner: Box, name: str, args: list[Any], node: Any) -> Any:
        """The method of a deque or a set, by the methods of a list."""
        from .collections_ import deque_method, set_method

        if owner.flavour is set:
            return set_method(self, owner, name, args, node)
        return deque_method(self, owner, name, args, node)

    def _written(self: Lowerer, name: str, args: list[Any], kwargs: dict[str, Any], node: Any) -> list[Any]:
        """The arguments of a list's method for the list from outside that is changed by it."""
        if kwargs:
            raise self.refuse(f"`.{name}` with keywords of a list from outside the function", "", MSG_OUTSIDE, node)
        if name != "extend":
            return args
        known = self.known_items(args[0])
        if known is not None and isinstance(args[0], Stream):
            args[0] = Seq(tuple(known), list)
        return [self.new_list(tuple(known))] if known is not None else args

