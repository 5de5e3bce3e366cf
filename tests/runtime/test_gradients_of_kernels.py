"""Every kernel of the runtime's own against central differences, first and second derivatives."""

import numpy as np
import pytest

import pullback as torch

F = torch.nn.functional
nn = torch.nn


def t(*shape, low=0.2, high=0.9, seed=0):
    values = np.random.default_rng(seed).uniform(low, high, shape)
    return torch.tensor(values, requires_grad=True)


at = torch.tensor
CASES = {
    "erfc": (lambda x: x.erfc(), t(3)),
    "erfinv": (lambda x: x.erfinv(), t(3)),
    "lgamma": (lambda x: x.lgamma(), t(3)),
    "digamma": (lambda x: x.digamma(), t(3)),
    "logit": (lambda x: x.logit(), t(3)),
    "xlogy": (lambda x, y: x.xlogy(y), t(3), t(3, seed=1)),
    "copysign": (lambda x: x.copysign(torch.tensor([-1.0, 1.0, -1.0])), t(3)),
    "lerp": (lambda x, y, w: x.lerp(y, w), t(3), t(3, seed=1), t(3, seed=2)),
    "addcmul": (lambda x, y, z: torch.addcmul(x, y, z, value=2), t(3), t(3, seed=1), t(1, seed=2)),
    "addcdiv": (lambda x, y, z: torch.addcdiv(x, y, z, value=2), t(3), t(3, seed=1), t(3, seed=2)),
    "logcumsumexp": (lambda x: x.logcumsumexp(0), t(4)),
    "lower_median": (lambda x: x.median() ** 2, t(5)),
    "cummax": (lambda x: x.cummax(0).values ** 2, t(4)),
    "mode": (lambda x: x.mode(0).values ** 2, t(4)),
    "scatter": (lambda x, s: x.scatter(0, at([1, 1, 3]), s) ** 2, t(4), t(3, seed=1)),
    "scatter_add": (lambda x, s: x.scatter_add(1, at([[0, 0], [2, 1]]), s) ** 2, t(2, 3), t(2, 2, seed=1)),
    "scatter_amax": (lambda x, s: x.scatter_reduce(0, at([1, 1, 3]), s, "amax") ** 2, t(4), t(3, seed=1)),
    "scatter_mean": (lambda x, s: x.scatter_reduce(0, at([1, 1, 3]), s, "mean") ** 2, t(4), t(3, seed=1)),
    "index_add": (lambda x, s: x.index_add(0, at([0, 0]), s) ** 2, t(3, 2), t(2, 2, seed=1)),
    "index_copy": (lambda x, s: x.index_copy(0, at([2, 0]), s) ** 2, t(3, 2), t(2, 2, seed=1)),
    "index_fill": (lambda x, v: x.index_fill(0, at([0]), v) ** 2, t(3), t(seed=1)),
    "index_put": (lambda x, v: x.index_put((at([0, 0]),), v, accumulate=True) ** 2, t(3), t(2, seed=1)),
    "masked_scatter": (lambda x, s: x.masked_scatter(at([True, False, True]), s) ** 2, t(3), t(3, seed=1)),
    "masked_fill": (lambda x, v: x.masked_fill(at([True, False, True]), v) ** 2, t(3), t(seed=1)),
    "where": (lambda x, y: torch.where(at([[True, False], [False, True]]), x, y) ** 2, t(2, 2), t(2, seed=1)),
    "unfold": (lambda x: x.unfold(0, 3, 2) ** 2, t(6)),
    "as_strided": (lambda x: x.as_strided((2, 2), (1, 2)) ** 2, t(6)),
    "take_along_dim": (lambda x: x.take_along_dim(at([[0], [1]]), 1) ** 2, t(2, 3)),
    "rot90": (lambda x: x.rot90() ** 2, t(2, 3)),
    "cross": (lambda x, y: torch.cross(x, y), t(2, 3), t(2, 3, seed=1)),
    "cdist": (lambda x, y: torch.cdist(x, y), t(2, 3), t(2, 3, low=1.0, high=2.0)),
    "block_diag": (lambda x, y: torch.block_diag(x, y) ** 2, t(1, 2), t(2, 1, seed=1)),
    "eigvalsh": (lambda x: torch.linalg.eigvalsh(x + x.mT + torch.diag(at([0.0, 2.0, 5.0]).double())), t(3, 3)),
    "solve": (lambda a, b: torch.linalg.solve(a + 2 * torch.eye(2, dtype=torch.float64), b), t(2, 2), t(2, seed=1)),
    "logdet": (lambda a: torch.logdet(a + 2 * torch.eye(2, dtype=torch.float64)), t(2, 2)),
    "gelu_tanh": (lambda x: F.gelu(x, approximate="tanh"), t(3, low=-1.0)),
    "hardtanh": (lambda x: F.hardtanh(x * 3) ** 2, t(4, low=-0.8)),
    "mish": (F.mish, t(3, low=-1.0)),
    "softshrink": (lambda x: F.softshrink(x) ** 2, t(4, low=-0.9)),
    "prelu": (lambda x, w: F.prelu(x, w) ** 2, t(2, 3, low=-0.9), t(3, seed=1)),
    "glu": (lambda x: F.glu(x, 0), t(4)),
    "layer_norm": (lambda x, w, b: F.layer_norm(x, (3,), w, b) ** 2, t(2, 3), t(3, seed=1), t(3, seed=2)),
    "layer_norm of one": (lambda x, w: F.layer_norm(x, (3,), w) ** 3, t(3), t(3, seed=1)),
    "batch_norm": (lambda x, w, b: F.batch_norm(x, None, None, w, b, True) ** 2, t(4, 2), t(2, seed=1), t(2, seed=2)),
    "batch_norm of images": (lambda x, w: F.batch_norm(x, None, None, w, None, True) ** 2, t(2, 2, 2, 1), t(2, seed=1)),
    "batch_norm as seen": (lambda x, w, b: F.batch_norm(x, torch.zeros(2).double(), torch.ones(2).double(), w, b) ** 2,
                           t(3, 2), t(2, seed=1), t(2, seed=2)),
    "group_norm": (lambda x: F.group_norm(x, 2) ** 3, t(2, 4, 2)),
    "rms_norm": (lambda x, w: F.rms_norm(x, (3,), w, 1e-3), t(2, 3), t(3, seed=1)),
    "nll": (lambda x: F.cross_entropy(x, at([0, 2])), t(2, 3)),
    "nll with weights": (lambda x: F.cross_entropy(x, at([0, 2]), at([1.0, 2.0, 3.0]).double()), t(2, 3)),
    "smoothed cross-entropy": (lambda x: F.cross_entropy(x, at([0, 2]), label_smoothing=0.2), t(2, 3)),
    "linear": (lambda x, w, b: F.linear(x, w, b) ** 2, t(2, 3), t(4, 3, seed=1), t(4, seed=2)),
    "bilinear": (lambda x, y, w: F.bilinear(x, y, w), t(2, 3), t(2, 2, seed=1), t(2, 3, 2, seed=2)),
    "conv1d": (lambda x, w, b: F.conv1d(x, w, b, 2, 1, 2) ** 2, t(1, 2, 6), t(2, 2, 2, seed=1), t(2, seed=2)),
    "conv2d in groups": (lambda x, w: F.conv2d(x, w, groups=2, padding=1) ** 2, t(1, 2, 3, 3), t(2, 1, 2, 2, seed=1)),
    "conv_transpose1d": (lambda x, w: F.conv_transpose1d(x, w, stride=2, padding=1) ** 2, t(1, 2, 4),
                         t(2, 2, 3, seed=1)),
    "max_pool2d": (lambda x: F.max_pool2d(x, 2, 1) ** 2, t(1, 1, 3, 3)),
    "avg_pool2d": (lambda x: F.avg_pool2d(x, 2, 1, 1, count_include_pad=False) ** 2, t(1, 1, 3, 3)),
    "adaptive_avg_pool1d": (lambda x: F.adaptive_avg_pool1d(x, 2) ** 2, t(1, 1, 5)),
    "pad": (lambda x: F.pad(x, (1, 2), mode="reflect") ** 2, t(1, 1, 4)),
    "attention": (F.scaled_dot_product_attention, t(1, 2, 2), t(1, 2, 2, seed=1), t(1, 2, 2, seed=2)),
    "in place on a view": (lambda x: filled(x), t(4)),
    "methods in place": (lambda x: (x * 1).tanh_().mul_(x).clamp_(0.1, 0.5).exp_().cumsum_(0), t(4)),
}


def filled(x):
    y = x * 2
    y[1:3] *= x[:2]
    y[0] = x[3] ** 2
    y.view(2, 2)[1].exp_()
    return y


@pytest.mark.parametrize("name", CASES)
def test_first_and_second_derivatives(name):
    function, *inputs = CASES[name]
    assert torch.autograd.gradcheck(function, inputs)
    assert torch.autograd.gradgradcheck(function, inputs)
