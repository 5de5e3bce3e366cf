"""Iterators: `iter` and `next`, `itertools`, `zip` of unlike things, `sorted` by values of the run, generators."""

import functools
import itertools
import operator

import numpy as np
import pytest

import pullback as pb
from pullback.runtime.errors import UnsupportedError

from .checker import check_orders

X = np.array([0.9, 0.35, 0.6])


def gen(x):
    for v in x:
        yield v ** 2


def it_prod(x):
    return sum((a * b for a, b in itertools.product(x, repeat=2)))


def it_comb(x):
    return sum((a * b for a, b in itertools.combinations(x, 2)))


def it_perm(x):
    return sum((a * b ** 2 for a, b in itertools.permutations(x, 2)))


def it_chain(x):
    return sum(v ** 2 for v in itertools.chain(x, x[::-1] * 2))


def it_acc(x):
    return sum(v ** 2 for v in itertools.accumulate(x))


def it_acc_mul(x):
    return list(itertools.accumulate(x, operator.mul))[-1]


def it_pair(x):
    return sum(((b - a) ** 2 for a, b in itertools.pairwise(x)))


def it_islice(x):
    return sum(v ** 2 for v in itertools.islice(x, 1, None))


def it_islice2(x):
    return sum(v ** 2 for v in itertools.islice((w * 2 for w in x), 2))


def it_repeat(x):
    return sum((v * w for v, w in zip(x, itertools.repeat(2.0))))


def it_cycle(x):
    s = 0.0
    n = 0
    for v in itertools.cycle(x):
        s = s + v * n
        n += 1
        if n > 5:
            break
    return s


def it_cycle_zip(x):
    return sum((v * s for v, s in zip(x, itertools.cycle([1.0, -1.0]))))


def it_zl(x):
    return sum((a * b for a, b in itertools.zip_longest(x, [1.0, 2.0], fillvalue=5.0)))


def it_takewhile(x):
    return sum(v ** 2 for v in itertools.takewhile(lambda v: v > 0.2, x))


def it_dropwhile(x):
    return sum(v ** 2 for v in itertools.dropwhile(lambda v: v < 0.5, x))


def it_tee(x):
    a, b = itertools.tee(x)
    next(b)
    return sum(((u - v) ** 2 for u, v in zip(a, b)))


def it_compress(x):
    return sum(itertools.compress(x, [1, 0, 1]))


def it_starmap(x):
    return sum(itertools.starmap(pow, [(x[0], 2), (x[1], 3)]))


def reduce_mul(x):
    return functools.reduce(operator.mul, x)


def reduce_lam(x):
    return functools.reduce(lambda a, v: a * 0.5 + v ** 2, x, 1.0)


def map_f(x):
    return sum(map(lambda v: v ** 2, x))


def map_two(x):
    return sum(map(operator.mul, x, x[::-1]))


def filt(x):
    return sum(filter(lambda v: v > 0.4, x))


def list_map(x):
    return np.sum(np.array(list(map(np.sin, x))) ** 2)


def sorted_key(x):
    s = sorted([x[0], x[1], x[2]], key=lambda v: -v)
    return s[0] * 2 + s[1] * 3 + s[2] * 5


def sorted_arr(x):
    s = sorted(x, reverse=True)
    return s[0] * 2 + s[1] * 3 + s[2] * 5


def sorted_pairs(x):
    s = sorted([(2, x[0]), (1, x[1])], key=lambda t: t[0])
    return s[0][1] * 3 + s[1][1]


def sorted_pairs_rt(x):
    s = sorted([(x[0], 1.0), (x[1], 2.0), (x[2], 3.0)], key=lambda t: t[0])
    return s[0][0] * s[0][1] * 3 + s[1][0] * s[1][1]


def sorted_idx(x):
    o = sorted(range(len(x)), key=lambda i: x[i])
    return x[o[0]] * 2 + x[o[2]] * 5


def sorted_zip(x):
    s = 0.0
    for k, (a, b) in enumerate(sorted(zip(x, x ** 2))):
        s += k * a * b
    return s


