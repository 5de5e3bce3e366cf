"""Tangents of what does not depend on a shift: a log-sum-exp, a softmax, a log-softmax with u = z - m.

    m + log(sum(exp(u)))                       t_u = t_z;  t_ans = t_log
    exp(u) / sum(exp(u)), u - log(sum(exp(u))) t_u = t_z

So the tangent of m, the largest element with its ties, is not computed. The patterns are those of the reverse sweep
(`patterns.py`): what is shifted must be read by the pattern alone.
"""

from __future__ import annotations

import operator
from collections import Counter
from typing import Any

import numpy as np

from ..analyses.activity import useful
from ..ir import Call, Function, Var, inner_uses, uses, walk
from .patterns import log_sum_exp, shift_of_log_softmax, shift_of_softmax


class ShiftsForward:
    """Mixin of `Forwarder`.

    unshifted : the differences z - m whose tangent is that of z
    sums      : m + log(...), with the logarithm, whose tangent is that of the sum
    """

    definition: dict[Var, Call]
    unshifted: set[Call]
    sums: dict[Call, Var]

    def note_shifts(self, function: Function) -> None:
        """Find the patterns in a function whose definitions are noted."""
        self.sums = {}
        if not any(made.prim.rule is np.exp for made in self.definition.values()):
            return
        counts = read_counts(function)

        def reads(var: Var) -> int:
            return counts[var]

        for call in self.definition.values():
            shifted = None
            if call.prim.rule is operator.truediv:
                shifted = shift_of_softmax(call, self.definition.get, reads)  # type: ignore[arg-type]
            elif call.prim.rule is operator.sub:
                shifted = shift_of_log_softmax(call, self.definition.get, reads)  # type: ignore[arg-type]
            elif call.prim.rule is operator.add:
                found = log_sum_exp(call, self.definition.get, lambda v: counts[v] == 1)  # type: ignore[arg-type]
                if found is not None:
                    self.sums[call], shifted = found
            if shifted is not None:
                self.unshifted.add(shifted)

    def push_operator_add(self: Any, call: Call) -> None:
        """A sum; that of a log-sum-exp and its shift has the tangent of the logarithm."""
        logarithm = self.sums.get(call)
        if logarithm is None:
            self.push_rule(call)
        else:
            self.give(call.out, self.tangent(logarithm))

    def push_operator_sub(self: Any, call: Call) -> None:
        """A difference; what a softmax shifts has the tangent of what it was."""
        if call in self.unshifted:
            self.give(call.out, self.tangent(call.args[0]))
        else:
            self.push_rule(call)


def read_counts(function: Function) -> Counter[Var]:
    """How often each value is read by what leads to a result: of a gradient, the value's own last lines do not."""
    leads = useful(function, function.results)
    counts = Counter(r for r in function.results if isinstance(r, Var))
    for stmt in walk(function.body):
        if not isinstance(stmt, Call) or any(out in leads for out in stmt.outs):
            counts.update((*uses(stmt), *inner_uses(stmt)))
    return counts
