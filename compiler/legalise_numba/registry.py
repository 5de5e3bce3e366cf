"""What each primitive becomes: rules by the function, or by "ndarray.<name>".

A rule is called with the legaliser, the Call and the values of its arguments, and returns a value. `view` rules only
rename elements, `element` rules compute each element from the same elements of their operands: both may be folded.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from ...runtime import shapes
from ...runtime.errors import UnsupportedError
from .. import primitives as prim
from ..domains.kinds import Array, Scalar
from ..ir import Call, Lit, Var
from .affine import Affine
from .callouts import call_python, can_call
from .values import Constant, Number, SliceValue, TupleValue

Rule = Callable[..., Any]
RULES: dict[Any, Rule] = {}
VIEWS: set[Any] = set()
ELEMENTS: set[Any] = set()


def rule(*targets: Any, view: bool = False, element: bool = False) -> Callable[[Rule], Rule]:
    """Register a rule: `rule(leg, call, *values, **keyword values)`."""

    def register(function: Rule) -> Rule:
        for target in targets:
            RULES[target] = function
            if view:
                VIEWS.add(target)
            if element:
                ELEMENTS.add(target)
        return function

    return register


def key_of(call: Call) -> Any:
    """What a call's rule is registered under."""
    found = call.prim.rule if call.prim.rule is not None else call.prim.name
    try:
        if found in RULES:
            return found
    except TypeError:
        return call.prim.name
    return call.prim.fn if _hashable(call.prim.fn) and call.prim.fn in RULES else call.prim.name


def _hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def is_view(call: Call) -> bool:
    key = key_of(call)
    if key not in VIEWS:
        return False
    if key is shapes.unbroadcast:  # nothing is summed, as far as the kinds tell
        kinds = call.args[0].kind if isinstance(call.args[0], Var) else None, call.out.kind
        lengths = [k.shape for k in kinds if isinstance(k, Array) and k.shape is not None]
        return len(lengths) == 2 and len(lengths[0]) == len(lengths[1]) and all(
            two != 1 or one == 1 for one, two in zip(*lengths, strict=True))
    if call.prim.form == "item":
        index = call.args[1]
        return not (not isinstance(index, Lit) and isinstance(index.kind, Array) and index.kind.dtype is not None
                    and index.kind.dtype.kind == "b")
    return True


def is_element(call: Call) -> bool:
    return key_of(call) in ELEMENTS


def evaluate(leg: Any, call: Call, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """The value of a call."""
    key = key_of(call)
    if call.prim.form == "tuple":
        return TupleValue(tuple(args))
    if call.prim.form == "list":
        return TupleValue(tuple(args), list)
    if call.prim.form == "slice" or call.prim.fn is slice:
        nothing = Constant(None)
        if len(args) == 1:
            return make_slice(leg, nothing, args[0], nothing)
        return make_slice(leg, *args, *[nothing] * (3 - len(args)))
    if call.prim.form == "identity":
        return args[0]
    if call.prim in (prim.SET_ITEM, prim.ADD_AT):
        key = call.prim.name
    found = RULES.get(key)
    if found is None:
        known = constant_result(leg, call, args, kwargs)
        if known is not None:
            return known
        if can_call(call):
            return call_python(leg, call, args, kwargs)
        if call.prim.name.startswith("routine."):
            name = call.prim.name.removeprefix("routine.").rsplit("_", 1)[0]
            leg.refuse(f"`{name}`, which calls itself,", "Compiled code holds no function that calls itself.")
        leg.refuse(f"`{call.prim.name}`")
        raise AssertionError
    return _ruled(leg, call, found, args, kwargs)


def _ruled(leg: Any, call: Call, found: Rule, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """The rule's value; Python's own function, where the rule has no loops for these parameters."""
    if not _takes(found, args, kwargs):
        if can_call(call):
            return call_python(leg, call, args, kwargs)
        leg.refuse(f"these parameters of `{call.prim.name}`")
    try:
        return found(leg, call, *args, **kwargs)
    except UnsupportedError:
        if not can_call(call):
            raise
    except (AttributeError, TypeError, IndexError, ValueError) as error:  # a rule is written for operands of its own
        if not can_call(call):
            raise leg.refusal(f"these operands of `{call.prim.name}`") from error
    leg.wanted = None  # lines that the rule has written stay: what they check is known from here on
    return call_python(leg, call, args, kwargs)


class NotKnown(Exception):
    """A value that is not known before the run."""


def known_value(value: Any) -> Any:
    """The Python value of a literal, and of a tuple of literals; NotKnown for anything else."""
    if isinstance(value, Constant):
        return value.value
    if isinstance(value, Number) and value.const is not None and (value.python or value.dtype.kind in "biu"):
        return value.const
    if isinstance(value, TupleValue):
        return value.type(map(known_value, value.items))
    raise NotKnown


def constant_result(leg: Any, call: Call, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """The result of a helper whose arguments are all literals; None where they are not, or it is no literal."""
    if not call.prim.pure or call.prim.fn is None or not call.outs:
        return None
    try:
        result = call.prim.fn(*map(known_value, args), **{k: known_value(v) for k, v in kwargs.items()})
    except NotKnown:
        return None
    return leg.constant(result) if _is_literal(result) else None


def _is_literal(value: Any) -> bool:
    if isinstance(value, (tuple, list)):
        return all(map(_is_literal, value))
    return value is None or type(value) in (bool, int, float, str, slice)


def _takes(found: Rule, args: list[Any], kwargs: dict[str, Any]) -> bool:
    try:
        inspect.signature(found).bind(None, None, *args, **kwargs)
    except TypeError:
        return False
    return True


def make_slice(leg: Any, start: Any, stop: Any, step: Any) -> SliceValue:
    made = 1
    if not (isinstance(step, Constant) and step.value is None):
        if not isinstance(step, Number) or step.const is None:
            leg.refuse("a slice whose step is not a literal")
        made = int(step.const)

    def end(value: Any) -> Any:
        return None if isinstance(value, Constant) and value.value is None else value

    return SliceValue(end(start), end(stop), made)


def lengths_number(length: Affine) -> Number:
    """A length as a Python int."""
    import numpy as np

    from .values import Code

    text = str(length) if len(length.terms) + bool(length.const) <= 1 else f"({length})"
    return Number(Code(text), np.dtype("i8"), True, length, length.const if length.is_const else None)


__all__ = ["ELEMENTS", "RULES", "VIEWS", "Array", "Scalar", "evaluate", "is_element", "is_view", "make_slice", "rule"]
