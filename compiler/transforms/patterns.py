"""Known patterns whose derivative has a shorter and steadier form than the chain rule line by line.

    p = 1 / (1 + exp(-z))                      d_z = d_p * p * (1 - p)
    (a / p - b / (1 - p)) * p * (1 - p)        => a * (1 - p) - b * p
    c * y * (1 - p) - c * (1 - y) * p          => c * (y - p)
    m + log(sum(exp(z - m)))                   does not depend on m: no cotangent goes there
    e / sum(e), u - log(sum(exp(u)))           nor do these, with u = z - m and e = exp(u)
    (-1 / n) * (a - b)                         => (b - a) / n
    a / n + b / n, (-1 / n) * a + b / n        => (a + b) / n, (b - a) / n
    outer(x, g) of vectors                     => x[:, None] * g

The last lines of the first three are what one writes by hand for the cross-entropy of a sigmoid. They divide by
nothing, so they stay finite where `p` rounds to 0 or 1. Rounding differs from the chain rule's in the last digits.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from .. import primitives as prim
from ..domains import kinds
from ..domains.kinds import Kind, Scalar, shape_of
from ..ir import Atom, Call, Lit, Var

Definition = Callable[[Atom], "Call | None"]


class Simplifying(Protocol):
    """What the patterns use of the Simplifier."""

    definition: dict[Var, Call]
    emitted: list[Any]

    def made_by(self, atom: Atom, *targets: Any) -> Call | None: ...
    def equal(self, a: Atom, b: Atom) -> bool: ...
    def kind(self, atom: Atom) -> Kind: ...
    def shape_of(self, kind: Kind) -> tuple[Any, ...] | None: ...
    def make(self, like: Call, target: Any, *args: Atom, name: str = "") -> Atom: ...
    def keep(self, call: Call) -> None: ...



def is_one(atom: Atom) -> bool:
    return isinstance(atom, Lit) and type(atom.value) in (int, float) and atom.value == 1


def sigmoid_argument(call: Call, definition: Definition, once: Callable[[Var], bool]) -> Atom | None:
    """z, where the call is 1 / (1 + exp(-z)) and nothing else reads its parts."""
    numerator, denominator = call.args
    if not is_one(numerator) or not isinstance(denominator, Var) or not once(denominator):
        return None
    total = definition(denominator)
    if total is None or total.prim.rule not in (operator.add, np.add):
        return None
    for one, other in (total.args, total.args[::-1]):
        exponential = definition(other)
        if is_one(one) and exponential is not None and exponential.prim.rule is np.exp and once(other):  # type: ignore[arg-type]
            negated = definition(exponential.args[0])
            if negated is not None and negated.prim.rule in (operator.neg, np.negative) and once(exponential.args[0]):  # type: ignore[arg-type]
                return negated.args[0]
    return None


def complement_of(atom: Atom, definition: Definition) -> Atom | None:
    """p, where the value is 1 - p."""
    call = definition(atom)
    if call is not None and call.prim.rule in (operator.sub, np.subtract) and is_one(call.args[0]):
        return call.args[1]
    return None


def cross_entropy(call: Call, args: tuple[Atom, ...], simplifier: Simplifying) -> Atom | None:
    """(a / p - b / q) * p * q with q = 1 - p."""
    left, q = args
    p = complement_of(q, simplifier.definition.get)  # type: ignore[arg-type]
    product = simplifier.made_by(left, operator.mul)
    if p is None or product is None or product.args[1] is not p:
        return None
    difference = simplifier.made_by(product.args[0], operator.sub)
    if difference is None:
        return None
    over_p = simplifier.made_by(difference.args[0], operator.truediv)
    over_q = simplifier.made_by(difference.args[1], operator.truediv)
    sign = 1
    def is_q(atom: Atom) -> bool:
        return complement_of(atom, simplifier.definition.get) is p  # type: ignore[arg-type]

    if over_p is not None and over_q is not None and is_q(over_p.args[1]) and over_q.args[1] is p:
        over_p, over_q, sign = over_q, over_p, -1
    if over_p is None or over_q is None or over_p.args[1] is not p or not is_q(over_q.args[1]):
        return None
    a, b = over_p.args[0], over_q.args[0]
    short = _difference_of_targets(call, a, b, p, simplifier)
    if short is None:
        short = simplifier.make(call, operator.sub, simplifier.make(call, operator.mul, a, q),
                                simplifier.make(call, operator.mul, b, p), name=call.out.name if sign == 1 else "")
    return short if sign == 1 else simplifier.make(call, operator.neg, short, name=call.out.name)


def _difference_of_targets(call: Call, a: Atom, b: Atom, p: Atom, simplifier: Simplifying) -> Atom | None:
    """a = c * y, b = c * (1 - y):  a * (1 - p) - b * p  is  c * (y - p)."""
    first, second = simplifier.made_by(a, operator.mul), simplifier.made_by(b, operator.mul)
    if first is None or second is None or not simplifier.equal(first.args[0], second.args[0]):
        return None
    c, y = first.args
    if complement_of(second.args[1], simplifier.definition.get) is not y:  # type: ignore[arg-type]
        return None
    if not isinstance(simplifier.kind(c), Scalar):
        return None
    return simplifier.make(call, operator.mul, c, simplifier.make(call, operator.sub, y, p))


def signed_quotient(call: Call, args: tuple[Atom, ...], simplifier: Simplifying) -> Atom | None:
    """(-1 / n) * (a - b) as (b - a) / n, and (1 / n) * x as x / n, for arrays."""
    for scale, x in (args, args[::-1]):
        quotient = simplifier.made_by(scale, operator.truediv)
        if quotient is None or quotient.out.name or not isinstance(quotient.args[0], Lit):
            continue
        if not shape_of(simplifier.kind(x)) or shape_of(simplifier.kind(scale)) != ():
            continue
        sign = quotient.args[0].value
        if sign == 1 and type(sign) in (int, float):
            return simplifier.make(call, operator.truediv, x, quotient.args[1], name=call.out.name)
        if sign == -1 and type(sign) in (int, float):
            difference = simplifier.made_by(x, operator.sub)
            if difference is not None and difference in simplifier.emitted and not difference.out.name:
                swapped = simplifier.make(call, operator.sub, *difference.args[::-1])
                return simplifier.make(call, operator.truediv, swapped, quotient.args[1], name=call.out.name)
    return None


def common_quotient(call: Call, args: tuple[Atom, ...], simplifier: Simplifying) -> Atom | None:
    """a / n + b / n as (a + b) / n, (-1 / n) * a + b / n as (b - a) / n, for arrays of one shape and a number n."""
    parts = [_over_number(call, atom, simplifier) for atom in args]
    if parts[0] is None or parts[1] is None or not simplifier.equal(parts[0][2], parts[1][2]):
        return None
    (first, a, n), (second, b, _) = parts[0], parts[1]
    shape = simplifier.shape_of(simplifier.kind(a))
    if not shape or shape != simplifier.shape_of(simplifier.kind(b)):
        return None
    if first == second == -1:
        return None
    if first == second:
        total = simplifier.make(call, operator.add, a, b)
    else:
        total = simplifier.make(call, operator.sub, *((a, b) if first == 1 else (b, a)))
    return simplifier.make(call, operator.truediv, total, n, name=call.out.name)


def _over_number(call: Call, atom: Atom, simplifier: Simplifying) -> tuple[int, Atom, Atom] | None:
    """1, a, n where the value is a / n; -1, a, n where it is (-1 / n) * a: for values that the reverse sweep made."""
    made = simplifier.made_by(atom, operator.truediv, operator.mul)
    if made is None or made not in simplifier.emitted or made.out.name not in ("", call.out.name):
        return None
    if made.prim.rule is operator.truediv:
        return (1, *made.args) if shape_of(simplifier.kind(made.args[1])) == () else None  # type: ignore[return-value]
    for scale, a in (made.args, made.args[::-1]):
        quotient = simplifier.made_by(scale, operator.truediv)
        if quotient is not None and not quotient.out.name and isinstance(quotient.args[0], Lit) \
                and quotient.args[0].value == -1 and shape_of(simplifier.kind(quotient.args[1])) == ():
            return -1, a, quotient.args[1]
    return None


def log_sum_exp(call: Call, definition: Definition, once: Callable[[Var], bool]) -> tuple[Var, Call] | None:
    """log(s) and z - m, where the call is m + log(sum(exp(z - m), keepdims=True)): it does not depend on m."""
    for m, other in (call.args, call.args[::-1]):
        logarithm = definition(other)
        if not isinstance(m, Var) or logarithm is None or logarithm.prim.rule is not np.log or not once(other):  # type: ignore[arg-type]
            continue
        total = definition(logarithm.args[0])
        if total is None or total.prim.rule not in (np.sum, "ndarray.sum") or not once(total.out):
            continue
        keepdims = dict(total.kwargs).get("keepdims")
        if not (isinstance(keepdims, Lit) and keepdims.value is True) and shape_of(total.out.kind) != ():
            continue
        exponential = definition(total.args[0])
        if exponential is None or exponential.prim.rule is not np.exp or not once(exponential.out):
            continue
        shifted = definition(exponential.args[0])
        if shifted is None or shifted.prim.rule not in (operator.sub, np.subtract) or not once(shifted.out):
            continue
        if shifted.args[1] is m and shape_of(m.kind) is not None and shape_of(m.kind) == shape_of(total.out.kind):
            return logarithm.out, shifted
    return None


def shift_of_softmax(call: Call, definition: Definition, reads: Callable[[Var], int]) -> Call | None:
    """z - m, where the call is e / sum(e) with e = exp(z - m) that nothing else reads: it does not depend on m."""
    e, total = call.args
    exponential, summed = definition(e), definition(total)
    if exponential is None or exponential.prim.rule is not np.exp or summed is None or summed.args[0] is not e:
        return None
    if reads(exponential.out) != 2 or reads(summed.out) != 1:
        return None
    return _shift(exponential.args[0], summed, definition, reads, 1)


def shift_of_log_softmax(call: Call, definition: Definition, reads: Callable[[Var], int]) -> Call | None:
    """z - m, where the call is u - log(sum(exp(u))) with u = z - m that nothing else reads."""
    u, other = call.args
    logarithm = definition(other)
    if logarithm is None or logarithm.prim.rule is not np.log or reads(logarithm.out) != 1:
        return None
    summed = definition(logarithm.args[0])
    exponential = definition(summed.args[0]) if summed is not None else None
    if summed is None or exponential is None or exponential.prim.rule is not np.exp or exponential.args[0] is not u:
        return None
    if reads(exponential.out) != 1 or reads(summed.out) != 1:
        return None
    return _shift(u, summed, definition, reads, 2)


def _shift(u: Atom, summed: Call, definition: Definition, reads: Callable[[Var], int], times: int) -> Call | None:
    """z - m, if that is what `u` is, read so many times, with one m for what is summed."""
    shifted = definition(u)
    if summed.prim.rule not in (np.sum, "ndarray.sum") or shifted is None or reads(shifted.out) != times \
            or shifted.prim.rule not in (operator.sub, np.subtract) or not isinstance(shifted.args[1], Var):
        return None
    keepdims = dict(summed.kwargs).get("keepdims")
    if not (isinstance(keepdims, Lit) and keepdims.value is True) and shape_of(summed.out.kind) != ():
        return None
    m, total, whole = (shape_of(v.kind) for v in (shifted.args[1], summed.out, shifted.out))
    return shifted if m is not None and m == total and whole == shape_of(summed.args[0].kind) else None  # type: ignore[union-attr]


def outer_product(call: Call, args: tuple[Atom, ...], simplifier: Simplifying) -> Atom | None:
    """np.outer of two vectors as a column times a row: the same products without a Python-level helper."""
    if len(args) != 2 or any(len(shape_of(simplifier.kind(a)) or ()) != 1 for a in args):
        return None
    x, g = args
    whole = Lit(None)
    column_slice = Var("", kinds.Known(slice))
    simplifier.emitted.append(Call((column_slice,), prim.SLICE, (whole, whole, whole), (), call.loc))
    index = Var("", kinds.TupleOf((kinds.Known(slice), kinds.NONE)))
    simplifier.emitted.append(Call((index,), prim.TUPLE, (column_slice, Lit(None)), (), call.loc))
    shape = shape_of(simplifier.kind(x))
    assert shape is not None
    column = Var("", kinds.Array(kinds.dtype_of(simplifier.kind(x)), (shape[0], 1)))
    simplifier.keep(Call((column,), prim.primitive_for(operator.getitem), (x, index), (), call.loc))
    out = Var(call.out.name, call.out.kind)
    simplifier.keep(Call((out,), prim.primitive_for(operator.mul), (column, g), (), call.loc))
    return out
