"""Dicts at keys of the run, and what `collections` and sets do."""

from collections import ChainMap, Counter, OrderedDict, defaultdict, deque

import numpy as np
import pytest

import pullback as pb
from pullback.runtime.errors import UnsupportedError

from .checker import check_orders

X = np.array([0.9, 0.35, 0.6])
W = {"a": 2.0, "b": 3.0}
L = [1.0, 2.0, 5.0]
TAB = {0: "a", 1: "b"}


def gen(x):
    for v in x:
        yield v ** 2


def rt_key(x):
    table = {0: x[0], 1: x[1], 2: x[2]}
    return table[int(x[2] * 2)] ** 2 + x[0]


def rt_get(x):
    table = {0: x[0], 1: x[1]}
    return table.get(int(x[2] * 2), 0.0) ** 2 + x[0]


def rt_in(x):
    table = {0: x[0], 1: x[1]}
    k = int(x[2] * 2)
    if k in table:
        return table[k] ** 2
    return x[2]


def memo_loop(x):
    memo = {0: x[0], 1: x[1]}
    for n in range(2, 3 + int(x[2] * 4)):
        memo[n] = memo[n - 1] * x[2] + memo[n - 2]
    return memo[2 + int(x[2] * 4)]


def memo_rec(x):
    memo = {}

    def fib(n):
        if n in memo:
            return memo[n]
        r = x[0] if n == 0 else x[1] if n == 1 else fib(n - 1) * x[2] + fib(n - 2)
        memo[n] = r
        return r
    return fib(6)


def counter_acc(x):
    labels = [0, 1, 0, 2, 1]
    d = {}
    for k, l in enumerate(labels):
        d[l] = d.get(l, 0.0) + x[k % 3]
    return sum(v ** 2 for v in d.values())


def counter_rt(x):
    d = {}
    for v in x:
        k = int(v * 4) % 2
        d[k] = d.get(k, 0.0) + v
    return sum(v ** 2 for v in d.values())


def dd(x):
    d = defaultdict(float)
    for i, v in enumerate(x):
        d[i % 2] += v ** 2
    return d[0] * d[1]


def dd_list(x):
    d = defaultdict(list)
    for i in range(3):
        d[i % 2].append(x[i])
    return sum(sum(v) ** 2 for v in d.values())


def dd_rt(x):
    d = defaultdict(float)
    for v in x:
        d[int(v * 4) % 2] += v ** 2
    return d[0] * d[1] + d[0]


def dd_lambda(x):
    d = defaultdict(lambda: 1.0)
    for i in range(3):
        d['ab'[i % 2]] *= x[i]
    return d['a'] + d['b'] + d['c']


def od(x):
    d = OrderedDict()
    d['a'] = x[0]
    d['b'] = x[1]
    d.move_to_end('a')
    return sum(((i + 1) * v for i, v in enumerate(d.values())))


def cnt(x):
    c = Counter('abca')
    return sum((c[k] * v for k, v in zip('abc', x)))


def dq(x):
    d = deque(maxlen=2)
    s = 0.0
    for v in x:
        d.append(v)
        s = s + sum(d) ** 2
    return s


def dq_left(x):
    d = deque([x[0], x[1]])
    d.appendleft(x[2])
    d.rotate(1)
    a = d.pop()
    b = d.popleft()
    return a * b * b + d[0]


def grown_queue(x):
    q = deque([(0, x[0])])
    s = 0.0
    while q:
        i, v = q.popleft()
        s = s + v * v
        if i + 1 < len(x):
            q.append((i + 1, v * x[i + 1]))
    return s


def set_ops(x):
    s = set()
    t = 0.0
    for i in [0, 1, 1, 2, 0]:
        if i in s:
            continue
        s.add(i)
        t = t + x[i] ** 2
    return t * len(s)


def set_rt(x):
    s = set()
    t = 0.0
    for v in x:
        k = int(v * 4) % 2
        if k not in s:
            s.add(k)
            t = t + v ** 2
    return t * len(s)


def set_lit(x):
    s = {1, 2} | {0}
    return sum(x[i] * (i + 1) for i in sorted(s))


