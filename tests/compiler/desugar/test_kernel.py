"""What is outside the kernel is refused, with its place in the user's file."""

import gast
import numpy as np
import pytest

import pullback as pb
from pullback.compiler.desugar import desugar
from pullback.compiler.desugar.kernel import check_kernel
from pullback.compiler.source import read

OUTSIDE = {
    "`else` on a loop": "for i in x:\n        y = i\n    else:\n        y = 1\n    return y",
    "an assignment with several targets": "a = b = x\n    return a",
    "a constant as a statement": "1\n    return x",
    "`del` of a name": "del x\n    return 1",
    "a comparison with several sides": "y = [0 < v < 1 for v in x]\n    return y",
    "a path that ends without `return`": "if x:\n        return x\n    else:\n        y = 1",
    "`return` here": "if x:\n        return x\n    return 1",
    "`break` here": "while x:\n        break\n    return x",
    "`continue` here": "while x:\n        continue\n    return x",
    "an annotation of an element": "y = x\n    y[0]: int\n    return y",
    "`except\\*`": "try:\n        y = 1\n    except* ValueError:\n        y = 2\n    return y",
    "`async for`": "async for y in x:\n        z = y\n    return z",
}


@pytest.mark.parametrize("what", OUTSIDE)
def test_outside_the_kernel(what):
    tree = gast.parse(f"def f(x):\n    {OUTSIDE[what]}\n").body[0]
    with pytest.raises(pb.UnsupportedError, match=what):
        check_kernel(tree)


def test_generator_is_refused_though_its_yield_is_never_reached():
    def f(x):
        return x
        yield x

    with pytest.raises(pb.UnsupportedError, match="a generator") as caught:
        pb.grad(f)(1.0)
    assert caught.value.where.text.strip() == "yield x"




def test_what_a_call_does_not_reach_is_not_refused():
    def f(x, names=None):
        if names is not None:
            import json

            return json.loads(names)
        return np.sum(x * x)

    assert pb.grad(f)(np.ones(2)).tolist() == [2.0, 2.0]


def test_tree_is_made_once_and_the_origin_keeps_its_own():
    def f(x):
        y: float = x
        return y

    origin = read(f)
    before = gast.dump(origin.node)
    assert desugar(origin) is desugar(origin)
    assert gast.dump(origin.node) == before
