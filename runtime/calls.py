"""Call any function with Tensors anywhere in its arguments, and record it by its derivative in the table.

This is the long way round: what NumPy's protocols (`np.exp(t)`, `np.concatenate([t, u])`) and second derivatives take.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy import ndarray

from . import table
from .dispatch import FIXED, Operation, TensorCore, edge_of, make_plan, pack, start, wrap
from .errors import NoRuleError
from .grad_mode import state
from .graph import Node, Plan, placeholder
from .masked import unmasked
from .quiet import SILENT, loud, quiet
from .recording import view

_OPERATIONS: Final[dict[Any, Operation]] = {}
_NESTS: Final = frozenset({list, tuple, dict})


def operation(function: Any) -> Operation:
    """The operation of a function, made once; its node is named after it (np.linalg.inv: "InvBackward0")."""
    found = _OPERATIONS.get(function)
    if found is None:
        name = "".join(part.capitalize() for part in getattr(function, "__name__", "Call").split("_"))
        found = _OPERATIONS[function] = Operation(function, f"{name}Backward0")
    return found


def named(function: Any, name: str, compute: Any = None, floating: bool = False) -> Operation:
    """Register the operation of `function` with PyTorch's name for its node."""
    op = Operation(function, name, compute, floating)
    return _OPERATIONS.setdefault(function, op)


class CallNode(Node):
    """A node with Tensors at any place of its arguments, or with several outputs.

    layout : for each edge (index of the parameter, index inside it or None)
    rule   : the plan, one pullback for each parameter with edges
    """

    __slots__ = ("layout", "outputs", "rule", "several")
    layout: tuple[tuple[int, int | None], ...]
    outputs: int  # type: ignore[misc]
    rule: Plan
    several: bool

    def backward(self, d_ans: Any) -> Sequence[Any]:
        self.check()
        return self._spread(self.rule.pulls, self.saved, self._filled(d_ans))

    def backward_traced(self, d_ans: Any) -> Sequence[Any]:
        self.check()
        from .traced import traced_pullback

        return self._spread(
            [pull and traced_pullback(pull) for pull in self.rule.traced], self._tensors(), self._filled(d_ans)
        )

    def _filled(self, d_ans: Any) -> Any:
        """Cotangents of all outputs: zeros where none arrived."""
        if self.outputs == 1:
            return (d_ans,) if self.several else d_ans
        return tuple(np.zeros(self.shape[k], self.dtype[k]) if g is None else g for k, g in enumerate(d_ans))

    def _spread(self, pulls: Sequence[Any], saved: tuple[Any, ...], d: Any) -> list[Any]:
        """Run each parameter's pullback once and hand its cotangents to the edges."""
        results = {source: pull(*saved, d) for source, pull in zip(self.rule.sources, pulls, strict=True) if pull}
        outs = []
        for edge, (parameter, element) in zip(self.edges, self.layout, strict=True):
            g = None if edge is None else results[parameter]
            if g is not None and element is not None:
                g = g[element]
            g = unmasked(g)
            if g is not None and self.rule.elementwise:
                g = _unbroadcast_to(g, edge)
            outs.append(g)
        return outs

    def _tensors(self) -> tuple[Any, ...]:
        """The saved values with those of tracked arguments as Tensors that continue the graph."""
        counters = iter(self.checks[::2])
        places = {place: edge for place, edge in zip(self.layout, self.edges, strict=True) if edge is not None}
        values = list(self.saved)
        for k, code in enumerate(self.rule.codes[:-1]):
            if code != 2:
                continue
            if isinstance(values[k], ndarray):
                edge = places.get((k, None))
                values[k] = wrap(values[k], edge is not None, edge, next(counters, None))
            elif isinstance(values[k], list | tuple):
                parts = list(values[k])
                for i, part in enumerate(parts):
                    edge = places.get((k, i))
                    if edge is not None:
                        parts[i] = wrap(part, True, edge)
                values[k] = parts if isinstance(values[k], list) else tuple(parts)
        if self.rule.codes[-1] == 2:
            if not self.several:
                values[-1] = wrap(values[-1], True, self, next(counters, None))
            else:
                values[-1] = tuple(
                    wrap(v, True, (self, i) if self.outputs > 1 else self) for i, v in enumerate(values[-1])
                )
        return tuple(values)


