"""Lists of unknown length whose elements are tuples, named tuples, dicts or objects."""

import dataclasses
from collections import namedtuple

import numpy as np
import pytest

import pullback as pb
from pullback.runtime.errors import UnsupportedError

from .checker import check_orders, program

X = np.array([0.9, 0.35, 0.6])
Pt = namedtuple("Pt", "t y a b", defaults=(0.0, 0.0))


@dataclasses.dataclass
class R:
    f: float
    i: int

    def w(self):
        return self.f * self.i


class Node:
    def __init__(self, v, k):
        self.v = v
        self.k = k

    def val(self):
        return self.v ** 2 * self.k


class Hist:
    def __init__(self):
        self.log = []

    def add(self, a, b):
        self.log.append((a, b))

    def total(self):
        return sum(a * b for a, b in self.log)


def grown_pairs(x):
    found = []
    for v in x:
        found.append((v, v ** 2))
    return sum((a * b for a, b in found))


def grown_pairs_cond(x):
    found = []
    for v in x:
        if v > 0.5:
            found.append((v, v ** 2))
    s = 0.0
    for a, b in found:
        s += a * b
    return s


def grown_zip_star(x):
    found = []
    t = 0.0
    while t < 1.0:
        found.append((t, x[0] * t))
        t += 0.25
    ts, ys = zip(*found)
    return np.sum(np.array(ts) * np.array(ys))


def grown_last0(x):
    found = []
    for v in x:
        found.append((v, v ** 2))
    return found[-1][0] * found[0][1]


def grown_nt(x):
    found = []
    for v in x:
        found.append(Pt(0.0, 0.0, v, v * 2))
    return sum(q.a * q.b for q in found)


def grown_dict(x):
    found = []
    for v in x:
        found.append({'a': v, 'b': v * 2})
    return sum(q['a'] * q['b'] for q in found)


def grown_ode(x):
    t, y = (0.0, x * 1.0)
    traj = [(t, y)]
    while t < 1.0:
        y = y + 0.25 * np.sin(y)
        t = t + 0.25
        traj.append((t, y))
    s = 0.0
    for t, y in traj:
        s += t * np.sum(y ** 2)
    return s


def grown_tuple_int(x):
    found = []
    for i in range(len(x)):
        if x[i] > 0.4:
            found.append((i, x[i]))
    return sum((i * v for i, v in found))


def grown_stack_pop(x):
    stack = [(0, len(x))]
    s = 0.0
    while stack:
        lo, hi = stack.pop()
        if hi - lo == 1:
            s = s + x[lo] ** 2 * (lo + 1)
        else:
            m = (lo + hi) // 2
            stack.append((lo, m))
            stack.append((m, hi))
    return s


def grown_comp_pairs(x):
    found = [(v, np.sin(v)) for v in x]
    return sum((a * b for a, b in found))


def grown_comp_cond(x):
    found = [(i, v) for i, v in enumerate(x) if v > 0.5]
    return sum((i * v ** 2 for i, v in found))


def grown_enum(x):
    found = []
    for v in x:
        found.append((v, v * 2))
    s = 0.0
    for k, (a, b) in enumerate(found):
        s += k * a * b
    return s


def grown_max_key(x):
    found = []
    for v in x:
        found.append((v ** 2, v))
    best = max(found, key=lambda t: t[0])
    return best[0] * best[1]


def grown_slice(x):
    found = []
    for v in x:
        found.append((v, v ** 2))
    return sum((a * b for a, b in found[1:]))


def grown_str(x):
    log = []
    for i in range(len(x)):
        log.append((f'step {i}', x[i] ** 2))
    return sum((v for _, v in log))


def grown_none(x):
    log = []
    for i in range(len(x)):
        log.append(None)
    return np.sum(x ** 2) + len(log)


def grown_strs(x):
    log = []
    for i in range(len(x)):
        log.append(f'{i}')
    return np.sum(x ** 2) + len(log)


def grown_while_len(x):
    out = []
    while len(out) < 4:
        out.append((x[0], len(out)))
    return sum((a * b for a, b in out))


def rows_dc(x):
    out = []
    for i in range(len(x)):
        out.append(R(x[i] ** 2, i))
    return sum(r.w() for r in out)


def rows_obj(x):
    out = []
    for i in range(len(x)):
        out.append(Node(x[i], i + 1))
    s = 0.0
    for n in out:
        s += n.val()
    return s


def rows_best(x):
    out = []
    for i in range(len(x)):
        out.append((x[i] ** 2, i))
    v, i = min(out) if False else min(out, key=lambda t: t[0])
    return v * (i + 1)


def rows_branch(x):
    out = [(x[0], 1.0)]
    if x[1] > 0.2:
        out.append((x[1], 2.0))
    if x[2] > 9:
        out.append((x[2], 3.0))
    return sum((a * b for a, b in out))


