# mypy: allow-untyped-defs
"""`scipy.special`: error functions, gamma and beta families, zeta, integrals of exponentials, elliptic integrals."""

import math

import numpy as np
from scipy import special

from ...runtime.special import hurwitz_slope
from .registry import vjp

# Error functions and the normal distribution ---------------------------------------------------------------

TWO_OVER_ROOT_PI = 2 / math.sqrt(math.pi)
ROOT_TWO_PI = math.sqrt(2 * math.pi)


@vjp(special.erf, elementwise=True)
def erf(x, *, ans, d_ans):
    d_x = d_ans * TWO_OVER_ROOT_PI * np.conj(np.exp(-x * x))
    return d_x


@vjp(special.erfc, elementwise=True)
def erfc(x, *, ans, d_ans):
    d_x = -d_ans * TWO_OVER_ROOT_PI * np.conj(np.exp(-x * x))
    return d_x


@vjp(special.erfi, elementwise=True)
def erfi(x, *, ans, d_ans):
    d_x = d_ans * TWO_OVER_ROOT_PI * np.conj(np.exp(x * x))
    return d_x


@vjp(special.erfcx, elementwise=True)
def erfcx(x, *, ans, d_ans):
    d_x = d_ans * np.conj(2 * x * ans - TWO_OVER_ROOT_PI)
    return d_x


@vjp(special.dawsn, elementwise=True)
def dawsn(x, *, ans, d_ans):
    d_x = d_ans * np.conj(1 - 2 * x * ans)
    return d_x


@vjp(special.wofz, elementwise=True)
def wofz(z, *, ans, d_ans):
    d_z = d_ans * np.conj(TWO_OVER_ROOT_PI * 1j - 2 * z * ans)
    return d_z


@vjp(special.erfinv, elementwise=True)
def erfinv(y, *, ans, d_ans):
    d_y = d_ans * np.exp(ans * ans) / TWO_OVER_ROOT_PI
    return d_y


@vjp(special.erfcinv, elementwise=True)
def erfcinv(y, *, ans, d_ans):
    d_y = -d_ans * np.exp(ans * ans) / TWO_OVER_ROOT_PI
    return d_y


@vjp(special.ndtr, elementwise=True)
def ndtr(x, *, ans, d_ans):
    d_x = d_ans * np.conj(np.exp(-x * x / 2)) / ROOT_TWO_PI
    return d_x


@vjp(special.ndtri, elementwise=True)
def ndtri(y, *, ans, d_ans):
    d_y = d_ans * np.exp(ans * ans / 2) * ROOT_TWO_PI
    return d_y


@vjp(special.log_ndtr, elementwise=True)
def log_ndtr(x, *, ans, d_ans):
    """The density by the distribution, as one quotient that neither overflows nor cancels."""
    d_x = d_ans * math.sqrt(2 / math.pi) / special.erfcx(-x / math.sqrt(2))
    return d_x


@vjp(special.ndtri_exp, elementwise=True)
def ndtri_exp(y, *, ans, d_ans):
    d_y = d_ans * np.exp(y + ans * ans / 2) * ROOT_TWO_PI
    return d_y


# Gamma and beta families -----------------------------------------------------------------------------------


@vjp(special.gamma, elementwise=True)
def gamma(x, *, ans, d_ans):
    d_x = d_ans * np.conj(ans * special.psi(x))
    return d_x


@vjp(special.gammaln, elementwise=True)
def gammaln(x, *, ans, d_ans):
    d_x = d_ans * special.psi(x)
    return d_x


@vjp(special.loggamma, elementwise=True)
def loggamma(x, *, ans, d_ans):
    d_x = d_ans * np.conj(special.psi(x))
    return d_x


@vjp(special.rgamma, elementwise=True)
def rgamma(x, *, ans, d_ans):
    d_x = -d_ans * np.conj(ans * special.psi(x))
    return d_x


@vjp(special.psi, elementwise=True)
def psi(x, *, ans, d_ans):
    d_x = d_ans * special.polygamma(1, x)
    return d_x


@vjp(special.polygamma, elementwise=True)
def polygamma(n, x, *, ans, d_ans):
    d_x = d_ans * special.polygamma(n + 1, x)
    return d_x


@vjp(special.gammainc, elementwise=True)
def gammainc(a, x, *, ans, d_ans):
    """The density of the gamma distribution."""
    d_x = d_ans * np.exp(special.xlogy(a - 1, x) - x - special.gammaln(a))
    return d_x


