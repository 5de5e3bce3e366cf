"""The side-by-side view: which lines stand together, how it is folded, what the findings say."""

import numpy as np
import pytest

import pullback as pb
from pullback.compiler.inspect_view import Line, Row, View, align, cells, fold, plain

PRIMAL = [[Line(1, "def f(x):")], [Line(2, "    y = g(x)")], [Line(3, "    z = 1")], [Line(4, "    return y * y")]]
ADJOINT = """\
import numpy as np


def f_grad(x):
    y = g(x)

    # adjoint of line 4: return y * y
    d_y = y + y

    # adjoint of line 2: y = g(x)
    d_x = d_y * c
    return d_x""".splitlines()
PLACES = {5: Line(2, ""), 8: Line(4, ""), 11: Line(2, "")}


def pairs(rows):
    return [(row.primal and row.primal.number, row.adjoint and row.adjoint.number, row.again) for row in rows]


def test_align_puts_both_sweeps_beside_the_lines_that_they_belong_to():
    assert pairs(align(PRIMAL, ADJOINT, PLACES)) == [
        (None, 1, False), (None, 2, False), (None, 3, False), (1, 4, False),  # the `def`s
        (2, 5, False),
        (3, None, False),  # nothing is left of it
        (4, 6, False), (None, 8, False),
        (None, 9, False), (2, 11, True),
        (None, 12, False),
    ]


def test_align_shows_each_line_of_both_once_but_for_repeats_and_provenance():
    rows = align(PRIMAL, ADJOINT, PLACES)
    assert [r.primal.number for r in rows if r.primal and not r.again] == [1, 2, 3, 4]
    left_out = [n for n, text in enumerate(ADJOINT, start=1) if "# adjoint of line" in text]
    assert [r.adjoint.number for r in rows if r.adjoint] == [n for n in range(1, 13) if n not in left_out]


def test_align_shows_a_helpers_line_as_it_stands_there():
    rows = align(PRIMAL, ["def f_grad(x):", "    y = x * x", "    return y"], {2: Line(40, "return a * a", True)})
    assert Row(Line(40, "return a * a", True), Line(2, "    y = x * x"), True) in rows


def test_align_of_an_adjoint_without_statements():
    assert pairs(align(PRIMAL[:1], ["def f_grad(x):", "    return 0.0"], {})) == [(1, 1, False), (None, 2, False)]


@pytest.mark.parametrize("width", [60, 80, 100])
def test_plain_fits_into_the_width_and_loses_nothing(width):
    rows = align([[Line(1, "def f(x):")], [Line(2, "    y = " + " + ".join(["x"] * 40))]],
                 ["def f_grad(x):", "    d_x = " + " * ".join(["name"] * 30)], {2: Line(2, "")})
    text = plain(View("f", rows, (("active", ", ".join(["x"] * 60)),)), width)
    assert max(map(cells, text.splitlines())) <= width
    assert text.count("name") == 30 and text.count("x +") + text.count("+ x") >= 39


def test_plain_marks_lines_that_stand_again():
    text = plain(View("f", align(PRIMAL, ADJOINT, PLACES), ()))
    assert sum(line.startswith(" 2^ ") for line in text.splitlines()) == 1


def test_fold_breaks_words_that_are_too_long():
    assert fold("abcdefgh", 4) == ["abcd", "  ef", "  gh"]
    assert fold("", 4) == [""]


def test_cells_count_columns():
    assert (cells("ab"), cells("変数"), cells("e\u0301")) == (2, 4, 1)


def relax(x, rate, n):
    h = x
    unused = np.exp(h)  # noqa: F841
    for _ in range(n):
        h = h - rate * np.sin(h)
    return np.sum(h * h)


def findings(gradient, *arguments):
    gradient(*arguments)
    return dict(gradient.inspect().findings)


def test_findings_name_active_variables_tapes_and_dropped_statements():
    found = findings(pb.grad(relax), np.ones(3), 0.1, 4)
    line = relax.__code__.co_firstlineno
    assert found["active"] == "x, h"
    assert found["saved"] == f"h on h_tape (f8[:], each trip of line {line + 3})"
    assert found["dropped"] == f"line {line + 2}: unused = np.exp(h)"


def test_findings_follow_wrt():
    assert findings(pb.grad(relax, wrt="rate"), np.ones(3), 0.1, 4)["active"] == "rate, h"


def test_findings_of_a_function_that_does_not_depend_on_its_argument():
    assert findings(pb.grad(lambda x, y: np.sum(y)), 1.0, np.ones(2))["active"] == "nothing: the gradient is zero"


def test_value_that_is_wanted_is_not_said_to_be_skipped():
    assert "skipped" in findings(pb.grad(relax), np.ones(3), 0.1, 4)
    assert "skipped" not in findings(pb.value_and_grad(relax), np.ones(3), 0.1, 4)


def test_inspect_shows_the_variant_used_last():
    gradient = pb.grad(relax)
    assert str(gradient.inspect()).startswith("relax(x: f8[...], rate: f8[...], n: int)  by x")
    gradient(np.ones((2, 2)), 0.5, 3)
    assert repr(gradient.inspect()).startswith("relax(x: f8[:, :], rate: float, n: int)  by x")


def test_inspect_shows_every_line_of_primal_and_adjoint():
    gradient = pb.grad(relax)
    gradient(np.ones(3), 0.1, 4)
    shown = str(gradient.inspect())
    for line in gradient.source.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            assert line in shown
    assert "unused = np.exp(h)" in shown


def test_inspect_of_methods_and_lambdas():
    class Model:
        def loss(self, x):
            # half the square
            return 0.5 * np.sum(x * x)

    gradient = pb.grad(Model().loss)
    gradient(np.ones(2))
    assert "\n" in str(gradient.inspect()) and "    # half the square" in str(gradient.inspect())
    square = pb.grad(lambda x: x * x)
    square(2.0)
    assert "lambda x: x * x" in str(square.inspect())