def sorted_abs(x):
    s = sorted(x, key=abs)
    return s[0] * 2 + s[1] * 3 + s[2] * 5


def list_sort_rt(x):
    l = [x[0], x[1], x[2]]
    l.sort()
    return l[0] * 2 + l[1] * 3 + l[2] * 5


def list_sort_key(x):
    l = list(x)
    l.sort(key=lambda v: -v)
    return l[0] * 2 + l[1] * 3 + l[2] * 5


def max_key(x):
    return max(x, key=lambda v: (v - 0.5) ** 2) ** 2


def max_idx(x):
    return x[max(range(len(x)), key=lambda i: x[i])] ** 2


def anyall(x):
    return x[0] * 2 if any(v > 0.5 for v in x) and all(v < 9 for v in x) else x[1]


def anylist(x):
    return x[0] * 2 if any([v > 0.5 for v in x]) else x[1]


def op_table(x):
    ops = {'+': operator.add, '*': operator.mul, '-': operator.sub}
    s = x[0]
    for o, v in zip('+*-', x):
        s = ops[o](s, v)
    return s


def next_gen(x):
    return next((v for v in x if v > 0.4), 0.0) ** 2


def next_iter(x):
    it = iter(x)
    a = next(it)
    b = next(it)
    return a * b * b


def next_iter_rest(x):
    it = iter(x)
    s = next(it)
    for v in it:
        s = s * v + 1
    return s


def next_default(x):
    it = iter([x[0]])
    a = next(it, 1.0)
    b = next(it, 3.0)
    return a * b


def enum_start(x):
    return sum((i * v for i, v in enumerate(x, start=1)))


def zip_strict(x):
    return sum((a * b for a, b in zip(x, [1.0, 2.0, 3.0], strict=True)))


def zip_strict_arr(x):
    return sum((a * b for a, b in zip(x, x[::-1], strict=True)))


def zip_arr_list(x):
    s = 0.0
    for a, b in zip(x, [1.0, 2.0, 3.0]):
        s += a ** 2 * b
    return s


def while_true_next(x):
    it = iter([1.0, 2.0, 3.0])
    s = 0.0
    while True:
        try:
            k = next(it)
        except StopIteration:
            break
        s = s + k * x[0]
    return s


def gen_for(x):
    s = 0.0
    for v in gen(x):
        s += v
    return s


def gen_zip(x):
    return sum((a * b for a, b in zip(gen(x), x)))


def gen_enum(x):
    return sum((i * a for i, a in enumerate(gen(x))))


def gen_pairs(x):

    def pairs():
        for i in range(len(x) - 1):
            yield (x[i], x[i + 1])
    return sum((a * b for a, b in pairs()))


def gen_fib(x):

    def fib():
        a, b = (x[0], x[1])
        while True:
            yield a
            a, b = (b, a + b)
    s = 0.0
    for i, v in enumerate(fib()):
        if i > 5:
            break
        s += v
    return s


def gen_islice(x):

    def fib():
        a, b = (x[0], x[1])
        while True:
            yield a
            a, b = (b, a + b)
    return sum(itertools.islice(fib(), 6))


def gen_yield_from(x):

    def g():
        yield from x
        yield (x[0] * x[1])
    return sum(v ** 2 for v in g())


def gen_unpack(x):
    a, b, c = gen(x)
    return a * b + c


def gen_max(x):
    return max(gen(x))


def cur_loop_break(x):
    it = iter(x)
    s = 0.0
    for v in it:
        s += v
        if v < 0.5:
            break
    for v in it:
        s += v ** 3
    return s


def cur_range(x):
    it = iter(range(10))
    s = 0.0
    for v in x:
        s += v * next(it)
    return s


def cur_in_helper(x):
    it = iter(x)

    def take():
        return next(it)
    return take() * take() ** 2 + take()


def cur_default_loop(x):
    it = iter(x)
    s = 0.0
    while True:
        v = next(it, None)
        if v is None:
            break
        s += v ** 2
    return s


