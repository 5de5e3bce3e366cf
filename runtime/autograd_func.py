"""`torch.func`: gradients of functions of Tensors, as functions.

They nest: `grad(grad(f))` differentiates the recorded gradient. `vmap` runs the function for each slice and stacks the
results: right for every function, and no faster than a loop.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from . import autograd_functional as functional
from .dispatch import TensorCore
from .grad_mode import enable_grad
from .gradients import grad as gradient
from .selecting import stack

Func = Callable[..., Any]


def _leaves(x: Any) -> list[Any]:
    if isinstance(x, TensorCore):
        return [x]
    if isinstance(x, dict):
        return [t for v in x.values() for t in _leaves(v)]
    return [t for v in x for t in _leaves(v)] if isinstance(x, list | tuple) else []


def _rebuild(x: Any, leaves: Any) -> Any:
    """`x` with its Tensors replaced, in order, by those of the iterator `leaves`."""
    if isinstance(x, TensorCore):
        return next(leaves)
    if isinstance(x, dict):
        return {k: _rebuild(v, leaves) for k, v in x.items()}
    if isinstance(x, list | tuple):
        parts = [_rebuild(v, leaves) for v in x]
        return type(x)(*parts) if hasattr(x, "_fields") else type(x)(parts)
    return x


def grad_and_value(func: Func, argnums: Any = 0, has_aux: bool = False) -> Func:
    """A function that returns the gradient of `func` by the arguments `argnums`, and its value."""

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        chosen = (argnums,) if isinstance(argnums, int) else tuple(argnums)
        with enable_grad():
            fresh = list(args)
            for k in chosen:
                fresh[k] = _rebuild(args[k], iter([_tracked(t) for t in _leaves(args[k])]))
            result = func(*fresh, **kwargs)
            out, aux = result if has_aux else (result, None)
            if not isinstance(out, TensorCore) or out._array.ndim:
                raise RuntimeError(
                    "Expected the function to return a tensor with 0 dimensions"
                    if isinstance(out, TensorCore)
                    else f"Expected f(*args) to return a Tensor, got {type(out).__name__}"
                )
            leaves = [t for k in chosen for t in _leaves(fresh[k])]
            outer = any(t.requires_grad for k in range(len(args)) for t in _leaves(args[k]))
            found = (
                gradient(out, leaves, create_graph=True, allow_unused=True, materialize_grads=True)
                if out.requires_grad
                else [t.detach() * 0 for t in leaves]
            )
            found = found if outer else [g.detach() for g in found]
            stream = iter(found)
            grads = tuple(_rebuild(args[k], stream) for k in chosen)
            value = out if outer else out.detach()
        grads_out = grads[0] if isinstance(argnums, int) else grads
        return (grads_out, (value, aux)) if has_aux else (grads_out, value)

    return wrapper


def _tracked(t: Any) -> Any:
    """A Tensor of the same values that requires grad, connected to `t` if that does."""
    return t.view_as(t) if t.requires_grad else t.detach().requires_grad_()


def grad(func: Func, argnums: Any = 0, has_aux: bool = False) -> Func:
    """A function that returns the gradient of `func` by the arguments `argnums` (with `has_aux` also what else it
    returned)."""
    both = grad_and_value(func, argnums, has_aux)

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        grads, value = both(*args, **kwargs)
        return (grads, value[1]) if has_aux else grads

    return wrapper


def vjp(func: Func, *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """The value of `func`, and the function from its cotangent to those of `primals`."""
    with enable_grad():
        fresh = [_rebuild(p, iter([_tracked(t) for t in _leaves(p)])) for p in primals]
        result = func(*fresh)
        out, aux = result if has_aux else (result, None)

    def pull(cotangent: Any, retain_graph: bool = True) -> tuple[Any, ...]:
        found = iter(
            gradient(
                _leaves(out),
                [t for p in fresh for t in _leaves(p)],
                _leaves(cotangent),
                retain_graph=retain_graph,
                allow_unused=True,
                materialize_grads=True,
            )
        )
        return tuple(_rebuild(p, found) for p in primals)

    detached = _rebuild(out, iter([t.detach() for t in _leaves(out)]))
    return (detached, pull, aux) if has_aux else (detached, pull)


def jvp(func: Func, primals: Any, tangents: Any) -> tuple[Any, Any]:
    """The value of `func`, and its derivative in the direction `tangents`."""
    return functional.jvp(func, tuple(primals), tuple(tangents))


def jacrev(func: Func, argnums: int = 0) -> Func:
    """A function that returns the jacobian of `func` by one argument."""

    def wrapper(*args: Any) -> Any:
        def of_one(x: Any) -> Any:
            return func(*args[:argnums], x, *args[argnums + 1 :])

        return functional.jacobian(of_one, args[argnums], create_graph=args[argnums].requires_grad)

    return wrapper


jacfwd = jacrev


def hessian(func: Func, argnums: int = 0) -> Func:
    """A function that returns the second derivatives of a scalar function by one argument."""

    def wrapper(*args: Any) -> Any:
        def of_one(x: Any) -> Any:
            return func(*args[:argnums], x, *args[argnums + 1 :])

        return functional.hessian(of_one, args[argnums])

    return wrapper


def vmap(func: Func, in_dims: Any = 0, out_dims: Any = 0) -> Func:
    """`func` for each slice of its arguments, the results stacked.

    in_dims: the dimension of each argument to slice, None for one that all slices share
    """

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        dims = in_dims if isinstance(in_dims, tuple | list) else (in_dims,) * len(args)
        sizes = {a.shape[d] for a, d in zip(args, dims, strict=True) if d is not None}
        if len(sizes) != 1:
            raise ValueError("vmap: Expected all tensors to have the same size in the mapped dimension, got sizes "
                             f"{sorted(sizes)}")
        results = [func(*(a if d is None else a.select(d, k) for a, d in zip(args, dims, strict=True)), **kwargs)
                   for k in range(sizes.pop())]
        if isinstance(results[0], tuple):
            outs = out_dims if isinstance(out_dims, tuple) else (out_dims,) * len(results[0])
            return tuple(stack(column, d) for column, d in zip(zip(*results, strict=True), outs, strict=True))
        return stack(results, out_dims)

    return wrapper
