"""The before and after of each pass, as its docstring shows them; and that a pass leaves its result alone."""

import sys
import textwrap

import gast
import pytest

from pullback.compiler.desugar import PASSES
from pullback.compiler.desugar.context import Context, copy_tree
from pullback.compiler.emit import print_tree


def parsed(text):
    return gast.parse(text).body


def run(one, body):
    context = Context()
    context.learn(gast.Module(body, []))
    return one(body, context)


def before_and_after(one):
    _, _, shown = sys.modules[one.__module__].__doc__.partition("before:\n")
    before, _, after = shown.partition("after:\n")
    return textwrap.dedent(before), textwrap.dedent(after)


@pytest.mark.parametrize("one", PASSES, ids=lambda p: p.__name__)
def test_docstring_shows_what_the_pass_does(one):
    before, after = before_and_after(one)
    assert print_tree(run(one, parsed(before))) == print_tree(parsed(after))


@pytest.mark.parametrize("one", PASSES, ids=lambda p: p.__name__)
def test_result_is_left_alone(one):
    _, after = before_and_after(one)
    assert print_tree(run(one, parsed(after))) == print_tree(parsed(after))


@pytest.mark.parametrize("one", PASSES, ids=lambda p: p.__name__)
def test_every_new_node_has_a_position(one):
    before, _ = before_and_after(one)
    for statement in run(one, parsed(before)):
        for node in gast.walk(statement):
            if "lineno" in node._attributes:
                assert 1 <= node.lineno <= before.count("\n"), gast.dump(node)


def test_invented_names_are_free():
    def run_text(text):
        return print_tree(run(PASSES[-2], parsed(text)))

    text = "while a:\n    if stop: break\n    stop2 = 1\n"
    assert "stop3 = False\nwhile not stop3 and a" in run_text(text)


def test_copy_shares_no_node():
    tree = gast.parse("def f(x, *y, z=1):\n    return [x for _ in y]")
    copied = copy_tree(tree)
    assert gast.dump(tree, include_attributes=True) == gast.dump(copied, include_attributes=True)
    nodes = {id(node) for node in gast.walk(tree)}
    assert not any(id(node) in nodes for node in gast.walk(copied))
