"""Comparisons: `==` and its kin, `is`, `in`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import primitives as prim
from ..domains import kinds
from ..domains.kinds import Array, Scalar, TupleOf
from ..ir import Lit, Var
from .values import Box, Map, Maybe, Object, Ref, Rows, Seq, UserFunction

if TYPE_CHECKING:
    from .lowerer import Lowerer


class Comparisons:
    """Mixin of `Lowerer`."""

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


__all__ = ["Comparisons"]
