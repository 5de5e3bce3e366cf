"""Einstein sums differentiated: each operand's cotangent is an Einstein sum of the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .errors import NoRuleError
from .shapes import Shape, unbroadcast


def einsum_cotangents(g: Any, subscripts: str, operands: Sequence[Any], moved: Sequence[Any] = ()) -> tuple[Any, ...]:
    """The cotangents of the operands of `np.einsum(subscripts, *operands)`, for the cotangent `g` of its result.

    moved  : for second derivatives: tuples of replacements, each of which takes the place of exactly one operand in
             every term (the derivative of a product along given directions)
    returns: tuple of arrays, shaped as the operands
    """
    terms, result = split_subscripts(subscripts, operands)
    totals: list[Any] = [None] * len(operands)
    for replaced, used in _placements(operands, moved):
        for k in range(len(operands)):
            if k not in used:
                part = _one_cotangent(g, terms, result, replaced, k)
                totals[k] = part if totals[k] is None else totals[k] + part
    return tuple(np.zeros(np.shape(x), np.result_type(g, x)) if total is None else total
                 for total, x in zip(totals, operands, strict=True))


def einsum_along(subscripts: str, operands: Sequence[Any], moved: Sequence[Any]) -> Any:
    """The derivative of `np.einsum(subscripts, *operands)` along each of the `moved` tuples in turn."""
    total: Any = 0
    for replaced, _ in _placements(operands, moved):
        total = total + np.einsum(subscripts, *replaced, optimize=len(operands) > 2)
    return total


def einsum_moved_cotangents(g: Any, subscripts: str, operands: Sequence[Any], moved: Sequence[Any]) -> tuple[Any, ...]:
    """The cotangents of `moved` in `einsum_along(subscripts, operands, moved)`."""
    return tuple(
        einsum_cotangents(g, subscripts, operands, [*moved[:k], *moved[k + 1:]]) for k in range(len(moved))
    )


def replaced_along(subscripts: str, operands: Sequence[Any], moved: Sequence[Any], t_moved: Sequence[Any]) -> Any:
    """The derivative of `einsum_along` by `moved`, along `t_moved`: each in turn takes its place."""
    total: Any = 0
    for k in range(len(moved)):
        total = total + einsum_along(subscripts, operands, [*moved[:k], t_moved[k], *moved[k + 1:]])
    return total


def replaced_cotangents(g: Any, subscripts: str, operands: Sequence[Any], moved: Sequence[Any],
                        t_moved: Sequence[Any]) -> tuple[Any, ...]:
    """The derivative of `einsum_cotangents` by `moved`, along `t_moved`: each in turn takes its place."""
    totals = tuple(np.zeros(np.shape(x), np.result_type(g, x)) for x in operands)
    for k in range(len(moved)):
        totals = add_each(totals, einsum_cotangents(g, subscripts, operands, [*moved[:k], t_moved[k], *moved[k + 1:]]))
    return totals


def add_each(first: Sequence[Any], second: Sequence[Any]) -> tuple[Any, ...]:
    """The sums of the first entries, of the second ones, ...

    >>> add_each((1, 2), (10, 20))
    (11, 22)
    """
    return tuple(x + y for x, y in zip(first, second, strict=True))


def _placements(operands: Sequence[Any], moved: Sequence[Any]) -> list[tuple[list[Any], set[int]]]:
    """Every way to let each of `moved` take the place of one operand, no two the same."""
    ways: list[tuple[list[Any], set[int]]] = [(list(operands), set())]
    for replacements in moved:
        ways = [
            ([*ops[:k], replacements[k], *ops[k + 1:]], used | {k})
            for ops, used in ways for k in range(len(operands)) if k not in used
        ]
    return ways


def _one_cotangent(d_ans: Any, terms: list[str], result: str, operands: Sequence[Any], k: int) -> Any:
    """Contract d_ans with the conjugates of all operands but number k, then lay the sum out as operand k."""
    shape = np.shape(operands[k])
    others = [i for i in range(len(operands)) if i != k]
    own = list(dict.fromkeys(terms[k]))
    known = set(result).union(*(terms[i] for i in others))
    found = "".join(label for label in own if label in known)
    spec = ",".join([result, *(terms[i] for i in others)]) + "->" + found
    summed = np.einsum(spec, d_ans, *(np.conj(operands[i]) for i in others), optimize=len(others) > 1)
    lengths = {label: n for i in others for label, n in zip(terms[i], np.shape(operands[i]), strict=True) if n != 1}
    lengths |= {label: n for label, n in zip(result, np.shape(d_ans), strict=True) if n != 1}
    own_length = dict(zip(terms[k], shape, strict=True))
    # A label that only this operand has was summed alone: its cotangent is the same along it.
    whole = tuple(max(lengths.get(label, 1), own_length[label]) for label in own)
    of_found = dict(zip(found, np.shape(summed), strict=True))
    spread = np.broadcast_to(np.reshape(summed, tuple(of_found.get(label, 1) for label in own)), whole)
    spread = unbroadcast(spread, tuple(own_length[label] for label in own))
    if len(own) == len(terms[k]):
        return spread
    out = np.zeros(shape, np.result_type(spread))
    np.einsum(terms[k] + "->" + "".join(own), out)[...] = spread  # a writable view of a diagonal
    return out


def split_subscripts(subscripts: Any, operands: Sequence[Any]) -> tuple[list[str], str]:
    """The labels of each operand and of the result, an ellipsis written out in letters of its own.

    >>> split_subscripts("...i,i", [np.ones((2, 3)), np.ones(3)])
    (['Ai', 'i'], 'A')
    """
    if not isinstance(subscripts, str):
        raise NoRuleError("np.einsum has a derivative for subscripts in a string, not for lists of labels")
    left, arrow, result = subscripts.replace(" ", "").partition("->")
    terms = left.split(",")
    free = [c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" if c not in subscripts]
    ranks = [np.ndim(x) - len(term.replace("...", "")) for term, x in zip(terms, operands, strict=True)]
    longest = max((rank for rank, term in zip(ranks, terms, strict=True) if "..." in term), default=0)
    dots = "".join(free[:longest])
    if not arrow:
        labels = left.replace("...", "").replace(",", "")
        result = ("..." if "..." in left else "") + "".join(sorted(c for c in set(labels) if labels.count(c) == 1))
    written = [term.replace("...", dots[longest - rank:]) for term, rank in zip(terms, ranks, strict=True)]
    return written, result.replace("...", dots)


def multi_dot_subscripts(shapes: Sequence[Shape]) -> str:
    """`np.linalg.multi_dot` as an Einstein sum.

    >>> multi_dot_subscripts([(2, 3), (3, 4), (4,)])
    'ab,bc,c->a'
    """
    letters = "abcdefghijklmnopqrstuvwxyz"
    terms = [letters[k:k + 2] for k in range(len(shapes))]
    if len(shapes[0]) == 1:
        terms[0] = terms[0][1:]
    if len(shapes[-1]) == 1:
        terms[-1] = terms[-1][:1]
    ends = (terms[0][0] if len(shapes[0]) == 2 else "") + (terms[-1][-1] if len(shapes[-1]) == 2 else "")
    return ",".join(terms) + "->" + ends


def kron_blocks(x: Any, a_shape: Shape, b_shape: Shape) -> Any:
    """An array shaped as `np.kron(a, b)`, seen as one block for each element of a.

    returns: array (*a_shape, *b_shape)
    """
    ndim = max(len(a_shape), len(b_shape))
    a_whole, b_whole = ((1,) * (ndim - len(s)) + tuple(s) for s in (a_shape, b_shape))
    pairs = tuple(n for pair in zip(a_whole, b_whole, strict=True) for n in pair)
    split = np.transpose(np.reshape(x, pairs), (*range(0, 2 * ndim, 2), *range(1, 2 * ndim, 2)))
    return np.reshape(split, (*a_shape, *b_shape))


def kron_unblocks(x: Any, a_shape: Shape, b_shape: Shape) -> Any:
    """The inverse of `kron_blocks`: the blocks put beside each other."""
    ndim = max(len(a_shape), len(b_shape))
    a_whole, b_whole = ((1,) * (ndim - len(s)) + tuple(s) for s in (a_shape, b_shape))
    split = np.reshape(x, (*a_whole, *b_whole))
    mixed = np.transpose(split, [k + ndim * side for k in range(ndim) for side in (0, 1)])
    return np.reshape(mixed, tuple(m * n for m, n in zip(a_whole, b_whole, strict=True)))
