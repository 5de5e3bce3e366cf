"""Lengths, norms and weights of discrete Fourier transforms and their transposes."""

from __future__ import annotations

from typing import Any

import numpy as np

from .shapes import Shape


def dual_norm(norm: str | None) -> Any:
    """The `norm=` with which the inverse transform is the transpose of a transform with `norm`.

    >>> dual_norm(None), dual_norm("ortho")
    ('forward', 'ortho')
    """
    return {None: "forward", "backward": "forward", "forward": "backward", "ortho": "ortho"}[norm]


def resize_to(x: Any, shape: Shape) -> Any:
    """Cut each axis of `x` off at its new length, or fill it up with zeros: its own transpose.

    >>> resize_to(np.array([1., 2., 3.]), (2,)), resize_to(np.array([1.]), (2,))
    (array([1., 2.]), array([1., 0.]))
    """
    if np.shape(x) == tuple(shape):
        return x
    part = x[tuple(slice(0, n) for n in shape)]
    return np.pad(part, [(0, n - m) for n, m in zip(shape, part.shape, strict=True)])


def transform_axes(ndim: int, s: Any, axes: Any) -> tuple[int, ...]:
    """The axes that an n-dimensional transform with `s=` and `axes=` runs over."""
    if axes is not None:
        return tuple(int(k) % ndim for k in axes)
    return tuple(range(ndim)) if s is None else tuple(range(ndim - len(s), ndim))


def last_axis(ndim: int, s: Any, axes: Any) -> int:
    """The last of the axes of an n-dimensional transform: that which is real or half."""
    return transform_axes(ndim, s, axes)[-1]


def with_length(shape: Shape, axis: int, n: int) -> Shape:
    """`shape` with the length of `axis` replaced by n."""
    return tuple(n if k == axis % len(shape) else m for k, m in enumerate(shape))


def real_length(shape: Shape, n: int | None, axis: int) -> int:
    """The length of the real signal that `rfft(a, n, axis)` of an `a` of `shape` transforms."""
    return shape[axis] if n is None or n == -1 else n


def last_length(shape: Shape, s: Any, axis: int) -> int:
    """The same for the last axis of `rfftn(a, s, axes)`."""
    return real_length(shape, None if s is None else s[-1], axis)


def half_weights(n: int, axis: int, ndim: int) -> Any:
    """How often each of the n // 2 + 1 frequencies of a real signal of length n occurs in the full spectrum.

    returns: array of ones and twos, laid along `axis`

    >>> half_weights(4, 0, 1)
    array([1., 2., 1.])
    """
    weights = np.full(n // 2 + 1, 2.0)
    weights[0] = 1
    if n % 2 == 0:
        weights[-1] = 1
    return np.reshape(weights, [-1 if k == axis % ndim else 1 for k in range(ndim)])


def transposed_cosine(g: Any, type: int, axis: int, norm: str | None, orthogonalize: bool | None) -> Any:
    """The transpose of `scipy.fft.dct(..., type, axis=axis, norm=norm, orthogonalize=orthogonalize)`.

    Types 2 and 3 are each other's transpose, 1 and 4 their own, but for the weights of the first and last sample.

    >>> transposed_cosine(np.array([1.0, 0.0]), 2, -1, None, None)
    array([2., 2.])
    """
    from scipy import fft
    ends = (0, -1) if type == 1 else (0,)
    return _transposed(fft.dct, ends, g, type, axis, norm, orthogonalize)


def transposed_sine(g: Any, type: int, axis: int, norm: str | None, orthogonalize: bool | None) -> Any:
    """The transpose of `scipy.fft.dst(..., type, axis=axis, norm=norm, orthogonalize=orthogonalize)`."""
    from scipy import fft
    return _transposed(fft.dst, (-1,), g, type, axis, norm, orthogonalize)


def _transposed(transform: Any, ends: tuple[int, ...], g: Any, kind: int, axis: int, norm: str | None,
                orthogonalize: bool | None) -> Any:
    """M^T g: M = C W with W = 2, but 1 at `ends`, for cosines of type 1 and for type 3; M = 2 C for type 2."""
    dual = {2: 3, 3: 2}.get(kind, kind)
    if (norm == "ortho") if orthogonalize is None else orthogonalize:
        return transform(g, dual, axis=axis, norm=norm, orthogonalize=True)
    if kind == 4 or (kind == 1 and transform.__name__ == "dst"):
        return transform(g, kind, axis=axis, norm=norm, orthogonalize=False)
    weights = np.full(np.shape(g)[axis], 2.0, np.result_type(g).type(0).real.dtype)
    weights[list(ends)] = 1.0
    shape = [1] * np.ndim(g)
    shape[axis] = -1
    weights = weights.reshape(shape)
    if kind == 2:
        return transform(g * (2.0 / weights), 3, axis=axis, norm=norm, orthogonalize=False)
    if kind == 3:
        return transform(g, 2, axis=axis, norm=norm, orthogonalize=False) * (weights / 2.0)
    return transform(g / weights, 1, axis=axis, norm=norm, orthogonalize=False) * weights
