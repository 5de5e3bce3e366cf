"""Calls that store into an array: `out=`, np.copyto, np.put, np.add.at, x.fill(), x.sort(), ...

Each becomes a store of values, so that every alias sees it: `np.copyto(y, x)` is `y[:] = x`, `x.sort()` gives the
buffer the value of `np.sort(x)`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import primitives as prim
from ..domains import kinds
from ..domains.effects import out_position
from ..domains.kinds import Array, Scalar
from ..ir import Call, Lit, Var
from ..library.stores import ufunc_at
from .builtins import special
from .state import buffers_in
from .values import Ref, Seq, Slice

if TYPE_CHECKING:
    from .lowerer import Lowerer

# Where a mask leaves elements out, a ufunc is not evaluated there: its operands get a value at which it is smooth.
_SAFE = {**dict.fromkeys((np.divide, np.floor_divide, np.remainder, np.fmod, np.power, np.float_power, np.reciprocal,
                          np.log, np.log2, np.log10, np.log1p, np.sqrt, np.cbrt, np.arctan2, np.hypot), 1.0),
         **dict.fromkeys((np.exp, np.exp2, np.expm1, np.sinh, np.cosh, np.arcsin, np.arccos, np.arctanh, np.tan,
                          np.square), 0.0), np.arccosh: 2.0}


class InPlace:
    """Mixin of `Lowerer`."""

    def whole(self: Lowerer, owner: Ref) -> Any:
        """The index of all elements: `y[:]`, or `y[...]` where y may have no axis."""
        shape = kinds.shape_of(self.kind(owner))
        return Slice(Lit(None), Lit(None), Lit(None)) if shape else Lit(Ellipsis)

    def overwrite(self: Lowerer, owner: Ref, value: Any, node: Any, casting: str = "same_kind") -> None:
        """owner[...] = value, cast as NumPy casts there."""
        kind = self.kind(owner)
        target, source = kinds.dtype_of(kind), kinds.dtype_of(self.kind(value))
        if target is not None and source is not None and not np.can_cast(source, target, casting):  # type: ignore[arg-type]
            raise self.refuse(f"a result of {source} stored into an array of {target}", "NumPy raises TypeError.",
                              "Make the array with a wider dtype.", node)
        if isinstance(kind, Array) and self.fits(self.kind(value), kind):
            new = self.atom(value)
            assert isinstance(new, Var)
            self.write(owner, new, node)
            return
        self.store_item(owner, self.whole(owner), value, node)

    @staticmethod
    def fits(kind: Any, wanted: Array) -> bool:
        """Has a value of `kind` surely the shape and dtype of an array of kind `wanted`?"""
        if not isinstance(kind, Array) or kind.shape is None or wanted.shape is None or len(kind.shape) != len(
                wanted.shape) or not kinds.same_dtype(kind.dtype, wanted.dtype) or wanted.dtype is None:
            return False
        return all(o == n for o, n in zip(wanted.shape, kind.shape, strict=True))

    def call_with_out(self: Lowerer, fn: Any, args: list[Any], kwargs: dict[str, Any], node: Any,
                      run: Callable[..., Any]) -> Any:
        """A call whose result goes into an array that it is given: `out=`, by name or by position.

        run(args, kwargs): the call without it. NotImplemented where no array is given.
        """
        args, kwargs, out = list(args), dict(kwargs), None
        position = out_position(fn)
        if "out" in kwargs:
            out = kwargs.pop("out")
        elif len(args) > position:
            out = args.pop(position)
            if len(args) > position:
                raise self.refuse("an argument after `out`", "", "Give it by name.", node)
        if isinstance(out, Seq) and len(out.items) == 1:
            out = out.items[0]
        if out is None or (isinstance(out, Lit) and out.value is None):
            return NotImplemented
        if not isinstance(out, Ref):
            raise self.refuse(f"`out=` of {self.describe(out)}", "", "Assign the result.", node)
        mask = kwargs.pop("where", None) if isinstance(fn, np.ufunc) else None
        if mask is not None and not (isinstance(mask, Lit) and mask.value is True):
            safe = self._safe_operands(fn, args, mask)
            result = self.emit(np.where, mask, run(safe, kwargs), out)
        else:
            result = run(args, kwargs)
        if not isinstance(fn, np.ufunc) and not kinds.same_dtype(kinds.dtype_of(self.kind(result)),
                                                                 kinds.dtype_of(self.kind(out))):
            raise self.refuse("`out=` of another dtype than the result", "NumPy may compute in that dtype.",
                              "Assign the result, then cast it.", node)
        self.overwrite(out, result, node)
        return out

    def _safe_operands(self: Lowerer, fn: Any, args: list[Any], mask: Any) -> list[Any]:
        value = _SAFE.get(fn)
        if value is None:
            return args
        first = 1 if fn in (np.divide, np.floor_divide, np.remainder, np.fmod) else 0
        return [a if i < first or isinstance(a, Lit) else self.emit(np.where, mask, a, Lit(value))
                for i, a in enumerate(args)]

    def call_in_place_method(self: Lowerer, owner: Ref, name: str, args: list[Any], kwargs: dict[str, Any],
                             node: Any) -> Any:
        """A method that changes its array."""
        method = METHODS.get(name)
        if method is None:
            raise self.refuse(f"the method `.{name}()`, which changes an array in place", "",
                              "Make a new array with NumPy's functions.", node=node)
        method(self, owner, args, kwargs, node)
        return Lit(None)

    def store_attribute(self: Lowerer, owner: Ref, attr: str, value: Any, node: Any) -> None:
        """owner.attr = value, for the attributes of an array that are its elements."""
        if attr == "flat":
            self.store_item(self.flat(owner).view, Slice(Lit(None), Lit(None), Lit(None)), value, node)
        elif attr in ("real", "imag"):
            part = self.attribute(owner, attr, "", node)
            if not isinstance(part, Ref) or (attr == "imag" and kinds.dtype_of(self.kind(owner)).kind != "c"):  # type: ignore[union-attr]
                raise self.refuse(f"a store to `.{attr}` of this array", "", "Use a complex array.", node)
            self.store_item(part, self.whole(part), value, node)
        elif attr == "shape":
            self._set_shape(owner, value, node)
        else:
            raise self.refuse(f"a store to the attribute `.{attr}` of an array", "It changes how memory is seen.",
                              "Make a new array: `y = y.reshape(...)`, `y.astype(...)`.", node)


    def _set_shape(self: Lowerer, owner: Ref, shape: Any, node: Any) -> None:
        """owner.shape = shape: every name of the array sees the new shape; a view of it would not."""
        buffer = owner.buffer
        seen = [b for held in (self.state.env, self.state.heap) for v in held.values() for b in buffers_in(v)]
        if not buffer.owns or any(b is not buffer and buffer in b.roots() for b in seen):
            raise self.refuse("a store to the attribute `.shape` of an array that shares its memory",
                              "The other array keeps its shape.", "Make a new array: `y = y.reshape(...)`.", node)
        reshaped = self.emit(np.reshape, owner, shape)
        if not isinstance(reshaped, Ref) or reshaped.buffer.make is None:
            raise self.refuse("a store to the attribute `.shape` of this array", "",
                              "Make a new array: `y = y.reshape(...)`.", node)
        self.check_view(reshaped.buffer, reshaped.buffer.make)
        new = self.read(reshaped.buffer)
        buffer.origin = None  # it told the layout of the array by its old axes
        self.write(owner, new, node)


# --- methods ----------------------------------------------------------------------------------------------------------

def _given(names: tuple[str, ...], args: list[Any], kwargs: dict[str, Any], low: Lowerer, node: Any) -> dict[str, Any]:
    """Arguments by name."""
    if len(args) > len(names) or set(kwargs) - set(names):
        raise low.refuse("these arguments", "The call has no such parameter.", node=node)
    return {**dict(zip(names, args, strict=False)), **kwargs}


def _fill(low: Lowerer, owner: Ref, args: list[Any], kwargs: dict[str, Any], node: Any) -> None:
    value = _given(("value",), args, kwargs, low, node)["value"]
    if kinds.shape_of(low.kind(value)) != ():
        raise low.refuse("`.fill()` with a value that is not known to be one number", "", "Write `y[:] = value`.",
                         node=node)
    low.store_item(owner, low.whole(owner), value, node)


def _sort(low: Lowerer, owner: Ref, args: list[Any], kwargs: dict[str, Any], node: Any) -> None:
    given = _given(("axis", "kind", "order", "stable"), args, kwargs, low, node)
    if "order" in given:
        raise low.refuse("the parameter `order=` of `.sort()`", "Only plain arrays have derivatives.", node=node)
    axis = {"axis": given["axis"]} if "axis" in given else {}
    low.overwrite(owner, low.emit(np.sort, owner, **axis), node)


def _partition(low: Lowerer, owner: Ref, args: list[Any], kwargs: dict[str, Any], node: Any) -> None:
    given = _given(("kth", "axis"), args, kwargs, low, node)
    low.overwrite(owner, low.emit(np.partition, owner, *given.values()), node)


def _put(low: Lowerer, owner: Ref, args: list[Any], kwargs: dict[str, Any], node: Any) -> None:
    given = _given(("indices", "values", "mode"), args, kwargs, low, node)
    mode = given.get("mode", Lit("raise"))
    if not (isinstance(mode, Lit) and mode.value == "raise"):
        raise low.refuse("the parameter `mode=` of `put`", "", "Compute the positions first.", node=node)
    indices, value = given["indices"], given["values"]
    if kinds.shape_of(low.kind(indices)) != ():
        indices = low.emit(np.ravel, indices)
        if kinds.shape_of(low.kind(value)) != ():
            value = low.emit(np.resize, value, low.emit(np.size, indices))
    elif kinds.shape_of(low.kind(value)) != ():
        value = low.get_item(low.emit(np.ravel, value), Lit(0), "", node)
    low.store_item(_vector(low, owner), indices, value, node)


METHODS: dict[str, Callable[..., None]] = {"fill": _fill, "sort": _sort, "partition": _partition, "put": _put}


def _vector(low: Lowerer, owner: Ref) -> Ref:
    """The array as a vector: a store through it reaches the array."""
    shape = kinds.shape_of(low.kind(owner))
    return owner if shape is not None and len(shape) == 1 else low.flat(owner).view


# --- functions --------------------------------------------------------------------------------------------------------

def _array(low: Lowerer, value: Any, what: str, node: Any) -> Ref:
    if not isinstance(value, Ref):
        raise low.refuse(f"`{what}` into {low.describe(value)}", "", "Store into an array.", node=node)
    return value


@special(np.copyto)
def _copyto(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    given = _given(("dst", "src", "casting", "where"), args, kwargs, low, node)
    owner, value = _array(low, given["dst"], "np.copyto", node), given["src"]
    casting, mask = given.get("casting", Lit("same_kind")), given.get("where", Lit(True))
    if not isinstance(casting, Lit) or not isinstance(casting.value, str):
        raise low.refuse("`casting=` that is no constant", "", "Write it as a string.", node=node)
    if not (isinstance(mask, Lit) and mask.value is True):
        value = low.emit(np.where, mask, value, owner)
    low.overwrite(owner, value, node, casting.value)
    return Lit(None)


@special(np.put)
def _np_put(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    given = _given(("a", "ind", "v", "mode"), args, kwargs, low, node)
    rest = [given[n] for n in ("ind", "v", "mode") if n in given]
    _put(low, _array(low, given["a"], "np.put", node), rest, {}, node)
    return Lit(None)


@special(np.place)
def _place(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    """The masked elements, in order, get the values, again and again from their start."""
    given = _given(("arr", "mask", "vals"), args, kwargs, low, node)
    owner, mask, value = _array(low, given["arr"], "np.place", node), given["mask"], given["vals"]
    if kinds.shape_of(low.kind(value)) != ():
        value = low.emit(np.resize, value, low.emit(np.count_nonzero, mask))
    low.store_item(owner, _as_mask(low, mask), value, node)
    return Lit(None)


@special(np.putmask)
def _putmask(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    """A masked element gets the value that stands at its own place, the values repeated to the array's size."""
    given = _given(("a", "mask", "values"), args, kwargs, low, node)
    owner, mask, value = _array(low, given["a"], "np.putmask", node), _as_mask(low, given["mask"]), given["values"]
    kind = low.kind(value)
    if kinds.shape_of(kind) != ():
        shape = kinds.shape_of(low.kind(owner))
        if shape is None or kinds.shape_of(kind) != shape:
            value = low.emit(np.resize, value, low.emit(np.shape, owner))
        value = low.get_item(value, mask, "", node)
    low.store_item(owner, mask, value, node)
    return Lit(None)


