"""Statements and checks: assert, print, what the runtime's own checks become."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from ...runtime import checks, shapes, stores
from .affine import Affine
from .registry import rule
from .values import ArrayValue, Code, Constant, ErrorValue, ListValue, Number, TextValue, TupleValue


@rule("assert")
def assertion(leg: Any, call: Any, test: Any, message: Any = None) -> Any:
    text = repr(message.value) if isinstance(message, Constant) and isinstance(message.value, str) else ""
    leg.line(f"if not ({leg.truth(test)}): raise AssertionError({text})")


@rule("format", "format_value", builtins.str, builtins.repr, builtins.format)
def message(leg: Any, call: Any, *parts: Any) -> Any:
    """A message with values in it: what raises it is run once more by Python, which writes it (see `failures`)."""
    if all(isinstance(p, Constant) and isinstance(p.value, str) for p in parts) and call.prim.form == "format":
        return Constant("".join(p.value for p in parts))
    return TextValue()


def _exceptions() -> list[Any]:
    return [e for e in vars(builtins).values() if isinstance(e, type) and issubclass(e, Exception)]


@rule(*_exceptions(), np.linalg.LinAlgError)
def error(leg: Any, call: Any, *arguments: Any) -> Any:
    name = call.prim.fn.__name__
    name = f"np.linalg.{name}" if call.prim.fn is np.linalg.LinAlgError else name
    if len(arguments) == 1 and isinstance(arguments[0], Constant) and isinstance(arguments[0].value, str):
        return ErrorValue(name, arguments[0].value)
    return ErrorValue(name, None)


@rule("raise")
def raise_(leg: Any, call: Any, made: Any = None, cause: Any = None) -> Any:
    if isinstance(made, Constant) and isinstance(made.value, type) and made.value in _exceptions():
        made = ErrorValue(made.value.__name__, None)
    if not isinstance(made, ErrorValue):
        leg.refuse("`raise` of an exception of your own", "Compiled code knows Python's exceptions.")
    leg.line(f"raise {made.name}({'' if made.message is None else repr(made.message)})")


@rule(builtins.print)
def print_(leg: Any, call: Any, *values: Any, **options: Any) -> Any:
    if options:
        leg.refuse("`print` with keywords")
    if any(a in leg.settled for a in call.args):
        leg.refuse("`print` of a number that is an int or a float", "Compiled code holds it as a float.")
    parts = []
    for value in values:
        if isinstance(value, Number):
            parts.append(value.code.text)
        elif isinstance(value, Constant) and isinstance(value.value, str):
            parts.append(repr(value.value))
        else:
            leg.refuse("`print` of what is neither a number nor a string", "Compiled code prints numbers and literals.")
    leg.line(f"print({', '.join(parts)})")


@rule(checks.check_scalar)
def check_scalar(leg: Any, call: Any, value: Any, name: Any) -> Any:
    if isinstance(value, ArrayValue):
        for length in value.lengths:
            leg.must_be_equal(length, Affine(1), 'ValueError("the function returned more than one number")')


@rule(checks.check_shape)
def check_shape(leg: Any, call: Any, argument: Any, gradient: Any, name: Any) -> Any:
    if isinstance(argument, ArrayValue) and isinstance(gradient, ArrayValue):
        for own, wanted in zip(argument.lengths, gradient.lengths, strict=True):
            leg.must_be_equal(own, wanted, 'ValueError("the shapes of an operation do not fit")')


@rule(checks.check_unpacks)
def check_unpacks(leg: Any, call: Any, array: Any, count: Any, more: Any = None) -> Any:
    if more is not None:
        leg.refuse("a starred name for the rest of an array")
    leg.must_be_equal(array.lengths[0], Affine(count.const),
                      f'ValueError("an array is unpacked into {count.const} names")')


@rule(shapes.project, element=True)
def project(leg: Any, call: Any, x: Any, dtype: Any) -> Any:
    from .elementwise import cast_code

    target = np.dtype(dtype.value)
    return leg.elementwise(call, [x], lambda codes, values: cast_code(codes[0], values[0].dtype, target), target)


@rule(np.result_type)
def result_type(leg: Any, call: Any, *values: Any) -> Any:
    return Constant(np.result_type(*[v.dtype if hasattr(v, "dtype") else v.value for v in values]))


@rule("ndarray.dtype")
def dtype_of(leg: Any, call: Any, a: Any) -> Any:
    return Constant(a.dtype)


@rule("ndarray.item", np.ndarray.item)
def item(leg: Any, call: Any, a: Any, *index: Any) -> Any:
    if index:
        leg.refuse("`item` with an index")
    return leg.only_element(leg.operand(a))


@rule(stores.keep_shape, element=True)
def keep_shape(leg: Any, call: Any, result: Any, target: Any) -> Any:
    from .elementwise import cast_code

    if isinstance(target, ArrayValue) and isinstance(result, ArrayValue):
        for own, wanted in zip(result.lengths, target.lengths[target.rank - result.rank:], strict=True):
            if leg.facts.same(own) != Affine(1):
                leg.meet(wanted, own)
    made = np.dtype(target.dtype)
    if isinstance(target, Number):
        return leg.elementwise(call, [result], lambda c, v: cast_code(c[0], v[0].dtype, made), made)
    whole = target.lengths
    value = leg.operand(result)

    def element(index: Any) -> Code:
        code = value.element(leg.index_in(value.lengths, whole, index)) if isinstance(value, ArrayValue) else value.code
        return cast_code(code, value.dtype, made)

    return ArrayValue(whole, made, element)


def as_array(leg: Any, value: Any) -> ArrayValue:
    """A tuple or list of numbers as an array."""
    if isinstance(value, ListValue):
        from .growing import array_of

        return array_of(leg, value)
    if not isinstance(value, TupleValue):
        leg.refuse("an operand that is neither a number nor an array")
    items = [leg.operand(i) for i in value.items]
    dtype = np.result_type(*[i.dtype for i in items]) if items else np.dtype("f8")
    name = leg.fresh("t")
    inner = items[0].lengths if items and isinstance(items[0], ArrayValue) else ()
    for other in items[1:]:
        for a, b in zip(inner, other.lengths if isinstance(other, ArrayValue) else (), strict=True):
            leg.must_be_equal(a, b, 'ValueError("arrays of different shapes")')
    lengths = (Affine(len(items)), *inner)
    from .values import dtype_text

    leg.line(f"{name} = np.empty({leg.shape_text(lengths)}, {dtype_text(dtype)})")
    names = leg.axes(len(inner))
    places = tuple(map(Affine.of, names))
    for number, one in enumerate(items):
        code = one.code if isinstance(one, Number) else one.element(places)
        leg.nest(names, inner, name, (Affine(number), *places), leg.cast_code(code, one.dtype, dtype))
    made: ArrayValue = leg.buffer(name, lengths, dtype)
    return made


__all__ = ["as_array"]
