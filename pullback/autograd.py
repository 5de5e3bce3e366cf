"""`torch.autograd`: stands for `pullback.runtime.autograd`."""

from ._short_names import stand_for

stand_for(__name__, "pullback.runtime.autograd", ("functional", "function", "graph"))
