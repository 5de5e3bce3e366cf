"""`torch.nn`: stands for `pullback.runtime.nn`."""

from ._short_names import stand_for

stand_for(__name__, "pullback.runtime.nn", ("functional", "init", "utils"))
