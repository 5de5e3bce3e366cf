"""Operators inside functions: `pb.grad(f)` called where the compiler reads a program.

The inner function is interpreted in place, in a block of its own, with fresh variables for what it is differentiated
by. The block is reversed, and both sweeps are spliced into the program around it. So the transforms that follow see
plain IR and differentiate it again, and nothing is parsed twice. The fresh variables keep the derivatives of two
levels apart: a variable of the outer function that the inner one reads is a constant to the inner derivative and
stays active for the outer one (no perturbation confusion).
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..runtime.errors import ArgumentError, WrtError
from . import pipeline
from .domains.kinds import dtype_of, is_differentiable, kind_of
from .ir import Atom, Block, Function, Lit, Loc, Param, Stmt, Var, walk
from .lower import Lowerer, Ref, Seq
from .lower.own_functions import signature_of
from .lower.values import Derived, Map, Method, Object, UserFunction
from .results import scalar_check, scalar_result
from .source import Origin
from .transforms.forward import forward
from .transforms.rewrite import drop_dead, relocate, substitute
from .transforms.simplify import Simplifier

Place = tuple[str, Any]  # ("arg", position) or ("keyword", name)


def gradient_of(function: Any, wrt: Any, with_value: bool, has_aux: bool = False) -> Derived:
    """The abstract value of `grad(function, wrt)`."""
    wrt = tuple(wrt) if isinstance(wrt, (list, tuple)) else wrt
    operator = "value_and_grad" if with_value else "grad"
    return Derived(operator, function, (wrt, with_value, has_aux), _apply_gradient)


def nested_operator(with_value: bool) -> Any:
    """How a call of `grad` or `value_and_grad` is interpreted inside a program."""

    def make(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
        values = dict(zip(("fn", "wrt"), args, strict=False)) | kwargs
        wrt = static(low, values.get("wrt", Lit(None)), "wrt", node)
        has_aux = bool(static(low, values.get("has_aux", Lit(False)), "has_aux", node))
        wrt = 0 if wrt is None else wrt
        if "fn" in values:
            return gradient_of(values["fn"], wrt, with_value, has_aux)

        def decorate(low: Lowerer, derived: Derived, given: list[Any], *_: Any) -> Any:
            return gradient_of(given[0], wrt, with_value, has_aux)

        return Derived("decorator", Lit(None), (wrt, with_value, has_aux), decorate)

    return make


def static(low: Lowerer, value: Any, what: str, node: Any) -> Any:
    """The value of an operator's argument that must be known before the run."""
    if isinstance(value, Lit):
        return value.value
    if isinstance(value, Seq):
        return tuple(static(low, v, what, node) for v in value.items)
    raise low.refuse(f"a value for `{what}` that is not a constant", "What is compiled depends on it.",
                     "Write a number, a name, or a tuple of them.", node)


@dataclass(eq=False)
class Inner:
    """A call of the inner function, interpreted in a block of its own.

    roots  : fresh variable -> the atom of the surrounding program that it stands for
    trees  : for each argument that is differentiated, the tree of its roots (Lit(None) where it has no derivative)
    block  : its statements
    result : its abstract value
    """

    label: str
    origin: Origin
    trees: list[Any]
    roots: dict[Var, Atom] = field(default_factory=dict)
    block: Block = ()
    result: Any = None

    def splice(self, low: Lowerer, statements: Sequence[Stmt]) -> None:
        """Append statements to the surrounding block, with what the roots stand for."""
        inside = low.loc_override is not None and low.loc_override.backward  # called by a custom adjoint
        low.block += substitute(statements if inside else relocate(statements, finished), self.roots)
        for buffer, var in low.state.store.items():  # the arguments' memory: a branch around the call joins it
            atom = self.roots.get(var)
            if isinstance(atom, Var):
                low.state.store[buffer] = atom
        tables: list[dict[Any, Any]] = [low.state.env, low.state.heap]
        for held in tables:  # so it does the names of the function that was called
            for key, value in held.items():
                held[key] = self._around(value)

    def _around(self, value: Any) -> Any:
        """What a name or a container of the inner function holds, once the call is over."""
        if isinstance(value, Var):
            return self.roots.get(value, value)
        if isinstance(value, Seq):
            items = tuple(map(self._around, value.items))
            same = all(new is old for new, old in zip(items, value.items, strict=True))
            return value if same else replace(value, items=items, atom=None)
        if isinstance(value, Map):
            inside = {k: self._around(v) for k, v in value.items.items()}
            same = all(new is value.items[k] for k, new in inside.items())
            return value if same else replace(value, items=inside, atom=None)
        return value

    def outside(self, low: Lowerer, value: Any) -> Any:
        """An abstract value of the inner function as one of the surrounding program: arrays in memory of their own."""
        if isinstance(value, Seq):
            return Seq(tuple(self.outside(low, v) for v in value.items), value.type)
        if isinstance(value, Map):
            return Map({k: self.outside(low, v) for k, v in value.items.items()})
        if isinstance(value, (Ref, Var)):
            atom = low.atom(value)
            atom = self.roots.get(atom, atom) if isinstance(atom, Var) else atom
            return low.value_of(atom) if isinstance(atom, Var) else atom
        return value