def fz(x):
    s = frozenset([0, 2])
    return sum(x[i] ** 2 for i in range(3) if i in s)


def zip_dict(x):
    d = dict(zip('abc', x))
    return d['a'] * d['b'] ** 2 + d['c']


def dict_comp_arr(x):
    d = {i: v ** 2 for i, v in enumerate(x)}
    return d[0] + d[1] * d[2]


def dict_comp_rt(x):
    d = {i: x[i] ** 2 for i in range(len(x))}
    return sum(d.values())


def dict_arr_loop(x):
    d = {}
    for i in range(len(x)):
        d[i] = x[i] ** 2
    return sum((k * v for k, v in d.items()))


def dict_fromkeys(x):
    d = dict.fromkeys(['a', 'b'], x[0])
    d['a'] = d['a'] * x[1]
    return d['a'] * d['b']


def dict_tuplekey(x):
    d = {}
    for i in range(3):
        for j in range(3):
            d[i, j] = x[i] * x[j]
    return sum((v for (i, j), v in d.items() if i != j))


def dict_merge(x):
    a = {'p': x[0]}
    b = {'q': x[1]}
    c = {**a, **b} | {'r': x[2]}
    return c['p'] * c['q'] * c['r']


def chainmap(x):
    c = ChainMap({'a': x[0]}, {'a': 1.0, 'b': x[1]})
    return c['a'] * c['b']


def dict_nested(x):
    d = {}
    for i in range(3):
        d.setdefault('k', {})[i] = x[i]
    return sum(v ** 2 for v in d['k'].values())


def dict_setdefault_list(x):
    d = {}
    for i in range(3):
        d.setdefault(i % 2, []).append(x[i])
    return sum(d[0]) ** 2 + sum(d[1])


def dict_in_while(x):
    state = {'y': x[0], 'n': 0}
    while state['y'] < 3.0:
        state['y'] = state['y'] * 1.5 + x[1] * 0.1
        state['n'] += 1
    return state['y'] * state['n']


def dict_del(x):
    d = {k: v for k, v in zip('abc', x)}
    del d['b']
    return sum(d.values())


def dict_items_sorted(x):
    d = {'b': x[0], 'a': x[1], 'c': x[2]}
    s = 0.0
    for i, (k, v) in enumerate(sorted(d.items())):
        s += i * v
    return s


def dict_max_key(x):
    d = {'b': x[0], 'a': x[1], 'c': x[2]}
    k = max(d, key=d.get)
    return d[k] ** 2


def strkey_rt(x):
    d = {'pos': x[0], 'neg': x[1]}
    k = 'pos' if x[2] > 0.5 else 'neg'
    return d[k] ** 2


def fn_dict_rt(x):
    d = {'s': np.sin, 'c': np.cos}
    k = 's' if x[2] > 0.5 else 'c'
    return d[k](x[0])


def gen_dict(x):
    return dict(((i, v) for i, v in enumerate(gen(x))))[1]


def glob_dict_rt(x):
    s = 0.0
    for i in range(len(x)):
        s += x[i] * W['a' if x[i] > 0.5 else 'b']
    return s


def glob_list_rt(x):
    s = 0.0
    for i in range(len(x)):
        s += x[i] ** 2 * L[i]
    return s


def glob_dict_chain(x):
    s = 0.0
    for i in range(len(x)):
        s += x[i] ** 2 * W[TAB[i % 2]]
    return s


def memo_global_like(x):
    memo = {}

    def f(n):
        if n not in memo:
            memo[n] = x[n % 3] ** 2 * n
        return memo[n]
    return sum(f(k) for k in [1, 2, 1, 3, 2])


def lcs(x):
    d = {}
    n = len(x)
    for i in range(n):
        for j in range(n):
            d[i, j] = x[i] * x[j] + (d[i - 1, j] if i > 0 else 0.0) + (d[i, j - 1] if j > 0 else 0.0)
    return d[n - 1, n - 1]


