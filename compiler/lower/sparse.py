"""Attributes and methods of sparse matrices from outside: they are constants, read at each call.

`S.T` and `S.dot(x)` stay operations on the matrix; other methods are those of its entries (`library/scipy_sparse.py`).
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from ...runtime.sparse import factor_solve, sparse_times, sparse_transpose
from ..ir import Lit
from .values import Bound, Object

if TYPE_CHECKING:
    from .lowerer import Lowerer

#: What its entries have under the same name.
OF_ENTRIES = frozenset({"multiply", "sum", "toarray", "todense", "diagonal", "trace"})
SAME = frozenset({"tocsr", "tocsc", "tocoo", "copy"})


def is_sparse(cls: type | None) -> bool:
    return cls is not None and cls.__module__.startswith("scipy.sparse")


def is_factor_solve(fn: Any) -> bool:
    """Is it what `factorized(A)` returns, or the method `solve` of what `splu(A)` returns?"""
    return getattr(fn, "__name__", "") == "solve" and type(getattr(fn, "__self__", None)).__name__ == "SuperLU"


def sparse_attribute(low: Lowerer, owner: Object, attr: str, node: Any) -> Any:
    """owner.attr of a sparse matrix (or of a factorization); NotImplemented for what is read as of any object."""
    if attr == "solve" and type(owner.value).__name__ == "SuperLU":
        return Bound(Lit(factor_solve), (owner,), {})
    if attr == "T":
        return Object(owner.value.T, (owner.source, "T"), low.emit(sparse_transpose, owner.atom))
    if attr == "transpose":
        return Bound(Lit(sparse_transpose), (owner,), {})
    if attr == "dot":
        return Bound(Lit(sparse_times), (owner,), {})
    library: Any = importlib.import_module("pullback.compiler.library.scipy_sparse")
    if attr in SAME:
        return Bound(Lit(library.itself), (owner,), {})
    if attr in OF_ENTRIES:
        return low.attribute(low.call_python(library.entries_of, [owner], {}, "", node), attr, "", node)
    return NotImplemented
