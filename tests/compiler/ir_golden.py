"""Goldens of passes: text before, text after, and both run on numbers.

    def test_fold_adds_constants():
        assert_pass(fold, '''
            function f(%x: f8):
                %a: py_f8 = operator.add(1.0, 2.0)
                %y: f8 = operator.mul(%x, %a)
                return %y
            ''', '''
            function f(%x: f8):
                %y: f8 = operator.mul(%x, 3.0)
                return %y
            ''', [2.0], [np.nan])

Limitation: values are compared to the last bit, so a pass that only rounds alike needs a test of its own.
"""

import difflib
import textwrap
from collections.abc import Mapping

import numpy as np

from pullback.compiler.ir_check import check
from pullback.compiler.ir_eval import run
from pullback.compiler.ir_objects import find
from pullback.compiler.ir_text import parse, show
from pullback.compiler.primitives import SPECIAL, primitive_for


class Library(Mapping):
    """Every primitive that a text may name: the special ones, "ndarray.sum", and any function by its dotted name."""

    def __getitem__(self, name):
        if name in SPECIAL:
            return SPECIAL[name]
        if name.startswith("ndarray."):
            return primitive_for(name)
        try:
            primitive = primitive_for(find(name))
        except LookupError:
            raise KeyError(name) from None
        if primitive.name != name:
            raise KeyError(name)
        return primitive

    def __iter__(self):
        return iter(SPECIAL)

    def __len__(self):
        return len(SPECIAL)


LIBRARY = Library()


def function(text):
    """The function of an indented text, checked."""
    found = parse(textwrap.dedent(text).strip("\n"), LIBRARY)
    check(found, after="parse")
    return found


def same_values(a, b):
    """Equal to the last bit: types, dtypes and shapes; nan equals nan."""
    if isinstance(a, (tuple, list)):
        return type(a) is type(b) and len(a) == len(b) and all(map(same_values, a, b))
    if isinstance(a, (np.ndarray, np.generic)):
        return type(a) is type(b) and a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind in "fc")
    return type(a) is type(b) and repr(a) == repr(b)


def assert_pass(transform, before, after, *calls):
    """Assert that a pass turns one text into the other, and that both give the same values for each call."""
    source, expected = function(before), function(after)
    found = transform(source)
    check(found, after=getattr(transform, "__name__", repr(transform)))
    difference = difflib.unified_diff(show(expected).splitlines(), show(found).splitlines(), "expected", "found", n=99)
    assert show(found) == show(expected), "\n".join(difference)
    for args in calls:
        wanted, got = run(source, args), run(found, args)
        assert same_values(wanted, got), f"for {args}: {wanted} before, {got} after"
