"""The printed text says exactly what the tree says, reads well, and leads back to the primal."""

import ast
import gc
import inspect
import linecache
import math
import subprocess
import sys
import traceback
import types
import warnings

import gast
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pullback.compiler import emit, emit_layout, emit_load
from pullback.compiler.source import read
from pullback.runtime.errors import IRError, Location


def printed(text):
    return emit.print_tree(gast.parse(text).body)


def constant(value):
    return gast.Constant(value, None)


def statement(text):
    return gast.parse(text).body[0]


@pytest.fixture
def without_astor(monkeypatch):
    monkeypatch.setattr(emit, "_astor_to_source", lambda: None)


# Each line is printed as it stands.
EXPRESSIONS = """
(a + b) * c
-x ** 2
(-2.0) ** 2
-2.0 ** 2
2 ** -x
a @ b.T
f(g(x), h(y, k=1))
x[1:, None]
x[()]
x[..., 0]
x[:, -1]
x[a:b:c]
x[a:b, ::2]
x[(a, b), 1]
x[a,]
f(lambda x: x + 1)
lambda: 0
lambda x, *a, k=1, **b: (x, a)
f'{a!r:>{w}} b'
f(a if b else c)
(a if b else c).sum()
f(*a, **k)
not a and b
a or b and c
(a or b) and c
a < b < c
(a < b) == c
-(a * b)
-(a + b)
a - (b - c)
a - b - c
a * (b / c)
(a, b).count(a)
(a := 3)
[y for y in x if y]
{'a': 1, **b}
(-x).sum()
'it' + b'x'
y * np.log(p) + (1.0 - y) * np.log(1.0 - p)
1e-300
1e+308
0.1
123456789012345678901234567890
10 ** 400
f(a)[0](b).c
~(a & b | c ^ d)
a << b >> c
x is not None
y not in z
"""


@pytest.mark.parametrize("text", EXPRESSIONS.strip().splitlines())
def test_expression_is_printed_as_a_person_writes_it(text):
    with warnings.catch_warnings(action="error"):
        assert printed(text) == f"{text}\n"


@pytest.mark.parametrize("text", EXPRESSIONS.strip().splitlines())
def test_expression_is_printed_right_without_astor(text, without_astor):
    assert ast.dump(ast.parse(printed(text))) == ast.dump(ast.parse(text))


PROGRAM = '''
"""About this text."""

import numpy as np
from math import tau as tau2, pi


@decorate(1, name='x')
class Model(Base, metaclass=M):
    """A model."""
    size: int = 3

    def loss(self, x, /, y, *a, w=3, **k):
        """Doc
        of two lines"""
        z, self.last = np.matmul(x, w) + b, x
        if z > 3:
            y = -x ** 2
        elif z < 2:
            y = x[1:, None]
        else:
            for i, (j, k) in enumerate(z):
                d_y[i] += (a + b) * c
            else:
                del y, z[0]
        try:
            return a, b
        except (E, F) as e:
            raise G('x') from e
        except H:
            pass
        else:
            global g
        finally:
            print(f'{x!r:>{w}}', 'it')
        with a as b, c:
            assert a, 'message'
        while True:
            break
        else:
            z = lambda x: x if x else (1, 2)
        return x, *y


async def f():
    async with a:
        async for x in y:
            await x


match x:
    case [1, *r] if r:
        y = 2
    case {'a': -1, **k} | Model(size=3):
        x = y = 2
    case _:
        pass
'''.lstrip("\n")


def test_program_is_printed_as_it_stands():
    laid_out = PROGRAM.replace("size: int = 3\n\n", "size: int = 3\n").replace('"""\n\nimport', '"""\nimport')
    assert printed(PROGRAM) == laid_out


def test_program_is_printed_right_without_astor(without_astor):
    text = printed(PROGRAM)
    assert ast.dump(ast.parse(text)) == ast.dump(ast.parse(PROGRAM))
    assert "\n            return a, b\n" in text


