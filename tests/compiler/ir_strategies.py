"""Random well-formed IR functions, and the primitives they are made of.

Values are Python floats, small ints, bools and float64 arrays of length 3; every primitive is total on them and
loops make at most 4 trips, so each function runs. Not drawn: recursion, variadic parameters.
"""

import operator
from dataclasses import dataclass, field

import numpy as np
from hypothesis import strategies as st

from pullback.compiler import ir
from pullback.compiler.domains.kinds import (
    B1,
    C16,
    F8,
    I8,
    PY_BOOL,
    PY_FLOAT,
    PY_INT,
    UNKNOWN,
    Array,
    Kind,
    Known,
    ListOf,
    Scalar,
    Struct,
    Sym,
    TapeOf,
    TupleOf,
    covers,
    kind_of,
)


def _pair(x):
    return x, -x


def _mention(x, known, *, key=None):
    return x


def _observe(*values):
    return None


ADD = ir.Primitive("operator.add", operator.add, "operator")
MUL = ir.Primitive("operator.mul", operator.mul, "operator")
LT = ir.Primitive("operator.lt", operator.lt, "compare")
SUM = ir.Primitive("numpy.sum", np.sum)
SCALE = ir.Primitive("numpy.multiply", np.multiply)
PAIR = ir.Primitive("test.pair", _pair)
MENTION = ir.Primitive("a [b]", _mention)  # a name that needs its backticks
OBSERVE = ir.Primitive("test.observe", _observe, pure=False)
PRIMITIVES = {prim.name: prim for prim in (ADD, MUL, LT, SUM, SCALE, PAIR, MENTION, OBSERVE)}

LENGTH = Sym(one=False)
VECTOR = Array(F8, (LENGTH,))
KINDS = {  # by category of values: what a variable of it may be known to be, the last is the least known
    "float": (PY_FLOAT, Scalar(F8), Scalar(None), UNKNOWN),
    "int": (PY_INT, Scalar(PY_INT.dtype), UNKNOWN),
    "bool": (PY_BOOL, Scalar(B1), UNKNOWN),
    "array": (VECTOR, Array(F8, (Sym(),)), Array(None, (LENGTH,)), Array(F8, None), UNKNOWN),
    "maybe": (UNKNOWN,),  # may be undefined, so that it is handed on but never read
}
READABLE = ("float", "int", "bool", "array")

CLASSES = [str, type(None), slice, list, np.dtype, type(len), type(...), np.dtypes.Float64DType]
OBJECTS = [np.exp, np.sum, np.linalg.norm, np.float64, np.add.at, len, float, operator.add, np, np.linalg]

dims = st.one_of(st.integers(0, 9), st.builds(Sym, st.integers(0, 5), st.booleans()))
dtypes = st.sampled_from([np.dtype(each) for each in ("f8", "f4", "i8", "u1", "?", "c16", ">f8")])
kinds = st.recursive(
    st.one_of(
        st.just(UNKNOWN),
        st.builds(Scalar, st.none() | dtypes, st.just(False), st.none() | dims),
        st.builds(Scalar, st.sampled_from([None, F8, I8, B1, C16]), st.just(True), st.none() | dims),
        st.builds(Array, st.none() | dtypes, st.none() | st.lists(dims, max_size=3).map(tuple)),
        st.builds(Known, st.sampled_from(CLASSES)),
        st.builds(Struct, st.sampled_from([list, dict, np.ndarray])),
    ),
    lambda inner: st.one_of(
        st.builds(TupleOf, st.lists(inner, max_size=3).map(tuple), st.sampled_from([tuple, list])),
        st.builds(ListOf, inner),
        st.builds(TapeOf, inner),
    ),
    max_leaves=5,
)

_scalars = st.one_of(
    st.none(), st.just(...), st.booleans(), st.integers(), st.floats(), st.complex_numbers(), st.text(), st.binary(),
    st.floats(width=32).map(np.float32), st.integers(0, 255).map(np.uint8), st.booleans().map(np.bool_), dtypes,
    st.sampled_from(OBJECTS),
)
literals = st.recursive(  # every value that the text prints and reads back without help
    _scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(tuple),
        st.builds(slice, st.none() | st.integers(), st.none() | st.integers(), st.none() | st.integers()),
    ),
    max_leaves=4,
)

Scope = dict[str, list[ir.Var]]


def copy_scope(scope: Scope) -> Scope:
    return {category: list(held) for category, held in scope.items()}


