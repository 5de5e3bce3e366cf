"""Named tuples, dataclasses, namespaces, getters, or-patterns that capture, tests that bind, context managers."""

import contextlib
import dataclasses
import operator
import types
from collections import namedtuple
from dataclasses import dataclass, field

import numpy as np
import pytest

import pullback as pb
from pullback.runtime.errors import UnsupportedError

from .checker import check_orders

X = np.array([0.9, 0.35, 0.6])
Pt = namedtuple("Pt", "a b")
second = operator.itemgetter(1)


@dataclass
class DC:
    a: object
    b: object = 2.0
    c: list = field(default_factory=list)


@dataclass(frozen=True)
class FZ:
    a: object
    b: float = 3.0

    def norm(self):
        return self.a * self.b


@dataclass
class PI:
    a: object

    def __post_init__(self):
        self.sq = self.a ** 2


class Cls:
    __match_args__ = ("a", "b")

    def __init__(self, a, b):
        self.a = a
        self.b = b


@dataclass
class Inner:
    w: object
    b: float = 1.0


@dataclass
class Outer:
    inner: Inner
    xs: list = field(default_factory=list)
    k: int = 2


@dataclass(frozen=True)
class State:
    pos: object
    vel: object

    def step(self, dt):
        return dataclasses.replace(self, pos=self.pos + dt * self.vel, vel=self.vel - dt * self.pos)


class State2(namedtuple("State2", "pos vel")):
    def step(self, dt):
        return self._replace(pos=self.pos + dt * self.vel, vel=self.vel - dt * self.pos)


@contextlib.contextmanager
def scaled(v, log=None):
    if log is not None:
        log.append("in")
    yield v * 2
    if log is not None:
        log.append("out")


def op_ig(x):
    s = sorted([('b', x[0]), ('a', x[1])], key=operator.itemgetter(0))
    return s[0][1] * 3 + s[1][1]


def op_ag(x):
    return operator.attrgetter('a')(Pt(x[0], x[1])) ** 2


def op_mc(x):
    return operator.methodcaller('sum')(x) ** 2


def nt_replace(x):
    q = Pt(x[0], x[1])._replace(b=x[2])
    return q.a * q.b


def nt_asdict(x):
    return sum(v ** 2 for v in Pt(x[0], x[1])._asdict().values())


def nt_make(x):
    q = Pt._make(x[:2])
    return q.a * q.b


def nt_fields(x):
    q = Pt(x[0], x[1])
    return sum(getattr(q, f) ** 2 for f in q._fields)


def nt_carried(x):
    q = Pt(x[0], x[1])
    for _ in range(3):
        q = q._replace(a=q.a * q.b)
    return q.a


def dc_replace(x):
    d = DC(x[0])
    e = dataclasses.replace(d, b=x[1])
    return e.a * e.b * d.b


def dc_asdict(x):
    return sum((v for k, v in dataclasses.asdict(DC(x[0], x[1])).items() if k != 'c')) ** 2


def dc_astuple(x):
    a, b, c = dataclasses.astuple(DC(x[0], x[1]))
    return a * b


def dc_fields(x):
    d = DC(x[0], x[1])
    return sum(getattr(d, f.name) for f in dataclasses.fields(d) if f.name != 'c') ** 2


def dc_frozen(x):
    return FZ(x[0]).norm() ** 2


def dc_frozen_replace(x):
    return dataclasses.replace(FZ(x[0]), a=x[1]).norm() ** 2


def dc_post(x):
    return PI(x[0]).sq * x[1]


def dc_factory(x):
    d = DC(x[0])
    d.c.append(x[1])
    e = DC(x[0])
    return d.c[0] * d.a + len(e.c)


def sns(x):
    s = types.SimpleNamespace(a=x[0], b=x[1])
    s.c = s.a * s.b
    return s.c ** 2


