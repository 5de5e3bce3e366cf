"""Random programs: functions written as text, differentiated, compared with central differences.

A program is a list of statements over scalars, vectors of 3, matrices of 3 x 3, lists of numbers and dicts: nested
branches and loops, stores, views, aliases, helpers that change their arguments, swaps, `break` and `continue`. Its
operations are smooth and bounded; where two steps of the difference disagree (a branch flips between them), the program
is left out. A located refusal is an allowed outcome; refusals are counted.

What it does not see: kinks (left out on purpose), shapes that change, objects, dtypes other than float64.
"""

from __future__ import annotations

import copy
import linecache
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import pullback as pb
from pullback.compiler.lower import helpers, iteration, written_out
from pullback.runtime.errors import UnsupportedError

Pick = Callable[[Sequence[Any]], Any]  # chooses one of several

HELPERS = '''
def change(a, s):
    a[0] = a[0] * s + 0.5
    a *= 0.5
    return a[1]


def both(a, b):
    total = np.sin(a) + b
    return total, a * 0.5


def grow(values, s):
    values.append(s * 0.5)
    values[0] = values[0] + s


def early(s, n):
    for i in range(n):
        s = np.tanh(s) + 0.1 * i
        if s > 0.4:
            return s * 0.5
    return s + 0.1


def wave(a, b, s):
    t = np.sin(a * b) + s
    if t[0] > 0.2:
        t = t * b
    out = np.zeros(3)
    for i in range(3):
        out[i] = np.tanh(t[i] + a[2 - i])
    return out + both(t, b)[1]


def turn(m, a):
    r = np.tanh(m @ a)
    r[1:] += m[0, :2] * r[:-1]
    return np.where(r > 0.1, r * a, a)


def change_dict(d, s):
    d["p"] = d["p"] * 0.5 + s
    return d["q"]
'''


@dataclass
class Scope:
    """The names in scope, by what they hold; lists with the least length that they have."""

    kinds: dict[str, str] = field(default_factory=dict)
    least: dict[str, int] = field(default_factory=dict)
    index: list[str] = field(default_factory=list)
    loops: int = 0

    def names(self, kind: str) -> list[str]:
        return [n for n, k in self.kinds.items() if k == kind]

    def inner(self) -> Scope:
        return Scope(dict(self.kinds), dict(self.least), list(self.index), self.loops)


