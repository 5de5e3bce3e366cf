"""The harness of the passes' goldens is itself tested: each way in which a pass can be wrong is seen to fail."""

import dataclasses

import numpy as np
import pytest

from pullback.compiler import ir
from pullback.compiler.primitives import SPECIAL, primitive_for
from pullback.runtime.errors import IRError

from .ir_golden import LIBRARY, assert_pass, function, same_values

BEFORE = """
    function f(%x: f8[n1]):
        %1: f8[n1] = numpy.exp(%x)
        %y: f8 = numpy.sum(%x)
        return %y
    """
AFTER = """
    function f(%x: f8[n1]):
        %y: f8 = numpy.sum(%x)
        return %y
    """


def drop_first(function):
    return dataclasses.replace(function, body=function.body[1:])


def drop_all(function):
    return dataclasses.replace(function, body=())


def test_a_right_pass_is_accepted():
    assert_pass(drop_first, BEFORE, AFTER, [np.arange(3.0)], [np.array([np.nan, 1.0])])


def test_another_text_is_rejected():
    with pytest.raises(AssertionError, match=r"(?m)^\+    %1: f8\[n1\] = numpy.exp"):
        assert_pass(lambda f: f, BEFORE, AFTER)


def test_an_ill_formed_result_is_rejected_by_name():
    with pytest.raises(IRError, match="after drop_all, function f: %y is read but never bound"):
        assert_pass(drop_all, BEFORE, AFTER)


def test_another_value_is_rejected():
    def doubled(f):
        (call,) = f.body
        return dataclasses.replace(f, body=(ir.Call(call.outs, primitive_for(np.mean), call.args),))

    with pytest.raises(AssertionError, match="before, .* after"):
        assert_pass(doubled, AFTER, AFTER.replace("numpy.sum", "numpy.mean"), [np.arange(3.0)])


def test_texts_name_special_primitives_methods_and_functions():
    body = function("""
        function f(%x: f8[n1]):
            %t: tape[f8[n1]] = tape_push((), %x)
            %s: f8 = ndarray.sum(%x)
            %u: f8 = numpy.linalg.norm(%x)
            %v: f8 = operator.add(%s, %u)
            return %v
        """).body
    assert [stmt.prim for stmt in body] == [SPECIAL["tape_push"], *map(primitive_for, ("ndarray.sum", np.linalg.norm)),
                                            LIBRARY["operator.add"]]
    assert "numpy.nowhere" not in LIBRARY and "numpy.absolute" in LIBRARY


@pytest.mark.parametrize(("a", "b"), [
    (1, 1.0), (1.0, np.float64(1.0)), (0.0, -0.0), (np.zeros(2), np.zeros((2, 1))), (np.zeros(2), np.zeros(2, "f4")),
    ((1,), [1]), ((1,), (1, 2)), (np.array([1.0, np.nan]), np.array([np.nan, 1.0])),
])
def test_values_that_differ_are_told_apart(a, b):
    assert same_values(a, a) and same_values(b, b) and not same_values(a, b)
