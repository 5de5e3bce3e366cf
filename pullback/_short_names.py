"""`import pullback.nn.functional as F`, as users of PyTorch write it: short names of modules of the runtime.

Each of `pullback/nn.py`, `optim.py`, `autograd.py`, ... stands for one; the module itself is loaded once.
"""

from __future__ import annotations

import importlib
import sys


def stand_for(name: str, home: str, parts: tuple[str, ...] = ()) -> None:
    """Make `name` (the importing module's `__name__`) the module `home`, and `name.part` its attribute of that name."""
    import pullback

    pullback.connect()
    module = importlib.import_module(home)
    for part in parts:
        sys.modules[f"{name}.{part}"] = getattr(module, part)
    sys.modules[name] = module