def cur_list_known(x):
    it = iter([x[0], x[1], x[2]])
    a = next(it)
    return a * sum(it)


def cur_zip_tail(x):
    it = iter(x)
    next(it)
    return sum((a * b for a, b in zip(x, it)))


def cur_enumerate(x):
    it = iter(x)
    next(it)
    return sum((i * b for i, b in enumerate(it)))


def cur_pairs(x):
    it = iter([1.0, 2.0, 3.0, 4.0])
    return sum((a * b * x[0] for a, b in zip(it, it)))


def comb3(x):
    return sum((a * b * c for a, b, c in itertools.combinations(x, 3)))


def comb_wr(x):
    return sum((a * b ** 2 for a, b in itertools.combinations_with_replacement(x, 2)))


def comb_idx(x):
    return sum(((x[i] - x[j]) ** 2 * (i + 1) for i, j in itertools.combinations(range(len(x)), 2)))


def perm3(x):
    return sum((a * b ** 2 * c ** 3 for a, b, c in itertools.permutations(x, 3)))


def acc_func(x):
    return sum(itertools.accumulate(x, lambda a, b: a * 0.5 + b ** 2))


def acc_init(x):
    return sum(itertools.accumulate(x, operator.mul, initial=2.0))


def acc_max(x):
    return sum((v * k for k, v in enumerate(itertools.accumulate(x, max))))


def acc_list(x):
    l = list(itertools.accumulate(x))
    return l[-1] * l[0]


def acc_zip(x):
    return sum((a * b for a, b in zip(itertools.accumulate(x), x)))


def tw(x):
    return sum((v * w for v, w in zip(itertools.takewhile(lambda v: v > 0.2, x), [1.0, 2.0, 3.0, 4.0])))


def isl_step(x):
    return sum(v ** 2 for v in itertools.islice((w for w in x), 0, None, 2))


def isl_start(x):
    return sum(v ** 2 for v in itertools.islice((w * w for w in x), 1, 3))


def isl_enum(x):
    s = 0.0
    for i, v in enumerate(itertools.islice((w * w for w in x), 2)):
        s += (i + 1) * v
    return s


def isl_count(x):
    return sum(x[0] ** k for k in itertools.islice(itertools.count(1), 4))


def cyc_count(x):
    return sum((v * s * k for v, s, k in zip(x, itertools.cycle([1.0, -2.0]), itertools.count(1))))


def cyc_arr(x):
    s = 0.0
    for k, v in zip(range(7), itertools.cycle(x)):
        s += v * k
    return s


def rep_map(x):
    return sum(map(operator.pow, x, itertools.repeat(3)))


def chain_lists(x):
    return sum((k * v for k, v in enumerate(itertools.chain([1.0], x, [x[0], x[1]]))))


def chain_from(x):
    return sum(v for v in itertools.chain.from_iterable([[x[0], x[1]], [x[2]], x]))


def prod_mixed(x):
    return sum((a * b for a, b in itertools.product(x, [1.0, 2.0])))


def prod_str(x):
    w = {'a': 1.0, 'b': 2.0}
    return sum((v * w[k] for v, k in itertools.product(x, 'ab')))


def gridsearch(x):
    best = None
    for a, b in itertools.product([0.1, 0.5], [1.0, 2.0]):
        loss = np.sum((x - a * b) ** 2)
        if best is None or loss < best:
            best = loss
    return best


def zip3(x):
    return sum((a * b * c for a, b, c in zip(x, x[::-1], [3, 2, 1])))


def zip_short(x):
    return sum((a * b for a, b in zip(x, [1.0, 2.0])))


def zip_long(x):
    return sum((a * b for a, b in zip(x, [1.0, 2.0, 3.0, 4.0, 5.0])))


def zip_fn(x):
    return sum((f(v) for f, v in zip([np.sin, np.cos, np.exp], x)))


def zip_fn_short(x):
    return sum((f(v) for f, v in zip([np.sin, np.cos], x)))


