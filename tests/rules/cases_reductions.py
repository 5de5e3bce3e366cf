"""Cases of reductions: one line each."""

import numpy as np

from .harness import A, C, Const, case, point

for fn in (np.sum, np.mean, np.prod, np.max, np.min, np.var, np.std, "ndarray.sum", "ndarray.mean", "ndarray.max"):
    case(fn, A(2, 3))
    case(fn, A(2, 3), axis=0)
    case(fn, A(2, 3, 2), axis=-1)
    case(fn, A(2, 3, 2), axis=(0, -1))
    case(fn, A(2, 3), axis=1, keepdims=True)
    case(fn, A(2, 3, 2), axis=(2, 0), keepdims=True)
    case(fn, A(2, 3), keepdims=True)
    case(fn, A(4))
    case(fn, A(1, 3), axis=0).but(second_order="std of one element") if fn in (np.std, np.var) else \
        case(fn, A(1, 3), axis=0)
for fn in (np.sum, np.prod, np.mean):
    case(fn, C(2, 3))
    case(fn, C(2, 3), axis=1)
    case(fn, A())
case(np.sum, A(0, 3))
case(np.sum, A(0, 3), axis=0)
case(np.sum, A(2, 3), 1, initial=Const(2.0))
case(np.sum, A(2, 3), 1, initial=2.0)
case(np.sum, A(2, 3), where=np.array([True, False, True]))
case(np.sum, A(2, 3), axis=0, where=np.array([[True], [False]]))
case(np.max, A())
case(np.var, A(2, 3), ddof=1)
case(np.var, A(2, 3), axis=1, ddof=1)
case(np.std, A(2, 3), axis=1, ddof=1)
case(np.cumsum, A(4))
case(np.cumsum, A(2, 3))
case(np.cumsum, A(2, 3), axis=1)
case(np.cumsum, A(2, 3), axis=-2)
case(np.cumprod, A(4))
case(np.cumprod, A(2, 3))
case(np.cumprod, C(2, 3), axis=1)
case(np.cumprod, A(2, 3), axis=-2)
point(np.cumprod, np.array([2.0, 0.0, 3.0]), gives=[1.0, 8.0, 0.0])
point(np.max, np.array([1.0, 3.0, 3.0]), gives=[0.0, 0.5, 0.5])
point(np.min, np.array([1.0, 1.0, 3.0]), gives=[0.5, 0.5, 0.0])
point(np.max, np.array([[1.0, 1.0], [2.0, 0.0]]), axis=1, gives=[[0.5, 0.5], [1.0, 0.0]])
point(np.std, np.array([2.0, 2.0]), gives=[0.0, 0.0])
point(np.std, np.array([[2.0, 2.0], [1.0, 3.0]]), axis=1, gives=[[0.0, 0.0], [-0.5, 0.5]])
point(np.prod, np.array([0.0, 2.0, 3.0]), gives=[6.0, 0.0, 0.0])
point(np.prod, np.array([0.0, 0.0, 3.0]), gives=[0.0, 0.0, 0.0])
point(np.prod, np.array([[0.0, 5.0], [0.0, 0.0]]), axis=1, gives=[[5.0, 0.0], [0.0, 0.0]])