def _as_mask(low: Lowerer, mask: Any) -> Any:
    dtype = kinds.dtype_of(low.kind(mask))
    return mask if dtype is not None and dtype.kind == "b" else low.emit(np.asarray, mask, dtype=Lit(np.dtype(bool)))


@special(np.put_along_axis)
def _put_along_axis(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    given = _given(("arr", "indices", "values", "axis"), args, kwargs, low, node)
    owner, indices, axis = _array(low, given["arr"], "np.put_along_axis", node), given["indices"], given["axis"]
    if isinstance(axis, Lit) and axis.value is None:
        low.store_item(low.flat(owner).view, indices, given["values"], node)
        return Lit(None)
    shape = kinds.shape_of(low.kind(owner))
    if not isinstance(axis, Lit) or not isinstance(axis.value, int) or shape is None:
        raise low.refuse("`np.put_along_axis` with an axis or a rank that is not known", "",
                         "Write the axis as a constant.", node=node)
    at = axis.value % len(shape)
    index = [indices if k == at else _positions(low, owner, k, len(shape)) for k in range(len(shape))]
    low.store_item(owner, Seq(tuple(index)), given["values"], node)
    return Lit(None)


def _positions(low: Lowerer, owner: Ref, axis: int, rank: int) -> Any:
    """0, 1, 2, ... along one axis, of length 1 along the others."""
    count = low.get_item(low.emit(np.shape, owner), Lit(axis), "", low.node)
    return low.emit(np.reshape, low.emit(np.arange, count), Lit(tuple(-1 if k == axis else 1 for k in range(rank))))


@special(np.fill_diagonal)
def _fill_diagonal(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    given = _given(("a", "val", "wrap"), args, kwargs, low, node)
    owner, value, wrap = _array(low, given["a"], "np.fill_diagonal", node), given["val"], given.get("wrap", Lit(False))
    shape = kinds.shape_of(low.kind(owner))
    if shape is None or len(shape) < 2 or not (isinstance(wrap, Lit) and not wrap.value):
        raise low.refuse("`np.fill_diagonal` of an array whose rank is not known, or with `wrap=True`", "",
                         "Store at index arrays: `a[i, i] = value`.", node=node)
    count = low.emit(min, low.emit(np.shape, owner))
    places = low.emit(np.arange, count)
    if kinds.shape_of(low.kind(value)) != ():
        value = low.emit(np.resize, value, count)
    low.store_item(owner, Seq((places,) * len(shape)), value, node)
    return Lit(None)


def _at(ufunc: Any) -> Callable[..., Any]:
    """`ufunc.at(a, indices, b)`: an element named twice is changed twice."""

    def call(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
        given = _given(("a", "indices", "b"), args, kwargs, low, node)
        owner, indices, value = _array(low, given["a"], f"np.{ufunc.__name__}.at", node), given["indices"], given["b"]
        target, source = kinds.dtype_of(low.kind(owner)), kinds.dtype_of(low.kind(value))
        if target is not None and source is not None and not np.can_cast(source, target, "same_kind"):
            raise low.refuse(f"{source} added to elements of {target}", "NumPy raises TypeError.", node=node)
        if ufunc not in (np.add, np.subtract):
            low.call_python(ufunc_at, [Lit(ufunc), owner, indices, value], {}, "", node)
            return Lit(None)
        if ufunc is np.subtract:
            value = low.emit(np.negative, value)
        old = low.read(owner.buffer)
        new = Var(old.name, old.kind)
        low.block.append(Call((new,), prim.ADD_AT, (old, low.atom(indices), low.atom(value)), (), low.loc))
        low.write(owner, new, node)
        return Lit(None)

    return call


for _ufunc in {u for u in vars(np).values() if isinstance(u, np.ufunc) and u.nin == 2 and u.nout == 1
               and u.signature is None}:
    special(_ufunc.at)(_at(_ufunc))


__all__ = ["METHODS", "InPlace", "Scalar"]
