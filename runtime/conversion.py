"""From a Tensor to Python, NumPy and other libraries, to other dtypes, and back: data to arrays."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy import ndarray

from . import promotion
from .calls import call, dress, operation, strip
from .devices import check_device
from .devices import device as Device
from .dispatch import Operation, TensorCore, wrap
from .errors import NoRuleError
from .graph import type_name
from .kernels import to_dtype
from .products import matmul
from .promotion import default
from .recording import binary, record, unary
from .shaping import sizes

_DEVICES: Final = ("cpu", "cuda", "mps", "xpu")
TO_COPY: Final = Operation(to_dtype, "ToCopyBackward0")
BINARY: Final = frozenset({np.add, np.subtract, np.multiply, np.divide, np.power, np.maximum, np.minimum, np.logaddexp,
                           np.arctan2, np.hypot, np.remainder, np.fmod})
MSG_NUMPY: Final = "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."


def to_array(data: Any, dtype: Any = None) -> Any:
    """A new or shared array of `data`: Python floats become the default dtype, arrays keep theirs.

    raises: TypeError or RuntimeError, for what holds no numbers
    """
    if isinstance(data, TensorCore):
        data = data._array
    if isinstance(data, ndarray | np.generic) or (hasattr(data, "__array__") and not isinstance(data, list | tuple)):
        array = np.asarray(data, dtype)
    else:
        plain = _plain_lists(data)
        try:
            array = np.asarray(plain, dtype)
        except ValueError as error:
            raise _ragged(plain, error) from None
        if dtype is None and not _holds_arrays(plain):
            if array.dtype.kind == "f":
                array = array.astype(default.real)
            elif array.dtype.kind == "c":
                array = array.astype(default.complex)
    if array.dtype.kind not in "biufc":
        if array.dtype.kind in "US":
            raise TypeError("new(): invalid data type 'str'")
        raise RuntimeError(f"Could not infer dtype of {_culprit(data)}")
    return array if array.size or dtype is not None or isinstance(data, ndarray) else array.astype(default.real)


def _culprit(data: Any) -> str:
    """The type of the first thing in nested lists that is no number."""
    if isinstance(data, list | tuple):
        return next((_culprit(v) for v in data if not isinstance(v, int | float | complex)), "list")
    return type(data).__name__


def _ragged(data: Any, error: ValueError) -> ValueError:
    """PyTorch's words for lists of unequal length."""
    depth, level = 0, [data]
    while level and all(isinstance(v, list) for v in level):
        expected = len(level[0])
        for v in level:
            if len(v) != expected:
                return ValueError(f"expected sequence of length {expected} at dim {depth} (got {len(v)})")
        level, depth = [v for part in level for v in part], depth + 1
    return error


def _plain_lists(data: Any) -> Any:
    """Lists with the Tensors in them as numbers or arrays."""
    if isinstance(data, list | tuple):
        return [_plain_lists(v) for v in data]
    if isinstance(data, TensorCore):
        return data._array.item() if data._array.ndim == 0 else data._array.tolist()
    return data


def _holds_arrays(data: Any) -> bool:
    if isinstance(data, list):
        return any(_holds_arrays(v) for v in data)
    return isinstance(data, ndarray | np.generic)


