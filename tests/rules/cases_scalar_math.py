"""Cases of the standard library's `math`: one line each."""

import math

from .harness import case, point

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