def rows_branch_empty(x):
    out = []
    if x[1] > 0.2:
        out.append((x[1], 2.0))
    return sum((a * b for a, b in out)) + x[0]


def rows_arrays(x):
    out = []
    y = x * 1
    for k in range(int(x[0] * 4)):
        y = np.sin(y)
        out.append((k, y))
    return sum((k * np.sum(y * x) for k, y in out))


def rows_nparray(x):
    out = []
    for k in range(len(x)):
        out.append((x[k], x[k] ** 2))
    a = np.array(out)
    return np.sum(a[:, 0] * a[:, 1])


def rows_concat(x):
    a = [(x[0], 1.0)]
    b = []
    for v in x:
        b.append((v, 2.0))
    c = a + b
    d = b + [(x[1], 5.0)]
    return sum((p * q for p, q in c)) + sum((p ** 2 * q for p, q in d))


def rows_iadd(x):
    b = []
    for v in x:
        b += [(v, 2.0)]
    return sum((p ** 2 * q for p, q in b))


def rows_rebuild(x):
    b = []
    for v in x:
        b = b + [(v, 2.0)]
    return sum((p ** 2 * q for p, q in b))


def rows_set(x):
    b = []
    for v in x:
        b.append((v, 2.0))
    b[1] = (x[0] * x[1], 3.0)
    b[-1] = (x[2], 1.0)
    return sum((p ** 2 * q for p, q in b))


def rows_copy(x):
    b = []
    for v in x:
        b.append((v, 2.0))
    c = list(b)
    d = b.copy()
    c.append((x[0], 9.0))
    return sum((p * q for p, q in c)) + len(b) * x[1] + sum((p * q for p, q in d))


def rows_reset(x):
    tot = 0.0
    cur = []
    for v in x:
        cur.append((v, 1.0))
        if len(cur) > 1:
            tot += sum((a * b for a, b in cur)) ** 2
            cur = []
    return tot + sum((a for a, _ in cur))


def rows_clear(x):
    tot = 0.0
    cur = []
    for v in x:
        cur.append((v, 1.0))
        if len(cur) > 1:
            tot += sum((a * b for a, b in cur)) ** 2
            cur.clear()
    return tot + sum((a for a, _ in cur))


def rows_nested(x):
    out = []
    for i in range(len(x)):
        out.append((i, (x[i], x[i] ** 2)))
    return sum((i * a * b for i, (a, b) in out))


def rows_dictlist(x):
    d = {'log': []}
    for v in x:
        d['log'].append((v, v ** 2))
    return sum((a * b for a, b in d['log']))


def rows_attr(x):
    class_ = Hist()
    for v in x:
        class_.add(v, v ** 2)
    return class_.total()


def rows_reversed(x):
    out = []
    for v in x:
        out.append((v, v ** 2))
    s = 1.0
    for a, b in reversed(out):
        s = s * a + b
    return s


def rows_zip(x):
    out = []
    for v in x:
        out.append((v, v ** 2))
    s = 0.0
    for (a, b), c in zip(out, x):
        s += a * b * c
    for (a, b), (c, d) in zip(out, out[1:]):
        s += a * d
    return s


def rows_ts_ys(x):
    out = []
    t = 0.0
    y = x[0]
    while t < 1:
        out.append(Pt(t, y))
        y = y + 0.3 * y * x[1]
        t += 0.3
    ts = np.array([q.t for q in out])
    ys = np.array([q.y for q in out])
    return np.trapezoid(ys, ts)


def rows_str(x):
    out = []
    for i in range(len(x)):
        out.append(('pos' if x[i] > 0.5 else 'neg', x[i]))
    return sum((v ** 2 for k, v in out if k == 'pos'))


def rows_dictrow(x):
    out = []
    for i in range(len(x)):
        out.append({'step': i, 'loss': x[i] ** 2, 'name': 'a'})
    return out[-1]['loss'] * sum(r['step'] * r['loss'] for r in out)


def rows_inner(x):
    tot = 0.0
    for i in range(len(x)):
        nb = []
        for j in range(len(x)):
            if i != j and abs(x[i] - x[j]) < 0.4:
                nb.append((j, x[j] - x[i]))
        for j, d in nb:
            tot += d ** 2 * x[j]
    return tot


def rows_while_pop(x):
    st = [(x[0], 0)]
    s = 0.0
    while st:
        v, d = st.pop()
        s += v
        if d < 3:
            st.append((v * x[1], d + 1))
            st.append((v * x[2], d + 1))
    return s


def rows_pop0(x):
    st = [(x[0], 0)]
    s = 0.0
    while len(st) > 0:
        v, d = st.pop(0)
        s += v
        if d < 3:
            st.append((v * x[1], d + 1))
        if d < 2:
            st.append((v * x[2], d + 1))
    return s


