"""The messages of errors, and the programs that the error classes document."""

import ast
import builtins
import inspect
import linecache
import pickle
import textwrap

import gast
import numpy as np
import pytest

import pullback
from pullback.runtime import errors
from pullback.runtime.errors import Location, PullbackError, UnsupportedError

FAMILY = [
    value
    for value in vars(errors).values()
    if isinstance(value, type) and issubclass(value, PullbackError) and value is not PullbackError
]


def programs(cls):
    """The failing and the repaired program of a class's docstring."""
    documentation = inspect.cleandoc(cls.__doc__)
    parts = documentation.partition("\nRepaired")
    return [
        textwrap.dedent("\n".join(line for line in part.split("\n") if line.startswith("    ") or not line))
        for part in (parts[0].partition("Fails")[2], parts[2])
    ]


def test_message_has_its_four_parts_in_order():
    where = Location("model.py", 12, 12, 12, 31, "    steps = (x * k for k in ks)")
    error = UnsupportedError(
        "a generator that outlives its expression",
        where,
        "A stored generator cannot be run backwards.",
        "Write `steps = [x * k for k in ks]`.",
    )
    assert str(error) == (
        "model.py:12:13: UnsupportedError: a generator that outlives its expression\n"
        "    steps = (x * k for k in ks)\n"
        "            ^^^^^^^^^^^^^^^^^^^\n"
        "A stored generator cannot be run backwards. Write `steps = [x * k for k in ks]`."
    )


def test_message_without_a_place_starts_with_what_is_wrong():
    assert str(PullbackError("what", None, "", "Instead.")) == "what\nInstead."


@pytest.mark.parametrize(
    ("where", "caret"),
    [
        (Location("f.py", 1), ""),
        (Location("f.py", 1, 0, text="   "), ""),
        (Location("f.py", 1, 2, text="  x = y  "), "    x = y\n    ^^^^^"),
        (Location("f.py", 1, 6, 3, 2, "  x = (y +"), "    x = (y +\n        ^^^^"),
        (Location("f.py", 1, 4, 1, 5, "x\t= y"), "    x\t= y\n     \t  ^"),
        (Location("f.py", 1, 5, 1, 6, "'æ' + y"), "    'æ' + y\n         ^"),
        (Location("f.py", 1, 7, 1, 8, "'漢字' + y"), "    '漢字' + y\n             ^"),
        (Location("f.py", 1, 90, 1, 95, "x = y"), "    x = y\n         ^"),
        (Location("f.py", 1, 4, 1, 4, "x = y"), "    x = y\n        ^"),
    ],
)
def test_caret_stands_under_the_construct(where, caret):
    if where.text.startswith("'漢"):
        caret = "    '漢字' + y\n" + " " * (4 + len("''") + 2 * 2 + len(" + ")) + "^"
    assert where.caret() == caret


@pytest.mark.parametrize("cls", FAMILY)
def test_error_is_also_what_a_user_would_catch(cls):
    caught = [base for base in cls.__mro__ if base.__module__ == "builtins" and base not in (Exception, BaseException)]
    assert caught[0] in vars(builtins).values()
    assert caught[0] is not object


@pytest.mark.parametrize("cls", FAMILY)
def test_error_survives_pickling(cls):
    error = cls("what", Location("f.py", 1, 2, 1, 3, "x = y"), "why", "instead")
    error.add_note("a note")
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.where, again.__notes__) == (cls, str(error), error.where, ["a note"])


@pytest.mark.parametrize("cls", FAMILY)
def test_error_class_documents_a_failing_and_a_repaired_program(cls):
    failing, repaired = programs(cls)
    assert failing.strip() != repaired.strip()
    for program in (failing, repaired):
        assert ast.parse(program).body


def run(program, filename):
    """Run a documented program as if it stood in a file."""
    linecache.cache[filename] = (len(program), None, program.splitlines(True), filename)
    try:
        exec(compile(program, filename, "exec"), {"pb": pullback, "np": np, "gast": gast})
    finally:
        del linecache.cache[filename]


@pytest.mark.parametrize("cls", FAMILY)
def test_documented_programs_fail_and_are_repaired(cls):
    failing, repaired = programs(cls)
    needed = {node.attr for node in ast.walk(ast.parse(failing)) if isinstance(node, ast.Attribute)
              and isinstance(node.value, ast.Name) and node.value.id == "pb"}  # fmt: skip
    if missing := [name for name in needed if not hasattr(pullback, name)]:
        pytest.skip(f"pullback.{missing[0]} is not there yet")
    with pytest.raises(cls) as caught:
        run(failing, f"<{cls.__name__} fails>")
    assert type(caught.value) is cls
    run(repaired, f"<{cls.__name__} repaired>")
