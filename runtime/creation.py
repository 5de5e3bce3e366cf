"""Make Tensors: from data, filled, counted and random.

Random numbers come from one NumPy generator a process (`manual_seed`); their streams are not PyTorch's.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .dispatch import TensorCore, wrap
from .promotion import F32, I64, default, result_dtype, scalar_dtype
from .shaping import sizes
from .tensor import Tensor, to_array


class _Random:
    """The generator behind `rand`, `randn`, dropout and initialisation."""

    generator = np.random.default_rng()
    seed = 0


def generator() -> np.random.Generator:
    """The process-wide random generator."""
    return _Random.generator


def manual_seed(seed: int) -> np.random.Generator:
    """Start the random stream again from `seed`.

    >>> _ = manual_seed(0)
    >>> a = rand(2)
    >>> _ = manual_seed(0)
    >>> bool((a == rand(2)).all())
    True
    """
    _Random.generator = np.random.default_rng(seed)
    _Random.seed = seed
    return _Random.generator


def _finish(array: Any, requires_grad: bool) -> Any:
    t = wrap(array)
    return t.requires_grad_() if requires_grad else t


def tensor(data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """A Tensor of a copy of `data` (numbers, nested lists, an array).

    raises: RuntimeError, for `requires_grad` of integers

    >>> tensor([1.0, 2.0])
    tensor([1., 2.])
    """
    return _finish(np.array(to_array(data, dtype)), requires_grad)


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Any:
    """`data` as a Tensor; memory is shared with arrays, and a Tensor comes back as it is."""
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


def zeros(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """Zeros of a shape given as numbers or as one sequence."""
    return _finish(np.zeros(sizes(size), dtype or default.real), requires_grad)


def ones(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """Ones of a shape given as numbers or as one sequence."""
    return _finish(np.ones(sizes(size), dtype or default.real), requires_grad)


def empty(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """Memory of a shape, its contents whatever was there."""
    return _finish(np.empty(sizes(size), dtype or default.real), requires_grad)


def full(size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """One value everywhere."""
    value = fill_value._array.item() if isinstance(fill_value, TensorCore) else fill_value
    return _finish(np.full(tuple(size), value, dtype or scalar_dtype(value)), requires_grad)


def eye(n: int, m: int | None = None, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """The identity matrix."""
    return _finish(np.eye(n, m, dtype=dtype or default.real), requires_grad)


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
    return _finish((bounds[0] + np.arange(count) * bounds[2]).astype(kind), requires_grad)


def linspace(
    start: Any, end: Any, steps: int, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """`steps` numbers from `start` to `end`, both included."""
    return _finish(np.linspace(start, end, steps).astype(dtype or default.real), requires_grad)


def logspace(
    start: Any, end: Any, steps: int, base: float = 10.0, *, dtype: Any = None, requires_grad: bool = False
) -> Any:
    """base ** linspace(start, end, steps)."""
    return _finish((base ** np.linspace(start, end, steps)).astype(dtype or default.real), requires_grad)


def rand(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False, generator: Any = None) -> Any:
    """Uniform numbers from 0 to 1."""
    draw = generator or _Random.generator
    return _finish(np.asarray(draw.random(sizes(size), F32)).astype(dtype or default.real), requires_grad)


def randn(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False, generator: Any = None) -> Any:
    """Normal numbers of mean 0 and variance 1."""
    draw = generator or _Random.generator
    return _finish(np.asarray(draw.standard_normal(sizes(size))).astype(dtype or default.real), requires_grad)


def randint(low: int, high: Any = None, size: Any = None, *, dtype: Any = None, generator: Any = None) -> Any:
    """Integers from `low` to below `high`; with one bound from 0."""
    if size is None:
        low, high, size = 0, low, high
    draw = generator or _Random.generator
    return wrap(np.asarray(draw.integers(low, high, tuple(size)), dtype or I64))


def randperm(n: int, *, generator: Any = None) -> Any:
    """The numbers from 0 to n - 1 in random order."""
    return wrap((generator or _Random.generator).permutation(n))


def bernoulli(p: Any) -> Any:
    """1 with probability `p`, else 0."""
    return wrap((_Random.generator.random(p._array.shape) < p._array).astype(p._array.dtype))


def normal(mean: Any, std: Any, size: Any = None) -> Any:
    """Normal numbers of the given mean and standard deviation."""
    loc, scale = (v._array if isinstance(v, TensorCore) else v for v in (mean, std))
    return wrap(np.asarray(_Random.generator.normal(loc, scale, None if size is None else tuple(size)), default.real))


def multinomial(weights: Any, num_samples: int, replacement: bool = False) -> Any:
    """Indices drawn with the given weights."""
    w = np.asarray(weights._array, np.float64)
    rows = [_Random.generator.choice(row.size, num_samples, replacement, row / row.sum()) for row in np.atleast_2d(w)]
    return wrap(np.stack(rows) if w.ndim == 2 else rows[0])


def zeros_like(input: Any, *, dtype: Any = None, requires_grad: bool = False) -> Any:
    """Zeros of the shape and dtype of a Tensor."""
    return _finish(np.zeros(input._array.shape, dtype or input._array.dtype), requires_grad)


def ones_like(input: Any, *, dtype: Any = None, requires_grad: bool = False) -> Any:
    """Ones of the shape and dtype of a Tensor."""
    return _finish(np.ones(input._array.shape, dtype or input._array.dtype), requires_grad)


def empty_like(input: Any, *, dtype: Any = None, requires_grad: bool = False) -> Any:
    """Memory of the shape and dtype of a Tensor."""
    return _finish(np.empty(input._array.shape, dtype or input._array.dtype), requires_grad)


def full_like(input: Any, fill_value: Any, *, dtype: Any = None, requires_grad: bool = False) -> Any:
    """One value in the shape and dtype of a Tensor."""
    return _finish(np.full(input._array.shape, fill_value, dtype or input._array.dtype), requires_grad)


def rand_like(input: Any, *, dtype: Any = None, requires_grad: bool = False) -> Any:
    """Uniform numbers in the shape and dtype of a Tensor."""
    return rand(input._array.shape, dtype=dtype or input._array.dtype, requires_grad=requires_grad)


def randn_like(input: Any, *, dtype: Any = None, requires_grad: bool = False) -> Any:
    """Normal numbers in the shape and dtype of a Tensor."""
    return randn(input._array.shape, dtype=dtype or input._array.dtype, requires_grad=requires_grad)


def result_type(a: Any, b: Any) -> Any:
    """The dtype in which two operands compute."""
    return result_dtype(*(v._array if isinstance(v, TensorCore) else v for v in (a, b)))


def is_tensor(x: Any) -> bool:
    """Whether `x` is a Tensor."""
    return isinstance(x, Tensor)
