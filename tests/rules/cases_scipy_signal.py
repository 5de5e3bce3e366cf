"""Cases of `scipy.signal`: one line each."""

import pytest

signal = pytest.importorskip("scipy.signal")

from pullback.runtime.filtering import centred, lagged_products, uncentred  # noqa: E402

from .harness import A, C, Const, P, case  # noqa: E402

for fn in (signal.convolve, signal.fftconvolve, signal.correlate):
    for mode in ("full", "same", "valid"):
        case(fn, A(7), A(3), mode=mode)
        case(fn, A(5, 4), A(2, 3), mode=mode)
    case(fn, A(3), A(6))
    case(fn, A(3), A(6), mode="valid")
    case(fn, C(5), C(3))
    case(fn, C(5), C(2), mode="same")
case(signal.convolve, A(7), A(3), method="direct")
case(uncentred, A(3), (4,), (2,))
case(centred, A(5), (3,), (4,), (2,))
case(lagged_products, A(6), A(6), 3, 0)
case(lagged_products, C(2, 4), C(2, 4), 2, -1)
case(signal.lfilter, A(3), P(2, low=1.0, high=1.5), A(6))
case(signal.lfilter, A(1), P(3, low=1.0, high=1.2), A(2, 5))
case(signal.lfilter, A(2), P(2, low=1.0, high=1.5), A(5, 2), axis=0)
case(signal.lfilter, C(2), Const(P(2, low=1.0, high=1.5)), C(5))
case(signal.lfilter, A(2), 1.5, A(5))
