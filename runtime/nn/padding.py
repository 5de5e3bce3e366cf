"""`torch.nn.functional.pad`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from ..calls import call, named
from ..dispatch import wrap

PAD: Final = named(np.pad, "ConstantPadNdBackward0")
_MODES: Final[dict[str, Any]] = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def pad(input: Any, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Any:
    """Add elements around the last dimensions: (left, right, top, bottom, ...); negative numbers cut some off.

    mode: "constant" (`value`), "reflect", "replicate" or "circular"
    """
    pairs = [(int(pad[k]), int(pad[k + 1])) for k in range(0, len(pad), 2)][::-1]
    t, lead = input, input._array.ndim - len(pairs)
    for dim, (before, after) in enumerate(pairs, lead):
        if before < 0 or after < 0:
            n = t._array.shape[dim]
            start = max(-before, 0)
            t = t.narrow(dim, start, n - start - max(-after, 0))
    pairs = [(max(a, 0), max(b, 0)) for a, b in pairs]
    if mode == "constant":
        widths = tuple([(0, 0)] * lead + pairs)
        return call(np.pad, t, widths, "constant", constant_values=value or 0)
    if mode not in _MODES:
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    for dim, around in enumerate(pairs, lead):
        if any(around):
            places = np.pad(np.arange(t._array.shape[dim]), around, _MODES[mode])
            t = t.index_select(dim, wrap(places))
    return t
