"""Cases of `scipy.fft`'s cosine and sine transforms: one line each."""

import pytest

fft = pytest.importorskip("scipy.fft")

from pullback.runtime.fourier import transposed_cosine, transposed_sine  # noqa: E402

from .harness import A, case  # noqa: E402

for fn in (fft.dct, fft.dst):
    for kind in (1, 2, 3, 4):
        case(fn, A(5), kind)
        case(fn, A(4), kind, norm="ortho")
        case(fn, A(2, 4), kind, norm="forward", orthogonalize=True)
        case(fn, A(4, 2), kind, axis=0, norm="ortho", orthogonalize=False)
    case(fn, A(5), 2, 3)
    case(fn, A(2, 3), 3, n=4, axis=0)
for transposed in (transposed_cosine, transposed_sine):
    for kind in (1, 2, 3, 4):
        case(transposed, A(4), kind, -1, None, None)
        case(transposed, A(3, 2), kind, 0, "ortho", False)
