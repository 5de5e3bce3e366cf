"""Where the text of a function is found, and that no other text is ever taken for it."""

import ast
import functools
import gc
import importlib.util
import linecache
import os
import statistics
import subprocess
import sys
import textwrap
import weakref
import zipfile
from types import FunctionType, ModuleType

import gast
import pytest

from pullback.compiler import source, source_lookup
from pullback.compiler.source import read
from pullback.runtime.errors import NoSourceError, UnsupportedError

SCALE = 2.0


def decorate(*_args, **_keywords):
    return lambda fn: fn


@decorate(
    1,
    name="x",
)
@decorate(2)
def decorated(x, *rest, power=2, **options):
    """A docstring
    of two lines."""
    total = sum(  # a comment
        rest,
        start=x,
    )
    for k in range(3):  # loop: three trips
        total = total + "é".count("é") * k
    if total:
        total = SCALE * total
    return total**power


def make_module(path, text, name="made") -> ModuleType:
    path.write_text(textwrap.dedent(text))
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def make_function(text, filename, name="f"):
    namespace = {}
    exec(compile(text, filename, "exec"), namespace)
    return namespace[name]


def run_python(*arguments, **settings):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, env=environment, check=False, **settings
    )


# ---- positions and texts


def test_positions_are_those_of_the_file():
    origin = read(decorated)
    assert origin.name == "decorated"
    assert origin.filename == decorated.__code__.co_filename
    assert origin.lines[origin.node.lineno - 1].startswith("def decorated(x, *rest")
    assert str(origin.where) == f"{__file__}:{origin.node.lineno}:1"
    product = origin.node.body[2].body[0].value.right
    assert origin.location(product).caret().splitlines() == [
        '    total = total + "é".count("é") * k',
        "                    " + "^" * 18,
    ]


def test_every_node_that_has_a_position_in_python_has_one_in_gast():
    def caught(x):
        try:
            return [y for y in x if y]
        except (ValueError, TypeError) as error:
            raise KeyError(f"{error!r}") from error

    for function in (caught, decorated):
        for node in gast.walk(read(function).node):
            if "lineno" in node._attributes:
                assert node.lineno is not None, node
                assert node.end_col_offset is not None, node


def test_statement_text_is_one_line_without_comments():
    origin = read(decorated)
    texts = [origin.statement_text(node) for node in origin.node.body]
    assert texts[1:] == [
        "total = sum(rest, start=x,)",
        "for k in range(3):",
        "if total:",
        "return total**power",
    ]
    assert origin.statement_text(origin.node.body[3].body[0]) == "total = SCALE * total"
    assert origin.statement_text(origin.node) == "def decorated(x, *rest, power=2, **options):"
    made = gast.Return(gast.Name("made", gast.Load(), None, None))
    assert origin.statement_text(made) == "return made"
    assert origin.location(made) == origin.where


def test_each_read_gives_a_tree_of_its_own():
    first, second = read(decorated), read(decorated)
    assert first.node is not second.node
    assert gast.dump(first.node) == gast.dump(second.node)


@pytest.mark.parametrize("module", [textwrap, statistics, functools, linecache])
def test_every_function_of_a_module_is_found(module):
    functions = [value for value in vars(module).values() if isinstance(value, FunctionType)]
    functions += [m for c in vars(module).values() if isinstance(c, type) for m in vars(c).values()
                  if isinstance(m, FunctionType)]  # fmt: skip
    count = 0
    for function in functions:
        code = function.__code__
        if code.co_filename != module.__file__:
            continue
        origin = read(function)
        assert origin.name == code.co_name
        assert code.co_firstlineno <= origin.node.lineno
        count += 1
    assert count >= 6


# ---- which function


def test_nested_function_and_method_are_read():
    class Model:
        def __init__(self):
            self.__weight = 3.0

        def loss(self, x, __scale=1.0):
            return self.__weight * x * __scale

        def inner(self):
            return lambda x: x * self.__weight

        def spelt_out(self, _Model__x, __y__):
            return _Model__x + __y__

    loss = read(Model().loss)
    assert loss.fn is Model.loss
    assert gast.unparse(loss.node).strip() == (
        "def loss(self, x, _Model__scale=1.0):\n    return self._Model__weight * x * _Model__scale"
    )
    assert gast.unparse(read(Model().inner()).node).strip() == "lambda x: x * self._Model__weight"
    assert gast.unparse(read(Model.spelt_out).node).strip() == (
        "def spelt_out(self, _Model__x, __y__):\n    return _Model__x + __y__"
    )
    assert loss.statement_text(loss.node.body[0]) == "return self.__weight * x * __scale"


