# mypy: allow-untyped-defs
"""`numpy.fft`: linear maps, whose transposes are the opposite transforms with the opposite scaling."""

import numpy as np

from ...runtime.fourier import (
    dual_norm,
    half_weights,
    last_axis,
    last_length,
    real_length,
    resize_to,
    transform_axes,
    with_length,
)
from ...runtime.shapes import count_along
from .registry import vjp


@vjp(resize_to, linear=True)
def resize_to_(x, shape, *, ans, d_ans):
    d_x = resize_to(d_ans, np.shape(x))
    return d_x


# Complex transforms ----------------------------------------------------------------------------------------


@vjp(np.fft.fft, linear=True)
def fft(a, n=None, axis=-1, norm=None, *, ans, d_ans):
    if n is None:
        d_a = np.fft.ifft(d_ans, axis=axis, norm=dual_norm(norm))
    else:
        d_a = resize_to(np.fft.ifft(d_ans, axis=axis, norm=dual_norm(norm)), np.shape(a))
    return d_a


@vjp(np.fft.ifft, linear=True)
def ifft(a, n=None, axis=-1, norm=None, *, ans, d_ans):
    if n is None:
        d_a = np.fft.fft(d_ans, axis=axis, norm=dual_norm(norm))
    else:
        d_a = resize_to(np.fft.fft(d_ans, axis=axis, norm=dual_norm(norm)), np.shape(a))
    return d_a


@vjp(np.fft.fft2, linear=True)
def fft2(a, s=None, axes=(-2, -1), norm=None, *, ans, d_ans):
    if s is None:
        d_a = np.fft.ifft2(d_ans, axes=axes, norm=dual_norm(norm))
    else:
        d_whole = np.fft.ifftn(d_ans, axes=transform_axes(np.ndim(a), s, axes), norm=dual_norm(norm))
        d_a = resize_to(d_whole, np.shape(a))
    return d_a


@vjp(np.fft.ifft2, linear=True)
def ifft2(a, s=None, axes=(-2, -1), norm=None, *, ans, d_ans):
    if s is None:
        d_a = np.fft.fft2(d_ans, axes=axes, norm=dual_norm(norm))
    else:
        d_whole = np.fft.fftn(d_ans, axes=transform_axes(np.ndim(a), s, axes), norm=dual_norm(norm))
        d_a = resize_to(d_whole, np.shape(a))
    return d_a


@vjp(np.fft.fftn, linear=True)
def fftn(a, s=None, axes=None, norm=None, *, ans, d_ans):
    if s is None:
        d_a = np.fft.ifftn(d_ans, axes=axes, norm=dual_norm(norm))
    else:
        d_whole = np.fft.ifftn(d_ans, axes=transform_axes(np.ndim(a), s, axes), norm=dual_norm(norm))
        d_a = resize_to(d_whole, np.shape(a))
    return d_a


@vjp(np.fft.ifftn, linear=True)
def ifftn(a, s=None, axes=None, norm=None, *, ans, d_ans):
    if s is None:
        d_a = np.fft.fftn(d_ans, axes=axes, norm=dual_norm(norm))
    else:
        d_whole = np.fft.fftn(d_ans, axes=transform_axes(np.ndim(a), s, axes), norm=dual_norm(norm))
        d_a = resize_to(d_whole, np.shape(a))
    return d_a


# Real signals: the spectrum's other half is the conjugate --------------------------------------------------


@vjp(np.fft.rfft, linear=True)
def rfft(a, n=None, axis=-1, norm=None, *, ans, d_ans):
    """The half spectrum's cotangent, filled up with zeros, transformed back; its real part counts."""
    whole = with_length(np.shape(d_ans), axis, real_length(np.shape(a), n, axis))
    d_whole = np.real(np.fft.ifft(resize_to(d_ans, whole), axis=axis, norm=dual_norm(norm)))
    d_a = resize_to(d_whole, np.shape(a))
    return d_a