class Conversion(TensorCore):
    """What leaves the world of Tensors, and what changes dtype."""

    __slots__ = ()

    # Out of the world of Tensors ---------------------------------------------------------------------------

    def numpy(self, *, force: bool = False) -> Any:
        """The array itself, memory shared.

        raises: RuntimeError, if it requires grad (unless `force`)
        """
        if self.requires_grad and not force:
            raise RuntimeError(MSG_NUMPY)
        return self._array

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        array = self.numpy()
        if dtype is not None and np.dtype(dtype) != array.dtype:
            return array.astype(dtype)
        return array.copy() if copy else array

    def __dlpack__(self, **options: Any) -> Any:
        if self.requires_grad:
            raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
        return self._array.__dlpack__(**options)

    def __dlpack_device__(self) -> Any:
        return self._array.__dlpack_device__()

    def item(self) -> Any:
        """The one element as a Python number.

        raises: RuntimeError, for several elements
        """
        if self._array.size != 1:
            raise RuntimeError(f"a Tensor with {self._array.size} elements cannot be converted to Scalar")
        return self._array.item()

    def tolist(self) -> Any:
        return self._array.tolist()

    def __bool__(self) -> bool:
        if self._array.size != 1:
            if not self._array.size:
                raise RuntimeError("Boolean value of Tensor with no values is ambiguous")
            raise RuntimeError("Boolean value of Tensor with more than one value is ambiguous")
        return bool(self._array.item())

    def _scalar(self) -> Any:
        if self._array.size != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        return self._array.item()

    def __float__(self) -> float:
        return float(self._scalar())

    def __int__(self) -> int:
        return int(self._scalar())

    def __complex__(self) -> complex:
        return complex(self._scalar())

    def __index__(self) -> int:
        if self._array.dtype.kind not in "iub" or self._array.size != 1:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self._array.item())

    # Other dtypes -------------------------------------------------------------------------------------------

    def to(self, *args: Any, device: Any = None, dtype: Any = None, copy: bool = False, **ignored: Any) -> Any:
        """The tensor in another dtype; devices other than the CPU are refused."""
        for arg in args:
            if isinstance(arg, TensorCore):
                dtype = arg._array.dtype
            elif isinstance(arg, Device) or (isinstance(arg, str) and arg.split(":")[0] in _DEVICES):
                check_device(arg)
            elif not isinstance(arg, bool):
                dtype = arg
        check_device(device)
        x = self._array
        if dtype is None or np.dtype(dtype) == x.dtype:
            return self.clone() if copy else self
        return record(TO_COPY, self, to_dtype(x, np.dtype(dtype)), np.dtype(dtype))

    def type(self, dtype: Any = None) -> Any:
        """The tensor in another dtype; without one the name of its type."""
        return type_name(self._array.dtype) if dtype is None else self.to(dtype)

    def type_as(self, other: Any) -> Any:
        return self.to(other._array.dtype)

    def float(self) -> Any:
        return self.to(promotion.F32)

    def double(self) -> Any:
        return self.to(promotion.F64)

    def half(self) -> Any:
        return self.to(promotion.F16)

    def long(self) -> Any:
        return self.to(promotion.I64)

    def int(self) -> Any:
        return self.to(np.int32)

    def short(self) -> Any:
        return self.to(np.int16)

    def byte(self) -> Any:
        return self.to(np.uint8)

    def char(self) -> Any:
        return self.to(np.int8)

    def cfloat(self) -> Any:
        return self.to(promotion.C64)

    def cdouble(self) -> Any:
        return self.to(promotion.C128)

    def bool(self) -> Any:
        return self.to(promotion.BOOL)

    def cpu(self) -> Any:
        return self

    # More of the same kind -----------------------------------------------------------------------------------

    def _new(self, array: Any, requires_grad: Any) -> Any:
        made = wrap(array)
        return made.requires_grad_() if requires_grad else made

    def new_tensor(self, data: Any, *, dtype: Any = None, requires_grad: Any = False) -> Any:
        return self._new(np.array(to_array(data, dtype or self._array.dtype)), requires_grad)

    def new_zeros(self, *shape: Any, dtype: Any = None, requires_grad: Any = False) -> Any:
        return self._new(np.zeros(sizes(shape), dtype or self._array.dtype), requires_grad)

    def new_ones(self, *shape: Any, dtype: Any = None, requires_grad: Any = False) -> Any:
        return self._new(np.ones(sizes(shape), dtype or self._array.dtype), requires_grad)

    def new_empty(self, *shape: Any, dtype: Any = None, requires_grad: Any = False) -> Any:
        return self._new(np.empty(sizes(shape), dtype or self._array.dtype), requires_grad)

    def new_full(self, size: Any, fill_value: Any, *, dtype: Any = None, requires_grad: Any = False) -> Any:
        return self._new(np.full(tuple(size), fill_value, dtype or self._array.dtype), requires_grad)

    # NumPy's protocols ---------------------------------------------------------------------------------------

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        if method == "reduce" and ufunc is np.add and not set(options) - {"axis", "keepdims"}:
            axis = inputs[1] if len(inputs) > 1 else options.get("axis", 0)
            return inputs[0].sum(axis, options.get("keepdims", False))
        if method != "__call__" or options:
            if any(isinstance(x, TensorCore) and x.requires_grad for x in inputs) or "out" in options:
                what = f"ufunc method {method}" if method != "__call__" else f"option {sorted(options)[0]!r}"
                raise NoRuleError(f"np.{ufunc.__name__} on a Tensor with {what}", instead="Detach the Tensor first.")
            return dress(getattr(ufunc, method)(*strip(inputs), **options))
        if ufunc in BINARY:
            return binary(operation(ufunc), *inputs)
        if ufunc is np.conjugate:
            return inputs[0].conj()
        if ufunc is np.matmul:
            return matmul(*inputs)
        if len(inputs) == 1 and ufunc.nout == 1 and operation(ufunc).floating:
            return unary(operation(ufunc), inputs[0])
        return call(ufunc, *inputs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return call(function, *args, **kwargs)
