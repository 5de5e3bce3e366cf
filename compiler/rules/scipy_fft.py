# mypy: allow-untyped-defs
"""`scipy.fft`: cosine and sine transforms, which are linear; complex transforms are `numpy.fft`'s."""

import numpy as np
from scipy import fft

from ...runtime.fourier import resize_to, transposed_cosine, transposed_sine
from .registry import vjp


@vjp(fft.dct, linear=True)
def dct(x, type=2, n=None, axis=-1, norm=None, overwrite_x=False, workers=None, orthogonalize=None, *, ans, d_ans):  # noqa: A002
    if n is None:
        d_x = transposed_cosine(d_ans, type, axis, norm, orthogonalize)
    else:
        d_x = resize_to(transposed_cosine(d_ans, type, axis, norm, orthogonalize), np.shape(x))
    return d_x


@vjp(fft.dst, linear=True)
def dst(x, type=2, n=None, axis=-1, norm=None, overwrite_x=False, workers=None, orthogonalize=None, *, ans, d_ans):  # noqa: A002
    if n is None:
        d_x = transposed_sine(d_ans, type, axis, norm, orthogonalize)
    else:
        d_x = resize_to(transposed_sine(d_ans, type, axis, norm, orthogonalize), np.shape(x))
    return d_x


@vjp(transposed_cosine, linear=True)
def transposed_cosine_(g, type, axis, norm, orthogonalize, *, ans, d_ans):  # noqa: A002
    d_g = fft.dct(d_ans, type, None, axis, norm, orthogonalize=orthogonalize)
    return d_g


@vjp(transposed_sine, linear=True)
def transposed_sine_(g, type, axis, norm, orthogonalize, *, ans, d_ans):  # noqa: A002
    d_g = fft.dst(d_ans, type, None, axis, norm, orthogonalize=orthogonalize)
    return d_g
