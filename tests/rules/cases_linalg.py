"""Cases of `numpy.linalg`: one line each."""

import numpy as np

from pullback.runtime.matrices import (
    as_columns,
    block_upper,
    cofactors,
    column_sums,
    conj_transpose,
    fold_triangle,
    from_columns,
    scaled_or_zero,
    unfold_triangle,
)

from .harness import A, C, case, point, positive_definite, symmetric, well_conditioned

la = np.linalg
GAUGE = {"central_differences": "free phase", "second_order": "free phase", "dot_product": "free phase",
         "single": "free phase", "strided": "free phase", "same_for_every_target": "free phase"}

for kind in (A, C):
    case(la.inv, kind(3, 3, finish=well_conditioned))
    case(la.inv, kind(2, 3, 3, finish=well_conditioned))
    case(la.solve, kind(3, 3, finish=well_conditioned), kind(3))
    case(la.solve, kind(3, 3, finish=well_conditioned), kind(3, 2))
    case(la.solve, kind(2, 3, 3, finish=well_conditioned), kind(3))
    case(la.solve, kind(2, 3, 3, finish=well_conditioned), kind(3, 2))
    case(la.solve, kind(3, 3, finish=well_conditioned), kind(2, 3, 2))
    case(la.pinv, kind(4, 3))
    case(la.pinv, kind(2, 3, 4))
    case(la.lstsq, kind(5, 3), kind(5), rcond=None)
    case(la.lstsq, kind(5, 3), kind(5, 2), rcond=None)
    case(la.lstsq, kind(3, 5), kind(3), rcond=None)
    case(la.tensorinv, kind(4, 6, 8, 3), ind=2).but(tolerance=1e-5)
    case(la.tensorsolve, kind(2, 3, 6), kind(2, 3))
    case(la.matrix_power, kind(3, 3), 3)
    case(la.matrix_power, kind(2, 3, 3), 2)
    case(la.matrix_power, kind(3, 3, finish=well_conditioned), -2)
    case(la.det, kind(3, 3))
    case(la.det, kind(2, 3, 3))
    case(la.slogdet, kind(3, 3))
    case(la.slogdet, kind(2, 3, 3))
    case(la.cholesky, kind(3, 3, finish=positive_definite))
    case(la.cholesky, kind(2, 3, 3, finish=positive_definite))
    case(la.cholesky, kind(3, 3, finish=positive_definite), upper=True)
    case(la.qr, kind(4, 3))
    case(la.qr, kind(3, 3))
    case(la.qr, kind(3, 5))
    case(la.qr, kind(2, 4, 3))
    case(la.qr, kind(4, 3), mode="r")
    case(la.qr, kind(3, 3), mode="complete")
    case(la.eigvalsh, kind(3, 3, finish=symmetric))
    case(la.eigvalsh, kind(2, 3, 3, finish=symmetric), UPLO="U")
    case(la.eigvals, kind(3, 3))
    case(la.eig, kind(3, 3))
    case(la.eig, kind(2, 3, 3))
    case(la.svdvals, kind(4, 3))
    case(la.svd, kind(4, 3), compute_uv=False)
    for order in (None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf):
        case(la.norm, kind(3, 4), order)
        case(la.norm, kind(2, 3, 4), order, axis=(2, 0))
        case(la.norm, kind(2, 3, 4), order, axis=(0, 1), keepdims=True)
        if order is not None:
            case(la.matrix_norm, kind(2, 3, 4), ord=order)
    for order in (None, 1, 2, 3, 2.5, np.inf, -np.inf, -1, 0.5):
        case(la.norm, kind(4), order)
        case(la.norm, kind(3, 4), order, axis=1)
        case(la.norm, kind(3, 4), order, axis=0, keepdims=True)
        if order is not None:
            case(la.vector_norm, kind(3, 4), ord=order)
            case(la.vector_norm, kind(2, 3, 4), axis=(0, 2), ord=order)
    case(la.norm, kind(2, 3, 4))
    case(la.cond, kind(3, 3))
    case(la.cond, kind(2, 3, 3), p=-2)
    case(cofactors, kind(3, 3)).but(second_order="a third derivative")
    case(conj_transpose, kind(2, 3, 4))
    case(fold_triangle, kind(3, 3), True)
    case(unfold_triangle, kind(3, 3), False)
case(la.norm, A(4), 0)
case(la.eigh, A(3, 3, finish=symmetric))
case(la.eigh, A(2, 3, 3, finish=symmetric), UPLO="U")
case(la.svd, A(3, 3))
case(la.svd, A(4, 3), full_matrices=False)
case(la.svd, A(3, 4), full_matrices=False)
case(la.svd, A(2, 4, 3), full_matrices=False)
case(as_columns, A(3), 1)
case(from_columns, A(3, 1), 1)
case(block_upper, A(2, 2), A(3, 2, 2))
point(la.det, np.array([[1.0, 2.0], [2.0, 4.0]]), gives=[[4.0, -2.0], [-2.0, 1.0]])
point(la.det, np.zeros((2, 2)), gives=np.zeros((2, 2)))
point(la.norm, np.zeros(3), gives=np.zeros(3))
point(la.norm, np.zeros((2, 2)), 2, axis=1, gives=np.zeros((2, 2)))
point(la.norm, np.array([2.0, -2.0, 1.0]), np.inf, gives=[0.5, -0.5, 0.0])
case(scaled_or_zero, A(3, 2), A(2))
case(scaled_or_zero, A(3, 1), A(1))
case(column_sums, A(3, 2), (2,))
