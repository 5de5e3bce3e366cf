"""Cases of `numpy.fft`: one line each."""

import numpy as np

from pullback.runtime.fourier import resize_to

from .harness import A, C, case

f = np.fft
for m in (4, 5):
    for norm in (None, "ortho", "forward"):
        for fn in (f.fft, f.ifft):
            case(fn, C(m), norm=norm)
            case(fn, A(m), norm=norm)
        for fn in (f.rfft, f.ihfft):
            case(fn, A(m), norm=norm)
        for fn in (f.irfft, f.hfft):
            case(fn, C(m), norm=norm)
            case(fn, C(m), 2 * m - 1, norm=norm)
    for fn in (f.fft, f.ifft, f.hfft, f.irfft):
        case(fn, C(2, m), n=3)
        case(fn, C(m, 2), 7, axis=0)
    for fn in (f.rfft, f.ihfft):
        case(fn, A(2, m), n=3)
        case(fn, A(m, 2), 8, axis=0)
    for fn in (f.fft2, f.ifft2, f.fftn, f.ifftn, f.irfft2, f.irfftn):
        case(fn, C(2, 3, m))
        case(fn, C(2, 3, m), norm="ortho")
        case(fn, C(2, 3, m), s=(4, 5), axes=(0, 1))
        case(fn, C(2, 3, m), axes=(-1, 0))
    for fn in (f.rfft2, f.rfftn):
        case(fn, A(2, 3, m))
        case(fn, A(2, 3, m), norm="forward")
        case(fn, A(2, 3, m), s=(4, 5), axes=(0, 1))
        case(fn, A(2, 3, m), axes=(-1, 0))
    for fn in (f.fftshift, f.ifftshift):
        case(fn, A(m))
        case(fn, A(2, m), axes=1)
case(resize_to, A(2, 3), (3, 2))
