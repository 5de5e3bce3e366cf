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
MASK = np.array([True, False, True])
for fn in (np.mean, np.var, np.std, np.prod):
    case(fn, A(2, 3), where=MASK)
    case(fn, A(2, 3), axis=1, where=MASK)
    case(fn, A(2, 3), axis=1, keepdims=True, where=MASK)
case(np.prod, A(2, 3), axis=1, initial=Const(2.0))
case(np.prod, A(2, 3), axis=1, initial=2.0)
case(np.prod, A(2, 3), axis=(0, -1), keepdims=True, initial=2.0, where=MASK)
for fn in (np.max, np.min):
    case(fn, A(2, 3), initial=Const(0.5))
    case(fn, A(2, 3), axis=0, initial=Const(0.5), where=MASK)
    case(fn, A(2, 3), axis=0, keepdims=True, initial=Const(-9.0))
    case(fn, A(2, 3), axis=0, initial=0.5)
    case(fn, A(2, 3), initial=0.5, where=MASK)
for fn in (np.ptp, np.nansum, np.nanmean, np.nanprod, np.nanmax, np.nanmin, np.nanvar, np.nanstd):
    case(fn, A(4))
    case(fn, A(2, 3), axis=0)
    case(fn, A(2, 3, 2), axis=(0, -1), keepdims=True)
    gap = {"second_order": "nan", "central_differences": "nan", "strided": "nan", "single": "nan", "dot_product": "nan"}
    if fn is not np.ptp:
        case(fn, np.array([[1.0, np.nan, 2.0], [3.0, 4.0, 6.0]]), axis=1).but(**gap)
point(np.nanmean, np.array([1.0, np.nan, 3.0]), gives=[0.5, 0.0, 0.5])
point(np.nanprod, np.array([2.0, np.nan, 3.0]), gives=[3.0, 0.0, 2.0])
point(np.nanmax, np.array([2.0, np.nan, 2.0]), gives=[0.5, 0.0, 0.5])
point(np.nanvar, np.array([1.0, np.nan, 3.0]), gives=[-1.0, 0.0, 1.0])
point(np.max, np.array([1.0, 3.0, 3.0]), gives=[0.0, 0.5, 0.5])
point(np.min, np.array([1.0, 1.0, 3.0]), gives=[0.5, 0.5, 0.0])
point(np.max, np.array([[1.0, 1.0], [2.0, 0.0]]), axis=1, gives=[[0.5, 0.5], [1.0, 0.0]])
point(np.std, np.array([2.0, 2.0]), gives=[0.0, 0.0])
point(np.std, np.array([[2.0, 2.0], [1.0, 3.0]]), axis=1, gives=[[0.0, 0.0], [-0.5, 0.5]])
point(np.prod, np.array([0.0, 2.0, 3.0]), gives=[6.0, 0.0, 0.0])
point(np.prod, np.array([0.0, 0.0, 3.0]), gives=[0.0, 0.0, 0.0])
point(np.prod, np.array([[0.0, 5.0], [0.0, 0.0]]), axis=1, gives=[[5.0, 0.0], [0.0, 0.0]])
for fn in (np.var, np.std):
    case(fn, A(2, 3), axis=1, correction=1)
    case(fn, A(2, 3), axis=1, correction=1, where=MASK)
for fn in (np.nansum, np.nanmean, np.nanvar, np.nanstd):
    case(fn, A(2, 3), where=MASK)
    case(fn, A(2, 3), axis=1, keepdims=True, where=MASK)
