"""How a Tensor prints: PyTorch's layout (4 digits, one width a tensor, `requires_grad=True` or `grad_fn=<...>`)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from .promotion import default


class _Options:
    """How much is printed; `set_printoptions` changes it."""

    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


options = _Options()
_PROFILES: Final = {"default": (4, 1000, 3, 80), "short": (2, 1000, 2, 80), "full": (4, math.inf, 3, 80)}


def set_printoptions(precision: int | None = None, threshold: float | None = None, edgeitems: int | None = None,
                     linewidth: int | None = None, profile: str | None = None, sci_mode: bool | None = None) -> None:
    """Change how Tensors print: digits, how many elements before some are left out, the width of lines.

    profile: "default", "short" or "full": all of them at once
    """
    if profile is not None:
        options.precision, options.threshold, options.edgeitems, options.linewidth = _PROFILES[profile]
    for name, value in (("precision", precision), ("threshold", threshold), ("edgeitems", edgeitems),
                        ("linewidth", linewidth)):
        if value is not None:
            setattr(options, name, value)
    options.sci_mode = sci_mode



def _float_format(values: Any) -> Callable[[float], str]:
    """The format that all elements share, chosen from the finite nonzero ones."""
    finite = values[np.isfinite(values) & (values != 0)].astype(np.float64)
    if not finite.size:
        return lambda v: _special(v) or ("-0." if math.copysign(1, v) < 0 else "0.")
    sizes = np.abs(finite)
    top, bottom = float(sizes.max()), float(sizes.min())
    whole = bool(np.all(finite == np.trunc(finite)))
    if whole:
        scientific = top / bottom > 1000.0 or top > 1.0e8 if options.sci_mode is None else options.sci_mode
        return lambda v: _special(v) or (f"{v:.{options.precision}e}" if scientific else f"{v:.0f}.")
    scientific = top / bottom > 1000.0 or top > 1.0e8 or bottom < 1.0e-4
    scientific = scientific if options.sci_mode is None else options.sci_mode
    return lambda v: _special(v) or (f"{v:.{options.precision}e}" if scientific else f"{v:.{options.precision}f}")


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
    if x.size <= options.threshold:
        return x
    for axis, n in enumerate(x.shape):
        if n > 2 * options.edgeitems:
            x = np.take(x, [*range(options.edgeitems), *range(n - options.edgeitems, n)], axis)
    return x


def _rows(x: Any, text: Callable[[Any], str], width: int, indent: int, summarize: bool) -> str:
    if not x.ndim:
        return str(text(x.item())).rjust(width)
    cut = summarize and x.shape[0] > 2 * options.edgeitems
    if x.ndim == 1:
        per_line = max(1, (options.linewidth - indent) // (width + 2))
        head = x[:options.edgeitems].tolist() if cut else x.tolist()
        cells = [text(v).rjust(width) for v in head]
        if cut:
            cells += [" ..."] + [text(v).rjust(width) for v in x[-options.edgeitems:].tolist()]
        lines = [", ".join(cells[k : k + per_line]) for k in range(0, len(cells), per_line)] or [""]
        return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"
    parts = [_rows(row, text, width, indent + 1, summarize) for row in (x[:options.edgeitems] if cut else x)]
    if cut:
        parts += ["..."] + [_rows(row, text, width, indent + 1, summarize) for row in x[-options.edgeitems:]]
    separator: str = "," + "\n" * (x.ndim - 1) + " " * (indent + 1)
    return "[" + separator.join(parts) + "]"


def format_tensor(t: Any) -> str:
    """The text of `repr(t)`."""
    x = t._array
    prefix = "Parameter containing:\ntensor(" if type(t).__name__ == "Parameter" else "tensor("
    if x.size:
        text = _element_format(x)
        counted = _shown(x).ravel()
        if x.dtype.kind == "f":  # what is not finite does not widen the columns
            counted = counted[np.isfinite(counted) & (counted != 0)]
        width = max((len(text(v)) for v in counted.tolist()), default=1)
        body = _rows(x, text, width if x.ndim else 0, len("tensor("), x.size > options.threshold)
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
        notes.append(f"grad_fn=<{type(grad_fn).__name__}>")
    elif t.requires_grad:
        notes.append("requires_grad=True")
    return _joined(prefix, body, notes)


def _joined(prefix: str, body: str, notes: list[str]) -> str:
    """Notes follow the numbers, on a new line where the last one is full."""
    out = prefix + body
    length = len(out) - out.rfind("\n") - 1
    for note in notes:
        if length + len(note) + 2 > options.linewidth:
            out += ",\n" + " " * len("tensor(") + note
            length = len("tensor(") + len(note)
        else:
            out += ", " + note
            length += len(note) + 2
    return out + ")"
