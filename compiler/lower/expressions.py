"""Expressions: each `eval_<Node>` returns the abstract value of a gast node."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any

import gast

from ...runtime.checks import check_unpacks
from ...runtime.errors import UnsupportedError
from .. import primitives as prim
from ..desugar.kernel import refusal
from ..domains import kinds
from ..domains.kinds import TupleOf
from ..ir import Call, If, Lit, Primitive, Var
from .operators import UNARY_METHODS
from .patterns import PATTERNS
from .texts import is_plain
from .values import (
    UNBOUND,
    Box,
    Derived,
    Guard,
    Items,
    Map,
    Maybe,
    Method,
    Mixed,
    Object,
    Partial,
    Ref,
    Seq,
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

    def unpack(self: Lowerer, value: Any, node: Any, count: int | None = None, names: Sequence[str] = ()) -> list[Any]:
        """The elements of a value of known length, for unpacking, `*args` and short loops; `names`: what they go to."""
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
                return [self.get_item(value, Lit(i), name, node) for i, name in zip(
                    range(length), chain(names, repeat("")), strict=False)]
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
