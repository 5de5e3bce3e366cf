"""The stages of a compilation as text: each is well-formed by its own reader, and shows what its name says."""

import ast

import numpy as np
import pytest

from pullback.compiler import api, ir_check, ir_text
from pullback.compiler.kind_notation import parse_arguments
from pullback.compiler.pipeline import Options
from pullback.compiler.stages import DUMP_POINTS, STAGES, Recorder, syntax_text


def model(x, n):
    h = x
    for i in range(n):
        if i % 2 == 0:
            continue
        h += np.sin(h)
    return np.sum(h)


def recorded(kinds, **options):
    recorder = Recorder()
    gradient = api.Gradient(model, 0, "numpy", Options(dump=recorder, **options))
    gradient.variant(parse_arguments(kinds, gradient.__signature__))
    return gradient, recorder


def test_stages_are_told_apart_in_order():
    assert STAGES == ("gast", "kernel", "ir", "adjoint", "optimised", "source")
    assert set(DUMP_POINTS) < set(STAGES)


def test_syntax_stages_are_the_parsed_and_the_desugared_function():
    gradient, _ = recorded("x: f8[3], n: int")
    assert syntax_text(gradient.origin, "gast").startswith("FunctionDef(\n  name='model',")
    kernel = ast.parse(syntax_text(gradient.origin, "kernel"))
    assert not any(isinstance(node, ast.Continue) for node in ast.walk(kernel))


def test_syntax_stages_of_a_lambda():
    origin = api.grad(lambda x: x * x).origin
    assert syntax_text(origin, "gast").startswith("Lambda(")
    assert ast.parse(syntax_text(origin, "kernel"))


@pytest.mark.parametrize("stage", list(DUMP_POINTS))
def test_ir_stages_are_well_formed_and_can_be_parsed(stage):
    _, recorder = recorded("x: f8[3], n: int")
    function = recorder.functions[DUMP_POINTS[stage]]
    ir_check.check(function, stage)
    text = recorder.text(stage)
    again = ir_text.parse(text, ir_text.primitives_in(function), ir_text.objects_in(function))
    assert ir_text.show(again) == text


def test_each_stage_is_another_step():
    _, recorder = recorded("x: f8[3], n: int")
    texts = [recorder.text(stage) for stage in DUMP_POINTS]
    assert [text.split("(")[0] for text in texts] == ["function model", "function model", "function model_grad"]
    assert "tape_push" not in texts[0] and "tape_push" in texts[1]
    assert len(texts[2].splitlines()) < len(texts[1].splitlines())


def test_stages_follow_the_kinds_that_are_given():
    _, narrow = recorded("x: f4[1], n: int")
    _, wide = recorded("x: f8[2, 2], n: int")
    assert "%x: f4[1]" in narrow.text("ir") and "%x: f8[n1, n2]" in wide.text("ir")


def test_switched_off_passes_change_the_text_and_not_the_numbers():
    _, plain = recorded("x: f8[3], n: int", simplify=False, merge_common=False)
    _, full = recorded("x: f8[3], n: int")
    assert len(plain.text("optimised")) > len(full.text("optimised"))
    x = np.array([0.1, 0.2, 0.3])
    slow = api.Gradient(model, 0, "numpy", Options(simplify=False, merge_common=False))
    np.testing.assert_allclose(slow(x, 5), api.grad(model)(x, 5), rtol=1e-14)
