"""Items of arrays of a batch, and stores into them: the index of a batch for that of an item."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

from ..domains.kinds import Array, Known, TupleOf, dtype_of, shape_of
from ..ir import Call, Lit, Var
from ..lower import Seq
from ..lower.values import Slice

if TYPE_CHECKING:
    from .batch_rules import BatchRules

ALL = Slice(Lit(None), Lit(None), Lit(None))


class NotBatchable(Exception):
    """A construct that has no batched form."""


class BatchIndexing:
    """Mixin of `BatchRules`."""

    def index(self: BatchRules, atom: Any) -> tuple[Any, int, int]:
        """The index of a batch for the index of an item; how many axes it takes, and how many it makes."""
        if self.is_batch(atom):
            raise NotBatchable("an index that depends on an item")
        parts = self._parts(atom)
        taken = made = arrays = 0
        for part, kind in parts:
            shape = shape_of(kind)
            if isinstance(part, Slice) or (isinstance(kind, Known) and kind.type is slice):
                taken, made = taken + 1, made + 1
            elif isinstance(kind, Known) and kind.type is type(None):
                made += 1
            elif shape == ():
                taken += 1
                dtype = dtype_of(kind)
                if dtype is None or dtype.kind not in "iu":
                    raise NotBatchable("an index of this kind")
            elif shape is not None and dtype_of(kind) is not None and isinstance(kind, Array):
                boolean = dtype_of(kind).kind == "b"  # type: ignore[union-attr]
                taken, made, arrays = taken + (len(shape) if boolean else 1), made + (1 if boolean else len(shape)), \
                    arrays + 1
            else:
                raise NotBatchable("an index of this kind")
        if arrays and len(parts) > 1:
            raise NotBatchable("an index of arrays and other things")
        return Seq((ALL, *(p for p, _ in parts))), taken, made

    def _parts(self: BatchRules, atom: Any) -> list[tuple[Any, Any]]:
        value = self.value(atom)
        listed = isinstance(value, Lit) and isinstance(value.value, list)
        if listed or (isinstance(value, Seq) and value.type is not tuple):
            raise NotBatchable("a list as an index")  # one array, not an index for each axis
        if isinstance(value, Seq):
            return [self._part(v) for v in value.items]
        if isinstance(value, Lit) and isinstance(value.value, tuple):
            return [self._part(Lit(v)) for v in value.value]
        if isinstance(atom, Var) and isinstance(atom.kind, TupleOf):
            return [(self.low.emit(operator.getitem, value, Lit(k)), kind) for k, kind in enumerate(atom.kind.items)]
        return [self._part(value)]

    def _part(self: BatchRules, value: Any) -> tuple[Any, Any]:
        if isinstance(value, Slice):
            return value, None
        if isinstance(value, (Seq, Lit)) and not (isinstance(value, Lit) and (
                value.value is None or isinstance(value.value, int))):
            raise NotBatchable("an index of this kind")
        return value, self.low.kind(value)

    def _batch_getitem(self: BatchRules, call: Call) -> Any:
        owner, index = call.args
        if not isinstance(owner.kind, Array):  # type: ignore[union-attr]
            value = self.value(owner)
            if isinstance(value, Seq) and isinstance(index, Lit) and isinstance(index.value, int):
                return value.items[index.value]
            raise NotBatchable("an item of something that is no array")
        return self.low.emit(operator.getitem, self.value(owner), self.index(index)[0])

    def _store(self: BatchRules, call: Call) -> Any:
        target, index, value = call.args
        if not isinstance(target, Var) or not isinstance(target.kind, Array):
            raise NotBatchable("a store into something that is no array")
        place, taken, made = self.index(index)
        region = self.rank(target) - taken + made
        return self.low.emit(call.prim, self.whole(target), place, self.aligned(value, region))

    _batch_set_item = _batch_add_at = _store

    def _batch_field(self: BatchRules, call: Call) -> Any:
        raise NotBatchable("a part of a structure")
