"""`torch.autograd`'s front door: `backward` and `grad`.

>>> from .creation import tensor
>>> x = tensor(3.0, requires_grad=True)
>>> grad(x * x, x)
(tensor(6.),)
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import cache
from typing import Any, Final

import numpy as np

from .dispatch import TensorCore, edge_of, wrap
from .engine import execute

MSG_CREATE: Final = (
    "Using backward() with create_graph=True will create a reference cycle between the parameter and its gradient "
    "which can "
    "cause a memory leak. We recommend using autograd.grad when creating the graph to avoid this. If you have to use "
    "this "
    "function, make sure to reset the .grad fields of your parameters to None after use to break the cycle and avoid "
    "the leak."
)
MSG_UNUSED: Final = (
    "One of the differentiated Tensors appears to not have been used in the graph. Set allow_unused=True if this is "
    "the desired "
    "behavior."
)


def as_tuple(x: Any) -> tuple[Any, ...]:
    """One Tensor, or a sequence of them, as a tuple."""
    return (x,) if isinstance(x, TensorCore) or x is None else tuple(x)


@cache
def _one(dtype: Any) -> Any:
    """1 without axes: to be copied, which is quicker than `np.ones`."""
    return np.ones((), dtype)


def _cotangents(outputs: Sequence[Any], given: Sequence[Any], create: bool) -> list[Any]:
    """The cotangents to start from; ones of a scalar where none is given.

    raises: RuntimeError, for a wrong shape, no graph, or several elements without a cotangent
    """
    results = []
    for k, (t, g) in enumerate(zip(outputs, given, strict=True)):
        array = t._array
        if not t.requires_grad:
            raise RuntimeError(f"element {k} of tensors does not require grad and does not have a grad_fn")
        if g is None:
            if array.size != 1:
                raise RuntimeError("grad can be implicitly created only for scalar outputs")
            if array.dtype.kind == "c":
                raise RuntimeError("grad can be implicitly created only for real scalar outputs but got "
                                   f"torch.{array.dtype}")
            ones = np.ones(array.shape, array.dtype) if array.shape else _one(array.dtype).copy()
            results.append(wrap(ones) if create else ones)
            continue
        if not isinstance(g, TensorCore):
            raise TypeError(f"gradients can be either Tensors or None, but got {type(g).__name__}")
        if g._array.shape != array.shape:
            raise RuntimeError(
                f"Mismatch in shape: grad_output[{k}] has a shape of torch.Size({list(g._array.shape)}) and "
                f"output[{k}] has a shape "
                f"of torch.Size({list(array.shape)})."
            )
        if array.dtype.kind != "c" and g._array.dtype.kind == "c":
            raise RuntimeError(f"For complex Tensors, both grad_output[{k}] and output[{k}] are required to have the "
                               "same dtype.")
        results.append(g if create else g._array)
    return results


def backward(tensors: Any, grad_tensors: Any = None, retain_graph: bool | None = None, create_graph: bool = False,
             grad_variables: Any = None, inputs: Any = None) -> None:
    """Accumulate into the leaves the gradients of the sum of `tensors`, each times its entry of `grad_tensors`.

    inputs: accumulate into these only
    raises: RuntimeError, as `Tensor.backward`
    """
    outputs = as_tuple(tensors)
    given = (None,) * len(outputs) if grad_tensors is None else as_tuple(grad_tensors)
    if len(given) != len(outputs):
        raise RuntimeError(f"got {len(outputs)} tensors and {len(given)} gradients")
    if inputs is not None and not as_tuple(inputs):
        raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    if create_graph:
        warnings.warn(MSG_CREATE, UserWarning, stacklevel=3)
    cotangents = _cotangents(outputs, given, create_graph)
    edges = [edge_of(t) for t in outputs]
    retain = create_graph if retain_graph is None else retain_graph
    if inputs is None:
        execute(edges, cotangents, retain, create_graph)
        return
    wanted = as_tuple(inputs)
    if any(not t.requires_grad for t in wanted):
        raise RuntimeError("One of the differentiated Tensors does not require grad")
    found = execute(edges, cotangents, retain, create_graph, [edge_of(t) for t in wanted])
    for t, g in zip([t for t in wanted if not t.is_leaf], found, strict=True):
        if g is not None:
            g = g if create_graph else wrap(g.copy())
            t._grad = g if t._grad is None else t._grad + g


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """The gradients of `outputs` (weighted by `grad_outputs`) with respect to `inputs`, as a tuple; `.grad` is not
    touched.

    create_graph      : the results can be differentiated again
    allow_unused      : an input that does not matter gets None instead of an error
    is_grads_batched  : `grad_outputs` have a leading axis; so have the results
    materialize_grads : zeros instead of None
    raises            : RuntimeError, as `Tensor.backward`, and for an unused input
    """
    outs, wanted = as_tuple(outputs), as_tuple(inputs)
    if materialize_grads and allow_unused is False:
        raise ValueError("Expected allow_unused to be True or not passed when materialize_grads=True, but got: "
                         "allow_unused=False.")
    if allow_unused is None:
        allow_unused = materialize_grads
    given = (None,) * len(outs) if grad_outputs is None else as_tuple(grad_outputs)
    if is_grads_batched:
        return _batched(outs, wanted, given, retain_graph, create_graph, allow_unused)
    cotangents = _cotangents(outs, given, create_graph)
    for t in wanted:
        if not t.requires_grad:
            raise RuntimeError("One of the differentiated Tensors does not require grad")
    retain = create_graph if retain_graph is None else retain_graph
    found = execute([edge_of(t) for t in outs], cotangents, retain, create_graph, [edge_of(t) for t in wanted], False)
    results = []
    for t, g in zip(wanted, found, strict=True):
        if g is None:
            if not allow_unused:
                raise RuntimeError(MSG_UNUSED)
            zeros = wrap(np.zeros(t._array.shape, t._array.dtype), create_graph) if materialize_grads else None
            results.append(zeros)
        else:
            results.append(g if create_graph else wrap(_own(g, results)))
    return tuple(results)


def _own(g: Any, earlier: Sequence[Any]) -> Any:
    """A result that nobody else writes to: a copy of what is a view or was handed out already."""
    shared = g.base is not None or not g.flags.writeable or any(t is not None and t._array is g for t in earlier)
    return g.copy() if shared else g


def _batched(
    outs: Any, wanted: Any, given: Any, retain: bool | None, create: bool, allow_unused: bool
) -> tuple[Any, ...]:
    from .selecting import stack

    rows = []
    count = given[0]._array.shape[0]
    for k in range(count):
        last = k == count - 1
        rows.append(grad(outs, wanted, [g[k] for g in given], create or not last or bool(retain), create, allow_unused))
    return tuple(None if column[0] is None else stack(column) for column in zip(*rows, strict=True))