@pytest.mark.parametrize("module", ["textwrap", "statistics", "fractions", "contextlib", "json.encoder", "dataclasses"])
@pytest.mark.parametrize("with_astor", [True, False])
def test_library_modules_are_printed_right(module, with_astor, monkeypatch):
    if not with_astor:
        monkeypatch.setattr(emit, "_astor_to_source", lambda: None)
    tree = gast.parse(inspect.getsource(__import__(module, fromlist=["_"])))
    text = emit.print_tree(tree.body)
    assert ast.dump(ast.parse(text)) == ast.dump(gast.gast_to_ast(tree))
    assert text == emit.print_tree(tree.body), "the same tree gives the same text"
    assert sum(len(line) > 100 for line in text.splitlines()) < 0.02 * text.count("\n")


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters came with Python 3.12")
def test_type_parameters_that_astor_drops_are_printed():
    text = "def f[T: int, *Ts, **P](x: T) -> T:\n    return x\n"
    assert printed(text) == text


def test_f_strings_are_printed_as_every_python_reads_them():
    text = """print(f"{x['a']!r} of {', '.join(y)} {z:{w}.{p}f} {{}}", f'"{x}"')"""
    assert printed(text) == """print(f"{x['a']!r} of {', '.join(y)} {z:{w}.{p}f} {{}}", f'"{x}"')\n"""
    assert printed(r"""x = f"{y['a']}\n\t{z}" """) == r'''x = f"""{y['a']}\n\t{z}"""''' + "\n"
    assert printed("x = f'{y[\"a\"]}', (1, 2)") == """x = f"{y['a']}", (1, 2)\n"""
    assert printed(r"""x = f"{y}\n{z}" """) == r"""x = f'{y}\n{z}'""" + "\n"


@pytest.mark.parametrize("with_astor", [True, False])
def test_tuples_are_bare_but_for_those_of_one_element(with_astor, monkeypatch):
    if not with_astor:
        monkeypatch.setattr(emit, "_astor_to_source", lambda: None)
    text = "def f():\n    x = 'é', (a, b)\n    y[0] = (a,)\n    z = ()\n    return (x, y)[0], z\n"
    assert printed(text) == text
    assert printed("return (a,)") == "return (a,)\n"
    assert printed("return (a, b)") == "return a, b\n"
    assert printed("return (a), (b)") == "return a, b\n"


# ---- constants


@given(
    st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.integers(), st.text(), st.binary(), st.booleans())
)
def test_constant_has_the_same_value_after_printing(value):
    for text in (emit.print_expression(constant(value)), emit.print_tree([gast.Expr(constant(value))])):
        again = eval(text)
        assert type(again) is type(value)
        assert again == value
        assert repr(again) == repr(value)


@given(st.complex_numbers(allow_nan=False, allow_infinity=False))
def test_complex_constant_has_the_same_value_after_printing(value):
    again = eval(emit.print_expression(constant(value)))
    assert repr(again) == repr(value), "also the signs of zeros"


def test_negative_constant_keeps_its_meaning_as_an_operand():
    power = gast.BinOp(constant(-2.0), gast.Pow(), constant(-2))
    assert emit.print_expression(power) == "(-2.0) ** -2"
    assert emit.print_expression(gast.Attribute(constant(-1), "real", gast.Load())) == "(-1).real"
    assert emit.print_expression(constant((-1, (2.5, ())))) == "(-1, (2.5, ()))"


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan, complex(0, math.inf)])
def test_value_without_a_literal_is_refused(value):
    with pytest.raises(IRError, match="is no literal"):
        emit.print_tree([gast.Return(constant(value))])


def test_object_as_a_constant_is_refused():
    with pytest.raises(IRError, match=r"a constant of type object is no literal\nIts value is <object"):
        emit.print_tree([gast.Return(constant(object()))])


