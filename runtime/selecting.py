"""Reading and writing elements of a Tensor by index, mask or list of places."""

from __future__ import annotations

import operator
import warnings
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from .arithmetic import WHERE
from .calls import call, named
from .dispatch import Operation, TensorCore, bump, edge_of, start, unwrap, wrap
from .grad_mode import state
from .graph import Node
from .inplace import check_writable, set_history, store
from .masked import Masked
from .masks import read_places
from .recording import record, view
from .shaping import normal_dim

SELECT: Final = Operation(operator.getitem, "SelectBackward0")
SLICE: Final = Operation(operator.getitem, "SliceBackward0")
UNSQUEEZE: Final = Operation(operator.getitem, "UnsqueezeBackward0")
ALIAS: Final = Operation(operator.getitem, "AliasBackward0")
INDEX: Final = Operation(operator.getitem, "IndexBackward0")
MSG_SEQUENCE: Final = (
    "Using a non-tuple sequence for multidimensional indexing is deprecated and will be changed in pytorch 2.9; use "
    "x[tuple(seq)] instead of x[seq]. In pytorch 2.9 this will be interpreted as tensor index, x[torch.tensor(seq)], "
    "which will result either in an error or a different result"
)
CAT: Final = named(np.concatenate, "CatBackward0")
VSTACK: Final = named(np.vstack, "CatBackward0")
HSTACK: Final = named(np.hstack, "CatBackward0")


def plain_index(index: Any) -> Any:
    """An index without Tensors: arrays for lists and Tensors, ints for 0-d integers.

    raises: TypeError or IndexError, for what is no index; ValueError, for a negative step
    """
    if isinstance(index, tuple):
        return tuple(plain_index(part) for part in index)
    if isinstance(index, TensorCore):
        index = index._array if not index._array.ndim else index._array.copy()  # saved: later changes must not matter
    if isinstance(index, list):
        if any(isinstance(part, list | tuple | slice | TensorCore) or part is None or part is Ellipsis
               for part in index):
            warnings.warn(MSG_SEQUENCE, UserWarning, stacklevel=2)
            return plain_index(tuple(index))
        index = np.asarray([unwrap(part) for part in index])
        index = index.astype(np.int64) if not index.size else index
    if isinstance(index, np.ndarray):
        if index.dtype.kind not in "iub":
            raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
        return int(index) if index.ndim == 0 and index.dtype.kind != "b" else index
    if isinstance(index, slice):
        if index.step is not None and unwrap(index.step) < 1:
            raise ValueError("step must be greater than zero")
        return slice(*(None if v is None else operator.index(unwrap(v)) for v in (index.start, index.stop, index.step)))
    if index is None or index is Ellipsis or isinstance(index, bool | np.bool_):
        return index
    if isinstance(index, str):
        raise TypeError("expected Tensor as argument, got str")  # whatever PyTorch says here, it is a TypeError
    if isinstance(index, float):
        raise IndexError("only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid "
                         "indices (got "
                         f"{type(index).__name__})")
    return operator.index(index)


def multi_view(t: Any) -> Any:
    """Mark one of several views that an operation returns: PyTorch does not let them be changed in place."""
    t.extended().several = True
    return t


def is_basic(index: Any) -> bool:
    """Whether the index makes a view."""
    parts = index if isinstance(index, tuple) else (index,)
    return not any(isinstance(part, np.ndarray | bool | np.bool_) for part in parts)


def _kind(index: Any) -> Operation:
    last = index[-1] if isinstance(index, tuple) and index else index
    if isinstance(last, int):
        return SELECT
    if isinstance(last, slice):
        return SLICE
    if isinstance(index, tuple) and any(isinstance(part, int) for part in index):
        return SELECT
    return UNSQUEEZE if last is None else ALIAS


def _mixed(index: Any) -> bool:
    """An int beside an array: PyTorch selects first, NumPy would broadcast the int."""
    return isinstance(index, tuple) and any(type(part) is int for part in index)


