"""What the sides of a branch leave behind: states, statements, and the arrays that a joint made of two."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..ir import Stmt, Var
from .state import State
from .values import Box, Buffer, Ref


@dataclass(eq=False, slots=True)
class Path:
    """One side of a branch: its state, its statements, and the value it computed."""

    state: State
    block: list[Stmt]
    value: Any = None


@dataclass(eq=False, slots=True)
class Joined:
    """The arrays that a joint made: by the pair they come from, by the one that only one path has, and from where."""

    made: dict[tuple[Buffer, Buffer], Ref] = field(default_factory=dict)
    alone: dict[Buffer, Ref] = field(default_factory=dict)
    origins: list[tuple[int, Buffer, Ref]] = field(default_factory=list)  # the side of the joint comes first
    boxes: dict[tuple[Box, Box], Box] = field(default_factory=dict)
    cond: Var | None = None  # what the branch tests

    def note(self, result: Any, left: Any, right: Any) -> None:
        if isinstance(result, Ref):
            self.origins += [(side, o.buffer, result) for side, o in enumerate((left, right)) if isinstance(o, Ref)]


@dataclass(eq=False, slots=True)
class Aliases:
    """What a loop finds out about arrays with two names: buffers not to be stored to, slots whose value is shared."""

    frozen: dict[Any, str]
    shared: dict[Any, str]  # (key, path) of arrays that no trip may store into -> why
    alive: frozenset[str]  # the names that a trip may read before it binds them
    rebound: dict[Any, set[Any]]  # key -> paths of containers that a trip binds anew
    why: Callable[[str], str]
