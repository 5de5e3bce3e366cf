"""A call of a checkpointed function: its statements are a region that the reverse computes again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..ir import If, Join, Lit, Undefined, Var, defs
from ..rules.custom import Checkpoint, checkpoint
from .builtins import special
from .own_callables import TYPES
from .state import buffers_in
from .values import Box, Derived, Map, Method, Ref, Seq, UserFunction

if TYPE_CHECKING:
    from .lowerer import Lowerer


def call_checkpoint(low: Lowerer, fn: Checkpoint[..., Any], args: list[Any], kwargs: dict[str, Any], name: str,
                    node: Any) -> Any:
    """A call of what `checkpoint` made outside of the function."""
    return call_region(low, Lit(fn.primal), str(getattr(fn, "__name__", "the function")), args, kwargs, name, node)


@special(checkpoint)
def _checkpoint(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    """`pb.checkpoint(f)` inside a function."""
    if len(args) != 1 or kwargs:
        raise low.refuse("the arguments of `checkpoint`", "It takes one function.", "Write `pb.checkpoint(f)`.", node)

    def apply(low: Lowerer, derived: Derived, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
        return call_region(low, derived.function, "the function", args, kwargs, name, node)

    return Derived("checkpoint", args[0], (), apply)


def call_region(low: Lowerer, function: Any, label: str, args: list[Any], kwargs: dict[str, Any], name: str, node: Any
                ) -> Any:
    """Interpret a function in a block of its own; its results leave the region through joins."""
    store, env, heap = dict(low.state.store), dict(low.state.env), dict(low.state.heap)
    loc = low.loc
    sharing, low.sharing = low.sharing, False  # what is computed again stands in place: a routine would save it
    try:
        with low.new_block() as block:
            result = low.call(function, args, kwargs, name, node)
    finally:
        low.sharing = sharing
    changed = any(low.state.store.get(b) is not v for b, v in store.items()) or any(
        low.state.env.get(k) is not v for k, v in env.items()) or any(
        low.state.heap.get(b) is not v for b, v in heap.items())
    if changed:
        raise low.refuse(f"the checkpointed function `{label}`, which changes something outside itself",
                         "It is run again on the way back.", "Return what changed.", node)
    inside = {v for stmt in block for v in defs(stmt)}
    joins: dict[Var, Join] = {}
    values: dict[Any, Any] = {}

    def leave(value: Any) -> Any:
        if isinstance(value, Seq):
            return Seq(tuple(leave(v) for v in value.items), value.type)
        if isinstance(value, Map):
            return Map({k: leave(v) for k, v in value.items.items()}, value.type)
        if isinstance(value, Box):
            raise low.refuse(f"the checkpointed function `{label}`, which returns {low.describe(value)}",
                             "What it holds was computed inside.", "Return the values.", node)
        if isinstance(value, (UserFunction, Method)):
            raise low.refuse(f"the checkpointed function `{label}`, which returns a function",
                             "It may read what was computed inside.", "Return the values.", node)
        if not isinstance(value, (Var, Ref)):
            return value
        if isinstance(value, Ref) and value.buffer in values:
            return values[value.buffer]
        with low.new_block() as more:  # a view may have to be made anew
            atom = low.atom(value)
        block.extend(more)
        inside.update(v for stmt in more for v in defs(stmt))
        if not isinstance(atom, Var) or atom not in inside:
            return value
        if isinstance(value, Ref) and not value.buffer.owns:
            low.freeze([value.buffer], f"`{label}` may return memory of its argument")
        join = joins.setdefault(atom, Join(Var(atom.name, atom.kind), atom, Lit(Undefined)))
        made = low.value_of(join.out)
        if isinstance(value, Ref):
            values[value.buffer] = made
            if not value.buffer.owns:
                low.freeze(buffers_in(made), f"`{label}` may return memory of its argument")
        return made

    inner_store = set(low.state.store) - set(store)
    answer = leave(low.opened(result))
    # What was bound inside is out of reach: a joint further on must not ask for it.
    low.state.env = {k: v for k, v in low.state.env.items() if k in env}
    low.state.store = {b: v for b, v in low.state.store.items() if b not in inner_store}
    low.state.heap = {b: v for b, v in low.state.heap.items() if b in heap}
    low.state.views = {b: v for b, v in low.state.views.items() if b.roots().isdisjoint(inner_store)}
    low.block.append(If(Lit(True), tuple(block), (), tuple(joins.values()), "checkpoint", loc))
    return low.boxed(answer)


TYPES[Checkpoint] = call_checkpoint

__all__ = ["call_checkpoint"]
