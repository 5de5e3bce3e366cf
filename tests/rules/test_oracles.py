"""Gradients and tangents beside those of autograd, JAX and PyTorch, for whoever has them installed.

One line a function: how it is written for NumPy (and autograd and JAX), how for PyTorch where that differs. Complex
cotangents are compared with PyTorch's, whose convention is ours; JAX's and autograd's are their conjugates.
"""

import importlib
import warnings

import numpy as np
import pytest

import pullback as pb

X = np.array([0.7, 1.9, 1.3, 0.4])
M = np.array([[2.0, 0.3, -0.5], [0.1, 1.5, 0.4], [-0.2, 0.6, 1.8]])
S = M @ M.T + np.eye(3)
Z = np.array([0.7 + 0.2j, -1.9 + 1.1j, 0.3 - 0.8j, 1.4 + 0.5j])

# text of the result, its argument, PyTorch's spelling ("" where it has none)
REAL = [
    ("np.sum(np.exp(np.sin(x)) / np.sqrt(x))", X, None),
    ("np.sum(np.cbrt(x))", X, ""),
    ("np.sum(np.log1p(x) * np.expm1(-x) + np.exp2(x))", X, None),
    ("np.sum(np.arctan2(x, x * x) * np.hypot(x, 2.0 * x))", X, None),
    ("np.sum(np.logaddexp(x, 3.0 * x * x))", X, None),
    ("np.sum(np.sinc(x) + np.tanh(x) * np.arcsinh(x))", X, None),
    ("np.prod(x) + np.var(x)", X, "np.prod(x) + np.var(x, correction=0)"),
    ("np.std(x, ddof=1) * np.mean(x)", X, "np.std(x, correction=1) * np.mean(x)"),
    ("np.max(x) * np.min(x) + np.median(x[:3])", X, None),
    ("np.sum(np.cumsum(x) * np.cumprod(x))", X, "np.sum(np.cumsum(x, 0) * np.cumprod(x, 0))"),
    ("np.sum(np.sort(x) * np.cumsum(x))", X, "np.sum(np.sort(x)[0] * np.cumsum(x, 0))"),
    ("np.sum(np.diff(x) ** 3)", X, None),
    ("np.sum(np.quantile(x, 0.3))", X, None),
    ("np.sum(np.cov(np.stack([x, x * x])))", X, ""),
    ("np.sum(np.corrcoef(np.stack([x, x * x])))", X, ""),
    ("np.sum(np.where(x > 1.0, x * x, 3.0 * x))", X, None),
    ("np.sum(np.clip(x, 0.5, 1.5) ** 2)", X, None),
    ("np.sum(np.pad(x, 2, mode='reflect') ** 3)", X, ""),
    ("np.sum(np.roll(x, 1) * np.flip(x))", X, "np.sum(np.roll(x, 1) * np.flip(x, (0,)))"),
    ("np.sum(np.tile(x, 3) * np.repeat(x, 3))", X, "np.sum(np.tile(x, (3,)) * np.repeat_interleave(x, 3))"),
    ("np.sum(np.convolve(x, x * x))", X, ""),
    ("np.sum(np.interp(x, np.array([0.0, 1.0, 2.0]), np.array([1.0, 3.0, -1.0])))", X, ""),
    ("np.polyval(x, 1.7)", X, ""),
    ("np.sum(np.kron(x, x * x))", X, None),
    ("np.sum(np.einsum('i,j,j->i', x, x, x) ** 2)", X, None),
    ("np.sum(np.einsum('ii,ij->j', x, x @ x))", M, None),
    ("np.sum(np.tensordot(x, x @ x, 1) ** 2)", M, None),
    ("np.sum(np.tril(x) @ np.triu(x))", M, None),
    ("np.trace(x @ x) * np.sum(np.diagonal(x) ** 3)", M, None),
    ("np.linalg.det(x)", M, None),
    ("np.linalg.slogdet(x)[1]", M, None),
    ("np.sum(np.linalg.inv(x) ** 3)", M, None),
    ("np.sum(np.linalg.pinv(x[:, :2]) ** 3)", M, None),
    ("np.sum(np.linalg.solve(x, x[0]) ** 3)", M, None),
    ("np.linalg.norm(x) + np.linalg.norm(x, 'nuc') + np.linalg.norm(x[0], 3)", M, None),
    ("np.sum(np.linalg.cholesky((x + x.T) / 2) ** 3)", S, None),
    ("np.sum(np.linalg.eigh((x + x.T) / 2)[0] ** 3)", S, None),
    ("np.sum(np.linalg.svd(x, full_matrices=False)[1] ** 3)", M, None),
    ("np.sum(np.linalg.qr(x)[1] ** 2 * np.triu(x))", M, None),
    ("np.sum(np.abs(np.fft.fft(x)) ** 2 * x)", X, None),
    ("np.sum(np.real(np.fft.rfft(x)) ** 2)", X, None),
    ("np.sum(np.fft.irfft(np.fft.rfft(x) ** 2) * x)", X, None),
]
COMPLEX = [
    "np.sum(np.abs(x) ** 2 * np.real(x))", "np.real(np.prod(x))", "np.sum(np.imag(np.exp(x) / x))",
    "np.sum(np.abs(np.sin(x)))", "np.real(np.sum(x * x[0].conj()))", "np.sum(np.angle(x) * np.abs(x))",
    "np.sum(np.abs(np.fft.fft(x ** 2)))", "np.real(np.vdot(x, x * x))", "np.sum(np.real(x ** 3 / (x + 2.0)))",
    "np.linalg.norm(np.outer(x, x * x))", "np.real(np.linalg.det(np.outer(x[:2], x[:2]) + np.eye(2)))",
]


