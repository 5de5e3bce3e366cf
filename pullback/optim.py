"""`torch.optim`: stands for `pullback.runtime.optim`."""

from ._short_names import stand_for

stand_for(__name__, "pullback.runtime.optim", ("lr_scheduler",))