def finished(loc: Loc | None) -> Loc | None:
    """The location of a statement of an inner adjoint, once it is a part of the program around it."""
    return loc if loc is None or not loc.backward else replace(loc, backward=False, level=loc.level + 1)


def interpret(low: Lowerer, function: Any, wrt: Any, args: list[Any], kwargs: dict[str, Any], node: Any) -> Inner:
    """Interpret a call of `function` with fresh variables for the arguments that `wrt` names."""
    names = parameter_names(function)
    label = label_of(function)
    # Containers are copied: what the inner function does to its arguments is not seen by the one around it.
    args, kwargs = [low.opened(a) for a in args], {k: low.opened(v) for k, v in kwargs.items()}
    before = dict(low.state.store)
    inner = Inner(label, origin_of(function) or low.origin, [])
    places = [_place(low, w, args, kwargs, names, label, node)
              for w in (wrt if isinstance(wrt, tuple) else (wrt,))]
    for number, value in enumerate(args):
        args[number] = _own(low, value)
    for keyword, value in kwargs.items():
        kwargs[keyword] = _own(low, value)
    for where, key in places:
        holder: Any = args if where == "arg" else kwargs
        hint = key if isinstance(key, str) else names[key] if key < len(names) else "x"
        holder[key], tree = _rooted(low, inner, holder[key], hint)
        _check(hint, holder[key], tree, label)
        inner.trees.append(tree)
    heap = dict(low.state.heap)
    args, kwargs = [low.boxed(a) for a in args], {k: low.boxed(v) for k, v in kwargs.items()}
    with low.new_block() as block:
        inner.result = low.opened(low.call(function, args, kwargs, "", node))
    if any(low.state.heap[box] is not content for box, content in heap.items()):
        raise low.refuse(f"a change of a container from outside, in `{label}`, which is differentiated here",
                         "The container would keep the change after the call.", "Make a copy first.", node)
    for buffer, var in before.items():
        if low.state.store.get(buffer) is not var:
            raise low.refuse(f"a store into an array from outside, in `{label}`, which is differentiated here",
                             "The array would keep the change after the call.", "Make a copy first: `a = a.copy()`.",
                             node)
    inner.block = tuple(block)
    return inner


def _apply_gradient(low: Lowerer, derived: Derived, args: list[Any], kwargs: dict[str, Any], name: str, node: Any
                    ) -> Any:
    """A call of `grad(f)`: both sweeps of f, spliced into the block."""
    wrt, with_value, has_aux = derived.settings
    inner = interpret(low, derived.function, wrt, args, kwargs, node)
    result, aux = (inner.result, None)
    if has_aux:
        if not isinstance(result, Seq) or len(result.items) != 2:
            raise low.refuse(f"`{inner.label}`, which does not return a pair", "has_aux=True needs (value, aux).",
                             "Return `value, aux`.", node)
        result, aux = result.items
    atom = scalar_result(low.atom(result) if isinstance(result, Ref) else result, inner.origin)
    gradients = _reversed(low, inner, atom, name)
    tree = filled(low, inner.trees, gradients)
    answer: Any = tree if isinstance(wrt, tuple) else tree.items[0]
    if with_value:
        value = inner.outside(low, result)
        answer = Seq((Seq((value, inner.outside(low, aux))) if has_aux else value, answer))
    elif has_aux:
        answer = Seq((answer, inner.outside(low, aux)))
    return answer


def both_sweeps(low: Lowerer, inner: Inner, block: Block, results: list[Atom], seeds: list[Any]
                ) -> tuple[list[Stmt], list[Stmt], list[Atom]]:
    """The forward and the reverse sweep of a function inside, simplified, and the gradients by its roots, in order."""
    roots, options = list(inner.roots), pipeline.DEFAULTS
    function = Function(inner.label, tuple(Param(r, r.name) for r in roots), block, tuple(results), len(results) == 1,
                        inner.origin, notes={"captured": tuple(low.captured.values())})
    swept = pipeline.reverse_statements(function, inner.origin, roots, results, seeds, options, again=True)
    backward, gradients = swept.backward, swept.gradients
    if options.simplify:
        simplifier = Simplifier(swept.forward, pipeline.shape_sources(function, swept.forward))
        backward = list(simplifier.run(backward))
        gradients = [simplifier.atom(g) for g in gradients]
    return swept.forward, backward, gradients


