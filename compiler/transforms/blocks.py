"""`np.block` backwards: the pieces of the cotangent go to the arrays in the nested lists, in order.

    y = np.block([[a, b], [c, d]])    =>    d_a, d_b, d_c, d_d = block_pieces(d_y, nested_shapes([[a, b], [c, d]]))
"""

from __future__ import annotations

from typing import Any

from ...runtime.indexing import block_pieces, nested_shapes
from ..ir import Call, Var
from ..lower import Ref, Seq


class Blocks:
    """Mixin of `Reverser`."""

    def pull_numpy_block(self: Any, call: Call, cotangent: Any) -> None:
        """One piece for each array; the rule, where the lists' lengths are not known."""
        arrays = self.primal(call.args[0]) if len(call.args) == 1 else None
        shapes = self.low.emit(nested_shapes, arrays) if isinstance(arrays, Seq) else None
        pieces = self.low.emit(block_pieces, cotangent, shapes) if shapes is not None else None
        if not isinstance(pieces, Seq):
            self.apply_rule(call, [cotangent])
            return
        for array, piece in zip(_leaves(arrays), pieces.items, strict=True):
            atom = self.low.atom(array) if isinstance(array, (Var, Ref)) else None
            if isinstance(atom, Var) and self._is_active(atom):
                self.add(atom, self.project(self.named(piece, self.d_name(atom)), atom, False))


def _leaves(arrays: Any) -> list[Any]:
    return [leaf for item in arrays.items for leaf in _leaves(item)] if isinstance(arrays, Seq) else [arrays]
