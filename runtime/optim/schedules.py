"""More schedules: of factors, and of other schedules."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from .lr_scheduler import LRScheduler
from .optimizers import Optimizer


class ConstantLR(LRScheduler):
    """The initial rate times `factor` for `total_iters` epochs, then the initial rate."""

    def __init__(self, optimizer: Optimizer, factor: float = 1 / 3, total_iters: int = 5, last_epoch: int = -1) -> None:
        self.factor, self.total_iters = factor, total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        rates = self.get_last_lr()
        if self.last_epoch == 0:
            return [lr * self.factor for lr in rates]
        return [lr / self.factor for lr in rates] if self.last_epoch == self.total_iters else rates


class PolynomialLR(LRScheduler):
    """The initial rate times (1 - epoch / total_iters) ** power."""

    def __init__(self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1) -> None:
        self.total_iters, self.power = total_iters, power
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        share = 1 - min(self.last_epoch, self.total_iters) / self.total_iters
        return [base * share**self.power for base in self.base_lrs]


class MultiplicativeLR(LRScheduler):
    """The rate times a function of the epoch, every epoch."""

    def __init__(self, optimizer: Optimizer, lr_lambda: Callable[[int], float], last_epoch: int = -1) -> None:
        self.lr_lambda = lr_lambda
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        return [lr * self.lr_lambda(self.last_epoch) if self.last_epoch else lr for lr in self.get_last_lr()]


class CosineAnnealingWarmRestarts(LRScheduler):
    """Half a cosine from the initial rate to `eta_min` in `T_0` epochs, then again in `T_mult` times as many."""

    def __init__(self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0, last_epoch: int = -1
                 ) -> None:
        self.T_0, self.T_mult, self.eta_min = T_0, T_mult, eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        now, length = self.last_epoch, self.T_0
        while now >= length:
            now, length = now - length, length * self.T_mult
        return [self.eta_min + (base - self.eta_min) * (1 + math.cos(math.pi * now / length)) / 2
                for base in self.base_lrs]


class SequentialLR:
    """Schedules one after the other; each begins anew at its milestone."""

    def __init__(self, optimizer: Optimizer, schedulers: Sequence[Any], milestones: Sequence[int]) -> None:
        self.optimizer, self.schedulers, self.milestones = optimizer, list(schedulers), list(milestones)
        self.last_epoch = 0
        self._begin(self.schedulers[0])

    def _begin(self, schedule: Any) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = group["initial_lr"]
        schedule.last_epoch = -1
        schedule.step()

    def step(self) -> None:
        """Go to the next epoch."""
        self.last_epoch += 1
        number = sum(self.last_epoch >= m for m in self.milestones)
        if number and self.last_epoch == self.milestones[number - 1]:
            self._begin(self.schedulers[number])
        else:
            self.schedulers[number].step()

    def get_last_lr(self) -> list[float]:
        """The rates in force."""
        return [group["lr"] for group in self.optimizer.param_groups]


class ChainedScheduler:
    """Schedules that all act, one on what the other made of the rate."""

    def __init__(self, schedulers: Sequence[Any]) -> None:
        self.schedulers = list(schedulers)

    def step(self) -> None:
        """Go to the next epoch."""
        for schedule in self.schedulers:
            schedule.step()

    def get_last_lr(self) -> list[float]:
        """The rates in force."""
        rates: list[float] = self.schedulers[-1].get_last_lr()
        return rates
