# mypy: allow-untyped-defs
"""`scipy.special`: integrals and relatives of Bessel functions, shifted polynomials, what is rarer."""

import math

import numpy as np
from scipy import special

from .registry import vjp, zero_derivative

# Bessel functions and their integrals ------------------------------------------------------------------------

@vjp(special.jve, elementwise=True, holomorphic=False)
def jve(v, z, *, ans, d_ans):
    """For real z."""
    d_z = d_ans * (special.jve(v - 1, z) - special.jve(v + 1, z)) / 2
    return d_z


@vjp(special.airye, elementwise=True, holomorphic=False)
def airye(z, *, ans, d_ans):
    """For real z: Ai and Ai' by e^(2/3 z^(3/2)) (nan for z < 0), Bi and Bi' by its inverse (1 for z < 0)."""
    root = np.sqrt(np.where(z > 0, z, 0))
    by_ai = d_ans[0] * (ans[1] + root * ans[0]) + d_ans[1] * (z * ans[0] + root * ans[1])
    by_bi = d_ans[2] * (ans[3] - root * ans[2]) + d_ans[3] * (z * ans[2] - root * ans[3])
    d_z = by_bi + np.where(z < 0, 0, by_ai)
    return d_z


@vjp(special.yve, elementwise=True, holomorphic=False)
def yve(v, z, *, ans, d_ans):
    """For real z."""
    d_z = d_ans * (special.yve(v - 1, z) - special.yve(v + 1, z)) / 2
    return d_z


@vjp(special.hankel1e, elementwise=True)
def hankel1e(v, z, *, ans, d_ans):
    d_z = d_ans * np.conj((special.hankel1e(v - 1, z) - special.hankel1e(v + 1, z)) / 2 - 1j * ans)
    return d_z


@vjp(special.hankel2e, elementwise=True)
def hankel2e(v, z, *, ans, d_ans):
    d_z = d_ans * np.conj((special.hankel2e(v - 1, z) - special.hankel2e(v + 1, z)) / 2 + 1j * ans)
    return d_z


@vjp(special.jvp, elementwise=True)
def jvp(v, z, n=1, *, ans, d_ans):
    d_z = d_ans * np.conj(special.jvp(v, z, n + 1))
    return d_z


@vjp(special.yvp, elementwise=True)
def yvp(v, z, n=1, *, ans, d_ans):
    d_z = d_ans * np.conj(special.yvp(v, z, n + 1))
    return d_z


@vjp(special.ivp, elementwise=True)
def ivp(v, z, n=1, *, ans, d_ans):
    d_z = d_ans * np.conj(special.ivp(v, z, n + 1))
    return d_z


@vjp(special.kvp, elementwise=True)
def kvp(v, z, n=1, *, ans, d_ans):
    d_z = d_ans * np.conj(special.kvp(v, z, n + 1))
    return d_z


@vjp(special.h1vp, elementwise=True)
def h1vp(v, z, n=1, *, ans, d_ans):
    d_z = d_ans * np.conj(special.h1vp(v, z, n + 1))
    return d_z


@vjp(special.h2vp, elementwise=True)
def h2vp(v, z, n=1, *, ans, d_ans):
    d_z = d_ans * np.conj(special.h2vp(v, z, n + 1))
    return d_z


@vjp(special.struve, elementwise=True)
def struve(v, x, *, ans, d_ans):
    """DLMF 11.4.23 and 11.4.24."""
    rest = np.power(x / 2, v) * special.rgamma(v + 1.5) / (2 * math.sqrt(math.pi))
    d_x = d_ans * ((special.struve(v - 1, x) - special.struve(v + 1, x)) / 2 + rest)
    return d_x


@vjp(special.modstruve, elementwise=True)
def modstruve(v, x, *, ans, d_ans):
    rest = np.power(x / 2, v) * special.rgamma(v + 1.5) / (2 * math.sqrt(math.pi))
    d_x = d_ans * ((special.modstruve(v - 1, x) + special.modstruve(v + 1, x)) / 2 + rest)
    return d_x


@vjp(special.ber, elementwise=True)
def ber(x, *, ans, d_ans):
    d_x = d_ans * special.berp(x)
    return d_x


@vjp(special.bei, elementwise=True)
def bei(x, *, ans, d_ans):
    d_x = d_ans * special.beip(x)
    return d_x


@vjp(special.ker, elementwise=True)
def ker(x, *, ans, d_ans):
    d_x = d_ans * special.kerp(x)
    return d_x


@vjp(special.kei, elementwise=True)
def kei(x, *, ans, d_ans):
    d_x = d_ans * special.keip(x)
    return d_x


@vjp(special.berp, elementwise=True, singular=True)
def berp(x, *, ans, d_ans):
    d_x = d_ans * (-special.bei(x) - ans / x)
    return d_x


