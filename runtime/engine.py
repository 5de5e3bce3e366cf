"""Run the graph backwards: one loop over a heap of nodes, the youngest first; no recursion.

A node is younger than all nodes that its edges lead to, so when it comes off the heap every cotangent it will ever get
has arrived. Cotangents are plain arrays; for `create_graph` they are Tensors and the pullbacks are recorded in turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush
from typing import Any

import numpy as np
from numpy import asarray, ndarray

from .dispatch import TensorCore, unwrap, wrap
from .grad_mode import state
from .gradient_hooks import accumulate, after, before, through_hooks
from .graph import FREED, Node
from .masked import Masked, unmasked
from .quiet import SILENT, loud, quiet
from .saved import saved_tensors, unpacked
from .shapes import unbroadcast

Key = Any  # id of a leaf, or (node, output)


class Captures:
    """The inputs whose cotangents are asked for, and what arrived.

    wanted  : keys of the inputs
    through : nodes that lead to an input; the others do not run
    found   : cotangents by key
    """

    __slots__ = ("found", "through", "wanted")

    def __init__(self, roots: Sequence[Any], inputs: Sequence[Any]) -> None:
        self.wanted = {key_of(edge) for edge in inputs}
        self.found: dict[Key, Any] = {}
        self.through = self._leading(roots)

    def _leading(self, roots: Sequence[Any]) -> set[Node]:
        reached: set[Node] = set()
        stack = [node_of(edge) for edge in roots]
        while stack:
            node = stack.pop()
            if node is not None and node not in reached:
                reached.add(node)
                stack.extend(node_of(edge) for edge in node.edges)
        leading: set[Node] = set()
        for node in sorted(reached, key=lambda node: node.seq):
            if any(self.leads(edge, leading) for edge in node.edges):
                leading.add(node)
        return leading

    def leads(self, edge: Any, leading: set[Node] | None = None) -> bool:
        """Whether an input lies at `edge` or behind it."""
        if edge is None:
            return False
        return key_of(edge) in self.wanted or node_of(edge) in (self.through if leading is None else leading)


def key_of(edge: Any) -> Key:
    """What names an edge's end: the id of a leaf, or (node, output)."""
    if type(edge) is tuple:
        return edge
    return (edge, 0) if isinstance(edge, Node) else id(edge)


def node_of(edge: Any) -> Node | None:
    """The node of an edge; None for a leaf or no edge."""
    if type(edge) is tuple:
        node: Node = edge[0]
        return node
    return edge if isinstance(edge, Node) else None


def fit(g: Any, shape: tuple[int, ...], dtype: Any, elementwise: bool, name: str) -> Any:
    """Bring a cotangent to the shape and dtype of what it belongs to.

    raises: RuntimeError, if a pullback that is not elementwise returned another shape
    """
    if isinstance(g, TensorCore):
        from .calls import call

        if g._array.shape != shape:
            if not elementwise:
                raise _invalid(name, g._array.shape, shape)
            g = call(unbroadcast, g, shape)
        return g if g._array.dtype == dtype else g.to(dtype)
    g = asarray(g)
    if g.shape != shape:
        if not elementwise:
            raise _invalid(name, g.shape, shape)
        g = sum_to(g, shape)
    if g.dtype != dtype:
        if g.dtype.kind == "c" and dtype.kind != "c":
            g = g.real
        g = g.astype(dtype)
    return g


def sum_to(g: Any, shape: tuple[int, ...]) -> Any:
    """`unbroadcast` for arrays, without its checks where leading axes only were added."""
    extra = g.ndim - len(shape)
    if extra > 0 and g.shape[extra:] == shape:
        return asarray(np.add.reduce(g, 0 if extra == 1 else tuple(range(extra))))
    return asarray(unbroadcast(g, shape))


def _invalid(name: str, got: Any, expected: Any) -> RuntimeError:
    return RuntimeError(
        f"Function {name} returned an invalid gradient - got {list(got)} but expected shape compatible with "
        f"{list(expected)}"
    )


