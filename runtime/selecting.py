"""Reading and writing elements of a Tensor by index, mask or list of places."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np

from . import kernels
from .arithmetic import WHERE
from .calls import call, named
from .dispatch import Operation, TensorCore, bump, edge_of, record, start, unwrap, view, wrap
from .grad_mode import state
from .graph import Node
from .inplace import check_writable, set_history, store
from .reductions import GATHER
from .shaping import normal_dim

SELECT: Final = Operation(operator.getitem, "SelectBackward0")
SLICE: Final = Operation(operator.getitem, "SliceBackward0")
UNSQUEEZE: Final = Operation(operator.getitem, "UnsqueezeBackward0")
ALIAS: Final = Operation(operator.getitem, "AliasBackward0")
INDEX: Final = Operation(operator.getitem, "IndexBackward0")
SPLIT: Final = Operation(operator.getitem, "SplitBackward0")
UNBIND: Final = Operation(operator.getitem, "UnbindBackward0")
INDEX_SELECT: Final = Operation(operator.getitem, "IndexSelectBackward0")
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
        if any(isinstance(part, slice) for part in index):
            raise TypeError("a list index holds integers or booleans")
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
    if isinstance(index, float | str):
        raise IndexError("only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid "
                         "indices (got "
                         f"{type(index).__name__})")
    return operator.index(index)


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
    index = plain_index(index)
    x = t._array
    try:
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
        return kept, np.where(wins, d_ans[index], 0)

    def backward_traced(self, d_ans: Any) -> Sequence[Any]:
        index, wins = self.saved
        mask = np.ones(d_ans._array.shape, d_ans._array.dtype)
        mask[index] = 0
        return d_ans * wrap(mask), get(d_ans, index) * wrap(np.asarray(wins, d_ans._array.dtype))


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

    def unbind(self, dim: int = 0) -> tuple[Any, ...]:
        dim = normal_dim(dim, self._array.ndim)
        lead = (slice(None),) * dim
        return tuple(get(self, (*lead, k), UNBIND) for k in range(self._array.shape[dim]))

    def select(self, dim: int, index: int) -> Any:
        return get(self, (*(slice(None),) * normal_dim(dim, self._array.ndim), index), SELECT)

    def narrow(self, dim: int, start: int, length: int) -> Any:
        dim = normal_dim(dim, self._array.ndim)
        start = int(start)
        if start + length > self._array.shape[dim]:
            raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size "
                               f"({self._array.shape[dim]}).")
        return get(self, (*(slice(None),) * dim, slice(start, start + length)), SLICE)

    def split(self, split_size: Any, dim: int = 0) -> tuple[Any, ...]:
        """Pieces of one size (the last may be smaller), or of the sizes given."""
        dim = normal_dim(dim, self._array.ndim)
        n = self._array.shape[dim]
        if isinstance(split_size, int):
            lengths = [min(split_size, n - k) for k in range(0, n, split_size)] or [0]
        else:
            lengths = list(split_size)
            if sum(lengths) != n:
                raise RuntimeError(f"split_with_sizes expects split_sizes to sum exactly to {n} (input tensor's size "
                                   "at dimension "
                                   f"{dim}), but got split_sizes={lengths}")
        ends = np.cumsum(lengths).tolist()
        lead = (slice(None),) * dim
        return tuple(get(self, (*lead, slice(e - k, e)), SPLIT) for k, e in zip(lengths, ends, strict=True))

    def chunk(self, chunks: int, dim: int = 0) -> tuple[Any, ...]:
        n = self._array.shape[dim]
        return self.split(max(-(-n // chunks), 1), dim)

    def tensor_split(self, sections: Any, dim: int = 0) -> tuple[Any, ...]:
        n = self._array.shape[dim]
        if isinstance(sections, int):
            return self.split([n // sections + (k < n % sections) for k in range(sections)], dim)
        ends = [0, *(min(e, n) for e in sections), n]
        return self.split([b - a for a, b in pairwise(ends)], dim)

    def index_select(self, dim: int, index: Any) -> Any:
        dim = normal_dim(dim, self._array.ndim)
        chosen = _as_index(index)
        length = self._array.shape[dim] if self._array.ndim else 1
        if chosen.size and (chosen.min() < 0 or chosen.max() >= length):
            raise IndexError("index out of range in self")
        return record(INDEX_SELECT, self, np.take(self._array, chosen, axis=dim), (*(slice(None),) * dim, chosen))

    def gather(self, dim: int, index: Any) -> Any:
        dim = normal_dim(dim, self._array.ndim)
        chosen = _as_index(index)
        if chosen.ndim != self._array.ndim:
            raise RuntimeError("Index tensor must have the same number of dimensions as input tensor")
        return record(GATHER, self, kernels.take_along(self._array, chosen, dim), chosen, dim)

    def take(self, index: Any) -> Any:
        return self.reshape(-1)[_as_index(index)]

    def take_along_dim(self, index: Any, dim: int) -> Any:
        return self.gather(dim, index)

    def masked_select(self, mask: Any) -> Any:
        x, m = np.broadcast_arrays(self._array, _as_index(mask))
        t = self if x.shape == self._array.shape else self.expand(x.shape)
        return get(t, m)

    def masked_fill(self, mask: Any, value: Any) -> Any:
        fill = value if isinstance(value, TensorCore) else wrap(np.asarray(value, self._array.dtype))
        return call(kernels.masked_fill, self, _as_index(mask), fill)

    def where(self, condition: Any, other: Any) -> Any:
        return where(condition, self, other)

    def scatter(self, dim: int, index: Any, src: Any) -> Any:
        """A copy with the elements of `src` (or one number) stored at `index` along `dim`."""
        return self.clone().scatter_(dim, index, src)

    def scatter_(self, dim: int, index: Any, src: Any) -> Any:
        chosen = _as_index(index)
        places = kernels._grid(self._array.shape, chosen, normal_dim(dim, self._array.ndim))
        value = src[tuple(slice(n) for n in chosen.shape)] if isinstance(src, TensorCore) and src._array.ndim else src
        put(self, places, value)
        return self

    def scatter_add(self, dim: int, index: Any, src: Any) -> Any:
        """A copy with the elements of `src` added at `index` along `dim`; repeated places receive all."""
        chosen = _as_index(index)
        dim = normal_dim(dim, self._array.ndim)
        part = src[tuple(slice(n) for n in chosen.shape)]
        return self + call(kernels.put_along, part, chosen, dim, self._array.shape)

    def scatter_add_(self, dim: int, index: Any, src: Any) -> Any:
        chosen = _as_index(index)
        dim = normal_dim(dim, self._array.ndim)
        part = src[tuple(slice(n) for n in chosen.shape)]
        return self.add_(call(kernels.put_along, part, chosen, dim, self._array.shape))

    def index_add(self, dim: int, index: Any, source: Any, *, alpha: Any = 1) -> Any:
        chosen = _as_index(index)
        dim = normal_dim(dim, self._array.ndim)
        shape = source._array.shape
        grid = np.broadcast_to(chosen.reshape((-1,) + (1,) * (len(shape) - dim - 1)), shape)
        return self.scatter_add(dim, grid, source if alpha == 1 else source * alpha)

    def index_fill(self, dim: int, index: Any, value: Any) -> Any:
        copy = self.clone()
        put(copy, (*(slice(None),) * normal_dim(dim, self._array.ndim), _as_index(index)), value)
        return copy

    def diagonal(self, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
        return call(np.diagonal, self, offset, dim1, dim2)


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
