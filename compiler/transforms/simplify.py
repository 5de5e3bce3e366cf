"""Algebraic simplification of adjoint statements.

before => after (each exact up to the sign of zero):

    conj(x)                  => x                       where x is real
    -(-x), x * 1, x / 1      => x
    (-a) * b, a / (-b)       => -(a * b), -(a / b)
    a + (-b), (-a) + b       => a - b, b - a
    -(a - b)                 => b - a
    op(broadcast_to(s, n), a)=> op(s, a)                where a has the shape n already
    op(broadcast_to(s, n), c)=> broadcast_to(op(s, c), n)   for scalars s, c
    sum(broadcast_to(s, n))  => s * size
    size(t), shape(t)        => of the first argument with the same shape
    transpose(transpose(x))  => x
    transpose(x' @ y)        => y' @ x                  two matrices

The user's own statements are not touched: they are printed as they were written.
"""

from __future__ import annotations

import math
import operator
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from ...runtime.shapes import count_along, project, unbroadcast
from .. import primitives as prim
from ..domains import kinds
from ..domains.inference import result_kind
from ..domains.kinds import Array, Kind, Scalar, dtype_of, same_dtype, shape_of
from ..ir import Atom, Block, Call, Carry, For, If, Join, Lit, Stmt, Var, While, free_vars, inner_uses, uses, walk
from ..rules import registry
from . import patterns
from .lengths import Lengths
from .rewrite import substitute

ELEMENTWISE = {operator.add, operator.sub, operator.mul, operator.truediv, operator.neg, operator.pow}
COMPLEX_PARTS = {np.conjugate, np.conj, np.real}


