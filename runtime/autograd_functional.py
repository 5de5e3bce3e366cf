"""`torch.autograd.functional`: jacobian, hessian and their products with vectors, and `gradcheck`.

>>> from .creation import tensor
>>> jacobian(lambda x: x * x, tensor([1.0, 2.0]))
tensor([[2., 0.],
        [0., 4.]])
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .dispatch import TensorCore, wrap
from .errors import GradcheckError
from .grad_mode import enable_grad
from .gradients import as_tuple, grad
from .selecting import stack

Func = Callable[..., Any]


def _inputs(inputs: Any, create_graph: bool) -> tuple[Any, ...]:
    """The inputs as fresh Tensors that require grad, connected to the given ones for `create_graph`."""
    for t in as_tuple(inputs):
        if not isinstance(t, TensorCore):
            raise TypeError("The inputs given to the function must be either a Tensor or a tuple of Tensors but the "
                            "given inputs has "
                            f"type {type(t)}.")
    if create_graph:
        return tuple(t.view_as(t) if t.requires_grad else t.detach().requires_grad_() for t in as_tuple(inputs))
    return tuple(t.detach().clone().requires_grad_() for t in as_tuple(inputs))


def _outputs(outputs: Any) -> tuple[Any, ...]:
    for t in as_tuple(outputs):
        if not isinstance(t, TensorCore):
            raise TypeError("The outputs of the user-provided function must be either a Tensor or a tuple of "
                            "Tensors but got "
                            f"{type(t)}.")
    return as_tuple(outputs)


def _like(x: Any, parts: Sequence[Any]) -> Any:
    """`parts` as the one Tensor or tuple that `x` was."""
    return tuple(parts) if isinstance(x, tuple | list) else parts[0]


def _finish(x: Any, create_graph: bool) -> Any:
    if isinstance(x, tuple):
        return tuple(_finish(v, create_graph) for v in x)
    return x if create_graph else x.detach()


def _zero(t: Any, g: Any) -> Any:
    return wrap(np.zeros(t._array.shape, t._array.dtype)) if g is None else g


def jacobian(func: Func, inputs: Any, create_graph: bool = False, strict: bool = False, vectorize: bool = False,
             strategy: str = "reverse-mode") -> Any:
    """The derivatives of all outputs of `func` by all inputs; of shape (*output, *input), nested as outputs, then
    inputs."""
    with enable_grad():
        xs = _inputs(inputs, create_graph)
        outputs = func(*xs)
        rows = []
        for out in _outputs(outputs):
            rows.append(tuple(rows_of(out, xs, create_graph, strict)))
        nested = _like(outputs, [_like(inputs, row) for row in rows])
        return _finish(nested, create_graph)


def rows_of(out: Any, xs: Sequence[Any], create_graph: bool, strict: bool = False) -> list[Any]:
    """The jacobian of one Tensor by each of `xs`, one backward pass for each of its elements.

    raises: RuntimeError, if `strict` and an element does not depend on an input
    """
    flat = out.reshape(-1)
    columns: list[list[Any]] = [[] for _ in xs]
    for k in range(flat._array.size):
        found: Sequence[Any] = [None] * len(xs)
        if flat.requires_grad:
            found = grad(flat[k], xs, retain_graph=True, create_graph=create_graph, allow_unused=True)
        if strict and any(g is None for g in found):
            raise RuntimeError("Output 0 of the user-provided function is independent of input 0. This is not allowed "
                               "in strict mode.")
        for column, x, g in zip(columns, xs, found, strict=True):
            column.append(_zero(x, g))
    return [stack(c).reshape(*out._array.shape, *x._array.shape) if c else
            wrap(np.zeros((*out._array.shape, *x._array.shape), x._array.dtype))
            for c, x in zip(columns, xs, strict=True)]


def hessian(func: Func, inputs: Any, create_graph: bool = False, strict: bool = False, vectorize: bool = False,
            outer_jacobian_strategy: str = "reverse-mode") -> Any:
    """The second derivatives of a scalar function."""

    def gradients(*xs: Any) -> Any:
        out = func(*xs)
        if out._array.size != 1:
            raise RuntimeError("The Tensor returned by the function given to hessian should contain a single element")
        found = (
            grad(out.reshape(()), xs, create_graph=True, allow_unused=True) if out.requires_grad else [None] * len(xs)
        )
        found = tuple(_zero(x, g) for x, g in zip(xs, found, strict=True))
        return found if isinstance(inputs, tuple | list) else found[0]

    return jacobian(gradients, inputs, create_graph, strict)


def _vector(v: Any, outs: Sequence[Any], name: str) -> Sequence[Any]:
    if v is None:
        if len(outs) != 1 or outs[0]._array.size != 1:
            raise RuntimeError("The vector v can only be None if the user-provided function returns a single Tensor "
                               "with a single "
                               f"element ({name}).")
        return [wrap(np.ones(outs[0]._array.shape, outs[0]._array.dtype))]
    vs = as_tuple(v)
    for k, (a, b) in enumerate(zip(vs, outs, strict=True)):
        if a._array.shape != b._array.shape:
            raise RuntimeError(f"Entry {k} in v has invalid size: should be {b.size()} but got {a.size()}.")
    return vs


def vjp(func: Func, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> tuple[Any, Any]:
    """The outputs of `func`, and v times its jacobian."""
    with enable_grad():
        xs = _inputs(inputs, create_graph)
        outputs = func(*xs)
        outs = _outputs(outputs)
        found = grad(outs, xs, _vector(v, outs, "vjp"), create_graph=create_graph, allow_unused=True)
        product = _like(inputs, [_zero(x, g) for x, g in zip(xs, found, strict=True)])
        return _finish(outputs, create_graph), _finish(product, create_graph)


def jvp(func: Func, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> tuple[Any, Any]:
    """The outputs of `func`, and its jacobian times v (by differentiating the vjp in its cotangent)."""
    with enable_grad():
        xs = _inputs(inputs, create_graph)
        outputs = func(*xs)
        outs = _outputs(outputs)
        vs = _vector(v, xs, "jvp")
        dummies = tuple(wrap(np.zeros(o._array.shape, o._array.dtype)).requires_grad_() for o in outs)
        inner = grad(outs, xs, dummies, create_graph=True, allow_unused=True)
        pairs = [(g, u) for g, u in zip(inner, vs, strict=True) if g is not None and g.requires_grad]
        found = [None] * len(outs) if not pairs else grad(
            [g for g, _ in pairs], dummies, [u for _, u in pairs], create_graph=create_graph, allow_unused=True)
        product = _like(outputs, [_zero(o, g) for o, g in zip(outs, found, strict=True)])
        return _finish(outputs, create_graph), _finish(product, create_graph)


def vhp(func: Func, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> tuple[Any, Any]:
    """The value of a scalar function, and v times its hessian."""
    with enable_grad():
        xs = _inputs(inputs, create_graph)
        out = func(*xs)
        if out._array.size != 1:
            raise RuntimeError("The function given to vhp should return a single element")
        gradients = grad(out, xs, create_graph=True, allow_unused=True)
        pairs = [
            (g, u) for g, u in zip(gradients, _vector(v, xs, "vhp"), strict=True) if g is not None and g.requires_grad
        ]
        found = [None] * len(xs) if not pairs else grad(
            [g for g, _ in pairs], xs, [u for _, u in pairs], create_graph=create_graph, allow_unused=True)
        product = _like(inputs, [_zero(x, g) for x, g in zip(xs, found, strict=True)])
        return _finish(out, create_graph), _finish(product, create_graph)


def hvp(func: Func, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False) -> tuple[Any, Any]:
    """The value of a scalar function, and its hessian times v (the hessian of a smooth function is symmetric)."""
    return vhp(func, inputs, v, create_graph, strict)


def gradcheck(
    func: Func,
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    check_undefined_grad: bool = True,
    nondet_tol: float = 0.0,
    **ignored: Any,
) -> bool:
    """Compare the jacobian of `func` with central differences.

    inputs : Tensors; those that require grad are checked, in float64 for the default tolerances
    raises : GradcheckError, if they differ (False is returned instead without `raise_exception`)
    """
    xs = as_tuple(inputs)
    checked = [k for k, x in enumerate(xs) if isinstance(x, TensorCore) and x.requires_grad]
    if not checked:
        raise ValueError("gradcheck expects at least one input tensor to require gradient, but none of the them have "
                         "requires_grad=True.")
    outs = _outputs(func(*xs))
    for i, out in enumerate(outs):
        for k in checked:
            analytical = _analytical(out, xs[k])
            numerical = _numerical(func, xs, k, i, eps)
            if not np.allclose(analytical, numerical, rtol, atol, equal_nan=True):
                if not raise_exception:
                    return False
                raise GradcheckError(f"Jacobian mismatch for output {i} with respect to input "
                                     f"{k},\nnumerical:{numerical}\n"
                                     f"analytical:{analytical}\n")
    return True


def _analytical(out: Any, x: Any) -> Any:
    """d out / d x as a matrix (elements of x, elements of out)."""
    flat = out.reshape(-1)
    columns = []
    for k in range(flat._array.size):
        found = grad(flat[k], [x], retain_graph=True, allow_unused=True)[0] if flat.requires_grad else None
        columns.append(_zero(x, found)._array.reshape(-1))
    return np.stack(columns, 1) if columns else np.zeros((x._array.size, 0))


def _numerical(func: Func, xs: Sequence[Any], k: int, i: int, eps: float) -> Any:
    """The same by central differences; the input is changed in place and restored."""
    array = xs[k]._array
    rows = []
    with enable_grad():
        for place in np.ndindex(array.shape):
            kept = array[place].copy()
            array[place] = kept + eps
            above = _outputs(func(*xs))[i]._array.astype(np.float64)
            array[place] = kept - eps
            below = _outputs(func(*xs))[i]._array.astype(np.float64)
            array[place] = kept
            rows.append(((above - below) / (2 * eps)).reshape(-1))
    return np.stack(rows) if rows else np.zeros((0, 0))


def gradgradcheck(func: Func, inputs: Any, grad_outputs: Any = None, **options: Any) -> bool:
    """`gradcheck` of the gradient of `func`."""
    xs = as_tuple(inputs)
    chosen = [x for x in xs if isinstance(x, TensorCore) and x.requires_grad]
    outs = _outputs(func(*xs))
    draw = np.random.default_rng(0)
    given = as_tuple(grad_outputs) if grad_outputs is not None else tuple(
        wrap(draw.standard_normal(o._array.shape).astype(o._array.dtype)).requires_grad_() for o in outs)

    def gradients(*args: Any) -> Any:
        found = grad(_outputs(func(*args[: len(xs)])), [x for x in args[: len(xs)] if any(x is c for c in chosen)],
                     args[len(xs) :], create_graph=True, allow_unused=True)
        return tuple(_zero(x, g) for x, g in zip(chosen, found, strict=True))

    return gradcheck(gradients, (*xs, *given), **options)
