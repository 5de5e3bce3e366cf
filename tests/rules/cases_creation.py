"""Cases of arrays made from values: one line each."""

import builtins

import numpy as np

from .harness import A, C, Const, P, case

case(np.full, (2, 3), 1.5)
case(np.full, (2, 3), A(3))
case(np.full, 4, A())
case(np.full_like, Const(A(2, 3)), 1.5)
case(np.full_like, A(2, 3), A(3))
case(np.arange, 0.3, 2.7, 0.5)
case(np.arange, 0.25, 4)
case(np.linspace, 0.3, 1.7, 5)
case(np.linspace, 0.3, 1.7, 5, endpoint=False)
case(np.linspace, A(3), A(2, 1), 4)
case(np.linspace, A(3), A(2, 1), 4, axis=-1)
for fn in (np.array, np.asarray, np.copy, "ndarray.copy"):
    case(fn, A(2, 3))
    case(fn, A())
    case(fn, C(2))
ROUNDED = dict.fromkeys(("central_differences", "linear", "dot_product", "second_order"), "rounded")
case("ndarray.astype", A(2, 3), np.float32).but(**ROUNDED)
case("ndarray.astype", A(2, 3), np.float64)
case(np.astype, A(2, 3), np.float64)
case(builtins.float, A())
case(builtins.float, 1.5)
case(np.float64, A(1)).but(same_for_every_target="float16 rounds")
case("ndarray.item", A())
case("ndarray.item", A(1, 1))
case(np.logspace, 0.3, 1.7, 5)
case(np.logspace, A(3), A(2, 1), 4, base=2.0, axis=-1)
case(np.geomspace, 0.3, 1.7, 5)
case(np.geomspace, P(3), P(2, 1), 4, endpoint=False)
case(np.require, A(3))
