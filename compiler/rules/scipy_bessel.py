# mypy: allow-untyped-defs
"""`scipy.special`: Bessel functions and their relatives (recurrences: DLMF 10.6, 10.29, 10.51)."""

import numpy as np
from scipy import special

from .registry import vjp


@vjp(special.j0, elementwise=True)
def j0(x, *, ans, d_ans):
    d_x = -d_ans * special.j1(x)
    return d_x


@vjp(special.j1, elementwise=True)
def j1(x, *, ans, d_ans):
    d_x = d_ans * (special.j0(x) - special.jv(2, x)) / 2
    return d_x


@vjp(special.y0, elementwise=True)
def y0(x, *, ans, d_ans):
    d_x = -d_ans * special.y1(x)
    return d_x


@vjp(special.y1, elementwise=True)
def y1(x, *, ans, d_ans):
    d_x = d_ans * (special.y0(x) - special.yn(2, x)) / 2
    return d_x


@vjp(special.i0, elementwise=True)
def i0(x, *, ans, d_ans):
    d_x = d_ans * special.i1(x)
    return d_x


@vjp(special.i1, elementwise=True)
def i1(x, *, ans, d_ans):
    d_x = d_ans * (special.i0(x) + special.iv(2, x)) / 2
    return d_x


@vjp(special.k0, elementwise=True)
def k0(x, *, ans, d_ans):
    d_x = -d_ans * special.k1(x)
    return d_x


@vjp(special.k1, elementwise=True)
def k1(x, *, ans, d_ans):
    d_x = -d_ans * (special.k0(x) + special.kn(2, x)) / 2
    return d_x


@vjp(special.i0e, elementwise=True)
def i0e(x, *, ans, d_ans):
    d_x = d_ans * (special.i1e(x) - np.sign(x) * ans)
    return d_x


@vjp(special.i1e, elementwise=True)
def i1e(x, *, ans, d_ans):
    d_x = d_ans * ((special.i0e(x) + special.ive(2, x)) / 2 - np.sign(x) * ans)
    return d_x


@vjp(special.k0e, elementwise=True)
def k0e(x, *, ans, d_ans):
    d_x = d_ans * (ans - special.k1e(x))
    return d_x


@vjp(special.k1e, elementwise=True)
def k1e(x, *, ans, d_ans):
    d_x = d_ans * (ans - (special.k0e(x) + special.kve(2, x)) / 2)
    return d_x


@vjp(special.jv, elementwise=True)
def jv(v, z, *, ans, d_ans):
    d_z = d_ans * np.conj(special.jv(v - 1, z) - special.jv(v + 1, z)) / 2
    return d_z


@vjp(special.yv, elementwise=True)
def yv(v, z, *, ans, d_ans):
    d_z = d_ans * np.conj(special.yv(v - 1, z) - special.yv(v + 1, z)) / 2
    return d_z


@vjp(special.hankel1, elementwise=True)
def hankel1(v, z, *, ans, d_ans):
    d_z = d_ans * np.conj(special.hankel1(v - 1, z) - special.hankel1(v + 1, z)) / 2
    return d_z


@vjp(special.hankel2, elementwise=True)
def hankel2(v, z, *, ans, d_ans):
    d_z = d_ans * np.conj(special.hankel2(v - 1, z) - special.hankel2(v + 1, z)) / 2
    return d_z


@vjp(special.yn, elementwise=True)
def yn(n, x, *, ans, d_ans):
    d_x = d_ans * (special.yn(n - 1, x) - special.yn(n + 1, x)) / 2
    return d_x


@vjp(special.iv, elementwise=True)
def iv(v, z, *, ans, d_ans):
    d_z = d_ans * np.conj(special.iv(v - 1, z) + special.iv(v + 1, z)) / 2
    return d_z


@vjp(special.kv, elementwise=True)
def kv(v, z, *, ans, d_ans):
    d_z = -d_ans * np.conj(special.kv(v - 1, z) + special.kv(v + 1, z)) / 2
    return d_z


@vjp(special.kn, elementwise=True)
def kn(n, x, *, ans, d_ans):
    d_x = -d_ans * (special.kn(n - 1, x) + special.kn(n + 1, x)) / 2
    return d_x


@vjp(special.kve, elementwise=True)
def kve(v, z, *, ans, d_ans):
    d_z = d_ans * np.conj(ans - (special.kve(v - 1, z) + special.kve(v + 1, z)) / 2)
    return d_z


