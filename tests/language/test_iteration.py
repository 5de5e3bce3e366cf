"""What a `for`, a comprehension or a consumer may walk over."""

import functools
import itertools
import operator

import numpy as np
import pytest

import pullback as pb

from .checker import check, program, refused

X = np.array([0.5, 1.5, -2.0])
M = np.arange(6.0).reshape(2, 3) + 0.5


@program(X)
def test_ranges_that_run_down(x):
    s = 0.0
    for i in range(2, -1, -1):
        s = s * 2 + x[i]
    for i in range(len(x) - 1, -1, -2):
        s = s * 2 + x[i]
    return s


@program(X)
def test_dicts(x):
    d = {"a": x[0], "b": x[1]}
    s = 0.0
    for k, v in d.items():
        s += v**2 * len(k)
    for k in d:
        s += d[k]
    for v in d.values():
        s *= v
    for k in d.keys():
        s += d[k] * 2
    return s


SIZES = {"first": 0, "second": 1}


@program(X)
def test_captured_dicts(x):
    s = 0.0
    for name, i in SIZES.items():
        s += x[i] ** 2 * len(name)
    for name in SIZES:
        s *= x[SIZES[name]]
    return s * len(SIZES)


def test_a_captured_dict_that_grows_is_seen():
    sizes = {"a": 2.0}

    def f(x):
        return sum(v * x for v in sizes.values())

    assert pb.grad(f)(1.0) == 2.0
    gradient = pb.grad(f)
    gradient(1.0)
    sizes["b"] = 5.0
    assert gradient(1.0) == 7.0


@program(X)
def test_zip_and_enumerate(x):
    s = 0.0
    for a, b, i in zip(x, x[::-1], range(3)):
        s += a * b * i
    for i, v in enumerate(x, start=1):
        s += v * i
    for i, (a, b) in enumerate(zip([x[0], x[1]], (2.0, 3.0)), 2):
        s *= a + b * i
    for n, v in zip(itertools.count(1), [x[0], x[1]]):
        s += v * n
    return s


@program(X)
def test_reversed_and_sorted(x):
    s = 0.0
    for v in reversed(x):
        s = s * 2 + v
    for i, v in reversed(list(enumerate([x[0], x[1]]))):
        s = s * 2 + v * i
    for k in sorted([3.0, 1.0, 2.0], reverse=True):
        s = s * 2 + x[0] * k
    for k in sorted({"bb": 1, "a": 2}, key=len):
        s += x[1] * len(k)
    a, b, c = sorted([x[0], x[1], x[2]])
    return s + a + 2 * b + 3 * c


@program(X)
def test_strings_and_sets_of_keys(x):
    d = {"a": x[0], "b": x[1]}
    s = 0.0
    for c in "ab":
        s = s * 2 + d[c]
    for k in sorted({i % 2 for i in range(4)}):
        s += x[k]
    return s + sum({k: x[k] ** 2 for k in range(3)}.values())


@program(1.5)
def test_count_with_break(x):
    s = x
    for i in itertools.count():
        s += x**i
        if i > 3:
            break
    for j in itertools.count(1, 2):
        s = s * x
        if s > 500:
            break
    return s * j


@program(X)
def test_itertools(x):
    s = 0.0
    for i, j in itertools.product(range(3), range(2)):
        s += x[i] * x[j]
    for i, j in itertools.combinations(range(3), 2):
        s += x[i] * x[j]
    for i in itertools.chain(range(2), [2]):
        s *= x[i]
    for v in itertools.repeat(x[0], 2):
        s += v
    for i in itertools.islice(range(10), 3):
        s += x[i]
    for a, b in itertools.pairwise([x[0], x[1], x[2]]):
        s += a * b
    for a, b in itertools.pairwise(x):
        s += a * b**2
    for a in itertools.accumulate([x[0], x[1], x[2]]):
        s += a**2
    for a in itertools.accumulate([x[0], x[1]], operator.mul, initial=2.0):
        s += a
    for v in itertools.starmap(lambda a, b: a * b, [(x[0], x[1]), (x[1], x[2])]):
        s += v
    return s


@program(X)
def test_product_over_arrays(x):
    s = 0.0
    for a, b in itertools.product(x, repeat=2):
        s += a * b**2
    return s


@program(X)
def test_map_filter_reduce(x):
    s = sum(map(lambda v: v**2, [x[0], x[1]]))
    for v in map(lambda a, b: a * b, [x[0], x[1]], [x[1], x[2]]):
        s += v
    for v in map(np.sin, x):
        s += v
    for i in filter(lambda i: i % 2 == 0, range(3)):
        s += x[i]
    for v in filter(lambda v: v > 0, x):
        s += v**2
    s += functools.reduce(lambda a, b: a * b, [x[0], x[1], x[2]], 2.0)
    return s + functools.reduce(lambda a, b: a * b, x) + functools.reduce(operator.add, [x[0], x[1]])


@program(M)
def test_ndindex_and_ndenumerate(x):
    s = 0.0
    for i, j in np.ndindex(2, 3):
        s += x[i, j] ** 2 * i
    for index in np.ndindex(x.shape):
        s += x[index]
    for (i, j), v in np.ndenumerate(x):
        s += v**2 * i * j
    return s


