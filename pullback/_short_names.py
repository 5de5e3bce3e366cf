"""`import pullback.nn.functional as F`, as users of PyTorch write it: short names of modules of the runtime.

A finder on `sys.meta_path` answers for the names in HOMES with the module itself, so that nothing is loaded twice.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import sys
from types import ModuleType
from typing import Any

RUNTIME = "pullback.runtime"
#: Where in the runtime the module of a short name stands.
HOMES = {
    "autograd": "autograd", "autograd.function": "function", "autograd.functional": "autograd_functional",
    "autograd.graph": "autograd_hooks", "func": "autograd_func", "linalg": "linalg_functions", "nn": "nn",
    "nn.functional": "nn.functional", "nn.init": "nn.init", "nn.modules": "nn.modules", "nn.utils": "nn.utils",
    "optim": "optim", "optim.lr_scheduler": "optim.lr_scheduler", "utils": "utils",
    "utils.checkpoint": "utils_checkpoint", "utils.data": "utils_data",
}


class Finder:
    """Finds `pullback.<short name>`; it is its own loader."""

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        """The spec for a short name; None for any other."""
        package, _, short = name.partition(".")
        if package != "pullback" or short not in HOMES:
            return None
        return importlib.machinery.ModuleSpec(name, Finder())  # type: ignore[arg-type]

    @staticmethod
    def create_module(spec: importlib.machinery.ModuleSpec) -> ModuleType:
        """The module itself, loaded under its own name."""
        import pullback

        pullback.connect()
        module = importlib.import_module(f"{RUNTIME}.{HOMES[spec.name.partition('.')[2]]}")
        spec.loader_state = module.__spec__  # the import system is about to write over it
        return module

    @staticmethod
    def exec_module(module: ModuleType) -> None:
        """Nothing is left to run: give the module its own spec back."""
        assert module.__spec__ is not None
        module.__spec__ = module.__spec__.loader_state


def install() -> None:
    """Put the finder first, once."""
    if not any(isinstance(finder, Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, Finder())