def in_two(index: tuple[Any, ...], ndim: int) -> tuple[Any, Any]:
    """Cut a mixed index into a basic one and an advanced one of what the first leaves."""
    used = sum(part.ndim if isinstance(part, np.ndarray) and part.dtype.kind == "b" else 1
               for part in index if part is not None and part is not Ellipsis)
    first: list[Any] = []
    second: list[Any] = []
    for part in index:
        if part is Ellipsis:
            first += [slice(None)] * (ndim - used)
            second += [slice(None)] * (ndim - used)
        elif isinstance(part, np.ndarray):
            first += [slice(None)] * (part.ndim if part.dtype.kind == "b" else 1)
            second.append(part)
        else:
            first.append(part)
            if not isinstance(part, int):
                second.append(slice(None))
    return tuple(first), tuple(second)


def _explain(error: IndexError, x: Any, index: Any) -> IndexError:
    """PyTorch's words for NumPy's IndexErrors."""
    message = str(error)
    if "boolean index did not match" in message:
        parts = index if isinstance(index, tuple) else (index,)
        at = 0
        for part in parts:
            mask = isinstance(part, np.ndarray) and part.dtype.kind == "b"
            if mask and part.shape != x.shape[at:at + part.ndim]:
                return IndexError(f"The shape of the mask {list(part.shape)} at index {at} does not match the shape "
                                  f"of the indexed tensor {list(x.shape)} at index {at}")
            at += part.ndim if mask else part is not None
    if "shape mismatch: indexing arrays" in message:
        shapes = ", ".join(str(list(part.shape)) for part in index if isinstance(part, np.ndarray))
        return IndexError(f"shape mismatch: indexing tensors could not be broadcast together with shapes {shapes}")
    if x.ndim == 0:
        return IndexError("invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in "
                          "C++ to convert "
                          "a 0-dim tensor to a number")
    if "too many indices" in message:
        return IndexError(f"too many indices for tensor of dimension {x.ndim}")
    if "out of bounds" in message:
        return IndexError(message.replace("axis", "dimension"))
    return IndexError(message)


def get(t: Any, index: Any, op: Operation | None = None) -> Any:
    """`t[index]`: a view for a basic index, else a copy."""
    x = t._array
    try:
        if type(index) is int and x.ndim:  # the short way of what most programs do
            out = x[index, ...]
            return view(op or SELECT, t, out, lambda root: get(root, index, op), index)
        index = plain_index(index)
        if is_basic(index):
            out = x[index]
            if type(out) is not np.ndarray:  # an element: its 0-d view
                out = x[(*index, ...) if isinstance(index, tuple) else (index, ...)]
            return view(op or _kind(index), t, out, lambda root: get(root, index, op), index)
        if _mixed(index):
            first, second = in_two(index, x.ndim)
            return get(get(t, first), second)
        return record(op or INDEX, t, x[index], index)
    except IndexError as error:
        raise _explain(error, x, index) from None


class IndexPutBackward0(Node):
    """A store at an advanced index; where an element is named twice, the last store wins and gets the cotangent.

    saved: (index, for each place of the index whether its store won)
    """

    __slots__ = ()
    sums = True

    def backward(self, d_ans: Any) -> Sequence[Any]:
        index, wins = self.saved
        kept = d_ans.copy()
        kept[index] = 0
        return Masked(kept, lambda: ~read_places(d_ans.shape, index)), np.where(wins, d_ans[index], 0)

    def backward_traced(self, d_ans: Any) -> Sequence[Any]:
        index, wins = self.saved
        mask = read_places(d_ans._array.shape, index)
        kept = d_ans.masked_fill(wrap(mask), 0.0)
        return Masked(kept, ~mask), get(d_ans, index) * wrap(np.asarray(wins, d_ans._array.dtype))


def put(t: Any, index: Any, value: Any) -> None:
    """`t[index] = value`, recorded."""
    index = plain_index(index)
    x = t._array
    try:
        if is_basic(index):
            store(t, value, lambda root: get(root, index))
            return
        if _mixed(index):
            first, second = in_two(index, x.ndim)
            put(get(t, first), second, value)
            return
        check_writable(t)
        y = unwrap(value)
        x[index] = y
    except IndexError as error:
        raise _explain(error, x, index) from None
    except ValueError as error:
        raise RuntimeError(f"shape mismatch: value tensor of shape {list(np.shape(y))} cannot be broadcast to "
                           f"indexing result of shape {list(x[index].shape)}") from error
    bump(t)
    edge = edge_of(value) if isinstance(value, TensorCore) and state.enabled else None
    if state.enabled and (edge is not None or t._tracked):
        owner = np.full(x.shape, -1)
        shape = owner[index].shape
        numbers = np.arange(np.prod(shape, dtype=int)).reshape(shape)
        owner[index] = numbers
        node: Any = start(IndexPutBackward0, (edge_of(t), edge), x)
        node.saved, node.checks, node.plan = (index, owner[index] == numbers), (), None
        set_history(t, node)


