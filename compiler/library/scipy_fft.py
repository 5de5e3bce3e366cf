# mypy: allow-untyped-defs, allow-untyped-calls
"""`scipy.fft`: NumPy's transforms compute the same."""

import numpy as np
from scipy import fft as transforms

from .registry import stands_for


@stands_for(transforms.fft)
def fft(x, n=None, axis=-1, norm=None, overwrite_x=False, workers=None):
    return np.fft.fft(x, n, axis, norm)


@stands_for(transforms.ifft)
def ifft(x, n=None, axis=-1, norm=None, overwrite_x=False, workers=None):
    return np.fft.ifft(x, n, axis, norm)


@stands_for(transforms.rfft)
def rfft(x, n=None, axis=-1, norm=None, overwrite_x=False, workers=None):
    return np.fft.rfft(x, n, axis, norm)


@stands_for(transforms.irfft)
def irfft(x, n=None, axis=-1, norm=None, overwrite_x=False, workers=None):
    return np.fft.irfft(x, n, axis, norm)


@stands_for(transforms.hfft)
def hfft(x, n=None, axis=-1, norm=None, overwrite_x=False, workers=None):
    return np.fft.hfft(x, n, axis, norm)


@stands_for(transforms.ihfft)
def ihfft(x, n=None, axis=-1, norm=None, overwrite_x=False, workers=None):
    return np.fft.ihfft(x, n, axis, norm)


@stands_for(transforms.fft2)
def fft2(x, s=None, axes=(-2, -1), norm=None, overwrite_x=False, workers=None):
    return np.fft.fft2(x, s, axes, norm)


@stands_for(transforms.ifft2)
def ifft2(x, s=None, axes=(-2, -1), norm=None, overwrite_x=False, workers=None):
    return np.fft.ifft2(x, s, axes, norm)


@stands_for(transforms.fftn)
def fftn(x, s=None, axes=None, norm=None, overwrite_x=False, workers=None):
    return np.fft.fftn(x, s, axes, norm)


@stands_for(transforms.ifftn)
def ifftn(x, s=None, axes=None, norm=None, overwrite_x=False, workers=None):
    return np.fft.ifftn(x, s, axes, norm)


@stands_for(transforms.rfft2)
def rfft2(x, s=None, axes=(-2, -1), norm=None, overwrite_x=False, workers=None):
    return np.fft.rfft2(x, s, axes, norm)


@stands_for(transforms.irfft2)
def irfft2(x, s=None, axes=(-2, -1), norm=None, overwrite_x=False, workers=None):
    return np.fft.irfft2(x, s, axes, norm)


@stands_for(transforms.rfftn)
def rfftn(x, s=None, axes=None, norm=None, overwrite_x=False, workers=None):
    return np.fft.rfftn(x, s, axes, norm)


@stands_for(transforms.irfftn)
def irfftn(x, s=None, axes=None, norm=None, overwrite_x=False, workers=None):
    return np.fft.irfftn(x, s, axes, norm)


@stands_for(transforms.fftshift)
def fftshift(x, axes=None):
    return np.fft.fftshift(x, axes)


@stands_for(transforms.ifftshift)
def ifftshift(x, axes=None):
    return np.fft.ifftshift(x, axes)


@stands_for(transforms.fftfreq)
def fftfreq(n, d=1.0):
    return np.fft.fftfreq(n, d)


@stands_for(transforms.rfftfreq)
def rfftfreq(n, d=1.0):
    return np.fft.rfftfreq(n, d)
