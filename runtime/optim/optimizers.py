"""Optimisers. Each updates its parameters in place, outside of the graph, by PyTorch's formulas in PyTorch's order.

>>> from ..creation import tensor
>>> w = tensor([1.0], requires_grad=True)
>>> optimizer = SGD([w], lr=0.5)
>>> (w * w).sum().backward()
>>> optimizer.step()
>>> w
tensor([0.], requires_grad=True)
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ..dispatch import TensorCore, bump, wrap
from ..grad_mode import state as mode

Array = np.ndarray[Any, Any]


class Optimizer:
    """What all optimisers share: groups of parameters with options, and a state for each parameter.

    params   : Tensors, or dictionaries {"params": Tensors, option: value, ...}
    defaults : options of the groups that do not name them
    """

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        if isinstance(params, TensorCore):
            raise TypeError("params argument given to the optimizer should be an iterable of Tensors or dicts, but "
                            "got a Tensor")
        self.defaults = defaults
        self.state: dict[int, dict[str, Any]] = {}
        self.param_groups: list[dict[str, Any]] = []
        given = list(params)
        if not given:
            raise ValueError("optimizer got an empty parameter list")
        for group in given if isinstance(given[0], dict) else [{"params": given}]:
            self.add_param_group(group)

    def add_param_group(self, group: dict[str, Any]) -> None:
        """Add parameters with their own options.

        raises: TypeError, for what is no Tensor; ValueError, for one that is no leaf or is there already
        """
        params = [group["params"]] if isinstance(group["params"], TensorCore) else list(group["params"])
        known = {id(p) for g in self.param_groups for p in g["params"]}
        for p in params:
            if not isinstance(p, TensorCore):
                raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {type(p).__name__}")
            if p._node is not None:
                raise ValueError("can't optimize a non-leaf Tensor")
            if id(p) in known:
                raise ValueError("some parameters appear in more than one parameter group")
        self.param_groups.append({**self.defaults, **group, "params": params})

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients."""
        for group in self.param_groups:
            for p in group["params"]:
                if set_to_none:
                    p._grad = None
                elif p._grad is not None:
                    p._grad = wrap(np.zeros_like(p._grad._array))

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update the parameters that have a gradient; `closure` computes the loss again and is returned."""
        loss = None
        if closure is not None:
            previous, mode.enabled = mode.enabled, True
            try:
                loss = closure()
            finally:
                mode.enabled = previous
        for group in self.param_groups:
            for p in group["params"]:
                if p._grad is not None:
                    self._update(p._array, p._grad._array, self.state.setdefault(id(p), {}), group)
                    bump(p)
        return loss

    def _update(self, w: Array, g: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        raise NotImplementedError(f"{type(self).__name__} has no update")

    def state_dict(self) -> dict[str, Any]:
        """State and options, parameters by number."""
        numbers: dict[int, int] = {}
        groups = []
        for group in self.param_groups:
            for p in group["params"]:
                numbers.setdefault(id(p), len(numbers))
            groups.append(
                {
                    **{k: v for k, v in group.items() if k != "params"},
                    "params": [numbers[id(p)] for p in group["params"]],
                }
            )
        return {
            "state": {numbers[key]: {name: wrap(v) if isinstance(v, np.ndarray) else v for name, v in value.items()}
                      for key, value in self.state.items() if key in numbers},
            "param_groups": groups,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        state_dict = copy.deepcopy(state_dict)
        if len(state_dict["param_groups"]) != len(self.param_groups):
            raise ValueError("loaded state dict has a different number of parameter groups")
        for group, saved in zip(self.param_groups, state_dict["param_groups"], strict=True):
            group.update({k: v for k, v in saved.items() if k != "params"})
            for p, number in zip(group["params"], saved["params"], strict=True):
                if number in state_dict["state"]:
                    self.state[id(p)] = {name: v._array if isinstance(v, TensorCore) else v
                                         for name, v in state_dict["state"][number].items()}

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for k, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {k}")
            lines += [f"    {name}: {group[name]}" for name in sorted(group) if name != "params"]
        return "\n".join([*lines, ")"])


def check(name: str, value: float) -> None:
    if value < 0:
        raise ValueError(f"Invalid {name}: {value}")


class SGD(Optimizer):
    """w -= lr v, with v the gradient, or its average with momentum."""

    def __init__(self, params: Iterable[Any], lr: float = 1e-3, momentum: float = 0.0, dampening: float = 0.0,
                 weight_decay: float = 0.0, nesterov: bool = False, *, maximize: bool = False) -> None:
        check("learning rate", lr)
        check("momentum value", momentum)
        check("weight_decay value", weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        super().__init__(params, {"lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay,
                                  "nesterov": nesterov, "maximize": maximize})

    def _update(self, w: Array, g: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        if group["maximize"]:
            g = -g
        if group["weight_decay"]:
            g = g + group["weight_decay"] * w
        if group["momentum"]:
            v = state.get("momentum_buffer")
            if v is None:
                v = state["momentum_buffer"] = np.array(g)
            else:
                v *= group["momentum"]
                v += (1 - group["dampening"]) * g
            g = g + group["momentum"] * v if group["nesterov"] else v
        w -= group["lr"] * g


class Adam(Optimizer):
    """w -= lr m / (sqrt(v) + eps), with m and v the bias-corrected averages of the gradient and its square."""

    _decoupled = False

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        check("learning rate", lr)
        check("epsilon value", eps)
        check("weight_decay value", weight_decay)
        for k, beta in enumerate(betas):
            if not 0 <= beta < 1:
                raise ValueError(f"Invalid beta parameter at index {k}: {beta}")
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "amsgrad": amsgrad,
                "maximize": maximize,
            },
        )

    def _update(self, w: Array, g: Array, state: dict[str, Any], group: dict[str, Any]) -> None:
        if not state:
            state.update(step=0, exp_avg=np.zeros_like(w), exp_avg_sq=np.zeros_like(w))
        state["step"] += 1
        beta1, beta2 = group["betas"]
        if group["maximize"]:
            g = -g
        if group["weight_decay"]:
            if self._decoupled:
                w *= 1 - group["lr"] * group["weight_decay"]
            else:
                g = g + group["weight_decay"] * w
        m, v = state["exp_avg"], state["exp_avg_sq"]
        m += (g - m) * (1 - beta1)
        v *= beta2
        v += (1 - beta2) * g * g
        if group["amsgrad"]:
            top = state.setdefault("max_exp_avg_sq", np.zeros_like(w))
            v = np.maximum(top, v, out=top)
        size = group["lr"] / (1 - beta1 ** state["step"])
        scale = math.sqrt(1 - beta2 ** state["step"])
        w -= size * (m / (np.sqrt(v) / scale + group["eps"]))


class AdamW(Adam):
    """Adam whose weight decay acts on the weights, not on the gradient."""

    _decoupled = True

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize)
