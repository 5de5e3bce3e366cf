"""The graph of recorded operations: nodes, edges and what hangs on them.

An edge says where a cotangent goes. It is one of

* a `Node`: the one output of that operation,
* a tuple (node, k): output k of an operation with several outputs,
* a leaf Tensor: its gradient accumulates there,
* None: nobody wants it.

A node holds its edges, what it saved, and a number from one clock: it is larger than that of every node its edges
lead to, so the engine needs no second pass to find an order.
"""

from __future__ import annotations

import itertools
import linecache
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Final
from weakref import ref

import numpy as np
from numpy import ndarray

from .errors import Location

MSG_FREED: Final = (
    "Trying to backward through the graph a second time (or directly access saved tensors after they have already been "
    "freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). Specify "
    "retain_graph=True if you need to backward through the graph a second time or if you need to access saved tensors "
    "after calling backward."
)
FREED: Final = ("freed",)
clock: Final = itertools.count().__next__
_ZERO: Final = bytes(64)


def placeholder(array: Any) -> Any:
    """An array with the shape and dtype of `array` that holds one zero: all that a shape-only need keeps alive.

    >>> placeholder(np.ones((2, 3))).shape
    (2, 3)
    """
    if isinstance(array, ndarray):
        return ndarray(array.shape, array.dtype, _ZERO, strides=(0,) * array.ndim)
    return array


class Plan:
    """How an operation differentiates when a given set of its arguments is tracked.

    pulls   : for each edge its pullback, None for an edge that wants nothing
    traced  : the same for any kind of operand; `traced.traced_pullback` makes each record itself on Tensors
    codes   : for each parameter, then `ans`: 0 nothing, 1 the shape, 2 the value is saved
    sources : for each edge, the index of its parameter
    elementwise : cotangents are summed to the operand's shape by whoever routes them
    """

    __slots__ = ("codes", "elementwise", "nothing", "pulls", "sources", "traced")

    def __init__(self, pulls: tuple[Any, ...], traced: tuple[Any, ...], codes: tuple[int, ...],
                 sources: tuple[int, ...], elementwise: bool) -> None:
        self.pulls = pulls
        self.traced = traced
        self.codes = codes
        self.sources = sources
        self.elementwise = elementwise
        self.nothing = (None,) * len(codes) if not any(codes) else None


class NodeExtra:
    """What few nodes have: hooks, a retained gradient, packed values, the traceback of anomaly mode."""

    __slots__ = ("hooks", "names", "packed", "pre_hooks", "retained", "tensor_hooks", "traceback")

    def __init__(self) -> None:
        self.hooks: dict[int, Callable[..., Any]] = {}
        self.pre_hooks: dict[int, Callable[..., Any]] = {}
        self.tensor_hooks: dict[int, dict[int, Callable[..., Any]]] = {}  # by output
        self.retained: dict[int, Any] = {}  # by output: weak reference to the Tensor
        self.packed: dict[int, Callable[[Any], Any]] | None = None  # by position in `saved`: unpack
        self.traceback: str | None = None
        self.names: dict[str, Any] = {}


class Handle:
    """What `register_hook` returns: `remove()` takes the hook away; also a context manager."""

    __slots__ = ("_hooks", "key")

    def __init__(self, hooks: dict[int, Any], hook: Any) -> None:
        self._hooks = hooks
        self.key = clock()
        hooks[self.key] = hook

    def remove(self) -> None:
        """Take the hook away; a second call does nothing."""
        self._hooks.pop(self.key, None)

    def __enter__(self) -> Handle:
        return self

    def __exit__(self, *error: object) -> None:
        self.remove()


