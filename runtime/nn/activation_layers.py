"""Activations and losses as modules: each calls the function of `torch.nn.functional` that it is named after."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import functional as F
from .modules import Module


class Applied(Module):
    """A module that calls one function with options, which are its attributes.

    shown: the options that stand in its repr
    """

    function: Callable[..., Any]
    defaults: dict[str, Any]
    shown: tuple[str, ...]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        if len(args) > len(self.defaults):
            raise TypeError(f"{type(self).__name__}() takes {len(self.defaults)} arguments but {len(args)} were given")
        given = {**dict(zip(self.defaults, args)), **kwargs}  # noqa: B905 (the rest keep their defaults)
        unknown = [name for name in given if name not in self.defaults]
        if unknown:
            raise TypeError(f"{type(self).__name__}() got an unexpected keyword argument {unknown[0]!r}")
        for name, value in {**self.defaults, **given}.items():
            if name in ("weight", "pos_weight"):
                self.register_buffer(name, value)
            else:
                setattr(self, name, value)

    def forward(self, *inputs: Any) -> Any:
        return type(self).function(*inputs, **{name: getattr(self, name) for name in self.defaults})

    def extra_repr(self) -> str:
        return ", ".join(f"{name}={getattr(self, name)!r}" for name in self.shown)


def _module(name: str, function: Callable[..., Any], shown: bool = True, **defaults: Any) -> type[Applied]:
    """The module `name` of a function and its options."""
    visible = tuple(d for d in defaults if d not in ("inplace", "reduction", "weight")) if shown else ()
    return type(name, (Applied,), {
        "function": staticmethod(function), "defaults": defaults, "shown": visible, "__module__": __name__,
        "__doc__": f"`functional.{getattr(function, '__name__', name)}` as a module.",
    })


ReLU = _module("ReLU", F.relu, inplace=False)
ReLU6 = _module("ReLU6", F.relu6)
LeakyReLU = _module("LeakyReLU", F.leaky_relu, negative_slope=0.01, inplace=False)
ELU = _module("ELU", F.elu, alpha=1.0, inplace=False)
SELU = _module("SELU", F.selu, inplace=False)
CELU = _module("CELU", F.celu, alpha=1.0, inplace=False)
GELU = _module("GELU", F.gelu, approximate="none")
SiLU = _module("SiLU", F.silu, inplace=False)
Mish = _module("Mish", F.mish, inplace=False)
Softplus = _module("Softplus", F.softplus, beta=1.0, threshold=20.0)
Softsign = _module("Softsign", F.softsign)
Sigmoid = _module("Sigmoid", F.sigmoid)
LogSigmoid = _module("LogSigmoid", F.logsigmoid)
Tanh = _module("Tanh", F.tanh)
Tanhshrink = _module("Tanhshrink", F.tanhshrink)
Hardtanh = _module("Hardtanh", F.hardtanh, min_val=-1.0, max_val=1.0)
Hardsigmoid = _module("Hardsigmoid", F.hardsigmoid, inplace=False)
Hardswish = _module("Hardswish", F.hardswish, inplace=False)
Hardshrink = _module("Hardshrink", F.hardshrink, lambd=0.5)
Softshrink = _module("Softshrink", F.softshrink, lambd=0.5)
Softmax = _module("Softmax", F.softmax, dim=None)
Softmin = _module("Softmin", F.softmin, dim=None)
LogSoftmax = _module("LogSoftmax", F.log_softmax, dim=None)
GLU = _module("GLU", F.glu, dim=-1)
CosineSimilarity = _module("CosineSimilarity", F.cosine_similarity, False, dim=1, eps=1e-8)
PairwiseDistance = _module("PairwiseDistance", F.pairwise_distance, False, p=2.0, eps=1e-6, keepdim=False)

MSELoss = _module("MSELoss", F.mse_loss, reduction="mean")
L1Loss = _module("L1Loss", F.l1_loss, reduction="mean")
SmoothL1Loss = _module("SmoothL1Loss", F.smooth_l1_loss, False, reduction="mean", beta=1.0)
HuberLoss = _module("HuberLoss", F.huber_loss, False, reduction="mean", delta=1.0)
BCELoss = _module("BCELoss", F.binary_cross_entropy, weight=None, reduction="mean")
BCEWithLogitsLoss = _module("BCEWithLogitsLoss", F.binary_cross_entropy_with_logits, False, weight=None,
                            reduction="mean", pos_weight=None)
NLLLoss = _module("NLLLoss", F.nll_loss, False, weight=None, ignore_index=-100, reduction="mean")
CrossEntropyLoss = _module("CrossEntropyLoss", F.cross_entropy, False, weight=None, ignore_index=-100,
                           reduction="mean", label_smoothing=0.0)
KLDivLoss = _module("KLDivLoss", F.kl_div, False, reduction="mean", log_target=False)
PoissonNLLLoss = _module("PoissonNLLLoss", F.poisson_nll_loss, False, log_input=True, full=False, eps=1e-8,
                         reduction="mean")
GaussianNLLLoss = _module("GaussianNLLLoss", F.gaussian_nll_loss, False, full=False, eps=1e-6, reduction="mean")
HingeEmbeddingLoss = _module("HingeEmbeddingLoss", F.hinge_embedding_loss, False, margin=1.0, reduction="mean")
MarginRankingLoss = _module("MarginRankingLoss", F.margin_ranking_loss, False, margin=0.0, reduction="mean")
CosineEmbeddingLoss = _module("CosineEmbeddingLoss", F.cosine_embedding_loss, False, margin=0.0, reduction="mean")
TripletMarginLoss = _module("TripletMarginLoss", F.triplet_margin_loss, False, margin=1.0, p=2.0, eps=1e-6, swap=False,
                            reduction="mean")
SoftMarginLoss = _module("SoftMarginLoss", F.soft_margin_loss, reduction="mean")
