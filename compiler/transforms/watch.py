"""Watch for nan and inf: a check after each statement that computes one, for `detect_anomaly`.

before => after:

    y = np.log(x)        =>     y = np.log(x)
                                check_finite(y, 'numpy.log', ('model.py', 3, ...))

`watch_forward` runs before the reverse transform, so that nothing it watches is dropped; `watch_adjoint` runs last
(`watch_tangents` in forward mode), and looks at the cotangents that have a name: what stands between them may divide by
zero where a mask drops the quotient.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from ...runtime.checks import check_finite
from ..domains.kinds import Array, Scalar, dtype_of
from ..ir import Atom, Block, Call, For, Function, If, Lit, Primitive, Stmt, Var, While, walk

CHECK = Primitive("pullback.runtime.checks.check_finite", check_finite, "function", None, False)
# What these return is moved or not written yet: it was watched where it was computed.
_NOT_COMPUTED = {np.empty, np.empty_like, np.array, np.copy, "ndarray.copy", np.asarray}


def watch_forward(function: Function) -> Function:
    """The function with a check of every number that it computes; of a gradient inside it, of the named cotangents."""
    masked = _masked(function)

    def wanted(call: Call, out: Var) -> bool:
        if call.loc is not None and call.loc.level:
            return out not in masked and out.name.startswith("d_") and _computes(call, out)
        return _computes(call, out)

    return replace(function, body=_watched(function.body, wanted))


def watch_adjoint(function: Function) -> Function:
    """The function with a check of every named cotangent."""
    masked = _masked(function)

    def wanted(call: Call, out: Var) -> bool:
        return out not in masked and _is_cotangent(call, out)

    return replace(function, body=_watched(function.body, wanted))


def watch_tangents(function: Function) -> Function:
    """The function with a check of every named tangent, and of those that it returns."""
    masked, results = _masked(function), set(function.results)
    checked = {s.args[0] for s in walk(function.body) if isinstance(s, Call) and s.prim is CHECK}

    def wanted(call: Call, out: Var) -> bool:
        is_tangent = out.name.startswith("t_") or (out in results and out not in checked)
        return is_tangent and out not in masked and _computes(call, out)

    return replace(function, body=_watched(function.body, wanted, "tangent"))


def _masked(function: Function) -> set[Atom]:
    """What `np.where` chooses from: it may be what nobody sees."""
    return {a for s in walk(function.body) if isinstance(s, Call) and s.prim.rule is np.where for a in s.args[1:]}


def _watched(block: Block, wanted: Callable[[Call, Var], bool], what: str = "") -> Block:
    result: list[Stmt] = []
    for stmt in block:
        if isinstance(stmt, If):
            stmt = replace(stmt, then=_watched(stmt.then, wanted, what),
                           orelse=_watched(stmt.orelse, wanted, what))
        elif isinstance(stmt, (For, While)):
            stmt = replace(stmt, body=_watched(stmt.body, wanted, what))
        result.append(stmt)
        if isinstance(stmt, Call):
            result += [_check(stmt, out, what) for out in stmt.outs if _is_float(out) and wanted(stmt, out)]
    return tuple(result)


def _is_float(var: Var) -> bool:
    dtype = dtype_of(var.kind)
    return isinstance(var.kind, (Array, Scalar)) and (dtype is None or dtype.kind in "fc")


def _computes(call: Call, out: Var) -> bool:
    return call.prim.form in ("function", "operator", "unary", "method") and call.prim.alias == "fresh" \
        and call.prim.rule not in _NOT_COMPUTED


def _is_cotangent(call: Call, out: Var) -> bool:
    return call.loc is not None and call.loc.backward and out.name.startswith("d_") and call.prim.form in (
        "function", "operator", "unary", "method") and call.prim.rule not in _NOT_COMPUTED


def _check(call: Call, out: Var, what: str) -> Call:
    place = None
    if call.loc is not None:
        where = call.loc.location()
        place = (where.filename, where.line, where.column, where.end_line, where.end_column, where.text)
    backward = call.loc is not None and (call.loc.backward or call.loc.level)
    what = f"the cotangent `{out.name}`" if backward else f"the {what} `{out.name}`" if what else f"`{call.prim.name}`"
    return Call((), CHECK, (out, Lit(what), Lit(place)), (), call.loc)
