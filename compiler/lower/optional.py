"""None until set: what a name holds that is None on some paths and a value on the others.

    best = None                       best_is_none = True
    for v in x:                  =>   for v in x:
        if best is None or v > best:      if best_is_none or v > best:
            best = v                          best = v; best_is_none = False

A `Maybe` carries the flag and the value through joints and loops as two parts. What the tests around a place say about
the flag is known there (`best` is no None after `if best is None: return`); where it is not known and the value is
needed, the run raises TypeError, as Python does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import primitives as prim
from ..domains import kinds
from ..ir import Call, If, Join, Lit, Var
from .values import UNBOUND, Map, Maybe, Ref, Seq, is_value

if TYPE_CHECKING:
    from .lowerer import Lowerer
    from .paths import Joined, Path


class Step(str):
    """A step to a part of a Maybe; it names what a loop carries."""

    __slots__ = ()


IS_NONE, VALUE = Step("is_none"), Step("")


def is_none(value: Any) -> bool:
    return isinstance(value, Lit) and value.value is None


def optional(value: Any) -> bool:
    """Can this be joined with None to a Maybe? A container that can change cannot."""
    return isinstance(value, (Maybe, Seq, Ref)) or (isinstance(value, (Var, Lit)) and is_value(value))


def as_maybe(value: Any) -> Maybe:
    if isinstance(value, Maybe):
        return value
    return Maybe(Lit(True), UNBOUND) if is_none(value) else Maybe(Lit(False), value)




class Optional:
    """Mixin of `Lowerer`."""

    # --- what is known of the flags --------------------------------------------------------------------------------

    def learn(self: Lowerer, cond: Any, holds: bool) -> None:
        """On this path the condition holds, or does not: what that says about flags is known."""
        if not isinstance(cond, Var):
            return
        if cond in self.none_flags:
            self.state.facts[cond] = holds
        if cond in self.negations:
            self.learn(self.negations[cond], not holds)
        for other, truth in self.implied.get((cond, holds), ()):
            self.learn(other, truth)

    def imply(self: Lowerer, result: Any, holds: bool, parts: list[Any]) -> None:
        """`a and b` is true only where both are, `a or b` false only where neither is."""
        if isinstance(result, Var):
            self.implied[(result, holds)] = [(p, holds) for p in parts if isinstance(p, Var)]

    def settled(self: Lowerer, value: Any) -> Any:
        """A Maybe as what it is known to be here: None, the value, or still a Maybe."""
        if not isinstance(value, Maybe):
            return value
        known = value.none.value if isinstance(value.none, Lit) else self.state.facts.get(value.none)
        return value if known is None else Lit(None) if known else value.value

    def surely(self: Lowerer, value: Maybe) -> Any:
        """The value of a Maybe that is used as one: the run raises where it is None, as Python does."""
        found = self.settled(value)
        if not isinstance(found, Maybe):
            return found
        flag = self.atom(found.none)
        with self.new_block() as block:
            error = self.make_exception(TypeError, [Lit("None where a value is needed")], {})
            self.block.append(Call((), prim.RAISE, (self.atom(error),), (), self.loc))
        self.block.append(If(flag, tuple(block), (), (), "statement", self.loc))
        self.learn(flag, False)
        if found.value is UNBOUND:
            raise self.refuse("a name that is None on every path that is taken", "", "Give it a value.")
        return found.value

    def none_test(self: Lowerer, value: Maybe, positive: bool) -> Any:
        """`value is None`"""
        return value.none if positive else self.negate(value.none)

    def truth_of_maybe(self: Lowerer, value: Maybe, node: Any) -> Any:
        return self.short_circuit("and", self.negate(value.none), lambda: self.truth(self.settled(value), node))

    def as_object(self: Lowerer, value: Any) -> Any:
        """None or the value, for what is printed or kept: no derivative passes through it."""
        found = self.settled(value)
        if not isinstance(found, Maybe):
            return found
        out = Var("", kinds.UNKNOWN)
        with self.new_block() as block:
            self.learn(found.none, False)
            atom = self.atom(self.emit(prim.STOP, found.value) if isinstance(found.value, (Var, Ref)) else found.value)
        self.block.append(If(self.atom(found.none), (), tuple(block), (Join(out, Lit(None), atom),), "statement",
                             self.loc))
        self.state.facts.pop(found.none, None)
        return out

    # --- joints ----------------------------------------------------------------------------------------------------

    def join_maybe(self: Lowerer, a: Path, b: Path, left: Any, right: Any, joins: list[Join], name: str,
                   pairs: Joined) -> Any:
        """None, or a Maybe, on one path at least."""
        one, other = as_maybe(left), as_maybe(right)
        flag = self._join_values(a, b, one.none, other.none, joins, f"{name}_is_none" if name else "", pairs)
        if isinstance(flag, Var):
            self.none_flags.add(flag)
        if one.value is UNBOUND and other.value is UNBOUND:
            return Maybe(flag, UNBOUND)
        if one.value is UNBOUND or other.value is UNBOUND:
            absent = one.value is UNBOUND
            path, value = (b, other.value) if absent else (a, one.value)
            return Maybe(flag, self._value_of_path(path, value, absent, joins, name, pairs))
        return Maybe(flag, self._join_values(a, b, one.value, other.value, joins, name, pairs))

    def skeleton(self: Lowerer, value: Any) -> Any:
        """The form of a value that is not there yet."""
        if isinstance(value, Seq):
            return Seq(tuple(map(self.skeleton, value.items)), value.type)
        if isinstance(value, Map):
            return Map({k: self.skeleton(v) for k, v in value.items.items()}, value.type)
        return UNBOUND

    def maybe_in_loop(self: Lowerer, before: Any, after: Any) -> tuple[Maybe, Maybe] | None:
        """Two contents of a slot as Maybes of one form, where one of them is None or a Maybe and the other fits."""
        if not any(isinstance(v, Maybe) or is_none(v) for v in (before, after)):
            return None
        if not all(optional(v) for v in (before, after)):
            return None
        one, other = as_maybe(before), as_maybe(after)
        if one.value is UNBOUND:
            one = Maybe(one.none, self.skeleton(other.value))
        if other.value is UNBOUND:
            other = Maybe(other.none, one.value)
        return one, other


__all__ = ["IS_NONE", "VALUE", "Optional", "as_maybe", "is_none", "optional"]