class Run:
    """One backward pass.

    pending : cotangents that wait for their node (a list for a node with several outputs)
    leaves  : [leaf, cotangent] by id of the leaf
    """

    __slots__ = ("captures", "create", "heap", "leaves", "pending", "retain")

    def __init__(self, retain: bool, create: bool, captures: Captures | None) -> None:
        self.retain = retain
        self.create = create
        self.captures = captures
        self.heap: list[tuple[int, Node]] = []
        self.pending: dict[Node, Any] = {}
        self.leaves: dict[int, list[Any]] = {}

    def route(self, edge: Any, g: Any, elementwise: bool, name: str) -> None:
        """Send cotangent `g` along `edge`: fit it, add it to what is there, and queue its node."""
        if isinstance(edge, Node):
            shape, dtype = edge.shape, edge.dtype
        elif type(edge) is tuple:
            self._route_output(edge, g, elementwise, name)
            return
        else:
            array = edge._array
            shape, dtype = array.shape, array.dtype
        if type(g) is not ndarray or g.shape != shape or g.dtype is not dtype:
            if type(g) is Masked:
                self._route_masked(edge, g, elementwise, name)
                return
            if self.create and not isinstance(g, TensorCore):
                g = wrap(g)
            g = fit(g, shape, dtype, elementwise, name)
        if isinstance(edge, Node):
            pending = self.pending
            if edge in pending:
                pending[edge] = unmasked(pending[edge]) + g
            else:
                pending[edge] = g
                heappush(self.heap, (-edge.seq, edge))
        else:
            held = self.leaves.get(id(edge))
            if held is None:
                self.leaves[id(edge)] = [edge, g]
            else:
                held[1] = held[1] + g

    def _route_masked(self, edge: Any, g: Masked, elementwise: bool, name: str) -> None:
        """The same for a masked cotangent: the mask goes on to an elementwise node that nothing unmasked reaches."""
        value = g.value
        if isinstance(edge, Node) and edge.plan is not None and edge.plan.elementwise:
            held = self.pending.get(edge)
            shape = value._array.shape if isinstance(value, TensorCore) else np.shape(value)
            if shape == edge.shape and (held is None or type(held) is Masked):
                if held is None:
                    heappush(self.heap, (-edge.seq, edge))
                self.pending[edge] = g if held is None else held.plus(g)
                return
        self.route(edge, value, elementwise, name)

    def _route_output(self, edge: tuple[Node, int], g: Any, elementwise: bool, name: str) -> None:
        node, k = edge
        g = unmasked(g)
        if self.create and not isinstance(g, TensorCore):
            g = wrap(g)
        g = fit(g, node.shape[k], node.dtype[k], elementwise, name)
        slots = self.pending.get(node)
        if slots is None:
            slots = self.pending[node] = [None] * node.outputs
            heappush(self.heap, (-node.seq, node))
        slots[k] = g if slots[k] is None else slots[k] + g

    def drain(self) -> None:
        """Run nodes until none is left."""
        heap, pending, captures, create = self.heap, self.pending, self.captures, self.create
        simple = captures is None and not create and not state.anomaly
        retain, route = self.retain, self.route
        while heap:
            node = heappop(heap)[1]
            d = pending.pop(node)
            plan = node.plan
            if simple and plan is not None and node.extra is None:
                if node.saved is FREED or node.checks:
                    node.check()
                mask = None
                if type(d) is not ndarray:
                    mask = d if type(d) is Masked else None
                    d = asarray(unmasked(d))
                saved = node.saved
                if mask is not None:
                    self._masked_step(node, d, mask)
                    continue
                for edge, pull in zip(node.edges, plan.pulls):  # noqa: B905 (same length by construction; hot)
                    if edge is not None:
                        route(edge, pull(*saved, d), plan.elementwise, "")
                if not retain and node.checks:
                    node.saved = FREED
                    node.checks = ()
            else:
                self._step(node, d)

    def _masked_step(self, node: Node, d: Any, mask: Masked) -> None:
        """One elementwise node whose cotangent has a mask."""
        plan = node.plan
        assert plan is not None, "a mask stops at a node without a plan"
        for edge, pull in zip(node.edges, plan.pulls, strict=True):
            if edge is not None:
                self.route(edge, passed_on(pull(*node.saved, d), mask, node), True, "")
        if not self.retain and node.checks:
            node.saved = FREED
            node.checks = ()

    def _step(self, node: Node, d: Any) -> None:
        """One node with hooks, captures, anomaly mode, on Tensors, or with a backward of its own."""
        extra, captures = node.extra, self.captures
        mask = d if type(d) is Masked and (extra is None or (not extra.tensor_hooks and not extra.pre_hooks)) else None
        d = unmasked(d)
        if extra is not None and (extra.tensor_hooks or extra.retained or extra.pre_hooks):
            d = before(node, d, self.create)
        if captures is not None:
            for k in range(node.outputs):
                if (node, k) in captures.wanted:
                    captures.found[node, k] = d[k] if node.outputs > 1 else d
            if node not in captures.through:
                return
        if not self.create and node.outputs == 1 and type(d) is not ndarray:
            d = asarray(d)
        wanted = tuple(edge is not None and (captures is None or captures.leads(edge)) for edge in node.edges)
        outs = run_node(node, d, self.create, wanted)
        if mask is not None:
            outs = [g if g is None else passed_on(g, mask, node) for g in outs]
        if (extra is not None and extra.hooks) or state.anomaly:
            outs = [unmasked(g) for g in outs]
        if extra is not None and extra.hooks:
            outs = after(node, outs, d)
        if state.anomaly:
            from .anomaly import check_nan

            check_nan(node, outs)
        elementwise = node.sums if node.plan is None else node.plan.elementwise
        for edge, g, use in zip(node.edges, outs, wanted, strict=True):
            if use and g is not None:
                self.route(edge, g, elementwise, node.name())
        if not self.retain:
            node.release()


