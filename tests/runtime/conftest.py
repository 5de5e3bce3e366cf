"""The `torch` fixture: each test of the engine runs under pullback and, where it is installed, under PyTorch itself.

So what a test expects is what PyTorch was seen to do, and a difference shows as one of the two runs failing.
"""

import importlib

import numpy as np
import pytest

from pullback.compiler.rules import loader
from pullback.runtime import table

table.set_loader(loader.load)


@pytest.fixture(params=["pullback", "pytorch"])
def torch(request):
    """The library under test; the second is the specification."""
    if request.param == "pytorch":
        library = pytest.importorskip("torch", reason="PyTorch is not installed: expectations are those recorded")
        library.manual_seed(0)
        library.set_warn_always(True)  # else some warnings come once a process
        return library
    library = importlib.import_module("pullback.runtime.torch_api")
    library.manual_seed(0)
    return library


@pytest.fixture
def pb():
    """pullback's engine alone, for what PyTorch has not."""
    return importlib.import_module("pullback.runtime.torch_api")


@pytest.fixture
def rng():
    return np.random.default_rng(0)