class Simplifier:
    """Rewrites statements from top to bottom; `known` holds the definitions of all values seen so far."""

    def __init__(self, known: Iterable[Stmt] | Simplifier = (), shapes: Iterable[Var] = (),
                 as_written: Iterable[Stmt] = ()) -> None:
        self.as_written = frozenset(as_written)  # calls that stand among those to be simplified, and are left alone
        self.definition: dict[Var, Call] = {}
        self.replaced: dict[Var, Atom] = {}
        self.by_shape: dict[tuple[Any, ...], Var] = {}
        self.forms: dict[Var, Any] = {}
        self.emitted: list[Stmt] = []
        self.reads: Counter[Var] = Counter()  # how often each value is read by what is simplified
        self.lengths = Lengths()
        if isinstance(known, Simplifier):  # what it has learned so far
            self.definition, self.lengths = dict(known.definition), known.lengths.copy()
        else:
            known = list(known)
            self.learn(known)
            self.lengths.learn(known)
        for var in shapes:
            self._offer_shape(var)

    def learn(self, statements: Iterable[Stmt]) -> None:
        """Note definitions of statements that are not rewritten (the forward sweep)."""
        for stmt in statements:
            if isinstance(stmt, Call) and len(stmt.outs) == 1:
                self.definition[stmt.out] = stmt

    def shape_of(self, kind: Kind) -> tuple[Any, ...] | None:
        """The shape of a kind, equal lengths by one symbol."""
        return self.lengths.shape(shape_of(kind))

    def _offer_shape(self, var: Var) -> None:
        shape = self.shape_of(var.kind)
        if isinstance(var.kind, Array) and shape:
            self.by_shape.setdefault(shape, var)

    # --- blocks -------------------------------------------------------------------------------------------------------

    def run(self, block: Iterable[Stmt]) -> Block:
        block = tuple(block)
        if not self.reads:
            self.reads = Counter(v for s in walk(block) for v in (*uses(s), *inner_uses(s)))
        saved, self.emitted = self.emitted, []
        for stmt in block:
            if isinstance(stmt, Call):
                self._call(stmt)
            elif isinstance(stmt, If):
                self._if(stmt)
            elif isinstance(stmt, (For, While)):
                self._loop(stmt)
            else:  # what raises in a `try` decides its path: it stays as it is
                moved = {v: self.atom(v) for v in free_vars((stmt,)) if v in self.replaced}
                self.emitted += substitute((stmt,), moved)
        result, self.emitted = tuple(self.emitted), saved
        return result

    def atom(self, value: Atom) -> Atom:
        while isinstance(value, Var) and value in self.replaced:
            value = self.replaced[value]
        return value

    def _if(self, stmt: If) -> None:
        then, orelse = list(self.run(stmt.then)), list(self.run(stmt.orelse))
        outs = tuple(Join(j.out, self._source(j.from_then, j.out, then), self._source(j.from_else, j.out, orelse))
                     for j in stmt.outs)
        self.emitted.append(replace(stmt, cond=self.atom(stmt.cond), then=tuple(then), orelse=tuple(orelse), outs=outs))

    def _source(self, atom: Atom, out: Var, block: list[Stmt]) -> Atom:
        """The source of a joint; where an array without axes has taken the place of a number, its number."""
        found = self.atom(atom)
        if found is atom or not isinstance(out.kind, Scalar) or not isinstance(self.kind(found), Array):
            return found
        number = Var("", out.kind)
        block.append(Call((number,), prim.primitive_for(operator.getitem), (found, Lit(()))))
        return number

    def _loop(self, stmt: For | While) -> None:
        inits = [self._source(c.init, c.out, self.emitted) for c in stmt.carried]
        if isinstance(stmt, While):
            test = self.run(stmt.test)
            body = list(self.run(stmt.body))
            carried = self._carried(stmt, inits, body)
            self.emitted.append(replace(stmt, test=test, cond=self.atom(stmt.cond), body=tuple(body), carried=carried))
            return
        body = list(self.run(stmt.body))
        carried = self._carried(stmt, inits, body)
        self.emitted.append(replace(stmt, start=self.atom(stmt.start), stop=self.atom(stmt.stop),
                                    step=self.atom(stmt.step), body=tuple(body), carried=carried))

    def _carried(self, stmt: For | While, inits: list[Atom], body: list[Stmt]) -> tuple[Carry, ...]:
        return tuple(Carry(c.out, i, c.inner, self._source(c.next, c.out, body))
                     for c, i in zip(stmt.carried, inits, strict=True))

    # --- calls --------------------------------------------------------------------------------------------------------

    def _call(self, stmt: Call) -> None:
        args = tuple(self.atom(a) for a in stmt.args)
        kwargs = tuple((k, self.atom(a)) for k, a in stmt.kwargs)
        if stmt in self.as_written:
            self.emitted.append(stmt if args == stmt.args and kwargs == stmt.kwargs
                                else replace(stmt, args=args, kwargs=kwargs))
            self.learn(self.emitted[-1:])
            return
        if len(stmt.outs) != 1 or not stmt.prim.pure:
            self.emitted.append(replace(stmt, args=args, kwargs=kwargs))
            return
        simpler = self.simpler(stmt, args, kwargs)
        if simpler is not None:
            self.replaced[stmt.out] = self._named(simpler, stmt.out.name)
            return
        changed = any(a is not b and self.kind(a) != self.kind(b) for a, b in zip(args, stmt.args, strict=True))
        out = stmt.out
        if changed and stmt.prim.form in ("operator", "unary", "function") and stmt.prim.rule is not None:
            kind = self.infer(stmt.prim, args, kwargs)
            if kind != out.kind and not (isinstance(kind, Array) and kind.shape is None):
                out = Var(out.name, kind)
                self.replaced[stmt.out] = out
        if out is stmt.out and args == stmt.args and kwargs == stmt.kwargs:  # atoms are equal where they are the same
            self.keep(stmt)
        else:
            self.keep(Call((out,), stmt.prim, args, kwargs, stmt.loc))

    def _named(self, atom: Atom, name: str) -> Atom:
        """Give a value that was just made the name of the value it stands for."""
        if not name or not isinstance(atom, Var) or atom.name:
            return atom
        call = self.definition.get(atom)
        if call is None or call not in self.emitted or call in self.as_written:  # the user's value keeps its name
            return atom
        at = self.emitted.index(call)
        named = Var(name, atom.kind)
        renamed = replace(call, outs=tuple(named if o is atom else o for o in call.outs))
        self.emitted[at:] = [renamed, *substitute(self.emitted[at + 1:], {atom: named})]
        for stmt in self.emitted[at:]:
            if isinstance(stmt, Call) and len(stmt.outs) == 1:
                self.definition[stmt.out] = stmt
        self.replaced[atom] = named
        return named

    def keep(self, call: Call) -> None:
        self.emitted.append(call)
        self.definition[call.out] = call

    @staticmethod
    def kind(atom: Atom) -> Kind:
        return atom.kind if isinstance(atom, Var) else kinds.kind_of(atom.value)

    def infer(self, primitive: Any, args: tuple[Atom, ...], kwargs: tuple[tuple[str, Atom], ...]) -> Kind:
        def abstract(atom: Atom) -> Any:
            if isinstance(atom, Lit):
                return atom
            made = self.definition.get(atom)
            if made is not None and made.prim is prim.TUPLE:
                return tuple(abstract(a) for a in made.args)
            return atom.kind

        return result_kind(primitive.rule, [abstract(a) for a in args], {k: abstract(a) for k, a in kwargs})

    def make(self, like: Call, target: Any, *args: Atom, name: str = "") -> Atom:
        """Emit a new call (itself simplified) at the place of `like`."""
        primitive = target if isinstance(target, prim.Primitive) else prim.primitive_for(target)
        call = Call((Var(name, self.infer(primitive, args, ())),), primitive, args, (), like.loc)
        simpler = self.simpler(call, args, ())
        if simpler is not None:
            return simpler
        self.keep(call)
        return call.out

    def made_by(self, atom: Atom, *targets: Any) -> Call | None:
        """The call that made a value, if it is one of these functions."""
        call = self.definition.get(atom) if isinstance(atom, Var) else None
        return call if call is not None and call.prim.rule in targets else None

    def simpler(self, call: Call, args: tuple[Atom, ...], kwargs: tuple[tuple[str, Atom], ...]) -> Atom | None:
        """A simpler value for the call, emitting what it needs; None where there is none."""
        fn = call.prim.rule
        if fn in COMPLEX_PARTS and not kwargs and self._is_real(args[0]):
            return args[0]
        if fn is project and len(args) == 2 and isinstance(args[1], Lit) \
                and same_dtype(dtype_of(self.kind(args[0])), args[1].value):  # type: ignore[arg-type]
            return args[0]
        if kwargs:
            return self.sum(call, args, kwargs) if fn is np.sum else None
        handler = _HANDLERS.get(fn)
        if handler is not None:
            found = handler(self, call, args)
            if found is not None:
                return found
        if fn in ELEMENTWISE or self._is_elementwise(fn):
            return self._narrow(call, args)
        return None

    def equal(self, a: Atom, b: Atom) -> bool:
        """Are the two values made by the same operation of the same values? (Both sweeps may have made it.)"""
        if a is b:
            return True
        if isinstance(a, Lit) and isinstance(b, Lit):
            return type(a.value) is type(b.value) and a.value == b.value
        first = self.definition.get(a) if isinstance(a, Var) else None
        second = self.definition.get(b) if isinstance(b, Var) else None
        return first is not None and second is not None and first.prim.name == second.prim.name and first.prim.pure \
            and first.prim.form in ("operator", "unary", "attribute") and len(first.args) == len(second.args) \
            and all(map(self.equal, first.args, second.args))

    def _is_real(self, atom: Atom) -> bool:
        kind = self.kind(atom)
        dtype = dtype_of(kind)
        return dtype is not None and dtype.kind != "c"

    @staticmethod
    def _is_elementwise(fn: Any) -> bool:
        rule = registry.rule_for(fn)
        return rule is not None and rule.elementwise

    # --- broadcasts ---------------------------------------------------------------------------------------------------

    def _narrow(self, call: Call, args: tuple[Atom, ...]) -> Atom | None:
        """Take a broadcast out of an elementwise operation that broadcasts by itself."""
        sources = [self._broadcast_of(a) for a in args]
        if not any(sources):
            return None
        shape = self.shape_of(call.out.kind)
        plain = [a for a, s in zip(args, sources, strict=True) if s is None]
        full = shape is not None and any(self.shape_of(self.kind(a)) == shape for a in plain)
        if shape is None and len(plain) == 1 and isinstance(plain[0], Var):
            own = self.form(plain[0])
            full = own is not None and all(s is None or (self.form(a) == own and self.shape_of(
                self.kind(s.args[0])) == ()) for a, s in zip(args, sources, strict=True))
        if not full:
            if shape is None or not all(self.shape_of(self.kind(a)) == () for a in plain):
                return None
            wide = [s for s in sources if s is not None and self.shape_of(self.kind(s.args[0])) != ()]
            if wide and sum(s is not None for s in sources) > 1:
                return None
            target = next(s for s in sources if s is not None)
            if any(s is not None and s.out is not a for a, s in zip(args, sources, strict=True)):
                return None
            inner = self.make(call, call.prim, *(s.args[0] if s is not None else a
                                                 for a, s in zip(args, sources, strict=True)))
            return self._broadcast(call, inner, target.args[1])
        narrow = tuple(s.args[0] if s is not None else a for a, s in zip(args, sources, strict=True))
        kind = self.infer(call.prim, narrow, ())
        if self.shape_of(kind) != shape or not same_dtype(dtype_of(kind), dtype_of(call.out.kind)):
            return None  # a Python number takes the other operand's dtype, where the broadcast array had its own
        out = Var(call.out.name, kind)
        simpler = self.simpler(replace(call, outs=(out,), args=narrow), narrow, ())
        if simpler is not None:
            return simpler
        self.keep(replace(call, outs=(out,), args=narrow))
        return out

    def form(self, atom: Atom) -> Any:
        """What the shape of a value is known as: its lengths, or the value of unknown rank that it has the shape of."""
        shape = self.shape_of(self.kind(atom))
        if shape is not None or not isinstance(atom, Var):
            return shape
        found = self.forms.get(atom)
        if found is None:
            found = self.forms[atom] = self._form(atom)
        return found

    def _form(self, var: Var) -> Any:
        made = self.definition.get(var)
        if made is None or len(made.outs) != 1:
            return var
        if made.prim.rule in (np.broadcast_to, unbroadcast):
            shape = self.made_by(made.args[1], np.shape, "ndarray.shape")
            return self.form(shape.args[0]) if shape is not None else var
        if made.prim.rule in (np.zeros_like, np.ones_like, np.copy):
            return self.form(made.args[0])
        if made.prim.form not in ("operator", "unary", "compare") and not self._is_elementwise(made.prim.rule):
            return var
        if made.prim.rule is operator.matmul:
            return var
        forms = {f for f in map(self.form, made.args) if f != ()}
        return forms.pop() if len(forms) == 1 else var

    def _broadcast_of(self, atom: Atom) -> Call | None:
        """The broadcast that a value is; seen through reshapes of a broadcast scalar."""
        made = self.made_by(atom, np.broadcast_to)
        if made is not None:
            return made
        moved = self.made_by(atom, np.expand_dims, np.reshape, np.transpose)
        if moved is None:
            return None
        inner = self._broadcast_of(moved.args[0])
        return inner if inner is not None and self.shape_of(self.kind(inner.args[0])) == () else None

    def _broadcast(self, like: Call, value: Atom, shape: Atom) -> Atom:
        primitive = prim.primitive_for(np.broadcast_to)
        kind = like.out.kind
        dtype = dtype_of(self.kind(value))
        if isinstance(kind, Array):
            kind = Array(dtype, kind.shape)
        call = Call((Var(like.out.name, kind),), primitive, (value, shape), (), like.loc)
        self.keep(call)
        return call.out

    def sum(self, call: Call, args: tuple[Atom, ...], kwargs: tuple[tuple[str, Atom], ...] = ()) -> Atom | None:
        """The sum of -x is -(the sum of x), which is the smaller array to negate."""
        opposite = self._opposite(args[0])
        if opposite is None:
            return None
        out = Var("", call.out.kind)
        self.keep(replace(call, outs=(out,), args=(opposite, *args[1:]), kwargs=kwargs))
        return self.make(call, operator.neg, out, name=call.out.name)

    def _opposite(self, atom: Atom) -> Atom | None:
        """x, where the value is -x; or a - b that is there anyway, where it is b - a."""
        made = self.made_by(atom, operator.neg, operator.sub)
        if made is None or not self._used_for(made):
            return None
        if made.prim.rule is operator.neg:
            return made.args[0]
        swapped = made.args[::-1]
        return next((stmt.outs[0] for stmt in self.emitted if isinstance(stmt, Call) and stmt.prim is made.prim
                     and all(map(operator.is_, stmt.args, swapped))), None)

    # --- one handler a function ---------------------------------------------------------------------------------------

    def neg(self, call: Call, args: tuple[Atom, ...]) -> Atom | None:
        (x,) = args
        if isinstance(x, Lit) and isinstance(x.value, (int, float)) and not isinstance(x.value, bool):
            return Lit(-x.value)
        inner = self.made_by(x, operator.neg)
        if inner is not None:
            return inner.args[0]
        difference = self.made_by(x, operator.sub)
        if difference is not None and self._used_for(difference):
            return self.make(call, operator.sub, difference.args[1], difference.args[0], name=call.out.name)
        product = self.made_by(x, operator.mul, operator.truediv)
        if product is not None and self._used_for(product) and self.reads[product.out] < 2:
            pairs = [product.args, product.args[::-1]] if product.prim.rule is operator.mul else [product.args]
            for factor, rest in pairs:
                if isinstance(factor, Lit) and _numbers(factor):
                    return self.make(call, product.prim, Lit(-factor.value), rest, name=call.out.name)  # type: ignore[operator]
        return None

    def _used_for(self, call: Call) -> bool:
        """Only adjoint values are taken apart: the user's stay as they are written."""
        return not call.out.name and call in self.emitted

    def mul(self, call: Call, args: tuple[Atom, ...]) -> Atom | None:
        a, b = args
        if isinstance(a, Lit) and isinstance(b, Lit) and _numbers(a, b):
            return Lit(a.value * b.value)  # type: ignore[operator]
        for one, other in ((a, b), (b, a)):
            if isinstance(one, Lit) and one.value in (1, 1.0) and not isinstance(one.value, bool) \
                    and self._same(call, other):
                return other
            if isinstance(one, Lit) and one.value in (-1, -1.0) and self._same(call, other):
                return self.make(call, operator.neg, other, name=call.out.name)
            if isinstance(one, Lit) and _numbers(one) and (short := self._scaled(call, one, other)) is not None:
                return short
        short = self._regrouped(call, a, b)
        if short is not None:
            return short
        if isinstance(b, Var):
            known = patterns.cross_entropy(call, args, self)
            if known is not None:
                return known
        known = patterns.signed_quotient(call, args, self)
        if known is not None:
            return known
        for index, side in enumerate((a, b)):
            negative = self.made_by(side, operator.neg)
            if negative is not None and negative in self.emitted and not self._smaller(side, call.out):
                pair = [a, b]
                pair[index] = negative.args[0]
                product = self.make(call, operator.mul, *pair)
                return self.make(call, operator.neg, product, name=call.out.name)
        return None

    def _smaller(self, atom: Atom, out: Var) -> bool:
        """Is a value broadcast to make `out`? Then it is the cheaper one to negate, or to scale."""
        shape, whole = self.shape_of(self.kind(atom)), self.shape_of(out.kind)
        return shape is not None and whole is not None and shape != whole

    def _scaled(self, call: Call, scale: Lit, other: Atom) -> Atom | None:
        """2 * (3 * x) is 6 * x, 2 * (s * x) is (2 * s) * x for a number s and an array x; exact for powers of two."""
        made = self.made_by(other, operator.mul, operator.truediv, np.expand_dims)
        if made is None or self.reads[made.out] > 1 or made.out.name not in ("", call.out.name) or not (
                made in self.emitted or self.shape_of(made.out.kind) == ()):
            return None
        if made.prim.rule is np.expand_dims:
            inner = self.made_by(made.args[0], operator.mul)
            short = self._scaled(inner, scale, made.args[0]) if inner is not None else None
            return short if short is None else self.make(made, np.expand_dims, short, *made.args[1:])
        if made.prim.rule is operator.truediv and (double := self.made_by(made.args[1], operator.mul)) is not None \
                and self._used_for(double) and isinstance(double.args[0], Lit) and double.args[0].value == scale.value \
                and _is_power_of_two(scale):
            return self.make(made, made.prim, made.args[0], double.args[1], name=call.out.name)
        pairs = [made.args, made.args[::-1]] if made.prim.rule is operator.mul else [made.args]
        for factor, rest in pairs:
            if isinstance(factor, Lit) and _numbers(factor) and (_is_power_of_two(scale) or _is_power_of_two(factor)):
                return self.make(made, made.prim, Lit(scale.value * factor.value), rest, name=call.out.name)  # type: ignore[operator]
        for factor, rest in pairs if _is_power_of_two(scale) else ():
            if isinstance(factor, Var) and self.shape_of(factor.kind) == () and self.shape_of(self.kind(rest)):
                smaller = self.make(made, operator.mul, scale, factor)
                if self._same(call, rest) or made.prim.rule is operator.mul:
                    return self.make(made, made.prim, smaller, rest, name=call.out.name)
        return None

    def _regrouped(self, call: Call, a: Atom, b: Atom) -> Atom | None:
        """s * (2 * x) is (2 * s) * x for a number s, (x * 0.5) * (2 * y) is x * y."""
        literal = {side: found for side in (a, b) if (found := self._literal_factor(side, call)) is not None}
        if a in literal and b in literal:
            (first, x), (second, y) = literal[a], literal[b]
            if first.value * second.value == 1 and _is_power_of_two(first):  # type: ignore[operator]
                return self.make(call, operator.mul, x, y, name=call.out.name)
        for number, array in ((a, b), (b, a)):
            if array in literal and isinstance(number, Var) and self.shape_of(number.kind) == () \
                    and self.shape_of(self.kind(array)) and _is_power_of_two(literal[array][0]):
                scaled = self.make(call, operator.mul, literal[array][0], number)
                return self.make(call, operator.mul, scaled, literal[array][1], name=call.out.name)
        return None

    def _literal_factor(self, atom: Atom, call: Call) -> tuple[Lit, Atom] | None:
        """The literal and the rest of a product that nothing else reads."""
        made = self.made_by(atom, operator.mul)
        if made is None or made not in self.emitted or self.reads[made.out] > 1 \
                or made.out.name not in ("", call.out.name):
            return None
        for factor, rest in (made.args, made.args[::-1]):
            if isinstance(factor, Lit) and _numbers(factor):
                return factor, rest
        return None

    def div(self, call: Call, args: tuple[Atom, ...]) -> Atom | None:
        a, b = args
        if isinstance(b, Lit) and b.value in (1, 1.0) and self._same(call, a):
            return a
        if isinstance(a, Lit) and isinstance(b, Lit) and _numbers(a, b) and _is_power_of_two(b):
            return Lit(a.value / b.value)  # type: ignore[operator]
        for index, side in enumerate((a, b)):
            negative = self.made_by(side, operator.neg)
            if negative is not None and negative in self.emitted and not self._smaller(side, call.out):
                pair = [a, b]
                pair[index] = negative.args[0]
                quotient = self.make(call, operator.truediv, *pair)
                return self.make(call, operator.neg, quotient, name=call.out.name)
        return None

    def add(self, call: Call, args: tuple[Atom, ...]) -> Atom | None:
        a, b = args
        for one, other in ((b, a), (a, b)):
            negative = self.made_by(one, operator.neg)
            if negative is not None and negative in self.emitted and negative.out.name in ("", call.out.name):
                return self.make(call, operator.sub, other, negative.args[0], name=call.out.name)
            positive = self._without_sign(one)
            if positive is not None:
                return self.make(call, operator.sub, other, positive, name=call.out.name)
            if isinstance(one, Lit) and one.value == 0 and type(one.value) in (int, float) and self._same(call, other):
                return other
        if isinstance(a, Var) and self.equal(a, b):
            return self.make(call, operator.mul, Lit(2), a, name=call.out.name)
        return patterns.common_quotient(call, args, self)

    def _without_sign(self, atom: Atom) -> Atom | None:
        """x, where the value is -x as a product, a quotient or a matrix product with a negative factor."""
        made = self.made_by(atom, operator.mul, operator.truediv, operator.matmul, np.matmul)
        if made is None or not self._used_for(made) or self.reads[made.out] > 1:
            return None
        for index, factor in enumerate(made.args):
            negative = self.made_by(factor, operator.neg)
            if negative is not None and negative in self.emitted:
                opposite: Atom = negative.args[0]
            elif isinstance(factor, Lit) and _numbers(factor) and factor.value < 0:  # type: ignore[operator]
                opposite = Lit(-factor.value)  # type: ignore[operator]
            else:
                continue
            return self.make(made, made.prim, *(opposite if i == index else a for i, a in enumerate(made.args)))
        return None

    def sub(self, call: Call, args: tuple[Atom, ...]) -> Atom | None:
        if isinstance(args[1], Lit) and args[1].value == 0 and type(args[1].value) is int and self._same(call, args[0]):
            return args[0]
        negative = self.made_by(args[1], operator.neg)
        if negative is not None and negative in self.emitted:
            return self.make(call, operator.add, args[0], negative.args[0], name=call.out.name)
        return None

    def _same(self, call: Call, atom: Atom) -> bool:
        kind, wanted = self.kind(atom), call.out.kind
        if isinstance(kind, Scalar) and isinstance(wanted, Scalar):
            return same_dtype(kind.dtype, wanted.dtype)
        shape = self.shape_of(kind)
        return shape is not None and shape == self.shape_of(wanted) and same_dtype(dtype_of(kind), dtype_of(wanted))

    def transpose(self, call: Call, args: tuple[Atom, ...]) -> Atom | None:
        if len(args) != 1:
            return None
        inner = self.made_by(args[0], np.transpose, "ndarray.T", "ndarray.transpose")
        if inner is not None and len(inner.args) == 1 and not inner.kwargs:
            return inner.args[0]
        shape = self.shape_of(self.kind(args[0]))
        if shape is not None and len(shape) < 2:
            return args[0]
        product = self.made_by(args[0], operator.matmul, np.matmul)
        if product is not None and shape is not None and len(shape) == 2 and self._used_for(product):
            return self._transposed_product(call, product)
        return None

    def _transposed_product(self, call: Call, product: Call) -> Atom | None:
        """(x' y)' is y' x, and (x y')' is y x': where it saves a transpose."""
        left, right = (self.made_by(a, np.transpose, "ndarray.T") for a in product.args)
        if (left is None and right is None) or any(len(self.shape_of(self.kind(a)) or ()) != 2 for a in product.args):
            return None
        sides = [side.args[0] if side is not None else self.make(call, "ndarray.T", factor)
                 for factor, side in ((product.args[1], right), (product.args[0], left))]
        return self.make(call, product.prim, *sides, name=call.out.name)

    def shape(self, call: Call, args: tuple[Atom, ...]) -> Atom | None:
        kind = self.kind(args[0])
        shape = self.shape_of(kind)
        if not isinstance(kind, Array) or not shape or len(args) != 1:
            return None
        if all(isinstance(n, int) for n in shape):
            value: Any = 1
            for n in shape:
                value *= n
            return Lit(shape if call.prim.rule in (np.shape, "ndarray.shape") else value)
        name = "ndarray.shape" if call.prim.rule in (np.shape, "ndarray.shape") else "ndarray.size"
        representative = self.by_shape.get(shape, args[0])
        if representative is args[0] and name == "ndarray.size" and len(shape) == 1:
            length = self._length_elsewhere(call, args[0], shape[0])
            if length is not None:
                return length
        if call.prim.rule == name and representative is args[0]:
            return None
        return self.make(call, name, representative)

    def _length_elsewhere(self, call: Call, array: Atom, length: Any) -> Atom | None:
        """The length of an unnamed vector as that of an argument's axis: it need not be made to be measured."""
        made = self.definition.get(array) if isinstance(array, Var) and not array.name else None
        if made is None or made.prim.alias != "fresh":
            return None
        for shape, holder in self.by_shape.items():
            if length in shape:
                whole = self.make(call, "ndarray.shape", holder)
                out = Var("", call.out.kind)
                place = Lit(shape.index(length))
                self.keep(Call((out,), prim.primitive_for(operator.getitem), (whole, place), (), call.loc))
                return out
        return None

    def broadcast(self, call: Call, args: tuple[Atom, ...]) -> Atom | None:
        kind = self.kind(args[0])
        shape = self.shape_of(call.out.kind)
        if shape is not None and self.shape_of(kind) == shape and isinstance(kind, Array):
            return args[0]
        inner = self.made_by(args[0], np.broadcast_to)
        if inner is not None and self.shape_of(self.kind(inner.args[0])) == ():
            return self._broadcast(call, inner.args[0], args[1])
        return None

    def reshaped(self, call: Call, args: tuple[Atom, ...]) -> Atom | None:
        inner = self.made_by(args[0], np.broadcast_to)
        if inner is not None and self.shape_of(self.kind(inner.args[0])) == () and len(args) == 2 \
                and self.shape_of(call.out.kind) is not None:
            return self._broadcast(call, inner.args[0], args[1])
        return None

    def moved_axis(self, call: Call, args: tuple[Atom, ...]) -> Atom | None:
        return args[0] if self.equal(args[1], args[2]) and isinstance(self.kind(args[0]), Array) else None

    def unbroadcasted(self, call: Call, args: tuple[Atom, ...]) -> Atom | None:
        target = self.made_by(args[1], np.shape, "ndarray.shape")
        if target is not None and self.form(target.args[0]) is not None \
                and self.form(args[0]) == self.form(target.args[0]):
            return args[0]
        wanted, actual = self.shape_of(call.out.kind), self.shape_of(self.kind(args[0]))
        same = wanted is not None and actual is not None and len(wanted) == len(actual) and all(
            w == a or not kinds.may_be_one(w) for w, a in zip(wanted, actual, strict=True))
        return args[0] if same else None

    def count_along(self, call: Call, args: tuple[Atom, ...]) -> Atom | None:
        """The length of one axis: `x.shape[1]`."""
        axis = args[1]
        if not isinstance(axis, Lit) or type(axis.value) is not int or not isinstance(args[0], Var):
            return None
        out = Var("", call.out.kind)
        self.keep(Call((out,), prim.primitive_for(operator.getitem), (args[0], axis), (), call.loc))
        return out

    def add_at(self, call: Call, args: tuple[Atom, ...]) -> Atom | None:
        inner = self.made_by(args[2], np.broadcast_to)
        if inner is None or self.shape_of(self.kind(inner.args[0])) != ():
            return None
        out = Var(call.out.name, call.out.kind)
        self.keep(replace(call, outs=(out,), args=(args[0], args[1], inner.args[0])))
        return out


