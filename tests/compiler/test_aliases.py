"""alias_of and is_pure against what NumPy does with memory."""

import itertools
import warnings

import numpy as np
import pytest

from pullback.compiler.domains.aliases import _VIEWS, UNCERTAIN, alias_of
from pullback.compiler.domains.effects import _PURE, is_pure
from pullback.compiler.domains.kinds import kind_of
from tests.labels import label

ARRAYS = [
    np.arange(1.0, 10.0).reshape(3, 3),
    np.arange(9).reshape(3, 3) % 2,
    np.arange(9).reshape(3, 3) + 1j,
    np.arange(9.0).reshape(3, 3).T,
    np.arange(9.0).reshape(3, 3)[::-1, :2],
    np.arange(4.0),
    np.ones((1, 3)),
    np.array(2.0),
    np.zeros((0, 3)),
    np.arange(9).reshape(3, 3) > 4,
    np.arange(27, dtype=np.float32).reshape(3, 3, 3),
]
EXTRAS = [(), (0,), (1,), (2,), (-1,), (0, 1), (1, 0), (0, 0), ((),), (np.array([0, 1]),), (None,), ("ij->ji",),
          ((3, 3),)]


def _call(target, args):
    if isinstance(target, str):
        member = getattr(args[0], target.removeprefix("ndarray."))
        return member(*args[1:]) if callable(member) else member
    return target(*args)


def _arrays(result):
    if isinstance(result, np.ndarray):
        yield result
    elif isinstance(result, (tuple, list)):
        for part in result:
            yield from _arrays(part)


def _samples(target):
    """Every call of `target` with simple arguments that runs."""
    special = ["self"] if isinstance(target, str) else ["self", "list"]
    for array, extra in itertools.product(ARRAYS, [*EXTRAS, *special]):
        first = array.copy(order="K")
        args = {"self": (first, first), "list": ([first],)}.get(extra, (first, *extra)) if isinstance(extra, str) else (
            first, *extra)
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                result = _call(target, args)
            except Exception:  # not a call that NumPy accepts
                continue
        yield first, args, result


# Not functions of arrays, or with results that this test cannot look into.
TARGETS = sorted((t for t in _PURE if getattr(t, "__module__", "numpy").partition(".")[0] == "numpy"), key=label)


@pytest.mark.parametrize("target", TARGETS, ids=label)
def test_alias_is_what_numpy_does(target):
    for first, args, result in _samples(target):
        kinds = [kind_of(a) if not isinstance(a, (list, tuple)) else a for a in args]
        for said in (alias_of(target), alias_of(target, kinds)) if len(args) == 1 else (alias_of(target, kinds),):
            for array in _arrays(result):
                shares = np.shares_memory(array, first)
                if said == "fresh":
                    assert not shares, args
                elif said == "view" and first.size and array.size and args[0] is first:
                    assert shares
                elif said == "same":
                    assert array is first


def test_calls_with_out_or_copy_may_alias():
    x = kind_of(np.ones(3))
    assert alias_of(np.exp, [x], {"out": x}) == "may"
    assert alias_of("ndarray.astype", [x], {"dtype": float, "copy": False}) == "may"
    assert alias_of(np.array, [x], {"copy": None}) == "may"
    assert alias_of(np.asarray, [x]) == "same"
    assert alias_of(np.asarray) == "may"
    assert alias_of(np.asarray, [[x, x]]) == "may"


def test_unknown_functions_may_alias():
    assert alias_of(lambda x: x) == "may"
    assert alias_of("ndarray.ctypes") == "may"
    assert alias_of(np.copyto) == "may"
    assert alias_of(max) == "may"


def test_the_lists_name_pure_functions():
    assert _VIEWS <= _PURE
    assert UNCERTAIN <= _PURE


IMPURE = [
    np.put, np.copyto, np.fill_diagonal, np.place, np.putmask, np.put_along_axis, np.add.at, np.save, np.savez, np.load,
    np.savetxt, np.loadtxt, np.seterr, np.set_printoptions, np.random.rand, np.random.default_rng, np.random.seed,
    np.vectorize, np.apply_along_axis, np.piecewise, np.fromfunction, np.frompyfunc(lambda x: x, 1, 1),
    "ndarray.sort", "ndarray.fill", "ndarray.put", "ndarray.partition", "ndarray.resize", "ndarray.setflags",
    "ndarray.tofile", "ndarray.byteswap", print, input, open, next, setattr, exec, lambda x: x, [],
]  # fmt: skip


@pytest.mark.parametrize("target", IMPURE, ids=label)
def test_functions_with_effects_are_not_pure(target):
    assert not is_pure(target)


def test_options_that_write_are_not_pure():
    assert is_pure(np.exp)
    assert not is_pure(np.exp, ["out"])
    assert not is_pure(np.median, {"overwrite_input": True})
    assert not is_pure(np.nan_to_num, ["copy"])
    assert not is_pure(np.nan_to_num, (), 2)
    assert is_pure(np.multiply, (), 2)
    assert not is_pure(np.multiply, (), 3)
    assert is_pure(np.sum, ["axis", "keepdims"], 3)
    assert not is_pure("ndarray.sum", (), 4)
    assert not is_pure(np.concatenate, (), 3)
    assert not is_pure("ndarray.dot", (), 3)
    assert not is_pure("ndarray.clip", (), 4)


@pytest.mark.parametrize("target", TARGETS, ids=label)
def test_pure_functions_leave_their_arguments(target):
    for original in ARRAYS:
        for extra in EXTRAS:
            array = original.copy()
            if not is_pure(target, (), 1 + len(extra)):
                continue
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                try:
                    _call(target, (array, *extra))
                except Exception:  # not a call that NumPy accepts
                    continue
            assert array.shape == original.shape
            np.testing.assert_array_equal(array, original)