class Writer:
    """Writes one program."""

    def __init__(self, pick: Pick, size: int, routines: bool = False) -> None:
        self.pick = pick
        self.routines = routines  # call helpers that can be functions of the generated text
        self.left = size
        self.made = 0

    def program(self) -> str:
        scope = Scope({"x": "v", "A": "m", "c": "s"})
        lines = self.block(scope, self.left, "    ", 0)
        parts = []
        for name, kind in scope.kinds.items():
            parts.append({"s": name, "v": f"np.sum({name} ** 2)", "m": f"np.sum(np.sin({name}))", "l": f"sum({name})",
                          "d": f"{name}['p'] * {name}['q']"}[kind])
        return f"{HELPERS}\n\ndef f(x, A, c):\n" + "\n".join(lines) + f"\n    return {' + '.join(parts)}\n"

    def block(self, scope: Scope, size: int, indent: str, depth: int) -> list[str]:
        lines: list[str] = []
        count = size if not depth else self.pick(range(1, max(2, size)))
        for _ in range(count):
            if self.left <= 0:
                break
            self.left -= 1
            lines += [indent + line for line in self.statement(scope, depth)]
        return lines or [indent + "pass"]

    # --- expressions ----------------------------------------------------------------------------------------------

    def scalar(self, scope: Scope, depth: int = 2) -> str:
        options = ["name", "name", "constant", "element"]
        if depth > 0:
            options += ["product", "sum", "unary", "reduce", "quotient", "choice"]
        if scope.names("l"):
            options += ["item", "total"]
        if scope.names("d"):
            options.append("entry")
        how = self.pick(options)
        inner = depth - 1
        if how == "name":
            return str(self.pick(scope.names("s")))
        if how == "constant":
            return str(self.pick(["0.5", "1.0", "-0.3", "2.0"]))
        if how == "element":
            return f"{self.pick(scope.names('v'))}[{self.position(scope)}]"
        if how == "item":
            name = self.pick(scope.names("l"))
            return f"{name}[{self.pick(['0', '-1'])}]" if scope.least[name] else f"len({name})"
        if how == "total":
            return f"np.sum(np.array({self.pick(scope.names('l'))}))"
        if how == "entry":
            return str(self.pick(scope.names("d"))) + str(self.pick(['["p"]', '["q"]']))
        if how == "product":
            return f"{self.scalar(scope, inner)} * {self.scalar(scope, 0)}"
        if how == "sum":
            return f"({self.scalar(scope, inner)} {self.pick('+-')} {self.scalar(scope, inner)})"
        if how == "unary":
            return f"{self.pick(['np.sin', 'np.tanh', 'math.cos'])}({self.scalar(scope, inner)})"
        if how == "quotient":
            return f"{self.scalar(scope, 0)} / (2.5 + np.sin({self.scalar(scope, inner)}))"
        if how == "choice":
            return f"({self.scalar(scope, inner)} if {self.test(scope)} else {self.scalar(scope, inner)})"
        return str(self.pick([f"np.sum({self.vector(scope, inner)})", f"np.mean({self.matrix(scope, inner)})",
                              f"np.dot({self.vector(scope, 0)}, {self.vector(scope, inner)})",
                              f"np.max({self.vector(scope, 0)})"]))

    def vector(self, scope: Scope, depth: int = 2) -> str:
        options = ["name", "name"] if depth <= 0 else ["name", "row", "sum", "product", "unary", "scaled", "matvec",
                                                       "reduce", "where", "made", "roll"]
        how = self.pick(options)
        inner = depth - 1
        if how == "name":
            return str(self.pick(scope.names("v")))
        if how == "row":
            return str(self.pick(["{}[{}]", "{}[:, {}]", "{}.T[{}]"])).format(self.pick(scope.names("m")),
                                                                              self.position(scope))
        if how == "sum":
            return f"({self.vector(scope, inner)} {self.pick('+-')} {self.vector(scope, inner)})"
        if how == "product":
            return f"{self.vector(scope, inner)} * {self.vector(scope, 0)}"
        if how == "unary":
            return f"{self.pick(['np.sin', 'np.tanh', 'np.cumsum', 'np.sort'])}({self.vector(scope, inner)})"
        if how == "scaled":
            return f"{self.scalar(scope, 0)} * {self.vector(scope, inner)}"
        if how == "matvec":
            return f"({self.matrix(scope, 0)} @ {self.vector(scope, 0)}) * 0.3"
        if how == "reduce":
            return f"{self.pick(['np.mean', 'np.sum'])}({self.matrix(scope, inner)}, axis={self.pick('01')})"
        if how == "where":
            return f"np.where({self.vector(scope, 0)} > 0.1, {self.vector(scope, inner)}, {self.scalar(scope, 0)})"
        if how == "made":
            parts = ", ".join(self.scalar(scope, inner) for _ in range(3))
            return f"np.array([{parts}])"
        return f"np.roll({self.vector(scope, 0)}, 1)"

    def matrix(self, scope: Scope, depth: int = 1) -> str:
        name = self.pick(scope.names("m"))
        how = self.pick(["name"] if depth <= 0 else ["name", "outer", "sum", "unary", "transpose", "product", "stack"])
        if how == "name":
            return str(name)
        if how == "outer":
            return f"np.outer({self.vector(scope, 0)}, {self.vector(scope, 0)})"
        if how == "sum":
            return f"({name} + {self.vector(scope, 0)})"
        if how == "unary":
            return f"np.tanh({self.matrix(scope, depth - 1)})"
        if how == "transpose":
            return f"{name}.T * 0.5"
        if how == "product":
            return f"np.tanh({name} @ {self.matrix(scope, 0)})"
        return f"np.stack([{self.vector(scope, 0)}, {self.vector(scope, 0)}, {self.vector(scope, 0)}])"

    def position(self, scope: Scope) -> str:
        return str(self.pick(["0", "1", "2", "-1", *scope.index]))

    def test(self, scope: Scope) -> str:
        options = [f"{self.scalar(scope, 0)} > {self.pick(['0.2', '-0.4', 'c'])}"]
        options += [f"{i} {self.pick(['> 0', '== 1', '% 2 == 0'])}" for i in scope.index[-1:]]
        return str(self.pick(options))

    # --- statements -----------------------------------------------------------------------------------------------

    def fresh(self, scope: Scope, kind: str) -> str:
        """A name to bind: one that holds this kind already, or a new one."""
        known = [n for n in scope.names(kind) if n not in scope.index]
        if known and self.pick([True, False]):
            return str(self.pick(known))
        self.made += 1
        return f"{kind}{self.made}"

    def statement(self, scope: Scope, depth: int) -> list[str]:
        options = ["scalar", "vector", "matrix", "augment", "store", "view", "swap", "helper", "list", "dict"]
        if scope.names("l"):
            options += ["append", "append", "item"]
        if scope.names("d"):
            options += ["entry"]
        if depth:
            options += ["rebind", "rebind"]
        if depth < 2:
            options += ["if", "if", "for", "for", "while", "walk"]
        return getattr(self, f"write_{self.pick(options)}")(scope, depth)  # type: ignore[no-any-return]

    def bind(self, scope: Scope, kind: str, text: str) -> list[str]:
        name = self.fresh(scope, kind)
        scope.kinds[name] = kind
        return [f"{name} = {text}"]

    def write_scalar(self, scope: Scope, depth: int) -> list[str]:
        return self.bind(scope, "s", self.scalar(scope))

    def write_vector(self, scope: Scope, depth: int) -> list[str]:
        return self.bind(scope, "v", self.vector(scope))

    def write_matrix(self, scope: Scope, depth: int) -> list[str]:
        return self.bind(scope, "m", self.matrix(scope))

    def write_augment(self, scope: Scope, depth: int) -> list[str]:
        kind = self.pick("svm")
        value = {"s": self.scalar, "v": self.vector, "m": self.matrix}[kind](scope, 1)
        return [f"{self.pick(scope.names(kind))} {self.pick(['+=', '-=', '*='])} {value}"]

    def write_store(self, scope: Scope, depth: int) -> list[str]:
        v, m, i = self.pick(scope.names("v")), self.pick(scope.names("m")), self.position(scope)
        return [str(self.pick([
            f"{v}[{i}] = {self.scalar(scope, 1)}", f"{v}[{i}] {self.pick(['+=', '*='])} {self.scalar(scope, 1)}",
            f"{v}[1:] = {v}[:-1]", f"{v}[:2] = {self.scalar(scope, 0)}", f"{v}[[0, 1]] = {v}[[1, 0]]",
            f"{v}[{v} > 0.3] = {self.scalar(scope, 0)}", f"{v}[:] = {self.vector(scope, 1)}",
            f"{m}[{i}] = {self.vector(scope, 1)}", f"{m}[:, {i}] *= {self.scalar(scope, 0)}",
            f"{m}[{i}, {self.position(scope)}] = {self.scalar(scope, 1)}", f"{m}[1:, 1:] += {self.scalar(scope, 0)}"]))]

    def write_view(self, scope: Scope, depth: int) -> list[str]:
        m = self.pick(scope.names("m"))
        source = self.pick([self.pick(scope.names("v")), f"{m}[{self.position(scope)}]", f"{m}[:, 1]",
                            f"{self.pick(scope.names('v'))}[::-1]", f"{m}.T[0]"])
        return self.bind(scope, "v", source)

    def write_swap(self, scope: Scope, depth: int) -> list[str]:
        names = scope.names(self.pick("sv"))
        a, b = self.pick(names), self.pick(names)
        return [f"{a}, {b} = {b}, {a}"]

    def write_rebind(self, scope: Scope, depth: int) -> list[str]:
        """A name of an array gets another one, in some trips or in all; often one of them is stored into then."""
        kind = self.pick("vvm")
        names = scope.names(kind)
        a, b, c = self.pick(names), self.pick(names), self.pick(names)
        test = self.test(scope)
        lines = list(self.pick([
            [f"{a} = {b}"], [f"if {test}:", f"    {a} = {b}"], [f"{a} = {b} if {test} else {c}"],
            [f"{a}, {b}, {c} = {b}, {c}, {a}"], [f"if {test}:", f"    {a}, {b} = {b}, {a}"],
            [f"if {test}:", f"    {a} = {b} * 0.5", "else:", f"    {a} = {c}"],
            [f"{a} = {b}[::-1] if {test} else {a}"], [f"{a} = ({b}, {c})[{self.pick('01')}]"]]))
        if self.pick([True, False]):
            lines += [f"{self.pick([a, b])}[{self.position(scope)}] {self.pick(['=', '+=', '*='])} {self.scalar(scope, 0)}"]
        return lines

    def write_helper(self, scope: Scope, depth: int) -> list[str]:
        v, s = self.pick(scope.names("v")), self.scalar(scope, 1)
        if self.routines and self.pick([True, False]):
            call = self.pick([f"wave({v}, {self.vector(scope, 1)}, {s})", f"turn({self.matrix(scope)}, {v})"])
            return self.bind(scope, "v", call)
        options = [f"change({v}, {s})", f"early({s}, 3)"]
        if scope.names("l"):
            name = self.pick(scope.names("l"))
            if scope.least[name]:
                return [f"grow({name}, {s})"]
        if scope.names("d"):
            options.append(f"change_dict({self.pick(scope.names('d'))}, {s})")
        if self.pick([True, False]):
            return self.bind(scope, "s", self.pick(options))
        a, b = self.fresh(scope, "s"), self.fresh(scope, "v")
        text = f"{a}, {b} = both({s}, {self.scalar(scope, 0)})[0], both({self.vector(scope, 0)}, {v})[1]"
        scope.kinds.update({a: "s", b: "v"})
        return [text]

    def write_list(self, scope: Scope, depth: int) -> list[str]:
        self.made += 1
        name = f"l{self.made}"
        how = self.pick(["empty", "two", "comprehension", "filtered"])
        text = {"empty": "[]", "two": f"[{self.scalar(scope, 1)}, {self.scalar(scope, 0)}]",
                "comprehension": f"[v * {self.scalar(scope, 0)} for v in {self.vector(scope, 0)}]",
                "filtered": f"[v for v in {self.vector(scope, 0)} if v > 0.1]"}[how]
        scope.kinds[name] = "l"
        scope.least[name] = {"empty": 0, "two": 2, "comprehension": 3, "filtered": 0}[how]
        return [f"{name} = {text}"]

    def write_append(self, scope: Scope, depth: int) -> list[str]:
        name, value = self.pick(scope.names("l")), self.scalar(scope, 1)
        if self.pick([0, 0, 1]) and scope.least[name] > 1 and not depth:
            scope.least[name] -= 1
            return self.bind(scope, "s", f"{name}.pop()")
        if not depth:
            scope.least[name] += 1
        return [str(self.pick([f"{name}.append({value})", f"{name} += [{value}]", f"{name}.append({value})"]))]

    def write_item(self, scope: Scope, depth: int) -> list[str]:
        name = self.pick(scope.names("l"))
        if not scope.least[name]:
            return [f"{name}.append({self.scalar(scope, 1)})"]
        return [f"{name}[{self.pick(['0', '-1'])}] {self.pick(['=', '+='])} {self.scalar(scope, 1)}"]

    def write_dict(self, scope: Scope, depth: int) -> list[str]:
        return self.bind(scope, "d", f'{{"p": {self.scalar(scope, 1)}, "q": {self.scalar(scope, 0)}}}')

    def write_entry(self, scope: Scope, depth: int) -> list[str]:
        key = self.pick(['"p"', '"q"'])
        return [f"{self.pick(scope.names('d'))}[{key}] {self.pick(['=', '+=', '*='])} {self.scalar(scope, 1)}"]

    def write_if(self, scope: Scope, depth: int) -> list[str]:
        test = self.test(scope)
        lines = [f"if {test}:", *self.block(scope.inner(), 3, "    ", depth + 1)]
        if self.pick([True, True, False]):
            lines += ["else:", *self.block(scope.inner(), 3, "    ", depth + 1)]
        return lines

    def write_for(self, scope: Scope, depth: int) -> list[str]:
        inner = scope.inner()
        self.made += 1
        i = f"i{self.made}"
        inner.index.append(i)
        bounds = self.pick(["3", "1, 3", "2, -1, -1", "len(x)", "0"])
        return [f"for {i} in range({bounds}):", *self.loop_body(inner, depth)]

    def loop_body(self, inner: Scope, depth: int) -> list[str]:
        lines = self.block(inner, 4, "    ", depth + 1)
        end = self.pick(["", "", "break", "continue"])
        if end:
            lines += [f"    if {self.test(inner)}:", f"        {end}", *self.block(inner, 2, "    ", depth + 1)]
        return lines

    def write_walk(self, scope: Scope, depth: int) -> list[str]:
        inner = scope.inner()
        self.made += 1
        name = f"s{self.made}"
        over = self.pick([f"{self.vector(scope, 1)}", f"zip({self.vector(scope, 0)}, {self.vector(scope, 0)})",
                          *(f"list({n})" for n in scope.names("l"))])
        target = f"{name}, {name}b" if over.startswith("zip") else name
        inner.kinds[name] = "s"
        return [f"for {target} in {over}:", *self.loop_body(inner, depth)]

    def write_while(self, scope: Scope, depth: int) -> list[str]:
        self.made += 1
        k = f"k{self.made}"
        inner = scope.inner()
        inner.index.append(k)
        return [f"{k} = 0", f"while {k} < {self.pick('123')}:", *self.block(inner, 3, "    ", depth + 1),
                f"    {k} += 1"]


