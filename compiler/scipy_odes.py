"""`scipy.integrate.solve_ivp` and `odeint`, differentiated by the continuous adjoint.

    y' = f(t, y, p), y(t0) = y0;   values y(t_i) with cotangents c_i;   backwards in time from the last t_i to t0

    a' = -(df/dy)^T a,  g' = -(df/dp)^T a,  and a += c_i at each t_i;   d_y0 = a(t0),  d_p = g(t0)

The solution is run once more, with its interpolant, which the adjoint reads; the adjoint is integrated by the same
method at the same tolerances, its cotangents scaled to 1. So the gradient has an error of the order of the solution's:
what `rtol` and `atol` say. Times of the solver's own steps are constants. The tangent is the solution of the equation
together with its linearisation; it can be solved, and reversed, as any other, so there are second derivatives.
"""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np

from ..runtime.errors import OutputError
from .api import grad
from .domains import kinds
from .domains.kinds import Array, Kind
from .ir import Lit, Var
from .lower import Lowerer, Seq, own_callables
from .lower.values import Map
from .outside import VECTOR, Arranged, Outside, arranged, check_effects, fixed, known, sequence, unpacked
from .scipy_integrals import bound_options, refuse_unless_default
from .tangents import jvp

Solved = namedtuple("Solved", ["t", "y", "success", "status"])
IMPLICIT = ("Radau", "BDF", "LSODA")


class Trajectory(Outside):
    """The solution of y' = field(floats, others, t, y): (floats, others, times, y0, options) -> rows (times, y...).

    times : t0, the times that values are asked for at, t1; only t0 and t1 where the solver chooses them (`own`)
    """

    label = "solve_ivp"

    def __init__(self, field: Any, own: bool, jac: Any = None, half: Trajectory | None = None) -> None:
        self.field, self.own, self.jac, self.half = field, own, jac, half
        self.pure = half is not None

    def solve(self, floats: Any, others: Any, times: Any, y0: Any, options: Any) -> Any:
        """SciPy's solution of the equation."""
        from scipy import integrate
        if self.jac is not None:
            options = {**options, "jac": fixed(self.jac, floats, others)}
        found = integrate.solve_ivp(fixed(self.field, floats, others), (times[0], times[-1]), y0, **options)
        if not found.success:
            raise OutputError("a solution of `solve_ivp` that stopped early", None, str(found.message),
                              "Use a method that can solve the equation, or other tolerances.")
        return found

    def run(self, floats: Any, others: Any, times: Any, y0: Any, options: Any) -> Any:
        at = None if self.own else times[1:-1]
        found = self.solve(floats, others, times, y0, {**self.settings(options), "t_eval": at})
        return np.concatenate((found.t[None], found.y))

    def settings(self, options: Any) -> Any:
        """The options of `solve_ivp`: of a pair with its tangent those of its first half."""
        if self.half is None:
            return options
        kept = {k: v for k, v in self.half.settings(options).items() if k not in ("jac", "jac_sparsity", "first_step")}
        return {k: np.tile(v, 2) if k in ("atol", "rtol") and np.ndim(v) else v for k, v in kept.items()}

    def kind(self, low: Lowerer, args: list[Any]) -> Kind:
        return Array(np.dtype("f8"), (kinds.Sym(one=False, least=2), kinds.Sym()))

    def pull(self, saved: Any, d_ans: Any) -> Any:
        """Read by the compiler, with what it calls."""
        ans, (floats, others, times, y0, options) = saved
        d_ys = d_ans[1:]
        back = adjoint_of(self)(floats, others, ans[0], times, y0, d_ys, options)
        d_y0 = back[:np.size(y0)]
        d_times = pull_times(self, floats, others, times, ans, d_ans, d_y0, y0)
        return unpacked(back[np.size(y0):], floats), None, d_times, d_y0, None

    def push(self, ans: Any, args: Any, tangents: Any) -> Any:
        floats, others, times, y0, options = args
        t_floats, _, t_times, t_y0, _ = tangents
        t_y0 = np.zeros(np.shape(y0)) if t_y0 is None else t_y0
        field = field_of(self)
        if t_times is not None:
            t_y0 = t_y0 - t_times[0] * field(floats, others, times[0], y0)
        around = np.concatenate((times[:1], ans[0], times[-1:]))
        pairs = tangent_of(self)((*floats, *t_floats), others, around, np.concatenate((y0, t_y0)), options)
        t_ys = pairs[1 + np.size(y0):]
        if t_times is None:
            return np.concatenate((np.zeros((1, np.shape(ans)[1])), t_ys))
        if chooses_times(self):
            moved = np.zeros(np.shape(ans)[1])
            moved[0] = t_times[0]
            moved[-1] = t_times[1]
        else:
            moved = t_times[1:-1]
        return np.concatenate((moved[None], t_ys + moved * speeds(field, floats, others, ans)))


