"""Desugared functions, printed and run, do what the originals do: value, exception, and the sequence of side effects.

Limitation: what a deleted name or a bare annotation would raise is lost on purpose (see `redundant`).
"""

import gast
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pullback.compiler.desugar import desugar_tree
from pullback.compiler.emit import print_tree


def outcome(text, *args):
    """What `f(*args)` returns or raises, and what it traced."""
    trace = []

    def mark(what, value=None):
        trace.append(what)
        return what if value is None else value

    namespace = {"mark": mark}
    exec(compile(text, "<program>", "exec"), namespace)
    try:
        result = ("returned", namespace["f"](*args))
    except Exception as error:
        result = ("raised", type(error))
    return result, trace


def desugared(text):
    return print_tree([desugar_tree(gast.parse(text).body[0])])


def agree(text, *args):
    changed = desugared(text)
    assert outcome(text, *args) == outcome(changed, *args), changed


PROGRAMS = {
    "early return": "if n > 2:\n    return mark('big')\nmark('rest')\nreturn n",
    "both may go on": "if n > 0:\n    if n > 2:\n        return n\n    mark(1)\nelse:\n    mark(2)\nx = mark(3)\nreturn x + n",
    "no return": "if n > 2:\n    return\nmark(n)",
    "bare annotation": "x: int\ny: float = n * 2\nreturn y",
    "docstring": "'''Says.'''\nreturn n",
    "chain": "return mark(1, n) < mark(2, n + 1) < mark(3, 4) <= mark(4, 9)",
    "chain in a lambda": "g = lambda m: 0 < m + 1 < 4\nreturn g(n), g(n - 3)",
    "chain in a test": "if 0 < n + mark(1) < 4:\n    return 'in'\nreturn 'out'",
    "chain rebinds": "x = 1\nreturn x < n < (n := 7), n",
    "targets": "x = [0, 0]\nx[mark(0)] = y = x[1] = mark(5)\nreturn x, y",
    "target order": "i = 0\nx = [1, 2]\ni = x[i] = 1\nreturn i, x",
    "target tuple": "a, b = c = mark(1), n\nreturn a, b, c",
    "target holds itself": "a = (a, b) = (n, 2)\nreturn a, b",
    "for range break": "s = 0\nfor i in range(5):\n    if i == n:\n        break\n    s += i\nreturn s, i",
    "for range zero trips": "i = 'before'\nfor i in range(n - 3):\n    if i > 1:\n        break\nreturn i",
    "for range unbound": "for i in range(n - 3):\n    if i > 1:\n        break\nreturn i",
    "for range down": "for i in range(9, n, -2):\n    mark(i)\n    if i < 4:\n        break\nreturn i",
    "for range step by name": "k = n - 2\nif k == 0:\n    return\nfor i in range(0, 4 * k, k):\n    mark(i)\n    if i > 2:\n"
    "        break\nreturn i",
    "for range bound changes": "m = n\nfor i in range(m):\n    m = 9\n    if mark(i) == 7:\n        break\nreturn i",
    "for range variable changes": "for i in range(n):\n    mark(i)\n    i += 10\n    if i == 12:\n        break\nreturn n",
    "for range evaluates once": "for i in range(mark(0) or n):\n    if mark(i) == 2:\n        break\nreturn n",
    "for list break": "for v in [1, 2, 3, 4]:\n    if v == n:\n        break\n    mark(v)\nelse:\n    mark('all')\nreturn v",
    "for pairs break": "for i, (a, b) in enumerate([(1, 2), (3, 4)]):\n    if a > n:\n        break\nreturn i, a, b",
    "for into element": "x = [0]\nfor x[0] in [1, 2, 3]:\n    if x[0] == n:\n        break\nreturn x",
    "for else": "for i in range(n):\n    mark(i)\nelse:\n    mark('else')\nreturn n",
    "while else break": "while mark(n) < 5:\n    n += 1\n    if n == 4:\n        break\nelse:\n    return 'end'\nreturn 'broken'",
    "while test not again": "while mark('test', n) < 9:\n    n += 1\n    if n == 4:\n        break\nreturn n",
    "while true": "while True:\n    n += 1\n    if n > 6:\n        return n\n    mark(n)",
    "while true two returns": "while True:\n    n += 1\n    if n == 3:\n        return 'three'\n    if n > 6:\n"
    "        return n\n    mark(n)",
    "nested return": "for i in range(4):\n    for j in range(4):\n        if i * j == n:\n            return i, j\n"
    "        mark((i, j))\n    mark(i)\nreturn None",
    "return in loop else": "for i in range(3):\n    for j in range(3):\n        if j == n:\n            break\n    else:\n"
    "        return i, 'else'\n    mark(j)\nreturn 'end'",
    "break in loop else": "for i in range(3):\n    for j in range(3):\n        if j == n:\n            break\n    else:\n"
    "        break\nelse:\n    mark('outer else')\nreturn i, j",
    "continue in loop else": "for i in range(3):\n    while n > 5:\n        break\n    else:\n        continue\n    mark(i)\nreturn n",
    "continue then break": "for i in range(9):\n    if i == n:\n        continue\n    if i > 5:\n        break\n    mark(i)\nreturn i",
    "inner continue": "for i in range(4):\n    if i > 0:\n        if i == n:\n            continue\n        mark(i)\n    mark('end')\nreturn i",
    "raise": "if n > 2:\n    raise ValueError(n)\nelse:\n    return n",
    "raise in loop": "for i in range(5):\n    if i == n:\n        raise KeyError\n    if i == 3:\n        return i\nreturn n",
    "try": "for i in range(4):\n    try:\n        if i == n:\n            break\n        mark(1 // i)\n    except ZeroDivisionError:\n"
    "        continue\n    else:\n        mark('else')\n    finally:\n        mark('finally')\n    mark(i)\nreturn i",
    "jump never reached": "for i in range(n):\n    try:\n        mark(1 // i)\n        while mark('test', 0):\n            pass\n"
    "        else:\n            return 'else'\n        continue\n    except ZeroDivisionError:\n        mark('zero')\n    mark(i)\nreturn n",
    "try returns": "try:\n    return 6 // n\nexcept ZeroDivisionError:\n    mark('zero')\nelse:\n    mark('never')\n"
    "finally:\n    mark('finally')\nreturn -1",
    "try in loop returns": "for i in range(n + 1):\n    try:\n        return 6 // (i - 1) // i\n    except ZeroDivisionError:\n"
    "        mark(i)\nreturn 'none'",
    "return shares nothing": "for i in range(4):\n    if i == n:\n        return [i]\n    if i == n - 1:\n        return [i]\nreturn []",
    "nested function": "def g(m):\n    for k in range(m):\n        if k == 2:\n            return k\n    return -1\nreturn g(n), g(1)",
    "name stop": "stop = n\nfor i in range(5):\n    if i == stop:\n        break\nreturn i, stop",
    "range is another": "def range(m):\n    return [7, 8, 9][:m]\nfor i in range(n):\n    if i == 8:\n        break\nreturn i",
}  # fmt: skip


