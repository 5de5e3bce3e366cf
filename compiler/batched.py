"""Generated functions of a batch: `batch`ed IR, compiled, and kept beside the function of one item."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

from ..runtime.errors import PullbackError
from . import emit, pipeline
from .domains.kinds import Sym
from .ir import Atom, Function, Param, Var
from .raise_python import Program, raise_function
from .source import Origin
from .transforms.batch import NotBatchable, batch, batched_kind
from .transforms.bridges import without_bridges
from .transforms.cse import merge_common
from .transforms.finish import make_fresh
from .transforms.in_place import helpers_in_place
from .transforms.own import own_targets
from .transforms.rewrite import drop_dead
from .transforms.simplify import Simplifier


@dataclass(eq=False)
class BatchedCode:
    """A function of a batch.

    call   : takes the parameters of the function of one item, some of them with the batch as axis 0
    spread : for each result, whether it has the batch axis; the others are the same for all items
    """

    call: Callable[..., Any]
    program: Program
    spread: list[bool]
    single: bool

    def run(self, args: list[Any], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        """The results, as a tuple."""
        try:
            found = self.call(*args, **kwargs)
        except Exception as error:
            emit.annotate(error, self.call.__code__.co_filename, self.program.line_map)
            raise
        return (found,) if self.single else found


def batched_code(function: Function, names: Collection[str], origin: Origin, backend: str = "numpy"
                 ) -> BatchedCode | None:
    """The function with these parameters batched; None where it has no batched form."""
    try:
        made, spread = batched_function(function, names)
    except (NotBatchable, PullbackError):  # a kind that no rule here expects, or a refusal: items one by one
        return None
    if backend == "numba":
        call, text = pipeline.compile_loops(made)
        return BatchedCode(call, text, spread, made.single)
    program = raise_function(made)
    loaded = emit.load(program.text, made.name, program.namespace, origin, program.line_map)
    return BatchedCode(loaded[made.name], program, spread, made.single)


def batched_function(function: Function, names: Collection[str]) -> tuple[Function, list[bool]]:
    """The IR of a function with these parameters batched, and which of its results have the batch axis.

    raises : NotBatchable
    """
    function = helpers_in_place(function)
    length = Sym()
    roots: dict[Var, Var] = {}
    params: list[Param] = []
    for param in function.params:
        if param.name in names:
            roots[param.var] = Var(param.var.name, batched_kind(param.var.kind, length))
            param = replace(param, var=roots[param.var], has_default=False)
        params.append(param)
    if len(roots) != len(set(names)):
        raise NotBatchable("a parameter that is a structure")
    stands_for: dict[Var, Atom] = {}
    body = without_bridges(function.body, stands_for)
    results = tuple(stands_for.get(r, r) if isinstance(r, Var) else r for r in function.results)
    statements, ends, spread = batch(replace(function, body=body, results=results), roots, length)
    parameters = tuple(params)
    if pipeline.DEFAULTS.simplify:
        simplifier = Simplifier((), [p.var for p in parameters])
        statements = list(simplifier.run(statements))
        ends = [simplifier.atom(e) for e in ends]
    merged, replaced = merge_common(drop_dead(statements, ends))
    ends = [replaced.get(e, e) if isinstance(e, Var) else e for e in ends]
    statements = list(own_targets(drop_dead(merged, ends), parameters))
    ends = make_fresh(statements, ends, parameters, [getattr(e, "name", "") for e in ends], None)
    name = f"{pipeline.identifier(function.name)}_batch"
    made = replace(function, name=name, params=parameters, body=drop_dead(statements, ends), results=tuple(ends))
    return pipeline.Passes(pipeline.DEFAULTS).after("batch", made), spread


__all__ = ["BatchedCode", "batched_code", "batched_function"]