def graph(x):
    edges = {0: [1, 2], 1: [2], 2: []}
    dist = {0: x[0]}
    q = deque([0])
    while q:
        u = q.popleft()
        for v in edges[u]:
            if v not in dist:
                dist[v] = dist[u] + x[v] ** 2
                q.append(v)
    return sum(dist.values())


def group_rt(x):
    sums = defaultdict(float)
    counts = defaultdict(int)
    for v in x:
        k = int(v * 4) % 2
        sums[k] += v ** 2
        counts[k] += 1
    return sum(sums[k] / counts[k] for k in sums)


def group_items(x):
    sums = {}
    for i in range(len(x)):
        k = 'big' if x[i] > 0.5 else 'small'
        if k in sums:
            sums[k] += x[i]
        else:
            sums[k] = x[i] ** 2
    t = 0.0
    for k, v in sums.items():
        t += v * (2.0 if k == 'big' else 1.0)
    return t


def dict_vals_arr(x):
    d = {}
    for i in range(len(x)):
        d[i] = x * i
    return sum(np.sum(v * x) for v in d.values())


def dict_vals_tuple(x):
    d = {}
    for i in range(len(x)):
        d[i] = (x[i], x[i] ** 2)
    a, b = d[1]
    return sum((p * q for p, q in d.values())) + a * b


def dict_pop_rt(x):
    d = {}
    for i in range(len(x)):
        d[i] = x[i] ** 2
    k = int(x[2] * 2)
    v = d.pop(k)
    return v * 3 + sum(d.values()) * len(d)


def dict_del_rt(x):
    d = {}
    for i in range(len(x)):
        d[i] = x[i] ** 2
    del d[int(x[2] * 2)]
    return sum(d.values()) * len(d)


def dict_pop_missing(x):
    d = {0: x[0]}
    k = int(x[0] * 10)
    return d.pop(k, x[1]) * d[0]


def setdefault_rt(x):
    d = {}
    for i in range(len(x)):
        d.setdefault(i % 2, x[i])
    return d[0] * d[1]


def dict_update_rt(x):
    d = {}
    e = {0: x[0] * 2}
    for i in range(len(x)):
        d[i] = x[i]
    d.update(e)
    return d[0] * d[1] * d[2]


def dict_branch_key(x):
    d = {'a': x[0]}
    if x[1] > 0.1:
        d['b'] = x[1]
    return sum(d.values()) ** 2


def dict_branch_get(x):
    d = {'a': x[0]}
    if x[1] > 10:
        d['b'] = x[1]
    return d.get('b', 3.0) * d['a']


def dict_loop_const_key(x):
    d = {}
    for v in x:
        d['s'] = d.get('s', 0.0) + v ** 2
    return d['s']


def dict_len_rt(x):
    d = {}
    for v in x:
        d[int(v * 4)] = v
    return len(d) * sum(d.values())


def dict_in_rt(x):
    seen = {}
    s = 0.0
    for v in x:
        k = int(v * 4) % 2
        if k in seen:
            continue
        seen[k] = True
        s += v ** 2
    return s


def dict_sorted(x):
    d = {}
    for i in range(len(x)):
        d[i] = x[i] ** 2
    return sum((r * v for r, (k, v) in enumerate(sorted(d.items(), key=lambda kv: -kv[1]))))


def dict_maxkey(x):
    d = {}
    for i in range(len(x)):
        d[i] = x[i] ** 2
    k = max(d, key=lambda q: d[q])
    return d[k] * (k + 1)


def dict_comp2(x):
    d = {i: v for i, v in enumerate(x) if v > 0.5}
    return sum((k * v for k, v in d.items()))


def dict_invert(x):
    d = {'a': x[0], 'b': x[1]}
    return sum((v * len(k) for k, v in {k * 2: v ** 2 for k, v in d.items()}.items()))


def dict_from_zip(x):
    d = dict(zip(range(len(x)), x ** 2))
    return d[0] + 2 * d[1] + 3 * d[2]


def dd_nested(x):
    d = defaultdict(lambda: defaultdict(float))
    for i in range(3):
        for j in range(2):
            d[i % 2][j] += x[i] * (j + 1)
    return d[0][1] * d[1][0]