class Node:
    """One recorded operation. Subclasses carry PyTorch's names (`AddBackward0`).

    edges  : where the cotangents of its inputs go
    saved  : for a node with a plan, its parameters and `ans` (None where nothing is needed)
    checks : (counter, version, counter, version, ...) of the saved arrays
    shape, dtype : of its output (of each, for a node with several outputs)
    plan   : the pullbacks to run; None for a node that has a `backward` of its own
    """

    __slots__ = ("__weakref__", "checks", "dtype", "edges", "extra", "plan", "saved", "seq", "shape")

    outputs: ClassVar[int] = 1
    sums: ClassVar[bool] = False  # a node without a plan whose cotangents are summed to the operand's shape
    edges: tuple[Any, ...]
    saved: tuple[Any, ...]
    checks: tuple[Any, ...]
    shape: Any
    dtype: Any
    seq: int
    plan: Plan | None
    extra: NodeExtra | None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} object at {id(self):#x}>"

    def name(self) -> str:
        """PyTorch's name of the operation, such as "AddBackward0"."""
        return type(self).__name__

    def __getattr__(self, name: str) -> Any:
        """`_saved_result`, `_saved_self`, `_saved_other`, or `_saved_` and the name of a parameter.

        raises: RuntimeError, after it was freed
        """
        if name.startswith("_saved_") and self.plan is not None:
            from .saved import saved_tensors

            names = {"result": -1, "self": 0, "other": 1}
            place = names.get(name[7:])
            if self.saved is FREED:
                raise RuntimeError(MSG_FREED)
            if place is not None and place < len(self.saved) and self.plan.codes[place] == 2:
                return saved_tensors(self)[place]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """Where the cotangents of the inputs go: (node, number of its output), (None, 0) for a constant."""
        return tuple(_as_function(edge) for edge in self.edges)

    @property
    def metadata(self) -> dict[str, Any]:
        """A dictionary of the user's."""
        return self.extended().names

    def extended(self) -> NodeExtra:
        """The node's rare data, made at the first use."""
        if self.extra is None:
            self.extra = NodeExtra()
        return self.extra

    def register_hook(self, hook: Callable[..., Any]) -> Handle:
        """Call `hook(grad_inputs, grad_outputs)` after this node ran; what it returns replaces `grad_inputs`."""
        return Handle(self.extended().hooks, hook)

    def register_prehook(self, hook: Callable[..., Any]) -> Handle:
        """Call `hook(grad_outputs)` before this node runs; what it returns replaces `grad_outputs`."""
        return Handle(self.extended().pre_hooks, hook)

    def backward(self, d_ans: Any) -> Sequence[Any]:
        """The cotangents for `edges` from arrays: what nodes without a plan define."""
        raise NotImplementedError(f"{self.name()} has no backward")

    def backward_traced(self, d_ans: Any) -> Sequence[Any]:
        """The same on Tensors, recorded (for `create_graph`)."""
        raise RuntimeError(f"{self.name()} does not support double backward (create_graph=True)")

    def release(self) -> None:
        """Drop what was saved by value (each array has a check); a second run then raises."""
        if self.checks:
            self.saved = FREED
            self.checks = ()

    def check(self) -> None:
        """Raise if what was saved is freed or was changed in place since."""
        if self.saved is FREED:
            raise RuntimeError(MSG_FREED)
        checks = self.checks
        for i in range(0, len(checks), 2):
            if checks[i][0] != checks[i + 1]:
                raise RuntimeError(self._changed(checks[i], checks[i + 1]))

    def _changed(self, counter: list[Any], expected: int) -> str:
        """The message for a saved value that was changed in place, with the line that did it."""
        what = "a saved tensor"
        for value in self.saved:
            if isinstance(value, ndarray):
                what = f"[{type_name(value.dtype)} {list(value.shape)}]"
        where = ""
        if len(counter) > 1:
            filename, line = counter[1]
            text = linecache.getline(filename, line)
            location = Location(filename, line, len(text) - len(text.lstrip()), text=text.rstrip("\n"))
            where = f" It was changed at {location}\n{location.caret()}"
        return (
            f"one of the variables needed for gradient computation has been modified by an inplace operation: {what}, "
            f"saved by {self.name()}, is at version {counter[0]}; expected version {expected} instead.{where}"
        )


def type_name(dtype: Any) -> str:
    names = {
        "float32": "Float",
        "float64": "Double",
        "float16": "Half",
        "int64": "Long",
        "int32": "Int",
        "bool": "Bool",
    }
    return f"torch.{names.get(dtype.name, dtype.name)}Tensor"


def _as_function(edge: Any) -> tuple[Any, int]:
    if edge is None:
        return None, 0
    if type(edge) is tuple:
        return edge
    if isinstance(edge, Node):
        return edge, 0
    return accumulator(edge), 0


class AccumulateGrad(Node):
    """The end of an edge at a leaf: its gradient is added to `variable.grad`."""

    __slots__ = ("variable",)
    variable: Any

    def name(self) -> str:
        return "torch::autograd::AccumulateGrad"


def accumulator(leaf: Any) -> AccumulateGrad:
    """The one `AccumulateGrad` of a leaf, as long as somebody holds it."""
    extra = leaf.extended()
    node: AccumulateGrad | None = extra.accumulator() if extra.accumulator is not None else None
    if node is None:
        node = AccumulateGrad()
        node.edges, node.saved, node.checks, node.plan, node.extra = (), (), (), None, None
        node.shape, node.dtype, node.seq = leaf._array.shape, leaf._array.dtype, clock()
        node.variable = leaf
        extra.accumulator = ref(node)
    return node


_NODE_TYPES: dict[str, type[Node]] = {}


def node_type(name: str, base: type[Node] = Node) -> type[Node]:
    """The class of nodes called `name`, made once.

    >>> node_type("AddBackward0").__name__
    'AddBackward0'
    """
    found = _NODE_TYPES.get(name)
    if found is None or not issubclass(found, base):
        found = type(name, (base,), {"__slots__": (), "__module__": __name__})
        _NODE_TYPES[name] = found
    return found


def describe(array: np.ndarray[Any, Any]) -> str:
    """Shape of an array as PyTorch prints it in messages: "[2, 3]"."""
    return str(list(array.shape))
