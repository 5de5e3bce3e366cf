"""The verifier accepts what is well-formed, and each of its checks is seen to fail.

What it cannot see: a kind of a Call's out that is not true, a fault inside an applied function.
"""

import dataclasses
import textwrap

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pullback.compiler import ir
from pullback.compiler.domains.kinds import PY_FLOAT, UNKNOWN, Array, Known, Sym
from pullback.compiler.ir_check import check
from pullback.compiler.ir_text import parse
from pullback.runtime.errors import IRError

from .ir_strategies import ADD, MENTION, PRIMITIVES, functions

ONE, TWO = ir.Lit(1), ir.Lit(2)


def function(*body, results=(), params=()):
    return ir.Function("f", params, body, results, single=False)


def add(out=None, *args):
    return ir.Call((out or ir.Var("x", UNKNOWN),), ADD, args or (ONE, TWO))


def read(body):
    """A function f(x: float, c: bool, v and m: vectors) with this body; `g(x)` may be applied in it."""
    head = "function f(%x: py_f8, %c: py_b1, %v: f8[n1], %m: f8[n2?]):\n"
    other = "\nfunction g(%x: f8, %y = 1):\n    return %x, %y\n"
    return parse(head + textwrap.indent(textwrap.dedent(body), "    ") + other, PRIMITIVES)


@given(functions())
def test_random_functions_are_accepted(drawn):
    check(drawn)


