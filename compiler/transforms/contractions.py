"""An Einstein sum backwards: each operand's cotangent is one Einstein sum, spelled out.

    y = np.einsum("ij,jk->ik", a, b)     =>     d_a = np.einsum("ik,jk->ij", d_y, b)
                                                d_b = np.einsum("ik,ij->jk", d_y, a)

Where labels repeat, are summed alone, stand for an ellipsis, or where an axis may have length 1, the rule's helper does
it.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from ...runtime.contraction import split_subscripts
from ..domains.kinds import dtype_of, may_be_one, shape_of
from ..ir import Call, Lit, Var


class Contractions:
    """Mixin of `Reverser`."""

    def pull_numpy_einsum(self: Any, call: Call, cotangent: Any) -> None:
        """One sum for each active operand, or the rule."""
        labels = None if self.mask is not None else _labels(call)
        operands = call.args[1:]
        places = [k for k, x in enumerate(operands) if isinstance(x, Var) and self._is_active(x)]
        if labels is None or any(_alone(labels, k) for k in places):
            self.apply_rule(call, [cotangent])
            return
        for k in places:
            others = [i for i in range(len(operands)) if i != k]
            values = [self.primal(operands[i]) for i in others]
            value = self._contracted(call, cotangent, labels, values, k)
            self.add(operands[k], self.project(value, operands[k], True))

    def _contracted(self: Any, call: Call, cotangent: Any, labels: tuple[list[str], str], others: list[Any],
                    k: int) -> Any:
        """The sum of the cotangent and the other operands that is laid out as operand k."""
        low, (terms, result), name = self.low, labels, self.d_name(call.args[1 + k])
        factors = [low.emit(np.conj, x) if _may_be_complex(low.kind(x)) else x for x in others]
        of_others = [term for i, term in enumerate(terms) if i != k]
        if result == "" and of_others == [terms[k]]:
            return low.emit(operator.mul, cotangent, factors[0], name=name)
        if result == "":
            sums = low.emit(np.einsum, Lit(f"{','.join(of_others)}->{terms[k]}"), *factors, **_optimize(call, factors))
            return low.emit(operator.mul, cotangent, sums, name=name)
        text = f"{','.join([result, *of_others])}->{terms[k]}"
        return low.emit(np.einsum, Lit(text), cotangent, *factors, name=name, **_optimize(call, [cotangent, *factors]))


def _optimize(call: Call, operands: list[Any]) -> dict[str, Any]:
    """Three operands and more are contracted pair by pair, in the cheapest order; two, if the primal asks for it."""
    asked = any(not isinstance(value, Lit) or value.value is not False for _, value in call.kwargs)
    return {"optimize": Lit(True)} if len(operands) > 2 or (asked and len(operands) == 2) else {}


def _labels(call: Call) -> tuple[list[str], str] | None:
    """The labels of each operand and of the result, where they are plain and no axis may be broadcast; else None."""
    subscripts = call.args[0]
    if not isinstance(subscripts, Lit) or not isinstance(subscripts.value, str) or "..." in subscripts.value:
        return None
    if any(key != "optimize" for key, _ in call.kwargs) or not all(isinstance(x, Var) for x in call.args[1:]):
        return None
    shapes = [shape_of(x.kind) for x in call.args[1:] if isinstance(x, Var)]
    if any(shape is None for shape in shapes):
        return None
    terms, result = split_subscripts(subscripts.value, [np.empty((0,) * len(shape or ())) for shape in shapes])
    if any(len(set(term)) < len(term) for term in (*terms, result)):
        return None
    lengths: dict[str, Any] = {}
    for term, shape in zip(terms, shapes, strict=True):
        if len(term) != len(shape or ()):
            return None
        for label, length in zip(term, shape or (), strict=True):
            if lengths.setdefault(label, length) != length and (may_be_one(length) or may_be_one(lengths[label])):
                return None
    return terms, result


def _alone(labels: tuple[list[str], str], k: int) -> bool:
    """Has operand k a label that nothing else has? Its cotangent is repeated along it."""
    terms, result = labels
    return not set(terms[k]) <= set(result).union(*(term for i, term in enumerate(terms) if i != k))


def _may_be_complex(kind: Any) -> bool:
    dtype = dtype_of(kind)
    return dtype is None or dtype.kind == "c"