def _reversed(low: Lowerer, inner: Inner, result: Atom, name: str) -> list[Atom]:
    """Splice both sweeps; the gradients by the roots, in order."""
    ahead, backward, gradients = both_sweeps(low, inner, inner.block, [result], [pipeline.unit_seed])
    checks = scalar_check(result, inner.origin, inner.block)
    statements = [*ahead, *checks, *drop_dead(backward, gradients)]
    if len(gradients) == 1 and name:
        statements, gradients = _renamed(statements, gradients[0], name)
    inner.splice(low, statements)
    return [inner.roots.get(g, g) if isinstance(g, Var) else g for g in gradients]


def _renamed(statements: list[Stmt], gradient: Atom, name: str) -> tuple[list[Stmt], list[Atom]]:
    """The gradient under the name that the user gives it, where it is made by the last statement."""
    last = statements[-1] if statements else None
    if isinstance(gradient, Var) and last is not None and getattr(last, "outs", ()) == (gradient,):
        out = Var(name, gradient.kind)
        return [*statements[:-1], replace(last, outs=(out,))], [out]  # type: ignore[arg-type]
    return statements, [gradient]


def filled(low: Lowerer, trees: Sequence[Any], leaves: Sequence[Atom]) -> Any:
    """The trees with values at their leaves."""
    remaining = iter(leaves)

    def fill(tree: Any) -> Any:
        if isinstance(tree, Var):
            atom = next(remaining)
            return low.value_of(atom) if isinstance(atom, Var) else atom
        if isinstance(tree, Seq):
            return Seq(tuple(map(fill, tree.items)), tree.type)
        if isinstance(tree, Map):
            return Map({k: fill(v) for k, v in tree.items.items()})
        return tree

    return Seq(tuple(map(fill, trees)))


def splice_tangents(low: Lowerer, inner: Inner, tangents: Mapping[Var, Atom]) -> Seq:
    """Splice the inner function with the statements of its tangents; the pair (value, tangent)."""
    leaves: list[Any] = []
    with low.new_block() as tail:
        tree = low.flatten_output(inner.result, leaves)
    block = (*inner.block, *tail)
    roots = tuple(Param(r, r.name) for r in inner.roots)
    function = Function(inner.label, roots, block, tuple(leaves), False, inner.origin)
    statements, found, _ = forward(function, tangents, leaves)
    if pipeline.DEFAULTS.simplify:
        simplifier = Simplifier((), pipeline.shape_sources(function, list(block)), as_written=walk(block))
        statements = list(simplifier.run(statements))
        found = [simplifier.atom(a) for a in found]
    inner.splice(low, statements)
    remaining = iter(found)

    def fill(tree: Any) -> Any:
        if isinstance(tree, Seq):
            return Seq(tuple(map(fill, tree.items)), tree.type)
        if isinstance(tree, Map):
            return Map({k: fill(v) for k, v in tree.items.items()})
        atom = next(remaining)
        if not is_differentiable(tree.kind if isinstance(tree, Var) else kind_of(tree.value)):
            return Lit(None)
        atom = inner.roots.get(atom, atom) if isinstance(atom, Var) else atom
        return low.value_of(atom) if isinstance(atom, Var) else atom

    return Seq((inner.outside(low, inner.result), fill(tree)))


# --- arguments --------------------------------------------------------------------------------------------------------

def _own(low: Lowerer, value: Any) -> Any:
    """An argument whose arrays have memory of their own: the inner function may store into them."""
    if isinstance(value, Ref):
        atom = low.atom(value)
        assert isinstance(atom, Var)
        return low.value_of(atom)
    if isinstance(value, Seq):
        return Seq(tuple(_own(low, v) for v in value.items), value.type)
    if isinstance(value, Map):
        return Map({k: _own(low, v) for k, v in value.items.items()})
    return value


def _rooted(low: Lowerer, inner: Inner, value: Any, hint: str) -> tuple[Any, Any]:
    """An argument with a fresh variable at each differentiable leaf, and the tree of these variables."""
    if isinstance(value, Seq):
        pairs = [_rooted(low, inner, v, f"{hint}_{i}") for i, v in enumerate(value.items)]
        return Seq(tuple(v for v, _ in pairs), value.type), Seq(tuple(t for _, t in pairs), value.type)
    if isinstance(value, Map):
        made = {k: _rooted(low, inner, v, str(k) if str(k).isidentifier() else f"{hint}_{len(inner.roots)}")
                for k, v in value.items.items()}
        return Map({k: v for k, (v, _) in made.items()}), Map({k: t for k, (_, t) in made.items()})
    if isinstance(value, (Ref, Var, Lit)):
        atom = low.atom(value)
        kind = atom.kind if isinstance(atom, Var) else kind_of(atom.value)
        dtype = dtype_of(kind)
        if not is_differentiable(kind) or (dtype is not None and dtype.kind not in "fc"):
            return value, Lit(None)
        root = Var(hint, kind)
        inner.roots[root] = atom
        return low.value_of(root), root
    return value, value.atom if isinstance(value, Object) else Lit(None)


