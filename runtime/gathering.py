"""Parts of a Tensor, and stores at places named by index Tensors: `split`, `gather`, `scatter`, `index_add`, ..."""

from __future__ import annotations

import operator
from itertools import pairwise
from typing import Any, Final

import numpy as np

from . import indexing, kernels, kernels_scatter
from .calls import call, call_flat, named
from .dispatch import Operation, TensorCore, unwrap, wrap
from .recording import record
from .reductions import GATHER
from .selecting import SELECT, SLICE, get, multi_view, plain_index, put
from .shaping import normal_dim

SPLIT: Final = Operation(operator.getitem, "SplitBackward0")
SPLIT_SIZES: Final = Operation(operator.getitem, "SplitWithSizesBackward0")
UNBIND: Final = Operation(operator.getitem, "UnbindBackward0")
INDEX_SELECT: Final = Operation(operator.getitem, "IndexSelectBackward0")
TAKE: Final = Operation(operator.getitem, "TakeBackward0")
MASKED_SELECT: Final = Operation(operator.getitem, "MaskedSelectBackward0")
MASKED_FILL: Final = named(kernels.masked_fill, "MaskedFillBackward0")
SCATTER: Final = named(kernels_scatter.scatter, "ScatterBackward0")
SCATTER_VALUE: Final = Operation(kernels_scatter.scatter, "ScatterBackward1")
SCATTER_ADD: Final = named(kernels_scatter.scatter_add, "ScatterAddBackward0")
SCATTER_REDUCE: Final = named(kernels_scatter.scatter_extremum, "ScatterReduceBackward0")
INDEX_ADD: Final = named(kernels_scatter.index_add, "IndexAddBackward0")
INDEX_COPY: Final = named(kernels_scatter.index_copy, "IndexCopyBackward0")
INDEX_FILL: Final = named(kernels_scatter.index_fill, "IndexFillBackward0")
MASKED_SCATTER: Final = named(kernels_scatter.masked_scatter, "MaskedScatterBackward0")


def _as_index(x: Any) -> Any:
    """Indices or a mask as an array that nobody else changes."""
    return np.array(unwrap(x))


def _check_places(chosen: Any, x: Any, dim: int) -> None:
    length = x.shape[dim] if x.ndim else 1
    if chosen.size and (chosen.min() < 0 or chosen.max() >= length):
        worst = chosen.min() if chosen.min() < 0 else chosen.max()
        raise RuntimeError(f"index {worst} is out of bounds for dimension {dim} with size {length}")


