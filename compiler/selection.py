"""Which arguments `wrt` names, and the tree of their differentiable leaves."""

from __future__ import annotations

import difflib
import inspect
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..runtime.errors import ArgumentError, WrtError
from .arguments import Spec
from .domains.kinds import dtype_of, is_differentiable
from .ir import Lit, Var
from .lower import Ref, Seq
from .lower.functions import Lowered
from .lower.values import Map, Object
from .pipeline import Wanted

Wrt = int | str | Sequence[int | str]


class Selection:
    """Which arguments `wrt` names."""

    def __init__(self, signature: inspect.Signature, wrt: Wrt, bound: bool, label: str, method: bool = False) -> None:
        self.label = label
        self.method = method  # reached through an instance: the indices are shifted by one (see `after_self`)
        self.signature = signature
        self.single = isinstance(wrt, (int, str))
        chosen: list[int | str] = [wrt] if isinstance(wrt, (int, str)) else list(wrt)
        if not chosen:
            raise WrtError("wrt names no argument", None, "It is empty.", "Name at least one.")
        self.entries = [self._entry(c, bound) for c in chosen]

    def _entry(self, chosen: int | str, bound: bool) -> tuple[str, Any]:
        params = list(self.signature.parameters.values())
        positional = [p for p in params if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        if bound:
            positional = positional[1:]
        variadic = next((p for p in params if p.kind is p.VAR_POSITIONAL), None)
        if isinstance(chosen, bool) or not isinstance(chosen, (int, str, np.integer)):
            raise WrtError(f"wrt={chosen!r} is neither an index nor a name", None, "",
                           "Give an index, a parameter name, or a tuple of them.")
        if isinstance(chosen, str):
            names = {p.name for p in params if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)}
            if chosen in names:
                return (chosen, None)
            keywords = next((p for p in params if p.kind is p.VAR_KEYWORD), None)
            if keywords is not None:
                return (keywords.name, chosen)
            close = difflib.get_close_matches(chosen, names, 1)
            hint = f"Did you mean {close[0]!r}?" if close else f"Its parameters are {', '.join(sorted(names))}."
            raise WrtError(f"{self.label} has no parameter {chosen!r}", None, "", hint)
        if self.method:
            positional, chosen = positional[1:], chosen - (chosen > 0)
        index = int(chosen)
        if -len(positional) <= index < len(positional):
            return (positional[index].name, None)
        if variadic is not None and index >= len(positional):
            return (variadic.name, index - len(positional))
        after = " after `self`" if self.method else ""
        count = f"{len(positional)} positional parameters{after}"
        raise WrtError(f"wrt={index} of {self.label}, which has {count}", None, "",
                       f"Use an index from 0 to {len(positional) - 1}." if positional else "Use a parameter's name.")

    def describe(self) -> str:
        names = [n if part is None else f"{n}[{part!r}]" for n, part in self.entries]
        return names[0] if self.single else f"({', '.join(names)})"

    def trees(self, lowered: Lowered, specs: dict[str, Spec]) -> Wanted:
        """For each chosen argument the tree of its differentiable leaves."""
        trees = []
        for name, part in self.entries:
            value = lowered.inputs[name]
            if part is not None:
                value = self._part(name, part, value)
            tree = differentiable_tree(lowered, value)
            label = name if part is None else str(part) if isinstance(part, str) else f"{name}[{part}]"
            self._check(label, value, tree)
            trees.append(tree)
        return Wanted(trees, self.single)

    def _part(self, name: str, part: Any, value: Any) -> Any:
        if isinstance(value, Map):
            if part not in value.items:
                close = difflib.get_close_matches(part, value.items, 1)
                raise WrtError(f"{self.label} was not given the keyword {part!r}", None, "",
                               f"Did you mean {close[0]!r}?" if close else "Pass it by keyword.")
            return value.items[part]
        assert isinstance(value, Seq)
        if part >= len(value.items):
            raise WrtError(f"wrt picks *{name}[{part}], but the call has {len(value.items)} of them", None, "",
                           "Pass more arguments, or a smaller index.")
        return value.items[part]

    def _check(self, label: str, value: Any, tree: Any) -> None:
        """A bare argument that cannot have a derivative is an error; inside a structure it gives None."""
        if isinstance(tree, Lit) and (isinstance(value, (Var, Ref)) or (isinstance(value, Lit)
                                                                         and type(value.value) is int)):
            raise ArgumentError(f"argument `{label}` of {self.label} is of an integer or boolean type", None,
                                "An integer has no derivative.", "Pass a float: `float(x)` or `x.astype(float)`.")
        if isinstance(value, (Lit, Object)):
            what = type(value.value).__name__
            raise ArgumentError(f"argument `{label}` of {self.label} is a {what}", None,
                                "It has no derivative.", "Name an argument that is a float, an array, or holds some.")


def differentiable_tree(lowered: Lowered, value: Any) -> Any:
    """The leaves of an argument as Vars; integers become None, other things stay as they are."""
    if isinstance(value, Ref):
        return differentiable_tree(lowered, lowered.notes["leaf_of"][value.buffer])
    if isinstance(value, Var):
        dtype = dtype_of(value.kind)
        if not is_differentiable(value.kind) or (dtype is not None and dtype.kind not in "fc"):
            return Lit(None)
        return value
    if isinstance(value, Lit) and type(value.value) is int:
        return Lit(None)
    if isinstance(value, Seq):
        return Seq(tuple(differentiable_tree(lowered, v) for v in value.items), value.type)
    if isinstance(value, Map):
        return Map({k: differentiable_tree(lowered, v) for k, v in value.items.items()})
    if isinstance(value, Object):
        return value.atom
    return value
