"""Cut a rule's body down to one cotangent, and say what that one reads.

    multiply, "x1"   ->   d_x1 = d_ans * np.conj(x2)        needs the value of x2
    sum_, "a"        ->   d_a = np.broadcast_to(...)        needs the shape of a, the value of axis

The eager engine saves exactly these operands for the reverse sweep; the tests replace all others by nan.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterable
from functools import cache, partial
from typing import Any

import numpy as np

from ...runtime.errors import NoRuleError
from .registry import Rule, call_target

#: Functions and attributes that read the shape of their first argument (or owner) and not its elements.
SHAPE_CALLS = frozenset({"shape", "ndim", "size", "iscomplexobj", "isrealobj", "len", "result_type", "shapes_of"})
SHAPE_ATTRIBUTES = frozenset({"shape", "ndim", "size", "dtype"})

Pullback = Callable[..., Any]


@cache
def pullback(rule: Rule, param: str) -> tuple[Pullback, frozenset[str], frozenset[str]]:
    """The function that computes d_<param> alone, and the operands it reads.

    returns: (function with the rule's own signature, names read by value, names read for their shape only);
             the names are parameters of the rule or "ans"
    raises : NoRuleError, if the rule has no cotangent for `param`
    """
    if param not in rule.differentiable:
        raise NoRuleError(f"{rule.name} has no derivative with respect to {param!r}")
    body = sliced_body(rule.tree.body, {"d_" + param})
    values, shapes = _reads(body)
    operands = {*rule.signature.parameters, "ans"}
    # A variadic or tuple operand is read by name as any other; locals of the body are no operands.
    return _compiled(rule, param, body), frozenset(values & operands), frozenset((shapes - values) & operands)


def sliced_body(body: list[ast.stmt], wanted: set[str]) -> list[ast.stmt]:
    """The statements of `body` that the names `wanted` depend on, in order, without the `return`."""
    kept, _ = _slice(body, set(wanted))
    return kept


def _slice(body: list[ast.stmt], wanted: set[str]) -> tuple[list[ast.stmt], set[str]]:
    """Backward slice: the statements kept, and the names that are wanted before the first of them."""
    kept: list[ast.stmt] = []
    for stmt in reversed(body):
        if isinstance(stmt, ast.Assign):
            bound = {n.id for target in stmt.targets for n in ast.walk(target) if isinstance(n, ast.Name)}
            if bound & wanted:
                wanted = (wanted - bound) | _names([stmt.value])
                kept.append(stmt)
        elif isinstance(stmt, ast.If):
            then, before_then = _slice(stmt.body, set(wanted))
            orelse, before_else = _slice(stmt.orelse, set(wanted))
            if then or orelse:
                wanted = before_then | before_else | _names([stmt.test])
                kept.append(ast.If(stmt.test, then or [ast.Pass()], orelse))
        elif not isinstance(stmt, ast.Return) and not _is_docstring(stmt):
            raise AssertionError(f"a rule's body holds assignments and ifs, not {ast.unparse(stmt)!r}")
    return kept[::-1], wanted


def _names(nodes: Iterable[ast.AST]) -> set[str]:
    return {n.id for node in nodes for n in ast.walk(node) if isinstance(n, ast.Name)}


def _is_docstring(stmt: ast.stmt) -> bool:
    return isinstance(stmt, ast.Expr) and isinstance(stmt.value, ast.Constant)


class _Reads(ast.NodeVisitor):
    """Collect the names read by value and those read for their shape."""

    def __init__(self) -> None:
        self.values: set[str] = set()
        self.shapes: set[str] = set()

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.values.add(node.id)

    def visit_Call(self, node: ast.Call) -> None:
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if called in SHAPE_CALLS and node.args and isinstance(node.args[0], ast.Name):
            self.shapes.add(node.args[0].id)
            for rest in node.args[1:]:
                self.visit(rest)
        else:
            self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if node.attr in SHAPE_ATTRIBUTES and isinstance(node.value, ast.Name):
            self.shapes.add(node.value.id)
        else:
            self.generic_visit(node)


def _reads(body: list[ast.stmt]) -> tuple[set[str], set[str]]:
    reader = _Reads()
    for stmt in body:
        reader.visit(stmt)
    return reader.values, reader.shapes


def _compiled(rule: Rule, param: str, body: list[ast.stmt]) -> Pullback:
    """A function like the rule's, with the sliced body and `return d_<param>`."""
    node = copy.deepcopy(rule.tree)
    node.name = f"{rule.name}_pullback_{param}"
    node.decorator_list = []
    node.returns = None
    node.body = [*body, ast.Return(ast.Name("d_" + param, ast.Load()))]
    module = ast.fix_missing_locations(ast.Module([node], []))
    namespace: dict[str, Any] = {}
    exec(compile(module, f"<rule {rule.name}, cotangent of {param}>", "exec"), rule.body.__globals__, namespace)
    function: Pullback = namespace[node.name]
    return function


def pushforward(rule: Rule) -> Callable[..., Any] | None:
    """The function that computes the tangent of `ans` from the tangents of operands; None if the rule has none.

    It is called with (target, bound arguments, ans, {param: tangent}).
    """
    if rule.jvp is not None:
        return _from_jvp(rule)
    if rule.linear:
        return _from_linearity(rule)
    if rule.elementwise:
        return _from_partials(rule)
    return _from_bilinearity(rule) if rule.bilinear else None


def _from_jvp(rule: Rule) -> Callable[..., Any]:
    def tangent(target: Any, bound: Any, ans: Any, tangents: dict[str, Any]) -> Any:
        assert rule.jvp is not None
        given = {
            f"t_{name}": tangents[name] if name in tangents else _zero_like(value)
            for name, value in bound.arguments.items() if name in rule.differentiable
        }
        return rule.jvp(*bound.args, **bound.kwargs, ans=ans, **given)

    return tangent


def _from_partials(rule: Rule) -> Callable[..., Any]:
    """An elementwise cotangent is d_ans times the partial's conjugate: conjugated twice it is the tangent."""

    def one(bound: Any, ans: Any, tangents: dict[str, Any], seed: Callable[[Any], Any]) -> Any:
        parts = [
            np.conj(pullback(rule, name)[0](*bound.args, **bound.kwargs, ans=ans, d_ans=seed(np.conj(t))))
            for name, t in tangents.items()
        ]
        return sum(parts[1:], start=parts[0])

    def tangent(target: Any, bound: Any, ans: Any, tangents: dict[str, Any]) -> Any:
        if isinstance(ans, tuple):
            return tuple(
                np.broadcast_to(one(bound, ans, tangents, partial(_only, k, len(ans))), np.shape(part))
                for k, part in enumerate(ans)
            )
        return np.broadcast_to(one(bound, ans, tangents, lambda t: t), np.shape(ans))

    return tangent


def _only(k: int, count: int, t: Any) -> tuple[Any, ...]:
    """Cotangents of `count` results of which only number k is not zero."""
    return tuple(t if i == k else np.zeros_like(t) for i in range(count))


def _from_linearity(rule: Rule) -> Callable[..., Any]:
    """A linear primal is its own tangent."""

    def tangent(target: Any, bound: Any, ans: Any, tangents: dict[str, Any]) -> Any:
        moved = copy.copy(bound)
        moved.arguments = {
            name: tangents[name] if name in tangents else _zero_like(value) if name in rule.differentiable else value
            for name, value in bound.arguments.items()
        }
        return call_target(target, moved.args, moved.kwargs)

    return tangent


def _from_bilinearity(rule: Rule) -> Callable[..., Any]:
    """The product rule: one term for each moved operand."""

    def tangent(target: Any, bound: Any, ans: Any, tangents: dict[str, Any]) -> Any:
        total: Any = 0
        for name, t in tangents.items():
            moved = copy.copy(bound)
            moved.arguments = {**bound.arguments, name: t}
            total = total + call_target(target, moved.args, moved.kwargs)
        return total

    return tangent


def _zero_like(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return type(value)(_zero_like(item) for item in value)
    return value if value is None else np.zeros_like(value)