def _as_index(x: Any) -> Any:
    """Indices or a mask as an array that nobody else changes."""
    return np.array(unwrap(x))


class Selecting(TensorCore):
    """Indexing and its relatives, PyTorch's of the same names."""

    __slots__ = ()

    def __getitem__(self, index: Any) -> Any:
        return get(self, index)

    def __setitem__(self, index: Any, value: Any) -> None:
        put(self, index, value)

    def __len__(self) -> int:
        if not self._array.ndim:
            raise TypeError("len() of a 0-d tensor")
        return int(self._array.shape[0])

    def __iter__(self) -> Iterator[Any]:
        if not self._array.ndim:
            raise TypeError("iteration over a 0-d tensor")
        return iter(self.unbind(0))

    def __contains__(self, item: Any) -> bool:
        return bool(np.any(self._array == unwrap(item)))

    def where(self, condition: Any, other: Any) -> Any:
        return where(condition, self, other)


def where(condition: Any, x: Any = None, y: Any = None) -> Any:
    """`x` where `condition` holds, else `y`; with the condition only, the places where it holds.

    The branch not taken gets a zero cotangent, whatever stands there.
    """
    mask = _as_index(condition)
    if x is None and y is None:
        return tuple(wrap(k) for k in np.nonzero(mask))
    from .promotion import result_dtype

    dtype = result_dtype(*(v.item() if isinstance(v, np.generic) else v for v in (unwrap(x), unwrap(y))))

    def operand(v: Any) -> Any:
        if isinstance(v, TensorCore):
            return v if v._array.dtype == dtype else v.to(dtype)
        return wrap(np.asarray(v, dtype))

    return call(WHERE.function, wrap(mask), operand(x), operand(y))


def cat(tensors: Sequence[Any], dim: int = 0, *, axis: int | None = None) -> Any:
    """Join along an existing dimension."""
    parts = _promoted(tensors, "cat")
    first = parts[0]._array.shape
    dim = normal_dim(dim if axis is None else axis, len(first))
    for k, part in enumerate(parts):
        shape = part._array.shape
        wrong = [(a, b) for d, (a, b) in enumerate(zip(first, shape, strict=False)) if d != dim and a != b]
        if len(shape) != len(first):
            raise RuntimeError(f"Tensors must have same number of dimensions: got {len(first)} and {len(shape)}")
        if wrong:
            raise RuntimeError(f"Sizes of tensors must match except in dimension {dim}. Expected size {wrong[0][0]} "
                               "but got size "
                               f"{wrong[0][1]} for tensor number {k} in the list.")
    return call(np.concatenate, parts, dim)


def stack(tensors: Sequence[Any], dim: int = 0) -> Any:
    """Join along a new dimension.

    raises: RuntimeError, if the shapes differ
    """
    parts = _promoted(tensors, "stack")
    for k, part in enumerate(parts):
        if part._array.shape != parts[0]._array.shape:
            raise RuntimeError(f"stack expects each tensor to be equal size, but got {list(parts[0]._array.shape)} "
                               "at entry 0 and "
                               f"{list(part._array.shape)} at entry {k}")
    return call(np.stack, parts, normal_dim(dim, parts[0]._array.ndim + 1))


def _promoted(tensors: Sequence[Any], name: str) -> list[Any]:
    from .promotion import result_dtype

    parts = list(tensors)
    if not parts:
        if name == "stack":
            raise RuntimeError("stack expects a non-empty TensorList")
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    for k, part in enumerate(parts):
        if not isinstance(part, TensorCore):
            raise TypeError(f"expected Tensor as element {k} in argument 0, but got {type(part).__name__}")
    dtype = result_dtype(*(part._array for part in parts))
    return [part if part._array.dtype == dtype else part.to(dtype) for part in parts]
