"""Cases of products: one line each."""

import operator

import numpy as np

from pullback.runtime.linalg import (
    dot_cotangent_a,
    dot_cotangent_b,
    matmul_cotangent_x1,
    matmul_cotangent_x2,
    tensordot_cotangent_a,
    tensordot_cotangent_b,
)

from .harness import A, C, case

for kind in (A, C):
    for fn in (np.matmul, np.dot, np.inner):
        case(fn, kind(3), kind(3))
    for fn in (np.matmul, np.dot):
        case(fn, kind(2, 3), kind(3, 4))
        case(fn, kind(3), kind(3, 4))
        case(fn, kind(2, 3), kind(3))
        case(fn, kind(5, 2, 3), kind(3, 4))
        case(fn, kind(5, 2, 3), kind(3))
        case(fn, kind(3), kind(5, 3, 4))
        case(fn, kind(2, 3), kind(5, 3, 4))
    case(np.matmul, kind(5, 2, 3), kind(5, 3, 4))
    case(np.matmul, kind(5, 1, 2, 3), kind(2, 3, 4))
    case(np.matmul, kind(1, 2, 3), kind(5, 3, 2))
    case(np.dot, kind(2, 5, 3), kind(2, 3, 2))
    case(np.dot, kind(), kind(2, 3))
    case(np.dot, kind(2, 3), kind())
    case(np.dot, kind(), kind())
    case(np.outer, kind(3), kind(2))
    case(np.outer, kind(2, 2), kind(3, 1))
    case(np.outer, kind(), kind(3))
    case(np.inner, kind(2, 3), kind(4, 3))
    case(np.inner, kind(3), kind(2, 4, 3))
    case(np.inner, kind(2, 2, 3), kind(3))
    case(np.inner, kind(), kind(2, 3))
    case(matmul_cotangent_x1, kind(5, 2, 4), (2, 3), kind(5, 3, 4))
    case(matmul_cotangent_x1, kind(2, 4), (2, 3), kind(3, 4))
    case(matmul_cotangent_x2, kind(2, 3), kind(5, 2, 4), (5, 3, 4))
    case(matmul_cotangent_x2, kind(5, 2, 3), kind(5, 2), (3,))
    case(dot_cotangent_a, kind(2, 4), (2, 3), kind(3, 4))
    case(dot_cotangent_a, kind(2, 5, 4), (2, 3), kind(5, 3, 4))
    case(dot_cotangent_b, kind(2, 3), kind(2, 5, 4), (5, 3, 4))
    case(dot_cotangent_b, kind(2, 3), kind(2), (3,))
    case(np.tensordot, kind(2, 3), kind(2, 3))
    case(np.tensordot, kind(2, 3), kind(3, 4), 1)
    case(np.tensordot, kind(3), kind(2), 0)
    case(np.tensordot, kind(2, 3, 4), kind(4, 5, 2), axes=((0, 2), (2, 0)))
    case(np.tensordot, kind(2, 3, 4), kind(4, 5, 2), axes=([-1, 0], [0, 2]))
    case(np.tensordot, kind(2, 3), kind(3, 2), axes=(1, 0))
    case(tensordot_cotangent_a, kind(3, 5), (2, 3, 4), kind(4, 5, 2), ((0, 2), (2, 0)))
    case(tensordot_cotangent_b, kind(2, 3, 4), kind(3, 5), (4, 5, 2), ((0, 2), (2, 0)))
case(operator.matmul, A(2, 3), A(3, 2))
case(np.matmul, A(0, 3), A(3, 2))
case(np.matmul, A(2, 0), A(0, 2))
case(np.dot, 2.0, A(3))
case(np.dot, A(2, 3), C(3, 2))
case("ndarray.dot", A(2, 3), A(3))
