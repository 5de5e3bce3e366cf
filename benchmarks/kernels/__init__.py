"""Loop and array kernels of the kind that NPBench and PolyBench hold, written anew in plain NumPy.

Each ends with the sum of what it computes, so that it has a gradient; each leaves its arguments as they are.
"""

from __future__ import annotations

from . import networks, others, products, solvers, statistics, stencils, weather
from .kernel import Kernel

MODULES = (stencils, solvers, products, weather, statistics, networks, others)


def kernels() -> list[Kernel]:
    """All kernels, by family of program."""
    return [kernel for module in MODULES for kernel in module.KERNELS]
