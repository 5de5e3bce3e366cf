"""gast to the standard tree, in the form in which the parser gives it.

Negative and complex constants become operations, comments and empty lines go, and a block that is left empty gets
`pass`: so a printed text can be parsed and compared with the tree that it was printed from.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Sequence
from typing import Any

import gast

from ..runtime.errors import IRError


class Comment(str):
    """The value of a statement that is printed as `# text`."""


class Blank(str):
    """The value of a statement that is printed as an empty line."""


def standard_module(nodes: Sequence[gast.stmt]) -> ast.Module:
    """The tree that the text must parse to: without comments, `pass` where a block is left empty."""
    module = _convert(gast.Module(list(nodes), []))
    assert isinstance(module, ast.Module), "a module stays one"
    return module


def standard(node: gast.stmt) -> ast.stmt:
    """One statement, as `standard_module` has it, with the positions that `ast.unparse` reads."""
    statement = _convert(node)
    assert isinstance(statement, ast.stmt), "a statement stays one"
    return ast.fix_missing_locations(statement)


def standard_expression(node: gast.Constant) -> ast.expr:
    """The expression that the parser gives for a constant."""
    return _literal(node.value, node.kind)


def _convert(node: gast.AST) -> ast.AST:
    try:
        converted: ast.AST = gast.gast_to_ast(node)
    except AttributeError as error:
        raise IRError("a gast tree with a field missing", None, str(error)) from error
    return _Normal().visit(converted)  # type: ignore[no-any-return]


class _Normal(ast.NodeTransformer):
    """Bring a tree into the form in which the parser gives it: signs and complex numbers are operations there."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if "type_params" in node._fields and not hasattr(node, "type_params"):
            vars(node)["type_params"] = []  # Python 3.12 has it, gast leaves it out
        blocks = [name for name in ("orelse", "finalbody") if getattr(node, name, None)]
        super().generic_visit(node)
        if isinstance(getattr(node, "body", None), list) and not isinstance(node, ast.Module):
            blocks.append("body")
        for name in blocks:
            block = getattr(node, name)
            if block == []:
                block.append(ast.Pass())
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, Comment | Blank):
            return None
        return self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return _literal(node.value, node.kind)


def _literal(value: Any, kind: str | None = None) -> ast.expr:
    """The expression that the parser would give for a constant."""
    if type(value) is tuple:
        return ast.Tuple([_literal(item) for item in value], ast.Load())
    if type(value) is complex:
        return _complex_literal(value)
    if type(value) is float and not math.isfinite(value):
        raise IRError(f"{value!r} is no literal", None, "The raise pass names it: np.inf, -np.inf, np.nan.")
    if (type(value) is int and value < 0) or (type(value) is float and math.copysign(1.0, value) < 0):
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    if type(value) in (int, float, bool, str, bytes, type(None), type(...)):
        return ast.Constant(value, kind)
    raise IRError(f"a constant of type {type(value).__name__} is no literal", None, f"Its value is {value!r}.")


def _complex_literal(value: complex) -> ast.expr:
    """`2j`, `1.0 + 2j`, or `complex(re, im)` where adding would lose the sign of a zero."""
    real, imag = value.real, value.imag
    if not (math.isfinite(real) and math.isfinite(imag)):
        raise IRError(f"{value!r} is no literal", None, "The raise pass names infinite and undefined parts.")
    if math.copysign(1.0, real) > 0 and real == 0 and math.copysign(1.0, imag) > 0:
        return ast.Constant(value)
    if real != 0 and imag != 0:
        operator = ast.Add() if imag > 0 else ast.Sub()
        return ast.BinOp(_literal(real), operator, ast.Constant(complex(0.0, abs(imag))))
    return ast.Call(ast.Name("complex", ast.Load()), [_literal(real), _literal(imag)], [])
