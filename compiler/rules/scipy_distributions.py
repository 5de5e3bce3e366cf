# mypy: allow-untyped-defs
"""`scipy.special`: distributions and elliptic integrals.

Of distributions the derivative by the variable is the density; by a shape parameter there is mostly none.
"""

import math

import numpy as np
from scipy import special

from .registry import vjp

# Distributions -----------------------------------------------------------------------------------------------

@vjp(special.betainccinv, elementwise=True)
def betainccinv(a, b, y, *, ans, d_ans):
    d_y = -d_ans / np.exp(special.xlogy(a - 1, ans) + special.xlog1py(b - 1, -ans) - special.betaln(a, b))
    return d_y


@vjp(special.chdtrc, elementwise=True)
def chdtrc(v, x, *, ans, d_ans):
    d_x = -d_ans * np.exp(special.xlogy(v / 2 - 1, x / 2) - x / 2 - special.gammaln(v / 2)) / 2
    return d_x


@vjp(special.chdtri, elementwise=True)
def chdtri(v, p, *, ans, d_ans):
    density = np.exp(special.xlogy(v / 2 - 1, ans / 2) - ans / 2 - special.gammaln(v / 2)) / 2
    d_p = -d_ans / density
    return d_p


@vjp(special.fdtr, elementwise=True)
def fdtr(dfn, dfd, x, *, ans, d_ans):
    """Of F: betainc(dfn / 2, dfd / 2, share) with share = dfn x / (dfn x + dfd)."""
    share = dfn * x / (dfn * x + dfd)
    scale = dfn * dfd / (dfn * x + dfd) ** 2
    logarithm = special.xlogy(dfn / 2 - 1, share) + special.xlog1py(dfd / 2 - 1, -share)
    density = scale * np.exp(logarithm - special.betaln(dfn / 2, dfd / 2))
    d_x = d_ans * density
    return d_x


@vjp(special.fdtrc, elementwise=True)
def fdtrc(dfn, dfd, x, *, ans, d_ans):
    share = dfn * x / (dfn * x + dfd)
    scale = dfn * dfd / (dfn * x + dfd) ** 2
    logarithm = special.xlogy(dfn / 2 - 1, share) + special.xlog1py(dfd / 2 - 1, -share)
    density = scale * np.exp(logarithm - special.betaln(dfn / 2, dfd / 2))
    d_x = -d_ans * density
    return d_x


@vjp(special.fdtri, elementwise=True)
def fdtri(dfn, dfd, p, *, ans, d_ans):
    share = dfn * ans / (dfn * ans + dfd)
    scale = dfn * dfd / (dfn * ans + dfd) ** 2
    logarithm = special.xlogy(dfn / 2 - 1, share) + special.xlog1py(dfd / 2 - 1, -share)
    density = scale * np.exp(logarithm - special.betaln(dfn / 2, dfd / 2))
    d_p = d_ans / density
    return d_p


@vjp(special.gdtr, elementwise=True)
def gdtr(a, b, x, *, ans, d_ans):
    """gammainc(b, a x)."""
    density = np.exp(special.xlogy(b - 1, a * x) - a * x - special.gammaln(b))
    d_a = d_ans * x * density
    d_x = d_ans * a * density
    return d_a, d_x


@vjp(special.gdtrc, elementwise=True)
def gdtrc(a, b, x, *, ans, d_ans):
    density = np.exp(special.xlogy(b - 1, a * x) - a * x - special.gammaln(b))
    d_a = -d_ans * x * density
    d_x = -d_ans * a * density
    return d_a, d_x


@vjp(special.gdtrix, elementwise=True)
def gdtrix(a, b, p, *, ans, d_ans):
    density = np.exp(special.xlogy(b - 1, a * ans) - a * ans - special.gammaln(b))
    d_a = -d_ans * ans / a
    d_p = d_ans / (a * density)
    return d_a, d_p


@vjp(special.pdtr, elementwise=True)
def pdtr(k, m, *, ans, d_ans):
    """Poisson's distribution by its mean: minus the mass at k."""
    mass = np.exp(special.xlogy(np.floor(k), m) - m - special.gammaln(np.floor(k) + 1))
    d_m = -d_ans * mass
    return d_m


@vjp(special.pdtrc, elementwise=True)
def pdtrc(k, m, *, ans, d_ans):
    mass = np.exp(special.xlogy(np.floor(k), m) - m - special.gammaln(np.floor(k) + 1))
    d_m = d_ans * mass
    return d_m


@vjp(special.pdtri, elementwise=True)
def pdtri(k, y, *, ans, d_ans):
    mass = np.exp(special.xlogy(k, ans) - ans - special.gammaln(k + 1))
    d_y = -d_ans / mass
    return d_y


@vjp(special.bdtr, elementwise=True)
def bdtr(k, n, p, *, ans, d_ans):
    """betainc(n - k, k + 1, 1 - p)."""
    whole = np.floor(k)
    logarithm = special.xlogy(whole, p) + special.xlog1py(n - whole - 1, -p)
    density = np.exp(logarithm - special.betaln(whole + 1, n - whole))
    d_p = -d_ans * density
    return d_p


@vjp(special.bdtrc, elementwise=True)
def bdtrc(k, n, p, *, ans, d_ans):
    whole = np.floor(k)
    logarithm = special.xlogy(whole, p) + special.xlog1py(n - whole - 1, -p)
    density = np.exp(logarithm - special.betaln(whole + 1, n - whole))
    d_p = d_ans * density
    return d_p


@vjp(special.bdtri, elementwise=True)
def bdtri(k, n, y, *, ans, d_ans):
    whole = np.floor(k)
    logarithm = special.xlogy(whole, ans) + special.xlog1py(n - whole - 1, -ans)
    density = np.exp(logarithm - special.betaln(whole + 1, n - whole))
    d_y = -d_ans / density
    return d_y