# --- running one ------------------------------------------------------------------------------------------------------

SERIAL = [0]


def load(source: str) -> Any:
    """The function of a program, with its text where inspect finds it."""
    SERIAL[0] += 1
    filename = f"<random program {SERIAL[0]}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    namespace: dict[str, Any] = {"np": np, "math": __import__("math"), "__name__": "random_program"}
    exec(compile(source, filename, "exec"), namespace)
    return namespace["f"]


def arguments() -> list[Any]:
    rng = np.random.default_rng(7)
    return [rng.uniform(-1, 1, 3), rng.uniform(-1, 1, (3, 3)), 0.37]


def _with_copies(source: str) -> str:
    """The program with the value of each store copied first.

    NumPy 2.4 does not do so where a vector is stored over one that it overlaps with another stride (`a[1] = a.T[2]`
    reads an element that it has just written), against its own documentation. pullback stores what the value was.
    """
    return re.sub(r"^( *\w+\[[^=]*\]) = (.*)$", r"\1 = np.array(\2)", source, flags=re.MULTILINE)


def _value_with_copies(source: str, args: list[Any], value: float) -> float:
    """The value of the program whose stores copy; `value` where an array cannot stand for what is stored in a list."""
    try:
        return float(load(_with_copies(source))(*copy.deepcopy(args)))
    except (TypeError, ValueError):
        return value


