"""`torch.optim`: SGD, Adam, AdamW, Adamax, RMSprop, Adagrad, and learning-rate schedules."""

from . import lr_scheduler, schedules
from .adaptive import Adagrad, Adamax, RMSprop
from .optimizers import SGD, Adam, AdamW, Optimizer

for _schedule in (schedules.ConstantLR, schedules.PolynomialLR, schedules.MultiplicativeLR,
                  schedules.CosineAnnealingWarmRestarts, schedules.SequentialLR, schedules.ChainedScheduler):
    setattr(lr_scheduler, _schedule.__name__, _schedule)  # PyTorch's users look for all of them there

__all__ = ["SGD", "Adagrad", "Adam", "AdamW", "Adamax", "Optimizer", "RMSprop", "lr_scheduler"]