class Gathering(TensorCore):
    """Parts, gathers and scatters, PyTorch's of the same names."""

    __slots__ = ()

    def unbind(self, dim: int = 0) -> tuple[Any, ...]:
        dim = normal_dim(dim, self._array.ndim)
        lead = (slice(None),) * dim
        return tuple(multi_view(get(self, (*lead, k), UNBIND)) for k in range(self._array.shape[dim]))

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
        op = SPLIT if isinstance(split_size, int) else SPLIT_SIZES
        return tuple(multi_view(get(self, (*lead, slice(e - k, e)), op)) for k, e in zip(lengths, ends, strict=True))

    def chunk(self, chunks: int, dim: int = 0) -> tuple[Any, ...]:
        n = self._array.shape[dim]
        return self.split(max(-(-n // chunks), 1), dim)

    def tensor_split(self, sections: Any, dim: int = 0) -> tuple[Any, ...]:
        """So many pieces of nearly one size, or the pieces between the places given."""
        dim = normal_dim(dim, self._array.ndim)
        n = self._array.shape[dim]
        if isinstance(sections, int):
            lengths = [n // sections + (k < n % sections) for k in range(sections)]
            ends = [0, *np.cumsum(lengths).tolist()]
        else:
            ends = [0, *(min(e, n) for e in sections), n]
        lead = (slice(None),) * dim
        return tuple(get(self, (*lead, slice(a, b))) for a, b in pairwise(ends))

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
        _check_places(chosen, self._array, dim)
        return record(GATHER, self, kernels.take_along(self._array, chosen, dim), chosen, dim)

    def take(self, index: Any) -> Any:
        return get(self.reshape(-1), _as_index(index), TAKE)

    def take_along_dim(self, index: Any, dim: int | None = None) -> Any:
        """`gather` with dimensions that broadcast."""
        if dim is None:
            return self.reshape(-1).gather(0, index.reshape(-1))
        dim = normal_dim(dim, self._array.ndim)
        others = [n for k, n in enumerate(self._array.shape) if k != dim]
        wanted = [n for k, n in enumerate(unwrap(index).shape) if k != dim]
        shape = list(np.broadcast_shapes(tuple(others), tuple(wanted)))
        rows = np.broadcast_to(unwrap(index), (*shape[:dim], unwrap(index).shape[dim], *shape[dim:]))
        return self.expand(*shape[:dim], self._array.shape[dim], *shape[dim:]).gather(dim, rows)

    def masked_select(self, mask: Any) -> Any:
        x, m = np.broadcast_arrays(self._array, _as_index(mask))
        t = self if x.shape == self._array.shape else self.expand(x.shape)
        return get(t, m, MASKED_SELECT)

    def masked_fill(self, mask: Any, value: Any) -> Any:
        fill = value if isinstance(value, TensorCore) else wrap(np.asarray(value, self._array.dtype))
        return call_flat(MASKED_FILL, (self, _as_index(mask), fill))

    def scatter(self, dim: int, index: Any, src: Any = None, *, value: Any = None, reduce: str | None = None) -> Any:
        """A copy with the elements of `src` (or one number) stored at `index` along `dim`."""
        if reduce is not None:
            return self.scatter_reduce(dim, index, src, {"add": "sum", "multiply": "prod"}[reduce])
        src = value if src is None else src
        chosen, dim, part = self._places(dim, index, src)
        return call_flat(SCATTER if isinstance(src, TensorCore) else SCATTER_VALUE, (self, chosen, part, dim))

    def _places(self, dim: int, index: Any, src: Any) -> tuple[Any, int, Any]:
        """The index as an array, `dim` from 0, and the part of `src` that is stored."""
        chosen = _as_index(index)
        dim = normal_dim(dim, self._array.ndim)
        _check_places(chosen, self._array, dim)
        if isinstance(src, TensorCore) and src._array.dtype != self._array.dtype:
            raise RuntimeError("scatter(): Expected self.dtype to be equal to src.dtype")
        if isinstance(src, TensorCore) and src._array.ndim and src._array.shape != chosen.shape:
            src = src[tuple(slice(n) for n in chosen.shape)]
        return chosen, dim, src

    def scatter_add(self, dim: int, index: Any, src: Any) -> Any:
        """A copy with the elements of `src` added at `index` along `dim`; repeated places receive all."""
        chosen, dim, part = self._places(dim, index, src)
        return call_flat(SCATTER_ADD, (self, chosen, part, dim))

    def scatter_reduce(self, dim: int, index: Any, src: Any, reduce: str, *, include_self: bool = True) -> Any:
        """A copy with the elements of `src` combined at `index` along `dim`: "sum", "mean", "amax", "amin" or "prod".

        raises: RuntimeError, for "prod" of what requires grad
        """
        chosen, dim, part = self._places(dim, index, src)
        if reduce in ("amax", "amin"):
            return call_flat(SCATTER_REDUCE, (self, chosen, part, dim, reduce == "amax", include_self))
        start = self if include_self else self.scatter(dim, chosen, 1.0 if reduce == "prod" else 0.0)
        if reduce == "prod":
            if start.requires_grad or part.requires_grad:
                raise RuntimeError("scatter_reduce with 'prod' has no derivative here: detach its operands")
            out = start._array.copy()
            np.multiply.at(out, kernels.grid_of(out.shape, chosen, dim), part._array)
            return wrap(out)
        if reduce not in ("sum", "mean"):
            raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
        total = start.scatter_add(dim, chosen, part)
        if reduce == "sum":
            return total
        count = kernels.put_along(np.ones(chosen.shape, self._array.dtype), chosen, dim, self._array.shape)
        return total / wrap(np.maximum(count + (1 if include_self else 0), 1))

    def index_add(self, dim: int, index: Any, source: Any, *, alpha: Any = 1) -> Any:
        """A copy with the slices of `source` added to the slices `index`."""
        dim = normal_dim(dim, self._array.ndim)
        return call_flat(INDEX_ADD, (self, _as_index(index), source if alpha == 1 else source * alpha, dim))

    def index_copy(self, dim: int, index: Any, source: Any) -> Any:
        """A copy with the slices `index` replaced by those of `source`."""
        return call_flat(INDEX_COPY, (self, _as_index(index), source, normal_dim(dim, self._array.ndim)))

    def index_fill(self, dim: int, index: Any, value: Any) -> Any:
        """A copy with one value in the slices `index`."""
        return call_flat(INDEX_FILL, (self, _as_index(index), value, normal_dim(dim, self._array.ndim)))

    def index_put(self, indices: Any, values: Any, accumulate: bool = False) -> Any:
        """A copy with `values` stored (or added) at a tuple of index Tensors."""
        index = plain_index(tuple(indices))
        if accumulate:
            spread = values.expand(self._array[index].shape)
            return self + call(indexing.scatter, spread, self._array.shape, index)
        copy = self.clone()
        put(copy, index, values)
        return copy

    def masked_scatter(self, mask: Any, source: Any) -> Any:
        """A copy with the elements of `source`, in order, where `mask` holds."""
        return call_flat(MASKED_SCATTER, (self, np.broadcast_to(_as_index(mask), self._array.shape), source))
