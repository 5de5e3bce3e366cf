"""The garbage collector waits while a function is compiled.

A compilation makes tens of thousands of small objects that live until its end; the collector would walk them, and all
that the program holds besides, again and again: a sixth of the time.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def waiting() -> Iterator[None]:
    """The collector is off inside, unless it was off before."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


__all__ = ["waiting"]