@dataclass
class Builder:
    """Draws one function. A scope lists the variables that may be read at a place, by category."""

    draw: st.DrawFn
    helpers: list[ir.Function] = field(default_factory=list)

    def var(self, category: str, kind: Kind | None = None) -> ir.Var:
        name = self.draw(st.sampled_from(["", "x", "y", "x2", "loss", "t"]))
        return ir.Var(name, self.kind(category) if kind is None else kind)

    def kind(self, category: str) -> Kind:
        return self.draw(st.sampled_from(KINDS[category]))

    def atom(self, scope: Scope, category: str, kind: Kind = UNKNOWN) -> ir.Atom:
        """An atom of a category that `kind` covers: a variable of the scope or a literal."""
        choices: list[ir.Atom] = [var for var in scope[category] if type(var.kind) is Kind or covers(kind, var.kind)]
        makers = {"float": st.floats(-4, 4), "int": st.integers(-3, 3), "bool": st.booleans()}
        if category in makers:
            literal = ir.Lit(self.draw(makers[category]))
            choices += [literal] if covers(kind, kind_of(literal.value)) else []
        if category == "maybe":
            choices.append(ir.Lit(ir.Undefined))
        if not choices:
            choices.append(ir.Lit(np.float64(1.5)))
        return self.draw(st.sampled_from(choices))

    def block(self, scope: Scope, depth: int) -> ir.Block:
        return tuple([self.stmt(scope, depth) for _ in range(self.draw(st.integers(0, 3)))])

    def stmt(self, scope: Scope, depth: int) -> ir.Stmt:
        makers = [self.call, self.call, self.effect]
        if self.helpers:
            makers.append(self.apply)
        if depth < 2:
            makers += [lambda s: self.if_(s, depth), lambda s: self.for_(s, depth), lambda s: self.while_(s, depth)]
        return self.draw(st.sampled_from(makers))(scope)

    def call(self, scope: Scope) -> ir.Call:
        what = self.draw(st.sampled_from(["float", "int", "bool", "array", "sum", "pair", "mention"]))
        if what == "pair":
            pair = ir.Call((self.var("float"), self.var("float")), PAIR, (self.atom(scope, "float"),))
            scope["float"] += pair.outs
            return pair
        category = {"sum": "float", "mention": "float"}.get(what, what)
        if what == "array":
            prim, args = SCALE, (scope["array"][-1], self.atom(scope, "float"))
        elif what == "sum":
            prim, args = SUM, (self.draw(st.sampled_from(scope["array"])),)
        elif what == "bool":
            prim, args = LT, (self.atom(scope, "float"), self.atom(scope, "int"))
        elif what == "mention":
            prim, args = MENTION, (self.atom(scope, "float"), ir.Lit(self.draw(literals)))
        else:
            prim = self.draw(st.sampled_from([ADD, MUL])) if what == "float" else ADD
            args = (self.atom(scope, what), self.atom(scope, what))
        kwargs = {"sum": (("axis", ir.Lit(0)),), "mention": (("key", self.atom(scope, "int")),)}.get(what, ())
        out = self.var(category)
        scope[category].append(out)
        return ir.Call((out,), prim, args, kwargs)

    def effect(self, scope: Scope) -> ir.Call:
        return ir.Call((), OBSERVE, (self.atom(scope, "float"), self.atom(scope, "int")))

    def apply(self, scope: Scope) -> ir.Apply:
        fn = self.draw(st.sampled_from(self.helpers))
        outs = tuple([self.var("float") for _ in fn.results])
        args = tuple([self.atom(scope, "float") for _ in fn.params])
        scope["float"] += outs
        return ir.Apply(outs, fn, args)

    def if_(self, scope: Scope, depth: int) -> ir.If:
        cond = self.atom(scope, "bool")
        scopes = [copy_scope(scope), copy_scope(scope)]
        then, orelse = [self.block(each, depth + 1) for each in scopes]
        joins = []
        for _ in range(self.draw(st.integers(0, 2))):
            category = self.draw(st.sampled_from([*READABLE, "maybe"]))
            kind = self.source_kind(category)
            sources = [self.atom(each, category, kind) for each in scopes]
            joins.append(ir.Join(self.var(category, kind), *sources))
            scope[category].append(joins[-1].out)
        style = self.draw(st.sampled_from(["statement", "expression", "and", "or"]))
        return ir.If(cond, then, orelse, tuple(joins), style)

    def source_kind(self, category: str) -> Kind:
        """A kind that a source can always be found for: literals are Python's numbers, the fallback is a NumPy one."""
        return UNKNOWN if category in ("array", "maybe") else self.kind(category)

    def inits(self, scope: Scope) -> list[tuple[str, ir.Var, ir.Atom]]:
        inits = []
        for _ in range(self.draw(st.integers(0, 2))):
            category = self.draw(st.sampled_from([*READABLE, "maybe"]))
            kind = self.source_kind(category)
            inits.append((category, self.var(category, kind), self.atom(scope, category, kind)))
        return inits

    def for_(self, scope: Scope, depth: int) -> ir.For:
        start, stop = ir.Lit(self.draw(st.integers(-2, 2))), ir.Lit(self.draw(st.integers(-2, 2)))
        step = ir.Lit(self.draw(st.sampled_from([1, 2, -1])))
        inits = self.inits(scope)
        inside = copy_scope(scope)
        index = self.var("int")
        inside["int"].append(index)
        for category, inner, _ in inits:
            inside[category].append(inner)
        body = self.block(inside, depth + 1)
        carried = self.carried(inits, scope, inside)
        return ir.For(index, start, stop, step, carried, body, self.draw(st.booleans()))

    def carried(self, inits, scope: Scope, inside: Scope) -> tuple[ir.Carry, ...]:
        carried = []
        for category, inner, init in inits:
            choices = [inner, *(var for var in inside[category] if covers(inner.kind, var.kind))]
            out = self.var(category, inner.kind)
            carried.append(ir.Carry(out, init, inner, self.draw(st.sampled_from(choices))))
            scope[category].append(out)
        return tuple(carried)

    def while_(self, scope: Scope, depth: int) -> ir.While:
        inits = self.inits(scope)
        inside = copy_scope(scope)
        trip, following, again = ir.Var("trip", PY_INT), ir.Var("trip", PY_INT), ir.Var("again", PY_BOOL)
        for category, inner, _ in inits:
            inside[category].append(inner)
        test = ir.Call((again,), LT, (trip, ir.Lit(self.draw(st.integers(0, 3)))))
        body = (*self.block(inside, depth + 1), ir.Call((following,), ADD, (trip, ir.Lit(1))))
        counter = ir.Carry(ir.Var("trip", PY_INT), ir.Lit(0), trip, following)
        carried = (counter, *self.carried(inits, scope, inside))
        return ir.While(carried, (test,), again, body)


