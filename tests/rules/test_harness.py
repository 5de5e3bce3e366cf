"""The harness itself: a wrong rule is caught, and by the check that is meant for its fault."""

import operator

import numpy as np
import pytest

from pullback.compiler.rules.registry import Rule

from .harness import A, C, RuleFailure, check, make_case


def planted(target, body, *args, elementwise=True, **options):
    jvp = options.pop("jvp", None)
    rule = Rule((target,), body, elementwise, jvp=jvp, options=options)
    return make_case(target, *args, _rule=rule)


def caught(case, by):
    with pytest.raises((RuleFailure, AssertionError, TypeError), match=by):
        check(case)


def test_the_right_rule_passes():
    def multiply(x1, x2, *, ans, d_ans):
        d_x1 = d_ans * x2
        d_x2 = d_ans * x1
        return d_x1, d_x2

    check(planted(np.multiply, multiply, A(2, 3), A(3)))


def test_a_factor_off_by_a_thousandth():
    def multiply(x1, x2, *, ans, d_ans):
        d_x1 = d_ans * x2 * 1.001
        d_x2 = d_ans * x1
        return d_x1, d_x2

    caught(planted(np.multiply, multiply, A(2, 3), A(3)), "^central_differences: .* d_x1")


def test_a_wrong_sign():
    def subtract(x1, x2, *, ans, d_ans):
        d_x1 = d_ans
        d_x2 = d_ans
        return d_x1, d_x2

    caught(planted(np.subtract, subtract, A(3), A(3)), "^central_differences: .* d_x2")


def test_a_forgotten_conjugate():
    def multiply(x1, x2, *, ans, d_ans):
        d_x1 = d_ans * x2
        d_x2 = d_ans * x1
        return d_x1, d_x2

    caught(planted(np.multiply, multiply, C(3), C(3)), "^central_differences")


def test_a_shape_that_is_not_the_operands():
    def sum_(a, *, ans, d_ans):
        d_a = d_ans
        return d_a

    caught(planted(np.sum, sum_, A(2, 3), elementwise=False), "^shape_and_dtype")


def test_a_missing_unbroadcast():
    def add(x1, x2, *, ans, d_ans):
        d_x1 = d_ans
        d_x2 = d_ans
        return d_x1, d_x2

    caught(planted(np.add, add, A(2, 3), A(3), elementwise=False), "^shape_and_dtype: .* d_x2")


def test_a_cotangent_too_few():
    def concatenate(arrays, *, ans, d_ans):
        d_arrays = (d_ans[:2],)
        return d_arrays

    caught(planted(np.concatenate, concatenate, (A(2), A(3)), elementwise=False), "^shape_and_dtype")


def test_a_write_to_the_cotangent():
    def square(x, *, ans, d_ans):
        d_x = np.multiply(d_ans, 2 * x, out=d_ans)
        return d_x

    caught(planted(np.square, square, A(3)), "^arguments_unchanged")


def test_a_write_to_an_operand():
    def square(x, *, ans, d_ans):
        d_x = d_ans * np.multiply(2, x, out=x)
        return d_x

    caught(planted(np.square, square, A(3)), "^arguments_unchanged")


def test_a_cotangent_that_is_not_linear():
    def exp(x, *, ans, d_ans):
        d_x = d_ans * ans + 1
        return d_x

    caught(planted(np.exp, exp, A(3)), "^linear")


def test_a_nan_where_the_operand_is_not_declared(monkeypatch):
    from pullback.compiler.rules import slicing

    from . import checks

    def exp(x, *, ans, d_ans):
        d_x = d_ans * np.exp(x)
        return d_x

    def forgetful(rule, name):
        function, values, shapes = slicing.pullback(rule, name)
        return function, values - {"x"}, shapes | {"x"}

    monkeypatch.setattr(checks, "pullback", forgetful)
    caught(planted(np.exp, exp, A(3)), "^honest_needs")


def test_a_warning_that_the_primal_does_not_give():
    def absolute(x, *, ans, d_ans):
        d_x = np.where(x == 0, 0, d_ans * x / ans)
        return d_x

    caught(planted(np.absolute, absolute, np.array([0.0, 1.0])).but(central_differences="kink"), "^no_new_warning")


def test_a_wrong_tangent():
    def exp(x, *, ans, d_ans):
        d_x = d_ans * ans
        return d_x

    def tangent(x, *, ans, t_x):
        return t_x * ans * 1.001

    caught(planted(np.exp, exp, A(3), elementwise=False, jvp=tangent), "^dot_product")


def test_a_body_that_calls_what_has_no_rule():
    def square(x, *, ans, d_ans):
        d_x = d_ans * np.apply_along_axis(lambda row: 2 * row, 0, x)
        return d_x

    caught(planted(np.square, square, A(3), elementwise=False), "has no rule")


def test_a_wrong_second_order():
    def square(x, *, ans, d_ans):
        d_x = d_ans * np.round(2 * x, 13)  # the right number, but a constant
        return d_x

    caught(planted(np.square, square, A()), "^second_order")


def test_a_choice_of_the_wrong_element():
    def getitem(a, b, *, ans, d_ans):
        d_a = np.zeros(np.shape(a)) + d_ans
        return d_a

    caught(planted(operator.getitem, getitem, A(4), 2, elementwise=False), "^central_differences")


def test_a_store_that_loses_repeated_reads():
    def getitem(a, b, *, ans, d_ans):
        d_a = scattered_once(d_ans, np.shape(a), b)
        return d_a

    caught(planted(operator.getitem, getitem, A(4), [0, 0, 1], elementwise=False), "^central_differences")


def scattered_once(values, shape, index):
    out = np.zeros(shape)
    out[index] = values
    return out


def test_a_result_in_double_precision_is_projected():
    def multiply(x1, x2, *, ans, d_ans):
        d_x1 = d_ans * np.asarray(x2, np.float64)
        d_x2 = d_ans * x1
        return d_x1, d_x2

    check(planted(np.multiply, multiply, A(3), A(3)).but(second_order="asarray of a trace"))


def test_no_operand_to_differentiate():
    def add(x1, x2, *, ans, d_ans):
        d_x1 = d_ans
        d_x2 = d_ans
        return d_x1, d_x2

    caught(planted(np.add, add, 1, 2), "^no_operand")


def test_a_tangent_with_a_wrong_factor_and_one_of_a_wrong_shape():
    def sum_(a, *, ans, d_ans):
        d_a = np.broadcast_to(d_ans, np.shape(a))
        return d_a

    def doubled(a, *, ans, t_a):
        return 2 * np.sum(t_a)

    def spread(a, *, ans, t_a):
        return np.full(3, np.sum(t_a) / 3)

    for tangent in (doubled, spread):
        caught(planted(np.sum, sum_, A(2, 3), elementwise=False, jvp=tangent), "^dot_product")