def zip_rows(x):
    m = np.outer(x, x)
    return sum((np.sum(r) * w for r, w in zip(m, [1.0, 2.0, 3.0])))


def zip_names(x):
    s = 0.0
    for name, v in zip(['a', 'b', 'c'], x):
        if name == 'b':
            s += v ** 2
        else:
            s += v
    return s


def layers(x):
    ws = [np.outer(x, x), np.outer(x, x) * 0.5]
    bs = [x, x * 2]
    h = x
    for i, (w, b) in enumerate(zip(ws, bs)):
        h = np.tanh(w @ h + b)
    return np.sum(h)


def zl_none(x):
    s = 0.0
    for a, b in itertools.zip_longest(x, [1.0, 2.0]):
        s += a if b is None else a * b
    return s


def sort_desc(x):
    return sum(((k + 1) * v for k, v in enumerate(sorted(x, reverse=True))))


def sort_by_second(x):
    l = [(i, x[i]) for i in range(len(x))]
    l.sort(key=lambda t: t[1])
    return sum((k * v * (i + 1) for k, (i, v) in enumerate(l)))


def sort_tuple_key(x):
    l = [(i % 2, x[i]) for i in range(len(x))]
    return sum((k * v for k, (i, v) in enumerate(sorted(l))))


def sort_list_plus(x):
    return sum(sorted(x) + [5.0])


def sort_topk(x):
    return sum(sorted(x)[-2:])


def sort_zip(x):
    w = [0.5, 0.2, 0.9]
    return sum((k * a for k, (b, a) in enumerate(sorted(zip(w, x)))))


