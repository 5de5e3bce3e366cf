# mypy: allow-untyped-defs, allow-untyped-calls
"""`scipy.stats`: densities and distribution functions of standard variables (`lower/distributions.py`: loc and scale).

Each is written so that it neither overflows nor cancels where SciPy's own does not.
"""

import math

import numpy as np
from scipy import special

from .distributions import of

LOG_ROOT_TWO_PI = 0.5 * math.log(2 * math.pi)
LOG_TWO = math.log(2)
LOG_PI = math.log(math.pi)
ROOT_TWO = math.sqrt(2)

@of("norm")
def norm_logpdf(z):
    return -z * z / 2 - LOG_ROOT_TWO_PI


@of("norm")
def norm_cdf(z):
    return special.ndtr(z)


@of("norm")
def norm_sf(z):
    return special.ndtr(-z)


@of("norm")
def norm_logcdf(z):
    return special.log_ndtr(z)


@of("norm")
def norm_logsf(z):
    return special.log_ndtr(-z)


@of("norm")
def norm_ppf(q):
    return special.ndtri(q)


@of("norm")
def norm_isf(q):
    return -special.ndtri(q)


@of("expon")
def expon_logpdf(z):
    return np.where(z >= 0, -z, -np.inf)


@of("expon")
def expon_cdf(z):
    return np.where(z > 0, -np.expm1(-z), 0.0)


@of("expon")
def expon_sf(z):
    return np.where(z > 0, np.exp(-z), 1.0)


@of("expon")
def expon_logsf(z):
    return np.where(z > 0, -z, 0.0)


@of("expon")
def expon_ppf(q):
    return -np.log1p(-q)


@of("expon")
def expon_isf(q):
    return -np.log(q)


@of("uniform")
def uniform_logpdf(z):
    return np.where((z >= 0) & (z <= 1), 0.0, -np.inf)


@of("uniform")
def uniform_pdf(z):
    return np.where((z >= 0) & (z <= 1), 1.0, 0.0)


@of("uniform")
def uniform_cdf(z):
    return np.clip(z, 0.0, 1.0)


@of("uniform")
def uniform_sf(z):
    return 1.0 - np.clip(z, 0.0, 1.0)


@of("uniform")
def uniform_ppf(q):
    return 1.0 * q


@of("laplace")
def laplace_logpdf(z):
    return -np.abs(z) - LOG_TWO


@of("laplace")
def laplace_cdf(z):
    half = 0.5 * np.exp(-np.abs(z))
    return np.where(z > 0, 1.0 - half, half)


@of("laplace")
def laplace_sf(z):
    half = 0.5 * np.exp(-np.abs(z))
    return np.where(z > 0, half, 1.0 - half)


@of("laplace")
def laplace_ppf(q):
    return np.where(q > 0.5, -np.log(2.0 * (1.0 - q)), np.log(2.0 * q))


@of("logistic")
def logistic_logpdf(z):
    return special.log_expit(z) + special.log_expit(-z)


@of("logistic")
def logistic_cdf(z):
    return special.expit(z)


@of("logistic")
def logistic_sf(z):
    return special.expit(-z)


@of("logistic")
def logistic_logcdf(z):
    return special.log_expit(z)


@of("logistic")
def logistic_logsf(z):
    return special.log_expit(-z)


@of("logistic")
def logistic_ppf(q):
    return special.logit(q)


@of("logistic")
def logistic_isf(q):
    return -special.logit(q)


@of("cauchy")
def cauchy_logpdf(z):
    return -LOG_PI - 2.0 * np.log(np.hypot(1.0, z))


@of("cauchy")
def cauchy_cdf(z):
    return np.arctan2(1.0, -z) / math.pi


@of("cauchy")
def cauchy_sf(z):
    return np.arctan2(1.0, z) / math.pi


@of("cauchy")
def cauchy_ppf(q):
    return np.tan(math.pi * q - math.pi / 2)


@of("gumbel_r")
def gumbel_r_logpdf(z):
    return -z - np.exp(-z)


@of("gumbel_r")
def gumbel_r_cdf(z):
    return np.exp(-np.exp(-z))


@of("gumbel_r")
def gumbel_r_logcdf(z):
    return -np.exp(-z)


@of("gumbel_r")
def gumbel_r_ppf(q):
    return -np.log(-np.log(q))


@of("halfnorm")
def halfnorm_logpdf(z):
    return np.where(z >= 0, -z * z / 2 + LOG_TWO - LOG_ROOT_TWO_PI, -np.inf)


@of("halfnorm")
def halfnorm_cdf(z):
    return np.where(z > 0, special.erf(z / ROOT_TWO), 0.0)


@of("halfnorm")
def halfnorm_sf(z):
    return np.where(z > 0, special.erfc(z / ROOT_TWO), 1.0)


@of("halfnorm")
def halfnorm_ppf(q):
    return ROOT_TWO * special.erfinv(q)


@of("rayleigh")
def rayleigh_ppf(q):
    return np.sqrt(-2.0 * np.log1p(-q))


@of("rayleigh")
def rayleigh_logpdf(z):
    return np.where(z > 0, np.log(z) - z * z / 2, -np.inf)


@of("rayleigh")
def rayleigh_sf(z):
    return np.where(z > 0, np.exp(-z * z / 2), 1.0)


@of("rayleigh")
def rayleigh_cdf(z):
    return np.where(z > 0, -np.expm1(-z * z / 2), 0.0)
