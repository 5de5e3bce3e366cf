"""All derivative rules: importing this package fills the registry.

One module for each part of NumPy, with the names of NumPy's own parts. Modules for SciPy are loaded when a
function of SciPy is first asked for (`registry.rule_for`), so that `import pullback` does not import SciPy.
"""

from . import (  # noqa: F401
    choices,
    contractions,
    creation,
    differences,
    elementwise,
    fft,
    helpers,
    indexing,
    joining,
    linalg,
    nondifferentiable,
    norms,
    polynomials,
    products,
    reductions,
    scalar_math,
    shaping,
    sparse,
    splines,
    statistics,
    stores,
    tangents_linalg,
    tangents_others,
    tangents_reductions,
    trigonometric,
    ufunc_methods,
)
from .registry import Rule, all_rules, has_zero_derivative, rule_for

__all__ = ["Rule", "all_rules", "has_zero_derivative", "rule_for"]
