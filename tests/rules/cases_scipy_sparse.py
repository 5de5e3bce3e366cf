"""Cases of products with sparse matrices: one line each."""

import numpy as np
import pytest

sparse = pytest.importorskip("scipy.sparse")

from pullback.runtime.sparse import sparse_times  # noqa: E402

from .harness import A, C, case  # noqa: E402

S = np.array([[2.0, 0.0, 1.0], [0.0, 3.0, 0.0]])
for made in (sparse.csr_array(S), sparse.csc_matrix(S)):
    case(sparse_times, made, A(3))
    case(sparse_times, made, A(3, 2))
case(sparse_times, sparse.csr_array(S * (1 + 2j)), C(3))
