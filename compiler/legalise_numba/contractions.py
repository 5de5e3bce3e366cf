"""Sums of products over chosen axes: `np.tensordot` as one product of matrices, `np.einsum` as loops."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...runtime import linalg
from .affine import Affine
from .linalg import INNER, typed, whole_only
from .reductions import SUM, reduce
from .registry import rule
from .shaping import axes_of, permuted, scalar_array
from .values import ArrayValue, Code, Number, combine


@rule(np.tensordot)
def tensordot(leg: Any, call: Any, a: Any, b: Any, axes: Any = None) -> Any:
    """Both operands as matrices, and one product."""
    a, b = leg.operand(a), leg.operand(b)
    if isinstance(a, Number) or isinstance(b, Number):
        return leg.elementwise(call, [a, b], lambda codes, _: combine("({} * {})", *codes))
    of_a, of_b = summed_axes(leg, axes, a.rank, b.rank)
    for i, j in zip(of_a, of_b, strict=True):
        leg.must_be_equal(a.lengths[i], b.lengths[j], INNER)
    rest_a = [k for k in range(a.rank) if k not in of_a]
    rest_b = [k for k in range(b.rank) if k not in of_b]
    lengths = (*(a.lengths[k] for k in rest_a), *(b.lengths[k] for k in rest_b))
    dtype = leg.dtype_of(call.out)
    left = matrix(leg, typed(leg, permuted(leg, a, (*rest_a, *of_a)), dtype), len(rest_a))
    right = matrix(leg, typed(leg, permuted(leg, b, (*of_b, *rest_b)), dtype), len(of_b))
    product_ = f"np.dot({left}, {right})"
    if not lengths:
        return Number(Code(f"{product_}[0, 0]"), dtype, False)
    return ArrayValue(lengths, dtype, whole_only, None, f"{product_}.reshape({leg.shape_text(lengths)})", True)


def summed_axes(leg: Any, axes: Any, a_rank: int, b_rank: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    if axes is None or isinstance(axes, Number):
        count = 2 if axes is None else int(axes.const)
        return tuple(range(a_rank - count, a_rank)), tuple(range(count))
    return axes_of(axes.items[0], a_rank), axes_of(axes.items[1], b_rank)


def matrix(leg: Any, value: ArrayValue, split: int) -> str:
    """Text of the array as a matrix: the first `split` axes are its rows."""
    if not value.rank:
        return f"np.full((1, 1), {value.element(())})"
    whole = leg.whole(value)
    rows = " * ".join(f"({n})" for n in value.lengths[:split]) or "1"
    columns = " * ".join(f"({n})" for n in value.lengths[split:]) or "1"
    return f"{whole.buffer}.reshape(({rows}, {columns}))"


@rule(linalg.tensordot_cotangent_a)
def tensordot_cotangent_a(leg: Any, call: Any, g: Any, shape: Any, b: Any, axes: Any) -> Any:
    return _tensordot_cotangent(leg, call, g, len(shape.items), leg.operand(b), axes, True)


@rule(linalg.tensordot_cotangent_b)
def tensordot_cotangent_b(leg: Any, call: Any, a: Any, g: Any, shape: Any, axes: Any) -> Any:
    return _tensordot_cotangent(leg, call, g, len(shape.items), leg.operand(a), axes, False)


def _tensordot_cotangent(leg: Any, call: Any, g: Any, rank: int, other: Any, axes: Any, of_first: bool) -> Any:
    """The cotangent's other axes are summed with the other operand's; what is left is put into the operand's order."""
    g = leg.operand(g)
    if isinstance(g, Number):
        g = scalar_array(g)
    ranks = (rank, other.rank) if of_first else (other.rank, rank)
    pair = summed_axes(leg, axes, *ranks)
    own, far = pair if of_first else (pair[1], pair[0])
    rest_own = [k for k in range(rank) if k not in own]
    rest_far = [k for k in range(other.rank) if k not in far]
    dtype = leg.dtype_of(call.out)
    first = len(rest_own) if of_first else 0  # where the other operand's axes stand in g
    far_axes = tuple(range(first, first + len(rest_far)))
    own_axes = tuple(k for k in range(g.rank) if k not in far_axes)
    left = matrix(leg, typed(leg, permuted(leg, g, (*own_axes, *far_axes)), dtype), len(own_axes))
    right = matrix(leg, typed(leg, permuted(leg, other, (*rest_far, *far)), dtype), len(rest_far))
    lengths = (*(g.lengths[k] for k in own_axes), *(other.lengths[k] for k in far))
    name = leg.fresh("t")
    leg.line(f"{name} = np.dot({left}, {right}).reshape({leg.shape_text(lengths)})")
    made = leg.buffer(name, lengths, dtype)
    order = [*rest_own, *own]  # the operand's axis that each axis of `made` belongs to
    return permuted(leg, made, tuple(order.index(k) for k in range(rank)))


@rule(np.einsum)
def einsum(leg: Any, call: Any, subscripts: Any, *operands: Any) -> Any:
    """Loops over all labels: those of the result outside, the summed ones inside."""
    text = subscripts.value.replace(" ", "")
    if "." in text:
        leg.refuse("`np.einsum` with an ellipsis")
    inputs, _, output = text.partition("->")
    if "->" not in text:
        output = "".join(sorted(c for c in set(inputs) - {","} if inputs.count(c) == 1))
    terms = inputs.split(",")
    values = [leg.operand(v) for v in operands]
    length: dict[str, Affine] = {}
    for term, value in zip(terms, values, strict=True):
        for label, own in zip(term, value.lengths if isinstance(value, ArrayValue) else (), strict=True):
            known = leg.facts.same(length.get(label, own))
            if known != leg.facts.same(own) and Affine(1) in (known, leg.facts.same(own)):
                leg.refuse("`np.einsum` with an axis that is stretched")
            if label in length:
                leg.must_be_equal(length[label], own, 'ValueError("einsum: the lengths of a label differ")')
            else:
                length[label] = own
    labels = [*output, *(c for c in length if c not in output)]
    if len(labels) > len(leg.axis_names):
        leg.refuse(f"`np.einsum` with {len(labels)} labels")
    place = {c: Affine.of(n) for c, n in zip(labels, leg.axes(len(labels)), strict=True)}
    dtype = leg.dtype_of(call.out)
    codes = [v.element(tuple(place[c] for c in term)) if isinstance(v, ArrayValue) else v.code
             for term, v in zip(terms, values, strict=True)]
    product_ = combine(f"({' * '.join(['{}'] * len(codes))})", *codes)
    made = np.result_type(*[v.dtype for v in values])
    whole = ArrayValue(tuple(length[c] for c in labels), made, lambda index: product_)
    if len(labels) == len(output):
        return whole
    zero = leg.cast(leg.constant(0), dtype).code.text
    return reduce(leg, whole, tuple(range(len(output), len(labels))), False, dtype, zero, SUM)


__all__ = ["einsum", "tensordot"]