def test_lambdas_on_one_line_are_told_apart_by_position():
    # fmt: off
    fns = [lambda x: x, lambda x: -x, lambda x: (x), lambda x: 1.0, lambda x: (1.0 if x else 2.0), lambda x: x and (x)]
    nested = lambda x: (lambda x: (lambda x: 2 * x))  # noqa: E731
    defaults = lambda x=(lambda x: x): x  # noqa: E731
    # fmt: on
    texts = ["x", "-x", "(x)", "1.0", "(1.0 if x else 2.0)", "x and (x)"]
    assert [read(fn).statement_text(read(fn).node) for fn in fns] == [f"lambda x: {text}" for text in texts]
    assert read(nested(0)(0)).statement_text(read(nested(0)(0)).node) == "lambda x: 2 * x"
    assert read(nested(0)).statement_text(read(nested(0)).node) == "lambda x: (lambda x: 2 * x)"
    assert read(defaults()).statement_text(read(defaults()).node) == "lambda x: x"
    assert read(defaults).statement_text(read(defaults).node) == "lambda x=(lambda x: x): x"


def test_lambda_over_several_lines_is_found():
    fns = [lambda x: (
        x + 1
    ), lambda x: (
        x + 2)]  # fmt: skip
    assert [read(fn).node.body.right.value for fn in fns] == [1, 2]


LAMBDA_BODIES = """x | -x | (yield) | [y for y in x] | x[0] | x[0:1, None] | x.real | f(x, *y, **z) | x if x else (x) |
    not x | x and y or z | x < y < z | {x: y} | {x, *y} | f'{x!r:>3}' | (x, y) | () | None | (x := 1) | 'a' 'b' |
    1 + 2 | (lambda y: x) | {y: y for y in x} | (y for y in x) | x @ y ** -z | ... | f(lambda: 1)(x)"""


@pytest.mark.parametrize("body", [body.strip() for body in LAMBDA_BODIES.split("|\n") for body in body.split(" | ")])
def test_lambda_of_any_body_is_found_between_its_like(body):
    body = body.rstrip("|").strip()
    text = f"def outer(y, z, f):\n    return [lambda x: x, lambda x: {body}, lambda x: {body}, lambda x: ({body}, 1)]\n"
    name = f"<lambdas {body}>"
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    try:
        wanted = ast.parse(text).body[0].body[0].value.elts
        found = [read(fn).node for fn in make_function(text, name, "outer")(1, 2, 3)]
        assert [gast.dump(node) for node in found] == [gast.dump(gast.ast_to_gast(node)) for node in wanted]
        if ast.unparse(wanted[1].body) not in ("()", "None", "...", "1 + 2", "'ab'"):  # no position in Python 3.12
            assert [node.col_offset for node in found] == [node.col_offset for node in wanted]
    finally:
        del linecache.cache[name]


def test_functions_inside_known_wrappers_are_read():
    @functools.lru_cache
    def cached(x):
        return x

    @functools.wraps(cached)
    def wrapper(*args):
        return 2 * cached(*args)

    class Holder:
        still = staticmethod(decorated)

        @classmethod
        def create(cls, x):
            return x

    assert read(cached).fn is cached.__wrapped__
    assert read(Holder.still).fn is decorated
    assert read(vars(Holder)["still"]).fn is decorated
    assert read(Holder.create).name == "create"
    assert read(wrapper).name == "wrapper", "a wrapper changes the value: it is not looked through"
    assert read(wrapper).resolve("cached") == ("closure", cached)


# ---- names