class Adjoint(Outside):
    """(floats, others, ts, times, y0, d_ys, options) -> the cotangent of y0 and those of the floats, as one vector."""

    label, pure = "adjoint", True

    def __init__(self, path: Trajectory) -> None:
        self.path = path
        field = path.field

        def product(floats: Any, others: Any, t: Any, y: Any, a: Any) -> Any:
            return np.sum(field(floats, others, t, y) * a)

        self.transposed = grad(product, wrt=("floats", "y"))

    def run(self, floats: Any, others: Any, ts: Any, times: Any, y0: Any, d_ys: Any, options: Any) -> Any:
        from scipy import integrate
        scale = np.max(np.abs(d_ys), initial=0.0)
        count = len(y0)
        state = np.zeros(count + sum(np.size(value) for value in floats))
        if scale == 0.0 or not np.isfinite(scale):
            return state * scale
        options = self.path.settings(options)
        path = self.path.solve(floats, others, times, y0, {**options, "dense_output": True}).sol

        def pulled(t: Any, y: Any, a: Any) -> Any:
            d_floats, d_y = self.transposed(floats, others, t, y, a)
            return np.concatenate([d_y, *[np.ravel(d) for d in d_floats]])

        def backwards(t: Any, z: Any) -> Any:
            return -pulled(t, path(t), z[:count])

        def jacobian(t: Any, z: Any) -> Any:
            y, matrix = path(t), np.zeros((len(z), len(z)))
            for k in range(count):
                matrix[:, k] = -pulled(t, y, np.eye(count)[k])
            return matrix

        options = _for_adjoint(options)
        if options.get("method") in IMPLICIT:
            options["jac"] = jacobian
        used = np.flatnonzero(np.any(d_ys != 0.0, axis=0))
        stops = [times[0], *ts[used[:-1]]]
        for place, end in zip(used[::-1], stops[::-1], strict=True):
            state[:count] += d_ys[:, place] / scale
            if ts[place] != end:
                found = integrate.solve_ivp(backwards, (ts[place], end), state, **options)
                if not found.success:
                    raise OutputError("the adjoint of `solve_ivp` stopped early", None, str(found.message),
                                      "Use a method that can solve the equation, or other tolerances.")
                state = found.y[:, -1]
        return state * scale

    def kind(self, low: Lowerer, args: list[Any]) -> Kind:
        return VECTOR

    def pull(self, saved: Any, d_ans: Any) -> Any:
        """It is linear in d_ys, the transpose of the tangent: its derivative is that of the tangent's product."""
        _, (floats, others, ts, times, y0, d_ys, options) = saved
        t_y0 = d_ans[:np.size(y0)]
        t_floats = unpacked(d_ans[np.size(y0):], floats)
        tangent = tangent_of(path_of(self))

        def product(floats: Any, ts: Any, times: Any, y0: Any, d_ys: Any) -> Any:
            around = np.concatenate((times[:1], ts, times[-1:]))
            pairs = tangent((*floats, *t_floats), others, around, np.concatenate((y0, t_y0)), options)
            return np.sum(pairs[1 + np.size(y0):] * d_ys)

        d_floats, d_ts, d_times, d_y0, d_d_ys = grad(product, wrt=(0, 1, 2, 3, 4))(floats, ts, times, y0, d_ys)
        return d_floats, None, d_ts, d_times, d_y0, d_d_ys, None


def _for_adjoint(options: dict[str, Any]) -> dict[str, Any]:
    """The options of the forward solution that are the adjoint's as well."""
    kept: dict[str, Any] = {key: options[key] for key in ("method", "rtol", "max_step") if key in options}
    kept["atol"] = float(np.min(options.get("atol", 1e-6)))
    if np.ndim(kept.get("rtol", 0.0)) > 0:
        kept["rtol"] = float(np.min(kept["rtol"]))
    return kept


def speeds(field: Any, floats: Any, others: Any, path: Any) -> Any:
    """The field at each point of a path, of the shape of its y."""
    found = np.zeros(np.shape(path[1:]))
    for k in range(np.shape(path)[1]):
        found[:, k] = field(floats, others, path[0, k], path[1:, k])
    return found


