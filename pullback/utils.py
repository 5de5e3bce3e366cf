"""`torch.utils`: stands for `pullback.runtime.utils`."""

from ._short_names import stand_for

stand_for(__name__, "pullback.runtime.utils", ("checkpoint", "data"))
