"""Names in comprehensions and generators: functions made inside read them later, `:=` binds those of the function around."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pullback as pb
from pullback.runtime.errors import UnsupportedError

from .checker import check

X = np.array([0.5, 1.5, -2.0])


def test_functions_of_a_comprehension_see_the_last_value_of_its_name() -> None:
    def f(x: Any) -> Any:
        fs = [lambda v: v * k * x[k] for k in range(3)]
        return sum(g(x[0]) for g in fs)

    check(f, X)
    np.testing.assert_allclose(pb.grad(f)(X), [3 * 2 * -2.0, 0.0, 3 * 2 * 0.5])


def test_a_default_keeps_the_value_of_its_trip() -> None:
    def f(x: Any) -> Any:
        fs = [lambda v, k=k: v * x[k] for k in range(3)]
        return fs[0](x[0]) + fs[1](x[1])

    check(f, X)


def test_functions_of_a_generator_and_of_a_dict_comprehension_are_late_bound() -> None:
    def f(x: Any) -> Any:
        fs = list(lambda v: v * x[k] for k in range(3))
        gs = {k: (lambda v: v ** 2 * x[k]) for k in range(2)}
        return fs[0](x[0]) + fs[1](x[1]) + gs[0](x[0])

    check(f, X)


def test_functions_of_a_generator_that_is_walked_see_the_value_of_their_trip() -> None:
    def f(x: Any) -> Any:
        return sum(g(x[0]) for g in ((lambda v: v * x[k]) for k in range(3)))

    check(f, X)


def test_each_inner_comprehension_has_names_of_its_own() -> None:
    def f(x: Any) -> Any:
        fs = [[lambda v: v * x[k] * j for k in range(2)] for j in range(3)]
        return fs[0][0](x[0]) + fs[1][1](x[1])

    check(f, X)


def test_a_name_of_a_comprehension_in_a_loop_of_the_run() -> None:
    def f(x: Any) -> Any:
        total = 0.0
        for v in x:
            fs = [lambda u: u * v * k for k in range(3)]
            if v > 0:
                total = total + fs[0](v) + fs[1](x[0])
        return total

    check(f, X)


def test_walrus_in_a_condition_is_read_by_the_element_and_afterwards() -> None:
    def f(x: Any) -> Any:
        doubled = [y * v for v in x if (y := v * 2) > -1]
        return sum(doubled) * y + len(doubled)

    check(f, X)


def test_walrus_in_a_generator_with_a_break() -> None:
    def f(x: Any) -> Any:
        if any((w := v) > 1.0 for v in x):
            return w * x[0]
        return x[2]

    check(f, X)
    check(f, X / 10)


def test_walrus_in_a_set_and_a_dict_comprehension() -> None:
    def f(x: Any) -> Any:
        found = {k: y for k in range(3) if (y := x[k]) > 0}
        return sum(found.values()) * y

    check(f, X)


def test_walrus_in_a_comprehension_of_a_lambda_belongs_to_the_lambda() -> None:
    def f(x: Any) -> Any:
        y = x[2]
        g = lambda a: sum([y * v for v in a if (y := v * 3) > 0])  # noqa: E731
        return g(x) * y

    check(f, X)


def test_conditions_after_one_that_fails_are_not_evaluated() -> None:
    def f(x: Any) -> Any:
        seen = 0
        kept = [k for k in range(4) if k > 1 if (seen := seen + 1)]
        return x[0] * seen + len(kept) * x[1]

    check(f, X)


def test_a_walrus_name_of_no_trip_is_unbound() -> None:
    def f(x: Any) -> Any:
        sum([y for v in x if (y := v * 2) > 0])
        return y * x[0]

    check(lambda x: f(x), X)
    with pytest.raises((UnboundLocalError, UnsupportedError), match="y"):
        pb.grad(f)(np.zeros(0))
