# mypy: allow-untyped-defs, allow-untyped-calls
"""`scipy.fft`: NumPy's transforms compute the same; inverse cosine and sine transforms, and those of several axes."""

import numpy as np
from scipy import fft as transforms

from ...runtime.fourier import dual_norm
from .registry import stands_for

#: The type of the inverse cosine or sine transform.
DUAL = {2: 3, 3: 2}


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


# Cosine and sine transforms: those of one axis have rules -------------------------------------------------


@stands_for(transforms.idct)
def idct(x, type=2, n=None, axis=-1, norm=None, overwrite_x=False, workers=None, orthogonalize=None):  # noqa: A002
    return transforms.dct(x, DUAL.get(type, type), n, axis, dual_norm(norm), orthogonalize=orthogonalize)


@stands_for(transforms.idst)
def idst(x, type=2, n=None, axis=-1, norm=None, overwrite_x=False, workers=None, orthogonalize=None):  # noqa: A002
    return transforms.dst(x, DUAL.get(type, type), n, axis, dual_norm(norm), orthogonalize=orthogonalize)


def along(transform, x, type, s, axes, norm, orthogonalize):  # noqa: A002
    """A transform of several axes, one after the other."""
    places = axes
    if axes is None:
        places = range(np.ndim(x)) if s is None else range(np.ndim(x) - len(s), np.ndim(x))
    result = x
    for k, axis in enumerate(places):
        result = transform(result, type, None if s is None else s[k], axis, norm, orthogonalize=orthogonalize)
    return result


@stands_for(transforms.dctn)
def dctn(x, type=2, s=None, axes=None, norm=None, overwrite_x=False, workers=None, *, orthogonalize=None):  # noqa: A002
    return along(transforms.dct, x, type, s, axes, norm, orthogonalize)


@stands_for(transforms.idctn)
def idctn(x, type=2, s=None, axes=None, norm=None, overwrite_x=False, workers=None, *, orthogonalize=None):  # noqa: A002
    return along(transforms.idct, x, type, s, axes, norm, orthogonalize)


@stands_for(transforms.dstn)
def dstn(x, type=2, s=None, axes=None, norm=None, overwrite_x=False, workers=None, *, orthogonalize=None):  # noqa: A002
    return along(transforms.dst, x, type, s, axes, norm, orthogonalize)


@stands_for(transforms.idstn)
def idstn(x, type=2, s=None, axes=None, norm=None, overwrite_x=False, workers=None, *, orthogonalize=None):  # noqa: A002
    return along(transforms.idst, x, type, s, axes, norm, orthogonalize)
