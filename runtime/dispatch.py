"""What a Tensor and an operation are: the fields of the one, how the other differentiates and what its node saves.

How operations run and are recorded stands in `recording.py`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final
from weakref import ReferenceType

import numpy as np
from numpy import asarray, ndarray

from . import table
from .errors import NoRuleError
from .grad_mode import state
from .graph import Node, Plan, clock, node_type

MSG_INFERENCE: Final = (
    "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in "
    "computation "
    "tracked by autograd. To work around this, you can make a clone to get a normal tensor and use it in autograd, "
    "or use "
    "`torch.no_grad()` instead of `torch.inference_mode()`."
)


class _InferenceCounter:
    """Stands for the version counter of a tensor made in inference mode, which has none."""

    __slots__ = ()

    def __getitem__(self, index: int) -> int:
        raise RuntimeError(MSG_INFERENCE)


INFERENCE: Final = _InferenceCounter()
FIXED: Final = [0]  # the counter of an array that no Tensor shares


class TensorExtra:
    """What few Tensors have.

    base, replay : for a view, the Tensor it looks into and the function that makes the view from it
    seen         : the base's `_node` for which the view's own node was made
    tracked_view : the view was made while recording
    several      : it is one of the views that `split` or `unbind` returned
    """

    __slots__ = ("accumulator", "base", "hooks", "name", "post_hooks", "replay", "retains", "seen",
                 "several", "tracked_view")

    base: Any
    replay: Any
    seen: Any
    tracked_view: bool
    several: bool
    hooks: dict[int, Callable[..., Any]]
    post_hooks: dict[int, Callable[..., Any]]
    accumulator: ReferenceType[Any] | None
    name: str | None
    retains: bool

    def __getattr__(self, name: str) -> Any:
        """The default of a field that was never set; views are many, and set four of them."""
        if name in ("hooks", "post_hooks"):
            value: Any = {}
        elif name in ("tracked_view", "several", "retains"):
            value = False
        elif name in TensorExtra.__slots__:
            value = None
        else:
            raise AttributeError(name)
        setattr(self, name, value)
        return value


class TensorCore:
    """The fields of a Tensor.

    _array   : ndarray (never a NumPy scalar)
    _counter : [count of changes in place, (file, line) of the last]: one list for all views of a memory
    _tracked : requires grad
    _node    : the edge to whoever made it; None for a leaf
    _grad    : the gradient of a leaf, a Tensor or None
    _extra   : rare data; None for most
    """

    __slots__ = ("__weakref__", "_array", "_counter", "_extra", "_grad", "_node", "_tracked")

    _array: np.ndarray[Any, Any]
    _counter: Any
    _tracked: bool
    _node: Any
    _grad: Any
    _extra: TensorExtra | None

    if TYPE_CHECKING:  # whatever is a TensorCore is a Tensor, whose methods stand in modules above this one

        def __getattr__(self, name: str) -> Any: ...
        def __getitem__(self, index: Any) -> Any: ...
        def __matmul__(self, other: Any) -> Any: ...

    def extended(self) -> TensorExtra:
        """The Tensor's rare data, made at the first use."""
        if self._extra is None:
            self._extra = TensorExtra()
        return self._extra


class _Registered:
    """The class of results; `tensor.py`, which imports this module, sets it."""

    cls: type[Any] = TensorCore


def register_tensor_class(cls: type[Any]) -> type[Any]:
    """Make `cls` the class of every result (used once, as a decorator)."""
    global _TENSOR
    _Registered.cls = _TENSOR = cls
    return cls


_TENSOR: Any = TensorCore
_new: Final = object.__new__


def wrap(array: Any, tracked: bool = False, node: Any = None, version: Any = None) -> Any:
    """A Tensor over `array` (not copied)."""
    t = _new(_TENSOR)
    t._array = array if type(array) is ndarray else asarray(array)
    t._counter = version if version is not None else (INFERENCE if state.inference else [0])
    t._tracked = tracked
    t._node = node
    t._grad = None
    t._extra = None
    return t


def unwrap(x: Any) -> Any:
    """The array of a Tensor; anything else as it is."""
    return x._array if isinstance(x, TensorCore) else x


def edge_of(t: Any) -> Any:
    """Where the cotangent of `t` goes; None if it does not require grad."""
    if t._extra is not None:
        refresh(t)
    if not t._tracked:
        return None
    return t if t._node is None else t._node


def refresh(t: Any) -> None:
    """Give a view a new node if its base was changed in place since."""
    extra = t._extra
    base = extra.base
    if base is None or not extra.tracked_view:
        return
    if base._extra is not None:
        refresh(base)
    if base._node is not extra.seen:
        previous, state.enabled = state.enabled, True
        try:
            again = extra.replay(base)
        finally:
            state.enabled = previous
        t._node, t._tracked = again._node, again._tracked
        if type(t._node) is not tuple and isinstance(t._node, Node):
            t._node.__class__ = _AS_STRIDED
        extra.seen = base._node


