"""Text and function say the same: what `show` prints, `parse` reads back."""

import textwrap

import numpy as np
import pytest
from hypothesis import given

from pullback.compiler import ir
from pullback.compiler.domains.kinds import PY_FLOAT, Array, Scalar, Sym, dtype_of
from pullback.compiler.ir_text import objects_in, parse, primitives_in, show
from pullback.runtime.errors import IRError

from . import ir_strategies as strategies
from .ir_strategies import PRIMITIVES

EVERYTHING = '''\
function f(%x: f8[2, n1], positional_only %k: py_i8{n1} = 2, keyword b as %a: str = 'a', varargs %r, captured %w):
    %y: ?[...] = numpy.multiply(%x, %w)
    test.observe(%y, 'a # "b" %c', key=(1, -2.5, (), (None,)))
    %p: f8, %p2: f8 = test.pair(%k)
    %c: py_b1 = operator.lt(%p, inf)
    if %c:
        %z: f8 = numpy.sum(%y, axis=0)
    join %z2: f8 = %z | undefined
    if (or) %c:
        pass
    else:
        %1: list[f8[n2?]] = `a [b]`(%x, dtype(float64))
    for %i: py_i8 in reversed(range(0, %k, -1)):
        carry %s: f8 = 0.0
        carry %t = %z2
        %s2: f8 = operator.add(%s, %i)
        next %s = %s2
        next %t = %t
    out %s3: f8 = %s
    out %t2 = %t
    while:
        carry %u: tuple(f8, py_?) = (1.0, nan)
        test:
            %c2: py_b1 = operator.lt(%u, @numpy.exp)
            cond %c2
        body:
            next %u = %u
    out %u2: tuple(f8, py_?) = %u
    for %j in range(0, 3, 1):
        pass
    %g: struct list, %g2: @numpy.ndarray = apply g(%u2)
    return %g, slice(None, -1, None)

function g(%x):
    return %x,
'''


def round_trip(function):
    return parse(show(function), primitives_in(function), objects_in(function))


def one_call(*args, kind=PY_FLOAT, name="x"):
    out = ir.Var(name, kind)
    return ir.Function("f", (), (ir.Call((out,), strategies.MENTION, tuple(map(ir.Lit, args))),), (out,))


def test_every_construct_reads_back_as_it_stands():
    assert show(parse(EVERYTHING, PRIMITIVES)) == EVERYTHING


@given(strategies.functions())
def test_text_survives_parsing(function):
    text = show(function)
    assert show(round_trip(function)) == text
    assert show(function) == text


@given(strategies.literals)
def test_a_literal_reads_back_as_the_same_value(value):
    found = round_trip(one_call(value)).body[0].args[0].value
    assert same(found, value)


def same(a, b):
    if isinstance(a, tuple):
        return type(b) is tuple and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, (float, complex, np.generic)):
        return type(a) is type(b) and repr(a) == repr(b)  # tells -0.0 from 0.0, and nan is nan
    return type(a) is type(b) and a == b


@given(strategies.kinds)
def test_a_kind_reads_back_as_the_same_kind(kind):
    found = round_trip(one_call(kind=kind)).body[0].out.kind
    assert type(found) is type(kind)
    assert show(one_call(kind=found)) == show(one_call(kind=kind))
    assert dtype_of(found) == dtype_of(kind)


def test_one_symbol_stays_one_symbol_and_two_stay_two():
    n, m = Sym(one=False), Sym()
    function = one_call(kind=Array(np.dtype("f8"), (n, m, n)))
    assert "%x: f8[n1, n2?, n1]" in show(function)
    first, second, third = round_trip(function).body[0].out.kind.shape
    assert first == third != second and second.one and not first.one


def test_symbols_are_numbered_in_the_text_not_in_the_process():
    texts = [show(one_call(kind=Scalar(np.dtype("i8"), True, Sym()))) for _ in range(2)]
    assert texts[0] == texts[1] and "py_i8{n1?}" in texts[0]


def test_names_are_hints_made_unique():
    outs = [ir.Var(name, PY_FLOAT) for name in ("z", "z", "z2", "", "", "d[0]", "3")]
    body = tuple([ir.Call((out,), strategies.ADD, (ir.Lit(1), ir.Lit(2))) for out in outs])
    text = show(ir.Function("f", (), body, tuple(outs), single=False))
    assert text.splitlines()[-1].strip() == "return %z, %z2, %z22, %1, %2, %d_0_, %_3"


def test_an_invented_variable_stays_without_a_name():
    assert round_trip(one_call(name="")).body[0].out.name == ""
    assert round_trip(one_call(name="t")).body[0].out.name == "t"