def test_tree_that_no_text_says_is_refused():
    stored = gast.Assign([gast.Name("x", gast.Load(), None, None)], constant(1), None)
    with pytest.raises(
        IRError, match=r"no printer says what the tree says\nWanted .*Load\(\)(.|\n)*printed .*Store\(\)"
    ):
        emit.print_tree([stored])
    with pytest.raises(IRError, match=r"a gast tree with a field missing\n.*value"):
        emit.print_tree([gast.Assign([gast.Name("x", gast.Store(), None, None)])])
    with pytest.raises(IRError, match="a `Return` statement that cannot be printed"):
        emit.print_tree([gast.Return("x")])


def name(text, context=gast.Load):
    return gast.Name(text, context(), None, None)


def argument_list(names):
    return gast.arguments([name(n, gast.Param) for n in names], [], None, [], [], None, [])


NAMES = st.sampled_from(["x", "y", "d_weights_of_the_layer", "np"])
LEAVES = st.one_of(
    NAMES.map(name),
    st.one_of(st.integers(-3, 3), st.floats(-2, 2), st.sampled_from([None, True, "it's", 2j, 1 - 2j])).map(constant),
)
BINARY = st.sampled_from([gast.Add, gast.Sub, gast.Mult, gast.Div, gast.Pow, gast.MatMult, gast.BitOr, gast.LShift])
LOGICAL = st.sampled_from([gast.And, gast.Or])
UNARY = st.sampled_from([gast.USub, gast.UAdd, gast.Not, gast.Invert])


def larger(inner):
    lists = st.lists(inner, max_size=4)
    slices = st.builds(gast.Slice, st.none() | inner, st.none() | inner, st.none() | inner)
    indices = st.one_of(inner, slices, st.lists(inner | slices, max_size=3).map(lambda e: gast.Tuple(e, gast.Load())))
    return st.one_of(
        st.builds(lambda a, op, b: gast.BinOp(a, op(), b), inner, BINARY, inner),
        st.builds(lambda op, a: gast.UnaryOp(op(), a), UNARY, inner),
        st.builds(lambda op, v: gast.BoolOp(op(), v), LOGICAL, st.lists(inner, min_size=2)),
        st.builds(lambda a, b, c: gast.Compare(a, [gast.Lt(), gast.NotIn()], [b, c]), inner, inner, inner),
        st.builds(gast.IfExp, inner, inner, inner),
        st.builds(lambda f, a, k, s: gast.Call(f, [*a, gast.Starred(s, gast.Load())], [gast.keyword("axis", k)]),
                  inner, lists, inner, inner),
        st.builds(lambda f, a: gast.Call(f, a, []), inner, lists),
        st.builds(lambda v, i: gast.Subscript(v, i, gast.Load()), inner, indices),
        st.builds(lambda v: gast.Attribute(v, "T", gast.Load()), inner),
        st.builds(lambda names, b: gast.Lambda(argument_list(names), b), st.lists(NAMES, unique=True), inner),
        st.builds(lambda e: gast.Tuple(e, gast.Load()), lists),
        st.builds(lambda e: gast.List(e, gast.Load()), lists),
        st.builds(lambda v: gast.JoinedStr([constant("a{"), gast.FormattedValue(v, -1, None)]), inner),
        st.builds(lambda e, i, c: gast.GeneratorExp(e, [gast.comprehension(name("k", gast.Store), i, [c], 0)]),
                  inner, inner, inner),
    )  # fmt: skip


@given(st.recursive(LEAVES, larger, max_leaves=25))
def test_any_expression_is_printed_as_what_it_is(expression):
    target = name("value", gast.Store)
    nodes = [
        gast.Assign([target], expression, None),
        gast.Return(expression),
        gast.If(expression, [gast.AugAssign(name("x", gast.Store), gast.Add(), expression)], []),
        gast.For(target, expression, [gast.Expr(expression)], [], None),
        gast.Assert(expression, expression),
    ]
    for function in (lambda: emit.print_tree(nodes), lambda: emit.print_expression(expression)):
        ast.parse(function())  # what is printed was compared with the tree already: else an IRError


# ---- which printer


def test_wrong_text_of_astor_is_not_taken(monkeypatch):
    monkeypatch.setattr(emit, "_astor_to_source", lambda: lambda node, **_: "y = 1\n")
    assert printed("value = (1, 2)") == "value = 1, 2\n"


