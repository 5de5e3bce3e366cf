"""What the reverse asks of a program as a whole: what is cheap to compute again, whether complex numbers occur."""

from __future__ import annotations

import numpy as np

from ..domains.kinds import Scalar, dtype_of
from ..ir import Call, Function, Lit, uses, walk

CHEAP_FORMS = {"operator", "unary", "compare", "item", "tuple", "slice", "getattr", "attribute"}


def is_cheap(call: Call) -> bool:
    """Is computing the call again cheaper than saving its result? Integers, reads of elements, tuples and slices."""
    if not call.prim.pure or len(call.outs) != 1:
        return False
    if call.prim.fn in (min, max):  # of lengths and places
        return all(isinstance(a, Lit) or (isinstance(a.kind, Scalar) and a.kind.python and a.kind.dtype == np.int64)
                   for a in call.args)
    if call.prim.form not in CHEAP_FORMS:
        return False
    if call.prim.form in ("tuple", "slice", "item"):
        return True
    if call.prim.form == "attribute":
        return call.prim.name in ("ndarray.shape", "ndarray.T", "ndarray.size")
    return isinstance(call.out.kind, Scalar)


COMPLEX_RESULTS = {np.linalg.eig, np.linalg.eigvals, np.roots}  # of real operands


def may_be_complex(function: Function) -> bool:
    """Does a complex number occur in the function for sure, or may one come out of real ones?"""
    kinds_of = [p.var.kind for p in function.params]
    for stmt in walk(function.body):
        if isinstance(stmt, Call):
            if stmt.prim.rule in COMPLEX_RESULTS:
                return True
            kinds_of += [v.kind for v in (*stmt.outs, *uses(stmt))]
    return any(d is not None and d.kind == "c" for d in map(dtype_of, kinds_of))
