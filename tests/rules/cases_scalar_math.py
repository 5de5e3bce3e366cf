"""Cases of the standard library's `math`: one line each."""

import math

from pullback.runtime.special import polygamma

from .harness import A, P, case, point

for fn in (math.exp, math.exp2, math.expm1, math.sin, math.cos, math.tan, math.sinh, math.cosh, math.tanh, math.atan,
           math.asinh, math.fabs, math.degrees, math.radians, math.erf, math.erfc):
    case(fn, 0.7)
    case(fn, -0.4)
for fn in (math.log, math.log2, math.log10, math.log1p, math.sqrt, math.cbrt, math.asin, math.acos, math.atanh):
    case(fn, 0.7)
case(math.acosh, 1.7)
case(math.log, 0.7, 2.5)
case(math.log, 0.7, 2)
case(math.pow, 1.3, 2.5)
case(math.pow, -1.3, 2)
case(math.atan2, 0.3, -0.7)
case(math.fmod, -1.7, 0.6)
case(math.copysign, 1.2, -0.7)
point(math.sqrt, 0.0, gives=math.inf)
point(math.pow, 0.0, 0.0, gives=0.0)
point(math.fabs, 0.0, gives=0.0)
point(math.asin, 1.0, gives=math.inf)
case(math.remainder, 4.3, 0.7)
case(math.hypot, 0.3, -0.7)
case(math.modf, 2.3)
case(math.frexp, 2.3)
case(math.ldexp, 2.3, 3)
case(math.nextafter, 2.3, 3)
for x in (0.3, 2.7, -1.4, 30.5):
    case(math.gamma, x)
    case(math.lgamma, x)
case(polygamma, 0, A(5))
case(polygamma, 2, P(5))
point(math.hypot, 0.0, 0.0, gives=0.0)