def pull_times(path: Any, floats: Any, others: Any, times: Any, ans: Any, d_ans: Any, d_y0: Any, y0: Any) -> Any:
    """The cotangent of the times: a value moves with its own time along the field, all move with t0 against it."""
    field = field_of(path)
    by_start = -np.sum(d_y0 * field(floats, others, times[0], y0))
    if chooses_times(path):
        first = d_ans[0, 0] + np.sum(d_ans[1:, 0] * field(floats, others, times[0], y0))
        last = d_ans[0, -1] + np.sum(d_ans[1:, -1] * field(floats, others, times[1], ans[1:, -1]))
        return np.stack((by_start + first, last))
    own = d_ans[0] + np.sum(d_ans[1:] * speeds(field, floats, others, ans), axis=0)
    return np.concatenate((np.reshape(by_start, 1), own, np.zeros(1)))


@known
def field_of(path: Any) -> Any:
    return path.field


@known
def path_of(back: Any) -> Any:
    return back.path


@known
def chooses_times(path: Any) -> Any:
    return path.own


@known
def adjoint_of(path: Any) -> Any:
    found = getattr(path, "back", None)
    if found is None:
        found = path.back = Adjoint(path)
    return found


@known
def tangent_of(path: Any) -> Any:
    """The solution together with its tangent."""
    found = getattr(path, "pairs", None)
    if found is None:
        found = path.pairs = Trajectory(Paired(path.field), False, half=path)
    return found


# --- fields -------------------------------------------------------------------------------------------------------


class Field:
    """The user's function as a field: (floats, others, t, y) -> y', a vector like y."""

    def __init__(self, fn: Arranged, time_first: bool) -> None:
        self.fn, self.time_first = fn, time_first

    def __call__(self, floats: Any, others: Any, t: Any, y: Any) -> Any:
        return self.fixed(floats, others)(t, y)

    def fixed(self, floats: Any, others: Any) -> Any:
        fn, time_first = self.fn.fixed(floats, others), self.time_first

        def field(t: Any, y: Any) -> Any:
            return np.reshape(np.asarray(fn(t, y) if time_first else fn(y, t), float), np.shape(y))

        return field


def velocity(fn: Any, floats: Any, others: Any, first: Any, second: Any, y: Any) -> Any:
    return np.reshape(np.asarray(fn(floats, others, first, second)), np.shape(y))


