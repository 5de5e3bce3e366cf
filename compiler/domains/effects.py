"""Which functions have no effect: their calls may be dropped, merged and moved.

A list of what is known to be pure; everything else counts as having effects: random draws, I/O, stores into an argument
(np.put, np.copyto, np.fill_diagonal, ufunc.at), settings (np.seterr), functions that call functions of the user.
"""

from __future__ import annotations

import builtins
import inspect
import math
import operator
import sys
from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np

from .scipy_names import is_pure_in_scipy

_NUMPY = """
    abs absolute all allclose amax amin angle any append arange argmax argmin argpartition argsort argwhere
    around array array2string array_equal array_equiv array_repr array_split array_str asanyarray asarray
    asarray_chkfinite ascontiguousarray asfortranarray astype atleast_1d atleast_2d atleast_3d average bartlett
    base_repr bincount binary_repr blackman block bmat broadcast_arrays broadcast_shapes broadcast_to can_cast
    choose clip column_stack common_type compress concat concatenate convolve copy corrcoef correlate
    count_nonzero cov cross cumprod cumsum cumulative_prod cumulative_sum delete diag diag_indices
    diag_indices_from diagflat diagonal diff digitize dot dsplit dstack ediff1d einsum einsum_path empty
    empty_like expand_dims extract eye fix flatnonzero flip fliplr flipud format_float_positional
    format_float_scientific full full_like geomspace gradient hamming hanning histogram histogram2d
    histogram_bin_edges histogramdd hsplit hstack i0 identity imag in1d indices inner insert interp intersect1d
    isclose iscomplex iscomplexobj isdtype isfortran isin isneginf isposinf isreal isrealobj isscalar issubdtype
    iterable ix_ kaiser kron lexsort linspace logspace mask_indices matrix_transpose max maximum_sctype mean
    median meshgrid min min_scalar_type mintypecode moveaxis nan_to_num nanargmax nanargmin nancumprod nancumsum
    nanmax nanmean nanmedian nanmin nanpercentile nanprod nanquantile nanstd nansum nanvar ndim nonzero ones
    ones_like outer packbits pad partition percentile permute_dims poly polyadd polyder polydiv polyfit polyint
    polymul polysub polyval prod promote_types ptp quantile ravel ravel_multi_index real real_if_close repeat
    require reshape resize result_type roll rollaxis roots rot90 round searchsorted select setdiff1d setxor1d
    shape sinc size sort sort_complex split squeeze stack std sum swapaxes take take_along_axis tensordot tile
    trace transpose trapezoid trapz tri tril tril_indices tril_indices_from trim_zeros triu triu_indices
    triu_indices_from typename union1d unique unique_all unique_counts unique_inverse unique_values unpackbits
    unravel_index unstack unwrap vander var vdot vsplit vstack where zeros zeros_like
"""
_LINALG = """
    cholesky cond cross det diagonal eig eigh eigvals eigvalsh inv lstsq matmul matrix_norm matrix_power
    matrix_rank matrix_transpose multi_dot norm outer pinv qr slogdet solve svd svdvals tensordot tensorinv
    tensorsolve trace vecdot vector_norm
"""
_FFT = """
    fft fft2 fftfreq fftn fftshift hfft ifft ifft2 ifftn ifftshift ihfft irfft irfft2 irfftn rfft rfft2 rfftfreq
    rfftn
"""
_BUILTINS = """
    abs all any ascii bin bool chr complex divmod float format frozenset hash hex int isinstance issubclass len
    list max min oct ord pow range repr reversed round slice sorted str sum tuple type zip enumerate
"""
_METHODS = """
    T mT all any argmax argmin argpartition argsort astype choose clip compress conj conjugate copy cumprod
    cumsum diagonal dot dtype flat flatten imag item itemsize max mean min nbytes ndim nonzero prod ptp ravel
    real repeat reshape round searchsorted shape size squeeze std strides sum swapaxes take tobytes tolist trace
    transpose var view
"""
_OPERATORS = """
    abs add and_ concat contains countOf eq floordiv ge getitem gt index indexOf inv invert is_ is_not is_none
    is_not_none le length_hint lshift lt matmul mod mul ne neg not_ or_ pos pow rshift sub truediv truth xor
"""


