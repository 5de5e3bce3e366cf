"""What the operators check of their options: the function, `backend=`, `parallel=`, `detect_anomaly=`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..runtime.errors import ArgumentError
from . import pipeline
from .pipeline import Options

BACKENDS = ("numpy", "numba")


def check_backend(backend: str, known: tuple[str, ...] = ("numpy",)) -> None:
    """Raise ArgumentError for a back end that is not there."""
    if backend not in known:
        raise ArgumentError(f"unknown back end {backend!r}" if backend != "numba" else "backend='numba' here", None, "",
                            f"Use backend={' or '.join(map(repr, known))}.")


def with_threads(backend: str, parallel: bool) -> str:
    """The back end with loops on several threads, where that was asked for; ArgumentError where it has none."""
    if not parallel:
        return backend
    check_backend(backend, BACKENDS)
    if backend != "numba":
        raise ArgumentError(f"parallel=True with backend={backend!r}", None, "Only compiled loops run on threads.",
                            "Use backend='numba', or leave `parallel` out.")
    return pipeline.PARALLEL


def options_of(detect_anomaly: bool, backend: str) -> Options:
    if detect_anomaly and backend != "numpy":
        raise ArgumentError(f"detect_anomaly=True with backend={backend!r}", None,
                            "Machine code does not stop at a nan.",
                            "Look for it with backend='numpy', which computes the same.")
    return replace(pipeline.DEFAULTS, anomaly=True) if detect_anomaly else pipeline.DEFAULTS


def check_function(fn: Any, label: str) -> None:
    if not callable(fn):
        raise ArgumentError(f"{label}() takes a function, not {type(fn).__name__}", None, "",
                            f"Write `{label}(f)(x)`, or `{label}(f, wrt=...)`.")
