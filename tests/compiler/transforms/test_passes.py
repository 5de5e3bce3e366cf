"""Each pass by its text before and after, and by the values of both."""

import numpy as np

from pullback.compiler.ir import Function, Var
from pullback.compiler.transforms.cse import merge_common
from pullback.compiler.transforms.own import own_targets
from pullback.compiler.transforms.rewrite import drop_dead
from pullback.compiler.transforms.simplify import Simplifier

from ..ir_golden import assert_pass

X = np.array([1.0, 2.0, 3.0])


def rebuilt(function, body, results=None):
    return Function(function.name, function.params, tuple(body), function.results if results is None else results,
                    function.single)


def merge(function):
    body, replaced = merge_common(function.body)
    return rebuilt(function, body, tuple(replaced.get(r, r) if isinstance(r, Var) else r for r in function.results))


def simplify(function):
    simplifier = Simplifier((), [p.var for p in function.params])
    body = simplifier.run(function.body)
    results = tuple(simplifier.atom(r) for r in function.results)
    return rebuilt(function, drop_dead(body, results), results)


def test_drop_dead_drops_what_nobody_reads_also_in_loops():
    assert_pass(lambda f: rebuilt(f, drop_dead(f.body, f.results)), """
        function f(%x: f8[n1]):
            %1: f8[n1] = numpy.exp(%x)
            for %i: py_i8 in range(0, 3, 1):
                carry %s: f8 = 0.0
                carry %t: f8 = 0.0
                %2: f8 = operator.getitem(%x, %i)
                %s2: f8 = operator.add(%s, %2)
                %t2: f8 = operator.mul(%t, %2)
                next %s = %s2
                next %t = %t2
            out %s3: f8 = %s
            out %t3: f8 = %t
            return %s3
        """, """
        function f(%x: f8[n1]):
            for %i: py_i8 in range(0, 3, 1):
                carry %s: f8 = 0.0
                %1: f8 = operator.getitem(%x, %i)
                %s2: f8 = operator.add(%s, %1)
                next %s = %s2
            out %s3: f8 = %s
            return %s3
        """, [X])


def test_merge_common_computes_once_but_allocates_twice():
    assert_pass(merge, """
        function f(%x: f8[n1]):
            %1: f8[n1] = numpy.exp(%x)
            %2: f8[n1] = numpy.exp(%x)
            %3: f8[n1] = numpy.zeros_like(%x)
            %4: f8[n1] = numpy.zeros_like(%x)
            %5: f8[n1] = operator.mul(%1, %2)
            return %5, %3, %4
        """, """
        function f(%x: f8[n1]):
            %1: f8[n1] = numpy.exp(%x)
            %2: f8[n1] = numpy.zeros_like(%x)
            %3: f8[n1] = numpy.zeros_like(%x)
            %4: f8[n1] = operator.mul(%1, %1)
            return %4, %2, %3
        """, [X])


def test_simplify_takes_signs_and_broadcasts_out():
    assert_pass(simplify, """
        function f(%x: f8[n1], %y: f8[n1]):
            %1: tuple(py_i8{n1}) = numpy.shape(%x)
            %2: f8[n1] = numpy.broadcast_to(2.0, %1)
            %3: f8[n1] = operator.neg(%x)
            %4: f8[n1] = operator.mul(%2, %3)
            %5: f8[n1] = operator.neg(%4)
            %6: f8[n1] = operator.neg(%y)
            %7: f8[n1] = operator.add(%5, %6)
            return %7
        """, """
        function f(%x: f8[n1], %y: f8[n1]):
            %1: f8[n1] = operator.mul(2.0, %x)
            %2: f8[n1] = operator.sub(%1, %y)
            return %2
        """, [X, X + 1.0], [X, np.array([np.nan, 0.0, 1.0])])


def test_own_targets_copies_once_before_the_loop():
    assert_pass(lambda f: rebuilt(f, own_targets(f.body, f.params)), """
        function f(%x: f8[n1]):
            for %i: py_i8 in range(0, 3, 1):
                carry %y: f8[n1] = %x
                %y2: f8[n1] = set_item(%y, %i, 5.0)
                next %y = %y2
            out %y3: f8[n1] = %y
            return %y3
        """, """
        function f(%x: f8[n1]):
            %y: f8[n1] = numpy.array(%x)
            for %i: py_i8 in range(0, 3, 1):
                carry %y2: f8[n1] = %y
                %y22: f8[n1] = set_item(%y2, %i, 5.0)
                next %y2 = %y22
            out %y3: f8[n1] = %y2
            return %y3
        """, [X])
