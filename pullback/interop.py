"""Compiled NumPy functions inside of other libraries' graphs: nodes of a real PyTorch graph, functions of JAX.

    f = pb.interop.to_torch(numpy_function)     # takes torch tensors; backward() runs the generated adjoint
    g = pb.interop.to_jax(numpy_function)       # a jax.custom_vjp function; works under jax.grad and jax.jit

Both need the library only when they are called.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from .compiler.pullbacks import vjp
from .runtime.errors import ArgumentError

Function = Callable[..., Any]


def _is_flat(value: Any) -> bool:
    return isinstance(value, float | int | complex | np.ndarray | np.generic)


def _outputs(name: str, value: Any) -> tuple[bool, tuple[Any, ...]]:
    """Whether there are several outputs, and all of them as arrays.

    raises: ArgumentError, for outputs that are no numbers and no flat tuple of them
    """
    several = isinstance(value, tuple | list)
    parts = tuple(value) if several else (value,)
    for part in parts:
        if not _is_flat(part):
            raise ArgumentError(f"{name} returned {type(part).__name__} where a number or an array is needed", None,
                                "Other libraries' graphs carry arrays only.", "Return an array or a flat tuple.")
    return several, tuple(np.asarray(part) for part in parts)


# PyTorch --------------------------------------------------------------------------------------------------------------


def to_torch(fn: Function) -> Function:
    """A NumPy function as a function of torch tensors: one node of PyTorch's graph, whose backward is generated.

    fn      : takes arrays and other values by position, returns a number, an array or a flat tuple of them
    returns : a function that takes torch tensors where `fn` takes arrays (on any device: they are computed on the CPU)
              and returns torch tensors
    raises  : UnsupportedError, where `fn` cannot be differentiated; RuntimeError from PyTorch for `create_graph`

    >>> import numpy as np
    >>> import pullback as pb
    >>> f = pb.interop.to_torch(lambda x: np.sum(np.sin(x) * x))
    >>> import torch                                                     # doctest: +SKIP
    >>> x = torch.tensor([1.0, 2.0], requires_grad=True)                 # doctest: +SKIP
    >>> f(x).backward()                                                  # doctest: +SKIP
    """
    node: list[Any] = []

    @functools.wraps(fn)
    def wrapper(*args: Any) -> Any:
        if not node:
            node.append(_torch_node(fn))
        made = node[0].apply(*args)
        return made

    return wrapper


def _torch_node(fn: Function) -> Any:
    """The `torch.autograd.Function` of a NumPy function, named after it."""
    import torch
    from torch.autograd.function import once_differentiable

    name = getattr(fn, "__name__", "function")

    def forward(ctx: Any, *args: Any) -> Any:
        arrays = [a.detach().cpu().numpy() if isinstance(a, torch.Tensor) else a for a in args]
        ctx.tensors = [(k, a.dtype, a.device) for k, a in enumerate(args) if isinstance(a, torch.Tensor)]
        ctx.count = len(args)
        if any(ctx.needs_input_grad):
            value, ctx.pull = vjp(fn, *arrays)
        else:
            value = fn(*arrays)
        ctx.several, parts = _outputs(name, value)
        device = ctx.tensors[0][2] if ctx.tensors else torch.device("cpu")
        outs = tuple(torch.from_numpy(np.array(part)).to(device) for part in parts)
        ctx.mark_non_differentiable(*(o for o in outs if not (o.is_floating_point() or o.is_complex())))
        ctx.dtypes = [part.dtype for part in parts]
        ctx.kind = type(value)
        return outs if ctx.several else outs[0]

    def backward(ctx: Any, *cotangents: Any) -> Any:
        given = [_cotangent(c.detach().cpu().numpy(), dtype) for c, dtype in zip(cotangents, ctx.dtypes, strict=True)]
        found = ctx.pull(ctx.kind(given) if ctx.several else given[0])
        grads: list[Any] = [None] * ctx.count
        for k, dtype, device in ctx.tensors:
            if ctx.needs_input_grad[k] and found[k] is not None:
                grads[k] = torch.as_tensor(np.asarray(found[k])).to(device=device, dtype=dtype)
        return tuple(grads)

    return type(name, (torch.autograd.Function,), {
        "forward": staticmethod(forward), "backward": staticmethod(once_differentiable(backward))})


def _cotangent(value: Any, dtype: Any) -> Any:
    """A cotangent as the pullback takes it: integers have none, and a number without axes is no array."""
    array = np.asarray(value, dtype)
    return array[()] if not array.ndim else array


# JAX ------------------------------------------------------------------------------------------------------------------


def to_jax(fn: Function) -> Function:
    """A NumPy function as a `jax.custom_vjp` function, which `jax.grad` and `jax.jit` take.

    fn      : takes arrays and numbers by position, returns a number, an array or a flat tuple of them, whose shapes
              depend on the arguments' shapes only: it is run once for each new signature to learn them
    returns : a function of JAX arrays; `fn` and its adjoint run on the host by `jax.pure_callback`
    raises  : UnsupportedError, where `fn` cannot be differentiated; TypeError from JAX for a second derivative
    """
    import jax

    shapes: dict[Any, Any] = {}

    def signature(args: tuple[Any, ...]) -> Any:
        key = tuple((np.shape(a), str(jax.numpy.result_type(a))) for a in args)
        if key not in shapes:
            # Ones are inside of the domain of most functions; only shapes and dtypes are looked at.
            trial = [np.ones(s, d)[()] for s, d in key]
            several, parts = _outputs(getattr(fn, "__name__", "function"), fn(*trial))
            kinds = tuple(jax.ShapeDtypeStruct(p.shape, jax.dtypes.canonicalize_dtype(p.dtype)) for p in parts)
            shapes[key] = (several, kinds)
        return shapes[key]

    def run(*args: Any) -> Any:
        several, kinds = signature(args)

        def host(*arrays: Any) -> tuple[Any, ...]:
            value = fn(*(np.asarray(a)[()] for a in arrays))
            return tuple(np.asarray(p, k.dtype) for p, k in zip(_outputs("", value)[1], kinds, strict=True))

        outs = jax.pure_callback(host, kinds, *args, vmap_method="sequential")
        return tuple(outs) if several else outs[0]

    def backward(args: tuple[Any, ...], cotangents: Any) -> tuple[Any, ...]:
        several, _ = signature(args)
        given = cotangents if several else (cotangents,)
        kinds = tuple(jax.ShapeDtypeStruct(np.shape(a), jax.numpy.result_type(a)) for a in args)

        def host(arrays: Any, ds: Any) -> tuple[Any, ...]:
            value, pull = vjp(fn, *(np.asarray(a)[()] for a in arrays))
            _, parts = _outputs("", value)
            seeds = [_cotangent(d, p.dtype) for d, p in zip(ds, parts, strict=True)]
            found = pull(type(value)(seeds) if several else seeds[0])
            return tuple(np.zeros(k.shape, k.dtype) if g is None else np.asarray(g, k.dtype)
                         for g, k in zip(found, kinds, strict=True))

        return tuple(jax.pure_callback(host, kinds, args, given, vmap_method="sequential"))

    made = jax.custom_vjp(run)
    made.defvjp(lambda *args: (run(*args), args), backward)
    return functools.wraps(fn)(made)
