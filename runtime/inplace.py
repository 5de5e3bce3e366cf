"""Changes in place: version counters, what may be changed, and the history of what was changed.

A change of a view changes its base, so the base gets a new node (`CopySlices`) and the view a new view of that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from numpy import ndarray

from . import kernels
from .calls import call
from .dispatch import FIXED, Operation, TensorCore, bump, edge_of, refresh, start, unwrap, wrap
from .engine import fit, run_node
from .grad_mode import state
from .graph import Node, node_type, placeholder, type_name
from .masked import Masked, unmasked
from .quiet import SILENT, loud, quiet
from .recording import broadcast_error, operands, renamed

#: PyTorch's names for views that replace their tensor.
IN_PLACE_NAMES: Final = {"UnsqueezeBackward0": "UnsqueezeBackward1", "SqueezeBackward0": "SqueezeBackward3",
                         "SqueezeBackward1": "SqueezeBackward4", "TransposeBackward0": "TransposeBackward1",
                         "TBackward0": "TBackward0"}
MSG_LEAF: Final = "a leaf Variable that requires grad is being used in an in-place operation."
MSG_LEAF_VIEW: Final = "a view of a leaf Variable that requires grad is being used in an in-place operation."
MSG_NO_GRAD_VIEW: Final = (
    "A view was created in no_grad mode and is being modified inplace with grad mode enabled. Given that this use "
    "case is "
    "ambiguous and error-prone, it is forbidden. You can clarify your code by moving both the view and the inplace "
    "either "
    "both inside the no_grad block (if you don't want the inplace to be tracked) or both outside (if you want the "
    "inplace "
    "to be tracked)."
)
MSG_OVERLAP: Final = (
    "unsupported operation: more than one element of the written-to tensor refers to a single memory location. Please "
    "clone() the tensor before performing the operation."
)


class CopySlices(Node):
    """A change in place of a view, seen from its base: inside the view the change's node, outside the identity.

    change : the node of the change, whose first edge is the view before it
    replay : makes the view from an array of the base's shape
    """

    __slots__ = ("change", "replay")

    def name(self) -> str:
        return "torch::autograd::CopySlices"

    change: Node
    replay: Callable[[Any], Any]

    def release(self) -> None:
        self.change.release()

    def backward(self, d_ans: Any) -> Sequence[Any]:
        whole = d_ans.copy()
        inside = self.replay(wrap(whole))._array
        wanted = (True, *(edge is not None for edge in self.change.edges[1:]))
        outs = [unmasked(g) for g in run_node(self.change, inside.copy(), False, wanted)]
        first = outs[0]
        if first is None:
            inside[...] = 0
        else:
            inside[...] = fit(first, inside.shape, inside.dtype, True, self.change.name())
        stored = isinstance(self.change, CopyBackwards)
        return (Masked(whole, self._outside) if stored else whole, *self._fitted(outs))

    def _outside(self) -> Any:
        """Where the old value of the base is still read."""
        mask = np.ones(self.shape, np.bool_)
        self.replay(wrap(mask))._array[...] = False
        return mask

    def backward_traced(self, d_ans: Any) -> Sequence[Any]:
        inside = self.replay(d_ans)
        wanted = (True, *(edge is not None for edge in self.change.edges[1:]))
        outs = [unmasked(g) for g in run_node(self.change, inside, True, wanted)]
        replay_array = _on_arrays(self.replay)
        shape, dtype = d_ans._array.shape, d_ans._array.dtype
        whole = d_ans - call(kernels.embed, inside, shape, dtype, replay_array)
        if outs[0] is not None:
            first = fit(outs[0], inside._array.shape, inside._array.dtype, True, self.change.name())
            whole = whole + call(kernels.embed, first, shape, dtype, replay_array)
        stored = isinstance(self.change, CopyBackwards)
        return (Masked(whole, self._outside) if stored else whole, *self._fitted(outs))

    def _fitted(self, outs: Sequence[Any]) -> list[Any]:
        fitted = []
        for edge, g in zip(self.change.edges[1:], outs[1:], strict=True):
            if g is not None and edge is not None:
                array = edge if isinstance(edge, Node) else (edge[0] if type(edge) is tuple else edge._array)
                shape, dtype = (
                    (array.shape[edge[1]], array.dtype[edge[1]]) if type(edge) is tuple else (array.shape, array.dtype)
                )
                g = fit(g, shape, dtype, True, self.change.name())
            fitted.append(g)
        return fitted


def _on_arrays(replay: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def view(x: Any) -> Any:
        return replay(x) if isinstance(x, TensorCore) else replay(wrap(x))._array

    return view


def check_writable(t: Any) -> None:
    """Whether PyTorch lets `t` be changed in place here and now.

    raises: RuntimeError, for a leaf that requires grad, a view of one, a view made under no_grad, overlapping memory
    """
    extra = t._extra
    if extra is not None:
        refresh(t)
    if not t._array.flags.writeable:
        raise RuntimeError(MSG_OVERLAP)
    if not state.enabled:
        return
    if extra is not None and extra.base is not None:
        base = extra.base
        if base._tracked and base._node is None:
            raise RuntimeError(MSG_LEAF_VIEW)
        if extra.several and t._tracked:
            maker = t.grad_fn
            raise RuntimeError(f"Output {t.output_nr} of {maker.name() if maker else 'split'} is a view and is being "
                               "modified inplace. This view is the output of a function that returns multiple views. "
                               "Such functions do not allow the output views to be modified inplace. You should "
                               "replace the inplace operation by an out-of-place one.")
        if not extra.tracked_view and (base._tracked or t._tracked):
            raise RuntimeError(MSG_NO_GRAD_VIEW)
    if t._tracked and t._node is None:
        raise RuntimeError(MSG_LEAF)


def set_history(t: Any, node: Node) -> None:
    """Make `node` (whose first edge is `t` before the change) the maker of `t`, and of the base that `t` is a view
    of."""
    extra = t._extra
    if extra is None or extra.base is None:
        t._node, t._tracked = node, True
        return
    base = extra.base
    slices: Any = start(CopySlices, (edge_of(base), *node.edges[1:]), base._array)
    slices.saved, slices.checks, slices.plan = (), (), None
    slices.change, slices.replay = node, extra.replay
    base._node, base._tracked = slices, True
    extra.tracked_view = True
    refresh(t)


def _word(dtype: Any) -> str:
    """PyTorch's name of a dtype: "Float" for float32."""
    return type_name(dtype).removeprefix("torch.").removesuffix("Tensor")


