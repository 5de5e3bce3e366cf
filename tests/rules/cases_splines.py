"""Cases of samples between the elements of an array: one line each."""

try:
    import scipy.ndimage  # noqa: F401 - the helpers call it
except ImportError:  # SciPy is an extra
    ORDERS = ()
else:
    ORDERS = (0, 1, 3)

from pullback.runtime.splines import (
    spline_coefficients,
    spline_coefficients_cotangent,
    spline_sample,
    spline_slopes,
    spline_spread,
)

from .harness import A, C, P, case

#: Positions between 0.3 and 2 in arrays of 4 x 5.
THIRD = "third derivatives are refused"
for order in ORDERS:
    case(spline_coefficients, A(4, 5), order, "mirror")
    case(spline_coefficients_cotangent, A(4, 5), order, "reflect")
    for mode in ("constant", "grid-wrap"):
        case(spline_sample, A(4, 5), P(2, 3), order, mode, 0.5, (0, 0))
        case(spline_spread, A(3), (4, 5), P(2, 3), order, mode, (0, 0))
if ORDERS:
    case(spline_sample, C(4, 5), P(2, 3), 3, "mirror", 0.0, (0, 1))
    case(spline_sample, A(4), P(1, 2, 2), 2, "reflect", 0.0, (0,))
    case(spline_slopes, A(4, 5), P(2, 3), 3, "mirror", (0, 0)).but(second_order=THIRD)
