"""NumPy's names on PyTorch tensors: what a user renames when a NumPy program is taken to PyTorch line by line."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

SAME = ("zeros_like", "where", "einsum", "outer", "abs", "empty_like", "ones_like", "matmul", "log1p", "tril",
        "cumsum")
# Of a Python float these are Python floats, as NumPy's are NumPy ones.
SCALAR = ("sqrt", "exp", "log", "sin", "cos", "tanh")


def torch_numpy(torch: Any) -> ModuleType:
    """A module that answers to the NumPy functions of the kernels and problems."""
    module = ModuleType("torch_numpy")
    names: dict[str, Any] = {name: getattr(torch, name) for name in SAME}
    for name in SCALAR:
        names[name] = _of_numbers_too(getattr(torch, name), getattr(math, name))

    def zeros(shape: Any) -> Any:
        return torch.zeros(shape, dtype=torch.float64)

    def total(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return torch.sum(x) if axis is None else torch.sum(x, dim=axis, keepdim=keepdims)

    def mean(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return torch.mean(x) if axis is None else torch.mean(x, dim=axis, keepdim=keepdims)

    names.update(
        copy=torch.clone, zeros=zeros, eye=lambda n: torch.eye(n, dtype=torch.float64), sum=total, mean=mean,
        max=lambda x, axis, keepdims=False: torch.max(x, dim=axis, keepdim=keepdims).values,
        min=lambda x, axis, keepdims=False: torch.min(x, dim=axis, keepdim=keepdims).values,
        cross=lambda a, b: torch.linalg.cross(a, b),
        logaddexp=lambda a, b: torch.logaddexp(torch.as_tensor(a, dtype=torch.float64), b),
        dot=torch.matmul, flip=lambda x: torch.flip(x, (0,)),
        maximum=lambda x, least: torch.clamp(x, min=least),
        tensordot=lambda a, b, axes: torch.tensordot(a, b, dims=axes),
        concatenate=lambda parts, axis=0: torch.cat(parts, dim=axis),
        stack=lambda parts, axis=0: torch.stack(tuple(parts), dim=axis),
        arctan2=torch.atan2)
    module.__dict__.update(names)
    return module


def _of_numbers_too(of_tensors: Any, of_numbers: Any) -> Any:
    def either(x: Any) -> Any:
        return of_numbers(x) if isinstance(x, (int, float)) else of_tensors(x)

    return either
