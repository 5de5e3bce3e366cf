"""Cases of `scipy.linalg`: one line each."""

import numpy as np
import pytest

linalg = pytest.importorskip("scipy.linalg")

from pullback.runtime.structure import (  # noqa: E402
    band_of_product,
    band_times,
    structure_cotangent,
    structured,
    transposed_band,
)

from .harness import A, C, case, positive_definite, well_conditioned  # noqa: E402


def banded(x):
    return x + 6 * (np.arange(x.shape[0]) == 1)[:, None]


M = A(3, 3, finish=well_conditioned)
S = A(3, 3, finish=positive_definite)
for b in (A(3), A(3, 2)):
    case(linalg.solve, M, b)
    case(linalg.solve, M, b, transposed=True)
    case(linalg.solve_triangular, M, b)
    case(linalg.solve_banded, (2, 1), A(4, 3, finish=banded), b)
case(linalg.solve, C(3, 3, finish=well_conditioned), C(3))
case(linalg.solve, A(2, 3, 3, finish=well_conditioned), A(2, 3, 2))
for assume in ("sym", "pos", "her", "upper triangular", "lower triangular", "diagonal", "tridiagonal"):
    case(linalg.solve, S, A(3), assume_a=assume)
case(linalg.solve, S, A(3), lower=True, assume_a="pos")
case(linalg.solve, C(3, 3, finish=positive_definite), C(3), assume_a="pos")
for trans in (0, 1, 2):
    case(linalg.solve_triangular, M, A(3), trans=trans, lower=True)
    case(linalg.solve_triangular, C(3, 3, finish=well_conditioned), C(3, 2), trans=trans, unit_diagonal=True)
case(linalg.solve_banded, (1, 1), C(3, 3, finish=banded), C(3))
case(linalg.solve_sylvester, M, A(2, 2, finish=well_conditioned), A(3, 2))
case(linalg.solve_sylvester, C(3, 3, finish=well_conditioned), C(2, 2, finish=well_conditioned), C(3, 2))
case(linalg.lu_factor, M)
case(linalg.lu_factor, A(3, 3))
case(linalg.lu, M)
case(linalg.lu, A(3, 3))
case(linalg.lu, A(3, 3), permute_l=True)
case(linalg.eigh, S, eigvals_only=True)
case(linalg.eigh, S, S, eigvals_only=True, lower=False)
case(linalg.expm, A(3, 3))
case(linalg.expm, C(2, 2))
case(linalg.expm, A(2, 3, 3))
case(linalg.logm, S).but(single="SciPy computes it in double precision")
case(linalg.sqrtm, S)
for structure in (None, "sym", "lower triangular", "tridiagonal"):
    case(structured, A(3, 3), structure, True)
    case(structure_cotangent, A(3, 3), structure, False)
case(transposed_band, (2, 1), A(4, 5))
case(band_times, (2, 1), A(4, 5), A(5))
case(band_times, (0, 1), A(2, 5), A(5, 2))
case(band_of_product, (2, 1), A(5), A(5))
case(band_of_product, (0, 1), A(5, 2), A(5, 2))