def _is_power_of_two(lit: Lit) -> bool:
    value = lit.value
    return isinstance(value, (int, float)) and value != 0 and math.isfinite(value) and abs(math.frexp(value)[0]) == 0.5


def _numbers(*lits: Lit) -> bool:
    return all(isinstance(v.value, (int, float)) and not isinstance(v.value, bool) for v in lits)


def _outer(simplifier: Simplifier, call: Call, args: tuple[Atom, ...]) -> Atom | None:
    return patterns.outer_product(call, args, simplifier)


_Handler = Callable[[Simplifier, Call, tuple[Atom, ...]], "Atom | None"]
_HANDLERS: dict[Any, _Handler] = {
    operator.neg: Simplifier.neg, np.negative: Simplifier.neg,
    operator.mul: Simplifier.mul, np.multiply: Simplifier.mul,
    operator.truediv: Simplifier.div, np.divide: Simplifier.div,
    operator.add: Simplifier.add, operator.sub: Simplifier.sub,
    np.transpose: Simplifier.transpose, "ndarray.T": Simplifier.transpose,
    np.shape: Simplifier.shape, np.size: Simplifier.shape, "ndarray.shape": Simplifier.shape,
    "ndarray.size": Simplifier.shape,
    count_along: Simplifier.count_along,
    np.sum: Simplifier.sum, np.moveaxis: Simplifier.moved_axis,
    np.broadcast_to: Simplifier.broadcast, np.reshape: Simplifier.reshaped, unbroadcast: Simplifier.unbroadcasted,
    prim.ADD_AT.rule: Simplifier.add_at, np.outer: _outer,
}
