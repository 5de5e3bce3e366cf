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

from .arithmetic import Arithmetic
from .conversion import Conversion, to_array
from .devices import CPU, device
from .dispatch import INFERENCE, Operation, TensorCore, refresh, register_tensor_class, wrap
from .elementary import Elementary
from .formatting import format_tensor
from .gathering import Gathering
from .grad_mode import state
from .graph import Handle, Node, accumulator
from .inplace_methods import InPlace
from .ordering import Ordering
from .products import Products
from .recording import record, use_tensor_class
from .reductions import Reductions
from .selecting import Selecting
from .shaping import Shaping, normal_dim

CLONE: Final = Operation(np.positive, "CloneBackward0")

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

    def __getitem__(self, index: Any) -> Any:
        found = tuple.__getitem__(self, index)
        return Size(found) if isinstance(index, slice) else found

    def __add__(self, other: Any) -> Any:
        return Size(tuple.__add__(self, tuple(other)))


@register_tensor_class
class Tensor(Arithmetic, Elementary, Products, Reductions, Ordering, Shaping, Selecting, Gathering, InPlace,
             Conversion):
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
        return Size(self._array.shape) if dim is None else self._array.shape[normal_dim(dim, self._array.ndim)]

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
    def nbytes(self) -> int:
        return self._array.nbytes

    @property
    def device(self) -> device:
        """Where it lives: the CPU."""
        return CPU

    @property
    def is_cuda(self) -> bool:
        return False

    def stride(self, dim: int | None = None) -> Any:
        """Elements, not bytes, from one index to the next."""
        steps = tuple(s // self._array.itemsize for s in self._array.strides)
        return steps if dim is None else steps[dim]

    def is_contiguous(self) -> bool:
        return bool(self._array.flags.c_contiguous)

    def storage_offset(self) -> int:
        """How many elements into its memory the tensor begins."""
        root: Any = self._array
        while isinstance(root.base, np.ndarray):
            root = root.base
        here = self._array.__array_interface__["data"][0]
        return int((here - root.__array_interface__["data"][0]) // self._array.itemsize)

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

    # Copies --------------------------------------------------------------------------------------------------

    def clone(self) -> Any:
        """A copy that stays in the graph."""
        return record(CLONE, self, self._array.copy())

    def contiguous(self) -> Any:
        return self if self._array.flags.c_contiguous else self.clone()

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
        return rebuild, (type(self), self._array, self._tracked)


use_tensor_class(Tensor)


def rebuild(cls: Any, array: Any, tracked: bool) -> Any:
    new = wrap(array, tracked)
    if cls is not Tensor:
        new.__class__ = cls
    return new