def rows_insert(x):
    out = []
    for v in x:
        out.insert(0, (v, len(out)))
    return sum((a * b for a, b in out))


def rows_enum_start(x):
    out = []
    for v in x:
        out.append((v, v))
    return sum((k * a * b for k, (a, b) in enumerate(out, 1)))


def rows_cond_comp(x):
    pairs = [(a, b) for a in x for b in x if a < b]
    return sum(((b - a) ** 2 for a, b in pairs))


def rows_any(x):
    out = []
    for v in x:
        out.append((v, v > 0.5))
    return x[0] * 2 if any((b for _, b in out)) else x[1]


def rows_passed(x):

    def build():
        out = []
        for v in x:
            out.append((v, v ** 2))
        return out

    def total(rows):
        return sum((a * b for a, b in rows))
    return total(build())


def rows_unpack_zip(x):
    out = []
    for v in x:
        out.append((v, v ** 2, 1))
    a, b, c = zip(*out)
    return sum(a) * sum(b) + len(c)


def rows_map(x):
    out = []
    for v in x:
        out.append((v, v ** 2))
    a, b = map(np.array, zip(*out))
    return np.sum(a * b)


PROGRAMS = [grown_pairs, grown_pairs_cond, grown_zip_star, grown_last0, grown_nt, grown_dict, grown_ode,
            grown_tuple_int, grown_stack_pop, grown_comp_pairs, grown_comp_cond, grown_enum, grown_max_key,
            grown_slice, grown_str, grown_none, grown_strs, grown_while_len, rows_dc, rows_obj, rows_best,
            rows_branch, rows_branch_empty, rows_arrays, rows_nparray, rows_concat, rows_iadd, rows_rebuild,
            rows_set, rows_copy, rows_reset, rows_clear, rows_nested, rows_dictlist, rows_attr, rows_reversed,
            rows_zip, rows_ts_ys, rows_str, rows_dictrow, rows_inner, rows_while_pop, rows_pop0, rows_insert,
            rows_enum_start, rows_cond_comp, rows_any, rows_passed, rows_unpack_zip, rows_map]


@pytest.mark.parametrize("fn", PROGRAMS, ids=lambda fn: fn.__name__)
def test_in_every_order(fn):
    check_orders(fn, X)


def test_lists_are_changed_in_place_also_in_a_while():
    text = pb.grad(grown_zip_star).source_for(X)
    assert "found_0.append(" in text
    assert "= list(" not in text.split("adjoint")[0]


def test_zip_of_no_rows_raises_as_python_does():
    def f(x):
        found = []
        for v in x:
            if v > 99.0:
                found.append((v, 1.0))
        a, b = zip(*found)
        return sum(a) * sum(b)

    with pytest.raises(ValueError, match="not enough values to unpack"):
        pb.grad(f)(X)


def test_elements_of_two_forms_are_refused():
    def f(x):
        found = []
        for v in x:
            if v > 0.5:
                found.append((v, 1.0))
            else:
                found.append((v,))
        return sum(r[0] for r in found)

    with pytest.raises(UnsupportedError, match="elements that differ in form"):
        pb.grad(f)(X)


def test_an_element_that_the_list_holds_may_not_change():
    def f(x):
        out = []
        for v in x:
            n = Node(v, 1)
            out.append(n)
            n.v = v * 2
        return sum(n.val() for n in out)

    with pytest.raises(UnsupportedError, match="A list holds it"):
        pb.grad(f)(np.ones(300))


EDGES = [(0, 1), (1, 2), (0, 2), (2, 3)]
WEIGHTS = [0.5, 2.0, -1.0]


@program(X)
def test_sequences_at_places_of_the_run(x):
    total = 0.0
    edges = [(0, 1), (1, 2), (0, 2), (2, 3)]
    for i in np.argsort(x[:4]):
        a, b = EDGES[i]
        c, d = edges[i]
        total += x[a] * x[b] * WEIGHTS[i % 3] * (1.0, 2.0, 3.0)[i % 3] + x[c] ** 2 * x[d]
    k = int(np.argmax(x)) % 3
    factor, value = [(x[0], 2.0), (x[1] ** 2, 3.0), (1.0, x[2])][k]
    return total * factor + value * (x[0] ** 2, x[1], x[2])[k]


@program(np.array([0.3, 0.1, 0.9, 0.5, 0.2, 0.7]))
def test_a_spanning_tree(w):
    edges = [(0, 1), (1, 2), (0, 2), (2, 3), (3, 0), (1, 3)]
    parent = list(range(4))

    def find(a):
        while parent[a] != a:
            a = parent[a]
        return a

    total = 0.0
    for i in np.argsort(w):
        a, b = edges[i]
        left, right = find(a), find(b)
        if left != right:
            parent[left] = right
            total += w[i] ** 2
    return total