def _members(owner: Any, names: Iterable[str]) -> set[Any]:
    """The functions that this version of `owner` has."""
    return {getattr(owner, name) for name in names if callable(getattr(owner, name, None))}


_PURE: frozenset[Any] = frozenset(
    _members(np, _NUMPY.split())
    | _members(np.linalg, _LINALG.split())
    | _members(np.fft, _FFT.split())
    | _members(operator, _OPERATORS.split())
    | _members(builtins, _BUILTINS.split())
    | _members(math, (name for name in vars(math) if not name.startswith("_")))
    | {f"ndarray.{name}" for name in _METHODS.split()}
    | {np.float64, np.float32, np.float16, np.int64, np.int32, np.int16, np.int8, np.uint8, np.uint16, np.uint32}
    | {np.uint64, np.bool, np.complex64, np.complex128, np.longdouble, np.clongdouble, np.dtype, np.finfo, np.iinfo}
    | {callable, np.lib.stride_tricks.sliding_window_view}
)
# Parameters through which a call writes into an argument, or may.
_WRITING = frozenset({"out", "overwrite_input", "overwrite_a", "overwrite_b", "overwrite_ab", "output"})


def is_pure(target: Any, options: Iterable[str] = (), positional: int = 0) -> bool:
    """Has a call of `target` no effect?

    options   : the names of its keyword arguments
    positional: the number of its positional arguments, for `out` as one of them (the array of a method counts)

    >>> import numpy as np
    >>> is_pure(np.exp), is_pure(np.exp, ["out"]), is_pure(np.exp, (), 2), is_pure(np.copyto), is_pure("ndarray.sort")
    (True, False, False, False, False)
    """
    owner = getattr(target, "__self__", None)
    if isinstance(owner, np.ufunc) and target.__name__ in _OUT_OF_UFUNC_METHOD:
        ours = is_pure(owner) and "out" not in set(options)
        return ours and positional <= _OUT_OF_UFUNC_METHOD[target.__name__]
    try:
        known = isinstance(target, np.ufunc) or target in _PURE or is_pure_in_scipy(target)
    except TypeError:  # not hashable
        return False
    if not known:
        return False
    # np.frompyfunc makes ufuncs of any function: they work on objects only.
    if isinstance(target, np.ufunc) and all("O" in signature for signature in target.types):
        return False
    writing = _WRITING | {"copy"} if target is np.nan_to_num else _WRITING
    return writing.isdisjoint(options) and positional <= _first_writing(target, writing)


def writing_option(target: Any, options: Iterable[str]) -> str:
    """Which of these keywords makes a call of `target` write to an argument.

    >>> import numpy as np
    >>> writing_option(np.median, ["axis", "overwrite_input"])
    'overwrite_input'
    """
    return next((name for name in options if not is_pure(target, [name])), "out")


def out_position(target: Any) -> int:
    """The position of the parameter `out` of a function, or of a method (whose array counts); a large number if none.

    >>> import numpy as np
    >>> out_position(np.add), out_position(np.clip)
    (2, 3)
    """
    owner = getattr(target, "__self__", None)
    if isinstance(owner, np.ufunc) and target.__name__ in _OUT_OF_UFUNC_METHOD:
        return _OUT_OF_UFUNC_METHOD[target.__name__]
    return _first_writing(target, frozenset({"out"}))


@cache
def _first_writing(target: Any, writing: frozenset[str]) -> int:
    """The position of the first parameter that a call writes to; a large number where there is none."""
    if isinstance(target, str):
        # A method takes what NumPy's function of the same name takes.
        target = getattr(np, target.removeprefix("ndarray."), None)
    if isinstance(target, np.ufunc):
        return target.nin
    if target in _OUT_POSITION:
        return _OUT_POSITION[target]
    try:
        parameters = [p.name for p in inspect.signature(target).parameters.values()
                      if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    except (TypeError, ValueError):
        return sys.maxsize
    return min((i for i, name in enumerate(parameters) if name in writing), default=sys.maxsize)


# NumPy's functions in C do not all tell their parameters.
_OUT_POSITION = {np.concatenate: 2, np.dot: 2}
_OUT_OF_UFUNC_METHOD = {"reduce": 3, "accumulate": 3, "reduceat": 4, "outer": 2}
