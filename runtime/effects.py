"""What compiled code leaves in containers, objects and names from outside: writes that happen once, in order.

What is kept there must not change when compiled code later stores into its arrays: it gets copies.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def kept(value: Any) -> Any:
    """A value as something outside may hold it: its arrays are copies, its lists, tuples and dicts new ones.

    >>> row = np.zeros(2)
    >>> held = kept({"row": row, "step": 3})
    >>> row[0] = 1.0
    >>> held["row"].tolist(), held["step"]
    ([0.0, 0.0], 3)
    """
    if isinstance(value, np.ndarray):
        return value.copy()
    if type(value) in (list, tuple):
        return type(value)(kept(v) for v in value)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(kept(v) for v in value))
    if type(value) is dict:
        return {key: kept(v) for key, v in value.items()}
    return value


__all__ = ["kept"]
