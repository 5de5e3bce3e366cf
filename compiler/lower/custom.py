"""A call of a function with an adjoint of its own.

`forward` is interpreted in place, as any function; what it returns goes through a *bridge*:

    ans = bridge(value, saved..., arguments...)

which is the identity of `value`, and whose reverse is the interpreted `backward` (transforms/bridges.py). The
cotangent of `ans` goes to the arguments alone, so `forward` has no reverse of its own; but `saved` is made by ordinary
statements, so that the derivative of the adjoint is right.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..domains import kinds
from ..domains.kinds import is_differentiable
from ..ir import Atom, Call, Lit, Primitive, Var, free_vars
from ..rules.custom import CustomJvp, CustomVjp
from .own_callables import TYPES
from .state import buffers_in
from .values import Map, Ref, Seq

if TYPE_CHECKING:
    from .lowerer import Lowerer


@dataclass(frozen=True, eq=False, slots=True)
class At:
    """In a tree of abstract values: the argument of the bridge at this position."""

    position: int


@dataclass(frozen=True, eq=False, slots=True)
class Bridge:
    """What the reverse of a bridge needs: the function, and how its arguments are arranged.

    value, saved, args : trees with `At` at the leaves; anything else in them is known at compile time
    inside             : positions of values that the function closes over
    """

    custom: CustomVjp[..., Any]
    value: Any
    saved: Any
    args: tuple[Any, ...]
    inside: tuple[int, ...]

    @property
    def name(self) -> str:
        return name_of(self.custom)


@dataclass(frozen=True, eq=False, slots=True)
class ByResult:
    """The rule of a call whose adjoint reads its result and its arguments only (`implicit`).

    backward : ((result, arguments), d_result) -> the cotangents, one for each argument
    args     : trees with `At` at the leaves, the positions of the call's arguments
    tangent  : (result, arguments, tangents) -> the tangent of the result; None: the transpose of `backward`
    """

    name: str
    backward: Any
    args: tuple[Any, ...]
    tangent: Any = None


def name_of(fn: CustomVjp[..., Any]) -> str:
    return str(getattr(fn, "__name__", "custom_vjp"))


def replaced(tree: Any, at: Any) -> Any:
    """The tree with `at(position)` at its leaves."""
    if isinstance(tree, At):
        return at(tree.position)
    if isinstance(tree, Seq):
        return Seq(tuple(replaced(t, at) for t in tree.items), tree.type)
    if isinstance(tree, Map):
        return Map({k: replaced(t, at) for k, t in tree.items.items()}, tree.type)
    return tree


def flattened(low: Lowerer, atoms: list[Atom], value: Any) -> Any:
    """The value as a tree with `At` at its leaves, whose atoms are appended to `atoms`."""
    value = low.opened(value)
    if isinstance(value, Seq):
        return Seq(tuple(flattened(low, atoms, v) for v in value.items), value.type)
    if isinstance(value, Map):
        return Map({k: flattened(low, atoms, v) for k, v in value.items.items()}, value.type)
    if not isinstance(value, (Var, Ref)):
        return value
    atoms.append(low.atom(value))
    return At(len(atoms) - 1)


def positions(tree: Any) -> Iterator[int]:
    """The leaves of a tree, in order."""
    if isinstance(tree, At):
        yield tree.position
    elif isinstance(tree, Seq):
        for item in tree.items:
            yield from positions(item)
    elif isinstance(tree, Map):
        for item in tree.items.values():
            yield from positions(item)


def call_custom(low: Lowerer, fn: CustomVjp[..., Any], args: list[Any], kwargs: dict[str, Any], name: str, node: Any
                ) -> Any:
    """Interpret `forward`, and bridge to its value."""
    if fn.forward is None or fn.backward is None:
        lacks, call = ("custom_jvp without its tangent", "defjvp(rule)") if isinstance(fn, CustomJvp) else (
            "custom_vjp without its adjoint", "defvjp(forward, backward)")
        raise low.refuse(f"a call of `{name_of(fn)}`, a {lacks}", "",
                         f"Give it with `.{call}` before the first derivative.", node)
    args = positional(low, fn, args, kwargs, node)
    atoms: list[Atom] = []
    leaf = functools.partial(flattened, low, atoms)
    given = tuple(leaf(a) for a in args)
    arguments = set(atoms)
    before = dict(low.state.store)
    start = len(low.block)
    heap = dict(low.state.heap)
    result = low.opened(low.call(Lit(fn.forward), list(args), {}, name, node))
    _check_unwritten(low, fn, before, heap, node)
    if not isinstance(result, Seq) or len(result.items) != 2:
        raise low.refuse(f"the forward function of `{name_of(fn)}`", f"It returns {low.describe(result)}, not a pair.",
                         "Return `value, saved`.", node)
    inner = low.block[start:]
    value = leaf(result.items[0])
    saved = leaf(result.items[1])
    closed = [v for v in free_vars(tuple(inner)) if v not in arguments
              and is_differentiable(v.kind)]
    inside = tuple(range(len(atoms), len(atoms) + len(closed)))
    atoms += closed
    bridge = Bridge(fn, value, saved, given, inside)
    _check_backward(low, bridge, atoms, node)
    return _emit(low, bridge, atoms, result.items[0], name)


def positional(low: Lowerer, fn: CustomVjp[..., Any], args: list[Any], kwargs: dict[str, Any], node: Any) -> list[Any]:
    """The arguments in the places of the primal's parameters, defaults too."""
    signature = inspect.signature(fn.primal)
    signature = signature.replace(parameters=[
        p if p.default is p.empty else p.replace(default=Lit(p.default)) for p in signature.parameters.values()])
    bound = low.bind_arguments(signature, args, kwargs, node, name_of(fn))
    placed: list[Any] = []
    for parameter in signature.parameters.values():
        value = bound[parameter.name]
        if parameter.kind is parameter.VAR_KEYWORD and not value.items:
            continue
        if parameter.kind is parameter.VAR_POSITIONAL:
            placed += value.items
        else:
            placed.append(value)
    return placed


