"""Print the plain constructs of gast, which are nearly all that the compiler makes: fast, with the fewest parentheses.

`plain_statement` gives one line (a header, for a compound statement), or None for what it leaves to the printers of
`emit`: f-strings, comprehensions, lambdas, odd literals. The line is as those printers give it; that it says what the
tree says is for `emit` to check.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import gast

_TEST, _OR, _AND, _NOT, _COMPARISON, _BIT_OR, _BIT_XOR, _BIT_AND, _SHIFT, _SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(
    14)
_BINARY = {
    gast.BitOr: ("|", _BIT_OR), gast.BitXor: ("^", _BIT_XOR), gast.BitAnd: ("&", _BIT_AND),
    gast.LShift: ("<<", _SHIFT), gast.RShift: (">>", _SHIFT), gast.Add: ("+", _SUM), gast.Sub: ("-", _SUM),
    gast.Mult: ("*", _PRODUCT), gast.Div: ("/", _PRODUCT), gast.FloorDiv: ("//", _PRODUCT),
    gast.Mod: ("%", _PRODUCT), gast.MatMult: ("@", _PRODUCT), gast.Pow: ("**", _POWER),
}  # fmt: skip
_UNARY = {gast.USub: ("-", _SIGN), gast.UAdd: ("+", _SIGN), gast.Invert: ("~", _SIGN), gast.Not: ("not ", _NOT)}
_COMPARE = {
    gast.Eq: "==", gast.NotEq: "!=", gast.Lt: "<", gast.LtE: "<=", gast.Gt: ">", gast.GtE: ">=", gast.Is: "is",
    gast.IsNot: "is not", gast.In: "in", gast.NotIn: "not in",
}  # fmt: skip
_BOOLEAN = {gast.And: (" and ", _AND), gast.Or: (" or ", _OR)}
_LONGEST_STRING = 40  # characters; longer ones may be broken into lines


class _NotPlainError(Exception):
    """The tree holds something that is left to the other printers."""


def plain_statement(node: gast.stmt) -> str | None:
    """A statement on one line, or the header of a compound one; None for what is not plain.

    >>> plain_statement(gast.parse("y = -(x ** -2)*(a+b)").body[0])
    'y = -x ** -2 * (a + b)'
    """
    maker = _STATEMENTS.get(type(node))
    if maker is None:
        return None
    try:
        return maker(node)
    except (_NotPlainError, AttributeError, TypeError, ValueError):  # a malformed tree: `emit` says what is wrong
        return None


def plain_expression(node: gast.expr) -> str | None:
    """An expression on one line, a tuple in parentheses; None for what is not plain."""
    try:
        return _expression(node, _TEST)
    except (_NotPlainError, AttributeError, TypeError, ValueError):
        return None


# ---- expressions


def _expression(node: Any, least: int) -> str:
    """An expression, in parentheses where it binds looser than `least`."""
    maker = _EXPRESSIONS.get(type(node))
    if maker is None:
        raise _NotPlainError
    return maker(node, least)


def _enclosed(text: str, binds: int, least: int) -> str:
    return text if binds >= least else f"({text})"


def _name(node: Any, least: int) -> str:
    return node.id  # type: ignore[no-any-return]


def _attribute(node: Any, least: int) -> str:
    if type(node.value) is gast.Constant and type(node.value.value) is not str:
        raise _NotPlainError
    return f"{_expression(node.value, _ATOM)}.{node.attr}"


def _constant(node: Any, least: int) -> str:
    value = node.value
    cls = type(value)
    if value is None or cls is bool:
        return repr(value)
    if value is ...:
        return "..."
    if node.kind is not None:
        raise _NotPlainError
    if cls is int or cls is float:
        if not math.isfinite(value):
            raise _NotPlainError
        text = repr(value)
        return _enclosed(text, _SIGN, least) if text[0] == "-" else text
    if cls is str and len(value) <= _LONGEST_STRING and value.isascii() and value.isprintable() and not (
            "'" in value or '"' in value or "\\" in value):
        return repr(value)
    raise _NotPlainError


def _binary(node: Any, least: int) -> str:
    symbol, binds = _BINARY[type(node.op)]
    if binds == _POWER:
        return _enclosed(f"{_expression(node.left, _ATOM)} ** {_expression(node.right, _SIGN)}", binds, least)
    return _enclosed(f"{_expression(node.left, binds)} {symbol} {_expression(node.right, binds + 1)}", binds, least)


def _unary(node: Any, least: int) -> str:
    symbol, binds = _UNARY[type(node.op)]
    return _enclosed(symbol + _expression(node.operand, binds), binds, least)


def _comparison(node: Any, least: int) -> str:
    parts = [_expression(node.left, _BIT_OR)]
    for op, operand in zip(node.ops, node.comparators, strict=True):
        parts += [_COMPARE[type(op)], _expression(operand, _BIT_OR)]
    return _enclosed(" ".join(parts), _COMPARISON, least)


def _boolean(node: Any, least: int) -> str:
    symbol, binds = _BOOLEAN[type(node.op)]
    return _enclosed(symbol.join([_expression(v, binds + 1) for v in node.values]), binds, least)


def _choice(node: Any, least: int) -> str:
    then, test, other = _expression(node.body, _OR), _expression(node.test, _OR), _expression(node.orelse, _TEST)
    return _enclosed(f"{then} if {test} else {other}", _TEST, least)


def _call(node: Any, least: int) -> str:
    parts = [_expression(a, _TEST) for a in node.args]
    for keyword in node.keywords:
        if keyword.arg is None:
            raise _NotPlainError
        parts.append(f"{keyword.arg}={_expression(keyword.value, _TEST)}")
    return f"{_expression(node.func, _ATOM)}({', '.join(parts)})"


def _subscript(node: Any, least: int) -> str:
    index = node.slice
    if type(index) is gast.Tuple:
        if len(index.elts) < 2:
            raise _NotPlainError
        inside = ", ".join([_expression(e, _TEST) for e in index.elts])
    else:
        inside = _expression(index, _TEST)
    return f"{_expression(node.value, _ATOM)}[{inside}]"


def _slice(node: Any, least: int) -> str:
    lower = _expression(node.lower, _TEST) if node.lower is not None else ""
    upper = _expression(node.upper, _TEST) if node.upper is not None else ""
    step = f":{_expression(node.step, _TEST)}" if node.step is not None else ""
    return f"{lower}:{upper}{step}"


def _items(elements: Sequence[Any]) -> str:
    return ", ".join([_expression(e, _TEST) for e in elements])


def _tuple(node: Any, least: int) -> str:
    return f"({_items(node.elts)},)" if len(node.elts) == 1 else f"({_items(node.elts)})"


def _list(node: Any, least: int) -> str:
    return f"[{_items(node.elts)}]"


def _dict(node: Any, least: int) -> str:
    pairs = zip(node.keys, node.values, strict=True)
    return "{" + ", ".join([f"{_expression(k, _TEST)}: {_expression(v, _TEST)}" for k, v in pairs]) + "}"


_EXPRESSIONS: dict[type, Callable[[Any, int], str]] = {
    gast.Name: _name, gast.Attribute: _attribute, gast.Constant: _constant, gast.BinOp: _binary, gast.UnaryOp: _unary,
    gast.Compare: _comparison, gast.BoolOp: _boolean, gast.IfExp: _choice, gast.Call: _call,
    gast.Subscript: _subscript, gast.Slice: _slice, gast.Tuple: _tuple, gast.List: _list, gast.Dict: _dict,
}  # fmt: skip


# ---- statements


def _bare(node: Any) -> str:
    """A value that is a statement's last part: a tuple of two or more needs no parentheses there."""
    if type(node) is gast.Tuple and len(node.elts) > 1:
        return _items(node.elts)
    return _expression(node, _TEST)


