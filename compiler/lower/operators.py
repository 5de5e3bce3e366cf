"""What operators and builtins do with objects of the user's classes: the special methods are called, as Python does."""

from __future__ import annotations

import inspect
import types
from typing import TYPE_CHECKING, Any

import numpy as np

from ...runtime.sparse import sparse_times, sparse_transpose
from ..ir import Lit, Var
from .sparse import is_sparse
from .values import Box, Guard, Maybe, Object, Ref, Rows, Seq

if TYPE_CHECKING:
    from .lowerer import Lowerer

BINARY_METHODS = {
    "Add": "add", "Sub": "sub", "Mult": "mul", "Div": "truediv", "FloorDiv": "floordiv", "Mod": "mod", "Pow": "pow",
    "MatMult": "matmul", "LShift": "lshift", "RShift": "rshift", "BitOr": "or", "BitAnd": "and", "BitXor": "xor",
}
UNARY_METHODS = {"USub": "__neg__", "UAdd": "__pos__", "Invert": "__invert__"}
COMPARE_METHODS = {"Eq": ("__eq__", "__eq__"), "NotEq": ("__ne__", "__ne__"), "Lt": ("__lt__", "__gt__"),
                   "Gt": ("__gt__", "__lt__"), "LtE": ("__le__", "__ge__"), "GtE": ("__ge__", "__le__")}


class Operators:
    """Mixin of `Lowerer`."""

    def user_class(self: Lowerer, value: Any) -> type | None:
        """The class of an object of the user's; None for numbers, arrays and Python's own containers."""
        if isinstance(value, Object):
            return None if isinstance(value.value, (type, types.ModuleType)) else type(value.value)
        if isinstance(value, Seq):
            return None if value.type in (tuple, list) else value.type
        kept = getattr(value, "type", None)
        return kept if isinstance(kept, type) and kept not in (tuple, list, dict) else None

    def special_method(self: Lowerer, value: Any, name: str) -> types.FunctionType | None:
        """The method that the user's class of `value` has under this name, written in Python."""
        cls = self.user_class(value)
        found = inspect.getattr_static(cls, name, None) if cls is not None else None
        if not isinstance(found, types.FunctionType):
            return None
        self.guard_member(cls, name, found)
        return found

    def call_special(self: Lowerer, value: Any, method: str, args: list[Any], node: Any) -> Any:
        """What `value.method(*args)` gives; NotImplemented where the class has none or it says so."""
        function = self.special_method(value, method)
        if function is None:
            return NotImplemented
        result = self.call_python(function, [value, *args], {}, "", node)
        refused = isinstance(result, Lit) and result.value is NotImplemented
        return NotImplemented if refused else result

    def sparse_operator(self: Lowerer, op: str, left: Any, right: Any, node: Any) -> Any:
        """`matrix @ x` and `x @ matrix` of a sparse matrix from outside, which is a constant."""
        if op == "MatMult" and isinstance(left, Object) and isinstance(right, (Ref, Var)):
            return self.emit(sparse_times, left.atom, right)
        if op == "MatMult" and isinstance(right, Object) and isinstance(left, (Ref, Var)):
            turned = self.emit(sparse_times, self.emit(sparse_transpose, right.atom), self.emit(np.transpose, left))
            return self.emit(np.transpose, turned)
        raise self.refuse("an operator on a sparse matrix", "pullback knows `matrix @ x` and `x @ matrix`, with the "
                          "matrix as a constant.", "Write that, or make the matrix inside the function: "
                          "`sparse.coo_matrix((data, (rows, columns)), shape=shape)`.", node=node)

    def binary_special(self: Lowerer, op: str, left: Any, right: Any, node: Any, in_place: bool = False) -> Any:
        """left op right where one of them is an object of the user's; NotImplemented where neither has a method."""
        one, other = self.user_class(left), self.user_class(right)
        if one is None and other is None:
            return NotImplemented
        if is_sparse(one) or is_sparse(other):
            return self.sparse_operator(op, left, right, node)
        name = BINARY_METHODS[op]
        tries = [(left, f"__{name}__", right), (right, f"__r{name}__", left)]
        reflected = f"__r{name}__"
        if one is not None and other is not None and other is not one and issubclass(other, one) \
                and getattr(other, reflected, None) is not getattr(one, reflected, None):
            tries.reverse()  # a subclass that has a reflected method of its own is asked first
        if in_place:
            tries.insert(0, (left, f"__i{name}__", right))
        return self._first_of(tries, node)

    def _first_of(self: Lowerer, tries: list[tuple[Any, str, Any]], node: Any) -> Any:
        for owner, method, argument in tries:
            result = self.call_special(owner, method, [argument], node)
            if result is not NotImplemented:
                return result
        return NotImplemented

    def compare_special(self: Lowerer, op: str, left: Any, right: Any, node: Any) -> Any:
        """left op right by the user's comparison methods; without `__eq__`, objects are equal if they are one."""
        if op not in COMPARE_METHODS or (self.user_class(left) is None and self.user_class(right) is None):
            return NotImplemented
        first, second = COMPARE_METHODS[op]
        result = self._first_of([(left, first, right), (right, second, left)], node)
        if result is NotImplemented and op == "NotEq":
            equal = self._first_of([(left, "__eq__", right), (right, "__eq__", left)], node)
            return equal if equal is NotImplemented else self.negate(equal)
        return result

    def negate(self: Lowerer, value: Any) -> Any:
        """`not value`."""
        import operator

        value = self.truth(value, self.node)
        decided = self.decide(value)
        if decided is not None:
            return Lit(not decided)
        result = self.emit(operator.not_, value)
        self.negations[result] = value
        return result

    def truth(self: Lowerer, value: Any, node: Any) -> Any:
        """What the truth of a value is asked of: of an object of the user's, what its `__bool__` or `__len__` gives."""
        value = self.settled(value)
        if isinstance(value, Maybe):
            return self.truth_of_maybe(value, node)
        if isinstance(value, Box) and isinstance(rows := self.state.heap.get(value), Rows):
            content = self.state.heap[rows.columns[0]]
            return Lit(bool(content.items)) if isinstance(content, Seq) else content
        if self.user_class(value) is None:
            return value
        for method in ("__bool__", "__len__"):
            result = self.call_special(value, method, [], node)
            if result is not NotImplemented:
                return result
        return value

    def guard_member(self: Lowerer, cls: Any, name: str, member: Any) -> None:
        """The variant holds while the class has this member."""
        if getattr(cls, name, None) is member:
            source = (("known", cls), name)
            self.guards.setdefault(source, Guard(source, member, "is"))
