"""Statements: each `exec_<Node>` interprets one; a block returns the function's value once it has returned."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import gast
import numpy as np

from .. import primitives as prim
from ..desugar.kernel import refusal
from ..domains import kinds
from ..domains.kinds import Array, Scalar
from ..ir import Call, Lit, Var
from .exposed import has_yield
from .values import UNBOUND, Box, Flat, Object, Ref, Seq, Slice

if TYPE_CHECKING:
    from .lowerer import Lowerer


MAX_TRIPS = 32  # trips of a loop that may be written out where it cannot be a loop
MAX_UNROLLED = 256  # positions of a constant range that a comprehension writes out


class NotReturned:
    """The marker of a block that runs to its end without a return."""

    def __repr__(self) -> str:
        return "not returned"


FELL_THROUGH = NotReturned()


class Unreachable(Exception):
    """Raised where the path being interpreted has raised; caught where the path ends."""


def contains_return(nodes: list[Any]) -> bool:
    """Does a return of this function stand in these statements (not in functions defined inside)?"""
    for node in nodes:
        if isinstance(node, gast.Return):
            return True
        if isinstance(node, (gast.FunctionDef, gast.Lambda, gast.ClassDef)):
            continue
        for field in ("body", "orelse", "finalbody", "handlers"):
            inner = getattr(node, field, None)
            if isinstance(inner, list) and contains_return(inner):
                return True
    return False


class Statements:
    """Mixin of `Lowerer`."""

    progress: Any  # a `Progress` inside the body of a `try`

    def exec_block(self: Lowerer, nodes: list[Any]) -> Any:
        """Interpret statements in order; returns the value of `return`, or FELL_THROUGH."""
        try:
            return self._statements(nodes)
        except Unreachable:
            self.state.dead = True
            return FELL_THROUGH

    def _statements(self: Lowerer, nodes: list[Any]) -> Any:
        for node in nodes:
            if self.state.dead:
                return FELL_THROUGH
            self.node = node
            if self.written_out:
                self.count_statement(node)
            if self.loc_override is None:
                self.stmt = node
            if self.progress is not None:
                done = self._statement_of_try(node)
                if done is not FELL_THROUGH:
                    return done
                continue
            done = self._statement(node)
            if done is not FELL_THROUGH:
                return done
            if self.yields and self.yields[-1][1] is not None and has_yield(node) and node is not nodes[-1]:
                _, until, scope = self.yields[-1]  # after a `break` of the consumer a generator goes no further
                rest = nodes[nodes.index(node) + 1:]
                return self.guarded(until, scope, node, lambda rest=rest: self.exec_block(rest))
        return FELL_THROUGH

    def _statement(self: Lowerer, node: Any) -> Any:
        """Interpret one statement; the function's value if it returned."""
        if isinstance(node, gast.Return):
            return self.eval(node.value, self.return_name)
        if isinstance(node, gast.If):
            if contains_return([node]):
                return self.exec_returning_if(node)
            self.exec_if(node)
            return FELL_THROUGH
        method = getattr(self, f"exec_{type(node).__name__}", None)
        if method is None:
            raise self.refuse(*refusal(node), node=node)
        result = method(node)
        return FELL_THROUGH if result is None else result

    def _statement_of_try(self: Lowerer, node: Any) -> Any:
        """The same for a statement of the body of a `try`, whose effects up to an exception are watched."""
        before, at, progress = self.state.copy(), len(self.block), self.progress
        self.progress = None  # what stands inside is one step of this statement
        try:
            return self._statement(node)
        finally:
            self.progress = progress
            self.note_statement(node, before, self.block[at:])

    def exec_Pass(self: Lowerer, node: Any) -> None:
        return None

    def exec_Delete(self: Lowerer, node: Any) -> None:
        for target in node.targets:
            if isinstance(target, gast.Subscript):
                self.delete_item(self.eval(target.value), self.eval(target.slice), target)
                continue
            if not isinstance(target, gast.Name):
                raise self.refuse("`del` of an attribute", "", "Set it to None.", node=target)
            self.lookup(target.id, target)  # raises as Python where it is not bound
            self.bind(target.id, UNBOUND)

    def exec_Expr(self: Lowerer, node: Any) -> None:
        self.eval(node.value)

    def exec_Assign(self: Lowerer, node: Any) -> None:
        first = node.targets[0]
        if isinstance(first, (gast.Tuple, gast.List)) and isinstance(node.value, (gast.Tuple, gast.List)) \
                and len(first.elts) == len(node.value.elts) \
                and not any(isinstance(e, gast.Starred) for e in (*first.elts, *node.value.elts)):
            names = [e.id if isinstance(e, gast.Name) else "" for e in first.elts]
            with self.at(node.value):
                value: Any = Seq(tuple(self.eval(e, n) for e, n in zip(node.value.elts, names, strict=True)))
        else:
            name = first.id if isinstance(first, gast.Name) else ""
            if self.rule_mode and name in self.skipped[0] and len(self.call_stack) == self.skipped[1]:
                self.bind(name, Lit(None))
                return
            value = self.eval(node.value, self.rule_names.get(name, "") if self.rule_mode else name)
        self.assign(first, value)

    def assign(self: Lowerer, target: Any, value: Any) -> None:
        """Bind a target: a name, a tuple of targets, an element."""
        if isinstance(target, gast.Name):
            self.bind(target.id, value)
        elif isinstance(target, (gast.Tuple, gast.List)):
            self._assign_tuple(target, value)
        elif isinstance(target, gast.Subscript):
            owner = self.eval(target.value)
            index = self.eval(target.slice)
            self.store_item(owner, index, value, target)
        elif isinstance(target, gast.Attribute):
            owner = self.eval(target.value)
            if isinstance(owner, Ref):
                self.store_attribute(owner, target.attr, value, target)
            else:
                self.set_attribute(owner, target.attr, value, target)
        else:
            raise self.refuse(*refusal(target), node=target)

    def _assign_tuple(self: Lowerer, target: Any, value: Any) -> None:
        starred = [i for i, t in enumerate(target.elts) if isinstance(t, gast.Starred)]
        if starred and self._is_long(value):
            self._assign_array(target, value, starred[0])
            return
        names = () if starred else [t.id if isinstance(t, gast.Name) else "" for t in target.elts]
        items = self.unpack(value, target, None if starred else len(target.elts), names)
        if starred:
            at, after = starred[0], len(target.elts) - starred[0] - 1
            if len(items) < len(target.elts) - 1:
                raise self.refuse(f"unpacking {len(items)} values into {len(target.elts)} names", node=target)
            middle = self.new_list(tuple(items[at:len(items) - after]))
            items = [*items[:at], middle, *items[len(items) - after:]]
            targets = [t.value if isinstance(t, gast.Starred) else t for t in target.elts]
        else:
            targets = target.elts
            if len(items) != len(targets):
                raise self.refuse(f"unpacking {len(items)} values into {len(targets)} names",
                                  "Python would raise ValueError.", node=target)
        for inner, item in zip(targets, items, strict=True):
            self.assign(inner, item)

    def _is_long(self: Lowerer, value: Any) -> bool:
        """Is it an array whose length only the run knows?"""
        shape = kinds.shape_of(self.kind(value)) if isinstance(value, Ref) else None
        return shape is not None and shape != () and not isinstance(shape[0], int)

    def _assign_array(self: Lowerer, target: Any, array: Any, at: int) -> None:
        """first, *middle, last = array: the middle is a list, as in Python."""
        after = len(target.elts) - at - 1
        self.check_unpacks(array, len(target.elts) - 1, True)
        middle = self.get_item(array, Slice(Lit(at), Lit(-after if after else None), Lit(None)), "", target)
        for number, inner in enumerate(target.elts):
            if number == at:
                self.assign(inner.value, self.list_value(self.list_of_array(middle, target)))
            else:
                position = number if number < at else number - len(target.elts)
                self.assign(inner, self.get_item(array, Lit(position), getattr(inner, "id", ""), target))

    def bind(self: Lowerer, name: str, value: Any) -> None:
        """Make a local name hold a value; a `nonlocal` one is that of the function around."""
        scope = self.scope
        while name not in scope.locals and name not in scope.outer and scope.parent is not None:
            scope = scope.parent
        if name in scope.locals:
            self.state.env[(scope, name)] = value
        elif name in scope.outer or (scope.origin is not None and not self.rule_mode and name in scope.origin.closure):
            self.bind_outer(scope, name, value, self.node)
        else:
            self.state.env[(self.scope, name)] = value

    def store_item(self: Lowerer, owner: Any, index: Any, value: Any, node: Any) -> None:
        """owner[index] = value, for arrays: the buffer gets a new value, which every alias sees."""
        if isinstance(owner, Flat):
            owner = owner.view
        if isinstance(owner, (Box, Object)):
            self.store_in_container(owner, index, value, node)
            return
        if not isinstance(owner, Ref):
            raise self.refuse(f"a store into {self.describe(owner)}", "Containers that change are not supported yet.",
                              "Build a new one.", node=node)
        if owner.buffer.pick is not None:
            self.store_in_pick(owner.buffer.pick, index, value, node)
            return
        kind = self.kind(owner)
        with self.at(node):
            old = self.read(owner.buffer)
            value = self._cast_for_store(value, kind)
            new = Var(old.name, old.kind)
            atoms = (old, self.atom(index), self.atom(value))
            self.block.append(Call((new,), prim.SET_ITEM, atoms, (), self.loc))
            self.write(owner, new, node)

    def _cast_for_store(self: Lowerer, value: Any, kind: Any) -> Any:
        target, source = kinds.dtype_of(kind), kinds.dtype_of(self.kind(value))
        if target is not None and source is not None and target.kind in "iub" and source.kind in "fc" \
                and kinds.is_differentiable(self.kind(value)):
            return self.emit(prim.STOP, value)  # truncation to integers: the derivative is zero
        return value

    def exec_AugAssign(self: Lowerer, node: Any) -> None:
        op = type(node.op).__name__
        target = node.target
        if isinstance(target, gast.Name):
            old = self.lookup(target.id, target)
            value = self.eval(node.value)
            with self.at(node):
                self._augment_name(target.id, op, old, value, node)
        elif isinstance(target, gast.Subscript):
            owner = self.eval(target.value)
            index = self.eval(target.slice)
            old = self.get_item(owner, index, "", target)
            held = isinstance(owner, (Box, Object))
            value = self.eval(node.value)  # a row is read after it: it may have changed the row
            with self.at(node):
                new = self.augmented(op, old, value, "", node) if held else self.binary(op, old, value, "", node)
                self.store_item(owner, index, new, target)
        elif isinstance(target, gast.Attribute) and isinstance(owner := self.eval(target.value), Ref):
            old = self.attribute(owner, target.attr, "", target)
            value = self.eval(node.value)
            with self.at(node):
                self.store_attribute(owner, target.attr, self.binary(op, old, value, "", node), target)
        else:  # `owner` is evaluated: once
            old = self.attribute(owner, target.attr, "", target)
            value = self.eval(node.value)
            with self.at(node):
                self.set_attribute(owner, target.attr, self.augmented(op, old, value, target.attr, node), target)

    def _augment_name(self: Lowerer, name: str, op: str, old: Any, value: Any, node: Any) -> None:
        self.bind(name, self.augmented(op, old, value, name, node))

    def augmented(self: Lowerer, op: str, old: Any, value: Any, name: str, node: Any) -> Any:
        """What `old op= value` leaves in the place of `old`: arrays and lists change in place."""
        if isinstance(old, Box) and op == "Add" and old.type is list:
            self.list_method(old, "extend", [value], {}, node)
            return old
        special = self.binary_special(op, old, value, node, in_place=True)
        if special is not NotImplemented:
            return special
        if isinstance(old, (Box, Object)):
            return self.augmented_container(op, old, value, name, node)
        if not isinstance(old, Ref):
            return self.binary(op, old, value, name, node)
        kind = self.kind(old)
        assert isinstance(kind, Array)
        if kind.shape is None and len(self.state.names_of(old.buffer)) > 1 and not self.rule_mode:
            raise self.refuse(f"`{op}` in place on a value that may be a number or an array, under two names",
                              "An array would change under both names, a number under one.",
                              f"Write `{name} = {name} + ...`.", node=node)
        new = self.binary(op, old, value, name, node)
        source = kinds.dtype_of(self.kind(new))
        if kind.shape is not None and kind.dtype is not None and source is not None and not np.can_cast(
                source, kind.dtype, "same_kind"):
            raise self.refuse(f"`{name}` is an array of {kind.dtype}, the result in place is {source}",
                              "NumPy raises TypeError.", f"Write `{name} = {name} + ...`.", node)
        self.write(old, self._as_kind(new, kind, old, name), node)
        return old

    def _as_kind(self: Lowerer, new: Any, kind: Array, old: Ref, name: str) -> Var:
        """The result of an in-place operation, which keeps the target's shape and dtype."""
        from ...runtime.stores import keep_shape

        var = self.atom(new)
        assert isinstance(var, Var)
        shape = kinds.shape_of(var.kind)
        fits = kind.shape is not None and shape is not None and len(shape) == len(kind.shape) and all(
            o == n or not kinds.may_be_one(o) for o, n in zip(kind.shape, shape, strict=True))
        if fits and isinstance(var.kind, Array) and kinds.same_dtype(var.kind.dtype, kind.dtype):
            return var
        source = kinds.dtype_of(var.kind)
        if kind.shape and kind.dtype is not None and source is not None and np.can_cast(source, kind.dtype,
                                                                                        "same_kind"):
            held = self.read(old.buffer)
            kept = Var(name, kind)
            last = self.block[-1]
            if isinstance(last, Call) and last.outs == (var,):  # it has no name of its own: it is stored at once
                var = Var("", var.kind)
                self.block[-1] = replace(last, outs=(var,))
            self.block.append(Call((kept,), prim.SET_ITEM, (held, self.atom(self.whole(old)), var), (), self.loc))
            return kept
        unknown = kind.shape is None and shape is None
        if unknown and isinstance(var.kind, Array) and kinds.same_dtype(var.kind.dtype, kind.dtype):
            return var
        kept = Var(name, kind)
        call = Call((kept,), prim.primitive_for(keep_shape), (var, self.read(old.buffer)), (), self.loc)
        self.block.append(call)
        return kept

    def exec_Assert(self: Lowerer, node: Any) -> None:
        test = self.truth(self.eval(node.test), node)
        if self.decide(test) is True:
            return
        if node.msg is None or isinstance(node.msg, gast.Constant):
            message = () if node.msg is None else (self.eval(node.msg),)
            self.block.append(Call((), prim.ASSERT, (self.atom(test), *message), (), self.loc))
            return

        def fail() -> Any:  # the message is evaluated only where the test fails
            message = self.atom(self.eval(node.msg))
            self.block.append(Call((), prim.ASSERT, (Lit(False), message), (), self.loc))
            return FELL_THROUGH

        self.branch(test, lambda: FELL_THROUGH, fail, "statement", stmt=self.stmt)

    def exec_FunctionDef(self: Lowerer, node: Any) -> None:
        value: Any = self.nested_function(node)
        for decorator in reversed(node.decorator_list):
            value = self.call(self.eval(decorator), [value], {}, "", decorator)
        self.bind(node.name, value)

    def exec_Nonlocal(self: Lowerer, node: Any) -> None:
        for name in node.names:
            scope = self.scope
            while scope.parent is not None and name not in scope.locals:
                scope = scope.parent
            if name not in scope.locals and name not in scope.origin.closure:
                raise self.refuse(*refusal(node), node=node)

    def exec_Global(self: Lowerer, node: Any) -> None:
        """Nothing happens here: a write goes to the module (see outside)."""

    def exec_Import(self: Lowerer, node: Any) -> None:
        for alias in node.names:
            module = importlib.import_module(alias.name)
            top = alias.name.split(".")[0]
            self.bind(alias.asname or top, Lit(module if alias.asname else sys.modules[top]))

    def exec_ImportFrom(self: Lowerer, node: Any) -> None:
        package = self.scope.origin.globals.get("__package__")
        module = importlib.import_module("." * (node.level or 0) + (node.module or ""), package)
        for alias in node.names:
            if not hasattr(module, alias.name):
                importlib.import_module(f"{module.__name__}.{alias.name}")
            self.bind(alias.asname or alias.name, self._known_attribute(Lit(module), alias.name, node))

    def exec_detached(self: Lowerer, body: Callable[[], Any]) -> Any:
        """Statements under `no_grad()`: what they bind has no derivative."""
        before = dict(self.state.env)
        stores = dict(self.state.store)
        result = body()
        for key, value in list(self.state.env.items()):
            if before.get(key) is not value:
                self.state.env[key] = self.detach(value)
        for buffer, var in stores.items():
            now = self.state.store.get(buffer, var)
            if now is not var and kinds.is_differentiable(now.kind):
                raise self.refuse("a store under `no_grad()` into an array from outside", "",
                                  "Store outside the block, with `pb.detach(value)`.")
        return result if result is FELL_THROUGH else self.detach(result)

    def scalar_kind(self: Lowerer, value: Any) -> bool:
        return isinstance(self.kind(value), Scalar)
