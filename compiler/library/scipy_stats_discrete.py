# mypy: allow-untyped-defs, allow-untyped-calls
"""`scipy.stats`: distributions of whole numbers, and of vectors."""

import math

import numpy as np
from scipy import linalg, special, stats

from .distributions import of
from .registry import stands_for, unsupported

# Distributions of whole numbers -----------------------------------------------------------------------------


@of("poisson")
def poisson_logpmf(k, mu):
    return np.where(k >= 0, special.xlogy(k, mu) - special.gammaln(k + 1) - mu, -np.inf)


@of("poisson")
def poisson_cdf(k, mu):
    return special.pdtr(np.floor(k), mu)


@of("poisson")
def poisson_sf(k, mu):
    return special.pdtrc(np.floor(k), mu)


@of("binom")
def binom_logpmf(k, n, p):
    ways = special.gammaln(n + 1) - (special.gammaln(k + 1) + special.gammaln(n - k + 1))
    return np.where((k >= 0) & (k <= n), ways + special.xlogy(k, p) + special.xlog1py(n - k, -p), -np.inf)


@of("bernoulli")
def bernoulli_logpmf(k, p):
    return np.where((k == 0) | (k == 1), special.xlogy(k, p) + special.xlog1py(1 - k, -p), -np.inf)


@of("geom")
def geom_logpmf(k, p):
    return np.where(k >= 1, special.xlog1py(k - 1, -p) + np.log(p), -np.inf)


@of("nbinom")
def nbinom_logpmf(k, n, p):
    ways = special.gammaln(n + k) - special.gammaln(k + 1) - special.gammaln(n)
    return np.where(k >= 0, ways + n * np.log(p) + special.xlog1py(k, -p), -np.inf)


# Distributions of vectors -----------------------------------------------------------------------------------


@stands_for(stats.multivariate_normal.logpdf)
def multivariate_normal_logpdf(x, mean=None, cov=1):
    """By the Cholesky factor of the covariance, of which SciPy, too, reads the lower triangle."""
    if np.ndim(cov) != 2:
        unsupported("a covariance that is no matrix", "Give it as a matrix, or use scipy.stats.norm.")
    if np.ndim(x) > 2:
        unsupported("points in an array of more than two axes", "Reshape them to rows.")
    factor = np.linalg.cholesky(cov)
    deviations = x if mean is None else x - mean
    z = linalg.solve_triangular(factor, np.transpose(deviations), lower=True)
    logarithm = np.sum(np.log(np.diagonal(factor)))
    return -0.5 * np.sum(z * z, 0) - logarithm - 0.5 * np.shape(cov)[0] * math.log(2 * math.pi)


@stands_for(stats.multivariate_normal.pdf)
def multivariate_normal_pdf(x, mean=None, cov=1):
    return np.exp(stats.multivariate_normal.logpdf(x, mean, cov))


@stands_for(stats.dirichlet.logpdf)
def dirichlet_logpdf(x, alpha):
    if np.ndim(x) > 1:
        unsupported("several points", "Write a loop over them.")
    return special.gammaln(np.sum(alpha)) - np.sum(special.gammaln(alpha)) + np.sum(special.xlogy(alpha - 1, x))


@stands_for(stats.dirichlet.pdf)
def dirichlet_pdf(x, alpha):
    return np.exp(stats.dirichlet.logpdf(x, alpha))
