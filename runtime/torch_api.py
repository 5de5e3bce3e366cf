"""The names that `import pullback as torch` gives a PyTorch user.

A function of one Tensor first is the method of that name: `exp(t)` is `t.exp()`.
"""

# ruff: noqa: A004, F401 (names are imported to be found here)
from __future__ import annotations

from typing import Any, Final

import numpy as np

from . import autograd, autograd_func, linalg_functions, nn, optim, utils
from .creation import (
    Generator,
    arange,
    as_tensor,
    asarray,
    bernoulli,
    empty,
    empty_like,
    eye,
    from_dlpack,
    from_numpy,
    full,
    full_like,
    initial_seed,
    is_tensor,
    linspace,
    logspace,
    manual_seed,
    multinomial,
    normal,
    ones,
    ones_like,
    rand,
    rand_like,
    randint,
    randn,
    randn_like,
    randperm,
    tensor,
    zeros,
    zeros_like,
)
from .devices import backends, cuda, device
from .formatting import set_printoptions
from .functions import (
    addmv,
    atleast_1d,
    atleast_2d,
    baddbmm,
    block_diag,
    broadcast_shapes,
    broadcast_tensors,
    can_cast,
    cartesian_prod,
    cdist,
    column_stack,
    combinations,
    complex,
    cross,
    diag_embed,
    dist,
    dstack,
    get_num_threads,
    heaviside,
    hstack,
    logdet,
    meshgrid,
    polar,
    pow,
    promote_types,
    result_type,
    set_num_threads,
    std_mean,
    trapezoid,
    tril_indices,
    triu_indices,
    var_mean,
    view_as_complex,
    view_as_real,
    vstack,
)
from .grad_mode import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from .ordering import bucketize, isin, searchsorted
from .products import chain_matmul, einsum, tensordot
from .promotion import get_default_dtype, set_default_dtype
from .selecting import cat, stack, where
from .serialization import load, save
from .tensor import Size, Tensor

float16 = half = np.dtype("float16")
float32 = np.dtype("float32")
float64 = double = np.dtype("float64")
cfloat = complex64 = np.dtype("complex64")
cdouble = complex128 = np.dtype("complex128")
uint8 = np.dtype("uint8")
int8 = np.dtype("int8")
int16 = short = np.dtype("int16")
int32 = np.dtype("int32")
int64 = long = np.dtype("int64")
bool = np.dtype("bool")  # noqa: A001 (PyTorch's names, here and below)
float = float32  # noqa: A001
int = int32  # noqa: A001
e: Final = np.e
pi: Final = np.pi
inf: Final = np.inf
nan: Final = np.nan

func = autograd_func
linalg = linalg_functions
finfo, iinfo = np.finfo, np.iinfo
vmap = autograd_func.vmap
FloatTensor = Tensor

#: Methods of a Tensor that are functions, too.
METHODS: Final = """
    abs absolute acos acosh add addcdiv addcmul addmm all allclose amax amin aminmax angle any arccos arccosh arcsin
    arcsinh arctan arctan2 arctanh argmax argmin argsort argwhere as_strided asin asinh atan atan2 atanh bincount
    bitwise_and bitwise_not bitwise_or bitwise_xor bmm broadcast_to ceil chunk clamp clamp_max clamp_min clip clone conj
    copysign cos cosh count_nonzero cummax cummin cumprod cumsum deg2rad det diag diagonal diff digamma div divide dot
    eq equal erf erfc erfinv exp exp2 expm1 flatten flip fliplr flipud float_power floor floor_divide fmax fmin fmod
    frac gather gcd ge ger gt histc hypot imag index_add index_copy index_fill index_put index_select inner inverse
    is_complex is_floating_point isclose isfinite isinf isnan isneginf isposinf kron kthvalue lcm ldexp le lerp lgamma
    log log10 log1p log2 log_softmax logaddexp logcumsumexp logical_and logical_not logical_or logical_xor logit
    logsumexp lt masked_fill masked_scatter masked_select matmul max maximum mean median min minimum mm mode moveaxis
    movedim msort mul multiply mv nan_to_num nanmean nansum narrow ne neg negative nonzero norm numel outer permute
    polygamma positive prod rad2deg ravel real reciprocal relu remainder repeat_interleave reshape roll rot90 round
    rsqrt scatter scatter_add scatter_reduce select sigmoid sign signbit sin sinc sinh softmax sort split sqrt square
    squeeze std sub subtract sum swapaxes swapdims t take take_along_dim tan tanh tensor_split tile topk trace
    transpose tril triu true_divide trunc unbind unflatten unfold unique unique_consecutive unsqueeze var xlogy
"""


def _export(name: str) -> Any:
    """The method as a function; of a property, what reads it."""
    found = getattr(Tensor, name)
    return found.fget if isinstance(found, property) else found


globals().update({name: _export(name) for name in METHODS.split()})
concat = concatenate = cat

__all__ = [name for name in globals() if not name.startswith("_")]
