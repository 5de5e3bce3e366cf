"""What the IR means: the interpreter against Python by hand, and against itself through the text."""

import operator

import numpy as np
import pytest
from hypothesis import given

from pullback.compiler import ir
from pullback.compiler.domains.kinds import UNKNOWN
from pullback.compiler.ir_eval import run
from pullback.compiler.ir_text import objects_in, parse, primitives_in, show
from pullback.runtime.errors import IRError

from .ir_strategies import ADD, LT, MUL, PRIMITIVES, arguments, functions

SUB = ir.Primitive("operator.sub", operator.sub, "operator")
BARE = ir.Primitive("bare", form="comment")
KNOWN = {**PRIMITIVES, "operator.sub": SUB, "bare": BARE}


def result(text, *args):
    return run(parse(text, KNOWN), args)


def outcome(function, args):
    """What a call gives: its values, or the name that was not bound."""
    try:
        with np.errstate(all="ignore"):
            return run(function, args)
    except UnboundLocalError as error:
        return type(error)


@given(functions(), arguments)
def test_a_parsed_function_gives_the_same_values(drawn, args):
    again = parse(show(drawn), primitives_in(drawn), objects_in(drawn))
    first, second = outcome(drawn, args), outcome(again, args)
    assert repr(first) == repr(second)
    assert first is not UnboundLocalError  # the strategy reads no name that may be undefined


@given(functions(always=("for", "while", "if", "apply")), arguments)
def test_a_function_gives_the_same_values_again_and_leaves_its_arguments(drawn, args):
    before = repr(args)
    assert repr(outcome(drawn, args)) == repr(outcome(drawn, args))
    assert repr(args) == before


@pytest.mark.parametrize(("bounds", "trips"), [
    ("range(0, 3, 1)", [0, 1, 2]), ("range(5, 0, -2)", [5, 3, 1]), ("range(0, 0, 1)", []),
    ("reversed(range(0, 5, 2))", [4, 2, 0]), ("reversed(range(3, 0, 1))", []),
])
def test_a_for_runs_over_its_range(bounds, trips):
    collect = ir.Primitive("collect", lambda seen, index: (*seen, index))
    text = f"""function f():
    for %i in {bounds}:
        carry %s = ()
        %t = collect(%s, %i)
        next %s = %t
    out %u = %s
    return %u"""
    assert run(parse(text, {"collect": collect}), []) == (tuple(trips),)


def test_carried_values_step_together():
    text = """function fibonacci(%n):
    for %i in range(0, %n, 1):
        carry %a = 0
        carry %b = 1
        %s = operator.add(%a, %b)
        next %a = %b
        next %b = %s
    out %x = %a
    out %y = %b
    return %x, %y"""
    assert result(text, 0) == (0, 1)
    assert result(text, 10) == (55, 89)


def test_a_while_tests_before_each_trip():
    text = """function f(%x):
    while:
        carry %s = %x
        test:
            %c = operator.lt(%s, 100)
            cond %c
        body:
            %t = operator.mul(%s, 2)
            next %s = %t
    out %u = %s
    return %u"""
    assert result(text, 3) == (192,)
    assert result(text, 100) == (100,)


def test_only_the_branch_that_is_taken_runs():
    text = """function f(%c):
    if %c:
        %y = operator.add(1, 2)
    else:
        %z = operator.add(1, 'text')
    join %w = %y | %z
    return %w"""
    assert result(text, True) == (3,)
    with pytest.raises(TypeError, match="unsupported operand"):
        result(text, False)


def test_the_truth_of_a_condition_is_python_s():
    text = "function f(%c):\n    if (or) %c:\n        pass\n    join %w = %c | 7\n    return %w"
    assert result(text, "text") == ("text",)
    assert result(text, 0) == (7,)


def test_an_undefined_value_is_handed_on_but_not_read():
    text = "function f(%c):\n    if %c:\n        pass\n    join %y = 1 | undefined\n{}"
    use = text.format("    %z = operator.add(%y, 1)\n    return %z")
    assert result(use, True) == (2,)
    for reading in (use, text.format("    return %y")):
        with pytest.raises(UnboundLocalError, match="%y is read where it is not bound"):
            result(reading, False)
    assert result(text.format("    return 0"), False) == (0,)


def test_a_recursive_function_runs():
    text = """function factorial(%n):
    %small = operator.lt(%n, 2)
    if %small:
        pass
    else:
        %m = operator.sub(%n, 1)
        %r = apply factorial(%m)
        %p = operator.mul(%n, %r)
    join %y = 1 | %p
    return %y"""
    assert result(text, 5) == (120,)


def test_several_results_and_keywords_reach_their_places():
    text = "function f(%x):\n    %a, %b = test.pair(%x)\n    %s = numpy.sum(%x, axis=1)\n    return %b, %s"
    b, s = result(text, np.ones((2, 3)))
    np.testing.assert_array_equal(b, -np.ones((2, 3)))
    np.testing.assert_array_equal(s, [3, 3])


def test_missing_arguments_take_their_defaults():
    text = "function f(%x, %y = 5):\n    %z = operator.add(%x, %y)\n    return %z"
    assert result(text, 1) == (6,)
    assert result(text, 1, 2) == (3,)
    with pytest.raises(IRError, match="f: no argument for the parameter x"):
        result(text)
    with pytest.raises(IRError, match="f has 2 parameters, 3 arguments are given"):
        result(text, 1, 2, 3)


@pytest.mark.parametrize(("body", "message"), [
    ("bare(1)\n    return 1", "primitive bare cannot run"),
    ("%a, %b, %c = test.pair(1)\n    return %a", "test.pair gave 2 values, 3 variables are bound"),
    ("%a, %b = operator.add(1, 2)\n    return %a", "operator.add gave int, 2 variables are bound"),
    ("%a, %b = apply f()\n    return 1", "f gave 1 values, 2 variables are bound"),
    ("return %z", "%z is read but not bound"),
])
def test_what_cannot_run_is_named(body, message):
    if "apply" in body:
        body = body.replace("apply f", "apply g") + "\n\nfunction g():\n    return 1"
        message = message.replace("f gave", "g gave")
    with pytest.raises(IRError, match=message):
        result(f"function f():\n    {body}")


def test_the_interpreter_agrees_with_python_by_hand():
    x, y = ir.Var("x", UNKNOWN), ir.Var("y", UNKNOWN)
    a, b, c = (ir.Var(name, UNKNOWN) for name in "abc")
    body = (ir.Call((a,), MUL, (x, y)), ir.Call((b,), ADD, (a, ir.Lit(1.5))), ir.Call((c,), LT, (b, x)))
    function = ir.Function("f", (ir.Param(x, "x"), ir.Param(y, "y")), body, (b, c), single=False)
    assert run(function, [2.0, -3.0]) == (-4.5, True)
