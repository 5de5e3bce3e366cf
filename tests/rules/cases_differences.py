"""Cases of what runs along an axis: one line each."""

import numpy as np

from pullback.runtime.differences import add_neighbours, gradient_cotangent, sum_neighbours, undiff

from .harness import A, C, Const, P, case, point

case(np.cumsum, A(4))
case(np.cumsum, A(2, 3))
case(np.cumsum, A(2, 3), axis=1)
case(np.cumsum, A(2, 3), axis=-2)
case(np.cumprod, A(4))
case(np.cumprod, A(2, 3))
case(np.cumprod, C(2, 3), axis=1)
case(np.cumprod, A(2, 3), axis=-2)
point(np.cumprod, np.array([2.0, 0.0, 3.0]), gives=[1.0, 8.0, 0.0])
for fn in (np.nancumsum, np.nancumprod):
    case(fn, A(4))
    case(fn, A(2, 3), axis=1)
point(np.nancumsum, np.array([2.0, np.nan, 3.0]), gives=[3.0, 0.0, 1.0])
if hasattr(np, "cumulative_sum"):
    for fn in (np.cumulative_sum, np.cumulative_prod):
        case(fn, A(4))
        case(fn, A(2, 3), axis=1)
        case(fn, A(2, 3), axis=0, include_initial=True)
case(np.diff, A(5))
case(np.diff, A(5), 2)
case(np.diff, A(5), 0)
case(np.diff, A(3, 4), axis=0)
case(np.diff, A(5), prepend=0.5)
case(np.diff, A(2, 3), axis=1, prepend=A(2, 1), append=A(2, 2))
case(np.diff, A(2, 3), n=2, axis=0, append=A(1, 3))
case(undiff, A(2, 3), 2, 1)
case(np.ediff1d, A(2, 3))
case(np.ediff1d, A(5), to_end=A(2), to_begin=1.5)
case(np.gradient, A(5))
case(np.gradient, A(5), 0.5)
case(np.gradient, A(5), Const(P(5, finish=np.cumsum)))
case(np.gradient, A(5), Const(P(5, finish=np.cumsum)), edge_order=2)
case(np.gradient, A(5), edge_order=2)
case(np.gradient, A(4, 3))
case(np.gradient, A(4, 3), 0.5, 2.0)
case(np.gradient, A(4, 3), axis=1)
case(np.gradient, A(4, 3), 0.5, axis=(1, 0))
case(gradient_cotangent, A(5), (5,), (0.5,), None, 2)
case(np.trapezoid, A(5))
case(np.trapezoid, A(5), dx=0.5)
case(np.trapezoid, A(3, 4), axis=0)
case(np.trapezoid, A(5), A(5))
case(np.trapezoid, A(3, 4), A(3), axis=0)
case(np.trapezoid, A(3, 4), A(3, 4))
case(np.trapezoid, C(4), A(4))
case(add_neighbours, A(2, 3), 1)
case(sum_neighbours, A(2, 3), 1)
