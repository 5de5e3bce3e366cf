"""Run a function on Tensors and record it: the one way from an operation to a node of the graph.

`unary` and `binary` are the short path of elementwise operations on float32 or float64; `record` is for methods that
compute their result themselves; `call` (in `calls.py`) takes any function and any arguments. They all read
derivatives from `table`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy import asarray, ndarray

from .dispatch import FIXED, INFERENCE, Operation, TensorCore, TensorExtra, pack, refresh, start, wrap
from .grad_mode import state
from .graph import Node, node_type, placeholder
from .promotion import F32, F64, default, result_dtype
from .quiet import SILENT, loud, quiet

_TENSOR: Any = TensorCore  # the class of results, looked up once: `use_tensor_class` sets it
_new: Final = object.__new__


def use_tensor_class(cls: type[Any]) -> None:
    """Make `cls` the class of what operations return."""
    global _TENSOR
    _TENSOR = cls


def unary(op: Operation, a: Any) -> Any:
    """Run an elementwise function of one Tensor.

    a: Tensor of any shape; the result has the same
    """
    x = a._array
    if op.floating and x.dtype.kind in "iub":
        x = x.astype(default.real)
    token = quiet(SILENT)
    try:
        out = op.compute(x)
    finally:
        loud(token)
    if type(out) is not ndarray:
        out = asarray(out)
    t = _new(_TENSOR)
    t._array = out
    t._grad = None
    t._extra = None
    if a._extra is not None:
        refresh(a)
    if not (a._tracked and state.enabled):
        t._counter = INFERENCE if state.inference else [0]
        t._tracked = False
        t._node = None
        return t
    t._counter = version = [0]
    if out.dtype.kind != "f":  # a comparison, or complex operands
        real = x.dtype.kind != "c" and out.dtype.kind != "c"
        if op.derivative.constant or out.dtype.kind not in "fc":
            t._tracked, t._node = False, None
            return t
        plan = op.plan((0,), (True,), real)
    elif x.dtype.kind == "c":
        plan = op.plan((0,), (True,), False)
    else:
        plan = op.first or op.plan((0,), (True,), True)
        op.first = plan
    node = start(op.node, (a if a._node is None else a._node,), out)
    node.plan = plan
    codes = plan.codes
    if codes[0] == 2:
        counter = a._counter if x is a._array else FIXED
        node.saved = (x, out if codes[1] == 2 else None)
        node.checks = (counter, counter[0]) if codes[1] != 2 else (counter, counter[0], version, 0)
    elif codes[1] == 2:
        node.saved = (placeholder(x) if codes[0] else None, out)
        node.checks = (version, 0)
    else:
        node.saved = (placeholder(x), placeholder(out)) if plan.nothing is None else plan.nothing
        node.checks = ()
    if state.hooks is not None:
        pack(node, codes)
    t._tracked = True
    t._node = node
    return t


def operands(op: Operation, x: Any, y: Any) -> tuple[Any, Any]:
    """Two arrays or Python numbers, converted so that NumPy computes in PyTorch's dtype."""
    dtype = result_dtype(x, y)
    if op.floating and dtype.kind in "iub":
        dtype = default.real
    if isinstance(x, ndarray):
        x = x if x.dtype == dtype else x.astype(dtype)
    else:
        x = np.asarray(x, dtype)
    if isinstance(y, ndarray):
        y = y if y.dtype == dtype else y.astype(dtype)
    else:
        y = np.asarray(y, dtype)
    return x, y