def outcome(source: str) -> str:
    """ok, refused, or left out (why); raises AssertionError with the program where it is wrong."""
    f = load(source)
    args = arguments()
    try:
        with np.errstate(all="raise"):
            value = float(f(*copy.deepcopy(args)))
    except (ArithmeticError, OverflowError):
        return "left out: overflows"
    if not np.isfinite(value) or abs(value) > 1e4:
        return "left out: large"
    if value != _value_with_copies(source, args, value):
        return "left out: NumPy copies an overlap element by element"
    before = copy.deepcopy(args)
    try:
        made = pb.value_and_grad(f, wrt=(0, 1, 2))
        got, gradients = made(*args)
    except UnsupportedError as error:
        assert error.where is not None, f"a refusal without a place: {error}\n{source}"
        return "refused: " + str(error).splitlines()[0].split("Error: ", 1)[-1]
    except Exception as error:
        raise AssertionError(f"{type(error).__name__}: {error}\n{source}") from error
    for old, new in zip(before, args, strict=True):
        assert np.array_equal(old, new), f"an argument changed\n{source}"
    assert np.isclose(got, value, rtol=1e-9, atol=1e-9), f"value {got}, expected {value}\n{source}\n{made.source}"
    return compare(f, before, gradients, source, made)


def compare(f: Any, args: list[Any], gradients: Any, source: str, made: Any) -> str:
    rng = np.random.default_rng(3)
    for _ in range(3):
        direction = [rng.uniform(-1, 1, np.shape(a)) for a in args]
        slopes = []
        for step in (1e-5, 2e-6):
            ends = [float(f(*[_moved(a, d, sign * step) for a, d in zip(args, direction, strict=True)]))
                    for sign in (1, -1)]
            slopes.append((ends[0] - ends[1]) / (2 * step))
        scale = 1.0 + abs(slopes[0])
        if abs(slopes[0] - slopes[1]) > 1e-6 * scale:
            return "left out: steps disagree"
        slope = sum(float(np.sum(g * d)) for g, d in zip(gradients, direction, strict=True))
        assert abs(slope - slopes[0]) < 1e-5 * scale, (
            f"slope {slope}, expected {slopes[0]}\n{source}\n{made.source}")
    return "ok"


