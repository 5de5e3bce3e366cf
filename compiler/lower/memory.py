"""Memory: what a result shares with its arguments, reads of buffers, stores that every alias sees.

A store through a view is put back into its base: the base's new value is the old one with the view's new value in the
view's place (`put_back`). Views are made anew when they are read after their base has changed.
"""

from __future__ import annotations

import operator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ...runtime.checks import check_contiguous
from .. import primitives as prim
from ..domains import kinds
from ..domains.aliases import UNCERTAIN, alias_of
from ..domains.kinds import Array, Kind, TupleOf
from ..ir import Atom, Call, Lit, Primitive, Var
from .links import Linked, Why
from .state import buffers_in
from .values import Buffer, Flat, Ref, Seq, View
from .views import PIECES, READ_ONLY, RESHAPES, put_back

if TYPE_CHECKING:
    from .lowerer import Lowerer

# Functions that lay their result out in C order, whatever the order of their arguments.
_C_ORDER = frozenset({np.zeros, np.ones, np.empty, np.full, np.eye, np.identity, np.outer, "ndarray.copy",
                      "ndarray.flatten"})


class Memory:
    """Mixin of `Lowerer`."""

    # --- results ------------------------------------------------------------------------------------------------

    def bind_result(self: Lowerer, out: Var, primitive: Primitive, args: tuple[Any, ...], kwargs: dict[str, Any],
                    atoms: tuple[Atom, ...], keywords: tuple[tuple[str, Atom], ...]) -> Any:
        """The abstract value of a result, with its aliasing."""
        first = args[0] if args else None
        alias = self._alias(primitive, args, kwargs)
        if not isinstance(out.kind, Array):
            if alias != "fresh" and (type(out.kind) is Kind or isinstance(out.kind, TupleOf)):
                self._freeze_arguments(primitive, args)
            return out
        if alias == "fresh" or not isinstance(first, Ref):
            result = self.value_of(out)
            result.buffer.dense = alias == "fresh" and primitive.form != "identity"
            result.buffer.ordered = result.buffer.dense and primitive.rule in _C_ORDER and "order" not in kwargs
            if alias == "fresh" and all(map(self.is_laid_out_as_written, (b for a in args for b in buffers_in(a)))):
                result.buffer.origin = out
            if alias != "fresh":
                self._freeze_arguments(primitive, args, result)
                if primitive.rule is operator.getitem:
                    self.freeze([result.buffer], "It is an element of a container")
            return result
        if alias == "same":
            return first
        if alias == "view":
            view = View(primitive, atoms[1:], keywords, args[1:], kwargs, self._is_certain(primitive, first, kwargs))
            return self.view_of(first, view, out, atoms[0])
        result = self.value_of(out)
        self.freeze([result.buffer, first.buffer], f"`{primitive.name}` may return a view or a copy")
        return result

    def view_of(self: Lowerer, base: Ref, view: View, out: Var, base_var: Atom) -> Ref:
        """A view of an array, whose present value is `out`, made from `base_var`."""
        buffer = Buffer(view_of=base.buffer, make=view, kind=out.kind)
        assert isinstance(base_var, Var)
        self.state.views[buffer] = (out, base_var)
        return Ref(buffer)

    def with_alias(self: Lowerer, primitive: Primitive, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Primitive:
        """The primitive with its aliasing for these arguments: the result of `x.astype(t, copy=False)` may be x."""
        alias = primitive.alias if primitive.rule is operator.getitem else self._alias(primitive, args, kwargs)
        return primitive if alias == primitive.alias else replace(primitive, alias=alias)

    def _alias(self: Lowerer, primitive: Primitive, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        if primitive.rule is operator.getitem:
            if isinstance(args[1], Seq) and not args[1].items and kinds.shape_of(self.kind(args[0])) is None:
                return "may"  # x[()]: the number where x has no axes, else a view
            return ("view" if self.is_basic_index(args[1]) else "fresh") if isinstance(args[0], Ref) else "may"
        if primitive.rule not in UNCERTAIN or not args:
            return primitive.alias
        if primitive.rule in RESHAPES:
            return "view" if isinstance(args[0], Ref) and len(args) <= 3 and "copy" not in kwargs else "may"
        return alias_of(primitive.rule, [self.abstract(a) for a in args],
                        {k: self.abstract(v) for k, v in kwargs.items()})

    def _is_certain(self: Lowerer, primitive: Primitive, base: Ref, kwargs: dict[str, Any]) -> bool:
        """Is the result a view whatever the memory layout?"""
        if primitive.rule not in RESHAPES or not RESHAPES[primitive.rule]:
            return True
        shape = kinds.shape_of(self.kind(base))
        buffer = base.buffer
        if buffer.dense and shape is not None and len(shape) <= 1:
            return True
        return buffer.ordered and not kwargs

    def is_laid_out_as_written(self: Lowerer, buffer: Buffer) -> bool:
        """Has the array the memory layout that it has in the user's program? (A store may give it another one here.)"""
        root = buffer.base()
        return root.origin is not None and self.state.store.get(root) is root.origin

    def _freeze_arguments(self: Lowerer, primitive: Primitive, args: tuple[Any, ...], *results: Ref) -> None:
        found = [b for a in args for b in buffers_in(a)]
        if found:
            self.freeze([*found, *(r.buffer for r in results)],
                        f"`{primitive.name}` may return memory of its arguments")

    def bind_pieces(self: Lowerer, outs: tuple[Var, ...], primitive: Primitive, args: tuple[Any, ...],
                    kwargs: dict[str, Any]) -> tuple[Any, ...]:
        """The results of a function with several: the pieces of an array that was split are views of it."""
        find = PIECES.get(primitive.rule)
        if find is not None and args and isinstance(args[0], Ref):
            indices = find(self, args, kwargs, len(outs))
            if indices is not None:
                item = prim.primitive_for(operator.getitem)
                base = self.read(args[0].buffer)
                return tuple(self.view_of(args[0], View(item, (self.atom(i),), (), (i,)), out, base)
                             for out, i in zip(outs, indices, strict=True))
        values = tuple(self.value_of(v) for v in outs)
        if primitive.alias != "fresh":
            self._freeze_arguments(primitive, args, *(v for v in values if isinstance(v, Ref)))
        return values

    def freeze(self: Lowerer, buffers: list[Buffer], why: str) -> None:
        """From here on a store to any of these buffers is refused: its aliases are known only at run time."""
        for buffer in buffers:
            for root in buffer.roots():
                self.state.frozen.setdefault(root, why)

    def slice_of(self: Lowerer, start: Any, stop: Any = None) -> Any:
        """start:stop"""
        from .values import Slice

        return Slice(start, stop if stop is not None else Lit(None), Lit(None))

    # --- values -------------------------------------------------------------------------------------------------

    def value_of(self: Lowerer, var: Var) -> Any:
        """The abstract value of a variable that has memory of its own."""
        if isinstance(var.kind, Array):
            buffer = Buffer()
            self.state.store[buffer] = var
            return Ref(buffer)
        if isinstance(var.kind, kinds.ListOf) and not (self.rule_mode or self.raw_lists):
            return self.list_value(var)
        return var

    def read_kind(self: Lowerer, buffer: Buffer) -> Kind:
        if buffer.owns:
            return self.state.store[buffer].kind
        cached = self.state.views.get(buffer)
        kind: Kind = cached[0].kind if cached is not None else buffer.kind
        return kind

    def read(self: Lowerer, buffer: Buffer) -> Var:
        """The variable that holds a buffer's present value; a view is made anew after its base has changed."""
        if buffer.owns:
            return self.state.store[buffer]
        if buffer.pick is not None:
            return self.read_pick(buffer, buffer.pick)
        assert buffer.view_of is not None
        base = self.latest(self.read(buffer.view_of))
        cached = self.state.views.get(buffer)
        if cached is not None and self.latest(cached[1]) is base:
            return cached[0]
        view = buffer.make
        assert view is not None
        self.check_view(buffer, view)
        out = Var(cached[0].name if cached is not None else "", self.read_kind(buffer))
        self.block.append(Call((out,), view.prim, (base, *map(self.atom, view.rest)), view.keywords, self.loc))
        self.state.views[buffer] = (out, base)
        return out

    def write(self: Lowerer, ref: Ref, new: Var, node: Any = None) -> None:
        """Replace the value of a buffer: every name that refers to it sees the new one."""
        buffer = ref.buffer
        reason = self.state.why_frozen(buffer)
        if isinstance(reason, Why) and self.may_link:
            raise Linked(reason.loop)
        if reason is not None:
            raise self.refuse("a store into an array whose aliases are known only at run time", reason + ".",
                              "Make a copy first: `a = a.copy()`.", node)
        if not buffer.roots().isdisjoint(self.captured_buffers.values()):
            raise self.refuse("a store into an array from outside the function",
                              "The array would keep the change after the call.",
                              "Pass the array as an argument, or make a copy first: `a = a.copy()`.", node)
        if buffer.pick is not None:
            self.write_pick(buffer, buffer.pick, new, node)
            return
        if buffer.view_of is None:
            self.written.setdefault(buffer, self.where(node))
            self.state.store[buffer] = new
            return
        view = buffer.make
        assert view is not None
        if view.prim.rule in READ_ONLY:
            raise self.refuse(f"a store into the result of `{view.prim.name}`", "It is read-only: NumPy raises.",
                              "Store into the array itself, or into a copy: `v = v.copy()`.", node)
        self.check_view(buffer, view)
        base = self.read(buffer.view_of)
        changed = put_back(self, view, base, new)
        if changed is None:
            raise self.refuse("a store through this view", f"`{view.prim}` of an array shares memory with it.",
                              "Store into the array itself, or into a copy: `v = v.copy()`.", node)
        self.write(Ref(buffer.view_of), changed, node)
        self.state.views[buffer] = (new, changed)

    def check_view(self: Lowerer, buffer: Buffer, view: View) -> None:
        """Where the layout decides between view and copy: the run checks that the layout gives a view."""
        if view.certain:
            return
        base = buffer.view_of
        assert base is not None
        held = self._first_layout(base)
        order = view.options.get("order", Lit("C"))
        if held is None or not (isinstance(order, Lit) and order.value in ("C", "F")):
            raise self.refuse("a store into an array whose aliases are known only at run time",
                              f"`{view.prim.name}` may return a view or a copy.", "Make a copy first: `a = a.copy()`.")
        check = Primitive("pullback.runtime.checks.check_contiguous", check_contiguous, "function", None, False)
        self.block.append(Call((), check, (held, Lit(view.prim.name.split(".")[-1]), order), (), self.loc))

    def _first_layout(self: Lowerer, buffer: Buffer) -> Var | None:
        """A value with the memory layout of the array in the user's program, whatever was stored since."""
        if buffer.view_of is None or buffer.make is None:
            return buffer.origin
        base = self._first_layout(buffer.view_of)
        if base is None:
            return None
        out = Var("", self.read_kind(buffer))
        rest = map(self.atom, buffer.make.rest)
        self.block.append(Call((out,), buffer.make.prim, (base, *rest), buffer.make.keywords, self.loc))
        return out

    # --- x.flat -------------------------------------------------------------------------------------------------

    def flat(self: Lowerer, owner: Ref) -> Flat:
        """`owner.flat`, over the array seen as a vector (a store through it reaches the array in any layout)."""
        reshape = prim.primitive_for(np.reshape)
        base = self.read(owner.buffer)
        shape = kinds.shape_of(base.kind)
        whole = Array(kinds.dtype_of(base.kind), shape if shape is not None and len(shape) == 1 else (kinds.Sym(),))
        out = Var("", whole)
        self.block.append(Call((out,), reshape, (base, Lit(-1)), (), self.loc))
        return Flat(owner, self.view_of(owner, View(reshape, (Lit(-1),)), out, base))

    def flat_copy(self: Lowerer, flat: Flat) -> Ref:
        """The elements as they are now."""
        return Ref(self.value_of(self.read(flat.view.buffer)).buffer)

    def flat_item(self: Lowerer, flat: Flat, index: Any, name: str) -> Any:
        """x.flat[index]: a number, or a copy."""
        found = self.emit(operator.getitem, flat.view, index, name=name)
        return self.value_of(self.read(found.buffer)) if isinstance(found, Ref) else found


__all__ = ["Memory", "Seq"]
