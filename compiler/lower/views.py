"""Views: how a store through one reaches its base.

Each entry of `_BACK` says what the base is once the view has a new value: the transpose of the new value for a
transpose, the new value in the base's shape for a reshape, a store at the index for an item.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ...runtime import stores
from .. import primitives as prim
from ..domains import kinds
from ..domains.kinds import Array
from ..ir import Call, Lit, Var
from .values import Seq, Slice, View

if TYPE_CHECKING:
    from .lowerer import Lowerer

# Functions that give the same elements another shape; True where the memory layout decides between view and copy.
RESHAPES: dict[Any, bool] = {
    np.reshape: True, "ndarray.reshape": True, np.ravel: True, "ndarray.ravel": True,
    np.atleast_1d: False, np.atleast_2d: False, np.atleast_3d: False, np.expand_dims: False, np.squeeze: False,
    "ndarray.squeeze": False,
}
# Views that NumPy makes read-only: a store through them raises there.
READ_ONLY = frozenset({np.broadcast_to, np.diagonal, "ndarray.diagonal", np.linalg.diagonal, np.diag,
                       np.lib.stride_tricks.sliding_window_view})

Back = Callable[["Lowerer", View, Var, Var], Any]


def put_back(low: Lowerer, view: View, base: Var, new: Var) -> Var | None:
    """The base's value once the view has the value `new`; None where it cannot be told."""
    back = _BACK.get(view.prim.rule)
    return None if back is None else back(low, view, base, new)


def _call(low: Lowerer, base: Var, target: Any, *args: Any, **options: Any) -> Var:
    """Emit a call whose result has the form of `base`."""
    atoms = tuple(low.atom(a) for a in args)
    out = Var(base.name, base.kind)
    primitive = target if not callable(target) and not isinstance(target, str) else prim.primitive_for(target)
    low.block.append(Call((out,), primitive, atoms, tuple((k, low.atom(v)) for k, v in options.items()), low.loc))
    return out


def _item(low: Lowerer, view: View, base: Var, new: Var) -> Var:
    return _call(low, base, prim.SET_ITEM, base, view.rest[0], new)


def _same_call(low: Lowerer, view: View, base: Var, new: Var) -> Var:
    """A swap of axes or a flip is its own inverse."""
    out = Var(base.name, base.kind)
    low.block.append(Call((out,), view.prim, (new, *view.rest), view.keywords, low.loc))
    return out


def _reshape(low: Lowerer, view: View, base: Var, new: Var) -> Var:
    shape = kinds.shape_of(base.kind)
    if shape is not None and len(shape) == 1:
        return _call(low, base, np.reshape, new, Lit(-1), **_order(view))
    if shape is not None and all(isinstance(n, int) for n in shape):
        return _call(low, base, np.reshape, new, Lit(shape), **_order(view))
    return _call(low, base, np.reshape, new, low.emit(np.shape, base), **_order(view))


def _order(view: View) -> dict[str, Any]:
    return {"order": view.options["order"]} if "order" in view.options else {}


def _transpose(low: Lowerer, view: View, base: Var, new: Var) -> Var | None:
    axes = view.given[0] if view.given else view.options.get("axes", Lit(None))
    if isinstance(axes, Lit) and axes.value is None:
        return _same_call(low, view, base, new)
    order = _constants(axes)
    if order is None:
        return None
    return _call(low, base, np.transpose, new, Lit(tuple(int(i) for i in np.argsort([a % len(order) for a in order]))))


def _constants(value: Any) -> list[int] | None:
    """The integers of a constant tuple or list."""
    items = value.items if isinstance(value, Seq) else None
    if isinstance(value, Lit) and isinstance(value.value, (tuple, list)):
        return list(value.value)
    if items is None or not all(isinstance(v, Lit) for v in items):
        return None
    return [v.value for v in items]


def _moveaxis(low: Lowerer, view: View, base: Var, new: Var) -> Var:
    named = dict(zip(("source", "destination"), view.rest, strict=False)) | dict(view.keywords)
    return _call(low, base, np.moveaxis, new, named["destination"], named["source"])


def _rot90(low: Lowerer, view: View, base: Var, new: Var) -> Var | None:
    count = view.given[0] if view.given else view.options.get("k", Lit(1))
    axes = view.given[1:2] or ((view.options["axes"],) if "axes" in view.options else ())
    if not isinstance(count, Lit) or not isinstance(count.value, int):
        return None
    return _call(low, base, np.rot90, new, Lit(-count.value), *axes)


