"""The Tensor: an array with a place in the graph.

>>> x = Tensor([1.0, 2.0], requires_grad=True)
>>> y = (x * x).sum()
>>> y.backward()
>>> x.grad
tensor([2., 4.])
"""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Callable
from typing import Any, Final
from weakref import ref

import numpy as np
from numpy import ndarray

from . import promotion
from .arithmetic import Arithmetic
from .calls import call, dress, operation, strip
from .dispatch import INFERENCE, Operation, TensorCore, binary, record, refresh, register_tensor_class, unary, wrap
from .errors import NoRuleError
from .formatting import format_tensor
from .grad_mode import state
from .graph import Handle, Node, accumulator
from .inplace import InPlace
from .kernels import to_dtype
from .products import Products, matmul
from .promotion import default
from .reductions import Reductions
from .selecting import Selecting
from .shaping import Shaping

CLONE: Final = Operation(np.positive, "CloneBackward0")
TO_COPY: Final = Operation(to_dtype, "ToCopyBackward0")
BINARY: Final = frozenset({np.add, np.subtract, np.multiply, np.divide, np.power, np.maximum, np.minimum, np.logaddexp,
                           np.arctan2, np.hypot, np.remainder, np.fmod})

MSG_NUMPY: Final = "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."
MSG_GRAD: Final = (
    "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't be "
    "populated during "
    "autograd.backward(). If you indeed want the .grad field to be populated for a non-leaf Tensor, use "
    ".retain_grad() on the "
    "non-leaf Tensor. If you access the non-leaf Tensor by mistake, make sure you access the leaf Tensor instead."
)