def passed_on(g: Any, mask: Masked, node: Node) -> Any:
    """What an elementwise node makes of a masked cotangent: masked again where its slope may be infinite."""
    plan = node.plan
    assert plan is not None, "a mask stops at a node without a plan"
    g = unmasked(g)
    if not isinstance(g, TensorCore):
        g = asarray(g)
    if np.shape(unwrap(g)) != np.shape(unwrap(mask.value)):
        return g
    return Masked(g if plan.nothing is not None else mask.applied(g), lambda: mask.alive)


def run_node(node: Node, d: Any, create: bool, wanted: tuple[bool, ...]) -> Sequence[Any]:
    """The cotangents of a node's inputs, aligned with its edges."""
    plan = node.plan
    if plan is None:
        return node.backward_traced(d) if create else node.backward(d)
    node.check()
    if create:
        saved = saved_tensors(node)
        from .traced import traced_pullback

        pulls = tuple(pull and traced_pullback(pull) for pull in plan.traced)
    else:
        saved = unpacked(node) if node.extra is not None else node.saved
        pulls = plan.pulls
    return [pull(*saved, d) if pull and use else None for pull, use in zip(pulls, wanted, strict=True)]


def execute(roots: Sequence[Any], cotangents: Sequence[Any], retain: bool, create: bool,
            inputs: Sequence[Any] | None = None, accumulating: bool = True) -> list[Any]:
    """One backward pass from the edges `roots` with their cotangents (arrays; Tensors for `create`).

    inputs       : edges; only what leads to them runs
    accumulating : add to the gradients of leaves; else return the cotangents of `inputs`
    returns      : a cotangent for each of `inputs`, None where none arrived
    """
    captures = None if inputs is None else Captures(roots, inputs)
    run = Run(retain, create, captures)
    enabled, state.enabled = state.enabled, create
    token = quiet(SILENT)
    try:
        for edge, g in zip(roots, cotangents, strict=True):
            run.route(edge, g, False, "the gradient given to backward")
        del g
        run.drain()
        if captures is None:
            for holder in run.leaves.values():
                accumulate(holder, create)
            return []
        return _hand_out(run, captures, inputs or (), create, accumulating)
    finally:
        loud(token)
        state.enabled = enabled


def _hand_out(run: Run, captures: Captures, inputs: Sequence[Any], create: bool, accumulating: bool) -> list[Any]:
    results: list[Any] = []
    for edge in inputs:
        key = key_of(edge)
        if isinstance(key, int):
            holder = run.leaves.get(key)
            if holder is None:
                results.append(None)
            elif accumulating:
                accumulate(holder, create)
            else:
                extra = edge._extra
                if extra is not None and extra.hooks:
                    holder[1] = through_hooks(extra.hooks, holder[1], create)
                results.append(holder[1])
        else:
            results.append(captures.found.get(key))
    return results