def dd_in(x):
    d = defaultdict(list)
    d['a'].append(x[0])
    return d['a'][0] * len(d['b']) + len(d) * x[1]


def cnt_words(x):
    c = Counter(['a', 'b', 'a'])
    c['b'] += 5
    return sum((v * c[k] for k, v in zip(['a', 'b', 'z'], [x[0], x[1], x[2]])))


def cnt_acc(x):
    c = Counter()
    for v in x:
        c[int(v * 4) % 2] += 1
    return sum(v ** 2 * c[int(v * 4) % 2] for v in x)


def od_pop(x):
    d = OrderedDict(a=x[0], b=x[1], c=x[2])
    k, v = d.popitem(last=False)
    k2, v2 = d.popitem()
    return v * v2 ** 2


def dq_window(x):
    w = deque([0.0, 0.0], maxlen=2)
    out = []
    for v in x:
        w.append(v)
        out.append(sum(w) / len(w))
    return sum(o ** 2 for o in out)


def dq_pairs(x):
    q = deque()
    for i in range(len(x)):
        q.append((i, x[i]))
    s = 0.0
    while q:
        i, v = q.popleft()
        s = s * v + i
        if i == 0:
            q.append((5, v * v))
    return s


def dq_index(x):
    q = deque(x)
    q.appendleft(x[0] * 2)
    return q[0] * q[-1] + len(q)


def dq_extend(x):
    q = deque([x[0]], maxlen=3)
    q.extend([x[1], x[2], x[0] * x[1]])
    return q[0] * q[1] + q[2]


def dq_extendleft(x):
    q = deque()
    q.extendleft([x[0], x[1]])
    return q[0] ** 2 * q[1]


def set_ops2(x):
    a = {1, 2, 3}
    b = set([2, 3, 4])
    return x[0] * len(a | b) + x[1] * len(a & b) + x[2] * len(a - b)


def set_methods(x):
    a = {1, 2}
    a.add(5)
    a.discard(1)
    a.update([7, 8])
    a.remove(2)
    return x[0] * len(a) + x[1] * sum(sorted(a)) * (3 if 5 in a else 1)


def set_comp(x):
    s = {i % 2 for i in range(3)}
    return sum(x[k] ** 2 for k in s)


def set_str(x):
    skip = {'b'}
    return sum((v for k, v in {'a': x[0], 'b': x[1], 'c': x[2]}.items() if k not in skip))


def set_visited(x):
    visited = set()
    order = []
    st = [0]
    nb = {0: [1, 2], 1: [2], 2: [0]}
    while st:
        u = st.pop()
        if u in visited:
            continue
        visited.add(u)
        order.append(u)
        for w in nb[u]:
            st.append(w)
    return sum(((k + 1) * x[u] for k, u in enumerate(order)))


def set_rt2(x):
    seen = set()
    s = 0.0
    for v in x:
        k = int(v * 10)
        if k in seen:
            s += 100.0
        seen.add(k)
        s += v * len(seen)
    return s


def fn_table(x):
    acts = [np.sin, np.cos, np.exp]
    s = 0.0
    for i in range(len(x)):
        s += acts[i](x[i])
    return s


def match_key(x):
    cfg = {'mode': 'fast', 'k': 2}
    return x[0] ** cfg['k'] if cfg['mode'] == 'fast' else x[1]


def nested_cfg(x):
    params = {'layer1': {'w': np.outer(x, x), 'b': x}, 'layer2': {'w': np.outer(x, x) * 0.1, 'b': x * 2}}
    h = x
    for name in ('layer1', 'layer2'):
        h = np.tanh(params[name]['w'] @ h + params[name]['b'])
    for name, pr in params.items():
        h = h + pr['b']
    return np.sum(h)