@pytest.mark.parametrize("name", PROGRAMS)
def test_program_does_the_same(name):
    text = "def f(n):\n" + "".join(f"    {line}\n" for line in PROGRAMS[name].split("\n"))
    for n in range(6):
        agree(text, n)


# --- random programs -------------------------------------------------------------------------------------------------

NAMES = ("a", "b")


@st.composite
def blocks(draw, depth, loop):
    """Lines of a block; `loop` says whether `break` and `continue` may stand here."""
    lines = []
    for _ in range(draw(st.integers(1, 3))):
        lines += draw(statements(depth, loop))
    return lines


def indented(lines):
    return [f"    {line}" for line in lines]


@st.composite
def statements(draw, depth, loop):
    simple = ["mark", "assign", "return", *(["break", "continue"] if loop else [])]
    kind = draw(st.sampled_from(simple if depth == 0 else [*simple, "if", "if", "if", "for", "while", "try"]))
    number, name = draw(st.integers(0, 4)), draw(st.sampled_from(NAMES))
    if kind == "mark":
        return [f"mark(({number}, {name}))"]
    if kind == "assign":
        return [f"{name} = {name} + {number} - {draw(st.sampled_from(NAMES))} % 3"]
    if kind == "return":
        return [f"return {number}, {name}"]
    if kind in ("break", "continue"):
        return [kind]
    inner = indented(draw(blocks(depth - 1, loop if kind in ("if", "try") else True)))
    orelse = indented(draw(blocks(depth - 1, loop))) if draw(st.booleans()) else []
    orelse = ["else:", *orelse] if orelse else []
    if kind == "if":
        return [f"if mark('if', {name} % 4) {draw(st.sampled_from(['<', '==']))} {number}:", *inner, *orelse]
    if kind == "for":
        iterable = draw(st.sampled_from([f"range({number})", f"range({name})", f"range({number}, -1, -2)", "[3, 1, 2]",
                                         "range(mark('n', 2))"]))
        return [f"for {name} in {iterable}:", *inner, *orelse]
    if kind == "try":
        end = ["finally:", "    mark('finally')"] if draw(st.booleans()) else []
        return ["try:", f"    mark(1 // ({name} % 2))", *inner, "except ZeroDivisionError:", "    mark('zero')", *orelse, *end]
    # `fuel` ends each loop after a few trips, whatever the body does
    return [f"while mark('while', {name}) < 9 and mark('fuel', fuel()):", *inner, *orelse]


@st.composite
def programs(draw):
    body = ["left = [12]", "def fuel():", "    left[0] -= 1", "    return left[0] > 0", *draw(blocks(3, False)),
            "return a, b"]
    return "\n".join(["def f(a, b):", *indented(body)]) + "\n"


@given(programs(), st.integers(0, 4), st.integers(0, 4))
def test_random_program_does_the_same(text, a, b):
    agree(text, a, b)