def sns_loop(x):
    s = types.SimpleNamespace(y=x[0], n=0)
    for v in x:
        s.y = s.y * v
        s.n += 1
    return s.y * s.n


def match_or(x):
    t = ('a', x[0])
    match t:
        case ['a', v] | ['b', v]:
            return v ** 2
        case _:
            return x[1]


def match_cls(x):
    class_ = Cls(x[0], x[1])
    match class_:
        case Cls(a, b):
            return a * b
    return x[2]


def match_nt(x):
    match Pt(x[0], x[1]):
        case Pt(a=u, b=v):
            return u * v


def match_dc(x):
    match DC(x[0], x[1]):
        case DC(u, v):
            return u * v


def match_map(x):
    match {'k': x[0], 'm': x[1]}:
        case {'k': u, **rest}:
            return u * rest['m']


def match_star(x):
    match [x[0], x[1], x[2]]:
        case [f, *r]:
            return f * sum(r)


def while_walrus(x):
    y = x[0]
    s = 0.0
    while (y := (y * 0.5)) > 0.1:
        s = s + y ** 2
    return s


def while_walrus_list(x):
    st = [1.0, 2.0, 3.0]
    s = 0.0
    while (n := len(st)) > 0:
        s = s + st.pop() * x[0] * n
    return s


def while_list_truth(x):
    st = [x[0], x[1], x[2]]
    s = 1.0
    while st:
        s = s * st.pop() + 1
    return s


def frozen_loop(x):
    s = State(x[0], x[1])
    for _ in range(5):
        s = s.step(0.1 * x[2])
    return s.pos ** 2 + s.vel


def nt_sub_loop(x):
    s = State2(x[0], x[1])
    for _ in range(int(x[0] * 5)):
        s = s.step(0.1 * x[2])
    return s.pos ** 2 + s.vel


def asdict_nested(x):
    o = Outer(Inner(x[0]), [x[1]])
    d = dataclasses.asdict(o)
    return d['inner']['w'] * d['xs'][0] * d['k'] + o.inner.b


def astuple_nested(x):
    (w, b), xs, k = dataclasses.astuple(Outer(Inner(x[0]), [x[1]]))
    return w * xs[0] * k * b


def dc_fields_loop(x):
    o = Inner(x[0], x[1])
    return sum(getattr(o, f.name) ** 2 for f in dataclasses.fields(o))


def ns_state(x):
    s = types.SimpleNamespace(y=x[0], n=0, log=[])
    while s.n < int(x[1] * 10):
        s.y = s.y * x[2] + 0.1
        s.n += 1
        s.log.append(s.y)
    return s.y * s.n + sum(s.log)


def ns_vars(x):
    s = types.SimpleNamespace(a=x[0], b=x[1])
    return sum(v ** 2 for v in vars(s).values())


def ig_global(x):
    rows = [(1.0, x[0]), (2.0, x[1])]
    return sum(map(second, rows)) ** 2


def ig_two(x):
    a, b = operator.itemgetter(0, 2)(x)
    return a * b


def ag_dotted(x):
    o = Outer(Inner(x[0]))
    return operator.attrgetter('inner.w')(o) ** 2


def mc_args(x):
    return operator.methodcaller('reshape', 3, 1)(x).sum() ** 2


def nt_eq_loop(x):
    pts = [Pt(x[i], i) for i in range(3)]
    best = max(pts, key=lambda q: q.a)
    return best.a * (best.b + 1) + best._replace(b=5).b * x[1]


def match_or_classes(x):
    r = 0.0
    for o in (Inner(x[0]), Pt(x[1], 2.0)):
        match o:
            case Inner(w=v) | Pt(a=v):
                r = r + v ** 2
    return r


def match_or_as(x):
    match ('k', x[0]):
        case ['k', v] | ['j', v] as whole:
            return v * whole[1]


def match_or_star(x):
    match [x[0], x[1], x[2]]:
        case [a, *rest] | [a, *rest]:
            return a * sum(rest)


