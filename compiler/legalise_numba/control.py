"""Branches, loops, and the values that they hand on."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from ..domains.kinds import Array, ListOf, Scalar, TapeOf
from ..ir import Atom, Block, Carry, For, If, Join, Lit, Stmt, Undefined, Var, While
from .affine import Affine
from .growing import list_text
from .lengths import LoopContext
from .text import Block as TextBlock
from .text import Line
from .values import ArrayValue, Code, ListValue, Number, TupleValue, dtype_text


class Control:
    """A part of `Legaliser`."""

    # --- joints -------------------------------------------------------------------------------------------------------

    def copies(self: Any, pairs: list[tuple[Carry | Join, Atom]], stmt: Stmt) -> None:
        """Bind what a joint hands on; all at once where the assignments interfere."""
        moves: list[tuple[str, str, set[str]]] = []
        for joint, source in pairs:
            if isinstance(joint.out.kind, TapeOf):
                continue
            target = self.names.group[joint]
            if isinstance(joint.out.kind, ListOf):
                empty = TupleValue((), list)
                value = empty if isinstance(source, Lit) and source.value is Undefined else self.atom(source)
                text = list_text(self, value, joint.out.kind)
                if text != target:
                    moves.append((target, text, _names_in(text)))
                continue
            if isinstance(source, Lit):
                moves.append((target, self.initial(joint, source), set()))
                continue
            value = self.atom(source)
            if isinstance(value, ArrayValue):
                text = self.whole(value).buffer or ""
            elif isinstance(value, Number):
                text = self.cast(value, self.dtype_of(joint.out)).code.text
            else:
                text = str(self.refuse(f"a {source.kind!r} that a loop or branch hands on"))
            if text != target:
                moves.append((target, text, _names_in(text)))
        targets = {t for t, _, _ in moves}
        if any(reads & (targets - {t}) for t, _, reads in moves):
            self.line(f"{', '.join(t for t, _, _ in moves)} = {', '.join(v for _, v, _ in moves)}")
        else:
            for target, text, _ in moves:
                self.line(f"{target} = {text}")

    def initial(self: Any, joint: Carry | Join, source: Lit) -> str:
        kind = joint.out.kind
        if isinstance(kind, Scalar):
            value = self.constant(0 if source.value is Undefined or source.value is None else source.value)
            return str(self.cast(value, self.dtype_of(joint.out)).code)
        if isinstance(kind, Array) and kind.shape is not None and source.value is Undefined:
            nothing = self.shape_text((Affine(0),) * len(kind.shape))
            return f"np.empty({nothing}, {dtype_text(self.dtype_of(joint.out))})"
        return str(self.refuse(f"`{joint.out.name}`, which holds values of several types"))

    def branch(self: Any, stmt: If) -> None:
        cond = self.atom(stmt.cond)
        then: list[Any] = []
        orelse: list[Any] = []
        before = self.last_stmt
        for block, items, source in ((stmt.then, then, "from_then"), (stmt.orelse, orelse, "from_else")):
            with self.into(items), self.facts.scope(), self.scope("if"):
                self.block(block)
                self.copies([(j, getattr(j, source)) for j in stmt.outs], stmt)
            self.last_stmt = before
        if then or orelse:
            test = self.truth(cond)
            if then:
                self.items.append(TextBlock(f"if {test}:", then, self.loc))
                if orelse:
                    self.items.append(TextBlock("else:", orelse, self.loc))
            else:
                self.items.append(TextBlock(f"if not ({test}):", orelse, self.loc))
        for join in stmt.outs:
            self.joint_value(join.out, self.names.group, join, [join.from_then, join.from_else])

    def truth(self: Any, value: Any) -> str:
        if isinstance(value, Number):
            return value.code.text
        if isinstance(value, ListValue):
            return f"len({value.name}) > 0"
        return str(self.refuse("a condition that is no number"))

    def joint_value(self: Any, var: Var, group: dict[Any, str], joint: Any, sources: list[Atom]) -> None:
        """The value of a variable that a joint binds."""
        if isinstance(var.kind, TapeOf):
            self.env[var] = self.tapes.of(var)
            return
        name = group[joint]
        if isinstance(var.kind, ListOf):
            self.env[var] = ListValue(name, var.kind.item)
        elif isinstance(var.kind, Scalar) or (isinstance(var.kind, Array) and var.kind.shape == ()):
            self.env[var] = self.number(var, name)
        elif isinstance(var.kind, Array):
            self.env[var] = self.buffer(name, self.joint_lengths(var, name, sources), self.dtype_of(var))
        else:
            self.refuse(f"a {var.kind!r} that a loop or branch hands on")

    # --- loops --------------------------------------------------------------------------------------------------------

    def for_loop(self: Any, stmt: For) -> None:
        start, stop, step = (self.atom(a) for a in (stmt.start, stmt.stop, stmt.step))
        if step.const is None:
            self.refuse("a range whose step is not a literal")
        self.copies([(c, c.init) for c in stmt.carried], stmt)
        low, end = self.as_affine(start, "start"), self.as_affine(stop, "stop")
        index = self.names.of[stmt.index]
        steady = {c: self.steady_lengths(c) for c in stmt.carried}
        body: list[Any] = []
        header, first, last = self.range_text(stmt, low, end, step.const)
        loop = LoopContext(index, first, last, self.items, abs(step.const))
        before = self.last_stmt
        with self.into(body), self.facts.scope(), self.scope(loop):
            self.facts.loop(index, first, last)
            self.env[stmt.index] = Number(Code(index), np.dtype("i8"), True, Affine.of(index))
            self.loop_body(stmt, steady, stmt.body)
        self.last_stmt = before
        self.items.append(TextBlock(f"for {index} in {header}:", body, self.loc))
        for carry in stmt.carried:
            self.after_loop(carry, steady)

    def range_text(self: Any, stmt: For, low: Affine, end: Affine, step: int) -> tuple[str, Affine, Affine]:
        """The range as text, and the interval of the index."""
        first, last = (low, end - 1) if step > 0 else (end + 1, low)
        if not stmt.backward:
            if step == 1:
                return (f"range({end})" if low == Affine() else f"range({low}, {end})"), first, last
            return f"range({low}, {end}, {step})", first, last
        if abs(step) == 1:
            return f"range({end - step}, {low - step}, {-step})", first, last
        count = f"(({end}) - ({low}) {'-' if step > 0 else '+'} 1) // {step}"
        return f"range(({low}) + {count} * {step}, {low - (1 if step > 0 else -1)}, {-step})", first, last

    def loop_body(self: Any, stmt: For | While, steady: dict[Carry, Any], block: Block) -> None:
        for carry in stmt.carried:
            self.inner_value(carry, steady)
        self.block(block)
        self.copies([(c, c.next) for c in stmt.carried], stmt)

    def inner_value(self: Any, carry: Carry, steady: dict[Carry, Any]) -> None:
        var = carry.inner
        if isinstance(var.kind, TapeOf):
            self.env[var] = self.tapes.of(var)
        elif isinstance(var.kind, ListOf):
            self.env[var] = ListValue(self.names.group[carry], var.kind.item)
        elif isinstance(var.kind, Scalar) or (isinstance(var.kind, Array) and var.kind.shape == ()):
            self.env[var] = self.number(var, self.names.group[carry])
        elif isinstance(var.kind, Array):
            name = self.names.group[carry]
            lengths = steady[carry] or self.lengths_now(name, len(var.kind.shape or ()))
            self.env[var] = self.buffer(name, lengths, self.dtype_of(var))
        else:
            self.refuse(f"a {var.kind!r} that a loop hands on")

    def after_loop(self: Any, carry: Carry, steady: dict[Carry, Any]) -> None:
        var = carry.out
        if isinstance(var.kind, Array) and steady[carry]:
            self.env[var] = self.buffer(self.names.group[carry], steady[carry], self.dtype_of(var))
        else:
            self.joint_value(var, self.names.group, carry, [])

    def while_loop(self: Any, stmt: While) -> None:
        self.copies([(c, c.init) for c in stmt.carried], stmt)
        steady = {c: self.steady_lengths(c) for c in stmt.carried}
        body: list[Any] = []
        before = self.last_stmt
        with self.into(body), self.facts.scope(), self.scope("while"):
            for carry in stmt.carried:
                self.inner_value(carry, steady)
            self.block(stmt.test)
            test = self.truth(self.atom(stmt.cond))
            header = f"while {test}:"
            if body:
                header = "while True:"
                body.append(TextBlock(f"if not ({test}):", [Line("break", self.loc)], self.loc))
            self.block(stmt.body)
            self.copies([(c, c.next) for c in stmt.carried], stmt)
        self.last_stmt = before
        self.items.append(TextBlock(header, body, self.loc))
        for carry in stmt.carried:
            self.after_loop(carry, steady)


def _names_in(text: str) -> set[str]:
    return set(re.findall(r"[A-Za-z_]\w*", text))
