"""Both back ends on one program: the same values, types and dtypes.

`interpreted` runs the loops as the Python that they are, without compiling them: what they compute is checked on every
program, what Numba makes of them on some.
"""

from __future__ import annotations

import copy
import importlib
import linecache
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

import pullback as pb
from pullback.compiler.legalise_numba import cache

LANGUAGE = ("test_first_programs", "test_expressions", "test_statements", "test_memory", "test_loops_ending_early",
            "test_contract")


@contextmanager
def interpreted() -> Iterator[None]:
    """Inside, the generated loops run as plain Python."""
    before = cache.compiled

    def load(text: str, name: str) -> Callable[..., Any]:
        namespace: dict[str, Any] = {}
        plain = text.replace("from numba import njit", "njit = lambda **_: lambda function: function").replace(
            "from numba import objmode", "from contextlib import nullcontext\nobjmode = lambda **_: nullcontext()").replace(
            "from numba import prange", "prange = range")
        linecache.cache[f"<{name}>"] = (len(plain), None, plain.splitlines(keepends=True), f"<{name}>")
        exec(compile(plain, f"<{name}>", "exec"), namespace)
        return namespace[name]  # type: ignore[no-any-return]

    cache.compiled = load
    try:
        yield
    finally:
        cache.compiled = before


def float_arguments(args: tuple[Any, ...]) -> tuple[int, ...]:
    return tuple(i for i, a in enumerate(args)
                 if isinstance(a, float) or (isinstance(a, np.ndarray) and a.dtype.kind == "f"))


def agree(fn: Callable[..., Any], *args: Any, types: bool = True) -> Any:
    """Value and gradients of both back ends are the same to rounding; returns the differentiated function."""
    wrt = float_arguments(args)
    expected = pb.value_and_grad(fn, wrt=wrt)(*copy.deepcopy(args))
    compiled = pb.value_and_grad(fn, wrt=wrt, backend="numba")
    given = copy.deepcopy(args)
    found = compiled(*given)
    for before, after in zip(args, given, strict=True):
        if isinstance(before, np.ndarray):
            np.testing.assert_array_equal(before, after)
    pairs = [(found[0], expected[0]), *zip(found[1], expected[1], strict=True)]
    for one, two in pairs:
        kind = np.result_type(two)
        tolerance = 1e-5 if kind.itemsize <= 4 else 1e-9
        np.testing.assert_allclose(one, two, rtol=tolerance, atol=tolerance * 1e-2, err_msg=compiled.source)
        assert np.shape(one) == np.shape(two)
        if types:
            assert type(one) is type(two), compiled.source
            assert np.result_type(one) == kind
    return compiled


def language_modules() -> list[str]:
    """The modules of tests/language that check programs."""
    folder = Path(__file__).parents[1] / "language"
    return sorted(p.stem for p in folder.glob("test_*.py") if "check(" in p.read_text(encoding="utf-8"))


def language_programs(module: str) -> list[tuple[Callable[..., Any], tuple[Any, ...]]]:
    """The programs of a module of tests/language with their arguments."""
    from ..language import checker

    found: list[Any] = []
    before = checker.check
    checker.check = lambda fn, *args, **_: found.append((fn, args))
    try:
        for name, test in vars(importlib.import_module(f"..language.{module}", __package__)).items():
            code = getattr(test, "__code__", None)
            if name.startswith("test") and code is not None and code.co_filename == checker.__file__:
                test()
    finally:
        checker.check = before
    return found