def median(x):
    s = sorted(x)
    n = len(s)
    return s[n // 2] ** 2


def reduce_none(x):
    return functools.reduce(lambda a, b: a * b + 1, [v ** 2 for v in x])


def any_gen(x):
    return x[0] * 2 if any(v > 0.8 for v in x if v < 1) else x[1]


def min_key_dist(x):
    pts = [0.1, 0.5, 0.9]
    return sum(min(pts, key=lambda q: abs(q - v)) * v for v in x)


def max_of_pairs(x):
    i, v = max(enumerate(x), key=lambda t: t[1])
    return v ** 2 * (i + 1)


def min_two_lists(x):
    return min(zip(x, [3.0, 1.0, 2.0]), key=lambda t: t[1])[0] ** 2


def filter_none(x):
    return sum(filter(None, [x[0], 0.0, x[1]]))


def gen_two_enum(x):

    def g():
        for v in x:
            yield (v * 2)
    s = 0.0
    for i, v in enumerate(g()):
        s += i * v
    return s


def gen_break(x):

    def g():
        k = 0
        while True:
            yield (x[k % 3] ** k)
            k += 1
    s = 0.0
    for v in g():
        if v < 0.05:
            break
        s += v
    return s


def gen_takewhile(x):

    def g():
        v = x[0]
        while True:
            yield v
            v = v * x[1]
    return sum(itertools.takewhile(lambda v: v > 0.01, g()))


PROGRAMS = [it_prod, it_comb, it_perm, it_chain, it_acc, it_acc_mul, it_pair, it_islice, it_islice2, it_repeat,
            it_cycle, it_cycle_zip, it_zl, it_takewhile, it_dropwhile, it_tee, it_compress, it_starmap, reduce_mul,
            reduce_lam, map_f, map_two, filt, list_map, sorted_key, sorted_arr, sorted_pairs, sorted_pairs_rt,
            sorted_idx, sorted_zip, sorted_abs, list_sort_rt, list_sort_key, max_key, max_idx, anyall, anylist,
            op_table, next_gen, next_iter, next_iter_rest, next_default, enum_start, zip_strict, zip_strict_arr,
            zip_arr_list, while_true_next, gen_for, gen_zip, gen_enum, gen_pairs, gen_fib, gen_islice,
            gen_yield_from, gen_unpack, gen_max, cur_loop_break, cur_range, cur_in_helper, cur_default_loop,
            cur_list_known, cur_zip_tail, cur_enumerate, cur_pairs, comb3, comb_wr, comb_idx, perm3, acc_func,
            acc_init, acc_max, acc_list, acc_zip, tw, isl_step, isl_start, isl_enum, isl_count, cyc_count, cyc_arr,
            rep_map, chain_lists, chain_from, prod_mixed, prod_str, gridsearch, zip3, zip_short, zip_long, zip_fn,
            zip_fn_short, zip_rows, zip_names, layers, zl_none, sort_desc, sort_by_second, sort_tuple_key,
            sort_list_plus, sort_topk, sort_zip, median, reduce_none, any_gen, min_key_dist, max_of_pairs,
            min_two_lists, filter_none, gen_two_enum, gen_break, gen_takewhile]


@pytest.mark.parametrize("fn", PROGRAMS, ids=lambda fn: fn.__name__)
def test_in_every_order(fn):
    check_orders(fn, X)


def test_next_at_the_end_raises_as_in_python():
    def f(x):
        it = iter([x[0]])
        next(it)
        return next(it)

    with pytest.raises(StopIteration):
        pb.grad(f)(X)


def test_zip_strict_raises_as_in_python():
    def f(x):
        return sum(a * b for a, b in zip(x, [1.0, 2.0], strict=True))

    with pytest.raises(ValueError, match="argument 2"):
        pb.grad(f)(X)


def test_an_array_that_is_shorter_than_the_functions_beside_it_is_refused_at_the_run():
    def f(x):
        return sum(g(v) for g, v in zip([np.sin, np.cos, np.exp, np.tan], x))

    with pytest.raises(UnsupportedError, match="an array of 3 elements"):
        pb.grad(f)(X)


def test_unpacking_a_generator_checks_the_length():
    def f(x):
        a, b = gen(x)
        return a * b

    with pytest.raises(ValueError, match="unpack"):
        pb.grad(f)(X)


def test_an_iterator_is_not_used_after_it_was_walked_beside_others():
    def f(x):
        it = iter(x)
        s = sum(a * b for a, b in zip(it, [1.0, 2.0]))
        return s * next(it)

    with pytest.raises(UnsupportedError, match="walked beside others"):
        pb.grad(f)(X)


def test_a_stored_generator_has_no_next():
    def f(x):
        g = gen(x)
        return next(g) * next(g)

    with pytest.raises(UnsupportedError, match="`next` of a generator"):
        pb.grad(f)(X)


def test_groupby_is_refused():
    def f(x):
        return sum(sum(g) for _, g in itertools.groupby(x, key=lambda v: v > 0.5))

    with pytest.raises(UnsupportedError, match="groupby"):
        pb.grad(f)(X)


def test_equals_stay_in_order_when_sorted_backwards():
    def f(x):
        s = sorted([x[0] * 1.0, x[1] * 1.0, x[2]], reverse=True)
        return s[0] * 3 + s[1] * 2 + s[2]

    assert pb.grad(f)(np.array([2.0, 2.0, 1.0])).tolist() == [3.0, 2.0, 1.0]
    assert pb.grad(f)(np.array([1.0, 2.0, 2.0])).tolist() == [1.0, 3.0, 2.0]


def test_a_function_that_takes_a_builtin_calls_that_builtin():
    """`reduce(max, x)` and `accumulate(x, max)` took the minimum: the builtin was told from the text of the call."""
    assert pb.grad(lambda x: functools.reduce(max, [x[0], x[1], x[2]]))(X).tolist() == [1.0, 0.0, 0.0]
    assert pb.grad(lambda x: sum(map(max, x, [0.5, 0.5, 0.5])))(X).tolist() == [1.0, 0.0, 1.0]


def test_a_list_read_at_a_place_of_the_run_hands_its_cotangents_on():
    """They were lost, without an error, where the list was known element by element."""
    def f(x):
        places = [x[0], x[1]]
        places.extend(x[2:] * 2)
        return places[int(x[0] * 2)] ** 2

    np.testing.assert_allclose(pb.grad(f)(X), [0.0, 0.7, 0.0], atol=1e-12)