def test_astor_that_fails_is_done_without(monkeypatch):
    def fail(node, **_):
        raise AttributeError("module 'ast' has no attribute 'Num'")

    monkeypatch.setattr(emit, "_astor_to_source", lambda: fail)
    assert printed("value = (1, 2)") == "value = 1, 2\n"


def test_astor_that_cannot_be_imported_is_done_without():
    program = (
        "import sys; sys.modules['astor'] = None\n"
        "import gast\nfrom pullback.compiler import emit\n"
        "assert emit._astor_to_source() is None\n"
        "print(emit.print_tree(gast.parse('def f(x): return (x, -x ** 2)').body))"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert result.stdout == "def f(x):\n    return x, -x ** 2\n\n", result.stderr


def test_astor_is_used_or_done_without_where_its_node_classes_are_gone():
    program = (
        "import ast\n"
        "for old in ('Num', 'Str', 'Bytes', 'NameConstant', 'Ellipsis', '__getattr__'):\n"  # Python 3.14
        "    vars(ast).pop(old, None)\n"
        "import gast\nfrom pullback.compiler import emit\n"
        "print(emit.print_tree(gast.parse('x = f(b, 1.5, ...), True, -2.0 ** x[1:, None]').body))"
    )
    result = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    assert result.stdout == "x = f(b, 1.5, ...), True, -2.0 ** x[1:, None]\n\n", result.stderr


def test_import_and_use_of_astor_warn_nobody():
    program = (
        "import gast\nfrom pullback.compiler import emit\n"
        "print(emit.print_tree(gast.parse('x = (f(\"a\", 1.5), True, None)').body), emit._astor_to_source())"
    )
    result = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    assert result.stdout.startswith("x = f('a', 1.5), True, None\n"), result.stderr
    assert result.stderr == ""


# ---- comments and blank lines


def test_comments_and_blank_lines_stand_where_they_were_put():
    function = statement("def f(x):\n    if x:\n        y = 1\n    return y")
    function.body[0].body = [emit.comment("only this")]
    function.body[0].orelse = [emit.comment("nor this")]
    function.body[1:1] = [emit.blank(), emit.comment("return y\nor not")]
    tree = [statement("import a"), emit.comment("about f"), function, emit.comment("the end"), statement("f(1)")]
    assert emit.print_tree(tree) == (
        "import a\n\n\n# about f\ndef f(x):\n    if x:\n        # only this\n        pass\n    else:\n"
        "        # nor this\n        pass\n\n    # return y\n    # or not\n    return y\n\n\n# the end\nf(1)\n"
    )


def test_block_of_a_docstring_and_a_comment_needs_no_pass():
    function = statement('def f(x):\n    """Doc."""')
    function.body.append(emit.comment("nothing to do"))
    assert emit.print_tree([function]) == 'def f(x):\n    """Doc."""\n    # nothing to do\n'
    function.body = []
    assert emit.print_tree([function]) == "def f(x):\n    pass\n"


@pytest.mark.parametrize(
    "doc", ["", "a", 'ends with "', "back\\slash", '"""', "two\n    lines\n    ", "é\t\x00", "'''"]
)
def test_docstring_is_kept_to_the_letter(doc):
    function = gast.parse("def f():\n    pass").body[0]
    function.body[0] = gast.Expr(constant(doc))
    namespace = {}
    exec(emit.print_tree([function]), namespace)
    text = emit.print_tree([function])
    assert ast.get_docstring(ast.parse(text).body[0], clean=False) == doc
    assert '"""' in text or "\x00" in doc


# ---- long lines


def test_long_lines_are_broken_where_a_person_breaks_them():
    names = [f"a_rather_long_name_{k}" for k in range(6)]
    text = f"d_w = np.matmul({names[0]}, {names[1]}) + 2.0 * {names[2]} - np.sum({names[3]}, axis=0)"
    assert printed(text) == (
        "d_w = (\n    np.matmul(a_rather_long_name_0, a_rather_long_name_1)\n    + 2.0 * a_rather_long_name_2\n"
        "    - np.sum(a_rather_long_name_3, axis=0)\n)\n"
    )
    text = f"value[0] = np.einsum('ij,jk,kl', {', '.join(names)}, optimize=True)"
    assert printed(text) == (
        "value[0] = np.einsum(\n    'ij,jk,kl',\n"
        + "".join(f"    {name},\n" for name in names)
        + "    optimize=True\n)\n"
    )
    text = f"if {' and '.join(f'({name} or {names[0]})' for name in names)}:\n    pass"
    lines = "\n    and ".join(f"({name} or {names[0]})" for name in names)
    assert printed(text) == f"if (\n    {lines}\n):\n    pass\n"
    text = f"def f({', '.join(f'{name}=1' for name in names)}):\n    pass"
    assert printed(text) == f"def f(\n{chr(10).join(f'    {name}=1,' for name in names)[:-1]}\n):\n    pass\n"


def test_many_numbers_fill_their_lines():
    text = f"table = [{', '.join(str(k) for k in range(100))}]"
    lines = printed(text).splitlines()
    assert (lines[0], lines[-1]) == ("table = [", "]")
    assert all(85 < len(line) <= 100 for line in lines[1:-2])


@pytest.mark.parametrize(
    "text",
    [
        "assert {a} < {b}, {c}",
        "raise {a}({b}) from {c}",
        "del {a}, {b}, {c}",
        "x = lambda {a}, {b}=1: {a} + {b} + {c}",
        "f({a}, lambda {a}, {b}: ({a}, {b}), {c})",
        "x = [{a} for {a}, {b} in {c} if {a} if {b}]",
        "return ({a} for {a} in {c})",
        "x = {a} if {b} else {c} if {a} else {b}",
        "for {a}, {b} in zip({b}, {c}) + {c}: pass",
        "while not {a} or {b} is not {c}: pass",
        "with {a}({b}) as {c}: pass",
        "x = y = {a}, {b}, *{c}",
        "x[{a}, {b}:{c}] += -{a} - -{b} + +{c}",
        "x = {a} ** -{b} ** {c}",
        "x = '{a}' '{b}' '{c}'",
        "f(**{a}, k={b}(), j={c})",
        "x = {{'{a}': {b}, **{c}}}",
        "x = {a}[{b}][{c}]",
        "from {a} import {b}, {c}, {a} as d",
        "{a}({b})({c}, {a}, {b})",
        "x = yield {a}, {b}, {c}",
        "@{a}({b}, {c})\ndef f(): pass",
        "x = not {a} in {b} and {c}",
        "class A({a}, {b}, k={c}): pass",
        "async def f({a}, {b}=3): return [x async for x in {c}]",
        "x = f'{{{a}}} {{{b}!r:>{{{c}}}}}'",
    ],
)
def test_broken_lines_mean_the_same(text):
    text = text.format(a="alpha" * 8, b="beta" * 10, c="gamma" * 8)
    whole = gast.parse(text)
    assert ast.dump(ast.parse(emit.print_tree(whole.body))) == ast.dump(gast.gast_to_ast(whole))


def test_line_that_breaks_wrongly_is_left_whole(monkeypatch):
    monkeypatch.setattr(emit, "wrap", lambda text, indent: ["x = (1", "    , 2)"])
    assert printed("x = 1, 3") == "x = 1, 3\n"


def test_short_line_is_not_broken():
    assert emit_layout.wrap("x = f(a)", 4) == ["x = f(a)"]


# ---- which line comes from where


def primal(x):
    scaled = 3.0 * x
    return scaled / 0.0


def generated():
    """The text of a function made from `primal`, its line map, and its namespace."""
    origin = read(primal)
    function = statement("def primal_grad(x):\n    scaled = 3.0 * x\n    return scaled / 0.0")
    for made, old in zip(function.body, origin.node.body, strict=True):
        emit.at(made, origin.location(old))
    function.body.insert(0, emit.comment(origin.statement_text(origin.node.body[0])))
    text, line_map = emit.print_function(function)
    return text, line_map, emit.load(text, "primal_grad", {}, origin, line_map)


def test_line_map_leads_to_the_primal():
    text, line_map, _ = generated()
    assert text.splitlines() == [
        "def primal_grad(x):", "    # scaled = 3.0 * x", "    scaled = 3.0 * x", "    return scaled / 0.0",
    ]  # fmt: skip
    first = primal.__code__.co_firstlineno
    assert {line: place.line for line, place in line_map.items()} == {3: first + 1, 4: first + 2}


def test_line_map_holds_all_lines_of_a_statement():
    here, there = Location("a.py", 1), Location("a.py", 2)
    loop = emit.at(statement("while x:\n    y = 1\nelse:\n    z = 2"), here)
    emit.at(loop.body[0], there)
    long = emit.at(statement(f"value = f({', '.join('argument' * 2 for _ in range(8))})"), there)
    text, line_map = emit.print_program([loop, long])
    assert line_map == {1: here, 2: there, 3: here, **dict.fromkeys(range(5, text.count("\n") + 1), there)}


def test_exception_gets_a_note_that_names_the_primal_line():
    _, line_map, namespace = generated()
    filename = namespace["__pullback__"].filename
    with pytest.raises(ZeroDivisionError) as caught:
        namespace["primal_grad"](1.0)
    emit.annotate(caught.value, filename, line_map)
    emit.annotate(caught.value, filename, line_map)
    line = primal.__code__.co_firstlineno + 2
    note = f"pullback: raised in generated code, which belongs to {__file__}:{line}:5\n    return scaled / 0.0\n    "
    assert caught.value.__notes__ == [note + "^" * 19]


def test_exception_of_a_line_without_a_primal_line_says_so():
    namespace = emit.load("def f(x):\n    return x / 0\n", "f")
    with pytest.raises(ZeroDivisionError) as caught:
        namespace["f"](1.0)
    emit.annotate(caught.value, namespace["__pullback__"].filename, {})
    assert caught.value.__notes__ == [
        "pullback: raised in generated code, which belongs to no one line of the function: return x / 0"
    ]


def test_exception_from_elsewhere_gets_no_note():
    with pytest.raises(ValueError, match="invalid literal") as caught:
        int("x")
    emit.annotate(caught.value, "<pullback f 1>", {1: Location("a.py", 1)})
    assert not hasattr(caught.value, "__notes__")


# ---- running the text


def test_generated_text_is_seen_by_inspect_and_tracebacks():
    text, _, namespace = generated()
    linecache.checkcache()
    assert inspect.getsource(namespace["primal_grad"]) == text
    with pytest.raises(ZeroDivisionError) as caught:
        namespace["primal_grad"](1.0)
    assert "return scaled / 0.0" in "".join(traceback.format_exception(caught.value))
    assert namespace["__pullback__"].primal.fn is primal


def test_names_of_texts_are_unique_and_count_from_one():
    names = [emit.load("x = 1\n", "counted")["__pullback__"].filename for _ in range(3)]
    assert names == ["<pullback counted 1>", "<pullback counted 2>", "<pullback counted 3>"]


def test_namespace_given_to_load_is_not_written():
    given_names = types.MappingProxyType({"k": 2})
    namespace = emit.load("y = k\n", "reads", given_names)
    assert namespace["y"] == 2
    assert dict(given_names) == {"k": 2}


def test_text_lives_as_long_as_a_function_of_it():
    namespace = emit.load("def f():\n    return 1\n\ndef g():\n    return f()\n", "lives")
    filename = namespace["__pullback__"].filename
    g = namespace["g"]
    del namespace
    gc.collect()
    assert inspect.getsource(g).startswith("def g")
    del g
    gc.collect()
    assert filename not in linecache.cache


def test_many_texts_do_not_pile_up():
    gc.collect()
    before = len(linecache.cache)
    for _ in range(2000):
        emit.load("def f(x):\n    return x\n", "many")
    gc.collect()
    assert len(linecache.cache) <= before
    assert emit_load._numbers["many"] == 2000
