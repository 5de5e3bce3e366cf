"""`torch.linalg`: stands for `pullback.runtime.linalg_functions`."""

from ._short_names import stand_for

stand_for(__name__, "pullback.runtime.linalg_functions")