def library(name):
    return pytest.importorskip(name, reason=f"{name} is not installed: it is an optional oracle")


def function(text, np_, argument="x"):
    scope = {"np": np_}
    exec(f"def f({argument}):\n    return {text}\n", scope)
    return scope["f"]


def ours(text, x, operator=pb.grad, tmp_path=None):
    path = tmp_path / "program.py"
    path.write_text(f"import numpy as np\n\ndef f(x):\n    return {text}\n", encoding="utf-8")
    spec = importlib.util.spec_from_file_location("program", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return operator(module.f)(x)


class _Torch:
    """PyTorch under NumPy's names, where only the name differs."""

    NAMES = {"concatenate": "cat", "logaddexp": "logaddexp", "max": "amax", "min": "amin", "arctan2": "atan2"}

    def __init__(self, module):
        self._module = module

    def __getattr__(self, name):
        if name in ("linalg", "fft"):
            return getattr(self._module, name)
        return getattr(self._module, self.NAMES.get(name, name))

    def hypot(self, x, y):
        return self._module.hypot(x, self._module.as_tensor(y))

    def logaddexp(self, x, y):
        return self._module.logaddexp(x, y)

    def outer(self, x, y):
        return self._module.outer(x, y)

    def eye(self, n):
        return self._module.eye(n, dtype=self._module.float64)


IN_TORCH = [row for row in REAL if row[2] != ""]


@pytest.mark.parametrize(("text", "x", "torch_text"), IN_TORCH, ids=[row[0] for row in IN_TORCH])
def test_as_pytorch(text, x, torch_text, tmp_path):
    torch = library("torch")
    argument = torch.tensor(x, requires_grad=True)
    function(torch_text or text, _Torch(torch))(argument).backward()
    np.testing.assert_allclose(ours(text, x, tmp_path=tmp_path), argument.grad.numpy(), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("text", COMPLEX)
def test_complex_as_pytorch(text, tmp_path):
    torch = library("torch")
    argument = torch.tensor(Z, requires_grad=True)
    function(text, _Torch(torch))(argument).backward()
    expected = argument.grad.resolve_conj().numpy()
    np.testing.assert_allclose(ours(text, Z, tmp_path=tmp_path), expected, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize(("text", "x"), [row[:2] for row in REAL], ids=[row[0] for row in REAL])
def test_as_jax(text, x, tmp_path):
    jax = library("jax")
    with jax.experimental.enable_x64() if hasattr(jax.experimental, "enable_x64") else jax.enable_x64(True):
        expected = np.asarray(jax.grad(function(text, jax.numpy))(x))
    np.testing.assert_allclose(ours(text, x, tmp_path=tmp_path), expected, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("text", COMPLEX)
def test_complex_is_the_conjugate_of_jax(text, tmp_path):
    jax = library("jax")
    with jax.experimental.enable_x64() if hasattr(jax.experimental, "enable_x64") else jax.enable_x64(True):
        expected = np.conj(np.asarray(jax.grad(function(text, jax.numpy))(Z)))
    np.testing.assert_allclose(ours(text, Z, tmp_path=tmp_path), expected, rtol=1e-9, atol=1e-11)


#: What autograd has no rule for, or only for other arguments.
AUTOGRAD_LACKS = ("cbrt", "hypot", "median", "cumprod", "quantile", "cov(", "corrcoef", "interp", "polyval", "'nuc'", "qr",
                  "convolve", "np.pad(", "fft", "flip", "'ii,", "diagonal")


IN_AUTOGRAD = [row[:2] for row in REAL if not any(name in row[0] for name in AUTOGRAD_LACKS)]


@pytest.mark.parametrize(("text", "x"), IN_AUTOGRAD, ids=[row[0] for row in IN_AUTOGRAD])
def test_as_autograd(text, x, tmp_path):
    autograd = library("autograd")
    expected = autograd.grad(function(text, importlib.import_module("autograd.numpy")))(x)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_allclose(ours(text, x, tmp_path=tmp_path), expected, rtol=1e-9, atol=1e-11)
