"""`torch.func`: stands for `pullback.runtime.autograd_func`."""

from ._short_names import stand_for

stand_for(__name__, "pullback.runtime.autograd_func")
