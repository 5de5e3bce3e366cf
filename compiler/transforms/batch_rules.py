"""One call on a batch: the call on arrays that have the batch as their first axis (see `batch`).

Elementwise calls broadcast, reductions and movements of axes count their axes from the second one, products and
decompositions stack as NumPy stacks them. A call that has no rule here raises NotBatchable.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ...runtime.shapes import project, unbroadcast
from ..domains.kinds import Array, Scalar, TupleOf, dtype_of, kind_of, shape_of
from ..ir import Call, Lit, Var
from ..lower import Lowerer, Seq
from ..rules import registry
from .batch_indexing import BatchIndexing, NotBatchable

SHAPES = ("ndarray.shape", "ndarray.ndim", "ndarray.size", "ndarray.dtype", np.shape, np.ndim, np.size, len)
ELEMENTWISE = (operator.gt, operator.lt, operator.ge, operator.le, operator.eq, operator.ne, operator.and_,
               operator.or_, operator.xor, operator.invert, operator.floordiv, project)
REDUCTIONS = ("sum", "mean", "prod", "max", "min", "amax", "amin", "any", "all")
PRODUCTS = (operator.matmul, np.matmul, np.dot, "ndarray.dot")
PLACES = ("", "numpy.", "ndarray.", "operator.", "builtins.", "pullback.runtime.shapes.", "numpy.linalg.")
STACKED = (np.linalg.inv, np.linalg.det, np.linalg.cholesky)


class BatchRules(BatchIndexing):
    """Mixin of `Batcher`."""

    low: Lowerer
    count: Any
    value: Callable[[Any], Any]
    is_batch: Callable[[Any], bool]

    def rule(self, call: Call) -> Any:
        """The batch of a call's result."""
        key, short = call.prim.rule, call.prim.name.rsplit(".", 1)[-1]
        rule = registry.rule_for(key)
        module = getattr(call.prim.fn, "__module__", "")
        ufunc = isinstance(call.prim.fn, np.ufunc) and call.prim.fn.signature is None
        if key in SHAPES:
            return self._shape(call, short)
        if key in PRODUCTS or (short == "matmul" and ufunc):
            return self._product(call)
        if (ufunc or key in ELEMENTWISE or (rule is not None and rule.elementwise)) and module != "math" \
                and key is not divmod:
            return self._elementwise(call)
        if short in REDUCTIONS and call.prim.name.split(".")[0] in ("numpy", "ndarray"):
            return self._reduction(call)
        if key in STACKED:
            return self.low.emit(key, *map(self.value, call.args))
        handler = getattr(self, f"_batch_{short}", None)
        if handler is None or call.prim.name.removesuffix(short) not in PLACES:
            raise NotBatchable(f"`{call.prim.name}`")
        return handler(call)

    # --- shapes -------------------------------------------------------------------------------------------------------

    def rank(self, atom: Any) -> int:
        """The rank of an item of a value."""
        shape = shape_of(atom.kind if isinstance(atom, Var) else kind_of(atom.value))
        if shape is None:
            raise NotBatchable("an array whose rank is not known")
        return len(shape)

    def lengths(self, value: Any, rank: int, first: int = 0) -> list[Any]:
        """The lengths of `rank` axes of a value, from axis `first` on."""
        if rank == 0:
            return []
        shape = self.low.emit(np.shape, value)
        return [self.low.emit(operator.getitem, shape, Lit(first + k)) for k in range(rank)]

    def aligned(self, atom: Any, rank: int) -> Any:
        """An operand whose items broadcast with items of this rank."""
        value = self.value(atom)
        missing = rank - self.rank(atom) if self.is_batch(atom) else 0
        return value if missing <= 0 else self.low.emit(np.expand_dims, value, Lit(tuple(range(1, missing + 1))))

    def whole(self, atom: Any) -> Any:
        """A batch of an operand that may be one value for all."""
        return self.spread(atom, atom.kind)  # type: ignore[attr-defined]

    def bound(self, call: Call, *names: str) -> dict[str, Any]:
        """The arguments by name, in the order of `names`; others are refused."""
        if len(call.args) > len(names) or any(k not in names for k, _ in call.kwargs):
            raise NotBatchable(f"`{call.prim.name}` with these parameters")
        found = dict(zip(names, call.args, strict=False)) | dict(call.kwargs)
        return {name: found[name] for name in names if name in found}

    def items(self, atom: Any) -> list[Any]:
        """The entries of a shape or of axes."""
        value = self.value(atom)
        if isinstance(value, Seq):
            return list(value.items)
        if isinstance(value, Lit):
            return [Lit(v) for v in value.value] if isinstance(value.value, tuple) else [value]
        kind = atom.kind
        if isinstance(kind, TupleOf):
            return [self.low.emit(operator.getitem, value, Lit(k)) for k in range(len(kind.items))]
        if isinstance(kind, Scalar):
            return [value]
        raise NotBatchable("a shape whose length is not known")

    def axes(self, atom: Any, rank: int) -> tuple[int, ...]:
        """Axes of the batch for axes of the items (all where there are none given)."""
        if atom is None or (isinstance(atom, Lit) and atom.value is None):
            return tuple(range(1, rank + 1))
        found = [i.value if isinstance(i, Lit) else None for i in self.items(atom)]
        if any(not isinstance(a, int) or isinstance(a, bool) for a in found):
            raise NotBatchable("an axis that is not a constant")
        return tuple(a + 1 if a >= 0 else a + rank + 1 for a in found)  # type: ignore[operator]

    def _shape(self, call: Call, short: str) -> Any:
        """What is asked of an item's shape."""
        (atom,) = call.args
        value, rank = self.value(atom), self.rank(atom)
        if short == "ndim":
            return Lit(rank)
        if short == "dtype":
            return Lit(dtype_of(atom.kind))  # type: ignore[union-attr]
        lengths = self.lengths(value, rank, 1)
        if short == "shape":
            return Seq(tuple(lengths))
        if short == "len":
            return lengths[0]
        return self._size(atom)

    def _size(self, atom: Any) -> Any:
        """The number of elements of an item."""
        total: Any = None
        for length in self.lengths(self.value(atom), self.rank(atom), 1):
            total = length if total is None else self.low.emit(operator.mul, total, length)
        return Lit(1) if total is None else total

    # --- kinds of calls -------------------------------------------------------------------------------------------

    def _elementwise(self, call: Call) -> Any:
        if any(k in ("out", "where") or self.is_batch(a) for k, a in call.kwargs):
            raise NotBatchable(f"`{call.prim.name}` with these parameters")
        if call.prim.rule is project:
            return self.low.emit(project, *map(self.value, call.args))
        rank = max(self.rank(a) for a in call.args if isinstance(a, Var) or isinstance(a.value, (int, float, complex)))
        kwargs = {k: self.value(a) for k, a in call.kwargs}
        return self.low.emit(call.prim.rule or call.prim, *(self.aligned(a, rank) for a in call.args), **kwargs)

    def _reduction(self, call: Call) -> Any:
        given = self.bound(call, "a", "axis", "keepdims")
        atom = given["a"]
        axes = Lit(self.axes(given.get("axis"), self.rank(atom)))
        if not axes.value:  # the sum of a number
            return self.value(atom)
        kept = given.get("keepdims", Lit(None))
        keep = {} if isinstance(kept, Lit) and kept.value is None else {"keepdims": kept}
        return self.low.emit(call.prim.rule, self.value(atom), axis=axes, **keep)

    def _product(self, call: Call) -> Any:
        left, right = call.args
        if call.kwargs or not isinstance(left, Var) or not isinstance(right, Var):
            raise NotBatchable(f"`{call.prim.name}` with these parameters")
        low, ranks = self.low, (self.rank(left), self.rank(right))
        a, b, both = self.value(left), self.value(right), (self.is_batch(left), self.is_batch(right))
        if 0 in ranks and call.prim.name.endswith("dot"):
            rank = max(ranks)
            return low.emit(operator.mul, self.aligned(left, rank), self.aligned(right, rank))
        if ranks == (1, 1):
            if both == (True, True):
                return low.emit(np.sum, low.emit(operator.mul, a, b), axis=Lit(1))
            return low.emit(operator.matmul, a, b) if both[0] else low.emit(operator.matmul, b, a)
        if ranks == (2, 1) and both == (False, True):
            return low.emit(operator.matmul, b, low.emit("ndarray.T", a))
        if ranks == (2, 1) and both == (True, True):
            made = low.emit(operator.matmul, a, low.emit(np.expand_dims, b, Lit(2)))
            return low.emit(np.squeeze, made, Lit(2))
        if ranks == (1, 2) and both == (True, True):
            made = low.emit(operator.matmul, low.emit(np.expand_dims, a, Lit(1)), b)
            return low.emit(np.squeeze, made, Lit(1))
        if ranks in ((2, 1), (1, 2), (2, 2)):
            return low.emit(operator.matmul, a, b)
        raise NotBatchable(f"`{call.prim.name}` of items of more than two axes")

    # --- single functions -----------------------------------------------------------------------------------------

    def _batch_outer(self, call: Call) -> Any:
        given = self.bound(call, "a", "b")
        if any(self.rank(a) != 1 for a in given.values()):
            raise NotBatchable("`outer` of arrays that are no vectors")
        a, b = (self.value(x) for x in given.values())
        a = self.low.emit(np.expand_dims, a, Lit(2 if self.is_batch(given["a"]) else 1))
        return self.low.emit(operator.mul, a, self.low.emit(np.expand_dims, b, Lit(1)) if self.is_batch(given["b"])
                             else b)

    def _batch_einsum(self, call: Call) -> Any:
        spec, *operands = call.args
        text = spec.value if isinstance(spec, Lit) else None
        if not isinstance(text, str) or "->" not in text or "." in text or call.kwargs:
            raise NotBatchable("`einsum` that is not spelled out")
        letter = next(c for c in "ZYXWVUTSRQPONMLKJIHGFEDCBA" if c not in text)
        inputs, output = text.replace(" ", "").split("->")
        parts = [letter + p if self.is_batch(o) else p for p, o in zip(inputs.split(","), operands, strict=True)]
        return self.low.emit(np.einsum, Lit(f"{','.join(parts)}->{letter}{output}"), *map(self.value, operands))

    def _batch_solve(self, call: Call) -> Any:
        if call.prim.rule is not np.linalg.solve:
            raise NotBatchable(f"`{call.prim.name}`")
        given = self.bound(call, "a", "b")
        a, b, low = self.value(given["a"]), self.value(given["b"]), self.low
        if self.rank(given["a"]) != 2:
            raise NotBatchable("`solve` of stacks")
        if self.rank(given["b"]) == 2:
            return low.emit(np.linalg.solve, a, b)
        if not self.is_batch(given["a"]):
            return low.emit("ndarray.T", low.emit(np.linalg.solve, a, low.emit("ndarray.T", b)))
        columns = low.emit(np.expand_dims, self.whole(given["b"]), Lit(2))
        return low.emit(np.squeeze, low.emit(np.linalg.solve, a, columns), Lit(2))

    def _batch_broadcast_to(self, call: Call) -> Any:
        given = self.bound(call, "array", "shape")
        shape = self.items(given["shape"])
        return self.low.emit(np.broadcast_to, self.aligned(given["array"], len(shape)), Seq((self.count, *shape)))

    def _batch_reshape(self, call: Call) -> Any:
        if call.kwargs:
            raise NotBatchable("`reshape` with these parameters")
        atom, *shape = call.args
        items = self.items(shape[0]) if len(shape) == 1 else [self.value(s) for s in shape]
        return self.low.emit(np.reshape, self.value(atom), Seq((self.count, *items)))

    def _batch_ravel(self, call: Call) -> Any:
        atom = self.bound(call, "a")["a"]
        return self.low.emit(np.reshape, self.value(atom), Seq((self.count, self._size(atom))))

    _batch_flatten = _batch_ravel

    def _batch_T(self, call: Call) -> Any:
        rank = self.rank(call.args[0])
        return self.value(call.args[0]) if rank < 2 else self.low.emit(
            np.transpose, self.value(call.args[0]), Lit((0, *range(rank, 0, -1))))

    def _batch_transpose(self, call: Call) -> Any:
        atom, *axes = call.args
        axes += [a for k, a in call.kwargs if k == "axes"]
        if not axes:
            return self._batch_T(call)
        if len(axes) > 1:
            raise NotBatchable("`transpose` of axes one by one")
        return self.low.emit(np.transpose, self.value(atom), Lit((0, *self.axes(axes[0], self.rank(atom)))))

    def _batch_swapaxes(self, call: Call) -> Any:
        atom, *axes = self.bound(call, "a", "axis1", "axis2").values()
        return self.low.emit(np.swapaxes, self.value(atom), *(Lit(self.axes(a, self.rank(atom))[0]) for a in axes))

    def _batch_moveaxis(self, call: Call) -> Any:
        atom, *axes = self.bound(call, "a", "source", "destination").values()
        return self.low.emit(np.moveaxis, self.value(atom), *(Lit(self.axes(a, self.rank(atom))) for a in axes))

    def _batch_expand_dims(self, call: Call) -> Any:
        atom, axis = self.bound(call, "a", "axis").values()
        rank = self.rank(atom) + len(self.items(axis))
        return self.low.emit(np.expand_dims, self.value(atom), Lit(self.axes(axis, rank)))

    def _batch_squeeze(self, call: Call) -> Any:
        given = self.bound(call, "a", "axis")
        if len(given) == 1:
            raise NotBatchable("`squeeze` of axes that only the shape tells")
        return self.low.emit(np.squeeze, self.value(given["a"]), Lit(self.axes(given["axis"], self.rank(given["a"]))))

    def _batch_cumsum(self, call: Call) -> Any:
        given = self.bound(call, "a", "axis")
        rank = self.rank(given["a"])
        if "axis" not in given and rank != 1:
            raise NotBatchable("`cumsum` without an axis")
        return self.low.emit(np.cumsum, self.value(given["a"]), axis=Lit(self.axes(given.get("axis"), rank)[0]))

    def _joined(self, call: Call, grow: int) -> Any:
        given = self.bound(call, "arrays", "axis")
        parts = self.value(given["arrays"])
        definition = self.definition.get(given["arrays"])  # type: ignore[attr-defined]
        axis = given.get("axis", Lit(0))
        if not isinstance(parts, Seq) or definition is None or not all(isinstance(a, Var) for a in definition.args):
            raise NotBatchable(f"`{call.prim.name}` of these parts")
        rank = self.rank(definition.args[0]) + grow
        made = tuple(map(self.whole, definition.args))
        return self.low.emit(call.prim.rule, Seq(made), axis=Lit(self.axes(axis, rank)[0]))

    def _batch_stack(self, call: Call) -> Any:
        return self._joined(call, 1)

    def _batch_concatenate(self, call: Call) -> Any:
        return self._joined(call, 0)

    def _same(self, call: Call) -> Any:
        """A copy, or zeros of one shape and dtype."""
        if call.kwargs or len(call.args) != 1 or not isinstance(call.args[0], Var) \
                or not isinstance(call.args[0].kind, (Array, Scalar)):
            raise NotBatchable(f"`{call.prim.name}` with these parameters")
        value = self.value(call.args[0])
        return value if call.prim.name in ("again", "builtins.float") else self.low.emit(call.prim.rule, value)

    _batch_zeros_like = _batch_ones_like = _batch_copy = _batch_float = _same

    def _batch_array(self, call: Call) -> Any:
        """An array of numbers or rows: their stack."""
        definition = self.definition.get(call.args[0])  # type: ignore[attr-defined]
        if call.kwargs or definition is None or definition.prim.name not in ("tuple", "list"):
            return self._same(call)
        parts = definition.args
        if not all(isinstance(a, Var) and isinstance(a.kind, (Array, Scalar)) for a in parts):
            raise NotBatchable("an array of constants and other things")
        return self.low.emit(np.stack, Seq(tuple(map(self.whole, parts))), axis=Lit(1))

    _batch_asarray = _batch_array

    def _batch_again(self, call: Call) -> Any:
        return self.value(call.args[0])

    def _batch_unbroadcast(self, call: Call) -> Any:
        if call.prim.rule is not unbroadcast:
            raise NotBatchable(f"`{call.prim.name}`")
        atom, shape = call.args
        items, value = self.items(shape), self.value(atom)
        extra = self.rank(atom) - len(items)
        if extra > 0:
            value = self.low.emit(np.sum, value, axis=Lit(tuple(range(1, extra + 1))))
        return self.low.emit(unbroadcast, value, Seq((self.count, *items))) if items else value


__all__ = ["SHAPES", "BatchRules", "NotBatchable"]
