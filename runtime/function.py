"""Operations that a user defines: `autograd.Function`.

>>> from .creation import tensor
>>> class Double(Function):
...     @staticmethod
...     def forward(ctx, x):
...         return x * 2
...     @staticmethod
...     def backward(ctx, g):
...         return g * 2
>>> x = tensor(3.0, requires_grad=True)
>>> Double.apply(x)
tensor(6., grad_fn=<DoubleBackward>)
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from .dispatch import TensorCore, bump, edge_of, start, unwrap, wrap
from .grad_mode import state
from .graph import FREED, MSG_FREED, Node, node_type


class FunctionNode(Node):
    """The node of an `autograd.Function`, and the `ctx` that its two halves share.

    outputs : how many results it has
    saved   : what `save_for_backward` was given: ((array, counter, unpack) or None, edge, version at that time)
    """

    __slots__ = ("__dict__", "function", "outputs")
    function: type[Function]
    outputs: int  # type: ignore[misc]

    materialize: bool
    to_save: tuple[Any, ...]
    dirty: tuple[Any, ...]
    constant: tuple[Any, ...]
    needs_input_grad: tuple[bool, ...]
    places: tuple[int | None, ...]
    results: tuple[Any, ...]

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep inputs and outputs for `backward`; they are checked for changes in place.

        raises: TypeError, for anything but Tensors and None
        """
        for t in tensors:
            if t is not None and not isinstance(t, TensorCore):
                raise TypeError("save_for_backward can only save variables, but argument is of type "
                                f"{type(t).__name__}")
        self.to_save = tensors

    save_for_forward = save_for_backward

    def mark_dirty(self, *tensors: Any) -> None:
        """Say which inputs `forward` changed in place; each must be returned."""
        self.dirty = tensors

    def mark_non_differentiable(self, *tensors: Any) -> None:
        """Say which outputs are constants."""
        self.constant = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Whether `backward` gets zeros (or None) for an output that nobody used."""
        self.materialize = value

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What `save_for_backward` was given.

        raises: RuntimeError, after it was freed or changed in place
        """
        if self.saved is FREED:
            raise RuntimeError(MSG_FREED)
        tensors: list[Any] = []
        for value, edge, version in self.saved:
            if value is None:
                tensors.append(None)
                continue
            array, counter, unpack = value
            if counter[0] != version:
                raise RuntimeError(self._changed(counter, version))
            if unpack is not None:
                array = unpack(array)._array
            if type(edge) is int:  # one of this node's own outputs
                edge = (self, edge) if self.outputs > 1 else self
            tensors.append(wrap(array, edge is not None, edge, counter))
        return tuple(tensors)

    def release(self) -> None:
        if self.saved:
            self.saved = FREED

    def backward(self, d_ans: Any) -> Sequence[Any]:
        outs = self._run(tuple(None if g is None else wrap(g) for g in (d_ans if self.outputs > 1 else [d_ans])))
        return [unwrap(g) for g in outs]

    def backward_traced(self, d_ans: Any) -> Sequence[Any]:
        return self._run(tuple(d_ans) if self.outputs > 1 else (d_ans,))

    def _run(self, cotangents: tuple[Any, ...]) -> list[Any]:
        """Call the user's `backward` and pick the cotangents of the Tensors among the inputs.

        raises: RuntimeError, for a wrong number or kind of results
        """
        shapes = self.shape if self.outputs > 1 else (self.shape,)
        dtypes = self.dtype if self.outputs > 1 else (self.dtype,)
        if self.materialize:
            cotangents = tuple(
                wrap(np.zeros(s, d)) if g is None else g for g, s, d in zip(cotangents, shapes, dtypes, strict=True)
            )
        result = self.function.backward(self, *cotangents)
        results = tuple(result) if isinstance(result, tuple | list) else (result,)
        expected = len(self.needs_input_grad)
        name = self.name()
        if len(results) < expected or any(extra is not None for extra in results[expected:]):
            raise RuntimeError(f"function {name} returned an incorrect number of gradients (expected {expected}, got "
                               f"{len(results)})")
        outs = []
        for k, (place, edge) in enumerate(zip(self.places, self.edges, strict=True)):
            assert place is not None, f"edge {k} of {name} has no place"
            g = results[place]
            if g is not None and not isinstance(g, TensorCore):
                raise TypeError(f"expected Variable or None (got {type(g).__name__})")
            outs.append(None if edge is None else g)
        return outs


def once_differentiable(function: Callable[..., Any]) -> Callable[..., Any]:
    """A `backward` that must not be differentiated again."""

    @functools.wraps(function)
    def wrapper(ctx: Any, *cotangents: Any) -> Any:
        recording = state.enabled and any(isinstance(g, TensorCore) and g._tracked for g in cotangents)
        previous, state.enabled = state.enabled, False
        try:
            outs = function(ctx, *cotangents)
        finally:
            state.enabled = previous
        if not recording:
            return outs
        several = isinstance(outs, tuple)
        refused = [_Refusal.of(g) for g in (outs if several else (outs,))]
        return tuple(refused) if several else refused[0]

    return wrapper