def _unbroadcast_to(g: Any, edge: Any) -> Any:
    from .shapes import unbroadcast

    if isinstance(edge, Node):
        shape = edge.shape
    else:
        shape = edge[0].shape[edge[1]] if type(edge) is tuple else edge._array.shape
    if np.shape(g) == shape:
        return g
    return call(unbroadcast, g, shape) if isinstance(g, TensorCore) else unbroadcast(g, shape)


def strip(x: Any) -> Any:
    """`x` with each Tensor replaced by its array, inside lists, tuples and dictionaries, too."""
    if isinstance(x, TensorCore):
        return x._array
    kind = type(x)
    if kind is list or kind is tuple:
        return kind(strip(v) for v in x)
    if kind is dict:
        return {k: strip(v) for k, v in x.items()}
    if kind is slice:
        return slice(strip(x.start), strip(x.stop), strip(x.step))
    return x


def dress(out: Any) -> Any:
    """Arrays and NumPy numbers as Tensors, in lists and tuples, too; anything else as it is."""
    if isinstance(out, ndarray | np.generic) and out.dtype.kind in "biufc":
        return wrap(out)
    if isinstance(out, list | tuple) and any(isinstance(v, ndarray | np.generic) for v in out):
        parts = [dress(v) for v in out]
        return type(out)(*parts) if hasattr(out, "_fields") else type(out)(parts)
    return out


def call(function: Any, *args: Any, **kwargs: Any) -> Any:
    """Run `function` on the arrays of its Tensors and record it.

    raises: NoRuleError, if a tracked Tensor goes into a function or argument without a derivative
    """
    op = operation(function)
    if not kwargs and not any(type(x) in _NESTS and _tensors_in(x) for x in args):
        return call_flat(op, args)
    arrays, named_arrays = strip(args), strip(kwargs)
    token = quiet(SILENT)
    try:
        out = op.compute(*arrays, **named_arrays)
    finally:
        loud(token)
    tensors = _tensors_in((args, kwargs))
    if not state.enabled or not any(edge_of(t) is not None for t in tensors):
        return dress(out)
    if not _is_array(out) and not (isinstance(out, list | tuple) and any(map(_is_array, out))):
        return dress(out)  # an integer, a shape, a flag
    if op.derivative.constant:
        return dress(out)
    if isinstance(out, ndarray) and len(tensors) == 1 and out.base is not None and args and args[0] is tensors[0] \
            and np.may_share_memory(out, tensors[0]._array):
        return _viewed(op, function, args, kwargs, out)
    return _recorded(op, args, kwargs, arrays, named_arrays, out)


def call_flat(op: Operation, args: tuple[Any, ...]) -> Any:
    """`call` for positional arguments none of which is a container: one plain node."""
    arrays = [x._array if isinstance(x, TensorCore) else x for x in args]
    token = quiet(SILENT)
    try:
        out = op.compute(*arrays)
    finally:
        loud(token)
    if not state.enabled:
        return dress(out)
    edges = tuple(edge_of(x) for x in args if isinstance(x, TensorCore))
    if not any(edge is not None for edge in edges):
        return dress(out)
    if type(out) is not ndarray:
        if isinstance(out, list | tuple) and any(map(_is_array, out)):
            return _recorded(op, args, {}, arrays, {}, out)
        if not _is_array(out):
            return dress(out)  # an integer, a shape, a flag
        out = np.asarray(out)
    entry = op.derivative
    if entry.constant or out.dtype.kind not in "fc":
        return dress(out)
    if entry.variadic or len(args) > len(entry.parameters):
        return _recorded(op, args, {}, arrays, {}, out)
    if (
        out.base is not None
        and len(edges) == 1
        and isinstance(args[0], TensorCore)
        and np.may_share_memory(out, arrays[0])
    ):
        return _viewed(op, op.function, args, {}, out)
    t = wrap(out, True)
    t._node = _flat_node(op, entry, args, arrays, edges, t)
    return t


