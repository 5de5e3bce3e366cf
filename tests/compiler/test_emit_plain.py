"""The fast printer prints what the checked ones print, and the side-by-side comparison sees every difference."""

import ast
from pathlib import Path

import gast
import pytest

from pullback.compiler import emit
from pullback.compiler.emit_plain import plain_statement
from pullback.compiler.emit_same import same_block

TEXTS = sorted((Path(__file__).parent.parent / "golden" / "texts").glob("*"))


@pytest.mark.parametrize("path", TEXTS, ids=lambda p: p.stem)
def test_plain_prints_generated_code_as_the_other_printers_do(path):
    body = gast.parse(path.read_text()).body
    assert emit.draft(body) == emit._Layout(emit._shorter).text(body)


def test_nearly_all_statements_of_generated_code_are_plain():
    statements = [n for path in TEXTS for n in gast.walk(gast.parse(path.read_text())) if isinstance(n, gast.stmt)]
    plain = [n for n in statements if plain_statement(n) is not None]
    assert len(plain) > 0.95 * len(statements)


SAME = """
y = -(x ** -2) * (a + b)
y = (-2.0) ** 2 + -0.0
y = (a if b else c) if d else e
y = (not a) == b
y = a - (b - c)
y = (a < b) < c
y = (a and b) and c or d
y = a[1:, (b, c), ::2] [0] .T
f(x, (a, b), k=(yield_, ))[()]
def f(a, b=1, /, c=2, *rest, d, e=3, **others): return a, (b,)
for i, (j, k) in a, b: pass
with f() as g, h(): x += -1
x @= (a, b)
if a: pass
elif b: y = 1
else: y = {'a': [1, 2], 'b': ()}
"""


@pytest.mark.parametrize("line", [*SAME.split("\nif")[0].strip().splitlines(), "if" + SAME.split("\nif")[1]])
def test_plain_text_says_the_same(line):
    text = plain_statement(gast.parse(line).body[0])
    if text is not None and not text.endswith(":"):
        assert ast.dump(ast.parse(text)) == ast.dump(ast.parse(line))
    body = gast.parse(line).body
    assert ast.dump(ast.parse(emit.print_tree(body))) == ast.dump(ast.parse(line))
    assert same_block(body, ast.parse(line).body)


DIFFERENT = [
    ("y = a", "y = b"), ("y = a", "z = a"), ("y = a - (b - c)", "y = a - b - c"), ("y = -x ** 2", "y = (-x) ** 2"),
    ("y = 1", "y = 1.0"), ("y = True", "y = 1"), ("y = 0.0", "y = -0.0"), ("y = f(a, b)", "y = f((a, b))"),
    ("y = f(k=a)", "y = f(j=a)"), ("y = f(k=a)", "y = f(a)"), ("y = f(**a)", "y = f(a=a)"), ("y += a", "y -= a"),
    ("y += a", "y = a"), ("y = a < b < c", "y = (a < b) < c"), ("y = a < b", "y = a > b"), ("y = a.b", "y = a.c"),
    ("y = x[a:b]", "y = x[a:b:None]"), ("y = x[a, b]", "y = x[a][b]"), ("y = [a]", "y = (a,)"), ("y = z = a", "y = a"),
    ("y = {a: b}", "y = {b: a}"), ("y = 'a'", "y = b'a'"), ("return", "return None"), ("y = u'a'", "y = 'a'"),
    ("import a", "import a as b"), ("from a import b", "from .a import b"), ("if a: b", "if a: b\nelse: c"),
    ("while a: b", "while b: b"), ("for i in a: b", "for j in a: b"), ("with a: b", "with a as c: b"),
    ("if a: b", "if a: b; c"), ("def f(a): b", "def f(a, /): b"), ("def f(a): b", "def f(a=1): b"),
    ("def f(*a): b", "def f(**a): b"), ("def f(*, a=1): b", "def f(*, a): b"), ("def f(): b", "@c\ndef f(): b"),
    ("try: a\nexcept b: c", "try: a\nexcept b as d: c"), ("try: a\nexcept b: c", "try: a\nexcept: c"),
    ("try: a\nfinally: c", "try: a\nexcept: c"), ("try: a\nexcept b: c", "try: a\nexcept b: c\nelse: d"),
    ("assert a", "assert a, b"), ("raise a", "raise a from b"), ("y = a and b", "y = a or b"), ("y = +a", "y = -a"),
    ("del a", "a"), ("pass", "break"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_same_sees_a_difference(one, other):
    for left, right in ((one, other), (other, one)):
        assert not same_block(gast.parse(left).body, ast.parse(right).body)
        assert same_block(gast.parse(left).body, ast.parse(left).body) or "@" in left or "**a)" in left


def test_same_passes_over_comments_and_empty_blocks():
    loop = gast.For(gast.Name("i", gast.Store(), None, None), gast.Name("a", gast.Load(), None, None),
                    [emit.comment("nothing")], [], None)
    assert same_block([emit.blank(), loop], ast.parse("for i in a: pass").body)
    assert not same_block([loop], ast.parse("for i in a: b").body)


def test_a_wrong_text_of_the_fast_printer_is_seen_and_printed_again(monkeypatch):
    monkeypatch.setattr(emit, "plain_statement", lambda node: "y = a - b - c")
    assert emit.print_tree(gast.parse("y = a - (b - c)").body) == "y = a - (b - c)\n"