def _check_unwritten(low: Lowerer, fn: CustomVjp[..., Any], before: dict[Any, Var], heap: dict[Any, Any],
                     node: Any) -> None:
    changed = [b for b, var in before.items() if low.state.store.get(b) is not var]
    if changed or any(low.state.heap.get(box) is not content for box, content in heap.items()):
        raise low.refuse(f"the forward function of `{name_of(fn)}`, which writes to what is outside it",
                         "A custom adjoint is for a function without side effects.", "Write to a copy.", node)


def _check_backward(low: Lowerer, bridge: Bridge, atoms: list[Atom], node: Any) -> None:
    def saved(value_at: Any) -> Any:
        return replaced(bridge.saved, value_at)

    d_ans = replaced(bridge.value, lambda p: _cotangent_like(low, atoms[p]))
    rehearse(low, bridge, bridge.custom.backward, saved, d_ans, atoms, node)


def rehearse(low: Lowerer, rule: Bridge | ByResult, backward: Any, saved: Any, d_ans: Any, atoms: list[Atom], node: Any
             ) -> None:
    """Interpret `backward` once, for its errors and for what it captures; its statements are thrown away.

    saved : (function: position -> abstract value of the argument there) -> what `backward` is given as saved

    A rule that calls its own function again is interpreted once.
    """
    if backward in low.rehearsing:
        return
    low.rehearsing.add(backward)
    state, block = low.state, low.block
    low.state, low.block = state.copy(), []
    try:
        values = {p: low.value_of(Var("", a.kind)) if isinstance(a, Var) else a for p, a in enumerate(atoms)}
        given = [low.boxed(saved(values.__getitem__)), low.boxed(d_ans)]
        result = low.call(Lit(backward), given, {}, "", node)
        check_cotangents(low, rule, result, node)
    finally:
        low.rehearsing.discard(backward)
        low.state, low.block = state, block