PROGRAMS = [rt_key, rt_get, rt_in, memo_loop, memo_rec, counter_acc, counter_rt, dd, dd_list, dd_rt, dd_lambda, od,
            cnt, dq, dq_left, grown_queue, set_ops, set_rt, set_lit, fz, zip_dict, dict_comp_arr, dict_comp_rt,
            dict_arr_loop, dict_fromkeys, dict_tuplekey, dict_merge, chainmap, dict_nested, dict_setdefault_list,
            dict_in_while, dict_del, dict_items_sorted, dict_max_key, strkey_rt, fn_dict_rt, gen_dict, glob_dict_rt,
            glob_list_rt, glob_dict_chain, memo_global_like, lcs, graph, group_rt, group_items, dict_vals_arr,
            dict_vals_tuple, dict_pop_rt, dict_del_rt, dict_pop_missing, setdefault_rt, dict_update_rt,
            dict_branch_key, dict_branch_get, dict_loop_const_key, dict_len_rt, dict_in_rt, dict_sorted, dict_maxkey,
            dict_comp2, dict_invert, dict_from_zip, dd_nested, dd_in, cnt_words, cnt_acc, od_pop, dq_window,
            dq_pairs, dq_index, dq_extend, dq_extendleft, set_ops2, set_methods, set_comp, set_str, set_visited,
            set_rt2, fn_table, match_key, nested_cfg]


@pytest.mark.parametrize("fn", PROGRAMS, ids=lambda fn: fn.__name__)
def test_in_every_order(fn):
    check_orders(fn, X)


def test_a_key_that_is_not_there_raises_as_in_python():
    def f(x):
        d = {0: x[0]}
        return d[int(x[0] * 10)]

    with pytest.raises(KeyError, match="9"):
        pb.grad(f)(X)

    def g(x):
        d = {}
        for i in range(len(x)):
            d[i] = x[i]
        return d[int(x[0] * 10)]

    with pytest.raises(KeyError, match="9"):
        pb.grad(g)(X)


def test_loops_over_dicts_of_the_run_stay_loops():
    text = pb.grad(dict_len_rt).source_for(np.linspace(0.1, 1.0, 12))
    assert "place = place_of(" in text
    assert "d_keys.append(" in text
    assert text.count("place_of(") <= 3


def test_floats_as_keys_of_the_run_are_refused():
    def f(x):
        d = {}
        for v in x:
            d[v] = v * 2
        return sum(d.values())

    with pytest.raises(UnsupportedError, match="a number as a dict key"):
        pb.grad(f)(X)


def test_a_walk_over_a_set_of_the_run_is_refused():
    def f(x):
        seen = set()
        for v in x:
            seen.add(int(v * 10))
        s = 0.0
        for k in seen:
            s = s * x[0] + k
        return s

    with pytest.raises(UnsupportedError, match="a set whose elements only the run knows"):
        pb.grad(f)(X)

    def g(x):
        seen = set()
        for v in x:
            seen.add(int(v * 10))
        s = 0.0
        for k in sorted(seen):
            s = s * x[0] + k
        return s

    np.testing.assert_allclose(pb.grad(g)(X), [2 * 3 * 0.9 + 6, 0.0, 0.0])


def test_sets_keep_pythons_order_and_meaning():
    def f(x):
        s = {30, 1, 20}
        t = s
        s |= {2}
        a = list(s)
        b = [k for k, _ in zip(s, range(2))]
        first, *_ = s
        total = sum(k * v for k, v in enumerate(a)) + sum(b) + first + len(t)
        if {1, 2} == {2, 1} and {1} <= {1, 2} and s != {1}:
            total = total * x[0]
        return total * x[1]

    assert pb.grad(f)(X)[1] == pytest.approx(f(X) / X[1])
    assert pb.grad(f)(X)[0] == pytest.approx(f(X) / X[0])


def test_counters_are_not_merged_as_dicts():
    def f(x):
        c = Counter(a=1) | Counter(a=3)
        return x[0] * c["a"]

    with pytest.raises(UnsupportedError):
        pb.grad(f)(X)


def test_the_classes_of_deques_and_sets_are_known():
    def f(x):
        q, s, d = deque([x[0]]), {1}, defaultdict(float)
        if isinstance(q, deque) and isinstance(s, set) and isinstance(d, dict) and not isinstance(q, list) \
                and type(s) is set and not isinstance(s, list):
            return x[0] ** 2
        return x[1]

    np.testing.assert_allclose(pb.grad(f)(X), [1.8, 0.0, 0.0])