def binary(op: Operation, a: Any, b: Any) -> Any:
    """Run an elementwise function of two operands, at least one of them a Tensor; the other may be a number or array.

    a, b   : broadcast against each other
    returns: Tensor; NotImplemented for an operand of another kind
    """
    first, second = isinstance(a, TensorCore), isinstance(b, TensorCore)
    x = a._array if first else a
    y = b._array if second else b
    if first and second:
        dtype = x.dtype
        if not ((dtype is F32 or dtype is F64) and y.dtype is dtype):
            x, y = operands(op, x, y)
    elif first:
        if not ((type(y) is float or type(y) is int) and (x.dtype is F32 or x.dtype is F64)):
            y = _plain(y)
            if y is NotImplemented:
                return NotImplemented
            x, y = operands(op, x, y)
    elif not ((type(x) is float or type(x) is int) and (y.dtype is F32 or y.dtype is F64)):
        x = _plain(x)
        if x is NotImplemented:
            return NotImplemented
        x, y = operands(op, x, y)
    token = quiet(SILENT)
    try:
        out = op.compute(x, y)
    except ValueError as error:
        raise broadcast_error(x, y, error) from None
    finally:
        loud(token)
    if type(out) is not ndarray:
        out = asarray(out)
    t = _new(_TENSOR)
    t._array = out
    t._grad = None
    t._extra = None
    if first and a._extra is not None:
        refresh(a)
    if second and b._extra is not None:
        refresh(b)
    da = first and a._tracked
    db = second and b._tracked
    if not ((da or db) and state.enabled):
        t._counter = INFERENCE if state.inference else [0]
        t._tracked = False
        t._node = None
        return t
    t._counter = [0]
    kind = out.dtype.kind
    if kind == "f":
        plan = (op.whole if db else op.first) if da else op.second
        if plan is None:
            plan = op.binary_plan(da, db)
    elif kind == "c":
        plan = op.plan((0, 1), (da, db), False)
    else:
        t._tracked, t._node = False, None
        return t
    node = start(op.node, ((a if a._node is None else a._node) if da else None,
                      (b if b._node is None else b._node) if db else None), out)
    node.plan = plan
    if plan.nothing is None:
        _save(node, plan.codes, a, b, x, y, t)
    else:
        node.saved = plan.nothing
        node.checks = ()
    t._tracked = True
    t._node = node
    return t


def _save(node: Node, codes: tuple[int, ...], a: Any, b: Any, x: Any, y: Any, t: Any) -> None:
    """Save what the codes of a binary operation say, with the versions to check."""
    ca, cb, cans = codes
    checks: tuple[Any, ...] = ()
    # An array of the user's is copied: no version would show a change of it.
    x = x.copy() if ca == 2 and x is a and type(x) is ndarray else x
    y = y.copy() if cb == 2 and y is b and type(y) is ndarray else y
    if ca == 2 and type(x) is ndarray:
        counter = a._counter if isinstance(a, TensorCore) and a._array is x else FIXED
        checks = (counter, counter[0])
    if cb == 2 and type(y) is ndarray:
        counter = b._counter if isinstance(b, TensorCore) and b._array is y else FIXED
        checks += (counter, counter[0])
    if cans == 2:
        checks += (t._counter, 0)
    if not checks and (ca == 2 or cb == 2):
        checks = (FIXED, 0)  # only a number was saved; PyTorch frees that, too
    node.saved = (
        x if ca == 2 else placeholder(x) if ca else None,
        y if cb == 2 else placeholder(y) if cb else None,
        t._array if cans == 2 else placeholder(t._array) if cans else None,
    )
    node.checks = checks
    if state.hooks is not None:
        pack(node, codes)


def _plain(x: Any) -> Any:
    """A NumPy scalar as a Python number; NotImplemented for what is neither number nor array."""
    if isinstance(x, np.generic):
        return x.item()
    return x if isinstance(x, ndarray | int | float | complex) else NotImplemented


def broadcast_error(x: Any, y: Any, error: ValueError) -> Exception:
    """PyTorch's RuntimeError for shapes that do not broadcast; `error` itself for anything else."""
    left, right = np.shape(x), np.shape(y)
    for k in range(1, min(len(left), len(right)) + 1):
        if left[-k] != right[-k] and 1 not in (left[-k], right[-k]):
            return RuntimeError(
                f"The size of tensor a ({left[-k]}) must match the size of tensor b ({right[-k]}) at non-singleton "
                f"dimension {max(len(left), len(right)) - k}"
            )
    return error


def record(op: Operation, a: Any, out: Any, *params: Any, x: Any = None) -> Any:
    """Wrap `out`, the result of `op` for the Tensor `a` and constant further parameters, and record it.

    params: the parameters after the first, in the order of the derivative's (missing ones take their defaults); a
            Tensor among them is saved with its version
    x     : the array that was computed with, if it is not `a`'s own
    """
    if type(out) is not ndarray:
        out = asarray(out)
    if a._extra is not None:
        refresh(a)
    if not (a._tracked and state.enabled) or out.dtype.kind not in "fc":
        return wrap(out)
    t = _new(_TENSOR)
    t._array = out
    t._counter = [0]
    t._tracked = True
    t._grad = None
    t._extra = None
    t._node = record_node(op, a, out, params, a._array if x is None else x, t._counter)
    return t


