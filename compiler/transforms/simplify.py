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
from .arithmetic import Arithmetic
from .broadcasts import Broadcasts
from .lengths import Lengths
from .rewrite import substitute
from .shaping import Shaping

ELEMENTWISE = {operator.add, operator.sub, operator.mul, operator.truediv, operator.neg, operator.pow}
COMPLEX_PARTS = {np.conjugate, np.conj, np.real}


class Simplifier(Broadcasts, Arithmetic, Shaping):
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
            self.replaced[stmt.out] = self._named(self._of_kind(simpler, stmt.out.kind), stmt.out.name)
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

    def _of_kind(self, atom: Atom, kind: Kind) -> Atom:
        """A value that was just made has the rank of the value that it stands for, where its own is not known."""
        last, found = self.emitted[-1] if self.emitted else None, self.kind(atom)
        if not isinstance(last, Call) or last in self.as_written or last.outs != (atom,):
            return atom
        if not isinstance(kind, Array) or not isinstance(found, Array) or kind.shape is None or found.shape is not None:
            return atom
        typed = Var(last.out.name, kind)
        self.emitted[-1] = self.definition[typed] = replace(last, outs=(typed,))
        self.replaced[last.out] = typed
        return typed

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

    def _same(self, call: Call, atom: Atom) -> bool:
        kind, wanted = self.kind(atom), call.out.kind
        if isinstance(kind, Scalar) and isinstance(wanted, Scalar):
            return same_dtype(kind.dtype, wanted.dtype)
        shape = self.shape_of(kind)
        return shape is not None and shape == self.shape_of(wanted) and same_dtype(dtype_of(kind), dtype_of(wanted))


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
