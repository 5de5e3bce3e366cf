"""Floating-point warnings off, as PyTorch has none: `token = quiet(SILENT)` ... `loud(token)`.

`np.errstate` costs more than a small operation. What it does is to set one context variable; this sets the same one
to a state made once. Where NumPy keeps its state elsewhere, `np.errstate` itself is used.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

SILENT: Any
quiet: Any
loud: Any

try:
    from numpy._core.umath import _extobj_contextvar, _make_extobj
except ImportError:  # not NumPy 2.0 to 2.x: the public way
    SILENT = None

    def quiet(_: None) -> np.errstate:
        """Enter `np.errstate(all="ignore")`."""
        context = np.errstate(all="ignore")
        context.__enter__()
        return context

    def loud(context: np.errstate) -> None:
        """Leave it."""
        context.__exit__(None, None, None)
else:
    SILENT = _make_extobj(all="ignore")
    quiet = _extobj_contextvar.set
    loud = _extobj_contextvar.reset

__all__: Final = ["SILENT", "loud", "quiet"]
