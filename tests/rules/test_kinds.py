"""The kind that the compiler infers for a call holds what the call returns: a wrong one would make wrong code."""

import warnings
from dataclasses import replace

import numpy as np
import pytest

from pullback.compiler.domains.inference import result_kind
from pullback.compiler.domains.kinds import Array, Kind, ListOf, Scalar, TupleOf, kind_of
from pullback.compiler.rules.registry import call_target

from . import test_rules  # noqa: F401 - loads all cases
from .harness import CASES
from .variants import cast


def abstract(x):
    if isinstance(x, np.ndarray):
        return Array(x.dtype, x.shape)
    if isinstance(x, np.generic):
        return Scalar(x.dtype)
    if type(x) in (list, tuple):
        return type(x)(abstract(item) for item in x)
    return kind_of(x) if isinstance(x, float | complex) else x


def fault(kind, value):
    """What is wrong with taking `value` for one of this kind; None where nothing is."""
    if type(kind) is Kind:
        return None
    if isinstance(kind, ListOf):
        return None if isinstance(value, list) else "no list"
    if isinstance(kind, TupleOf):
        if not isinstance(value, tuple | list) or len(value) != len(kind.items):
            return f"not {len(kind.items)} parts"
        return next((f for f in map(fault, kind.items, value) if f), None)
    if not isinstance(kind, Array | Scalar):
        return None
    if isinstance(value, tuple | list):
        return f"{len(value)} parts"
    if kind.dtype is not None and kind.dtype != np.result_type(value):
        return f"dtype {np.result_type(value)}"
    shape = () if isinstance(kind, Scalar) else kind.shape
    known = shape is None or (len(shape) == np.ndim(value) and all(
        n == m for n, m in zip(shape, np.shape(value), strict=True) if isinstance(n, int)))
    return None if known else f"shape {np.shape(value)}"


@pytest.mark.parametrize("convert", [lambda x: x, cast], ids=["double", "single"])
@pytest.mark.parametrize("case", CASES, ids=lambda c: c.label)
def test_the_kind_of_a_call(case, convert):
    case = replace(case, args=convert(case.args), kwargs=convert(case.kwargs))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            value = call_target(case.target, case.args, case.kwargs)
        except (TypeError, np.linalg.LinAlgError):
            assert convert is cast  # what is not defined in single precision, or not reached
            return
    kind = result_kind(case.target, [abstract(a) for a in case.args],
                       {name: abstract(v) for name, v in case.kwargs.items()})
    assert fault(kind, value) is None, f"{case.label} is inferred as {kind}"


def test_a_wrong_kind_is_a_fault():
    assert fault(Array(np.dtype("f4"), (3,)), np.ones(3)) == "dtype float64"
    assert fault(Array(np.dtype("f8"), (3,)), np.ones(4)) == "shape (4,)"
    assert fault(Array(None, None), (np.ones(3), np.ones(2))) == "2 parts"
    assert fault(TupleOf((Array(None, None),)), np.ones(3)) == "not 1 parts"
