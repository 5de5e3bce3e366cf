"""Cases of the helpers for whole values that are stored: one line each."""

import numpy as np

from pullback.runtime.stores import keep_shape, with_imag, with_real

from .harness import A, C, case

case(keep_shape, A(2, 3), np.zeros((2, 3)))
case(keep_shape, A(3), np.zeros((2, 3)))
case(with_real, C(2, 3), A(2, 3))
case(with_real, C(2, 3), A(3))
case(with_imag, C(2, 3), A(2, 3))
