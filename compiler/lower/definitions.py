"""Calls of a library's functions that stand for a few lines of Python (`compiler/library`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..ir import Lit
from ..library import vectorized
from .values import UserFunction

if TYPE_CHECKING:
    from .lowerer import Lowerer


class Definitions:
    """Mixin of `Lowerer`."""

    def call_definition(self: Lowerer, definition: Any, args: list[Any], kwargs: dict[str, Any], name: str,
                        node: Any) -> Any:
        """A call of a library's function, as the lines that it stands for: errors and comments are of the call.

        Where it calls a function of the user's, they are of its lines.
        """
        given = [a.value if isinstance(a, Lit) else a for a in (*args, *kwargs.values())]
        calls_users = any(isinstance(g, UserFunction) or (callable(g) and not is_definition(g)) for g in given)
        if self.loc_override is not None or calls_users:
            return self.call_python(definition, args, kwargs, name, node)
        self.loc_override = self.loc
        try:
            return self.call_python(definition, args, kwargs, name, node)
        finally:
            self.loc_override = None

    def call_vectorized(self: Lowerer, fn: Any, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
        """A call of `np.vectorize(...)` that was made outside."""
        if fn.signature is not None or fn.excluded or fn.otypes is not None:
            raise self.refuse("`np.vectorize` with `signature=`, `excluded=` or `otypes=`", "",
                              "Write the loop out, or vectorize a function of the other arguments only.", node=node)
        return self.call_python(vectorized, [Lit(fn.pyfunc), *args], kwargs, name, node)


def is_definition(fn: Any) -> bool:
    """Is it one of pullback's own definitions, whose defaults never change?"""
    return str(getattr(fn, "__module__", "")).startswith("pullback.compiler.library.")
