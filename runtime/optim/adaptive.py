"""Optimisers that adapt each parameter's rate: RMSprop, Adagrad, Adamax."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .optimizers import Array, Optimizer, check


class RMSprop(Optimizer):
    """w -= lr g / (sqrt(average of g^2) + eps)."""

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
    ) -> None:
        check("learning rate", lr)
        super().__init__(
            params,
            {
                "lr": lr,
                "alpha": alpha,
                "eps": eps,
                "weight_decay": weight_decay,
                "momentum": momentum,
                "centered": centered,
            },
        )

    def _update(self, w: Array, g: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        if not state:
            state.update(square_avg=np.zeros_like(w), grad_avg=np.zeros_like(w), momentum_buffer=np.zeros_like(w))
        if group["weight_decay"]:
            g = g + group["weight_decay"] * w
        v = state["square_avg"]
        v *= group["alpha"]
        v += (1 - group["alpha"]) * g * g
        if group["centered"]:
            state["grad_avg"] += (g - state["grad_avg"]) * (1 - group["alpha"])
            v = v - state["grad_avg"] ** 2
        direction = g / (np.sqrt(v) + group["eps"])
        if group["momentum"]:
            b = state["momentum_buffer"]
            b *= group["momentum"]
            b += direction
            direction = b
        w -= group["lr"] * direction


class Adagrad(Optimizer):
    """w -= lr g / (sqrt(sum of g^2) + eps)."""

    def __init__(self, params: Iterable[Any], lr: float = 1e-2, lr_decay: float = 0.0, weight_decay: float = 0.0,
                 initial_accumulator_value: float = 0.0, eps: float = 1e-10) -> None:
        check("learning rate", lr)
        super().__init__(params, {"lr": lr, "lr_decay": lr_decay, "weight_decay": weight_decay, "eps": eps,
                                  "initial_accumulator_value": initial_accumulator_value})

    def _update(self, w: Array, g: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        if not state:
            state.update(step=0, sum=np.full_like(w, group["initial_accumulator_value"]))
        state["step"] += 1
        if group["weight_decay"]:
            g = g + group["weight_decay"] * w
        state["sum"] += g * g
        w -= group["lr"] / (1 + (state["step"] - 1) * group["lr_decay"]) * (g / (np.sqrt(state["sum"]) + group["eps"]))


class Adamax(Optimizer):
    """w -= lr m / u, with m the bias-corrected average of the gradient and u the largest it was, slowly forgotten."""

    def __init__(self, params: Iterable[Any], lr: float = 2e-3, betas: tuple[float, float] = (0.9, 0.999),
                 eps: float = 1e-8, weight_decay: float = 0.0) -> None:
        check("learning rate", lr)
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    def _update(self, w: Array, g: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        if not state:
            state.update(step=0, exp_avg=np.zeros_like(w), exp_inf=np.zeros_like(w))
        state["step"] += 1
        beta1, beta2 = group["betas"]
        if group["weight_decay"]:
            g = g + group["weight_decay"] * w
        m, u = state["exp_avg"], state["exp_inf"]
        m += (g - m) * (1 - beta1)
        np.maximum(u * beta2, np.abs(g) + group["eps"], out=u)
        w -= group["lr"] / (1 - beta1 ** state["step"]) * (m / u)