@vjp(special.ive, elementwise=True, holomorphic=False)
def ive(v, z, *, ans, d_ans):
    """For real z."""
    d_z = d_ans * ((special.ive(v - 1, z) + special.ive(v + 1, z)) / 2 - np.sign(z) * ans)
    return d_z


@vjp(special.airy, elementwise=True)
def airy(z, *, ans, d_ans):
    """Ai, Ai', Bi, Bi': the second derivatives are z times the functions."""
    functions = d_ans[0] * np.conj(ans[1]) + d_ans[2] * np.conj(ans[3])
    slopes = d_ans[1] * np.conj(z * ans[0]) + d_ans[3] * np.conj(z * ans[2])
    d_z = functions + slopes
    return d_z


@vjp(special.spherical_jn, elementwise=True)
def spherical_jn(n, z, derivative=False, *, ans, d_ans):
    if derivative:
        curvature = (n * (n + 1) / (z * z) - 1) * special.spherical_jn(n, z) - 2 / z * ans
        d_z = d_ans * np.conj(curvature)
    else:
        d_z = d_ans * np.conj(special.spherical_jn(n, z, True))
    return d_z


@vjp(special.spherical_yn, elementwise=True)
def spherical_yn(n, z, derivative=False, *, ans, d_ans):
    if derivative:
        curvature = (n * (n + 1) / (z * z) - 1) * special.spherical_yn(n, z) - 2 / z * ans
        d_z = d_ans * np.conj(curvature)
    else:
        d_z = d_ans * np.conj(special.spherical_yn(n, z, True))
    return d_z


@vjp(special.spherical_in, elementwise=True)
def spherical_in(n, z, derivative=False, *, ans, d_ans):
    if derivative:
        curvature = (n * (n + 1) / (z * z) + 1) * special.spherical_in(n, z) - 2 / z * ans
        d_z = d_ans * np.conj(curvature)
    else:
        d_z = d_ans * np.conj(special.spherical_in(n, z, True))
    return d_z


@vjp(special.spherical_kn, elementwise=True)
def spherical_kn(n, z, derivative=False, *, ans, d_ans):
    if derivative:
        curvature = (n * (n + 1) / (z * z) + 1) * special.spherical_kn(n, z) - 2 / z * ans
        d_z = d_ans * np.conj(curvature)
    else:
        d_z = d_ans * np.conj(special.spherical_kn(n, z, True))
    return d_z


@vjp(special.eval_jacobi, elementwise=True)
def eval_jacobi(n, alpha, beta, x, *, ans, d_ans):
    degree = np.where(n == 0, 0, n - 1)
    factor = (n != 0) * (n + alpha + beta + 1) / 2
    d_x = d_ans * factor * special.eval_jacobi(degree, alpha + 1, beta + 1, x)
    return d_x


@vjp(special.eval_legendre, elementwise=True)
def eval_legendre(n, x, *, ans, d_ans):
    d_x = d_ans * (n + 1) / 2 * special.eval_jacobi(n - 1, 1, 1, x)
    return d_x


@vjp(special.eval_chebyt, elementwise=True)
def eval_chebyt(n, x, *, ans, d_ans):
    d_x = d_ans * n * special.eval_chebyu(n - 1, x)
    return d_x


@vjp(special.eval_chebyu, elementwise=True)
def eval_chebyu(n, x, *, ans, d_ans):
    d_x = d_ans * 2 * special.eval_gegenbauer(n - 1, 2, x)
    return d_x


@vjp(special.eval_gegenbauer, elementwise=True)
def eval_gegenbauer(n, alpha, x, *, ans, d_ans):
    d_x = d_ans * 2 * alpha * special.eval_gegenbauer(n - 1, alpha + 1, x)
    return d_x


@vjp(special.eval_genlaguerre, elementwise=True)
def eval_genlaguerre(n, alpha, x, *, ans, d_ans):
    d_x = d_ans * (-special.eval_genlaguerre(n - 1, alpha + 1, x))
    return d_x


@vjp(special.eval_laguerre, elementwise=True)
def eval_laguerre(n, x, *, ans, d_ans):
    d_x = d_ans * (-special.eval_genlaguerre(n - 1, 1, x))
    return d_x


@vjp(special.eval_hermite, elementwise=True)
def eval_hermite(n, x, *, ans, d_ans):
    d_x = d_ans * 2 * n * special.eval_hermite(np.maximum(n - 1, 0), x)
    return d_x


@vjp(special.eval_hermitenorm, elementwise=True)
def eval_hermitenorm(n, x, *, ans, d_ans):
    d_x = d_ans * n * special.eval_hermitenorm(np.maximum(n - 1, 0), x)
    return d_x
