"""Programs as people write them, tried against the contract: the right gradient, or an error that explains itself."""
# ruff: noqa: E701, E702, E501, E731, F841, I001
# fmt: off
import math
from collections import namedtuple
from dataclasses import dataclass

import numpy as np
import pytest

import pullback as pb
from .checker import check

R = np.random.default_rng(0)


@dataclass
class Pm:
    w: np.ndarray
    b: float
    name: str = "n"
NT=namedtuple("NT","a c")


def test_structs():
    def f(p, x): return np.sum(np.tanh(p.w*x)+p.b)
    g=pb.grad(f)(Pm(np.ones(3),2.0),np.arange(3.))
    assert isinstance(g,Pm) and g.name=="n" and g.b==3.0, g
    def h(p): return p.a**2 + p.c["k"][0]*p.a
    g=pb.grad(h)(NT(2.0,{"k":[3.0,None,"s",4]}))
    assert g==NT(7.0,{"k":[2.0,None,"s",None]}), g
class M:
    def __init__(s): s.w=np.array([1.,2.]); s.k=3.0
    def loss(self,x): return np.sum(self.w*x**2)*self.k
    @pb.grad
    def gl(self,x): return np.sum(x)


def test_method():
    m=M(); g=pb.grad(m.loss); x=np.array([1.,2.])
    assert np.allclose(g(x),[6,24]),g(x)
    m.k=1.0; assert np.allclose(g(x),[2,8]),g(x)
    m.w=np.array([0.,1.]); assert np.allclose(g(x),[0,4])
K=2.0
def helper(x): return x*K


def test_globals_change():
    global K, helper
    def f(x): return np.sum(helper(x)*x)
    g=pb.grad(f); x=np.ones(2)
    assert np.allclose(g(x),4); K=3.0; assert np.allclose(g(x),6),g(x)
    helper=lambda x: x*x; assert np.allclose(g(x),3),g(x)


def test_f32():
    x32=np.ones((2,3),np.float32); b=np.float32(2.0)
    def f(x,b): return np.sum(x*b+1.5)
    g=pb.grad(f,wrt=(0,1))(x32,b); assert g[0].dtype==np.float32 and type(g[1]) is np.float32, g
    v,_=pb.value_and_grad(f)(x32,b); assert type(v) is np.float32


def test_broadcast():
    def f(a,b): return np.sum(a*b)
    for sa,sb in [((3,),(2,3)),((2,1),(1,3)),((),(2,2)),((0,),(0,)),((1,),(5,)),((2,1,3),(4,1))]:
        check(f,R.normal(size=sa),R.normal(size=sb))


def test_varargs():
    def f(x,*args,scale=1.0,**kw): return np.sum(x*args[0]*scale*kw["z"])
    g=pb.grad(f,wrt=(0,1,"scale","z"))(np.ones(2),2.0,scale=3.0,z=np.ones(2))
    assert [np.allclose(a, b) for a, b in zip(g, (6.0, 6.0, 4.0, 6.0), strict=True)] == [True] * 4


def test_nested_loops():
    def f(x):
        total = 0.0
        for i in range(len(x)):
            for j in range(i):
                if x[i] > x[j]: total += (x[i]-x[j])**3
                elif j == 1: continue
                else: total -= x[i]*x[j]
                if total > 50: break
        return total
    check(f,R.normal(size=6))


def test_cholesky():
    def f(A):
        n=A.shape[0]; L=np.zeros((n,n))
        for i in range(n):
            for j in range(i+1):
                s=A[i,j]-L[i,:j]@L[j,:j]
                if i==j: L[i,j]=np.sqrt(s)
                else: L[i,j]=s/L[j,j]
        return np.sum(L*np.arange(n*n).reshape(n,n))
    B=R.normal(size=(4,4)); check(f,B@B.T+4*np.eye(4), tolerance=1e-5)


def test_stencil():
    def f(u,c):
        for t in range(4):
            u[1:-1] = u[1:-1] + c*(u[2:]-2*u[1:-1]+u[:-2])
        return np.sum(u**2)
    check(f,R.normal(size=7),0.1)
    def g(u):
        v=u.copy()
        for t in range(3):
            u, v = v*2, u
        return np.sum(u*v)
    check(g,R.normal(size=3))


