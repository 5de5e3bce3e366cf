"""Views and re-orderings of a Tensor: nothing is computed, and where PyTorch shares memory, so is it here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from . import kernels
from .calls import call, named
from .dispatch import Operation, TensorCore, wrap
from .recording import record, renamed, view

VIEW: Final = Operation(np.reshape, "ViewBackward0")
UNSAFE_VIEW: Final = Operation(np.reshape, "UnsafeViewBackward0")
ALIAS: Final = Operation(np.reshape, "AliasBackward0")
SQUEEZE: Final = Operation(np.reshape, "SqueezeBackward0")
SQUEEZE_DIM: Final = Operation(np.reshape, "SqueezeBackward1")
SQUEEZE_DIMS: Final = Operation(np.reshape, "SqueezeBackward2")
UNSQUEEZE: Final = Operation(np.reshape, "UnsqueezeBackward0")
PERMUTE: Final = Operation(np.transpose, "PermuteBackward0")
TRANSPOSE: Final = Operation(np.transpose, "TransposeBackward0")
T: Final = Operation(np.transpose, "TBackward0")
EXPAND: Final = Operation(np.broadcast_to, "ExpandBackward0")
FLIP: Final = Operation(np.flip, "FlipBackward0")
ROLL: Final = Operation(np.roll, "RollBackward0")
UNFOLD: Final = named(kernels.unfold, "UnfoldBackward0")
AS_STRIDED: Final = Operation(np.take, "AsStridedBackward0")
REPEAT: Final = named(np.tile, "RepeatBackward0")


def normal_dim(dim: int, ndim: int) -> int:
    """`dim` from 0; a 0-d tensor has, for this purpose, one dimension.

    raises: IndexError, if there is no such dimension
    """
    n = max(ndim, 1)
    if not -n <= dim < n:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-n}, {n - 1}], but got {dim})")
    return dim % n


def sizes(shape: tuple[Any, ...]) -> tuple[int, ...]:
    """A shape given as numbers or as one sequence."""
    if len(shape) == 1 and isinstance(shape[0], Sequence):
        shape = tuple(shape[0])
    return tuple(int(n) for n in shape)


def complete(shape: tuple[int, ...], size: int) -> tuple[int, ...]:
    """`shape` with its -1 replaced.

    raises: RuntimeError, if `size` elements do not fill it
    """
    if shape.count(-1) > 1:
        raise RuntimeError("only one dimension can be inferred")
    if -1 in shape:
        rest = math.prod(n for n in shape if n != -1)
        if rest == 0 or size % rest:
            raise RuntimeError(f"shape '{list(shape)}' is invalid for input of size {size}")
        return tuple(size // rest if n == -1 else n for n in shape)
    if math.prod(shape) != size:
        raise RuntimeError(f"shape '{list(shape)}' is invalid for input of size {size}")
    return shape


def _reshaped(op: Operation, a: Any, shape: tuple[int, ...]) -> Any:
    """A view of `a` in `shape`; a copy where memory does not allow a view."""
    x = a._array
    try:
        out = x.reshape(shape)
    except (ValueError, TypeError):
        shape = complete(sizes(shape), x.size)
        out = x.reshape(shape)
    base = out.base
    if base is not x and (base is None or base is not x.base):
        return record(UNSAFE_VIEW, a, out, shape)
    return view(op, a, out, lambda root: _reshaped(op, root, shape), shape)


def _permuted(op: Operation, a: Any, axes: tuple[int, ...]) -> Any:
    return view(op, a, a._array.transpose(axes), lambda root: _permuted(op, root, axes), axes)


class Shaping(TensorCore):
    """Methods that change the shape, PyTorch's of the same names."""

    __slots__ = ()

    def view(self, *shape: Any, size: Any = None, dtype: Any = None) -> Any:
        """The same memory in another shape, or read as another dtype (which has no derivative).

        raises: RuntimeError, if that needs a copy
        """
        x = self._array
        shape = shape if size is None else (size,)
        numbers = (int, np.integer, Sequence, TensorCore)
        if dtype is not None or (len(shape) == 1 and not isinstance(shape[0], numbers)):
            return wrap(x.view(shape[0] if dtype is None else dtype), version=self._counter)
        target = complete(sizes(shape), x.size)
        out = x.reshape(target)
        base = out.base
        if x.size and base is not x and (base is None or base is not x.base):
            raise RuntimeError(
                "view size is not compatible with input tensor's size and stride (at least one dimension spans "
                "across two "
                "contiguous subspaces). Use .reshape(...) instead."
            )
        return view(VIEW, self, out, lambda root: root.view(target), target)

    def reshape(self, *shape: Any) -> Any:
        return _reshaped(VIEW, self, sizes(shape) if len(shape) == 1 and type(shape[0]) is not int else shape)

    def view_as(self, other: Any) -> Any:
        return self.view(other._array.shape)

    def reshape_as(self, other: Any) -> Any:
        return self.reshape(other._array.shape)

    def flatten(self, start_dim: int = 0, end_dim: int = -1) -> Any:
        shape = self._array.shape
        if not shape:
            return self.reshape(1)
        first, last = normal_dim(start_dim, len(shape)), normal_dim(end_dim, len(shape))
        if first > last:
            raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
        if first == last:
            return self
        return self.reshape((*shape[:first], math.prod(shape[first : last + 1]), *shape[last + 1 :]))

    def ravel(self) -> Any:
        return self.reshape(-1)

    def unflatten(self, dim: int, shape: Any) -> Any:
        x = self._array
        dim = normal_dim(dim, x.ndim)
        return self.view((*x.shape[:dim], *complete(tuple(shape), x.shape[dim]), *x.shape[dim + 1 :]))

    def squeeze(self, dim: Any = None) -> Any:
        shape = self._array.shape
        if dim is None:
            return _reshaped(SQUEEZE, self, tuple(n for n in shape if n != 1))
        dims = {normal_dim(d, len(shape)) for d in (dim if isinstance(dim, tuple) else (dim,))}
        kept = tuple(n for k, n in enumerate(shape) if not (k in dims and n == 1))
        return _reshaped(SQUEEZE_DIMS if isinstance(dim, tuple) else SQUEEZE_DIM, self, kept)

    def unsqueeze(self, dim: int) -> Any:
        shape = self._array.shape
        dim = normal_dim(dim, len(shape) + 1)
        return _reshaped(UNSQUEEZE, self, (*shape[:dim], 1, *shape[dim:]))

    def permute(self, *axes_given: Any, dims: Any = None) -> Any:
        ndim = self._array.ndim
        axes = tuple(normal_dim(d, ndim) for d in sizes(axes_given if dims is None else (dims,)))
        if len(axes) != ndim:
            raise RuntimeError(
                "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the "
                "desired "
                f"ordering of dimensions i.e. input.dim() = {ndim} is not equal to len(dims) = {len(axes)}"
            )
        if len(set(axes)) != ndim:
            raise RuntimeError("permute(): duplicate dims are not allowed.")
        return _permuted(PERMUTE, self, axes)

    def transpose(self, *dims: Any, dim0: int | None = None, dim1: int | None = None) -> Any:
        """Swap two dimensions; NumPy's forms (none, or all axes) are understood, too."""
        ndim = self._array.ndim
        dims += tuple(d for d in (dim0, dim1) if d is not None)
        if len(dims) != 2:
            return self.permute(*(sizes(dims) if dims else range(ndim)[::-1]))
        axes = list(range(ndim))
        first, second = (normal_dim(d, ndim) for d in dims)
        if ndim:
            axes[first], axes[second] = axes[second], axes[first]
        return _permuted(TRANSPOSE, self, tuple(axes))

    def swapaxes(self, dim0: int, dim1: int) -> Any:
        return self.transpose(dim0, dim1)

    swapdims = swapaxes

    def t(self) -> Any:
        ndim = self._array.ndim
        if ndim > 2:
            raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {ndim}D")
        return _permuted(T, self, tuple(range(ndim))[::-1])

    def movedim(self, source: Any, destination: Any) -> Any:
        ndim = self._array.ndim
        sources = [normal_dim(d, ndim) for d in (source if isinstance(source, Sequence) else (source,))]
        targets = [normal_dim(d, ndim) for d in (destination if isinstance(destination, Sequence) else (destination,))]
        order = [d for d in range(ndim) if d not in sources]
        for target, origin in sorted(zip(targets, sources, strict=True)):
            order.insert(target, origin)
        return self.permute(order)

    moveaxis = movedim

    @property
    def T(self) -> Any:
        """All dimensions reversed."""
        return _permuted(PERMUTE, self, tuple(range(self._array.ndim))[::-1])

    @property
    def mT(self) -> Any:
        """The last two dimensions swapped."""
        if self._array.ndim < 2:
            raise RuntimeError("tensor.mT is only supported on matrices or batches of matrices. Got "
                               f"{self._array.ndim}-D tensor.")
        return self.transpose(-2, -1)

    @property
    def H(self) -> Any:
        """The conjugate transpose of a matrix."""
        if self._array.ndim > 2:
            raise RuntimeError("tensor.H is only supported on matrices (2-D tensors). Got "
                               f"{self._array.ndim}-D tensor.")
        return self.transpose(0, 1).conj()

    def expand(self, *shape: Any, size: Any = None) -> Any:
        x = self._array
        target = list(sizes(shape if size is None else (size,)))
        lead = len(target) - x.ndim
        if lead < 0:
            raise RuntimeError(
                f"expand(torch.FloatTensor{{{list(x.shape)}}}, size={target}): the number of sizes provided "
                f"({len(target)}) must "
                f"be greater or equal to the number of dimensions in the tensor ({x.ndim})"
            )
        for k, n in enumerate(target):
            own = x.shape[k - lead] if k >= lead else None
            if n == -1 and own is not None:
                target[k] = own
            elif own is not None and own not in (1, n):
                raise RuntimeError(
                    f"The expanded size of the tensor ({n}) must match the existing size ({own}) at non-singleton "
                    f"dimension {k}. "
                    f" Target sizes: {target}.  Tensor sizes: {list(x.shape)}"
                )
        final = tuple(target)
        return view(EXPAND, self, np.broadcast_to(x, final), lambda root: root.expand(final), final)

    def expand_as(self, other: Any) -> Any:
        return self.expand(other._array.shape)

    broadcast_to = expand

    def repeat(self, *times: Any) -> Any:
        return call(np.tile, self, sizes(times))

    tile = repeat

    def repeat_interleave(self, repeats: Any, dim: int | None = None) -> Any:
        if isinstance(repeats, int):
            flat = self.reshape(-1) if dim is None else self
            axis = normal_dim(dim or 0, flat._array.ndim)
            shape = flat._array.shape
            spread = flat.unsqueeze(axis + 1).expand(*shape[: axis + 1], repeats, *shape[axis + 1 :]).clone()
            return spread.reshape(*shape[:axis], shape[axis] * repeats, *shape[axis + 1 :])
        counts = repeats._array if isinstance(repeats, TensorCore) else repeats
        n = self._array.size if dim is None else self._array.shape[dim]
        rows = np.repeat(np.arange(n), counts)
        flat = self.reshape(-1) if dim is None else self
        return flat.index_select(dim or 0, rows)

    def flip(self, *dims: Any) -> Any:
        axes = sizes(dims)
        return record(FLIP, self, np.flip(self._array, axes).copy(), axes)

    def fliplr(self) -> Any:
        return self.flip(1)

    def flipud(self) -> Any:
        return self.flip(0)

    def roll(self, shifts: Any, dims: Any = None) -> Any:
        return call(np.roll, self, shifts, dims)

    def rot90(self, k: int = 1, dims: Any = (0, 1)) -> Any:
        """Rotate by k right angles in the plane of two dimensions."""
        first, second = dims
        k %= 4
        turned = self.flip(first, second) if k == 2 else self
        if k % 2:
            turned = turned.transpose(first, second).flip(first if k == 1 else second)
        return renamed(turned, "Rot90Backward0") if k else self.clone()

    def unfold(self, dimension: int, size: int, step: int) -> Any:
        """Windows of `size` along a dimension, every `step`, as a new last dimension: a view."""
        x = self._array
        dim = normal_dim(dimension, x.ndim)
        if size > x.shape[dim]:
            raise RuntimeError(f"maximum size for tensor at dimension {dim} is {x.shape[dim]} but size is {size}")
        return view(UNFOLD, self, kernels.unfold(x, dim, size, step),
                    lambda root: root.unfold(dim, size, step), dim, size, step)

    def as_strided(self, size: Any, stride: Any, storage_offset: int | None = None) -> Any:
        """A view of the memory with any shape and strides (in elements); the tensor must be contiguous.

        raises: RuntimeError, for a tensor that is not contiguous, or places outside of it
        """
        x = self._array
        offset = storage_offset or 0
        last = offset + sum((n - 1) * s for n, s in zip(size, stride, strict=True))
        if not x.flags.c_contiguous or (math.prod(size) and last >= x.size):
            raise RuntimeError("as_strided: only places inside of a contiguous tensor are supported")
        places = offset + sum(
            (np.arange(n).reshape((-1,) + (1,) * (len(size) - k - 1)) * s for k, (n, s) in
             enumerate(zip(size, stride, strict=True))), np.zeros(tuple(size), np.int64))
        flat = x.reshape(-1)
        steps = tuple(s * x.itemsize for s in stride)
        out = np.lib.stride_tricks.as_strided(flat[offset:], tuple(size), steps)
        return view(AS_STRIDED, self, out, lambda root: root.as_strided(size, stride, storage_offset), places)