def _assign(node: Any) -> str:
    return " = ".join([*map(_bare, node.targets), _bare(node.value)])


def _augmented(node: Any) -> str:
    return f"{_expression(node.target, _ATOM)} {_BINARY[type(node.op)][0]}= {_expression(node.value, _TEST)}"


def _value(node: Any) -> str:
    return _bare(node.value)


def _return(node: Any) -> str:
    return "return" if node.value is None else f"return {_bare(node.value)}"


def _for(node: Any) -> str:
    return f"for {_bare(node.target)} in {_expression(node.iter, _TEST)}:"


def _test(keyword: str) -> Callable[[Any], str]:
    return lambda node: f"{keyword} {_expression(node.test, _TEST)}:"


def _word(word: str) -> Callable[[Any], str]:
    return lambda node: word


def _aliases(node: Any) -> str:
    return ", ".join([a.name if a.asname is None else f"{a.name} as {a.asname}" for a in node.names])


def _import(node: Any) -> str:
    return f"import {_aliases(node)}"


def _import_from(node: Any) -> str:
    return f"from {'.' * (node.level or 0)}{node.module or ''} import {_aliases(node)}"


def _with(node: Any) -> str:
    parts = []
    for item in node.items:
        bound = "" if item.optional_vars is None else f" as {_expression(item.optional_vars, _ATOM)}"
        if type(item.context_expr) is gast.Tuple:
            raise _NotPlainError
        parts.append(_expression(item.context_expr, _TEST) + bound)
    return f"with {', '.join(parts)}:"


def _definition(node: Any) -> str:
    if node.decorator_list or node.returns is not None or getattr(node, "type_params", None):
        raise _NotPlainError
    return f"def {node.name}({_parameters(node.args)}):"


def _parameters(arguments: Any) -> str:
    """The parameters of a `def`, as `a, /, b, c=1, *rest, d, e=2, **others`."""
    positional = [*arguments.posonlyargs, *arguments.args]
    first = len(positional) - len(arguments.defaults)
    parts = []
    for number, parameter in enumerate(positional):
        parts.append(_parameter(parameter, arguments.defaults[number - first] if number >= first else None))
        if number + 1 == len(arguments.posonlyargs):
            parts.append("/")
    if arguments.vararg is not None:
        parts.append("*" + _parameter(arguments.vararg, None))
    elif arguments.kwonlyargs:
        parts.append("*")
    pairs = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    parts += [_parameter(parameter, default) for parameter, default in pairs]
    if arguments.kwarg is not None:
        parts.append("**" + _parameter(arguments.kwarg, None))
    return ", ".join(parts)


def _parameter(parameter: Any, default: Any) -> str:
    if parameter.annotation is not None:
        raise _NotPlainError
    return parameter.id if default is None else f"{parameter.id}={_expression(default, _TEST)}"


_STATEMENTS: dict[type, Callable[[Any], str]] = {
    gast.Assign: _assign, gast.AugAssign: _augmented, gast.Expr: _value, gast.Return: _return, gast.For: _for,
    gast.If: _test("if"), gast.While: _test("while"), gast.Pass: _word("pass"), gast.Break: _word("break"),
    gast.Continue: _word("continue"), gast.Import: _import, gast.ImportFrom: _import_from, gast.With: _with,
    gast.FunctionDef: _definition,
}  # fmt: skip