def test_a_tuple_of_one_result_is_not_a_single_result():
    assert not parse("function f():\n    return 1,", {}).single
    assert parse("function f():\n    return (1, 2)", {}).single
    nothing = parse("function f():\n    return", {})
    assert nothing.results == () and not nothing.single and show(nothing) == "function f():\n    return\n"


def test_a_recursive_function_holds_itself():
    text = "function f(%x):\n    %y = apply f(%x)\n    return %y\n"
    function = parse(text, {})
    assert function.body[0].fn is function
    assert show(function) == text


def test_functions_of_one_name_are_told_apart():
    inner = parse("function f(%x):\n    return %x\n", {})
    y = ir.Var("y", PY_FLOAT)
    outer = ir.Function("f", (), (ir.Apply((y,), inner, (ir.Lit(1),)),), (y,))
    assert "apply f2(1)" in show(outer) and show(round_trip(outer)) == show(outer)


def test_parameters_keep_style_name_and_default():
    params = parse(EVERYTHING, PRIMITIVES).params
    assert [(p.name, p.var.name, p.style, p.has_default) for p in params] == [
        ("x", "x", "positional", False), ("k", "k", "positional_only", True), ("b", "a", "keyword", True),
        ("r", "r", "varargs", False), ("w", "w", "captured", False)]
    assert (params[1].default, params[2].default) == (2, "a")


def test_a_parameter_named_like_a_style_is_quoted():
    param = ir.Param(ir.Var("x", PY_FLOAT), "keyword")
    text = show(ir.Function("f", (param,), (), (), single=False))
    assert "(`keyword` as %x: py_f8)" in text
    assert parse(text, {}).params[0].name == "keyword"


def test_an_object_without_a_name_is_numbered_and_read_from_objects():
    array = np.arange(3.0)
    function = one_call(array, lambda: 0, array)
    text = show(function)
    assert "(@ndarray#1, @function#2, @ndarray#1)" in text
    assert round_trip(function).body[0].args[0].value is array
    with pytest.raises(IRError, match="`objects` does not say what @ndarray#1 is"):
        parse(text, PRIMITIVES)


@pytest.mark.parametrize(("text", "message"), [
    ("", "holds no function"),
    ("    return 1", "begins with `function`"),
    ("function f():\n    return 1\n    return 2", "a statement after the return"),
    ("function f():\n    %x = operator.add(1, 2)", "the text ends where return must follow"),
    ("function f():\n  return 1", "no multiple of 4"),
    ("function f():\n        %x = operator.add(1, 2)\n    return 1", "unexpected indentation"),
    ("function f():\n    return $", "line 2 of the IR text: no token begins with '\\$'"),
    ("function f():\n    return 1\nfunction f():\n    return 1", "stands twice"),
    ("function f():\n    return @numpy.nowhere", "no object is named numpy.nowhere"),
    ("function f():\n    return word", "expected an atom, found 'word'"),
])
def test_a_fault_of_syntax_names_its_line(text, message):
    with pytest.raises(IRError, match=message):
        parse(text, PRIMITIVES)


LOOP = "for %i in range(0, 1, 1):\n    carry %s = 0\n"


@pytest.mark.parametrize(("body", "message"), [
    ("%x = nothing(1)", "no primitive is named nothing"),
    ("%x = apply g(1)", "no function g follows"),
    ("%x = apply f(a=1)", "takes no keywords"),
    ("join %x = 1 | 2", "'join' begins no statement"),
    ("%x = operator.add(1, 2) 3", "'3' after the end of the statement"),
    ("%x: f8[a b] = operator.add(1, 2)", "expected ']', found 'b'"),
    ("%x: f8[[] = operator.add(1, 2)", "expected the length of an axis, found '\\['"),
    ("%x, 1 = operator.add(1, 2)", "'1' begins no statement"),
    ("%x: nowhere = operator.add(1, 2)", "no object is named builtins.nowhere"),
    ("%x: @numpy.nowhere = operator.add(1, 2)", "no object is named numpy.nowhere"),
    ("%x: @numpy.exp = operator.add(1, 2)", "@numpy.exp is no class"),
    ("for 1 in range(0, 1, 1):\n    pass", "expected a variable, found '1'"),
    ("for %i in range(0, 1):\n    pass", "a start, a stop and a step"),
    (LOOP + "out %t = %s", "expected next"),
    (LOOP + "    next %s = 1", "expected out"),
    (LOOP + "    next %i = 1", "`next` stand in the order"),
    (LOOP + "    next %s = 1\nout %t = %i", "`out` stand in the order"),
    ("while:\n    cond 1", "expected test"),
])
def test_a_fault_in_a_statement_names_its_line(body, message):
    with pytest.raises(IRError, match=message):
        parse("function f():\n" + textwrap.indent(body, "    ") + "\n    return 1", PRIMITIVES)
