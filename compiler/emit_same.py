"""Does a parsed text say what a gast tree says? Compared side by side, without converting or dumping either."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Sequence
from typing import Any

import gast

from .emit_standard import Blank, Comment, standard_expression


def same_block(nodes: Sequence[Any], parsed: Sequence[Any]) -> bool:
    """Are these the same statements? Comments and empty lines do not count, and an empty block is a `pass`.

    False also for statements that are not known here.

    >>> same_block(gast.parse("y = 2*(x)").body, ast.parse("y = 2 * x").body)
    True
    >>> same_block(gast.parse("y = a-(b-c)").body, ast.parse("y = a - b - c").body)
    False
    """
    said = [n for n in nodes if not (type(n) is gast.Expr and type(n.value) is gast.Constant
                                     and isinstance(n.value.value, (Comment, Blank)))]
    if not said:
        return len(parsed) == 1 and type(parsed[0]) is ast.Pass
    return len(said) == len(parsed) and all(map(_same, said, parsed))


def _same(node: Any, parsed: Any) -> bool:
    """Are two trees the same? Either may be None, for a part that is left out."""
    if node is None or parsed is None:
        return node is parsed
    if type(node) is gast.Constant:
        return _same_constant(node, parsed)
    cls = type(parsed)
    if type(node).__name__ != cls.__name__:
        return False
    special = _SPECIAL.get(cls)
    if special is not None:
        return special(node, parsed)
    fields = _FIELDS.get(cls)
    return fields is not None and all(_same_field(getattr(node, f), getattr(parsed, f)) for f in fields)


def _same_field(node: Any, parsed: Any) -> bool:
    if isinstance(parsed, list):
        return len(node) == len(parsed) and all(map(_same, node, parsed))
    if isinstance(parsed, ast.AST):
        return _same(node, parsed)
    return type(node) is type(parsed) and bool(node == parsed)


def _same_name(node: Any, parsed: Any) -> bool:
    return node.id == parsed.id and type(node.ctx).__name__ == type(parsed.ctx).__name__


def _same_constant(node: Any, parsed: Any) -> bool:
    value = node.value
    if type(parsed) is ast.Constant and type(value) is type(parsed.value):
        if type(value) in (int, str, bool, bytes) or value is None or value is ...:
            return bool(value == parsed.value and node.kind == parsed.kind)
        if type(value) is float and math.copysign(1.0, value) > 0:
            return bool(value == parsed.value)
    return ast.dump(standard_expression(node)) == ast.dump(parsed)  # signs, zeros, parts of complex numbers


def _same_compound(node: Any, parsed: Any) -> bool:
    fields = _HEADERS[type(parsed)]
    if not all(_same_field(getattr(node, f), getattr(parsed, f)) for f in fields):
        return False
    return same_block(node.body, parsed.body) and _same_end(getattr(node, "orelse", []), getattr(parsed, "orelse", []))


def _same_try(node: Any, parsed: Any) -> bool:
    """Both kinds of `try`; a handler's name is a node in gast."""
    if len(node.handlers) != len(parsed.handlers) or not same_block(node.body, parsed.body):
        return False
    ends = _same_end(node.orelse, parsed.orelse) and _same_end(node.finalbody, parsed.finalbody)
    return ends and all(map(_same_handler, node.handlers, parsed.handlers))


def _same_handler(node: Any, parsed: Any) -> bool:
    name = None if node.name is None else node.name.id
    return name == parsed.name and _same(node.type, parsed.type) and same_block(node.body, parsed.body)


def _same_end(node: Any, parsed: Any) -> bool:
    """An `else` or `finally`, which both have or both lack."""
    return bool(node) == bool(parsed) and (not parsed or same_block(node, parsed))


def _same_definition(node: Any, parsed: Any) -> bool:
    plain = not node.decorator_list and node.returns is None and not getattr(node, "type_params", None)
    parsed_plain = not parsed.decorator_list and parsed.returns is None and not getattr(parsed, "type_params", None)
    return plain and parsed_plain and node.name == parsed.name and _same_arguments(
        node.args, parsed.args) and same_block(node.body, parsed.body)


def _same_arguments(node: Any, parsed: Any) -> bool:
    groups = all(len(getattr(node, f)) == len(getattr(parsed, f)) and all(map(_same_parameter, getattr(node, f),
                 getattr(parsed, f))) for f in ("posonlyargs", "args", "kwonlyargs"))
    defaults = all(len(getattr(node, f)) == len(getattr(parsed, f)) and all(map(_same, getattr(node, f),
                   getattr(parsed, f))) for f in ("defaults", "kw_defaults"))
    return groups and defaults and all(_same_parameter(getattr(node, f), getattr(parsed, f))
                                        for f in ("vararg", "kwarg"))


def _same_parameter(node: Any, parsed: Any) -> bool:
    if node is None or parsed is None:
        return node is parsed
    return node.id == parsed.arg and node.annotation is None and parsed.annotation is None


_PLAIN: tuple[type[ast.AST], ...] = (
    ast.Attribute, ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.IfExp, ast.Call, ast.keyword, ast.Subscript,
    ast.Slice, ast.Tuple, ast.List, ast.Dict, ast.Starred, ast.AugAssign, ast.Expr, ast.Return, ast.Pass, ast.Break,
    ast.Continue, ast.Import, ast.ImportFrom, ast.alias, ast.withitem, ast.Assert, ast.Raise, ast.Delete, ast.Load,
    ast.Store, ast.Del, ast.And, ast.Or, *ast.operator.__subclasses__(), *ast.unaryop.__subclasses__(),
    *ast.cmpop.__subclasses__(),
)  # fmt: skip
_FIELDS: dict[type[ast.AST], tuple[str, ...]] = {cls: cls._fields for cls in _PLAIN}
_FIELDS[ast.Assign] = ("targets", "value")  # no comment tells a type
_HEADERS: dict[type, tuple[str, ...]] = {
    ast.If: ("test",), ast.While: ("test",), ast.For: ("target", "iter"), ast.With: ("items",),
}
_SPECIAL: dict[type, Callable[[Any, Any], bool]] = {
    ast.Name: _same_name, ast.FunctionDef: _same_definition, ast.Try: _same_try, ast.TryStar: _same_try,
    **dict.fromkeys(_HEADERS, _same_compound),
}  # fmt: skip