def record_node(op: Operation, a: Any, out: Any, params: tuple[Any, ...], x: Any, version: Any) -> Node:
    """The node of `op(a, *params)`; `version` is the counter of `out`."""
    node: Node = start(op.node, (a if a._node is None else a._node,), out)
    if x.dtype.kind == "c" or out.dtype.kind == "c":
        plan = op.plan((0,), (True,), False)
    else:
        plan = op.first or op.plan((0,), (True,), True)
        op.first = plan
    node.plan = plan
    codes = plan.codes
    missing = len(codes) - 2 - len(params)
    if missing:
        entry = op.derivative
        params += tuple(entry.defaults[name] for name in entry.parameters[-missing:])
    checks: tuple[Any, ...] = ()
    if codes[0] == 2:
        counter = a._counter if x is a._array else FIXED
        checks = (counter, counter[0])
    for k, p in enumerate(params):
        if isinstance(p, TensorCore):
            params = (*params[:k], p._array, *params[k + 1 :])
            counter = p._counter
        elif type(p) is ndarray:
            counter = FIXED
        else:
            continue
        if codes[k + 1] == 2:
            checks += (counter, counter[0])
    if codes[-1] == 2:
        checks += (version, version[0])
    node.saved = (
        x if codes[0] == 2 else placeholder(x) if codes[0] else None,
        *params,
        out if codes[-1] == 2 else placeholder(out) if codes[-1] else None,
    )
    node.checks = checks
    if state.hooks is not None:
        pack(node, (codes[0], *(0 for _ in params), codes[-1]))
    return node


def record_all(op: Operation, tensors: tuple[Any, ...], out: Any) -> Any:
    """Wrap `out`, the result of `op` for these Tensors (all of its parameters) as they are, and record it."""
    edges: list[Any] = []
    for a in tensors:
        if a._extra is not None:
            refresh(a)
        edges.append((a if a._node is None else a._node) if a._tracked else None)
    if not state.enabled or edges.count(None) == len(edges):
        return wrap(out)
    t = _new(_TENSOR)
    t._array, t._counter, t._tracked, t._grad, t._extra = out, [0], True, None, None
    node: Node = start(op.node, tuple(edges), out)
    plan = op.plan(_FIRST[: len(edges)], tuple([edge is not None for edge in edges]), out.dtype.kind != "c")
    node.plan = plan
    saved: list[Any] = []
    checks: tuple[Any, ...] = ()
    for a, code in zip(tensors, plan.codes, strict=False):
        if code == 2:
            checks += (a._counter, a._counter[0])
        saved.append(a._array if code == 2 else placeholder(a._array) if code else None)
    if plan.codes[-1] == 2:
        checks += (t._counter, 0)
    saved.append(out if plan.codes[-1] == 2 else placeholder(out) if plan.codes[-1] else None)
    node.saved, node.checks = tuple(saved), checks
    if state.hooks is not None:
        pack(node, plan.codes)
    t._node = node
    return t


_FIRST: Final = tuple(range(8))


class _Steps:
    """Views of views, made one after the other; a loop, since programs nest many."""

    __slots__ = ("before", "last")

    def __init__(self, before: Any, last: Callable[[Any], Any]) -> None:
        self.before, self.last = before, last

    def __call__(self, root: Any) -> Any:
        steps: list[Any] = []
        step: Any = self
        while type(step) is _Steps:
            steps.append(step.last)
            step = step.before
        root = step(root)
        for again in reversed(steps):
            root = again(root)
        return root


def view(op: Operation, a: Any, out: Any, replay: Callable[[Any], Any], *params: Any) -> Any:
    """As `record`, for a result that shares memory with `a`: changes in place are seen by both.

    replay: makes the same view of another Tensor of a's shape
    """
    if type(out) is not ndarray:
        out = asarray(out)
    if a._extra is not None:
        refresh(a)
    t = _new(_TENSOR)
    t._array = out
    t._counter = a._counter
    t._grad = None
    extra = t._extra = _new(TensorExtra)
    if a._tracked and state.enabled:
        t._tracked = True
        t._node = record_node(op, a, out, params, a._array, a._counter)
    else:
        t._tracked = False
        t._node = None
    base, parent = a, a._extra
    if parent is not None and parent.base is not None:
        base = parent.base
        extra.replay = _Steps(parent.replay, replay)
    else:
        extra.replay = replay
    extra.base = base
    extra.seen = base._node
    extra.tracked_view = state.enabled
    return t


def renamed(t: Any, name: str) -> Any:
    """`t`, made by several operations, under the name that PyTorch has for the whole."""
    node = t._node
    if isinstance(node, Node) and node.plan is not None:
        node.__class__ = node_type(name)
    return t