_AS_STRIDED: Final = node_type("AsStridedBackward0")  # what PyTorch calls a view that was made again


class Operation:
    """One function as the engine runs it: what computes it, its node's name, and the plans made so far.

    function : the key in the table of derivatives
    compute  : what is called on arrays (`function` itself unless something quicker does the same)
    floating : integers are converted to the default float dtype first (`exp`, `sin`, `/`)
    """

    __slots__ = ("_derivative", "compute", "first", "floating", "function", "node", "plans", "second", "whole")

    def __init__(self, function: Any, name: str, compute: Any = None, floating: bool = False) -> None:
        self.function = function
        self.compute = compute or function
        self.node: type[Node] = node_type(name)
        self.floating = floating
        self._derivative: table.Derivative | None = None
        self.plans: dict[Any, Plan] = {}
        self.first: Plan | None = None  # of real operands, the first (the only) one tracked
        self.second: Plan | None = None
        self.whole: Plan | None = None  # both

    @property
    def derivative(self) -> table.Derivative:
        """The table's entry, looked up when first needed."""
        if self._derivative is None:
            self._derivative = table.lookup(self.function)
        return self._derivative

    def plan(self, sources: tuple[int, ...], tracked: tuple[bool, ...], real: bool) -> Plan:
        """The plan for edges from these parameters, of which these are tracked."""
        key = (sources, tracked, real)
        plan = self.plans.get(key)
        if plan is None:
            plan = self.plans[key] = make_plan(self, sources, tracked, real)
        return plan

    def binary_plan(self, a: bool, b: bool) -> Plan:
        """The plan of the short path for two real operands."""
        plan = self.plan((0, 1), (a, b), True)
        if a and b:
            self.whole = plan
        elif a:
            self.first = plan
        else:
            self.second = plan
        return plan


def make_plan(op: Operation, sources: tuple[int, ...], tracked: tuple[bool, ...], real: bool) -> Plan:
    """Which pullbacks to run and what they need saved.

    raises: NoRuleError, if a tracked argument has no pullback
    """
    entry = op.derivative
    names = entry.parameters
    pullbacks: list[table.Pullback | None] = []
    values: set[str] = set()
    shapes: set[str] = set()
    for source, wanted in zip(sources, tracked, strict=True):
        pullback = entry.pullbacks.get(names[source]) if wanted else None
        if wanted and pullback is None:
            raise NoRuleError(
                f"{op.function.__name__} has no derivative with respect to {names[source]!r}",
                why="That argument is a Tensor that requires grad.",
                instead=f"Detach it: {names[source]}.detach().",
            )
        pullbacks.append(pullback)
        if pullback is not None:
            values.update(pullback.values)
            shapes.update(pullback.shapes)
    codes = tuple(2 if name in values else 1 if name in shapes else 0 for name in (*names, "ans"))
    pulls = tuple(p and ((real and p.real) or p.function) for p in pullbacks)
    general = tuple(p and p.function for p in pullbacks)

    return Plan(pulls, general, codes, sources, entry.elementwise)


def start(cls: type[Node], edges: tuple[Any, ...], out: Any) -> Any:
    """A node of class `cls` with everything set but what it saves.

    Its `checks` will hold one counter and version for each array that it saves by value, in order.
    """
    node = _new(cls)
    node.edges = edges
    node.shape = out.shape
    node.dtype = out.dtype
    node.seq = clock()
    node.extra = None
    if state.anomaly:
        from .anomaly import remember_line

        remember_line(node)
    return node


def pack(node: Node, codes: tuple[int, ...]) -> None:
    """Give what `node` saved by value to the hooks of `saved_tensors_hooks`."""
    assert state.hooks is not None
    pack_hook, unpack_hook = state.hooks[-1]
    saved = list(node.saved)
    unpacks = {}
    for k, code in enumerate(codes):
        if code == 2 and isinstance(saved[k], ndarray):
            previous, state.enabled = state.enabled, False
            try:
                saved[k] = pack_hook(wrap(saved[k]))
            finally:
                state.enabled = previous
            unpacks[k] = unpack_hook
    node.saved = tuple(saved)
    node.extended().packed = unpacks


def bump(t: Any) -> None:
    """Count a change in place of the memory of `t`, and remember the line that made it."""
    counter = t._counter
    if counter is INFERENCE:
        if not state.inference:
            raise RuntimeError(
                "Inplace update to inference tensor outside InferenceMode is not allowed. You can make a clone to "
                "get a "
                "normal tensor before doing inplace update."
            )
        return
    counter[0] += 1
    counter[1:] = (caller(),)


def caller() -> tuple[str, int]:
    """File and line of the innermost frame outside this package's runtime."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_HERE):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


_HERE: Final = __file__[: -len("dispatch.py")]