@vjp(special.beip, elementwise=True, singular=True)
def beip(x, *, ans, d_ans):
    d_x = d_ans * (special.ber(x) - ans / x)
    return d_x


@vjp(special.kerp, elementwise=True, singular=True)
def kerp(x, *, ans, d_ans):
    d_x = d_ans * (-special.kei(x) - ans / x)
    return d_x


@vjp(special.keip, elementwise=True, singular=True)
def keip(x, *, ans, d_ans):
    d_x = d_ans * (special.ker(x) - ans / x)
    return d_x


@vjp(special.itj0y0, elementwise=True)
def itj0y0(x, *, ans, d_ans):
    d_x = d_ans[0] * special.j0(x) + d_ans[1] * special.y0(x)
    return d_x


@vjp(special.iti0k0, elementwise=True)
def iti0k0(x, *, ans, d_ans):
    d_x = d_ans[0] * special.i0(x) + d_ans[1] * special.k0(x)
    return d_x


@vjp(special.it2j0y0, elementwise=True)
def it2j0y0(x, *, ans, d_ans):
    d_x = (d_ans[0] * (1 - special.j0(x)) - d_ans[1] * special.y0(x)) / x
    return d_x


@vjp(special.it2i0k0, elementwise=True)
def it2i0k0(x, *, ans, d_ans):
    d_x = (d_ans[0] * (special.i0(x) - 1) - d_ans[1] * special.k0(x)) / x
    return d_x


@vjp(special.itstruve0, elementwise=True)
def itstruve0(x, *, ans, d_ans):
    d_x = d_ans * special.struve(0, x)
    return d_x


@vjp(special.itmodstruve0, elementwise=True)
def itmodstruve0(x, *, ans, d_ans):
    d_x = d_ans * special.modstruve(0, x)
    return d_x


@vjp(special.it2struve0, elementwise=True)
def it2struve0(x, *, ans, d_ans):
    d_x = -d_ans * special.struve(0, x) / x
    return d_x


@vjp(special.itairy, elementwise=True)
def itairy(x, *, ans, d_ans):
    forth = special.airy(x)
    back = special.airy(-x)
    d_x = d_ans[0] * forth[0] + d_ans[1] * forth[2] + d_ans[2] * back[0] + d_ans[3] * back[2]
    return d_x


@vjp(special.wright_bessel, elementwise=True)
def wright_bessel(a, b, x, *, ans, d_ans):
    d_x = d_ans * special.wright_bessel(a, a + b, x)
    return d_x


@vjp(special.pbdv, elementwise=True)
def pbdv(v, x, *, ans, d_ans):
    """Weber's equation, DLMF 12.2.4."""
    d_x = d_ans[0] * ans[1] + d_ans[1] * (x * x / 4 - v - 0.5) * ans[0]
    return d_x


@vjp(special.pbvv, elementwise=True)
def pbvv(v, x, *, ans, d_ans):
    d_x = d_ans[0] * ans[1] + d_ans[1] * (x * x / 4 - v - 0.5) * ans[0]
    return d_x


@vjp(special.pbwa, elementwise=True)
def pbwa(a, x, *, ans, d_ans):
    d_x = d_ans[0] * ans[1] + d_ans[1] * (a - x * x / 4) * ans[0]
    return d_x


# Polynomials and functions of Legendre -----------------------------------------------------------------------

@vjp(special.eval_chebyc, elementwise=True)
def eval_chebyc(n, x, *, ans, d_ans):
    """2 T_n(x / 2)."""
    d_x = d_ans * n * special.eval_chebyu(n - 1, x / 2)
    return d_x


@vjp(special.eval_chebys, elementwise=True)
def eval_chebys(n, x, *, ans, d_ans):
    """U_n(x / 2)."""
    d_x = d_ans * special.eval_gegenbauer(n - 1, 2, x / 2)
    return d_x


@vjp(special.eval_sh_chebyt, elementwise=True)
def eval_sh_chebyt(n, x, *, ans, d_ans):
    d_x = d_ans * 2 * n * special.eval_chebyu(n - 1, 2 * x - 1)
    return d_x


@vjp(special.eval_sh_chebyu, elementwise=True)
def eval_sh_chebyu(n, x, *, ans, d_ans):
    d_x = d_ans * 4 * special.eval_gegenbauer(n - 1, 2, 2 * x - 1)
    return d_x


@vjp(special.eval_sh_legendre, elementwise=True)
def eval_sh_legendre(n, x, *, ans, d_ans):
    d_x = d_ans * (n + 1) * special.eval_jacobi(n - 1, 1, 1, 2 * x - 1)
    return d_x


