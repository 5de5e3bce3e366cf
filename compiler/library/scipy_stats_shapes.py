# mypy: allow-untyped-defs, allow-untyped-calls
"""`scipy.stats`: distributions with shapes, of standard variables."""

import math

import numpy as np
from scipy import special

from .distributions import of

LOG_ROOT_TWO_PI = 0.5 * math.log(2 * math.pi)
LOG_TWO = math.log(2)
LOG_PI = math.log(math.pi)


@of("t")
def t_logpdf(z, df):
    scale = special.gammaln((df + 1) / 2) - special.gammaln(df / 2) - 0.5 * (np.log(df) + LOG_PI)
    return scale - (df + 1) / 2 * np.log1p(z * z / df)


@of("t")
def t_cdf(z, df):
    return special.stdtr(df, z)


@of("t")
def t_sf(z, df):
    return special.stdtr(df, -z)


@of("t")
def t_ppf(q, df):
    return special.stdtrit(df, q)


@of("gamma")
def gamma_logpdf(z, a):
    return np.where(z >= 0, special.xlogy(a - 1.0, z) - z - special.gammaln(a), -np.inf)


@of("gamma")
def gamma_cdf(z, a):
    return special.gammainc(a, np.maximum(z, 0.0))


@of("gamma")
def gamma_sf(z, a):
    return special.gammaincc(a, np.maximum(z, 0.0))


@of("gamma")
def gamma_ppf(q, a):
    return special.gammaincinv(a, q)


@of("gamma")
def gamma_isf(q, a):
    return special.gammainccinv(a, q)


@of("invgamma")
def invgamma_logpdf(z, a):
    return np.where(z > 0, -(a + 1) * np.log(z) - special.gammaln(a) - 1.0 / z, -np.inf)


@of("chi2")
def chi2_logpdf(z, df):
    return np.where(z >= 0, special.xlogy(df / 2 - 1, z) - z / 2 - special.gammaln(df / 2) - LOG_TWO * df / 2, -np.inf)


@of("chi2")
def chi2_cdf(z, df):
    return special.gammainc(df / 2, np.maximum(z, 0.0) / 2)


@of("chi2")
def chi2_sf(z, df):
    return special.gammaincc(df / 2, np.maximum(z, 0.0) / 2)


@of("chi2")
def chi2_ppf(q, df):
    return 2.0 * special.gammaincinv(df / 2, q)


@of("beta")
def beta_logpdf(z, a, b):
    inside = (z >= 0) & (z <= 1)
    return np.where(inside, special.xlog1py(b - 1.0, -z) + special.xlogy(a - 1.0, z) - special.betaln(a, b), -np.inf)


@of("beta")
def beta_cdf(z, a, b):
    return special.betainc(a, b, np.clip(z, 0.0, 1.0))


@of("beta")
def beta_sf(z, a, b):
    return special.betaincc(a, b, np.clip(z, 0.0, 1.0))


@of("beta")
def beta_ppf(q, a, b):
    return special.betaincinv(a, b, q)


@of("lognorm")
def lognorm_logpdf(z, s):
    logarithm = np.log(np.where(z > 0, z, 1.0))
    return np.where(z > 0, -(logarithm / s) ** 2 / 2 - logarithm - np.log(s) - LOG_ROOT_TWO_PI, -np.inf)


@of("lognorm")
def lognorm_cdf(z, s):
    return np.where(z > 0, special.ndtr(np.log(np.where(z > 0, z, 1.0)) / s), 0.0)


@of("lognorm")
def lognorm_sf(z, s):
    return np.where(z > 0, special.ndtr(-np.log(np.where(z > 0, z, 1.0)) / s), 1.0)


@of("lognorm")
def lognorm_ppf(q, s):
    return np.exp(s * special.ndtri(q))


@of("weibull_min")
def weibull_min_logpdf(z, c):
    inside = np.where(z >= 0, z, 1.0)
    return np.where(z >= 0, np.log(c) + special.xlogy(c - 1, inside) - inside ** c, -np.inf)


@of("weibull_min")
def weibull_min_cdf(z, c):
    return -np.expm1(-np.maximum(z, 0.0) ** c)


@of("weibull_min")
def weibull_min_sf(z, c):
    return np.exp(-np.maximum(z, 0.0) ** c)


@of("weibull_min")
def weibull_min_logsf(z, c):
    return -np.maximum(z, 0.0) ** c


@of("weibull_min")
def weibull_min_ppf(q, c):
    return (-np.log1p(-q)) ** (1.0 / c)


@of("pareto")
def pareto_logpdf(z, b):
    inside = np.where(z >= 1, z, 1.0)
    return np.where(z >= 1, np.log(b) - (b + 1) * np.log(inside), -np.inf)


@of("pareto")
def pareto_cdf(z, b):
    return 1.0 - np.maximum(z, 1.0) ** -b


@of("pareto")
def pareto_sf(z, b):
    return np.maximum(z, 1.0) ** -b


@of("pareto")
def pareto_ppf(q, b):
    return (1.0 - q) ** (-1.0 / b)