class _Refusal(Node):
    """The node of a cotangent that cannot be differentiated."""

    __slots__ = ()

    def name(self) -> str:
        return "Error"

    @staticmethod
    def of(g: Any) -> Any:
        """`g` as a Tensor that raises when it is differentiated."""
        if g is None:
            return None
        node: Any = start(_Refusal, (), g._array)
        node.saved, node.checks, node.plan = (), (), None
        return wrap(g._array, True, node)

    def backward(self, d_ans: Any) -> Sequence[Any]:
        raise RuntimeError("trying to differentiate twice a function that was marked with @once_differentiable")

    backward_traced = backward


class Function:
    """An operation with a derivative of the user's: subclass it with static `forward(ctx, ...)` and `backward(ctx,
    ...)`.

    `setup_context(ctx, inputs, output)` may take the part of `forward` that fills `ctx`; `forward` has no `ctx` then.
    """

    setup_context: ClassVar[Any] = None

    def __init__(self) -> None:
        warnings.warn(f"{type(self)} should not be instantiated. Methods on autograd functions are all static, so "
                      "you should invoke "
                      "them on the class itself. Instantiating an autograd function will raise an error in a future "
                      "version of "
                      "PyTorch.", DeprecationWarning, stacklevel=2)

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """The operation."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """The cotangents of all inputs from those of all outputs."""
        raise NotImplementedError("You must implement either the backward or vjp method for your custom "
                                  "autograd.Function to use it "
                                  "with backward mode AD.")

    @classmethod
    def apply(cls, *args: Any) -> Any:
        """Run `forward` on `args` and record it."""
        tensors = [(k, x) for k, x in enumerate(args) if isinstance(x, TensorCore)]
        edges = tuple(edge_of(t) for _, t in tensors)
        recording = state.enabled and any(edge is not None for edge in edges)
        node: Any = object.__new__(node_type(f"{cls.__name__}Backward", FunctionNode))
        node.function, node.edges, node.places = cls, edges if recording else (), tuple(k for k, _ in tensors)
        node.materialize, node.to_save, node.dirty, node.constant = True, (), (), ()
        node.saved, node.checks, node.plan, node.extra = (), (), None, None
        node.needs_input_grad = tuple(isinstance(x, TensorCore) and edge_of(x) is not None and recording for x in args)
        previous, state.enabled = state.enabled, False
        try:
            if cls.setup_context is not None:
                result = cls.forward(*args)
                cls.setup_context(node, args, result)
            else:
                result = cls.forward(node, *args)
        finally:
            state.enabled = previous
        return _finish(cls, node, args, result, recording)


def _finish(cls: type[Function], node: Any, args: tuple[Any, ...], result: Any, recording: bool) -> Any:
    """Give the results of `forward` their place in the graph."""
    several = isinstance(result, tuple)
    results = list(result) if several else [result]
    for t in node.dirty:
        if not any(t is r for r in results):
            raise RuntimeError("Some elements marked as dirty during the forward method were not returned as output. "
                               "The inputs that "
                               "are modified inplace must all be outputs of the Function.")
        if recording and t._node is None and t._tracked:
            raise RuntimeError("a leaf Variable that requires grad has been used in an in-place operation.")
        bump(t)
    inputs = {id(x) for x in args if isinstance(x, TensorCore)}
    if recording:
        arrays = [r._array if isinstance(r, TensorCore) else None for r in results]
        node.outputs = len(results)
        only = arrays[0]
        node.shape = (
            tuple(() if a is None else a.shape for a in arrays)
            if len(arrays) > 1
            else ()
            if only is None
            else only.shape
        )
        node.dtype = (
            tuple(None if a is None else a.dtype for a in arrays)
            if len(arrays) > 1
            else None
            if only is None
            else only.dtype
        )
        placed: Any = start(Node, (), np.empty(0))
        node.seq = placed.seq
    outs = [_place(node, k, r, inputs, recording) for k, r in enumerate(results)]
    if recording:
        own = {id(r): (k, o) for k, (r, o) in enumerate(zip(results, outs, strict=True)) if isinstance(r, TensorCore)}
        node.saved = tuple(_kept(t, own) for t in node.to_save)
    node.to_save, node.dirty = (), ()
    return tuple(outs) if several else outs[0]


def _place(node: Any, k: int, r: Any, inputs: set[int], recording: bool) -> Any:
    """Result number `k` as an output of `node`: dirty inputs keep their identity, other inputs become views of
    themselves."""
    if not isinstance(r, TensorCore):
        return r
    dirty = any(r is t for t in node.dirty)
    out = r if dirty or id(r) not in inputs else wrap(r._array, False, None, r._counter)
    if not recording or any(r is t for t in node.constant) or r._array.dtype.kind not in "fc":
        return out
    if dirty and out._extra is not None and out._extra.base is not None:
        from .inplace import set_history

        set_history(out, node)
        return out
    out._tracked, out._node = True, ((node, k) if node.outputs > 1 else node)
    return out


def _kept(t: Any, own: dict[int, tuple[int, Any]]) -> Any:
    """What is saved of a Tensor: its array, its edge (of an own output the number: no node holds itself), its
    version."""
    if t is None:
        return None, None, 0
    number, t = own.get(id(t), (None, t))
    array, unpack = t._array, None
    if state.hooks is not None:
        pack_hook, unpack = state.hooks[-1]
        array = pack_hook(wrap(array))
    edge = edge_of(t)
    return (array, t._counter, unpack), edge if edge is None or number is None else number, t._counter[0]
