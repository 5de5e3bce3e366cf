"""`torch.save` and `torch.load`: pickles of Tensors and state dictionaries, in a format of our own.

`load` makes only Tensors, arrays, numbers, strings and plain containers unless `weights_only=False`: a pickle from a
stranger could run code.
"""

from __future__ import annotations

import pickle
from typing import Any, Final

#: What a file of weights may hold, by (module, name).
_ALLOWED: Final = frozenset({
    ("collections", "OrderedDict"), ("builtins", "set"), ("builtins", "frozenset"), ("builtins", "complex"),
    ("numpy", "dtype"), ("numpy", "ndarray"), ("numpy._core.multiarray", "_reconstruct"),
    ("numpy.core.multiarray", "_reconstruct"), ("numpy._core.multiarray", "scalar"),
    ("numpy.core.multiarray", "scalar"), ("numpy._core.numeric", "_frombuffer"), ("_codecs", "encode"),
    ("pullback.runtime.tensor", "Tensor"), ("pullback.runtime.tensor", "rebuild"), ("pullback.runtime.tensor", "Size"),
    ("pullback.runtime.nn.modules", "Parameter"),
})


class _Weights(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """A class that weights may need.

        raises: UnpicklingError, for any other
        """
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"Weights only load failed: {module}.{name} is not allowed. Pass "
                                         "weights_only=False if you trust the file.")
        return super().find_class(module, name)


def save(obj: Any, f: Any) -> None:
    """Write an object to a file (a path or an open binary file)."""
    if hasattr(f, "write"):
        pickle.dump(obj, f)
        return
    with open(f, "wb") as file:
        pickle.dump(obj, file)


def load(f: Any, map_location: Any = None, *, weights_only: bool = True) -> Any:
    """Read what `save` wrote.

    weights_only: make nothing but Tensors and plain containers
    raises      : UnpicklingError, for a file that holds something else
    """
    reader = _Weights if weights_only else pickle.Unpickler
    if hasattr(f, "read"):
        return reader(f).load()
    with open(f, "rb") as file:
        return reader(file).load()
