"""SciPy's functions by their public names: this layer knows them without importing SciPy.

A function of SciPy is defined in a private module (`scipy.linalg._basic.solve`) and used under a public one.
"""

from __future__ import annotations

import sys
from typing import Any

#: Functions without effect, by public module. Options that write into an argument are listed in `effects`.
_PURE = {
    "scipy.fft": "dct dst",
    "scipy.linalg": """
        bandwidth cholesky cho_factor cho_solve det eigh eigvalsh expm inv ishermitian issymmetric logm lu lu_factor
        lu_solve norm solve solve_banded solve_sylvester solve_triangular sqrtm
        """,
    "scipy.special": """
        ai_zeros comb diric erf_zeros factorial factorial2 jn_zeros jnp_zeros log_softmax logsumexp multigammaln perm
        polygamma roots_chebyt roots_hermite roots_hermitenorm roots_laguerre roots_legendre softmax softplus
        spherical_in spherical_jn spherical_kn spherical_yn stirling2 yn_zeros zeta
        """,
    "scipy.signal": "convolve correlate fftconvolve lfilter oaconvolve",
    "scipy.ndimage": "convolve convolve1d correlate correlate1d",
}
PURE: dict[str, frozenset[str]] = {module: frozenset(names.split()) for module, names in _PURE.items()}


def public_name(target: Any) -> tuple[str, str] | None:
    """The public module of a function of SciPy's, and its name there; None for other functions.

    >>> from scipy import linalg
    >>> public_name(linalg.solve)
    ('scipy.linalg', 'solve')
    """
    parts = str(getattr(target, "__module__", "") or "").split(".")
    if parts[0] != "scipy" or len(parts) < 2:
        return None
    name = str(getattr(target, "__name__", ""))
    for count in range(len(parts), 1, -1):
        module = ".".join(parts[:count])
        if not any(part.startswith("_") for part in parts[:count]) \
                and getattr(sys.modules.get(module), name, None) is target:
            return module, name
    return None


def is_pure_in_scipy(target: Any) -> bool:
    """Is it a function of SciPy's that is known to have no effect?"""
    found = public_name(target)
    return found is not None and found[1] in PURE.get(found[0], ())


#: Functions that call a function of the user's, which an operator gives a meaning to: the module of the compiler that
#: interprets their calls. It is imported at the first one.
_SOLVERS = (
    ("scipy.integrate", "quad", "scipy_integrals"),
    ("scipy.integrate", "odeint solve_ivp", "scipy_odes"),
    ("scipy.optimize", "curve_fit", "scipy_fits"),
    ("scipy.optimize", """
        bisect brenth brentq fixed_point fsolve least_squares minimize minimize_scalar newton ridder root
        root_scalar toms748
        """, "scipy_solvers"),
)
SOLVERS = {(module, name): home for module, names, home in _SOLVERS for name in names.split()}


def home_of_solver(target: Any) -> str | None:
    """The module that interprets a call of `target`; None for what is no solver."""
    found = public_name(target)
    return None if found is None else SOLVERS.get(found)


#: What to write in place of a function of SciPy's that has no derivative.
INSTEAD = {
    ("scipy.optimize", "linprog"): "A vertex moves in jumps: differentiate a smoothed problem with `pb.implicit`.",
}