@st.composite
def functions(draw, always=()):
    """A well-formed function `f(x: float, k: int, c: bool, v: array)`; `always` names statements that it surely has.

    It begins with `a = x + 1.0; b = a * x` and returns b among others, so that there is always a chain to break.
    """
    builder = Builder(draw)
    for name in draw(st.sampled_from([(), ("g",), ("g", "g"), ("if", "h 1")])) or ("g",) * ("apply" in always):
        param = ir.Var("x", PY_FLOAT)
        scope = {"float": [param], "int": [], "bool": [], "array": [ir.Var("", VECTOR)], "maybe": []}
        vector = ir.Call((scope["array"][0],), SCALE, (ir.Lit(np.float64(2.0)), ir.Lit(3)))
        body = (vector, *builder.block(scope, 1))
        results = tuple([builder.atom(scope, "float") for _ in range(draw(st.integers(1, 2)))])
        builder.helpers.append(ir.Function(name, (ir.Param(param, "x"),), body, results, len(results) == 1))
    x, k, c, v = ir.Var("x", PY_FLOAT), ir.Var("k", PY_INT), ir.Var("", PY_BOOL), ir.Var("v", VECTOR)
    params = (ir.Param(x, "x"), ir.Param(k, "k", default=2, has_default=draw(st.booleans())),
              ir.Param(c, "c", "keyword"), ir.Param(v, "v", "captured"))
    a, b = ir.Var("a", PY_FLOAT), ir.Var("b", PY_FLOAT)
    chain = (ir.Call((a,), ADD, (x, ir.Lit(1.0))), ir.Call((b,), MUL, (a, x)))
    scope = {"float": [x, a, b], "int": [k], "bool": [c], "array": [v], "maybe": []}
    makers = {"for": lambda: builder.for_(scope, 0), "while": lambda: builder.while_(scope, 0),
              "if": lambda: builder.if_(scope, 0), "apply": lambda: builder.apply(scope)}
    body = (*chain, *builder.block(scope, 0), *[makers[each]() for each in always], *builder.block(scope, 0))
    extra = [builder.atom(scope, draw(st.sampled_from(READABLE))) for _ in range(draw(st.integers(0, 2)))]
    single = not extra and draw(st.booleans())
    return ir.Function("f", params, body, (b, *extra), single)


arguments = st.tuples(st.floats(-3, 3), st.integers(-5, 5), st.booleans(),
                      st.lists(st.floats(-3, 3), min_size=3, max_size=3).map(np.array))
