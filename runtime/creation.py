"""Make Tensors: from data, filled, counted and random.

Random numbers come from one NumPy generator a process (`manual_seed`); their streams are not PyTorch's.
"""

from __future__ import annotations

import math
import warnings
from typing import Any, Final

import numpy as np

from .conversion import to_array
from .devices import check_device
from .dispatch import TensorCore, wrap
from .promotion import F32, I64, default, scalar_dtype
from .shaping import sizes
from .tensor import Tensor


class Generator(np.random.Generator):
    """A stream of random numbers of one's own: `manual_seed` starts it again."""

    def __init__(self, device: Any = None) -> None:
        super().__init__(np.random.PCG64())
        self._seed = 0

    def manual_seed(self, seed: int) -> Generator:
        """Start the stream again from `seed`."""
        self._seed = seed
        self.bit_generator.state = np.random.PCG64(seed % 2**64).state
        return self

    def initial_seed(self) -> int:
        """The last seed."""
        return self._seed


_DEFAULT: Final = Generator()  # behind `rand`, `randn`, dropout and initialisation


def generator() -> np.random.Generator:
    """The process-wide random generator."""
    return _DEFAULT


def manual_seed(seed: int) -> Generator:
    """Start the random stream again from `seed`.

    >>> _ = manual_seed(0)
    >>> a = rand(2)
    >>> _ = manual_seed(0)
    >>> bool((a == rand(2)).all())
    True
    """
    return _DEFAULT.manual_seed(seed)


def initial_seed() -> int:
    """The last seed given to `manual_seed`."""
    return _DEFAULT.initial_seed()


MSG_COPY: Final = (
    "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
    "sourceTensor.detach().clone().requires_grad_(True), rather than torch.tensor(sourceTensor)."
)


def _finish(array: Any, requires_grad: bool, device: Any = None) -> Any:
    if device is not None:
        check_device(device)
    t = wrap(array)
    return t.requires_grad_() if requires_grad else t


def _shape(shape: tuple[Any, ...], size: Any) -> tuple[int, ...]:
    return sizes(shape if size is None else (tuple(size),))


def tensor(data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """A Tensor of a copy of `data` (numbers, nested lists, an array).

    A Tensor is copied, too, with PyTorch's warning that `clone().detach()` says it more clearly.

    raises: RuntimeError, for `requires_grad` of integers

    >>> tensor([1.0, 2.0])
    tensor([1., 2.])
    """
    if isinstance(data, TensorCore):
        warnings.warn(MSG_COPY, UserWarning, stacklevel=2)
    return _finish(np.array(to_array(data, dtype)), requires_grad, device)


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Any:
    """`data` as a Tensor; memory is shared with arrays (also other libraries', by DLPack), and a Tensor comes back as
    it is."""
    check_device(device)
    if isinstance(data, TensorCore):
        return data if dtype is None else data.to(dtype)
    if not isinstance(data, np.ndarray) and hasattr(data, "__dlpack__"):
        data = np.from_dlpack(data.detach() if hasattr(data, "detach") else data)
    return wrap(to_array(data, dtype))


asarray = as_tensor


def from_numpy(array: Any) -> Any:
    """A Tensor over the memory of `array`.

    raises: TypeError, if it is no array
    """
    if not isinstance(array, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(array).__name__})")
    if array.dtype.kind not in "biufc":
        raise TypeError(f"can't convert np.ndarray of type {array.dtype}. The only supported types are numbers and "
                        "bool.")
    return wrap(array)


def from_dlpack(data: Any) -> Any:
    """A Tensor over the memory of another library's array."""
    return wrap(np.from_dlpack(data))