def _check(name: str, value: Any, tree: Any, label: str) -> None:
    """A bare argument that cannot have a derivative is an error; inside a structure it gives None."""
    if (isinstance(tree, Lit) and isinstance(value, (Var, Ref))) or (
            isinstance(value, Lit) and isinstance(value.value, (int, bool))):
        raise ArgumentError(f"argument `{name}` of {label} is of an integer or boolean type", None,
                            "An integer has no derivative.", "Pass a float: `float(x)` or `x.astype(float)`.")
    if not isinstance(value, (Var, Ref, Seq, Map)):
        what = type(value.value).__name__ if isinstance(value, (Lit, Object)) else "function"
        raise ArgumentError(f"argument `{name}` of {label} is a {what}", None,
                            "It has no derivative.", "Name an argument that is a float, an array, or holds some.")


def _place(low: Lowerer, wrt: Any, args: list[Any], kwargs: dict[str, Any], names: list[str], label: str, node: Any
           ) -> Place:
    """Where in a call the argument stands that `wrt` names."""
    if isinstance(wrt, str):
        if wrt in kwargs:
            return ("keyword", wrt)
        if wrt in names and names.index(wrt) < len(args):
            return ("arg", names.index(wrt))
        raise WrtError(f"{label} was not given the argument {wrt!r} that it is differentiated by", low.where(node), "",
                       "Pass it, or change `wrt`.")
    index = int(wrt)
    if index < 0:
        index += len(names) or len(args)
    if 0 <= index < len(args):
        return ("arg", index)
    if 0 <= index < len(names) and names[index] in kwargs:
        return ("keyword", names[index])
    raise WrtError(f"wrt={wrt} of {label}, which was given {len(args)} positional arguments", low.where(node), "",
                   "Pass it, or change `wrt`.")


def by_position(low: Lowerer, function: Any, args: list[Any], kwargs: dict[str, Any], wrt: int | str, operator: str,
                node: Any) -> tuple[list[Any], dict[str, Any], int]:
    """A call with the argument that `wrt` names among the positional ones, and its index there."""
    args, kwargs, names = list(args), dict(kwargs), parameter_names(function)
    place, key = _place(low, wrt, args, kwargs, names, label_of(function), node)
    if place == "arg":
        return args, kwargs, int(key)
    while len(args) < len(names) and names[len(args)] in kwargs:
        args.append(kwargs.pop(names[len(args)]))
        if names[len(args) - 1] == key:
            return args, kwargs, len(args) - 1
    raise low.refuse(f"`{operator}` by `{key}`, which is passed by keyword after one that is left out", "",
                     "Pass it by position.", node)


def parameter_names(function: Any) -> list[str]:
    """The names of the positional parameters of an abstract function; [] where they are not known."""
    signature = _signature(function)
    if signature is None:
        return []
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [p.name for p in signature.parameters.values() if p.kind in kinds]


def _signature(function: Any) -> inspect.Signature | None:
    if isinstance(function, UserFunction):
        signature = signature_of(function.node, function.defaults)
        params = list(signature.parameters.values())[len(function.first):]
        return signature.replace(parameters=params)
    if isinstance(function, Derived):
        return _signature(function.function)
    if isinstance(function, Method) and isinstance(function.owner, Object):
        found = getattr(function.owner.value, function.name)
    elif isinstance(function, (Lit, Object)):
        found = function.value
    else:
        return None
    try:
        return inspect.signature(found)
    except (TypeError, ValueError):
        return None


def label_of(function: Any) -> str:
    """What a message calls an abstract function."""
    if isinstance(function, UserFunction):
        return str(getattr(function.node, "name", "<lambda>"))
    if isinstance(function, Derived):
        return f"{function.operator} of {label_of(function.function)}"
    if isinstance(function, Method):
        return function.name
    value = getattr(function, "value", function)
    return str(getattr(value, "__name__", type(value).__name__))


def origin_of(function: Any) -> Origin | None:
    """The text of an abstract function, for messages."""
    from .source import read

    if isinstance(function, UserFunction):
        found: Origin = function.origin
        return found
    if isinstance(function, Derived):
        return origin_of(function.function)
    if isinstance(function, Lit) and inspect.isroutine(function.value) and hasattr(function.value, "__code__"):
        return read(function.value)
    return None


__all__ = ["Inner", "by_position", "filled", "finished", "gradient_of", "interpret", "label_of", "origin_of",
           "splice_tangents"]