@vjp(special.eval_sh_jacobi, elementwise=True)
def eval_sh_jacobi(n, p, q, x, *, ans, d_ans):
    degree = np.where(n == 0, 0, n - 1)
    slope = (n != 0) * (n + p) * special.eval_jacobi(degree, p - q + 1, q, 2 * x - 1)
    d_x = d_ans * slope / special.binom(2 * n + p - 1, n)
    return d_x


@vjp(special.lpmv, elementwise=True, singular=True)
def lpmv(m, v, x, *, ans, d_ans):
    """DLMF 14.10.5."""
    d_x = d_ans * (v * x * ans - (v + m) * special.lpmv(m, v - 1, x)) / (x * x - 1)
    return d_x


# Exponentials, logarithms, counting --------------------------------------------------------------------------

@vjp(special.exprel, elementwise=True)
def exprel(x, *, ans, d_ans):
    """The integral of t exp(t x) over (0, 1)."""
    d_x = d_ans * special.hyp1f1(2, 3, x) / 2
    return d_x


@vjp(special.boxcox1p, elementwise=True)
def boxcox1p(x, lmbda, *, ans, d_ans):
    d_x = d_ans * np.power(1 + x, lmbda - 1)
    return d_x


@vjp(special.inv_boxcox, elementwise=True)
def inv_boxcox(y, lmbda, *, ans, d_ans):
    d_y = d_ans * np.power(ans, 1 - lmbda)
    return d_y


@vjp(special.inv_boxcox1p, elementwise=True)
def inv_boxcox1p(y, lmbda, *, ans, d_ans):
    d_y = d_ans * np.power(1 + ans, 1 - lmbda)
    return d_y


@vjp(special.spence, elementwise=True)
def spence(z, *, ans, d_ans):
    """log(z) / (1 - z), which is -1 at 1."""
    d_z = -d_ans * np.conj(special.hyp2f1(1, 1, 2, 1 - z))
    return d_z


@vjp(special.wrightomega, elementwise=True)
def wrightomega(z, *, ans, d_ans):
    d_z = d_ans * np.conj(ans / (1 + ans))
    return d_z


@vjp(special.shichi, elementwise=True)
def shichi(x, *, ans, d_ans):
    d_x = d_ans[0] * special.spherical_in(0, x) + d_ans[1] * np.cosh(x) / x
    return d_x


@vjp(special.cotdg, elementwise=True)
def cotdg(x, *, ans, d_ans):
    d_x = -d_ans * (1 + ans * ans) * math.pi / 180
    return d_x


@vjp(special.radian, elementwise=True)
def radian(d, m, s, *, ans, d_ans):
    d_d = d_ans * math.pi / 180
    d_m = d_ans * math.pi / (180 * 60)
    d_s = d_ans * math.pi / (180 * 3600)
    return d_d, d_m, d_s


@vjp(special.comb, elementwise=True)
def comb(N, k, *, ans, d_ans):
    d_N = d_ans * ans * (special.psi(N + 1) - special.psi(N - k + 1))
    d_k = d_ans * ans * (special.psi(N - k + 1) - special.psi(k + 1))
    return d_N, d_k


@vjp(special.perm, elementwise=True)
def perm(N, k, *, ans, d_ans):
    d_N = d_ans * ans * (special.psi(N + 1) - special.psi(N - k + 1))
    d_k = d_ans * ans * special.psi(N - k + 1)
    return d_N, d_k


@vjp(special.factorial, elementwise=True)
def factorial(n, *, ans, d_ans):
    d_n = d_ans * ans * special.psi(n + 1)
    return d_n


if hasattr(special, "softplus"):  # SciPy 1.15

    @vjp(special.softplus, elementwise=True)
    def softplus(x, *, ans, d_ans):
        d_x = d_ans * special.expit(x)
        return d_x


if hasattr(special, "log_wright_bessel"):  # SciPy 1.14

    @vjp(special.log_wright_bessel, elementwise=True)
    def log_wright_bessel(a, b, x, *, ans, d_ans):
        d_x = d_ans * np.exp(special.log_wright_bessel(a, a + b, x) - ans)
        return d_x


# Steps, and what is computed from whole numbers
zero_derivative(special.round, special.gammasgn, special.bernoulli, special.euler)
zero_derivative(*(getattr(special, name) for name in dir(special) if name.endswith("_zeros")))
zero_derivative(*(getattr(special, name) for name in ("stirling2",) if hasattr(special, name)))  # SciPy 1.14
zero_derivative(special.roots_legendre, special.roots_chebyt, special.roots_chebyu, special.roots_chebyc,
                special.roots_chebys, special.roots_hermite, special.roots_hermitenorm, special.roots_laguerre,
                special.roots_sh_chebyt, special.roots_sh_chebyu, special.roots_sh_legendre)
