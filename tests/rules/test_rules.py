"""Every derivative rule, through every check of the harness."""

import importlib
import pathlib

import pytest

from pullback.compiler.rules import all_rules, slicing

from . import harness

for path in sorted(pathlib.Path(__file__).parent.glob("cases_*.py")):
    importlib.import_module(f"{__package__}.{path.stem}")


@pytest.mark.parametrize("case", harness.CASES, ids=lambda c: c.label)
def test_rule(case):
    harness.check(case)


@pytest.mark.parametrize("point", harness.POINTS, ids=lambda p: p[0])
def test_point(point):
    harness.check_point(*point)


def test_every_rule_has_a_case():
    tried = {id(c.rule) for c in harness.CASES}
    missing = [rule.name for rule in all_rules() if id(rule) not in tried]
    assert not missing, f"rules without a case: {', '.join(missing)}"


def test_every_differentiable_parameter_has_a_case():
    tried = {(id(c.rule), name) for c in harness.CASES for name in c.active}
    missing = [f"{rule.name}: {name}" for rule in all_rules() for name in rule.differentiable
               if (id(rule), name) not in tried]
    assert not missing, f"parameters without a case: {', '.join(missing)}"


def test_every_rule_has_a_tangent():
    missing = [rule.name for rule in all_rules() if slicing.pushforward(rule) is None]
    assert not missing, f"rules without a tangent (jvp, linear, bilinear or elementwise): {', '.join(missing)}"
