"""Cases of elementwise rules: one line each."""

import builtins
import operator

import numpy as np

from .harness import A, C, Const, I, P, U, case, point

# Arithmetic, broadcast in every direction
for fn in (np.add, np.subtract, np.multiply, np.divide):
    case(fn, A(2, 3), A(2, 3))
    case(fn, A(2, 3), A(3))
    case(fn, A(3), A(2, 1))
    case(fn, A(2, 1), A(1, 3))
    case(fn, A(), A(3))
    case(fn, A(), A())
    case(fn, A(3), 1.7)
    case(fn, 1.3, 2.5)
    case(fn, A(3), I(3, low=1))
    case(fn, A(0, 2), A(2))
    case(fn, C(2, 2), C(2))
    case(fn, A(2, 2), C(2))
case(operator.add, 1.5, A(2))
case(np.power, P(2, 3), A(3))
case(np.power, A(3), Const(3.0))
case(np.power, A(3), 2)
case(np.power, 2, A(3))
case(np.power, P(3), 1.7)
case(np.power, 1.3, 2.5)
case(np.power, C(3), C(3))
case(np.power, C(3), 3)
point(np.power, np.array([0.0, 2.0]), 0, gives=[0.0, 0.0])
point(np.power, np.array([0.0, 2.0]), 0.0, gives=[0.0, 0.0])
point(np.power, np.array([0.0, 3.0]), 1, gives=[1.0, 1.0])
point(np.power, np.array([0.0, 3.0]), 2.0, gives=[0.0, 6.0])
point(np.power, np.array([0.0]), 0.5, gives=[np.inf])
point(np.power, 0.0, 0.5, gives=np.inf)
point(np.power, 0.0, 2.5, gives=0.0, wrt="x2")
point(np.power, np.array([0.0, 0.0]), np.array([2.5, 0.0]), gives=[0.0, 0.0], wrt="x2")
case(np.remainder, A(2, 3), P(3))
case(np.remainder, -1.7, 0.6)
for fn in (np.negative, np.positive, np.square, np.exp, np.expm1, np.sin, np.cos, np.sinh, np.cosh, np.tanh, np.arctan,
           np.arcsinh):
    case(fn, A(2, 3))
    case(fn, A())
    case(fn, 0.7)
    case(fn, A(0))
    case(fn, C(2))
for fn in (np.sqrt, np.log, np.log1p, np.reciprocal):
    case(fn, P(2, 3))
    case(fn, P())
    case(fn, 0.7)
    case(fn, C(2))
for fn in (np.tan, np.arcsin, np.arccos, np.arctanh):
    case(fn, U(2, 3))
    case(fn, 0.4)
    case(fn, C(2))
case(np.arccosh, P(3, low=1.2))
case(np.arccosh, C(3))
case(np.arctan2, A(2, 3), A(3))
case(np.arctan2, 0.3, -0.7)
case(builtins.abs, A(2, 3))
case(builtins.abs, -1.2)
case(np.absolute, C(2, 3))
case(np.sign, A(2, 3))
case(np.sign, C(2, 3))
point(np.sign, np.array([0j]), gives=[0])
case(np.fabs, A(2, 3))
case(np.logaddexp, A(2, 3), A(3))
point(np.sqrt, np.array([0.0, 4.0]), gives=[np.inf, 0.25])
point(np.absolute, np.array([0.0, -0.0, -3.0]), gives=[0.0, 0.0, -1.0])
point(np.absolute, np.array([0j, 3 + 4j]), gives=[0, 0.6 + 0.8j])
point(np.logaddexp, 1000.0, -1000.0, gives=1.0)
point(np.arcsin, np.array([1.0]), gives=[np.inf])
point(np.tanh, np.array([1000.0, -1000.0]), gives=[0.0, 0.0])

# Choices
for fn in (np.maximum, np.minimum):
    case(fn, A(2, 3), A(3))
    case(fn, A(2, 3), 0.1)
    case(fn, 0.3, 0.1)
    point(fn, np.array([1.0, 2.0]), np.array([1.0, 2.0]), gives=[0.5, 0.5])
    point(fn, np.array([1.0, 2.0]), np.array([1.0, 2.0]), gives=[0.5, 0.5], wrt="x2")
    point(fn, np.array([np.inf]), np.array([np.inf]), gives=[0.5])
case(np.where, np.array([True, False, True]), A(2, 3), A(3))
case(np.where, np.array([[True], [False]]), A(3), 0.5)
case(np.where, True, A(3), A(2, 1))
case(np.where, np.array([True, False]), C(2), A(2))
case(np.clip, A(2, 3), -0.5, 0.7)
case(np.clip, A(2, 3), A(3, low=-1, high=0), P(2, 1))
case(np.clip, A(5), None, 0.3)
case(np.clip, A(5), 0.5, -0.5)
point(np.clip, np.array([-1.0, 0.0, 1.0, 2.0]), -1.0, 1.0, gives=[1.0, 1.0, 1.0, 0.0])

# Complex parts
for fn in (np.conjugate, np.real, np.imag):
    case(fn, C(2, 3))
    case(fn, C())
case(np.conjugate, A(2))
case(np.real, A(2))
case(np.imag, A(2)).but(second_order="zero", dot_product="the imaginary part of a real number moves with nothing")
case("ndarray.real", C(2))
case("ndarray.imag", C(2))