def _moved(value: Any, direction: Any, step: float) -> Any:
    return value + step * direction if isinstance(value, np.ndarray) else float(value + step * direction)


def main(count: int, seed: int = 0, routines: bool = False, loops: bool = False) -> int:
    """Run `count` programs; print each that is wrong, and the counts.

    routines : every helper that can be a function of the generated text is one, however small
    loops    : no loop is written out trip by trip, so that each is carried (and linked) as a long one is
    """
    if loops:
        written_out.MOST_TRIPS = iteration.MAX_TRIPS = 0
    if routines:
        helpers.SMALL = helpers.SAVED = -1
    found: Counter[str] = Counter()
    wrong = 0
    for number in range(seed, seed + count):
        if number % 100 == 0 and number > seed:
            print(f"{number - seed} programs: {sum(found.values())} right or refused, {wrong} wrong", flush=True)
        rng = random.Random(number)
        source = Writer(rng.choice, 4 + number % 14, routines).program()
        try:
            found[outcome(source)] += 1
        except AssertionError as error:
            wrong += 1
            print(f"--- program {number}\n{str(error).replace(HELPERS, '')}\n", flush=True)
    for what, times in found.most_common():
        print(f"{times:6d}  {what}")
    print(f"{wrong:6d}  wrong")
    return wrong


if __name__ == "__main__":
    numbers = [int(a) for a in sys.argv[1:] if not a.startswith("--")]
    sys.exit(bool(main(*numbers, routines="--routines" in sys.argv, loops="--loops" in sys.argv)))