def _flat_node(
    op: Operation, entry: table.Derivative, args: Any, arrays: list[Any], edges: tuple[Any, ...], t: Any
) -> Node:
    """The node of `call_flat`, with what it saves."""
    out = t._array
    sources = tuple(k for k, x in enumerate(args) if isinstance(x, TensorCore))
    real = out.dtype.kind != "c" and not any(type(x) is ndarray and x.dtype.kind == "c" for x in arrays)
    plan = op.plan(sources, tuple(edge is not None for edge in edges), real)
    node: Node = start(op.node, edges, out)
    node.plan = plan
    saved: list[Any] = []
    checks: tuple[Any, ...] = ()
    given = len(args)
    for k, name in enumerate(entry.parameters):
        if k >= given:
            saved.append(entry.defaults[name])
            continue
        x, code = arrays[k], plan.codes[k]
        if type(x) is ndarray:
            if code == 2:
                t_in = args[k]
                own = isinstance(t_in, TensorCore)
                checks += (t_in._counter, t_in._counter[0]) if own else (FIXED, 0)
                x = x if own else x.copy()  # an array of the user's: no version would show a change of it
            else:
                x = placeholder(x) if code else None
        saved.append(x)
    code = plan.codes[-1]
    if code == 2:
        checks += (t._counter, t._counter[0])
    saved.append(out if code == 2 else placeholder(out) if code else None)
    node.saved, node.checks = tuple(saved), checks
    if state.hooks is not None:
        pack(node, plan.codes)
    return node


def _is_array(x: Any) -> bool:
    return isinstance(x, ndarray | np.generic) and x.dtype.kind in "fc"


def _viewed(op: Operation, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], out: Any) -> Any:
    _, names, bound = _bind(op, args, kwargs)
    return view(
        op, args[0], out, lambda root: call(function, root, *args[1:], **kwargs), *(bound[n] for n in names[1:])
    )


def _tensors_in(x: Any) -> list[Any]:
    if isinstance(x, TensorCore):
        return [x]
    if isinstance(x, dict):
        return [t for v in x.values() for t in _tensors_in(v)]
    if isinstance(x, list | tuple):
        return [t for v in x for t in _tensors_in(v)]
    return []


def _bind(op: Operation, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, tuple[str, ...], dict[str, Any]]:
    """Arguments by parameter name, defaults filled in.

    raises: NoRuleError, for an argument that the derivative does not know
    """
    entry = op.derivative
    names = entry.parameters
    positional = names[: names.index(entry.variadic)] if entry.variadic else names
    bound = dict(zip(positional, args))  # noqa: B905 (fewer arguments than parameters is common)
    if entry.variadic:
        bound[entry.variadic] = tuple(args[len(positional):])
    elif len(args) > len(names):
        raise NoRuleError(f"the derivative of {op.function.__name__} does not know its argument number {len(names)}")
    for name, value in kwargs.items():
        if name not in names:
            raise NoRuleError(f"the derivative of {op.function.__name__} does not know its argument {name!r}",
                              instead="Leave that argument out, or detach the Tensors.")
        bound[name] = value
    for name, value in entry.defaults.items():
        bound.setdefault(name, value)
    return entry, names, bound