def _identity(low: Lowerer, view: View, base: Var, new: Var) -> Var | None:
    """`x.view()`: the same elements; with another dtype they would be other numbers."""
    return None if view.rest or view.keywords else new


def _real(low: Lowerer, view: View, base: Var, new: Var) -> Var:
    return _call(low, base, stores.with_real, base, new)


def _imag(low: Lowerer, view: View, base: Var, new: Var) -> Var:
    return _call(low, base, stores.with_imag, base, new)


_BACK: dict[Any, Back] = {
    operator.getitem: _item,
    **dict.fromkeys(("ndarray.T", "ndarray.mT", np.matrix_transpose, np.linalg.matrix_transpose, np.swapaxes,
                     "ndarray.swapaxes", np.flip, np.flipud, np.fliplr), _same_call),
    np.transpose: _transpose, "ndarray.transpose": _transpose, np.permute_dims: _transpose,
    np.moveaxis: _moveaxis, np.rot90: _rot90, "ndarray.view": _identity,
    "ndarray.real": _real, np.real: _real, "ndarray.imag": _imag, np.imag: _imag,
    **dict.fromkeys(RESHAPES, _reshape),
}


# --- pieces of an array ---------------------------------------------------------------------------------------------

def _split(low: Lowerer, args: tuple[Any, ...], kwargs: dict[str, Any], count: int) -> list[Any] | None:
    """The index of each piece of `np.split(ary, indices_or_sections, axis)`."""
    given = dict(zip(("ary", "indices_or_sections", "axis"), args, strict=False)) | kwargs
    axis = given.get("axis", Lit(0))
    return _pieces(low, given["ary"], given["indices_or_sections"], axis, count)


def _along(axis: int) -> Callable[..., list[Any] | None]:
    def find(low: Lowerer, args: tuple[Any, ...], kwargs: dict[str, Any], count: int) -> list[Any] | None:
        given = dict(zip(("ary", "indices_or_sections"), args, strict=False)) | kwargs
        shape = kinds.shape_of(low.kind(given["ary"]))
        if shape is None:
            return None
        return _pieces(low, given["ary"], given["indices_or_sections"], Lit(min(axis, len(shape) - 1)), count)

    return find


def _pieces(low: Lowerer, ary: Any, sections: Any, axis: Any, count: int) -> list[Any] | None:
    shape = kinds.shape_of(low.kind(ary))
    if not isinstance(axis, Lit) or not isinstance(axis.value, int) or shape is None or not isinstance(
            low.kind(ary), Array):
        return None
    at = axis.value % len(shape)
    if isinstance(sections, Lit) and isinstance(sections.value, int):
        total = Lit(shape[at]) if isinstance(shape[at], int) else low.emit(operator.getitem, low.emit(
            np.shape, ary), Lit(at))
        size = low.binary("FloorDiv", total, sections)
        ends = [low.binary("Mult", Lit(i), size) for i in range(1, count)]
    else:
        known = _constants(sections)
        if known is None or len(known) != count - 1:
            return None
        ends = [Lit(i) for i in known]
    bounds = [Lit(None), *ends, Lit(None)]
    slices = [Slice(a, b, Lit(None)) for a, b in itertools.pairwise(bounds)]
    return [_at(s, at) for s in slices]


def _at(item: Any, axis: int) -> Any:
    whole = Slice(Lit(None), Lit(None), Lit(None))
    return item if axis == 0 else Seq((*[whole] * axis, item))


def _unstack(low: Lowerer, args: tuple[Any, ...], kwargs: dict[str, Any], count: int) -> list[Any] | None:
    axis = kwargs.get("axis", Lit(0))
    shape = kinds.shape_of(low.kind(args[0]))
    if not isinstance(axis, Lit) or not isinstance(axis.value, int) or shape is None:
        return None
    return [_at(Lit(i), axis.value % len(shape)) for i in range(count)]


PIECES: dict[Any, Callable[..., list[Any] | None]] = {
    np.split: _split, np.vsplit: _along(0), np.hsplit: _along(1), np.dsplit: _along(2),
}
if hasattr(np, "unstack"):
    PIECES[np.unstack] = _unstack