@vjp(special.nbdtr, elementwise=True)
def nbdtr(k, n, p, *, ans, d_ans):
    """betainc(n, k + 1, p)."""
    density = np.exp(special.xlogy(n - 1, p) + special.xlog1py(k, -p) - special.betaln(n, k + 1))
    d_p = d_ans * density
    return d_p


@vjp(special.nbdtrc, elementwise=True)
def nbdtrc(k, n, p, *, ans, d_ans):
    density = np.exp(special.xlogy(n - 1, p) + special.xlog1py(k, -p) - special.betaln(n, k + 1))
    d_p = -d_ans * density
    return d_p


@vjp(special.nbdtri, elementwise=True)
def nbdtri(k, n, y, *, ans, d_ans):
    density = np.exp(special.xlogy(n - 1, ans) + special.xlog1py(k, -ans) - special.betaln(n, k + 1))
    d_y = d_ans / density
    return d_y


@vjp(special.stdtrit, elementwise=True)
def stdtrit(df, p, *, ans, d_ans):
    scale = np.exp(-special.betaln(df / 2, 0.5)) / np.sqrt(df)
    d_p = d_ans / (scale * np.power(1 + ans * ans / df, -(df + 1) / 2))
    return d_p


@vjp(special.nrdtrimn, elementwise=True)
def nrdtrimn(p, std, x, *, ans, d_ans):
    """x - std ndtri(p)."""
    deviation = (x - ans) / std
    d_p = -d_ans * std * math.sqrt(2 * math.pi) * np.exp(deviation * deviation / 2)
    d_std = -d_ans * deviation
    d_x = d_ans
    return d_p, d_std, d_x


@vjp(special.owens_t, elementwise=True)
def owens_t(h, a, *, ans, d_ans):
    d_h = -d_ans * np.exp(-h * h / 2) * special.erf(a * h / math.sqrt(2)) / (2 * math.sqrt(2 * math.pi))
    d_a = d_ans * np.exp(-h * h * (1 + a * a) / 2) / (2 * math.pi * (1 + a * a))
    return d_h, d_a


@vjp(special.voigt_profile, elementwise=True)
def voigt_profile(x, sigma, gamma, *, ans, d_ans):
    """The real part of Faddeeva's function, for sigma > 0."""
    z = (x + 1j * gamma) / (sigma * math.sqrt(2))
    slope = (2j / math.sqrt(math.pi) - 2 * z * special.wofz(z)) / (sigma * math.sqrt(2 * math.pi))
    d_x = d_ans * np.real(slope) / (sigma * math.sqrt(2))
    d_sigma = -d_ans * (ans + np.real(slope * z)) / sigma
    d_gamma = -d_ans * np.imag(slope) / (sigma * math.sqrt(2))
    return d_x, d_sigma, d_gamma


# Elliptic integrals ------------------------------------------------------------------------------------------

@vjp(special.ellipk, elementwise=True)
def ellipk(m, *, ans, d_ans):
    """In Carlson's integrals, which do not cancel at m = 0: DLMF 19.4.1 and 19.25.1."""
    d_m = d_ans * (ans - special.elliprd(0, 1 - m, 1) / 3) / (2 * (1 - m))
    return d_m


@vjp(special.ellipkm1, elementwise=True)
def ellipkm1(p, *, ans, d_ans):
    d_p = -d_ans * (ans - special.elliprd(0, p, 1) / 3) / (2 * p)
    return d_p


@vjp(special.ellipe, elementwise=True)
def ellipe(m, *, ans, d_ans):
    d_m = -d_ans * special.elliprd(0, 1 - m, 1) / 6
    return d_m


@vjp(special.ellipkinc, elementwise=True)
def ellipkinc(phi, m, *, ans, d_ans):
    d_phi = d_ans / np.sqrt(1 - m * np.sin(phi) ** 2)
    return d_phi


@vjp(special.ellipeinc, elementwise=True)
def ellipeinc(phi, m, *, ans, d_ans):
    d_phi = d_ans * np.sqrt(1 - m * np.sin(phi) ** 2)
    return d_phi


@vjp(special.ellipj, elementwise=True)
def ellipj(u, m, *, ans, d_ans):
    """DLMF 22.13."""
    d_sn = d_ans[0] * ans[1] * ans[2] - d_ans[1] * ans[0] * ans[2]
    d_u = d_sn - d_ans[2] * m * ans[0] * ans[1] + d_ans[3] * ans[2]
    return d_u


@vjp(special.elliprf, elementwise=True)
def elliprf(x, y, z, *, ans, d_ans):
    """DLMF 19.18.1."""
    d_x = -d_ans * np.conj(special.elliprd(y, z, x)) / 6
    d_y = -d_ans * np.conj(special.elliprd(x, z, y)) / 6
    d_z = -d_ans * np.conj(special.elliprd(x, y, z)) / 6
    return d_x, d_y, d_z


@vjp(special.elliprc, elementwise=True)
def elliprc(x, y, *, ans, d_ans):
    """elliprf(x, y, y), for y > 0."""
    d_x = -d_ans * np.conj(special.elliprd(y, y, x)) / 6
    d_y = -d_ans * np.conj(special.elliprd(x, y, y)) / 3
    return d_x, d_y


@vjp(special.agm, elementwise=True)
def agm(a, b, *, ans, d_ans):
    """pi / (2 elliprf(0, a a, b b))."""
    scale = 2 * ans * ans / (3 * math.pi)
    d_a = d_ans * scale * a * special.elliprd(0, b * b, a * a)
    d_b = d_ans * scale * b * special.elliprd(0, a * a, b * b)
    return d_a, d_b