def test_names_resolve_as_python_resolves_them():
    captured = [1]

    def f(x):
        return captured, SCALE, abs, later, missing  # noqa: F821

    origin = read(f)
    assert origin.freevars == ("captured", "later")
    assert origin.resolve("captured") == ("closure", captured)
    assert origin.resolve("SCALE") == ("global", SCALE)
    assert origin.resolve("abs") == ("builtin", abs)
    assert origin.resolve("later") == ("unbound", None)
    assert origin.resolve("missing") == ("unbound", None)
    later = 3
    assert origin.resolve("later") == ("closure", later)
    assert origin.globals == f.__globals__
    with pytest.raises(TypeError, match="does not support item assignment"):
        origin.globals["SCALE"] = 3.0
    assert origin.closure["captured"] is f.__closure__[0]


def test_reading_leaves_the_function_as_it_is():
    def f(x):
        return x * SCALE

    before = (dict(vars(f)), set(f.__globals__), f.__closure__, f.__defaults__, f.__code__)
    read(f).resolve("SCALE")
    assert before == (dict(vars(f)), set(f.__globals__), f.__closure__, f.__defaults__, f.__code__)


# ---- where the text comes from


@pytest.mark.parametrize("flags", [("-c",), ("-W", "error", "-Bc"), ("-Werror", "-X", "utf8", "-c"), ("-bbIc",)])
def test_function_of_a_command_is_read(flags):
    text = f"import sys; sys.path[:0] = {sys.path!r}" + textwrap.dedent("""
        from pullback.compiler.source import read

        def f(x):
            return [lambda x: x, lambda x: -x]

        print(read(f).where, read(f(0)[1]).statement_text(read(f(0)[1]).node))
        """)
    result = run_python(*flags, text, "-c", "other")
    assert result.stdout == "<string>:4:1 lambda x: -x\n", result.stderr


def test_text_of_exec_inside_a_command_is_not_taken_from_the_command():
    text = "from pullback.compiler.source import read\nexec('''\n\n\n\n\ndef f(x): return x''')\ndef f(y): return -y\n"
    made = "exec('def f(x): return x + 1')\nread(f)"
    for program in (text.replace("def f(y): return -y\n", "read(f)"), text + made):
        result = run_python("-c", program)
        assert "NoSourceError: no source text of `f`, which was compiled under the name '<string>'" in result.stderr


def test_script_given_by_a_relative_path_is_read(tmp_path):
    (tmp_path / "script.py").write_text(
        "from pullback.compiler.source import read\ndef f(x): return x\nprint(read(f).where.line)\n"
    )
    result = run_python("script.py", cwd=tmp_path)
    assert result.stdout == "2\n", result.stderr


@pytest.mark.skipif(sys.version_info < (3, 13), reason="the prompt keeps its text from Python 3.13 on")
def test_function_typed_at_the_prompt_is_read():
    text = "from pullback.compiler.source import read\ndef f(x):\n    return x\n\nprint(read(f).where.line)\n"
    assert "1\n" in run_python("-i", "-q", input=text).stdout


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="the prompt keeps its text from Python 3.13 on")
def test_function_typed_at_an_old_prompt_is_refused():
    text = "from pullback.compiler.source import read\ndef f(x):\n    return x\n\nread(f)\n"
    assert "NoSourceError: no source text of `f`\nIt was typed at a prompt" in run_python("-i", "-q", input=text).stderr


def test_command_is_found_among_the_interpreter_arguments():
    command = source_lookup.command_text
    assert command(["-c", "x", "-c", "y"]) == "x"
    assert command(["-cx=1"]) == "x=1"
    assert command(["-Wc", "-c", "x"]) == "x"
    assert command(["--check-hash-based-pycs", "always", "-Xc", "-Ic", "x"]) == "x"
    assert command(["script.py", "-c", "x"]) is None
    assert command(["-m", "-c", "x"]) is None
    assert command(["-"]) is None
    assert command([]) is None


def test_notebook_cell_and_registered_text_are_read():
    text = "k = 1\ndef f(x):\n    return k * x\n"
    name = os.path.join(os.sep, "tmp", "ipykernel_1", "123.py")
    f = make_function(text, name)
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    try:
        assert read(f).location(read(f).node.body[0]).line == 3
    finally:
        del linecache.cache[name]