WHILE = """\
while:
    carry %s = {init}
    test:
        %t = test.pair(%s)
        cond {cond}
    body:
        %u = test.pair(%s)
        next %s = {next}
out %r = %s
return %r"""
FOR = """\
for %i in range(0, 3, 1):
    carry %s: {} = {}
    next %s = {}
out %t: {} = %s
return %t"""
FAULTS = {
    "never bound": ("%y = operator.add(%x, %z)\nreturn %y", "%z is read but never bound"),
    "keyword": ("%y = numpy.sum(%x, axis=%z)\nreturn %y", "%z is read but never bound"),
    "result": ("return %z", "%z is read but never bound"),
    "late": ("%y = operator.add(%z, 1)\n%z = operator.add(1, 1)\nreturn %y", "%z is read before it is bound"),
    "of itself": ("%y = operator.add(%y, 1)\nreturn %y", "%y is read before it is bound"),
    "twice": ("%y = operator.add(1, 1)\n%y = operator.add(1, 1)\nreturn %y", "%y is bound twice"),
    "parameter again": ("%x = operator.add(1, 1)\nreturn %x", "%x is bound twice"),
    "twice in one call": ("%a, %a = test.pair(1.0)\nreturn %a", "%a is bound twice"),
    "both branches": ("if %c:\n    %y = test.pair(1)\nelse:\n    %y = test.pair(2)\nreturn 1", "%y is bound twice"),
    "index again": ("for %x in range(0, 3, 1):\n    pass\nreturn 1", "%x is bound twice"),
    "out of a branch": ("if %c:\n    %y = test.pair(1)\nreturn %y", "%y is read outside of the block that binds it"),
    "other branch": ("if %c:\n    %y = test.pair(1)\nelse:\n    %z = test.pair(%y)\nreturn 1", "%y is read outside"),
    "join of the other branch": ("if %c:\n    %y = test.pair(1)\njoin %z = 1 | %y\nreturn 1", "%y is read outside"),
    "join never bound": ("if %c:\n    pass\njoin %z = %y | 1\nreturn 1", "%y is read but never bound"),
    "index after the loop": ("for %i in range(0, 3, 1):\n    pass\nreturn %i", "%i is read outside"),
    "step of the index": ("for %i in range(0, 3, %i):\n    pass\nreturn 1", "%i is read before it is bound"),
    "inner after the loop": ("for %i in range(0, 3, 1):\n    carry %s = 0\n    next %s = 1\nout %t = %s\nreturn %s",
                             "%s is read outside"),
    "out inside the loop": ("for %i in range(0, 3, 1):\n    carry %s = 0\n    next %s = %t\nout %t = %s\nreturn 1",
                            "%t is read before it is bound"),
    "init from the loop": ("for %i in range(0, 3, 1):\n    carry %s = %i\n    next %s = 1\nout %t = %s\nreturn 1",
                           "%i is read before it is bound"),
    "test read in the body": (WHILE.format(init=0, cond="%c", next="%t"), "%t is read outside"),
    "inner after a while": (WHILE.format(init=0, cond="%c", next=0) + ", %s", "%s is read outside"),
    "argument of apply": ("%y, %z = apply g(%w)\nreturn %y", "%w is read but never bound"),
    "cond from the body": (WHILE.format(init=0, cond="%u", next=0), "%u is read before it is bound"),
    "undefined argument": ("%y = operator.add(undefined, 1)\nreturn %y", "undefined stands elsewhere"),
    "undefined result": ("return undefined", "undefined stands elsewhere"),
    "undefined next": ("for %i in range(0, 3, 1):\n    carry %s = 0\n    next %s = undefined\nout %t = %s\nreturn 1",
                       "undefined stands elsewhere"),
    "undefined cond": ("if undefined:\n    pass\nreturn 1", "undefined stands elsewhere"),
    "step of 0": ("for %i in range(0, 3, 0):\n    pass\nreturn 1", "the step of a range is 0"),
    "real bound": ("for %i in range(0, %x, 1):\n    pass\nreturn 1", "the bound %x of a range is no integer"),
    "text bound": ("for %i in range('a', 3, 1):\n    pass\nreturn 1", "the bound 'a' of a range is no integer"),
    "real index": ("for %i: f8 in range(0, 3, 1):\n    pass\nreturn 1", "the index %i of a range is no integer"),
    "too many arguments": ("%y, %z = apply g(1, 2, 3)\nreturn %y", "g has 2 parameters, 3 arguments"),
    "too few arguments": ("%y, %z = apply g()\nreturn %y", "g has 2 parameters, 0 arguments"),
    "too few outs": ("%y = apply g(1)\nreturn %y", "g has 2 results, 1 variables"),
    "pure for nothing": ("operator.add(1, 2)\nreturn 1", "a pure call of operator.add binds nothing"),
    "keyword twice": ("%y = numpy.sum(%v, axis=0, axis=0)\nreturn %y", "a keyword is given twice: axis, axis"),
    "unknown style": ("if (maybe) %c:\n    pass\nreturn 1", "unknown style 'maybe'"),
    "join of another kind": ("if %c:\n    pass\njoin %y: py_i8 = 1 | %x\nreturn %y",
                             r"the kind of the join %y \(py_i8\) does not cover the kind of its source %x \(py_f8\)"),
    "join of another rank": ("if %c:\n    pass\njoin %y: f8[n1] = %v | %x\nreturn %y", "join %y .* source %x"),
    "join of a length that may be 1": ("if %c:\n    pass\njoin %y: f8[n1] = %v | %m\nreturn %y", "%y .* %m"),
    "init of another kind": (FOR.format("py_f8", 0, "%x", "py_f8"), r"carry %s \(py_f8\) .* source 0 \(py_i8\)"),
    "next of another kind": (FOR.format("py_i8", 0, "%x", "unknown"), r"carry %s \(py_i8\) .* source %x \(py_f8\)"),
    "out of another kind": (FOR.format("unknown", 0, "%x", "py_i8"), r"carry %t \(py_i8\) .* source %x \(py_f8\)"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_named(name):
    body, message = FAULTS[name]
    with pytest.raises(IRError, match=message):
        check(read(body))


@pytest.mark.parametrize(("faulty", "message"), [
    (function(add(None, 1)), "an atom is neither Var nor Lit: 1"),
    (function(add("x", ONE)), "what is bound is no Var: 'x'"),
    (function("statement"), "str is no statement"),
    (function(ir.If(ONE, [add()], (), ())), "a block is a tuple of statements, not list"),
    (function(*[add()] * 2), "one statement object stands in two places"),
    (function(ir.Apply((), len, (ONE,))), "builtin_function_or_method is applied"),
    (function(ir.Call((ir.Var("x", UNKNOWN),), ir.Primitive("a", form="item"), ())), "primitive a of form"),
    (ir.Function("f", (), (), (ONE, TWO)), "a single result is one value, not 2"),
    (function(params=(ir.Param(ir.Var("x", UNKNOWN), "x", "wrong"),)), "unknown style 'wrong'"),
    (function(params=(ir.Param(ir.Var("", UNKNOWN), "x"), ir.Param(ir.Var("", UNKNOWN), "x"))), "one name: x, x"),
])
def test_each_fault_that_text_cannot_say_is_named(faulty, message):
    with pytest.raises(IRError, match=message):
        check(faulty)


def test_the_message_names_the_pass_the_statement_and_its_neighbours():
    faulty = read("""\
        %a = test.pair(1)
        if %c:
            %b = test.pair(%a)
            %d = test.pair(%z)
            %e = test.pair(%d)
        return %a""")
    with pytest.raises(IRError) as caught:
        check(faulty, after="fold")
    assert str(caught.value) == textwrap.dedent("""\
        ill-formed IR after fold, function f: %z is read but never bound
          function f(%x: py_f8, %c: py_b1, %v: f8[n1], %m: f8[n2?]):
              %a = test.pair(1)
              if %c:
                  %b = test.pair(%a)
        >         %d = test.pair(%z)
                  %e = test.pair(%d)
              return %a""")


def test_a_fault_of_the_results_points_at_the_return():
    with pytest.raises(IRError, match="(?m)^>     return %z$"):
        check(read("%a = test.pair(1)\nreturn %z"))


def test_well_formed_corners_are_accepted():
    check(read("if %c:\n    pass\njoin %y = undefined | %x\nreturn %y"))
    check(read("%y, %z = apply g(%x)\nreturn %y"))
    check(read(WHILE.format(init="undefined", cond="%t", next="%u")))
    check(read(FOR.format("?", 0, "%x", "?")))


def test_a_join_may_name_a_new_length_for_two_lengths():
    check(read("if %c:\n    pass\njoin %y: f8[n3?] = %v | %m\nreturn %y"))


def test_a_class_covers_its_subclasses():
    out = ir.Var("t", Known(np.dtype))
    check(function(ir.If(ONE, (), (), (ir.Join(out, ir.Lit(np.dtype("f8")), ir.Lit(np.dtype("i8"))),))))


def test_a_special_form_needs_no_function():
    check(function(ir.Call((), ir.Primitive("comment", form="comment"), (ir.Lit("text"),))))


def test_a_recursive_function_is_checked():
    check(parse("function f(%x):\n    %y = apply f(%x)\n    return %y\n", {}))


def test_kinds_of_unknown_values_are_not_judged():
    known = ir.Var("a", Array(np.dtype("f8"), (Sym(),)))
    check(function(ir.If(ONE, (), (), (ir.Join(known, x := ir.Var("x", UNKNOWN), x),)), params=(ir.Param(x, "x"),)))


# --- random mutations: each breaks a function that was well-formed --------------------------------------------------

def edit(block, target, replacement):
    """The block with one statement, however deep, replaced by others."""
    result = []
    for stmt in block:
        if stmt is target:
            result += replacement
        elif target not in ir.walk((stmt,)):
            result.append(stmt)
        elif isinstance(stmt, ir.If):
            result.append(dataclasses.replace(stmt, then=edit(stmt.then, target, replacement),
                                              orelse=edit(stmt.orelse, target, replacement)))
        elif isinstance(stmt, ir.For):
            result.append(dataclasses.replace(stmt, body=edit(stmt.body, target, replacement)))
        else:
            result.append(dataclasses.replace(stmt, test=edit(stmt.test, target, replacement),
                                              body=edit(stmt.body, target, replacement)))
    return tuple(result)


def edited(function, target, *replacement):
    return dataclasses.replace(function, body=edit(function.body, target, replacement))


def reads(function):
    """The variables that are read somewhere in a function."""
    found = {atom for atom in function.results if isinstance(atom, ir.Var)}
    for stmt in ir.walk(function.body):
        found.update(ir.uses(stmt), ir.inner_uses(stmt))
    return found


def all_blocks(function):
    return [function.body, *(block for stmt in ir.walk(function.body) for block in ir.blocks(stmt))]


def rejected(function, message):
    with pytest.raises(IRError, match=f"(?s)ill-formed IR after mutation, function f: [^\n]*{message}"):
        check(function, after="mutation")


@given(functions(), st.data())
def test_a_dropped_definition_is_found(drawn, data):
    used = reads(drawn)
    candidates = [stmt for stmt in ir.walk(drawn.body) if used.intersection(ir.defs(stmt))]
    rejected(edited(drawn, data.draw(st.sampled_from(candidates))), "is read but never bound")


@given(functions(), st.data())
def test_swapped_statements_are_found(drawn, data):
    pairs = [(one, two) for block in all_blocks(drawn) for one, two in zip(block, block[1:], strict=False)
             if set(ir.defs(one)) & set(ir.free_vars((two,)))]
    one, two = data.draw(st.sampled_from(pairs))
    rejected(edited(edited(drawn, two), one, two, one), "is read before it is bound")


@given(functions(), st.data())
def test_a_duplicated_statement_is_found(drawn, data):
    stmt = data.draw(st.sampled_from([stmt for stmt in ir.walk(drawn.body) if ir.defs(stmt)]))
    rejected(edited(drawn, stmt, stmt, dataclasses.replace(stmt)), "is bound twice|stands in two places")


@given(functions(), st.data())
def test_a_second_binding_is_found(drawn, data):
    bound = [var for stmt in ir.walk(drawn.body) for var in (*ir.defs(stmt), *ir.inner_defs(stmt))]
    again = ir.Call((data.draw(st.sampled_from(bound)),), MENTION, (ir.Lit(1.0), ir.Lit(None)))
    block = data.draw(st.sampled_from([block for block in all_blocks(drawn) if block]))
    stmt = data.draw(st.sampled_from(block))
    rejected(edited(drawn, stmt, again, stmt), "is bound twice")


@given(functions(always=("while",)), st.data())
def test_a_value_that_leaves_its_loop_is_found(drawn, data):
    inside = [var for stmt in ir.walk(drawn.body) for var in ir.inner_defs(stmt)]
    leaked = data.draw(st.sampled_from(inside))
    rejected(dataclasses.replace(drawn, results=(leaked,), single=False), "is read outside of the block")


@given(functions(always=("while",)), st.data())
def test_a_carried_value_too_few_is_found(drawn, data):
    """Each Carry holds all four ends, so a lost end is a lost Carry: what it bound is read, its `inner` in the test."""
    loop = data.draw(st.sampled_from([stmt for stmt in ir.walk(drawn.body) if isinstance(stmt, ir.While)]))
    rejected(edited(drawn, loop, dataclasses.replace(loop, carried=loop.carried[1:])), "is read but never bound")


@given(functions(always=("while",)), st.data())
def test_a_carried_value_whose_ends_are_exchanged_is_found(drawn, data):
    loop = data.draw(st.sampled_from([stmt for stmt in ir.walk(drawn.body) if isinstance(stmt, ir.While)]))
    first, *others = loop.carried
    crossed = dataclasses.replace(first, init=first.next, next=first.init)
    rejected(edited(drawn, loop, dataclasses.replace(loop, carried=(crossed, *others))), "is read before it is bound")


@given(functions(always=("apply",)), st.data())
def test_a_wrong_number_of_arguments_or_results_is_found(drawn, data):
    stmt = data.draw(st.sampled_from([stmt for stmt in ir.walk(drawn.body) if isinstance(stmt, ir.Apply)]))
    extra = ir.Var("", PY_FLOAT)
    wrong = data.draw(st.sampled_from([
        dataclasses.replace(stmt, args=(*stmt.args, ONE)), dataclasses.replace(stmt, args=()),
        dataclasses.replace(stmt, outs=(*stmt.outs, extra)),
    ]))
    rejected(edited(drawn, stmt, wrong), "has . (parameters|results), . (arguments|variables)")