@vjp(special.gammaincc, elementwise=True)
def gammaincc(a, x, *, ans, d_ans):
    d_x = -d_ans * np.exp(special.xlogy(a - 1, x) - x - special.gammaln(a))
    return d_x


@vjp(special.gammaincinv, elementwise=True)
def gammaincinv(a, y, *, ans, d_ans):
    d_y = d_ans * np.exp(special.gammaln(a) + ans - special.xlogy(a - 1, ans))
    return d_y


@vjp(special.gammainccinv, elementwise=True)
def gammainccinv(a, y, *, ans, d_ans):
    d_y = -d_ans * np.exp(special.gammaln(a) + ans - special.xlogy(a - 1, ans))
    return d_y


@vjp(special.beta, elementwise=True)
def beta(a, b, *, ans, d_ans):
    d_a = d_ans * ans * (special.psi(a) - special.psi(a + b))
    d_b = d_ans * ans * (special.psi(b) - special.psi(a + b))
    return d_a, d_b


@vjp(special.betaln, elementwise=True)
def betaln(a, b, *, ans, d_ans):
    d_a = d_ans * (special.psi(a) - special.psi(a + b))
    d_b = d_ans * (special.psi(b) - special.psi(a + b))
    return d_a, d_b


@vjp(special.betainc, elementwise=True)
def betainc(a, b, x, *, ans, d_ans):
    """The density of the beta distribution."""
    d_x = d_ans * np.exp(special.xlogy(a - 1, x) + special.xlog1py(b - 1, -x) - special.betaln(a, b))
    return d_x


@vjp(special.betaincc, elementwise=True)
def betaincc(a, b, x, *, ans, d_ans):
    d_x = -d_ans * np.exp(special.xlogy(a - 1, x) + special.xlog1py(b - 1, -x) - special.betaln(a, b))
    return d_x


@vjp(special.betaincinv, elementwise=True)
def betaincinv(a, b, y, *, ans, d_ans):
    d_y = d_ans / np.exp(special.xlogy(a - 1, ans) + special.xlog1py(b - 1, -ans) - special.betaln(a, b))
    return d_y


@vjp(special.binom, elementwise=True)
def binom(x, y, *, ans, d_ans):
    d_x = d_ans * ans * (special.psi(x + 1) - special.psi(x - y + 1))
    d_y = d_ans * ans * (special.psi(x - y + 1) - special.psi(y + 1))
    return d_x, d_y


@vjp(special.poch, elementwise=True)
def poch(z, m, *, ans, d_ans):
    d_z = d_ans * ans * (special.psi(z + m) - special.psi(z))
    d_m = d_ans * ans * special.psi(z + m)
    return d_z, d_m


# Zeta functions ---------------------------------------------------------------------------------------------


@vjp(special.zeta, elementwise=True)
def zeta(x, q=None, *, ans, d_ans):
    """Hurwitz's; Riemann's is that of q = 1. With respect to x for x > -1 (nan beyond)."""
    if q is None:
        d_x = d_ans * hurwitz_slope(x, 1.0, 1)
        d_q = None
    else:
        d_x = d_ans * hurwitz_slope(x, q, 1)
        d_q = -d_ans * x * special.zeta(x + 1, q)
    return d_x, d_q


@vjp(special.zetac, elementwise=True)
def zetac(x, *, ans, d_ans):
    d_x = d_ans * hurwitz_slope(x, 1.0, 1)
    return d_x


@vjp(hurwitz_slope, elementwise=True)
def hurwitz_slope_(x, q, order, *, ans, d_ans):
    """Of zeta'(x, q) and so on (order >= 1), with d zeta(x, q) / dq = -x zeta(x + 1, q)."""
    d_x = d_ans * hurwitz_slope(x, q, order + 1)
    d_q = -d_ans * (x * hurwitz_slope(x + 1, q, order) + order * hurwitz_slope(x + 1, q, order - 1))
    return d_x, d_q


# Exponentials, integrals, series ----------------------------------------------------------------------------


@vjp(special.exp10, elementwise=True)
def exp10(x, *, ans, d_ans):
    d_x = d_ans * ans * math.log(10)
    return d_x


@vjp(special.exp2, elementwise=True)
def exp2(x, *, ans, d_ans):
    d_x = d_ans * ans * math.log(2)
    return d_x


@vjp(special.expm1, elementwise=True)
def expm1(x, *, ans, d_ans):
    d_x = d_ans * np.conj(ans + 1)
    return d_x