def walrus_read(x):
    k = 0
    s = 0.0
    while (v := x[k]) > 0.3:
        s = s + v ** 2
        k += 1
        if k > 2:
            break
    return s


def walrus_and(x):
    n = 0
    y = x[0]
    while n < 10 and (y := (y * 0.7)) > 0.05:
        n += 1
    return y * n


def walrus_nested(x):
    t = 0.0
    for v in x:
        y = v
        while (y := (y * 0.5)) > 0.1:
            t = t + y
    return t


def pop_in_test(x):
    st = [x[0], x[1], x[2]]
    s = 0.0
    while st and st.pop() > 0.1:
        s = s + len(st) * x[0]
    return s


def ctx_return_if(x):
    with scaled(x[0]) as v:
        if v > 1:
            return v ** 2
        v = v * 3
    return v


def ctx_return_log(x):
    log = []

    def f():
        with scaled(x[0], log) as v:
            return v ** 2 + len(log)
    r = f()
    return r * len(log)


def ctx_nested(x):
    with scaled(x[0]) as a, scaled(x[1]) as b:
        return a * b


def stack_two(x):
    log = []
    with contextlib.ExitStack() as st:
        a = st.enter_context(scaled(x[0], log))
        st.enter_context(np.errstate(all='ignore'))
        b = st.enter_context(scaled(x[1], log))
        st.callback(log.append, 'cb')
        y = a * b
        n = len(log)
    return y * n * len(log)


def stack_return(x):
    with contextlib.ExitStack() as st:
        a = st.enter_context(scaled(x[0]))
        return a ** 2


def join_str(x):
    s = ','.join(str(i) for i in range(3))
    t = '-'.join(['a', 'b'])
    return x[0] ** 2 * len(s) * len(t)


def walrus_none(x):
    it = iter(x)
    s = 0.0
    while (v := next(it, None)) is not None:
        s = s + v ** 2
    return s


PROGRAMS = [op_ig, op_ag, op_mc, nt_replace, nt_asdict, nt_make, nt_fields, nt_carried, dc_replace, dc_asdict,
            dc_astuple, dc_fields, dc_frozen, dc_frozen_replace, dc_post, dc_factory, sns, sns_loop, match_or,
            match_cls, match_nt, match_dc, match_map, match_star, while_walrus, while_walrus_list, while_list_truth,
            frozen_loop, nt_sub_loop, asdict_nested, astuple_nested, dc_fields_loop, ns_state, ns_vars, ig_global,
            ig_two, ag_dotted, mc_args, nt_eq_loop, match_or_classes, match_or_as, match_or_star, walrus_read,
            walrus_and, walrus_nested, pop_in_test, ctx_return_if, ctx_return_log, ctx_nested, stack_two,
            stack_return, join_str, walrus_none]


@pytest.mark.parametrize("fn", PROGRAMS, ids=lambda fn: fn.__name__)
def test_in_every_order(fn):
    check_orders(fn, X)


def test_an_or_pattern_that_captures_with_a_guard_is_refused():
    def f(x):
        match ("a", x[0]):
            case ("a", v) | ("b", v) if v > 0:
                return v
        return x[1]

    with pytest.raises(UnsupportedError, match="an or-pattern that captures names"):
        pb.grad(f)(X)


def test_an_exit_stack_that_is_used_inside_a_statement_is_refused():
    def f(x):
        with contextlib.ExitStack() as stack:
            if x[0] > 0:
                stack.enter_context(scaled(x[0]))
            return x[0]

    with pytest.raises(UnsupportedError, match="`ExitStack` inside a statement"):
        pb.grad(f)(X)


def test_a_field_that_is_not_there_is_refused():
    with pytest.raises(UnsupportedError, match="the field 'c'"):
        pb.grad(lambda x: Pt(x[0], x[1])._replace(c=1.0).a)(X)