def change(op: Operation, t: Any, other: Any) -> Any:
    """t = op(t, other) in place.

    raises: RuntimeError, if the result does not fit the shape or dtype of `t`
    """
    check_writable(t)
    x, y = t._array, unwrap(other)
    if isinstance(y, np.generic):
        y = y.item()
    tracked = state.enabled and (t._tracked or (isinstance(other, TensorCore) and edge_of(other) is not None))
    plain = (type(y) is float and x.dtype.kind == "f") or (
        type(y) is ndarray and y.dtype is x.dtype and x.dtype.kind == "f"
    )
    left, right = (x, y) if plain else operands(op, x, y)
    if not plain and not np.can_cast(left.dtype, x.dtype, "same_kind"):
        raise RuntimeError(f"result type {_word(left.dtype)} can't be cast to the desired output type {_word(x.dtype)}")
    if np.ndim(y) > x.ndim or (
        type(y) is ndarray and y.shape != x.shape and np.broadcast_shapes(x.shape, y.shape) != x.shape
    ):
        raise RuntimeError(f"output with shape {list(x.shape)} doesn't match the broadcast shape "
                           f"{list(np.broadcast_shapes(x.shape, np.shape(y)))}")
    node = None
    if tracked:
        node = _node_of_change(op, t, other, left, right)
    token = quiet(SILENT)
    try:
        if plain and isinstance(op.compute, np.ufunc):
            op.compute(x, y, out=x)
        else:
            x[...] = op.compute(left, right)
    finally:
        loud(token)
    bump(t)
    if node is not None:
        _finish(node, t)
    return t


def _node_of_change(op: Operation, t: Any, other: Any, left: Any, right: Any) -> Node:
    """The node of op(t, other), made before `t` is overwritten: its old value is saved as a copy."""
    second = edge_of(other) if isinstance(other, TensorCore) else None
    first = edge_of(t)
    plan = op.plan((0, 1), (first is not None, second is not None), left.dtype.kind != "c")
    node: Node = start(op.node, (first, second), left)
    node.shape, node.dtype, node.plan = t._array.shape, t._array.dtype, plan
    ca, cb, cans = plan.codes
    checks: tuple[Any, ...] = (FIXED, 0) if ca == 2 else ()
    if cb == 2 and type(right) is ndarray:
        counter = other._counter if isinstance(other, TensorCore) and other._array is right else FIXED
        checks += (counter, counter[0])
    node.saved = (
        left.copy() if ca == 2 else placeholder(left) if ca else None,
        right if cb == 2 else placeholder(right) if cb else None,
        t._array if cans == 2 else None,
    )
    node.checks = checks
    return node


