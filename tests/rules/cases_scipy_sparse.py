"""Cases of products and solutions with sparse matrices: one line each."""

import numpy as np

try:
    from scipy import sparse
    from scipy.sparse import linalg
except ImportError:  # SciPy is an extra
    sparse = None

from pullback.runtime.sparse import (
    entries_iterate,
    entries_outer,
    entries_product,
    entries_solve,
    factor_solve,
    matrix_iterate,
    matrix_solve,
    sparse_times,
)

from .harness import A, C, P, case

if sparse is not None:
    WIDE = sparse.csr_array(np.array([[1.0, 0.0, 2.0], [0.0, 3.0, 0.0]]))
    TURNING = sparse.csr_array(np.array([[1.0 + 2.0j, 0.0], [0.5j, 3.0]]))
    ROWS, COLUMNS = np.array([0, 2, 0, 1, 1]), np.array([0, 2, 2, 1, 1])  # one place twice
    case(sparse_times, WIDE, A(3))
    case(sparse_times, WIDE, A(3, 2))
    case(sparse_times, TURNING, C(2))
    case(matrix_solve, TURNING, C(2))
    case(matrix_solve, WIDE[:, :2], A(2))
    case(matrix_solve, WIDE[:, :2], A(2, 3))
    case(factor_solve, linalg.splu(TURNING.tocsc()), C(2)).but(arguments_unchanged="it cannot be copied")
    case(factor_solve, linalg.splu(WIDE[:, :2].tocsc()), A(2, 3), "T").but(arguments_unchanged="it cannot be copied")
    case(entries_product, A(5), ROWS, COLUMNS, (3, 3), A(3))
    case(entries_product, C(5), ROWS, COLUMNS, (4, 3), C(3, 2))
    case(entries_solve, P(5), ROWS, COLUMNS, (3, 3), A(3))
    case(entries_solve, C(5), ROWS, COLUMNS, (3, 3), C(3, 2))
    case(entries_outer, A(3), A(3), ROWS, COLUMNS)
    case(entries_outer, C(3, 2), C(3, 2), ROWS, COLUMNS)
    FINE = (1e-13, 0.0, None)
    COARSE = "single precision does not reach the tolerance"
    case(matrix_iterate, WIDE[:, :2], A(2), "bicgstab", *FINE).but(single=COARSE)
    case(matrix_iterate, sparse.csr_array(np.diag([1.0, 2.0, 3.0])), A(3), "cg", *FINE).but(single=COARSE)
    case(entries_iterate, P(5), ROWS, COLUMNS, (3, 3), A(3), "gmres", *FINE).but(single=COARSE)