class Size(tuple[int, ...]):
    """The shape of a Tensor: a tuple that prints as PyTorch's and counts its elements."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})"

    def numel(self) -> int:
        """How many elements a tensor of this shape has."""
        return math.prod(self)


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
        raise RuntimeError(f"Could not infer dtype of {type(data).__name__}")
    return array if array.size or dtype is not None or isinstance(data, ndarray) else array.astype(default.real)


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


@register_tensor_class
class Tensor(Arithmetic, Products, Reductions, Shaping, Selecting, InPlace):
    """An n-dimensional array of one dtype which remembers what made it.

    data          : numbers, nested lists, an array or a Tensor; copied
    requires_grad : gradients of this leaf are wanted
    """

    __slots__ = ()
    __hash__ = object.__hash__
    __array_priority__ = 1000

    def __init__(self, data: Any = (), dtype: Any = None, requires_grad: bool = False) -> None:
        self._array = np.array(to_array(data, dtype))
        self._counter = INFERENCE if state.inference else [0]
        self._tracked = False
        self._node = None
        self._grad = None
        self._extra = None
        if requires_grad:
            self.requires_grad_()

    # What it is ------------------------------------------------------------------------------------------

    @property
    def shape(self) -> Size:
        return Size(self._array.shape)

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the length of one dimension."""
        return Size(self._array.shape) if dim is None else self._array.shape[dim]

    @property
    def ndim(self) -> int:
        return self._array.ndim

    def dim(self) -> int:
        return self._array.ndim

    ndimension = dim

    def numel(self) -> int:
        """How many elements it has."""
        return self._array.size

    nelement = numel

    @property
    def dtype(self) -> Any:
        return self._array.dtype

    @property
    def itemsize(self) -> int:
        return self._array.itemsize

    def element_size(self) -> int:
        """Bytes of one element."""
        return self._array.itemsize

    @property
    def device(self) -> str:
        return "cpu"

    @property
    def is_cuda(self) -> bool:
        return False

    def stride(self, dim: int | None = None) -> Any:
        """Elements, not bytes, from one index to the next."""
        steps = tuple(s // self._array.itemsize for s in self._array.strides)
        return steps if dim is None else steps[dim]

    def is_contiguous(self) -> bool:
        return bool(self._array.flags.c_contiguous)

    def data_ptr(self) -> int:
        """The address of the first element."""
        return int(self._array.__array_interface__["data"][0])

    def is_floating_point(self) -> bool:
        return bool(self._array.dtype.kind == "f")

    def is_complex(self) -> bool:
        return bool(self._array.dtype.kind == "c")

    def is_inference(self) -> bool:
        return self._counter is INFERENCE

    def __repr__(self) -> str:
        return format_tensor(self)

    def __format__(self, spec: str) -> str:
        return format(self._array.item(), spec) if not self._array.ndim else object.__format__(self, spec)

    # Its place in the graph ------------------------------------------------------------------------------

    @property
    def requires_grad(self) -> bool:
        """Whether gradients flow to it."""
        if self._extra is not None:
            refresh(self)
        return self._tracked

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if self._node is not None:
            if value:
                return
            raise RuntimeError(
                "you can only change requires_grad flags of leaf variables. If you want to use a computed variable "
                "in a subgraph "
                "that doesn't require differentiation use var_no_grad = var.detach()."
            )
        if value and self._array.dtype.kind not in "fc":
            raise RuntimeError("only Tensors of floating point dtype can require gradients")
        if value and self._counter is INFERENCE and not state.inference:
            raise RuntimeError("Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.")
        self._tracked = bool(value)

    def requires_grad_(self, requires_grad: bool = True) -> Any:
        """Switch gradients of this leaf on or off.

        raises: RuntimeError, for integers and for a tensor that an operation made
        """
        self.requires_grad = requires_grad
        return self

    @property
    def is_leaf(self) -> bool:
        """Whether no recorded operation made it."""
        if self._extra is not None:
            refresh(self)
        return self._node is None

    @property
    def grad_fn(self) -> Node | None:
        """The node of the operation that made it; None for a leaf."""
        if self._extra is not None:
            refresh(self)
        node: Any = self._node[0] if type(self._node) is tuple else self._node
        maker: Node | None = accumulator(node) if isinstance(node, TensorCore) else node
        return maker

    @property
    def _version(self) -> int:
        """How often its memory was changed in place."""
        return int(self._counter[0])

    @property
    def output_nr(self) -> int:
        """Which output of `grad_fn` it is."""
        return self._node[1] if type(self._node) is tuple else 0

    @property
    def grad(self) -> Any:
        """The gradient that `backward` accumulated; None before."""
        if self._node is not None and self._grad is None and not self.retains_grad:
            warnings.warn(MSG_GRAD, UserWarning, stacklevel=2)
        return self._grad

    @grad.setter
    def grad(self, value: Any) -> None:
        if value is not None:
            if not isinstance(value, TensorCore):
                raise TypeError("assigned grad expected to be a Tensor or None but got grad of type "
                                f"{type(value).__name__}")
            if value is self:
                raise RuntimeError("can't assign Variable as its own grad")
            if value._array.shape != self._array.shape:
                raise RuntimeError(
                    f"attempting to assign a gradient of size '{list(value._array.shape)}' to a tensor of size "
                    f"'{list(self._array.shape)}'. Please ensure that the gradient and the tensor are the same size"
                )
            if value._array.dtype != self._array.dtype:
                raise RuntimeError(f"attempting to assign a gradient with dtype '{value.dtype}' to a tensor with "
                                   "grad_dtype "
                                   f"'{self.dtype}'. The gradient must match the tensor's dtype")
        self._grad = value

    @grad.deleter
    def grad(self) -> None:
        self._grad = None

    def backward(self, gradient: Any = None, retain_graph: bool | None = None, create_graph: bool = False,
                 inputs: Any = None) -> None:
        """Accumulate the gradients of the leaves that this tensor depends on.

        gradient : the cotangent of this tensor; may be left out for a single element
        inputs   : accumulate into these only
        raises   : RuntimeError, without a graph, for several elements, or the second time
        """
        from .gradients import backward

        backward(self, gradient, retain_graph, create_graph, inputs=inputs)

    def detach(self) -> Any:
        """The same memory, outside the graph."""
        return wrap(self._array, False, None, self._counter)

    def detach_(self) -> Any:
        """Take this tensor out of the graph.

        raises: RuntimeError, for a view
        """
        if self._extra is not None and self._extra.base is not None:
            raise RuntimeError("Can't detach views in-place. Use detach() instead. If you are using "
                               "DistributedDataParallel (DDP) for "
                               "training, and gradient_as_bucket_view is set as True, gradients are views of DDP "
                               "buckets, and hence "
                               "detach_() cannot be called on these gradients.")
        self._node, self._tracked = None, False
        return self

    @property
    def data(self) -> Any:
        """The same memory, outside the graph and outside the version checks."""
        return wrap(self._array)

    @data.setter
    def data(self, value: Any) -> None:
        self._array = value._array

    @property
    def _base(self) -> Any:
        return None if self._extra is None else self._extra.base

    def _is_view(self) -> bool:
        return self._base is not None

    def retain_grad(self) -> None:
        """Keep the gradient of this tensor, too, which is no leaf.

        raises: RuntimeError, if it does not require grad
        """
        if not self.requires_grad:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        if self._node is None:
            return
        node, k = self._node if type(self._node) is tuple else (self._node, 0)
        node.extended().retained[k] = ref(self)
        self.extended().retains = True

    @property
    def retains_grad(self) -> bool:
        return self._extra is not None and self._extra.retains

    def register_hook(self, hook: Callable[[Any], Any]) -> Handle:
        """Call `hook(grad)` when the gradient of this tensor is known; what it returns replaces it.

        raises: RuntimeError, if it does not require grad
        """
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if self._node is None:
            return Handle(self.extended().hooks, hook)
        node, k = self._node if type(self._node) is tuple else (self._node, 0)
        return Handle(node.extended().tensor_hooks.setdefault(k, {}), hook)

    def register_post_accumulate_grad_hook(self, hook: Callable[[Any], None]) -> Handle:
        """Call `hook(self)` after its gradient was accumulated.

        raises: RuntimeError, if it is no leaf that requires grad
        """
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if self._node is not None:
            raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
        return Handle(self.extended().post_hooks, hook)

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

    # Copies --------------------------------------------------------------------------------------------------

    def clone(self) -> Any:
        """A copy that stays in the graph."""
        return record(CLONE, self, self._array.copy())

    def contiguous(self) -> Any:
        return self if self._array.flags.c_contiguous else self.clone()

    def to(self, *args: Any, dtype: Any = None, copy: bool = False, **ignored: Any) -> Any:
        """The tensor in another dtype; devices other than the CPU are refused."""
        for arg in args:
            if isinstance(arg, TensorCore):
                dtype = arg._array.dtype
            elif isinstance(arg, str) and arg.split(":")[0] in ("cpu", "cuda", "mps"):
                if not arg.startswith("cpu"):
                    raise RuntimeError(f"there is no device {arg!r}: tensors live in NumPy arrays on the CPU")
            elif not isinstance(arg, bool):
                dtype = arg
        x = self._array
        if dtype is None or np.dtype(dtype) == x.dtype:
            return self.clone() if copy else self
        return record(TO_COPY, self, to_dtype(x, np.dtype(dtype)), np.dtype(dtype))

    def type(self, dtype: Any = None) -> Any:
        """The tensor in another dtype; without one the name of its type."""
        from .graph import type_name

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

    def bool(self) -> Any:
        return self.to(promotion.BOOL)

    def cpu(self) -> Any:
        return self

    def __copy__(self) -> Any:
        return wrap(self._array, self._tracked, self._node, self._counter)

    def __deepcopy__(self, memo: dict[Any, Any]) -> Any:
        if self._node is not None:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the "
                "moment.  If you "
                "were attempting to deepcopy a module, this may be because of a torch.nn.utils.weight_norm usage."
            )
        if id(self) not in memo:
            new = object.__new__(type(self))
            TensorCore.__init__(new)
            new._array, new._counter, new._tracked = self._array.copy(), [0], self._tracked
            new._node, new._extra = None, None
            new._grad = copy.deepcopy(self._grad, memo)
            memo[id(self)] = new
        return memo[id(self)]

    def __reduce__(self) -> Any:
        if self._node is not None:
            raise RuntimeError("Only Tensors created explicitly by the user (graph leaves) support pickling; use "
                               "detach().")
        return _rebuild, (type(self), self._array, self._tracked)

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
            a, b = (x if isinstance(x, TensorCore) or not isinstance(x, ndarray) else wrap(x) for x in inputs)
            return binary(operation(ufunc), a, b)
        if ufunc is np.conjugate:
            return inputs[0].conj()
        if ufunc is np.matmul:
            return matmul(*inputs)
        if len(inputs) == 1 and ufunc.nout == 1 and operation(ufunc).floating:
            return unary(operation(ufunc), inputs[0])
        return call(ufunc, *inputs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return call(function, *args, **kwargs)


def _rebuild(cls: Any, array: Any, tracked: bool) -> Any:
    new = wrap(array, tracked)
    if cls is not Tensor:
        new.__class__ = cls
    return new