# --- comprehensions and generators ----------------------------------------------------------------------------------

@program(X)
def test_generator_expressions_over_arrays(x):
    a = sum(v**2 for v in x if v > 0)
    b = max(v**2 for v in x)
    c = min((v * 2 for v in x), default=0.0)
    d = sum((x[i] * x[j] for i in range(len(x)) for j in range(i)), x[0])
    return a * b + c * d


@program(X)
def test_generator_expressions_of_known_length(x):
    values = tuple(x[i] * 2 for i in range(3))
    pairs = dict((k, v) for k, v in zip("ab", values))
    return sum(x[i] * x[j] for i in range(3) for j in range(i)) * pairs["b"] + values[2]


@program(X)
def test_any_and_all(x):
    s = x[0]
    if any(v > 1 for v in x):
        s = s * x[1]
    if all(x[i] > 1 for i in range(3)):
        s = s * 100.0
    if not all(v < 1 for v in x):
        s = s * x[2]
    return s


@program(X)
def test_next_of_a_generator(x):
    first = next(v for v in x if v > 1)
    none = next((v for v in x if v > 100), 3.0)
    return first**2 * none


@program(X)
def test_max_with_key(x):
    return max([x[0], x[1]], key=lambda v: -v) * min(x[0], x[2], key=abs) + max(x, key=lambda v: v * v)


def test_any_stops_at_the_first():
    seen = []

    def f(x):
        if any(print(i) or v > 1 for i, v in enumerate(x)):
            return np.sum(x**2)
        return x[0]

    import contextlib
    import io

    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        pb.grad(f)(X)
    assert out.getvalue() == "0\n1\n"
    assert not seen


@program(X)
def test_stored_generators(x):
    squares = (v * v for v in x)
    doubled = map(lambda v: 2 * v, squares)
    return sum(doubled)


def test_a_generator_that_is_used_twice_is_refused():
    def f(x):
        squares = (v * v for v in x)
        return sum(squares) + sum(squares)

    refused(f, X, match="used twice", line=2)

    def g(x):
        squares = (v * v for v in x)
        s = 0.0
        for _ in range(2):
            s += sum(squares)
        return s

    refused(g, X, match="used twice", line=4)


@program(X)
def test_generator_functions(x):
    def squares(n):
        for i in range(n):
            yield x[i] ** 2

    def both(values):
        yield values[0]
        yield from squares(2)
        yield from values

    s = 0.0
    for v in squares(len(x)):
        s += v
    for i, v in zip(range(2), [1.0, 2.0]):
        s *= v + i
    for v in both(x):
        s = s * 2 + v
    return s + sum(squares(2))


def steps(x, limit):
    """A generator function that only its consumer ends."""
    while True:
        yield x
        x = x * x
        if x > limit:
            return


@program(1.5)
def test_break_out_of_a_generator(x):
    s = 0.0
    for v in steps(x, 1e6):
        s += v
        if v > 5:
            break
    for v in steps(x, 1e3):
        s *= v
    return s


def naturals():
    n = 0
    while True:
        yield n
        n += 1


@program(1.5)
def test_endless_generator(x):
    s = 0.0
    for n in naturals():
        s += x**n
        if n == 4:
            break
    return s


def test_a_generator_stops_at_the_break():
    def chatty():
        for i in range(5):
            print("before", i)
            yield i
            print("after", i)
        print("end")

    def f(x):
        s = 0.0
        for i in chatty():
            s += x * i
            if i == 1:
                break
        return s

    import contextlib
    import io

    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        assert pb.grad(f)(2.0) == 1.0
    assert out.getvalue().split("\n")[:-1] == ["before 0", "after 0", "before 1"]


class Tree:
    def __init__(self, values):
        self.values = values

    def __iter__(self):
        for v in self.values:
            yield v * 2.0

    def __len__(self):
        return len(self.values)

    def __getitem__(self, i):
        return self.values[i]

    def __contains__(self, v):
        return v in self.values


tree = Tree([1.0, 2.0])


@program(1.5)
def test_objects_that_iterate(x):
    s = 0.0
    for v in tree:
        s += x * v
    if 2.0 in tree and 7.0 not in tree:
        s *= tree[1] * len(tree)
    a, b = tree
    return s * x + a * b * x


def test_refusals():
    def nditer(x):
        return sum(v for v in np.nditer(x))

    def forever(x):
        for i in itertools.count():
            x = x * i
        return x

    def top(x):
        yield x

    refused(nditer, X, match="nditer", line=1)
    refused(forever, 1.0, match="without `break`", line=1)
    refused(top, 1.0, match="generator", line=1)


@pytest.mark.parametrize("n", [0, 1, 4])
def test_empty_iterables(n):
    def f(x, n):
        total = sum((x * i for i in range(n)), x)
        return total + max((x * i for i in range(n)), default=x)

    check(f, 1.5, n)

    def g(x, n):
        return max(x * i for i in range(n))

    if n == 0:
        with pytest.raises(ValueError, match="empty"):
            pb.grad(g)(1.5, n)