def _read_field(low: Lowerer, fn: Any, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    floats, others, t, y = args
    first, second = (t, y) if fn.time_first else (y, t)
    return low.call(Lit(velocity), [Lit(fn.fn), floats, others, first, second, y], kwargs, name, node)


class Paired:
    """A field together with its tangent: (y, t_y)' = (f, df/dp t_p + df/dy t_y); the floats are p and t_p."""

    def __init__(self, field: Any) -> None:
        def function(floats: Any, others: Any, t: Any, y: Any) -> Any:
            return field(floats, others, t, y)

        self.field, self.pushed = field, jvp(function)

    def __call__(self, floats: Any, others: Any, t: Any, z: Any) -> Any:
        half, count = len(floats) // 2, len(z) // 2
        tangents = (floats[half:] or None, None, None, z[count:])
        return np.concatenate(self.pushed((floats[:half], others, t, z[:count]), tangents))


def paired(field: Any, floats: Any, t_floats: Any, others: Any, t: Any, z: Any) -> Any:
    count = np.size(z) // 2
    value, tangent = jvp(lambda floats, y: field(floats, others, t, y), (floats, z[:count]), (t_floats, z[count:]))
    return np.concatenate((value, tangent))


def _read_paired(low: Lowerer, fn: Any, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    floats, *rest = args
    items = low.opened(floats).items
    half = len(items) // 2
    given = [Lit(fn.field), Seq(items[:half]), Seq(items[half:]), *rest]
    return low.call(Lit(paired), given, kwargs, name, node)


own_callables.TYPES[Field] = _read_field
own_callables.TYPES[Paired] = _read_paired


# --- the calls ----------------------------------------------------------------------------------------------------


def initial(y0: Any) -> Any:
    return np.ravel(np.asarray(y0, float))


def asked(t0: Any, at: Any, t1: Any) -> Any:
    """The times of a path: its start, where values are asked for, its end."""
    return np.concatenate((np.reshape(np.asarray(t0, float), 1), np.asarray(at, float),
                           np.reshape(np.asarray(t1, float), 1)))


def ends(t0: Any, t1: Any) -> Any:
    return np.stack((np.asarray(t0, float), np.asarray(t1, float)))


def call_solver(low: Lowerer, fn: Any, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    """A call of `scipy.integrate.solve_ivp` or `odeint`."""
    return (_call_odeint if fn.__name__ == "odeint" else _call_solve_ivp)(low, fn, args, kwargs, name, node)


def _call_solve_ivp(low: Lowerer, fn: Any, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    label = "scipy.integrate.solve_ivp"
    bound, options = bound_options(low, fn, ("fun", "t_span", "y0", "t_eval", "args"), args, kwargs, node)
    for key in ("dense_output", "events"):
        refuse_unless_default(low, label, key, options, "Ask for the values with `t_eval=`.", node)
    function, floats, others = arranged(low, bound["fun"], bound["args"], label, node)
    jac = None
    if isinstance(options.get("jac"), Lit) and callable(options["jac"].value):
        jac = Arranged(options.pop("jac").value, function.args[:len(sequence(low, bound["args"]))])
    t0, t1 = low.unpack(bound["t_span"], node, 2)
    own = isinstance(bound["t_eval"], Lit) and bound["t_eval"].value is None
    times = low.call_definition(ends, [t0, t1], {}, "", node) if own else low.call_definition(
        asked, [t0, bound["t_eval"], t1], {}, "", node)
    y0 = _initial(low, bound["y0"], label, node)
    given = [floats, others, times, y0, Map(options)]
    _check_field(low, Field(function, True), given, label, node)
    path = low.call(Lit(Trajectory(Field(function, True), own, jac)), given, {}, name, node)
    rows = low.call_definition(values_of, [path], {}, "", node)
    return Seq((low.get_item(path, Lit(0), "", node), rows, Lit(True), Lit(0)), Solved)


def values_of(path: Any) -> Any:
    return path[1:]


def _call_odeint(low: Lowerer, fn: Any, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    label = "scipy.integrate.odeint"
    bound, options = bound_options(low, fn, ("func", "y0", "t", "args", "tfirst"), args, kwargs, node)
    for key in ("full_output", "Dfun"):
        refuse_unless_default(low, label, key, options, "Leave it out.", node)
    function, floats, others = arranged(low, bound["func"], bound["args"], label, node)
    time_first = bool(getattr(bound["tfirst"], "value", False))
    times = low.call_definition(around, [bound["t"]], {}, "", node)
    y0 = _initial(low, bound["y0"], label, node)
    given = [floats, others, times, y0, Map(options)]
    _check_field(low, Field(function, time_first), given, label, node)
    path = low.call(Lit(Odeint(Field(function, time_first), False)), given, {}, name, node)
    return low.call_definition(columns_of, [path], {}, name, node)


def around(t: Any) -> Any:
    return np.concatenate((np.asarray(t, float)[:1], np.asarray(t, float), np.asarray(t, float)[-1:]))


def columns_of(path: Any) -> Any:
    return np.transpose(path[1:])


class Odeint(Trajectory):
    """`odeint`: values by LSODA, the adjoint as that of `solve_ivp`."""

    label = "odeint"

    def settings(self, options: Any) -> Any:
        given = {key: options[key] for key in ("rtol", "atol") if options.get(key) is not None}
        return {"method": "LSODA", "rtol": 1.49012e-8, "atol": 1.49012e-8, **given}

    def run(self, floats: Any, others: Any, times: Any, y0: Any, options: Any) -> Any:
        from scipy import integrate
        field = fixed(self.field, floats, others)
        values = integrate.odeint(field, y0, times[1:-1], tfirst=True, **options)
        return np.concatenate((times[None, 1:-1], np.transpose(values)))


def _check_field(low: Lowerer, field: Field, given: list[Any], label: str, node: Any) -> None:
    floats, others, _, y0, _ = given
    check_effects(low, field, [floats, others, low.value_of(Var("t", kinds.PY_FLOAT)), y0], label, node)


def _initial(low: Lowerer, y0: Any, label: str, node: Any) -> Any:
    opened = low.opened(y0)
    for value in opened.items if isinstance(opened, Seq) else [opened]:
        dtype = kinds.dtype_of(low.kind(value))
        if dtype is not None and dtype.kind == "c":
            raise low.refuse(f"`{label}` of complex numbers", "", "Write the real and the imaginary part.", node)
    return low.call_definition(initial, [y0], {}, "", node)


__all__ = ["Adjoint", "Trajectory", "call_solver"]