def test_cell_that_was_run_again_does_not_lend_its_text_to_old_functions():
    texts = ["def f(x):\n    return 2.0 * x\n", "def f(x):\n    return 3.0 * x\n"]
    name = "<cell 1>"
    old, new = (make_function(text, name) for text in texts)
    linecache.cache[name] = (len(texts[1]), None, texts[1].splitlines(True), name)
    try:
        assert read(new).node.body[0].value.left.value == 3.0
        with pytest.raises(NoSourceError, match="The text known under that name is another one"):
            read(old)
    finally:
        del linecache.cache[name]


def test_cell_that_awaits_is_read():
    text = "import asyncio\ndef f(x):\n    return x\nawait asyncio.sleep(0)\n"
    code = compile(text, "<awaiting>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    function = next(constant for constant in code.co_consts if isinstance(constant, type(code)))
    linecache.cache["<awaiting>"] = (len(text), None, text.splitlines(True), "<awaiting>")
    try:
        assert read(FunctionType(function, {})).node.lineno == 2
    finally:
        del linecache.cache["<awaiting>"]


def test_function_that_has_run_often_is_still_recognised(tmp_path):
    module = make_module(tmp_path / "made.py", "def f(x):\n    y = x.real\n    return [y + k for k in range(3)]\n")
    for _ in range(1000):
        module.f(1.0)
    assert read(module.f).node.lineno == 1


def test_text_of_the_module_around_is_not_taken_for_that_of_exec(tmp_path):
    text = "def f(x):\n    return 2.0 * x\nexec(compile('def f(x):\\n    return 3.0 * x', '/nowhere/f.py', 'exec'))\n"
    module = make_module(tmp_path / "made.py", text)
    assert module.f(1.0) == 3.0
    with pytest.raises(NoSourceError, match="no source text of `f`, which was compiled under the name '/nowhere/f.py'"):
        read(module.f)


def test_text_without_source_is_refused_with_what_to_do():
    f = make_function("def f(x):\n    return x\n", "<made somewhere>")
    with pytest.raises(NoSourceError, match=r"no source text of `f`\n.*'<made somewhere>'.*`linecache.cache\[name\] ="):
        read(f)
    g = make_function("def f(x):\n    return x\n", "/nowhere/at_all.py")
    with pytest.raises(NoSourceError, match=r"The file '/nowhere/at_all.py' is not there any more"):
        read(g)
    assert issubclass(NoSourceError, NotImplementedError)


def test_module_in_a_zip_is_read(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "packed.zip", "w") as archive:
        archive.writestr("packed_module.py", "import math\n\ndef f(x):\n    return math.exp(x)\n")
    monkeypatch.syspath_prepend(str(tmp_path / "packed.zip"))
    module = importlib.import_module("packed_module")
    try:
        assert read(module.f).node.lineno == 3
    finally:
        del sys.modules["packed_module"]


def test_odd_line_ends_do_not_shift_the_lines(tmp_path):
    module = make_module(tmp_path / "made.py", "x = 'a\x0cb\u2028c'\n\x0c\ndef f(x):\r\n    return x\r\n")
    assert read(module.f).node.lineno == 3
    assert read(module.f).statement_text(read(module.f).node.body[0]) == "return x"


# ---- texts that have changed

ORIGINAL = "def f(x):\n    return 2.0 * x\n\ndef g(x):\n    return lambda x: x\n"


@pytest.mark.parametrize(
    "edited",
    [
        "\n" + ORIGINAL,
        ORIGINAL.replace("f(x)", "f(y)"),
        ORIGINAL.replace("f(x)", "h(x)"),
        ORIGINAL.replace("2.0", "3.0"),
        "x = 1\n",
        ORIGINAL + "return\n",
    ],
)
def test_changed_file_is_refused(tmp_path, edited):
    module = make_module(tmp_path / "made.py", ORIGINAL)
    (tmp_path / "made.py").write_text(edited)
    with pytest.raises(NoSourceError, match=r"made.py:1:1: NoSourceError: the source of `f` has changed(.|\n)*reload"):
        read(module.f)


def test_file_that_no_longer_parses_is_refused(tmp_path):
    module = make_module(tmp_path / "made.py", ORIGINAL)
    (tmp_path / "made.py").write_text(ORIGINAL + "def (\n")
    with pytest.raises(NoSourceError, match="the source of `f` can no longer be parsed"):
        read(module.f)


def test_change_elsewhere_in_a_file_is_no_matter(tmp_path):
    module = make_module(tmp_path / "made.py", ORIGINAL)
    (tmp_path / "made.py").write_text(ORIGINAL + "\ndef more(x):\n    return x\n")
    assert read(module.f).node.body[0].value.left.value == 2.0


def test_text_that_was_read_stays_when_the_file_changes(tmp_path):
    module = make_module(tmp_path / "made.py", ORIGINAL)
    read(module.f)
    (tmp_path / "made.py").write_text(ORIGINAL.replace("2.0", "3.0"))
    assert read(module.f).node.body[0].value.left.value == 2.0
    with pytest.raises(NoSourceError, match="has changed"):
        (tmp_path / "made.py").write_text("\n\n\n" + ORIGINAL)
        read(module.g(0))


def test_equal_code_of_two_files_is_kept_apart(tmp_path):
    one = make_module(tmp_path / "one.py", ORIGINAL)
    two = make_module(tmp_path / "two.py", ORIGINAL)
    assert one.f.__code__ == two.f.__code__
    assert (read(one.f).filename, read(two.f).filename) == (str(tmp_path / "one.py"), str(tmp_path / "two.py"))


def test_what_is_remembered_goes_with_the_code(tmp_path):
    f = make_module(tmp_path / "made.py", ORIGINAL).f
    read(f)
    key, alive = id(f.__code__), weakref.ref(f.__code__)
    assert key in source._found
    del f
    source_lookup._compiled.cache_clear()
    gc.collect()
    assert alive() is None
    assert key not in source._found


# ---- what is no function with a text


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (len, r"no source text of `len`, a builtin_function_or_method\n.*not written in Python"),
        (int, r"the class `int` is not a Python function"),
        (functools.partial(decorated, 1), r"a partial object is not a Python function"),
        (3, r"a int object is not a Python function"),
    ],
)
def test_other_callables_are_refused(value, message):
    with pytest.raises(NoSourceError, match=message):
        read(value)