def _finish(node: Node, t: Any) -> None:
    """After the change: what was saved of the result is saved at its new version; then set the history."""
    plan = node.plan
    if plan is not None and plan.codes[-1] == 2:
        node.checks += (t._counter, t._counter[0])
    set_history(t, node)


def change_by(t: Any, function: Callable[[Any], Any]) -> Any:
    """t = function(t) in place, for any function of Tensors; the old value is kept as a copy where it is needed.

    raises: RuntimeError, if the result does not fit the shape or dtype of `t`
    """
    check_writable(t)
    recording = state.enabled and t._tracked
    result = function(wrap(t._array.copy(), True, edge_of(t)) if recording else wrap(t._array))
    if not np.can_cast(result._array.dtype, t._array.dtype, "same_kind"):
        raise RuntimeError(f"result type {_word(result._array.dtype)} can't be cast to the desired output type "
                           f"{_word(t._array.dtype)}")
    if result._array.shape != t._array.shape:
        raise RuntimeError(f"output with shape {list(t._array.shape)} doesn't match the broadcast shape "
                           f"{list(result._array.shape)}")
    if result._tracked and t._extra is not None and t._extra.base is not None:
        return store(t, result, lambda root: root)
    t._array[...] = result._array
    bump(t)
    if result._tracked:
        t._node, t._tracked = edge_of(result), True
    return t


def reshape_by(t: Any, function: Callable[[Any], Any]) -> Any:
    """t = function(t) for a function that makes another view of the same memory: `unsqueeze_`, `t_`.

    raises: RuntimeError, for a view that requires grad
    """
    check_writable(t)
    if t._tracked and t._extra is not None and t._extra.base is not None:
        raise RuntimeError("changing the shape of a view in place is not supported while it requires grad: "
                           "use the method without the underscore")
    result = function(wrap(t._array, t._tracked, edge_of(t), t._counter))
    t._array, t._node, t._tracked = result._array, edge_of(result), result._tracked
    bump(t)
    node = t.grad_fn
    return t if node is None else renamed(t, IN_PLACE_NAMES.get(type(node).__name__, type(node).__name__))


def store(t: Any, value: Any, replay: Callable[[Any], Any], name: str = "CopyBackwards") -> Any:
    """Write `value` into the view of `t` that `replay` makes: `copy_`, `fill_`, and assignment to basic indices."""
    target = replay(t)
    check_writable(target if target is not t else t)
    y = unwrap(value)
    edge = edge_of(value) if isinstance(value, TensorCore) and state.enabled else None
    x = target._array
    try:
        x[...] = y
    except ValueError as error:
        if np.ndim(y) > x.ndim:
            raise RuntimeError(f"shape mismatch: value tensor of shape {list(np.shape(y))} cannot be broadcast to "
                               "indexing result of "
                               f"shape {list(x.shape)}") from error
        raise (broadcast_error(x, y, error) if target is t else _not_expanded(np.shape(y), x.shape)) from None
    bump(t)
    if state.enabled and (edge is not None or target._tracked):
        node: Any = start(_COPY if name == "CopyBackwards" else node_type(name, CopyBackwards),
                          (edge_of(target), edge), x)
        node.saved, node.checks, node.plan = (), (), None
        set_history(target, node)
    return t


def _not_expanded(shape: tuple[int, ...], target: tuple[int, ...]) -> RuntimeError:
    """PyTorch's words for a value that does not broadcast to where it is stored."""
    lead = len(target) - len(shape)
    for k in range(len(shape) - 1, -1, -1):
        if shape[k] not in (1, target[k + lead]):
            return RuntimeError(f"The expanded size of the tensor ({target[k + lead]}) must match the existing size "
                                f"({shape[k]}) at non-singleton dimension {k + lead}.  Target sizes: {list(target)}.  "
                                f"Tensor sizes: {list(shape)}")
    return RuntimeError(f"cannot store a tensor of shape {list(shape)} in one of shape {list(target)}")


class CopyBackwards(Node):
    """All elements are overwritten: zeros reach the old value, everything the new one."""

    __slots__ = ()
    sums = True

    def name(self) -> str:
        own = type(self).__name__
        return "torch::autograd::CopyBackwards" if own == "CopyBackwards" else own

    def backward(self, d_ans: Any) -> Sequence[Any]:
        return np.zeros(self.shape, self.dtype), d_ans

    def backward_traced(self, d_ans: Any) -> Sequence[Any]:
        return wrap(np.zeros(self.shape, self.dtype)), d_ans


_COPY: Final = CopyBackwards