def _cotangent_like(low: Lowerer, atom: Atom) -> Any:
    if not isinstance(atom, Var) or not is_differentiable(atom.kind):
        return Lit(None)
    return low.value_of(Var("d_ans", atom.kind))


def check_cotangents(low: Lowerer, bridge: Bridge | ByResult, result: Any, node: Any) -> list[Any]:
    """What `backward` returned, one for each positional argument; a located error if it does not fit."""
    result = low.opened(result)
    count = len(bridge.args)
    result = low.opened(result)
    items = list(result.items) if isinstance(result, Seq) and result.type is tuple else [result]
    if count == 1 and len(items) != 1:
        items = [result]
    if len(items) != count:
        raise low.refuse(f"the backward function of `{bridge.name}`",
                         f"It returns {len(items)} cotangent{'s' * (len(items) > 1)} for {count} arguments.",
                         "Return one for each positional argument, None where there is no derivative.", node)
    for number, (item, argument) in enumerate(zip(items, bridge.args, strict=True)):
        _check_structure(low, bridge, item, argument, f"argument {number}", node)
    return items


def _fits(item: Any, argument: Any) -> bool:
    """As many items; of a dict no others (what has no derivative may be left out)."""
    if isinstance(argument, Map):
        return set(item.items) <= set(argument.items)
    return len(item.items) == len(argument.items)


def paired(item: Any, argument: Any) -> list[tuple[Any, Any]]:
    """The parts of a cotangent with those of its argument; None where it was left out."""
    if isinstance(argument, Map):
        return [(item.items.get(key), inner) for key, inner in argument.items.items()]
    return list(zip(item.items, argument.items, strict=True))


def _check_structure(low: Lowerer, bridge: Bridge | ByResult, item: Any, argument: Any, what: str, node: Any) -> None:
    if item is None or (isinstance(item, Lit) and item.value is None):
        return
    if isinstance(argument, (Seq, Map)):
        if not isinstance(item, Seq if isinstance(argument, Seq) else Map) or not _fits(item, argument):
            raise low.refuse(f"the backward function of `{bridge.name}`", f"Its cotangent of {what} is "
                             f"{low.describe(item)}, the argument {low.describe(argument)}.",
                             "Give it the argument's structure.", node)
        for part, inner in paired(item, argument):
            _check_structure(low, bridge, part, inner, what, node)
        return
    if isinstance(item, (Seq, Map)):
        raise low.refuse(f"the backward function of `{bridge.name}`",
                         f"Its cotangent of {what} is {low.describe(item)}, the argument is one number or array.",
                         "Return one cotangent for each positional argument.", node)


def _emit(low: Lowerer, bridge: Bridge, atoms: list[Atom], value: Any, name: str) -> Any:
    places = list(positions(bridge.value))
    if not places:
        return low.boxed(value)
    outs = tuple(Var(name if len(places) == 1 else "", _kind(atoms[p])) for p in places)
    low.block.append(Call(outs, Primitive("bridge", _identity, "bridge", bridge, True, "may"), tuple(atoms), (),
                          low.loc))
    made = dict(zip(places, (low.value_of(o) for o in outs), strict=True))
    result = replaced(bridge.value, made.__getitem__)
    given = {atoms[p] for a in bridge.args for p in positions(a)}
    buffers = buffers_in(value)
    if any(atoms[p] in given for p in places) or any(not b.owns for b in buffers):
        low.freeze([*buffers, *buffers_in(result)], f"`{bridge.name}` may return memory of its argument")
    return low.boxed(result)


def _kind(atom: Atom) -> Any:
    return atom.kind if isinstance(atom, Var) else kinds.kind_of(atom.value)


def _identity(*args: Any) -> Any:
    return args


TYPES[CustomVjp] = call_custom

__all__ = ["At", "Bridge", "ByResult", "call_custom", "check_cotangents", "flattened", "paired", "positional",
           "positions", "rehearse", "replaced"]
