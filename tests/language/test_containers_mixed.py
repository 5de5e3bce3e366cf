"""Containers of every kind together: two names, branches, helpers, places that only the run knows."""

from collections import defaultdict, deque

import numpy as np
import pytest

import pullback as pb
from pullback.runtime.errors import UnsupportedError

from .checker import check_orders

X = np.array([0.9, 0.35, 0.6])


def alias_rows(x):
    a = []
    b = a
    for v in x:
        a.append((v, 1.0))
    b.append((x[0], 5.0))
    return sum((p * q for p, q in a))


def alias_dict(x):
    d = {}
    e = d
    for i in range(len(x)):
        d[i % 2] = x[i]
    e[0] = e[0] * 2
    return d[0] * d[1]


def rows_elem_array_store(x):
    out = []
    for k in range(len(x)):
        y = x * k
        out.append((k, y))
    s = 0.0
    for k, y in out:
        s += np.sum(y) * k
    return s


def maybe_alias(x):
    best = None
    y = np.zeros(3)
    for k in range(len(x)):
        y = x * k
        if best is None or np.sum(y) > np.sum(best):
            best = y
    z = best * 1
    z[0] = 5.0
    return np.sum(best ** 2) + np.sum(z)


def maybe_array_then_store(x):
    best = None
    for k in range(len(x)):
        y = x * (k + 1)
        if best is None:
            best = y
    best[0] = 2.0
    return np.sum(best ** 2)


def set_alias(x):
    s = set()
    t = s
    for v in x:
        s.add(int(v * 4))
    return len(t) * x[0]


def dq_alias(x):
    q = deque(maxlen=2)
    r = q
    for v in x:
        q.append(v)
    r.append(x[0] * x[1])
    return q[0] * q[1]


def cursor_alias(x):
    it = iter(x)
    jt = it
    a = next(it)
    b = next(jt)
    return a * b ** 2


def cursor_branch(x):
    it = iter(x)
    a = next(it)
    if a > 0.5:
        a = a * next(it)
    return a * next(it)


def rows_in_branch_fn(x):

    def add(l, v):
        if v > 0.5:
            l.append((v, v))
    l = []
    for v in x:
        add(l, v)
    return sum((a * b for a, b in l))


def dict_of_lists_known(x):
    g = {'a': [], 'b': []}
    for i in range(len(x)):
        g['a' if i % 2 == 0 else 'b'].append(x[i])
    return sum(g['a']) * sum(g['b'])


def dict_rt_list_update(x):
    g = {}
    for i in range(len(x)):
        k = int(x[i] * 4) % 2
        g[k] = g.get(k, []) + [x[i]]
    return sum(sum(v) ** 2 for v in g.values())


def rows_early_exit(x):
    out = []
    for i in range(len(x)):
        if x[i] < 0.4:
            break
        out.append((i, x[i]))
    return sum((a * b for a, b in out)) + len(out) * x[2]


def rows_try(x):
    out = []
    try:
        for v in x:
            out.append((v, v))
        raise ValueError
    except ValueError:
        pass
    return x[0] ** 2


def none_try(x):
    y = None
    try:
        y = x[0] ** 2
        if x[1] > 10:
            raise ValueError
    except ValueError:
        y = x[1]
    return y if y is not None else 0.0


def none_nested_fn(x):
    best = None

    def see(v):
        nonlocal best
        if best is None or v > best:
            best = v
    for v in x:
        see(v)
    return best ** 2


def memo_decorator(x):
    cache = {}

    def memo(f):

        def g(n):
            if n not in cache:
                cache[n] = f(n)
            return cache[n]
        return g

    @memo
    def h(n):
        return x[n % 3] * n
    return h(1) + h(2) + h(1)


def topo(x):
    indeg = {0: 0, 1: 1, 2: 2}
    nb = {0: [1, 2], 1: [2], 2: []}
    ready = [k for k, v in indeg.items() if v == 0]
    order = []
    while ready:
        u = ready.pop(0)
        order.append(u)
        for w in nb[u]:
            indeg[w] -= 1
            if indeg[w] == 0:
                ready.append(w)
    val = {}
    for u in order:
        val[u] = x[u] ** 2 + sum(val[k] for k in nb if u in nb[k])
    return val[2]


def histogram(x):
    h = [0.0] * 4
    for v in x:
        h[int(v * 4)] += v
    return sum(v ** 2 for v in h)


def particles(x):
    ps = [{'x': x[i], 'v': 0.1 * i} for i in range(len(x))]
    for _ in range(3):
        ps = [{'x': p['x'] + 0.1 * p['v'], 'v': p['v'] - 0.1 * p['x']} for p in ps]
    return sum(p['x'] ** 2 for p in ps)


def heap(x):
    h = []
    for i in range(len(x)):
        h.append((x[i], i))
    s = 0.0
    k = 1
    while h:
        h.sort()
        v, i = h.pop(0)
        s += v * k
        k += 1
    return s


def counts_and_sum(x):
    h = [0.0, 0.0]
    c = [0, 0]
    for i in range(len(x)):
        k = int(x[i] * 4) % 2
        h[k] += x[i] ** 2
        c[k] += 1
    return sum((a / max(b, 1) for a, b in zip(h, c))) + h[0] * h[-1]


def read_place(x):
    l = [x[0] ** 2, x[1], x[2] * 2]
    return l[int(x[2] * 3)] * l[0]


def list_state_machine(x):
    st = [0.0] * 3
    cur = 0
    for v in x:
        st[cur] = st[cur] + v ** 2
        cur = (cur + 1 + int(v * 2)) % 3
    return st[0] * 2 + st[1] * 3 + st[2] * 5


PROGRAMS = [alias_rows, alias_dict, rows_elem_array_store, maybe_alias, maybe_array_then_store, set_alias, dq_alias,
            cursor_alias, cursor_branch, rows_in_branch_fn, dict_of_lists_known, dict_rt_list_update,
            rows_early_exit, rows_try, none_try, none_nested_fn, memo_decorator, topo, histogram, particles, heap,
            counts_and_sum, read_place, list_state_machine]


@pytest.mark.parametrize("fn", PROGRAMS, ids=lambda fn: fn.__name__)
def test_in_every_order(fn):
    check_orders(fn, X)


def test_a_list_that_a_dict_of_the_run_holds_may_not_change():
    def f(x):
        groups = defaultdict(list)
        for v in x:
            groups[int(v * 4) % 2].append(v)
        return sum(sum(g) for g in groups.values())

    with pytest.raises(UnsupportedError, match="a change of a container that may be known by another name"):
        pb.grad(f)(X)
