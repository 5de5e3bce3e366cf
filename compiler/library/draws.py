# mypy: allow-untyped-defs
"""Families of random numbers as functions of standard ones: `normal(z, loc, scale)` is what `rng.normal` draws."""

import numpy as np


def normal(z, loc=0.0, scale=1.0):
    return loc + scale * z


def uniform(u, low=0.0, high=1.0):
    return low + (high - low) * u


def scaled(z, scale=1.0):
    return scale * z


def lognormal(z, mean=0.0, sigma=1.0):
    return np.exp(mean + sigma * z)


#: The method's name: the function, the standard draw, and the parameters that the standard draw keeps.
DRAWS = {
    "normal": (normal, "standard_normal", ()),
    "uniform": (uniform, "random", ()),
    "exponential": (scaled, "standard_exponential", ()),
    "laplace": (normal, "laplace", ()),
    "logistic": (normal, "logistic", ()),
    "gumbel": (normal, "gumbel", ()),
    "lognormal": (lognormal, "standard_normal", ()),
    "rayleigh": (scaled, "rayleigh", ()),
    "gamma": (scaled, "standard_gamma", ("shape",)),
}
#: What the standard draw is given where it is a family itself.
STANDARD = {"laplace": (0.0, 1.0), "logistic": (0.0, 1.0), "gumbel": (0.0, 1.0), "rayleigh": (1.0,)}