@vjp(np.fft.irfft, linear=True)
def irfft(a, n=None, axis=-1, norm=None, *, ans, d_ans):
    """A frequency that stands for its conjugate too counts twice."""
    weights = half_weights(count_along(np.shape(d_ans), axis), axis, np.ndim(a))
    d_a = resize_to(weights * np.fft.rfft(d_ans, axis=axis, norm=dual_norm(norm)), np.shape(a))
    return d_a


@vjp(np.fft.hfft, linear=True)
def hfft(a, n=None, axis=-1, norm=None, *, ans, d_ans):
    """irfft of the conjugate, with the opposite scaling."""
    weights = half_weights(count_along(np.shape(d_ans), axis), axis, np.ndim(a))
    d_a = resize_to(weights * np.conj(np.fft.rfft(d_ans, axis=axis, norm=norm)), np.shape(a))
    return d_a


@vjp(np.fft.ihfft, linear=True)
def ihfft(a, n=None, axis=-1, norm=None, *, ans, d_ans):
    """The conjugate of rfft, with the opposite scaling."""
    whole = with_length(np.shape(d_ans), axis, real_length(np.shape(a), n, axis))
    d_whole = np.real(np.fft.ifft(resize_to(np.conj(d_ans), whole), axis=axis, norm=norm))
    d_a = resize_to(d_whole, np.shape(a))
    return d_a


@vjp(np.fft.rfft2, linear=True)
def rfft2(a, s=None, axes=(-2, -1), norm=None, *, ans, d_ans):
    over = transform_axes(np.ndim(a), s, axes)
    last = last_axis(np.ndim(a), s, axes)
    whole = with_length(np.shape(d_ans), last, last_length(np.shape(a), s, last))
    d_whole = np.real(np.fft.ifftn(resize_to(d_ans, whole), axes=over, norm=dual_norm(norm)))
    d_a = resize_to(d_whole, np.shape(a))
    return d_a


@vjp(np.fft.rfftn, linear=True)
def rfftn(a, s=None, axes=None, norm=None, *, ans, d_ans):
    over = transform_axes(np.ndim(a), s, axes)
    last = last_axis(np.ndim(a), s, axes)
    whole = with_length(np.shape(d_ans), last, last_length(np.shape(a), s, last))
    d_whole = np.real(np.fft.ifftn(resize_to(d_ans, whole), axes=over, norm=dual_norm(norm)))
    d_a = resize_to(d_whole, np.shape(a))
    return d_a


@vjp(np.fft.irfft2, linear=True)
def irfft2(a, s=None, axes=(-2, -1), norm=None, *, ans, d_ans):
    """A frequency that stands for its conjugate too counts twice."""
    over = transform_axes(np.ndim(a), s, axes)
    last = last_axis(np.ndim(a), s, axes)
    weights = half_weights(count_along(np.shape(d_ans), last), last, np.ndim(a))
    d_a = resize_to(weights * np.fft.rfftn(d_ans, axes=over, norm=dual_norm(norm)), np.shape(a))
    return d_a


@vjp(np.fft.irfftn, linear=True)
def irfftn(a, s=None, axes=None, norm=None, *, ans, d_ans):
    """A frequency that stands for its conjugate too counts twice."""
    over = transform_axes(np.ndim(a), s, axes)
    last = last_axis(np.ndim(a), s, axes)
    weights = half_weights(count_along(np.shape(d_ans), last), last, np.ndim(a))
    d_a = resize_to(weights * np.fft.rfftn(d_ans, axes=over, norm=dual_norm(norm)), np.shape(a))
    return d_a


@vjp(np.fft.fftshift, linear=True)
def fftshift(x, axes=None, *, ans, d_ans):
    d_x = np.fft.ifftshift(d_ans, axes)
    return d_x


@vjp(np.fft.ifftshift, linear=True)
def ifftshift(x, axes=None, *, ans, d_ans):
    d_x = np.fft.fftshift(d_ans, axes)
    return d_x
