# mypy: allow-untyped-defs, allow-untyped-calls
"""Distributions: the table of their standard functions, and what is made of them."""

import sys
from typing import Any

import numpy as np

#: {name of the distribution: {method: function of the standard variable and the shapes}}
STANDARD: dict[str, dict[str, Any]] = {}


def of(*distributions):
    """Register the decorated function, called <anything>_<method>, for distributions of `scipy.stats`."""

    def register(function):
        for name in distributions:
            STANDARD.setdefault(name, {})[function.__name__.rsplit("_", 1)[1]] = function
        return function

    return register


def exp_of(logarithm, z, *shapes):
    return np.exp(logarithm(z, *shapes))


def log_of(probability, z, *shapes):
    return np.log(probability(z, *shapes))


def rest_of(probability, z, *shapes):
    return 1.0 - probability(z, *shapes)


def log_rest_of(probability, z, *shapes):
    return np.log1p(-probability(z, *shapes))


def of_rest(quantile, q, *shapes):
    return quantile(1.0 - q, *shapes)


#: {method: (the method that it is made of, how)}, first the best.
MADE: dict[str, list[Any]] = {
    "pdf": [("logpdf", exp_of)], "pmf": [("logpmf", exp_of)], "logcdf": [("cdf", log_of)],
    "logsf": [("sf", log_of), ("cdf", log_rest_of)], "sf": [("cdf", rest_of)], "isf": [("ppf", of_rest)],
}


def standard_of(fn: Any) -> Any:
    """What a bound method such as `stats.norm.logpdf` is of the standard variable; None where nobody has written it.

    returns : a function, and what makes the method of it (None: it is the method)
    """
    distribution = fn.__self__
    name = getattr(distribution, "name", "")
    public = getattr(sys.modules.get("scipy.stats"), str(name), None)
    if type(public) is not type(distribution):  # a frozen distribution holds a copy
        return None
    known = STANDARD.get(name, {})
    if fn.__name__ in known:
        return known[fn.__name__], None
    return next(((known[source], how) for source, how in MADE.get(fn.__name__, ()) if source in known), None)
