"""`torch.func`: gradients of functions of Tensors, as functions.

They nest: `grad(grad(f))` differentiates the recorded gradient. `vmap` runs the function for each slice and stacks the
results: right for every function, and no faster than a loop.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

from . import autograd_functional as functional
from .dispatch import TensorCore
from .grad_mode import enable_grad
from .gradients import grad as gradient
from .selecting import stack

Func = Callable[..., Any]


# Structures: tuples, lists and dictionaries of Tensors ----------------------------------------------------------------


def leaves_of(x: Any) -> list[Any]:
    """The Tensors in a structure, in order."""
    if isinstance(x, TensorCore):
        return [x]
    if isinstance(x, dict):
        return [t for v in x.values() for t in leaves_of(v)]
    return [t for v in x for t in leaves_of(v)] if isinstance(x, list | tuple) else []


def rebuild(x: Any, leaves: Iterator[Any]) -> Any:
    """`x` with its Tensors replaced, in order, by those of the iterator `leaves`."""
    if isinstance(x, TensorCore):
        return next(leaves)
    if isinstance(x, dict):
        return {k: rebuild(v, leaves) for k, v in x.items()}
    if isinstance(x, list | tuple):
        parts = [rebuild(v, leaves) for v in x]
        return type(x)(*parts) if hasattr(x, "_fields") else type(x)(parts)
    return x


def map_leaves(x: Any, change: Callable[[Any], Any]) -> Any:
    """`x` with `change` applied to its Tensors."""
    return rebuild(x, iter([change(t) for t in leaves_of(x)]))


def _detached(x: Any) -> Any:
    return map_leaves(x, lambda t: t.detach())


def _tracked(t: Any) -> Any:
    """A Tensor of the same values that requires grad, connected to `t` if that does."""
    return t.view_as(t) if t.requires_grad else t.detach().requires_grad_()


# Gradients ------------------------------------------------------------------------------------------------------------


def grad_and_value(func: Func, argnums: Any = 0, has_aux: bool = False) -> Func:
    """A function that returns the gradient of `func` by the arguments `argnums`, and its value."""

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        chosen = (argnums,) if isinstance(argnums, int) else tuple(argnums)
        outer = any(t.requires_grad for t in leaves_of(args))
        with enable_grad():
            fresh = list(args)
            for k in chosen:
                fresh[k] = map_leaves(args[k], _tracked)
            result = func(*fresh, **kwargs)
            out, aux = result if has_aux else (result, None)
            if not isinstance(out, TensorCore) or out._array.ndim:
                raise RuntimeError(
                    "Expected the function to return a tensor with 0 dimensions"
                    if isinstance(out, TensorCore)
                    else f"Expected f(*args) to return a Tensor, got {type(out).__name__}"
                )
            leaves = [t for k in chosen for t in leaves_of(fresh[k])]
            found = (
                gradient(out, leaves, create_graph=True, allow_unused=True, materialize_grads=True)
                if out.requires_grad
                else [t.detach() * 0 for t in leaves]
            )
            stream = iter(found if outer else [g.detach() for g in found])
            grads = tuple(rebuild(args[k], stream) for k in chosen)
        value, aux = (out, aux) if outer else (out.detach(), _detached(aux))
        grads_out = grads[0] if isinstance(argnums, int) else grads
        return (grads_out, (value, aux)) if has_aux else (grads_out, value)

    return wrapper


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
        fresh = [map_leaves(p, _tracked) for p in primals]
        result = func(*fresh)
        out, aux = result if has_aux else (result, None)

    def pull(cotangent: Any, retain_graph: bool = True) -> tuple[Any, ...]:
        found = iter(
            gradient(
                leaves_of(out),
                leaves_of(fresh),
                leaves_of(cotangent),
                retain_graph=retain_graph,
                allow_unused=True,
                materialize_grads=True,
            )
        )
        return tuple(rebuild(p, found) for p in primals)

    return (_detached(out), pull, _detached(aux)) if has_aux else (_detached(out), pull)


def jvp(func: Func, primals: Any, tangents: Any, *, has_aux: bool = False) -> tuple[Any, ...]:
    """The value of `func`, and its derivative in the direction `tangents`."""
    if not has_aux:
        return functional.jvp(func, tuple(primals), tuple(tangents))
    held: list[Any] = []

    def first(*args: Any) -> Any:
        out, aux = func(*args)
        held[:] = [_detached(aux)]
        return out

    return (*functional.jvp(first, tuple(primals), tuple(tangents)), held[0])


def jacrev(func: Func, argnums: Any = 0, *, has_aux: bool = False) -> Func:
    """A function that returns the jacobian of `func` by its arguments `argnums`, in the structure of its output."""

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        chosen = (argnums,) if isinstance(argnums, int) else tuple(argnums)
        outer = any(t.requires_grad for t in leaves_of(args))
        with enable_grad():
            fresh = list(args)
            for k in chosen:
                fresh[k] = map_leaves(args[k], _tracked)
            result = func(*fresh, **kwargs)
            out, aux = result if has_aux else (result, None)
            inputs = [t for k in chosen for t in leaves_of(fresh[k])]

            def of_output(t: Any) -> Any:
                columns = iter(functional.rows_of(t, inputs, outer))
                blocks = tuple(rebuild(args[k], columns) for k in chosen)
                return blocks[0] if isinstance(argnums, int) else blocks

            found = map_leaves(out, of_output)
        return (found, _detached(aux)) if has_aux else found

    return wrapper


jacfwd = jacrev


def hessian(func: Func, argnums: Any = 0) -> Func:
    """A function that returns the second derivatives of a scalar function by its arguments `argnums`."""
    return jacrev(jacrev(func, argnums), argnums)


# Slices ---------------------------------------------------------------------------------------------------------------


def vmap(func: Func, in_dims: Any = 0, out_dims: Any = 0, randomness: str = "error", *, chunk_size: int | None = None
         ) -> Func:
    """`func` for each slice of its arguments, the results stacked.

    in_dims: the dimension of each argument to slice (an int for all Tensors in it, or a structure like it), None for
             one that all slices share
    """

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        dims = in_dims if isinstance(in_dims, tuple | list) else (in_dims,) * len(args)
        if len(dims) != len(args):
            raise ValueError(f"vmap(): in_dims is not compatible with the structure of inputs: got in_dims={in_dims} "
                             f"for {len(args)} inputs")
        pairs = [pair for a, d in zip(args, dims, strict=True) for pair in _paired(a, d)]
        sizes = {t._array.shape[d] for t, d in pairs if d is not None}
        if len(sizes) != 1:
            raise ValueError("vmap: Expected all tensors to have the same size in the mapped dimension, got sizes "
                             f"{sorted(sizes)}" if sizes else
                             "vmap: no Tensor among the arguments has a dimension to map (of arrays, vmap maps "
                             "functions whose source text is there)")

        def slice_of(k: int) -> Any:
            stream = iter([t if d is None else t.select(d, k) for t, d in pairs])
            return func(*(rebuild(a, stream) for a in args), **kwargs)

        results = [slice_of(k) for k in range(sizes.pop())]
        outs = leaves_of(results[0])
        wanted = out_dims if isinstance(out_dims, tuple | list) else (out_dims,) * len(outs)
        columns = zip(*map(leaves_of, results), strict=True)
        return rebuild(results[0], iter([stack(c, d) for c, d in zip(columns, wanted, strict=True)]))

    return wrapper


def _paired(x: Any, dim: Any) -> list[tuple[Any, int | None]]:
    """Each Tensor in `x` with the dimension along which it is sliced."""
    if isinstance(x, TensorCore):
        return [(x, dim)]
    if isinstance(x, dict):
        return [p for k, v in x.items() for p in _paired(v, dim[k] if isinstance(dim, dict) else dim)]
    if isinstance(x, list | tuple):
        dims = dim if isinstance(dim, list | tuple) else (dim,) * len(x)
        return [p for v, d in zip(x, dims, strict=True) for p in _paired(v, d)]
    return []


# Modules as functions -------------------------------------------------------------------------------------------------


def functional_call(module: Any, parameter_and_buffer_dicts: Any, args: Any = None, kwargs: Any = None) -> Any:
    """Call a module with other parameters and buffers, by their names in its `state_dict`; the module is unchanged."""
    given = parameter_and_buffer_dicts
    values = {k: v for d in (given if isinstance(given, tuple | list) else (given,)) for k, v in d.items()}
    places: list[tuple[dict[str, Any], str, Any]] = []
    try:
        for name, value in values.items():
            path, _, last = name.rpartition(".")
            owner = module.get_submodule(path)
            table = next((t for t in (owner._parameters, owner._buffers) if last in t), None)
            if table is None:
                raise KeyError(f"{type(module).__name__} has no parameter or buffer {name!r}")
            places.append((table, last, table[last]))
            table[last] = value
        positional = args if isinstance(args, tuple) else () if args is None else (args,)
        return module(*positional, **(kwargs or {}))
    finally:
        for table, last, before in places:
            table[last] = before


def stack_module_state(models: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parameters and the buffers of several modules of one kind, each stacked along a new first dimension."""
    def stacked(of: str) -> dict[str, Any]:
        tables = [dict(getattr(m, of)()) for m in models]
        return {name: stack([t[name].detach() for t in tables]).requires_grad_(of == "named_parameters")
                for name in tables[0]}

    return stacked("named_parameters"), stacked("named_buffers")
