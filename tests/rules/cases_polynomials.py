"""Cases of polynomials: one line each."""

import numpy as np

from .harness import A, C, P, case

case(np.polyval, A(4), A(2, 3))
case(np.polyval, A(4), 0.7)
case(np.polyval, A(1), A(3))
case(np.polyval, C(3), C(2))
for m in (1, 2):
    case(np.polyder, A(4), m)
    case(np.polyint, A(4), m)
case(np.polyadd, A(4), A(2))
case(np.polysub, A(2), A(4))
case(np.polymul, A(4), A(2))
case(np.polymul, C(2), C(3))
case(np.vander, A(3))
case(np.vander, A(3), 2)
case(np.vander, A(3), 5, increasing=True)
case(np.vander, C(3), 4)
case(np.polyfit, A(6), A(6), 2)
case(np.polyfit, A(6), A(6, 2), 1)
case(np.roots, P(4)).but(tolerance=1e-5)
case(np.roots, C(4)).but(tolerance=1e-5)
case(np.poly, A(4))
case(np.poly, A(1))
case(np.poly, C(3))