def test_rows():
    def f(x):
        y = x
        y = y * 2 if x[0] > 0 else y
        z = y
        z = z + 1
        out = np.empty((2,3))
        out[0] = z
        out[1] = out[0] ** 2
        row = out[1]
        row *= 3
        return out.sum() + out[:, 0].prod()
    check(f,np.array([1.,2.,3.])); check(f,np.array([-1.,2.,3.]))


def test_numpy():
    def f(x): return np.sum(x**2) + x[np.argmax(x)]*3 + np.sort(x)[0] + np.median(x) + np.cumsum(x)[1]+np.linalg.norm(x)+np.dot(x,x)+np.einsum('i,i->',x,x)+np.max(np.abs(x))
    check(f,R.normal(size=5))
    def g(m): return np.linalg.det(m)+np.trace(np.linalg.inv(m))+np.linalg.slogdet(m)[1]+np.sum(np.linalg.solve(m,np.ones(3)))+np.sum(np.diag(m))+np.sum(np.triu(m))+np.sum(np.outer(m[0],m[1]))
    check(g,R.normal(size=(3,3))+3*np.eye(3),tolerance=1e-5)


def test_closures():
    def f(x):
        def g(a): return a*x
        h = lambda b: g(b)+b
        return sum(h(x[i]).sum() for i in range(2))
    check(f,R.normal(size=3))
    def e(x):
        y = np.array([x[0]*2, x[1]])
        z = np.stack([y, y*2]).T @ y
        a, *b = z
        return a*b[0] + float(x[0])
    check(e,R.normal(size=2))


def test_complex():
    def f(z):
        w = np.exp(1j*z)
        return np.sum(np.abs(w+z)**2) + np.real(w*np.conj(w+1)).sum()
    check(f,R.normal(size=3))


def test_fresh():
    r=pb.grad(lambda x: np.sum(x*x)); x=np.ones(3); a=r(x); b=r(x); a[:]=7; assert np.allclose(b,2) and np.allclose(r(x),2)
    g=pb.grad(lambda x,y: np.sum(x+y),wrt=(0,1)); a,b=g(x,x); assert not np.shares_memory(a,b)
    c=np.ones(3); q=pb.grad(lambda x: np.sum(x*c))(x); assert not np.shares_memory(q,c)


def test_exceptions_carry_the_primal_line():
    def f(x):
        y = np.log(x)
        return y[5]
    with pytest.raises(IndexError) as caught:
        pb.grad(f)(np.ones(3))
    assert any("return y[5]" in note for note in caught.value.__notes__)


def test_while_and_ranges():
    def f(x, n):
        s = x
        while abs(s) < 100 and n > 0:
            s = s*s + x; n -= 1
        return s
    check(f, 1.5, 10)
    def g(x):
        r = 0.0
        for k in range(10, 0, -3): r += k * x ** k
        for k in reversed(range(3)): r = r * 0.5 + math.exp(x*k)
        return r
    check(g, 0.7)


@pytest.mark.parametrize("fn, args, error, match", [
    (lambda n: n ** 2, (2,), TypeError, "integer"),
    (lambda x: x, (np.ones(2),), TypeError, "array of 1 dimension"),
    (lambda x: x * 1j, (1.0,), TypeError, "complex"),
    (lambda x: np.sum(x), (np.array([None]),), NotImplementedError, "dtype object"),
    (lambda x: None, (1.0,), TypeError, "None"),
    (lambda x: (x, x), (1.0,), TypeError, "tuple of 2"),
    (lambda x: x, ("a",), TypeError, "str"),
])
def test_bad_arguments_have_their_message(fn, args, error, match):
    with pytest.raises(error, match=match):
        pb.grad(fn)(*args)


def test_unknown_name_is_guessed():
    with pytest.raises(ValueError, match="Did you mean 'weight'"):
        pb.grad(lambda weight: weight, wrt="wieght")


FACTORS = [2.0, 3.0]


def test_a_captured_list_that_changes_is_seen():
    global FACTORS
    def f(x):
        s = 0.0
        if FACTORS:
            for k in FACTORS:
                s = s + k * x
        return s
    g = pb.grad(f)
    assert g(1.0) == 5.0
    FACTORS.append(4.0)
    assert g(1.0) == 9.0
    FACTORS[0] = 0.0
    assert g(1.0) == 7.0
    FACTORS = []
    assert g(1.0) == 0.0
    FACTORS = [1.5]
    assert g(1.0) == 1.5