def _recorded(op: Operation, args: Any, kwargs: Any, arrays: Any, named_arrays: Any, out: Any) -> Any:
    """Wrap `out` and record one node for it, whatever holds the Tensors."""
    _, names, given = _bind(op, args, kwargs)
    _, _, bound = _bind(op, arrays, named_arrays)
    edges: list[Any] = []
    layout: list[tuple[int, int | None]] = []
    versions: list[Any] = []
    for k, name in enumerate(names):
        value = given[name]
        if isinstance(value, TensorCore):
            edges.append(edge_of(value))
            layout.append((k, None))
        elif isinstance(value, list | tuple):
            for i, element in enumerate(value):
                if isinstance(element, TensorCore):
                    edges.append(edge_of(element))
                    layout.append((k, i))
                elif _tensors_in(element) and any(edge_of(t) is not None for t in _tensors_in(element)):
                    raise NoRuleError(f"{op.function.__name__}: Tensors nested two deep in {name!r}")
    sources = tuple(dict.fromkeys(k for (k, _), edge in zip(layout, edges, strict=True) if edge is not None))
    several = isinstance(out, list | tuple)
    outs = list(out) if several else [out]
    real = all(np.asarray(v).dtype.kind != "c" for v in (*_arrays_in(arrays), *_arrays_in(named_arrays), *outs))
    plan = op.plans.get((sources, real)) or op.plans.setdefault(
        (sources, real), make_plan(op, sources, (True,) * len(sources), real))
    node = start_call(op, tuple(edges), [np.asarray(v) for v in outs], several)
    node.layout, node.rule = tuple(layout), plan
    results = [wrap(v, _is_array(v), ((node, i) if node.outputs > 1 else node) if _is_array(v) else None)
               for i, v in enumerate(outs)]
    saved = []
    for k, name in enumerate(names):
        code, value = plan.codes[k], bound[name]
        if k in sources or isinstance(value, ndarray):
            value = _kept(value, code)
            if code == 2 and isinstance(value, ndarray):
                t = given[name]
                own = isinstance(t, TensorCore)
                versions += (t._counter, t._counter[0]) if own else (FIXED, 0)
                value = value if own else value.copy()
        saved.append(value)
    if plan.codes[-1] == 2 and not several:
        versions += (results[0]._counter, 0)
    kept_outs = tuple(r._array if plan.codes[-1] == 2 else placeholder(r._array) for r in results)
    saved.append(kept_outs if several else (kept_outs[0] if plan.codes[-1] else None))
    for k, _ in layout:  # elements of a list are checked, too; their counters stand after the arrays'
        if plan.codes[k] == 2 and isinstance(given[names[k]], list | tuple):
            for element in given[names[k]]:
                if isinstance(element, TensorCore):
                    versions += (element._counter, element._counter[0])
    node.saved, node.checks = tuple(saved), tuple(versions)
    if state.hooks is not None and not several:
        pack(node, plan.codes)
    if not several:
        return results[0]
    return type(out)(*results) if hasattr(out, "_fields") else type(out)(results)


def _arrays_in(x: Any) -> list[Any]:
    if isinstance(x, ndarray | np.generic):
        return [x]
    if isinstance(x, dict):
        return [v for item in x.values() for v in _arrays_in(item)]
    return [v for item in x for v in _arrays_in(item)] if isinstance(x, list | tuple) else []


def _kept(value: Any, code: int) -> Any:
    """What is saved of an argument: itself, a placeholder of its shape, or None; elementwise in a list."""
    if isinstance(value, list | tuple):
        return [_kept(v, code or 1) for v in value]
    return value if code == 2 else placeholder(value) if code == 1 or not isinstance(value, ndarray) else None


def start_call(op: Operation, edges: tuple[Any, ...], outs: list[Any], several: bool) -> Any:
    """A `CallNode` named as the operation's node."""
    name = op.node.__name__
    cls = _CALL_TYPES.get(name)
    if cls is None:
        cls = _CALL_TYPES[name] = type(name, (CallNode,), {"__slots__": (), "__module__": __name__})
    node = start(cls, edges, outs[0])
    node.plan = None
    node.several = several
    node.outputs = len(outs)
    if node.outputs > 1:
        node.shape, node.dtype = tuple(v.shape for v in outs), tuple(v.dtype for v in outs)
    return node


_CALL_TYPES: Final[dict[str, type[CallNode]]] = {}