def zeros(*shape: Any, size: Any = None, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """Zeros of a shape given as numbers or as one sequence."""
    return _finish(np.zeros(_shape(shape, size), dtype or default.real), requires_grad, device)


def ones(*shape: Any, size: Any = None, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """Ones of a shape given as numbers or as one sequence."""
    return _finish(np.ones(_shape(shape, size), dtype or default.real), requires_grad, device)


def empty(*shape: Any, size: Any = None, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """Memory of a shape, its contents whatever was there."""
    return _finish(np.empty(_shape(shape, size), dtype or default.real), requires_grad, device)


def full(size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """One value everywhere."""
    value = fill_value._array.item() if isinstance(fill_value, TensorCore) else fill_value
    return _finish(np.full(tuple(size), value, dtype or scalar_dtype(value)), requires_grad, device)


def eye(n: int, m: int | None = None, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """The identity matrix."""
    return _finish(np.eye(n, m, dtype=dtype or default.real), requires_grad, device)


def arange(start: Any, end: Any = None, step: Any = 1, *, dtype: Any = None, device: Any = None,
           requires_grad: bool = False) -> Any:
    """start, start + step, ... below `end`.

    >>> arange(3)
    tensor([0, 1, 2])
    """
    if end is None:
        start, end = 0, start
    bounds = [v.item() if isinstance(v, TensorCore) else v for v in (start, end, step)]
    kind = np.dtype(dtype) if dtype is not None else I64 if all(isinstance(v, int) for v in bounds) else default.real
    count = max(math.ceil((bounds[1] - bounds[0]) / bounds[2]), 0)
    return _finish((bounds[0] + np.arange(count) * bounds[2]).astype(kind), requires_grad, device)


def linspace(
    start: Any, end: Any, steps: int, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """`steps` numbers from `start` to `end`, both included."""
    return _finish(np.linspace(start, end, steps).astype(dtype or default.real), requires_grad, device)


def logspace(
    start: Any, end: Any, steps: int, base: float = 10.0, *, dtype: Any = None, device: Any = None,
    requires_grad: bool = False
) -> Any:
    """base ** linspace(start, end, steps)."""
    return _finish((base ** np.linspace(start, end, steps)).astype(dtype or default.real), requires_grad, device)


def rand(*shape: Any, size: Any = None, dtype: Any = None, device: Any = None, requires_grad: bool = False,
         generator: Any = None) -> Any:
    """Uniform numbers from 0 to 1."""
    draw = generator or _DEFAULT
    drawn = np.asarray(draw.random(_shape(shape, size), F32))
    return _finish(drawn.astype(dtype or default.real), requires_grad, device)


def randn(*shape: Any, size: Any = None, dtype: Any = None, device: Any = None, requires_grad: bool = False,
          generator: Any = None) -> Any:
    """Normal numbers of mean 0 and variance 1."""
    draw = generator or _DEFAULT
    drawn = np.asarray(draw.standard_normal(_shape(shape, size)))
    return _finish(drawn.astype(dtype or default.real), requires_grad, device)


def randint(low: int, high: Any = None, size: Any = None, *, dtype: Any = None, device: Any = None,
            generator: Any = None) -> Any:
    """Integers from `low` to below `high`; with one bound from 0."""
    if size is None:
        low, high, size = 0, low, high
    draw = generator or _DEFAULT
    return _finish(np.asarray(draw.integers(low, high, tuple(size)), dtype or I64), False, device)


def randperm(n: int, *, generator: Any = None, device: Any = None) -> Any:
    """The numbers from 0 to n - 1 in random order."""
    return wrap((generator or _DEFAULT).permutation(n))


def bernoulli(p: Any) -> Any:
    """1 with probability `p`, else 0."""
    return wrap((_DEFAULT.random(p._array.shape) < p._array).astype(p._array.dtype))


def normal(mean: Any, std: Any, size: Any = None) -> Any:
    """Normal numbers of the given mean and standard deviation."""
    loc, scale = (v._array if isinstance(v, TensorCore) else v for v in (mean, std))
    return wrap(np.asarray(_DEFAULT.normal(loc, scale, None if size is None else tuple(size)), default.real))


def multinomial(weights: Any, num_samples: int, replacement: bool = False) -> Any:
    """Indices drawn with the given weights."""
    w = np.asarray(weights._array, np.float64)
    rows = [_DEFAULT.choice(row.size, num_samples, replacement, row / row.sum()) for row in np.atleast_2d(w)]
    return wrap(np.stack(rows) if w.ndim == 2 else rows[0])


def zeros_like(input: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """Zeros of the shape and dtype of a Tensor."""
    return _finish(np.zeros(input._array.shape, dtype or input._array.dtype), requires_grad, device)


def ones_like(input: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """Ones of the shape and dtype of a Tensor."""
    return _finish(np.ones(input._array.shape, dtype or input._array.dtype), requires_grad, device)


def empty_like(input: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """Memory of the shape and dtype of a Tensor."""
    return _finish(np.empty(input._array.shape, dtype or input._array.dtype), requires_grad, device)


def full_like(input: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
              ) -> Any:
    """One value in the shape and dtype of a Tensor."""
    return _finish(np.full(input._array.shape, fill_value, dtype or input._array.dtype), requires_grad, device)


def rand_like(input: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """Uniform numbers in the shape and dtype of a Tensor."""
    return rand(input._array.shape, dtype=dtype or input._array.dtype, requires_grad=requires_grad)


def randn_like(input: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """Normal numbers in the shape and dtype of a Tensor."""
    return randn(input._array.shape, dtype=dtype or input._array.dtype, requires_grad=requires_grad)


def is_tensor(x: Any) -> bool:
    """Whether `x` is a Tensor."""
    return isinstance(x, Tensor)