@vjp(special.log1p, elementwise=True)
def log1p(x, *, ans, d_ans):
    d_x = d_ans / np.conj(1 + x)
    return d_x


@vjp(special.cbrt, elementwise=True, singular=True)
def cbrt(x, *, ans, d_ans):
    """The derivative at 0 is inf."""
    d_x = d_ans / (3 * ans * ans)
    return d_x


@vjp(special.cosm1, elementwise=True)
def cosm1(x, *, ans, d_ans):
    d_x = -d_ans * np.sin(x)
    return d_x


@vjp(special.sindg, elementwise=True)
def sindg(x, *, ans, d_ans):
    d_x = d_ans * special.cosdg(x) * math.pi / 180
    return d_x


@vjp(special.cosdg, elementwise=True)
def cosdg(x, *, ans, d_ans):
    d_x = -d_ans * special.sindg(x) * math.pi / 180
    return d_x


@vjp(special.tandg, elementwise=True)
def tandg(x, *, ans, d_ans):
    d_x = d_ans * (1 + ans * ans) * math.pi / 180
    return d_x


@vjp(special.powm1, elementwise=True, singular=True)
def powm1(x, y, *, ans, d_ans):
    d_x = d_ans * y * np.power(x, y - 1)
    d_y = d_ans * (ans + 1) * np.log(x)
    return d_x, d_y


@vjp(special.expi, elementwise=True)
def expi(x, *, ans, d_ans):
    d_x = d_ans * np.conj(np.exp(x) / x)
    return d_x


@vjp(special.exp1, elementwise=True)
def exp1(x, *, ans, d_ans):
    d_x = -d_ans * np.conj(np.exp(-x) / x)
    return d_x


@vjp(special.expn, elementwise=True)
def expn(n, x, *, ans, d_ans):
    d_x = -d_ans * special.expn(n - 1, x)
    return d_x


@vjp(special.sici, elementwise=True)
def sici(x, *, ans, d_ans):
    d_x = d_ans[0] * np.sinc(x / math.pi) + d_ans[1] * np.cos(x) / x
    return d_x


@vjp(special.fresnel, elementwise=True)
def fresnel(z, *, ans, d_ans):
    phase = np.conj(z * z * (math.pi / 2))
    d_z = d_ans[0] * np.sin(phase) + d_ans[1] * np.cos(phase)
    return d_z


@vjp(special.hyp1f1, elementwise=True)
def hyp1f1(a, b, x, *, ans, d_ans):
    d_x = d_ans * np.conj(special.hyp1f1(a + 1, b + 1, x)) * a / b
    return d_x


@vjp(special.hyp2f1, elementwise=True)
def hyp2f1(a, b, c, z, *, ans, d_ans):
    d_z = d_ans * np.conj(special.hyp2f1(a + 1, b + 1, c + 1, z)) * a * b / c
    return d_z


@vjp(special.hyp0f1, elementwise=True)
def hyp0f1(v, z, *, ans, d_ans):
    d_z = d_ans * np.conj(special.hyp0f1(v + 1, z)) / v
    return d_z


@vjp(special.hyperu, elementwise=True)
def hyperu(a, b, x, *, ans, d_ans):
    d_x = -d_ans * special.hyperu(a + 1, b + 1, x) * a
    return d_x


@vjp(special.lambertw, elementwise=True)
def lambertw(z, k=0, *, ans, d_ans):
    """exp(-w) / (1 + w); the branch point -1/e has no derivative."""
    d_z = d_ans / np.conj(np.exp(ans) * (1 + ans))
    return d_z


@vjp(special.boxcox, elementwise=True)
def boxcox(x, lmbda, *, ans, d_ans):
    d_x = d_ans * np.power(x, lmbda - 1)
    logarithm = np.log(x)
    d_lmbda = d_ans * logarithm * logarithm * special.hyp1f1(2, 3, lmbda * logarithm) / 2
    return d_x, d_lmbda


@vjp(special.stdtr, elementwise=True)
def stdtr(df, t, *, ans, d_ans):
    """The density of Student's distribution."""
    scale = np.exp(-special.betaln(df / 2, 0.5)) / np.sqrt(df)
    d_t = d_ans * scale * np.power(1 + t * t / df, -(df + 1) / 2)
    return d_t


@vjp(special.chdtr, elementwise=True)
def chdtr(v, x, *, ans, d_ans):
    """The density of the chi-squared distribution."""
    d_x = d_ans * np.exp(special.xlogy(v / 2 - 1, x / 2) - x / 2 - special.gammaln(v / 2)) / 2
    return d_x
