"""Expressions: each `eval_<Node>` returns the abstract value of a gast node."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

import gast
import numpy as np

from ...runtime.checks import check_unpacks
from ...runtime.errors import UnsupportedError
from .. import primitives as prim
from ..desugar.kernel import refusal
from ..domains import kinds
from ..domains.kinds import Array, Known, Scalar, TupleOf
from ..ir import Call, If, Lit, Primitive, Var
from .grown import UnknownLength
from .joiners import is_joiner, joiner_item
from .operators import UNARY_METHODS
from .patterns import PATTERNS
from .texts import is_plain
from .values import (
    UNBOUND,
    Box,
    Derived,
    Flat,
    Guard,
    Items,
    Map,
    Maybe,
    Method,
    Mixed,
    Object,
    Partial,
    Ref,
    Rows,
    Seq,
    Slice,
    Stream,
    UserFunction,
)

if TYPE_CHECKING:
    from .lowerer import Lowerer


class Expressions:
    """Mixin of `Lowerer`."""

    def eval(self: Lowerer, node: Any, name: str = "") -> Any:
        """The abstract value of an expression; `name` is what the user calls its result."""
        method = getattr(self, f"eval_{type(node).__name__}", None)
        if method is None:
            raise self.refuse(*refusal(node), node=node)
        before, self.node = self.node, node  # as `self.at(node)` does, which costs three calls
        try:
            return method(node, name)
        finally:
            self.node = before

    def eval_Constant(self: Lowerer, node: Any, name: str) -> Any:
        return Lit(node.value)

    def eval_Name(self: Lowerer, node: Any, name: str) -> Any:
        value = self.lookup(node.id, node)
        if type(value) in (Items, Stream):
            self._read_once(value, node)
        return value

    def _read_once(self: Lowerer, iterator: Items | Stream, node: Any) -> None:
        """An iterator (`zip(...)`) is empty when it is walked the second time; nothing keeps count of that."""
        key = (self.scope, node.id)
        if self.loaded.get(key) is iterator:
            raise self.refuse("an iterator that is used twice",
                              "What is left of it the second time depends on the run.",
                              "Make a list of it, or make the iterator anew.", node=node)
        self.loaded[key] = iterator

    def lookup(self: Lowerer, ident: str, node: Any) -> Any:
        """What a name holds here: locals, the functions around, captured cells, globals, builtins."""
        scope = self.scope
        while scope is not None:
            if ident in scope.locals:
                return self._bound_name(scope, ident, node)
            if scope.parent is None or ident in scope.outer:
                break
            scope = scope.parent
        outer = self.outer_name(scope, ident) if scope is not None else None
        if outer is not None:
            return self._bound_name(*outer, node)
        if ident in PATTERNS:
            return Lit(PATTERNS[ident])
        binding, value = scope.origin.resolve(ident)
        if binding == "unbound":
            raise self.refuse(f"the name `{ident}` is not defined", "Python would raise NameError.",
                              f"Define `{ident}` before the call.", node=node)
        if binding == "builtin" or self.rule_mode:
            return Lit(value)
        owner = scope.origin.fn
        key = ("closure", owner, ident) if binding == "closure" else ("global", owner, ident)
        return self.capture(key, value, ident)

    def _bound_name(self: Lowerer, scope: Any, ident: str, node: Any) -> Any:
        """What a name of a scope holds."""
        value = self.state.env.get((scope, ident), UNBOUND)
        if value is UNBOUND:
            raise self.refuse(f"the name `{ident}` is read before it is bound on every path here",
                              "Python would raise UnboundLocalError.", f"Give `{ident}` a value first.",
                              node=node)
        if isinstance(value, Mixed):
            self.atom(value)  # raises the located refusal
        if isinstance(value, Partial):
            raise self.refuse(f"`{ident}` after a `try` that may have raised",
                              "What it holds depends on how far the body came.",
                              f"Give `{ident}` a value in each `except`, or in `else`.", node=node)
        if self.unsure and isinstance(value, (Var, Ref)):
            self._check_bound(ident, value)
        return self.settled(value)

    def _check_bound(self: Lowerer, ident: str, value: Any) -> None:
        """A name that one side of a test left unbound: reading it after that side raises, as in Python."""
        var = value if isinstance(value, Var) else self.state.store.get(value.buffer)
        found = self.unsure.get(var) if var is not None else None
        if found is None:
            return
        cond, bound_if, lost = found
        with self.new_block() as block:
            message = f"cannot access local variable '{ident}' where it is not associated with a value"
            if lost:
                message = f"`{ident}` is read after a `try` that raised: what it holds depends on how far the body came"
            error = self.make_exception(UnsupportedError if lost else UnboundLocalError, [Lit(message)], {})
            self.block.append(Call((), prim.RAISE, (self.atom(error),), (), self.loc))
        then, orelse = ((), tuple(block)) if bound_if else (tuple(block), ())
        self.block.append(If(cond, then, orelse, (), "statement", self.loc))

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
            for key in [k for k in self.state.env if k[0] is inner]:
                del self.state.env[key]
        return found

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
            tests = [self.decide(self.eval(test)) for test in generator.ifs]
            if None in tests and isinstance(node, (gast.ListComp, gast.GeneratorExp, gast.DictComp)):
                raise UnknownLength
            if None in tests:
                raise self.refuse("a comprehension with a condition that only the run can decide", "",
                                  "Write the loop out.", node=node)
            if all(tests):
                self._comprehend(node, level + 1, element, found)

    def eval_Tuple(self: Lowerer, node: Any, name: str) -> Any:
        return Seq(tuple(self.eval_elements(node.elts)))

    def eval_List(self: Lowerer, node: Any, name: str) -> Any:
        return self.new_list(tuple(self.eval_elements(node.elts)))

    def eval_elements(self: Lowerer, nodes: list[Any]) -> list[Any]:
        items: list[Any] = []
        for element in nodes:
            if isinstance(element, gast.Starred):
                items += self.unpack(self.eval(element.value), element)
            else:
                items.append(self.eval(element))
        return items

    def eval_Dict(self: Lowerer, node: Any, name: str) -> Any:
        result: dict[Any, Any] = {}
        for key, value in zip(node.keys, node.values, strict=True):
            if key is None:
                other = self.open(self.eval(value))
                if not isinstance(other, Map):
                    raise self.refuse("`**` of something that is no dict of known keys", node=value)
                result.update(other.items)
                continue
            found = self.eval(key)
            if not self.known_key(found):
                return self._dict_of_run(result, node, found, value)
            result[self.key_of(found, key)] = self.eval(value)
        return self.new_dict(result)

    def _dict_of_run(self: Lowerer, result: dict[Any, Any], node: Any, found: Any, value: Any) -> Any:
        """A dict in braces, from the first key on that only the run knows."""
        box = self.new_dict(result)
        at = node.values.index(value)
        self.store_item(box, found, self.eval(value), value)
        for key, part in zip(node.keys[at + 1:], node.values[at + 1:], strict=True):
            if key is None:
                self.dict_method(box, "update", [self.eval(part)], {}, part)
            else:
                self.store_item(box, self.eval(key), self.eval(part), part)
        return box

    def eval_BinOp(self: Lowerer, node: Any, name: str) -> Any:
        left = self.eval(node.left)
        right = self.eval(node.right)
        return self.binary(type(node.op).__name__, left, right, name, node)

    def binary(self: Lowerer, op: str, left: Any, right: Any, name: str = "", node: Any = None) -> Any:
        """left op right, decided by the kinds: arithmetic, concatenation, repetition, or Python constants."""
        fn = prim.BINARY[op]
        for side in (left, right):
            if isinstance(side, Box) and side.flavour is set and op in SET_OPERATORS:
                return self.set_operation(op, left, right, node)
        left, right = self.open(left), self.open(right)
        joined = self.list_operation(op, left, right, node)
        if joined is not None:
            return joined
        if isinstance(left, Lit) and isinstance(right, Lit) and _foldable(left.value, right.value):
            return self.fold(fn, node, left.value, right.value)
        if op == "Add" and (isinstance(left, Seq) or isinstance(right, Seq)):
            left, right = self._as_sequence(left), self._as_sequence(right)
        if isinstance(left, Seq) and isinstance(right, Seq) and op == "Add" and left.type is right.type:
            items = (*left.items, *right.items)
            return self.new_list(items) if left.type is list else Seq(items, left.type)
        for seq, count in ((left, right), (right, left)):
            if isinstance(seq, Seq) and op == "Mult" and isinstance(count, Lit) and isinstance(count.value, int):
                items = seq.items * count.value
                return self.new_list(items) if seq.type is list else Seq(items, seq.type)
        if op == "BitOr" and isinstance(left, Map) and isinstance(right, Map) and not self.rule_mode \
                and left.type is right.type is dict:
            return self.new_dict({**left.items, **right.items}, left.type)
        result = self.binary_special(op, left, right, node)
        if result is not NotImplemented:
            return result
        for side in (left, right):
            if isinstance(side, Object):
                raise self.refuse("arithmetic on an object", f"It is a {type(side.value).__name__}.",
                                  "Compute with its numbers and arrays.", node=node)
            if isinstance(side, (Seq, Map)) and not self._array_like(left, right) and not self.rule_mode:
                raise self.refuse(f"`{op}` of a list and a value that is not known to be an array", node=node)
        return self.emit(fn, left, right, name=name)

    def set_operation(self: Lowerer, op: str, left: Any, right: Any, node: Any) -> Any:
        """left | right, and so on, of sets."""
        first = left if isinstance(left, Box) else self.call_known(set, [left], {}, "", node)
        return self.list_method(first, SET_OPERATORS[op], [right], {}, node)

    def _as_sequence(self: Lowerer, value: Any) -> Any:
        """One side of a concatenation, with its items."""
        constant = value.value if isinstance(value, Lit) else None
        if type(constant) is tuple or type(constant) is list:
            return Seq(tuple(Lit(v) for v in constant), type(constant))
        if isinstance(value, Var) and isinstance(value.kind, TupleOf):
            return Seq(tuple(self.unpack(value, None)), value.kind.type)
        return value

    def _array_like(self: Lowerer, left: Any, right: Any) -> bool:
        return any(isinstance(v, Ref) for v in (left, right))

    def fold(self: Lowerer, fn: Any, node: Any, *values: Any) -> Any:
        try:
            return Lit(fn(*values))
        except Exception as error:  # Python raises it when it runs there
            return self.raise_here(self.make_exception(type(error), [Lit(a) for a in error.args], {}))

    def eval_UnaryOp(self: Lowerer, node: Any, name: str) -> Any:
        value = self.eval(node.operand)
        op = type(node.op).__name__
        if op == "Not":
            value = self.truth(value, node)
            return self.negate(value)
        if self.user_class(value) is not None:
            result = self.call_special(value, UNARY_METHODS[op], [], node)
            if result is not NotImplemented:
                return result
        if isinstance(value, Lit) and isinstance(value.value, (int, float, complex)):
            return self.fold(prim.UNARY[op], node, value.value)
        return self.emit(prim.UNARY[op], value, name=name)

    def eval_Compare(self: Lowerer, node: Any, name: str) -> Any:
        left, right = self.eval(node.left), self.eval(node.comparators[0])
        return self.compare(type(node.ops[0]).__name__, left, right, name, node)

    def compare(self: Lowerer, op: str, left: Any, right: Any, name: str, node: Any) -> Any:
        if op in ("Is", "IsNot"):
            return self._identity(op, left, right, node)
        if op in ("Eq", "NotEq") and any(isinstance(self.settled(v), Maybe) for v in (left, right)):
            return self._equal_to_maybe(op, self.settled(left), self.settled(right), node)
        if op not in ("In", "NotIn") and any(isinstance(v, Box) and v.flavour is set for v in (left, right)):
            return self._compare_sets(op, left, right, node)
        left, right = self.open(left), self.open(right)
        if op in ("In", "NotIn"):
            return self._membership(op, left, right, name, node)
        result = self.compare_special(op, left, right, node)
        if result is not NotImplemented:
            return result
        fn = prim.COMPARE[op]
        if isinstance(left, Lit) and isinstance(right, Lit):
            return self.fold(fn, node, left.value, right.value)
        dims = [self._dim(v) for v in (left, right)]
        if None not in dims and op in ("Eq", "NotEq"):
            if dims[0] == dims[1]:
                return Lit(op == "Eq")
            if 1 in dims and not kinds.may_be_one(dims[0] if dims[1] == 1 else dims[1]):
                return Lit(op == "NotEq")
        if isinstance(left, Seq) and isinstance(right, Seq) and op in ("Eq", "NotEq"):
            if len(left.items) != len(right.items):
                return Lit(op == "NotEq")
        return self.emit(fn, left, right, name=name)

    def _dim(self: Lowerer, value: Any) -> Any:
        if isinstance(value, Lit) and type(value.value) is int:
            return value.value
        if isinstance(value, Var) and isinstance(value.kind, Scalar):
            return value.kind.dim
        return None

    def _equal_to_maybe(self: Lowerer, op: str, left: Any, right: Any, node: Any) -> Any:
        """`==` where a side may be None, which equals only None."""
        if isinstance(left, Maybe) and isinstance(right, Maybe):
            raise self.refuse("`==` of two values that may be None", "", "Test `is None` first.", node=node)
        maybe, other = (left, right) if isinstance(left, Maybe) else (right, left)
        if isinstance(other, Lit) and other.value is None:
            return self.none_test(maybe, op == "Eq")
        equal = self.short_circuit("and", self.negate(maybe.none), lambda: self.compare(
            "Eq", self.settled(maybe), other, "", node))
        return equal if op == "Eq" else self.negate(equal)

    def _compare_sets(self: Lowerer, op: str, left: Any, right: Any, node: Any) -> Any:
        """Sets of constants; of others only the run knows."""
        known = []
        for side in (left, right):
            content = self.open(side)
            items = [self.constant_of(i) for i in content.items] if isinstance(content, Seq) else [NotImplemented]
            known.append(content.value if isinstance(content, Lit) else items)
        if any(NotImplemented in k for k in known if isinstance(k, list)):
            raise self.refuse("a comparison of sets whose elements only the run knows", "", "Compare `sorted(...)` of "
                              "them.", node=node)
        return self.fold(prim.COMPARE[op], node, *(set(k) if isinstance(k, (list, frozenset)) else k for k in known))

    def _identity(self: Lowerer, op: str, left: Any, right: Any, node: Any) -> Any:
        positive = op == "Is"
        left, right = self.settled(left), self.settled(right)
        for one, other in ((left, right), (right, left)):
            if isinstance(one, Maybe) and isinstance(other, Lit) and other.value is None:
                return self.none_test(one, positive)
        if isinstance(left, Lit) and isinstance(right, Lit):
            return Lit((left.value is right.value) == positive)
        for one, other in ((left, right), (right, left)):
            if isinstance(other, Lit) and other.value is None:
                kind = self.kind(one)
                if isinstance(one, (Ref, Seq, Map, Box, UserFunction, Object)) or isinstance(
                        kind, (Scalar, Array, TupleOf)):
                    return Lit(not positive)
        if isinstance(left, Ref) and isinstance(right, Ref):
            return Lit((left.buffer is right.buffer) == positive)
        if isinstance(left, Box) or isinstance(right, Box):
            return Lit((left is right) == positive)
        return self.emit(prim.COMPARE[op], left, right)

    def _membership(self: Lowerer, op: str, left: Any, right: Any, name: str, node: Any) -> Any:
        if self.user_class(right) is not None:
            result = self.call_special(right, "__contains__", [left], node)
            if result is not NotImplemented:
                return self.negate(self.negate(result)) if op == "In" else self.negate(result)
        if isinstance(right, Rows) or (isinstance(right, Map) and not self.known_key(left)):
            if isinstance(right, Rows) and isinstance(right.form, Seq) and len(right.form.items) != 2:
                raise self.refuse("`in` a list of elements with parts", "", "Write the loop out.", node=node)
            there = self.has_key(right, left, node)
            return there if op == "In" else self.negate(there)
        if isinstance(right, Map) and isinstance(left, (Seq, Object)):
            return Lit((self.key_of(left, node) in right.items) == (op == "In"))
        if isinstance(left, Lit):
            if isinstance(right, Map):
                return Lit((left.value in right.items) == (op == "In"))
            if isinstance(right, Seq) and all(isinstance(i, Lit) for i in right.items):
                return Lit((left.value in [i.value for i in right.items]) == (op == "In"))
            if isinstance(right, Lit):
                return self.fold(prim.COMPARE_IN[op], node, left.value, right.value)
        return self.emit(prim.COMPARE_IN[op], left, right, name=name)

    def eval_BoolOp(self: Lowerer, node: Any, name: str) -> Any:
        how = "and" if isinstance(node.op, gast.And) else "or"

        def chain(index: int) -> Any:
            first = self.eval(node.values[index])
            if index + 1 == len(node.values):
                return first
            return self.short_circuit(how, first, lambda: chain(index + 1))

        return chain(0)

    def eval_IfExp(self: Lowerer, node: Any, name: str) -> Any:
        test = self.truth(self.eval(node.test), node)
        decided = self.decide(test)
        if decided is not None or self.rule_mode:
            return self.eval(node.body if decided else node.orelse, name)
        return self.branch(test, lambda: self.eval(node.body), lambda: self.eval(node.orelse), "expression", name)

    def eval_NamedExpr(self: Lowerer, node: Any, name: str) -> Any:
        value = self.eval(node.value, node.target.id)
        self.bind(node.target.id, value)
        return value

    def eval_Lambda(self: Lowerer, node: Any, name: str) -> Any:
        return self.nested_function(node)

    def eval_JoinedStr(self: Lowerer, node: Any, name: str) -> Any:
        parts = [self.eval(v) for v in node.values]
        if all(isinstance(p, Lit) for p in parts):
            return Lit("".join(p.value for p in parts))
        return self.emit(prim.FORMAT, *parts)

    def eval_FormattedValue(self: Lowerer, node: Any, name: str) -> Any:
        value = self.as_object(self.eval(node.value))
        if node.conversion not in (-1, None):
            converted: Any = {115: str, 114: repr, 97: ascii}[node.conversion]
            value = Lit(converted(value.value)) if is_plain(value) else self.emit(converted, value)
        spec = self.eval(node.format_spec) if node.format_spec is not None else Lit("")
        if is_plain(value) and isinstance(spec, Lit):
            return self.fold(format, node, value.value, spec.value)
        return self.emit(prim.FORMAT_VALUE, value, spec)

    def eval_Slice(self: Lowerer, node: Any, name: str) -> Any:
        parts = [Lit(None) if p is None else self.eval(p) for p in (node.lower, node.upper, node.step)]
        return Slice(*parts)

    def eval_Subscript(self: Lowerer, node: Any, name: str) -> Any:
        owner = self.eval(node.value)
        index = self.eval(node.slice)
        return self.get_item(owner, index, name, node)

    def get_item(self: Lowerer, owner: Any, index: Any, name: str, node: Any) -> Any:
        """owner[index], by the kind of the owner."""
        result = self.call_special(owner, "__getitem__", [index], node)
        if result is not NotImplemented:
            return result
        held = owner
        owner = self.open(owner)
        if isinstance(held, (Box, Object)) and self.is_mapping(held):
            return self.item_of_dict(held, owner, index, name, node)
        if isinstance(owner, Rows):
            return self.item_of_rows(owner, index, node)
        if isinstance(held, Box) and self.counts_places(owner, index):
            return self.item_of_list(self.make_grown(held, node), index, name, node)
        if isinstance(owner, Var) and isinstance(owner.kind, kinds.ListOf):
            return self.item_of_list(owner, index, name, node)
        if self.rule_mode and isinstance(self.kind(owner), Scalar):
            owner = self.emit(np.asarray, owner)  # a rule's `d_ans[..., None]`, of one number
        if isinstance(owner, Seq):
            return self._item_of_sequence(owner, index, node)
        if isinstance(owner, Map):
            key = self.key_of(index, node)
            if key not in owner.items:
                return self.missing_key(owner, key, node)
            return owner.items[key]
        if isinstance(owner, Object):
            return self.object_item(owner, index, node)
        if isinstance(owner, Lit):
            if is_joiner(owner.value):
                return joiner_item(self, owner.value, index, node)
            if isinstance(index, Lit):
                return self.fold(operator.getitem, node, owner.value, index.value)
            raise self.refuse("a constant indexed by a value", "", "Make it an array.", node=node)
        if isinstance(owner, Var) and isinstance(owner.kind, TupleOf):
            return self._item_of_tuple(owner, index, name, node)
        if isinstance(owner, Ref):
            return self._item_of_array(owner, index, name)
        if isinstance(owner, Flat):
            return self.flat_item(owner, index, name)
        if self.rule_mode and isinstance(owner, Var):
            return self.emit(operator.getitem, owner, index, name=name)
        raise self.refuse(f"indexing {self.describe(owner)}", "", "Index arrays, tuples, lists and dicts.", node=node)

    def is_mapping(self: Lowerer, owner: Any) -> bool:
        return issubclass(owner.type, dict) if isinstance(owner, Box) else isinstance(owner.value, dict)

    def item_of_dict(self: Lowerer, box: Any, content: Any, index: Any, name: str, node: Any) -> Any:
        """box[index], for a dict."""
        if isinstance(content, Object):
            if self.known_key(index):
                return self.object_item(content, index, node)
            content = Map({k: self.object_item(content, Lit(k), node) for k in content.value})
        if isinstance(content, Rows) or not self.known_key(index):
            return self.item_at_key(content, index, lambda: self.absent(box, content, index, node), node, name)
        key = self.key_of(index, node)
        return content.items[key] if key in content.items else self.absent(box, content, index, node)

    def _item_of_sequence(self: Lowerer, owner: Seq, index: Any, node: Any) -> Any:
        if isinstance(index, Lit) and isinstance(index.value, int):
            if not -len(owner.items) <= index.value < len(owner.items):
                word = "list" if owner.type is list else "tuple"
                return self.raise_here(self.make_exception(IndexError, [Lit(f"{word} index out of range")], {}))
            return owner.items[index.value]
        if isinstance(index, Slice) and all(isinstance(p, Lit) for p in (index.start, index.stop, index.step)):
            picked = owner.items[index.start.value:index.stop.value:index.step.value]
            return self.new_list(picked) if owner.type is list else Seq(picked, tuple)
        raise self.refuse("a list or tuple indexed by a value that is not a constant",
                          "Its elements may differ in kind.", "Stack them into an array: `np.stack(...)`.", node=node)

    def _item_of_tuple(self: Lowerer, owner: Var, index: Any, name: str, node: Any) -> Any:
        items = owner.kind.items  # type: ignore[attr-defined]
        if isinstance(index, Lit) and isinstance(index.value, int) and -len(items) <= index.value < len(items):
            kind = items[index.value]
            if isinstance(kind, Scalar) and isinstance(kind.dim, int):
                return Lit(kind.dim)
            return self.emit(operator.getitem, owner, Lit(index.value), name=name)
        if isinstance(index, Slice) and all(isinstance(p, Lit) for p in (index.start, index.stop, index.step)):
            picked = range(len(items))[index.start.value:index.stop.value:index.step.value]
            return Seq(tuple(self._item_of_tuple(owner, Lit(i), "", node) for i in picked))
        return self.emit(operator.getitem, owner, index, name=name)

    def _item_of_array(self: Lowerer, owner: Ref, index: Any, name: str) -> Any:
        return self.emit(operator.getitem, owner, index, name=name)

    def is_basic_index(self: Lowerer, index: Any) -> bool:
        """Is this an index of slices, integers, None and Ellipsis, which makes a view?"""
        if isinstance(index, Seq):
            return index.type is tuple and all(self.is_basic_index(i) for i in index.items)
        if isinstance(index, Slice):
            return True
        if isinstance(index, Lit):
            return index.value is None or index.value is Ellipsis or (
                isinstance(index.value, (int, np.integer)) and not isinstance(index.value, bool))
        kind = self.kind(index)
        if isinstance(kind, Known) and kind.type is slice:
            return True
        return isinstance(kind, Scalar) and kind.dtype is not None and kind.dtype.kind in "iu"

    # --- truth --------------------------------------------------------------------------------------------------

    def decide(self: Lowerer, value: Any) -> bool | None:
        """The truth of a value where the compiler knows it; None where only the run can tell."""
        value = self.settled(value)
        if isinstance(value, Maybe) or (isinstance(value, Var) and value in self.state.facts):
            return None if isinstance(value, Maybe) else self.state.facts[value]
        value = self.open(value)
        if isinstance(value, Lit):
            return bool(value.value)
        if isinstance(value, Seq):
            return bool(value.items)
        if isinstance(value, Map):
            return bool(value.items)
        if isinstance(value, (Derived, Method, UserFunction)):
            return True
        if isinstance(value, Object) and isinstance(value.value, (tuple, list, dict)):
            self.fix_length(value)
            return bool(value.value)
        return None

    def unpack(self: Lowerer, value: Any, node: Any, count: int | None = None) -> list[Any]:
        """The elements of a value of known length, for unpacking, `*args` and short loops."""
        value = self.ordered(value, node)
        value = self.open(value)
        if isinstance(value, Seq):
            return list(value.items)
        if isinstance(value, Map):
            return [Lit(k) for k in value.items]
        if isinstance(value, Lit) and isinstance(value.value, (tuple, list, str, bytes, frozenset)):
            return [Lit(v) for v in value.value]
        if isinstance(value, Lit) and isinstance(value.value, type) and hasattr(value.value, "__members__"):
            return [Lit(v) for v in value.value]  # type: ignore[attr-defined]
        if isinstance(value, Object) and isinstance(value.value, dict):
            self.guards.setdefault((value.source, "keys"), Guard(value.source, tuple(value.value), "keys"))
            return [Lit(k) for k in value.value]
        if isinstance(value, Stream) and count is not None and self.known_items(value) is None:
            listed = self.list_of_stream(value, node)
            self.check_unpacks(listed, count)
            return [self.get_item(listed, Lit(i), "", node) for i in range(count)]
        if isinstance(value, (Stream, Items)) or self.special_method(value, "__iter__") is not None:
            return self.elements(value, node, "unpacking")
        if isinstance(value, Object) and isinstance(value.value, (tuple, list)):
            self.fix_length(value)
            return [self.object_item(value, Lit(i), node) for i in range(len(value.value))]
        if isinstance(value, Var) and isinstance(value.kind, TupleOf):
            return [self._item_of_tuple(value, Lit(i), "", node) for i in range(len(value.kind.items))]
        if isinstance(value, Ref):
            shape = kinds.shape_of(self.kind(value))
            length = shape[0] if shape else None
            if not isinstance(length, int):
                length = count
                if count is not None and shape:
                    self.check_unpacks(value, count)
            if length is not None and shape is not None and len(shape):
                return [self.get_item(value, Lit(i), "", node) for i in range(length)]
        raise self.refuse(f"unpacking {self.describe(value)}", "Its length is not known.",
                          "Unpack tuples, lists, and arrays of known rank.", node=node)

    def check_unpacks(self: Lowerer, array: Any, count: int, more: bool = False) -> None:
        """The run checks the length of an array that is unpacked."""
        check = Primitive("pullback.runtime.checks.check_unpacks", check_unpacks, "function", None, False)
        atoms = (self.atom(array), Lit(count), *((Lit(True),) if more else ()))
        self.block.append(Call((), check, atoms, (), self.loc))


SET_OPERATORS = {"BitOr": "union", "BitAnd": "intersection", "Sub": "difference"}


def _foldable(*values: Any) -> bool:
    return all(isinstance(v, (int, str, bytes)) or v is None for v in values)


__all__ = ["Expressions", "UnsupportedError"]
