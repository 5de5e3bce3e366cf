"""Cases of the runtime's own helpers: one line each."""

import numpy as np

from pullback.runtime.checkpoints import again
from pullback.runtime.indexing import put_range, take_range
from pullback.runtime.shapes import as_rows, from_rows, project, real_like, sum_leading, sum_trailing, with_zeros
from pullback.runtime.special import (
    advanced,
    bessel_i,
    delayed,
    divide_or_zero,
    linear_recurrence,
    product_of_others,
    reversed_recurrence,
    sinc_derivative,
)
from pullback.runtime.stores import set_item, stored_cotangent

from .harness import A, C, P, case, point

case(divide_or_zero, A(2, 3), P(3))
case(divide_or_zero, C(3), C(3))
point(divide_or_zero, np.array([1.0, 2.0]), np.array([0.0, 4.0]), gives=[0.0, 0.25])
point(divide_or_zero, np.array([1.0, 2.0]), np.array([0.0, 4.0]), gives=[0.0, -0.125], wrt="x2")
case(again, A(2, 3))
case(as_rows, A(2, 3, 4), (0, 2))
case(from_rows, A(3, 8), (2, 3, 4), (0, 2))
case(product_of_others, A(4))
case(product_of_others, A(2, 3, 2), (0, -1))
case(product_of_others, C(3))
case(product_of_others, A(0))
for fn in (linear_recurrence, reversed_recurrence):
    case(fn, A(4), A(4), 0)
    case(fn, C(2, 3), C(2, 3), 1)
case(delayed, A(2, 3), 1)
case(advanced, A(2, 3), 0)
for order in (0, 1, 2, 3):
    case(sinc_derivative, A(40, low=-6, high=6), order)
    case(bessel_i, order, A(20, low=-8, high=8))
case(take_range, A(2, 5), 1, 3, -1)
case(put_range, A(2, 3), (2, 5), 1, -1)
case(sum_leading, A(2, 3, 4), 2)
case(sum_trailing, A(2, 3, 4), 2)
case(sum_trailing, A(2, 3, 4), 0)
case(with_zeros, A(3), (np.zeros(3), np.zeros(2)))
case(project, A(2, 3), np.dtype("f8"))
case(real_like, A(2, 3), A(2, 3))
case(real_like, C(2, 3), C(2, 3))
case(set_item, A(4), [0, 2, 2], A(3))
case(set_item, A(2, 3), (1, slice(None)), A(1))
case(stored_cotangent, A(4), [0, 2, 2])
case(stored_cotangent, A(2, 3), (1, slice(None)))
