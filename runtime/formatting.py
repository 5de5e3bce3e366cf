"""How a Tensor prints: PyTorch's layout (4 digits, one width a tensor, `requires_grad=True` or `grad_fn=<...>`)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from .promotion import default

PRECISION: Final = 4
THRESHOLD: Final = 1000
EDGE_ITEMS: Final = 3
LINE_WIDTH: Final = 80


def _float_format(values: Any) -> Callable[[float], str]:
    """The format that all elements share, chosen from the finite nonzero ones."""
    finite = values[np.isfinite(values) & (values != 0)].astype(np.float64)
    if not finite.size:
        return lambda v: _special(v) or ("-0." if math.copysign(1, v) < 0 else "0.")
    sizes = np.abs(finite)
    top, bottom = float(sizes.max()), float(sizes.min())
    whole = bool(np.all(finite == np.trunc(finite)))
    if whole:
        scientific = top / bottom > 1000.0 or top > 1.0e8
        return lambda v: _special(v) or (f"{v:.{PRECISION}e}" if scientific else f"{v:.0f}.")
    scientific = top / bottom > 1000.0 or top > 1.0e8 or bottom < 1.0e-4
    return lambda v: _special(v) or (f"{v:.{PRECISION}e}" if scientific else f"{v:.{PRECISION}f}")


def _special(v: float) -> str:
    return "" if math.isfinite(v) else "nan" if math.isnan(v) else "inf" if v > 0 else "-inf"


def _complex_format(values: Any) -> Callable[[complex], str]:
    real, imaginary = _float_format(values.real.ravel()), _float_format(np.abs(values.imag.ravel()))
    return lambda v: f"{real(v.real)}{'-' if math.copysign(1, v.imag) < 0 else '+'}{imaginary(abs(v.imag))}j"


def _element_format(x: Any) -> Callable[[Any], str]:
    kind = x.dtype.kind
    if kind == "f":
        return _float_format(_shown(x).ravel())
    if kind == "c":
        return _complex_format(_shown(x).ravel())
    return str


def _shown(x: Any) -> Any:
    """The elements that are printed: all, or the first and last of each axis."""
    if x.size <= THRESHOLD:
        return x
    for axis, n in enumerate(x.shape):
        if n > 2 * EDGE_ITEMS:
            x = np.take(x, [*range(EDGE_ITEMS), *range(n - EDGE_ITEMS, n)], axis)
    return x


def _rows(x: Any, text: Callable[[Any], str], width: int, indent: int, summarize: bool) -> str:
    if not x.ndim:
        return str(text(x.item())).rjust(width)
    cut = summarize and x.shape[0] > 2 * EDGE_ITEMS
    if x.ndim == 1:
        per_line = max(1, (LINE_WIDTH - indent) // (width + 2))
        head = x[:EDGE_ITEMS].tolist() if cut else x.tolist()
        cells = [text(v).rjust(width) for v in head]
        if cut:
            cells += [" ..."] + [text(v).rjust(width) for v in x[-EDGE_ITEMS:].tolist()]
        lines = [", ".join(cells[k : k + per_line]) for k in range(0, len(cells), per_line)] or [""]
        return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"
    parts = [_rows(row, text, width, indent + 1, summarize) for row in (x[:EDGE_ITEMS] if cut else x)]
    if cut:
        parts += ["..."] + [_rows(row, text, width, indent + 1, summarize) for row in x[-EDGE_ITEMS:]]
    separator: str = "," + "\n" * (x.ndim - 1) + " " * (indent + 1)
    return "[" + separator.join(parts) + "]"


def format_tensor(t: Any) -> str:
    """The text of `repr(t)`."""
    x = t._array
    prefix = "Parameter containing:\ntensor(" if type(t).__name__ == "Parameter" else "tensor("
    if x.size:
        text = _element_format(x)
        width = max(len(text(v)) for v in _shown(x).ravel().tolist())
        body = _rows(x, text, width if x.ndim else 0, len("tensor("), x.size > THRESHOLD)
    else:
        body = "[]"
    notes = []
    if not x.size and x.ndim != 1:
        notes.append(f"size={tuple(x.shape)}")
    usual = (default.real, np.dtype("int64"), np.dtype("bool"), default.complex)
    if x.dtype not in usual or (not x.size and x.dtype != default.real):
        notes.append(f"dtype=torch.{x.dtype.name}")
    grad_fn = t.grad_fn
    if grad_fn is not None:
        notes.append(f"grad_fn=<{grad_fn.name()}>")
    elif t.requires_grad:
        notes.append("requires_grad=True")
    return _joined(prefix, body, notes)


def _joined(prefix: str, body: str, notes: list[str]) -> str:
    """Notes follow the numbers, on a new line where the last one is full."""
    out = prefix + body
    length = len(out) - out.rfind("\n") - 1
    for note in notes:
        if length + len(note) + 2 > LINE_WIDTH:
            out += ",\n" + " " * len("tensor(") + note
            length = len("tensor(") + len(note)
        else:
            out += ", " + note
            length += len(note) + 2
    return out + ")"
