"""A tape of a hundred lines: reverse mode over a rule's body, to test that rules are closed under differentiation.

A rule's body is run with its `np`, `math` and runtime helpers replaced by recording ones. Every function it calls
must itself have a rule (or a zero derivative): else `NotClosed` names it.
"""

from __future__ import annotations

import builtins
import functools
import operator
import types
from typing import Any

import numpy as np

from pullback.compiler.rules import has_zero_derivative, rule_for
from pullback.compiler.rules.registry import Rule, call_target
from pullback.compiler.rules.slicing import pullback
from pullback.runtime.shapes import project, unbroadcast


class NotClosed(AssertionError):
    """A rule's body calls a function that has no rule."""


class Traced(np.lib.mixins.NDArrayOperatorsMixin):
    """A value on the tape."""

    __array_priority__ = 1000.0

    def __init__(self, value: Any, tape: Tape) -> None:
        self.value, self.tape = value, tape

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        if method != "__call__":
            raise NotClosed(f"{ufunc}.{method}")
        return call(ufunc, inputs, kwargs)

    def __array_function__(self, function, types, args, kwargs):
        return call(function, args, kwargs)

    def __getitem__(self, index):
        return call(operator.getitem, (self, index), {})

    def __iter__(self):
        return (self[k] for k in range(len(self.value)))

    def __len__(self):
        return len(self.value)

    def __getattr__(self, name):
        if isinstance(getattr(np.ndarray, name, None), types.GetSetDescriptorType):
            return call("ndarray." + name, (self,), {})
        return lambda *args, **kwargs: call("ndarray." + name, (self, *args), kwargs)


class Tape:
    """Calls in the order in which they were made."""

    def __init__(self) -> None:
        self.entries: list[tuple[Rule, inspect_Bound, Any, tuple[Any, ...]]] = []

    def gradients(self, root: Any, inputs: list[Traced]) -> list[Any]:
        """The cotangents of `inputs` for the real scalar `root`; None where it does not depend on one."""
        if not isinstance(root, Traced):
            return [None] * len(inputs)
        cotangent: dict[int, Any] = {id(root): 1.0}
        for rule, bound, ans, outs in reversed(self.entries):
            received = [cotangent.get(id(out)) for out in outs]
            if all(d is None for d in received):
                continue
            if isinstance(ans, tuple | list):
                pairs = zip(received, ans, strict=True)
                d_ans: Any = rebuilt(ans, [np.zeros_like(a) if d is None else d for d, a in pairs])
            else:
                d_ans = received[0]
            for name, operand in bound.arguments.items():
                if name in rule.differentiable and any(isinstance(leaf, Traced) for leaf in leaves(operand)):
                    parts = leaves(cotangent_of(rule, name, bound, ans, d_ans))
                    for leaf, d in zip(leaves(operand), parts, strict=True):
                        if isinstance(leaf, Traced):
                            cotangent[id(leaf)] = cotangent[id(leaf)] + d if id(leaf) in cotangent else d
        return [cotangent.get(id(x)) for x in inputs]


inspect_Bound = Any  # inspect.BoundArguments, under a name that mypy reads as a type


def leaves(value: Any) -> list[Any]:
    """The array and scalar operands in a parameter, which may be a tuple or list of them."""
    if isinstance(value, tuple | list):
        return [leaf for item in value for leaf in leaves(item)]
    return [value]


def rebuilt(like: Any, parts: Any) -> Any:
    """A tuple, list or named tuple as `like`, of other parts."""
    return like._make(parts) if hasattr(like, "_make") else type(like)(parts)


def strip(value: Any) -> Any:
    """`value` with each Traced replaced by what it holds."""
    if isinstance(value, tuple | list):
        return rebuilt(value, [strip(item) for item in value])
    if isinstance(value, dict):
        return {key: strip(item) for key, item in value.items()}
    return value.value if isinstance(value, Traced) else value


def call(target: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Apply `target` to values, some of them Traced, and record the call."""
    flat = leaves([*args, *kwargs.values()])
    traced = [x for x in flat if isinstance(x, Traced)]
    ans = call_target(target, strip(tuple(args)), strip(kwargs))
    if not traced or has_zero_derivative(target, real=not any(np.iscomplexobj(x.value) for x in traced)):
        return ans
    rule = rule_for(target)
    if rule is None:
        raise NotClosed(f"{getattr(target, '__name__', target)} is called by a rule and has no rule")
    tape = traced[0].tape
    bound = rule.signature.bind(*args, **kwargs)
    for name, operand in bound.arguments.items():
        if name not in (*rule.differentiable, *rule.passive) and any(isinstance(x, Traced) for x in leaves(operand)):
            raise NotClosed(f"{rule.name} has no derivative with respect to {name}, which a rule makes active")
    outs = tuple(_output(a, tape) for a in ans) if isinstance(ans, tuple | list) else (Traced(ans, tape),)
    tape.entries.append((rule, bound, ans, outs))
    return outs if isinstance(ans, tuple | list) else outs[0]


def _output(value: Any, tape: Tape) -> Any:
    """An integer result (the exponent of `np.frexp`) is a constant."""
    return Traced(value, tape) if np.result_type(value).kind in "fc" else value


def cotangent_of(rule: Rule, name: str, bound: Any, ans: Any, d_ans: Any) -> Any:
    """d_<name> of a recorded call: un-broadcast and projected, as every caller of rules does."""
    function, _, _ = pullback(rule, name)
    with np.errstate(all="ignore"):
        d = function(*strip(bound.args), **strip(bound.kwargs), ans=ans, d_ans=d_ans)
    return central(rule, d, strip(bound.arguments[name]))


def central(rule: Rule, d: Any, operand: Any) -> Any:
    """What the compiler and the eager engine do with a cotangent before they use it."""
    if isinstance(operand, tuple | list):
        return tuple(central(rule, item, part) for item, part in zip(d, operand, strict=True))
    if rule.elementwise:
        d = unbroadcast(d, np.shape(operand))
    dtype = np.result_type(operand)
    return project(d, dtype) if dtype.kind in "fc" else d


def run_traced(function: Any, *args: Any, **kwargs: Any) -> Any:
    """Run a rule's body or pullback with every function it names recording on the tape."""
    replaced = {name: _recording(value) for name, value in function.__globals__.items()}
    return types.FunctionType(function.__code__, replaced, function.__name__, function.__defaults__, None)(
        *args, **{**(function.__kwdefaults__ or {}), **kwargs}
    )


class _RecordingModule:
    """A module whose functions record; its submodules (`np.linalg`) do too."""

    def __init__(self, module: Any) -> None:
        self.module = module

    def __getattr__(self, name: str) -> Any:
        return _recording(getattr(self.module, name))


class _RecordingUfunc(_RecordingModule):
    """A ufunc that records, and whose methods (`np.add.reduceat`) do too."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return call(self.module, args, kwargs)


def _recording(value: Any) -> Any:
    if isinstance(value, np.ufunc):
        return _RecordingUfunc(value)
    if isinstance(value, types.ModuleType):
        return value if value is builtins else _RecordingModule(value)
    if isinstance(value, types.FunctionType | types.BuiltinFunctionType) or hasattr(value, "__wrapped__"):
        return functools.wraps(value)(lambda *args, **kwargs: call(value, args, kwargs))
    return value