def test_coroutine_is_refused_where_it_stands():
    async def f(x):
        return x

    message = r"test_source.py:\d+:5: UnsupportedError: `async def f`\n    async def f"
    with pytest.raises(UnsupportedError, match=message):
        read(f)


def test_syntax_that_gast_does_not_know_is_refused_where_it_stands():
    class Novelty(ast.expr):
        _fields = ()
        _attributes = ("lineno", "col_offset", "end_lineno", "end_col_offset")

    tree = ast.parse("y = 1\nx = 2")
    tree.body[1].value = ast.copy_location(Novelty(), tree.body[1].value)
    message = r"made.py:2:5: UnsupportedError: the syntax `Novelty`\n    x = 2\n {8}\^"
    with pytest.raises(UnsupportedError, match=message):
        source._refuse_unknown(tree, "made.py", ("y = 1", "x = 2"))


def test_several_lambdas_without_columns_are_refused():
    program = "from pullback.compiler.source import read\ndef f(k): return [lambda x: k, lambda x: -k]\nread(f(1)[0])"
    result = run_python("-X", "no_debug_ranges", "-c", program)
    assert "<string>:2:1: NoSourceError: several lambdas start on this line" in result.stderr


def test_several_lambdas_without_columns_are_told_apart_by_what_they_do():
    program = (
        "from pullback.compiler.source import read\nfs = [lambda x: 1, lambda x: 1.0, lambda x: True, lambda x: -x]\n"
        "print([read(f).statement_text(read(f).node.body) for f in fs])"
    )
    result = run_python("-X", "no_debug_ranges", "-c", program)
    assert result.stdout == "['1', '1.0', 'True', '-x']\n", result.stderr


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters came with Python 3.12")
def test_function_with_type_parameters_is_read():
    text = "def f[T: (int, float), *Ts, **P](x: T) -> T:\n    return x.__y\n"
    linecache.cache["<typed>"] = (len(text), None, text.splitlines(True), "<typed>")
    try:
        origin = read(make_function(text, "<typed>"))
        assert [type(p).__name__ for p in origin.node.type_params] == ["TypeVar", "TypeVarTuple", "ParamSpec"]
        assert origin.node.body[0].value.attr == "__y"
    finally:
        del linecache.cache["<typed>"]
