"""`detect_anomaly`: each operation remembers the line that ran it, and a nan in the backward pass names that line."""

from __future__ import annotations

import traceback
import warnings
from collections.abc import Sequence
from types import TracebackType
from typing import Any
from weakref import WeakSet

import numpy as np

from .dispatch import unwrap
from .grad_mode import state
from .graph import Node

# Compiled functions whose calls do not ask for the mode: they do again once it is switched on.
FAST_CALLS: WeakSet[Any] = WeakSet()


def _switch(anomaly: bool, check: bool) -> tuple[bool, bool]:
    """Set the mode of this thread; returns the one before."""
    before = (state.anomaly, state.check_nan)
    state.anomaly, state.check_nan = anomaly, check
    if anomaly:
        for compiled in list(FAST_CALLS):
            compiled.leave_fast_path()
        FAST_CALLS.clear()
    return before


def remember_line(node: Node) -> None:
    """Keep the traceback of the operation that makes `node`."""
    stack = [frame for frame in traceback.extract_stack() if not _ours(frame.filename)]
    node.extended().traceback = "".join(traceback.format_list(stack))


def _ours(filename: str) -> bool:
    return filename.startswith(__file__[: -len("anomaly.py")])


def check_nan(node: Node, outs: Sequence[Any]) -> None:
    """Raise if a cotangent that `node` made holds a nan.

    raises: RuntimeError, with a warning that shows where the operation was called
    """
    if not state.check_nan:
        return
    for k, g in enumerate(outs):
        if g is not None and np.isnan(unwrap(g)).any():
            trace = None if node.extra is None else node.extra.traceback
            if trace:
                warnings.warn(
                    f"Error detected in {node.name()}. Traceback of forward call that caused the "
                    f"error:\n{trace}", UserWarning,
                    stacklevel=2)
            raise RuntimeError(f"Function '{node.name()}' returned nan values in its {k}th output.")


class set_detect_anomaly:
    """Switch anomaly mode at once; as a context manager also back.

    mode      : on or off
    check_nan : raise when a backward step makes a nan
    """

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self._previous = _switch(mode, check_nan)

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        state.anomaly, state.check_nan = self._previous


class detect_anomaly:
    """A context in which anomaly mode is on: the first nan or inf raises, and names the line that made it.

    Of Tensors the backward pass is checked, as PyTorch does; of compiled functions each statement of both sweeps,
    whatever the operator (of `backend="numba"` the NumPy text runs then: machine code does not stop at a nan).

    check_nan : raise when a backward step of Tensors makes a nan
    raises    : AnomalyError (compiled), RuntimeError (Tensors); warns that it is on, since it costs time
    """

    def __init__(self, check_nan: bool = True) -> None:
        self._check_nan = check_nan
        warnings.warn("Anomaly Detection has been enabled. This mode will increase the runtime and should only be "
                      "enabled for "
                      "debugging.", UserWarning, stacklevel=2)

    def __enter__(self) -> None:
        self._previous = _switch(True, self._check_nan)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        state.anomaly, state.check_nan = self._previous


def is_anomaly_enabled() -> bool:
    """Whether anomaly mode is on in this thread."""
    return state.anomaly
