"""Derivative rules as the eager engine's table wants them: `runtime.table.set_loader(load)`.

A rule's body is cut down to one cotangent (`slicing`), and compiled twice: as it stands, and without conjugates for
real operands. All parameters become positional, so that the engine calls every pullback in one way.
"""

from __future__ import annotations

import ast
import copy
from inspect import Parameter
from typing import Any

import numpy as np

from ...runtime.table import Derivative, Pullback
from . import slicing
from .registry import Rule, has_zero_derivative, rule_for


def load(function: Any) -> Derivative | None:
    """The table's entry for `function`, from its rule; None if there is no rule.

    >>> import numpy as np
    >>> entry = load(np.multiply)
    >>> entry.parameters, entry.pullbacks["x1"].values
    (('x1', 'x2'), ('x2',))
    >>> float(entry.pullbacks["x1"].function(None, 3.0, None, 2.0))
    6.0
    """
    rule = rule_for(function)
    if rule is None:
        return Derivative((), {}, None, {}, constant=True) if has_zero_derivative(function) else None
    parameters = rule.signature.parameters.values()
    variadic = [p.name for p in parameters if p.kind is Parameter.VAR_POSITIONAL]
    return Derivative(
        parameters=tuple(p.name for p in parameters),
        defaults={p.name: p.default for p in parameters if p.default is not Parameter.empty},
        variadic=variadic[0] if variadic else None,
        pullbacks={name: _pullback(rule, name) for name in rule.differentiable},
        elementwise=rule.elementwise,
    )


def _pullback(rule: Rule, param: str) -> Pullback:
    _, values, shapes = slicing.pullback(rule, param)
    body = slicing.sliced_body(rule.tree.body, {"d_" + param})
    unconjugated = [_Unconjugate().visit(copy.deepcopy(stmt)) for stmt in body]
    return Pullback(
        function=_compile(rule, param, body),
        values=tuple(sorted(values)),
        shapes=tuple(sorted(shapes)),
        real=_compile(rule, param, unconjugated),
    )


class _Unconjugate(ast.NodeTransformer):
    """np.conj(x)  =>  x, and np.outer  =>  _quick["outer"] where NumPy's own has a costly wrapper."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        called = node.func
        if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id == "np":
            if called.attr in ("conj", "conjugate") and len(node.args) == 1:
                return node.args[0]
            if called.attr in QUICK and not node.keywords:
                node.func = ast.Name(f"_quick_{called.attr}", ast.Load())
        return node


def _outer(a: Any, b: Any) -> Any:
    return np.multiply.outer(a, b) if a.ndim == 1 and b.ndim == 1 else np.outer(a, b)


def _broadcast_to(x: Any, shape: tuple[int, ...]) -> Any:
    """`np.broadcast_to`, at once for a single element."""
    if isinstance(x, np.ndarray) and not x.ndim:
        filled = np.ndarray(shape, x.dtype, x, strides=(0,) * len(shape))
        filled.flags.writeable = False
        return filled
    return np.broadcast_to(x, shape)


def _expand_dims(x: Any, axis: Any) -> Any:
    if isinstance(axis, int) and isinstance(x, np.ndarray):
        shape = x.shape
        axis = axis % (len(shape) + 1)
        return x.reshape((*shape[:axis], 1, *shape[axis:]))
    return np.expand_dims(x, axis)


def _reshape(x: Any, shape: Any) -> Any:
    return x.reshape(shape) if isinstance(x, np.ndarray) else np.reshape(x, shape)


#: What the wrappers of these functions add costs more than a small operation; results are the same.
QUICK = {"outer": _outer, "broadcast_to": _broadcast_to, "expand_dims": _expand_dims, "reshape": _reshape}


def _compile(rule: Rule, param: str, body: list[ast.stmt]) -> Any:
    """`lambda <parameters>, ans, d_ans: d_<param>` with `body` before it, in the rule's own namespace."""
    names = [*rule.signature.parameters, "ans", "d_ans"]
    arguments = ast.arguments(
        posonlyargs=[], args=[ast.arg(name) for name in names], kwonlyargs=[], kw_defaults=[], defaults=[]
    )
    last = ast.Return(ast.Name("d_" + param, ast.Load()))
    node = ast.FunctionDef(f"{rule.name}_pullback_{param}", arguments, [*copy.deepcopy(body), last], [])
    module = ast.fix_missing_locations(ast.Module([node], []))
    namespace: dict[str, Any] = {}
    known = {**rule.body.__globals__, **{f"_quick_{name}": function for name, function in QUICK.items()}}
    exec(compile(module, f"<rule {rule.name}, cotangent of {param}>", "exec"), known, namespace)
    return namespace[node.name]
