"""Cases of `scipy.interpolate`: splines that are constants."""

import numpy as np
import pytest

interpolate = pytest.importorskip("scipy.interpolate")

from pullback.runtime.curves import along_values, over_values, spline_at  # noqa: E402

from .harness import A, P, case  # noqa: E402

rng = np.random.default_rng(0)
PLACES = np.linspace(0.0, 4.0, 7)
LINE = interpolate.CubicSpline(PLACES, rng.standard_normal(7))
ROWS = interpolate.CubicSpline(PLACES, rng.standard_normal((2, 7, 3)), axis=1)
KNOTS = interpolate.make_interp_spline(PLACES, rng.standard_normal(7), k=5)

case(spline_at, P(4), LINE, 0, None)
case(spline_at, P(2, 3), LINE, 1, None)
case(spline_at, P(4), ROWS, 0, True)
case(spline_at, P(2, 2), KNOTS, 0, None)
case(over_values, A(2, 4, 3), ROWS, (4,))
case(along_values, A(4), ROWS, (2, 4, 3))
