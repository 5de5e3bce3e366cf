"""The garbage collector waits while a function is compiled.

A compilation makes tens of thousands of small objects that live until its end; the collector would walk them, and all
that the program holds besides, again and again: a sixth of the time.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Waiting:
    """How many compilations run now, in all threads, and whether the first of them found the collector on."""

    def __init__(self) -> None:
        self.lock = threading.RLock()  # a finalizer may compile while its own thread holds the lock
        self.count = 0
        self.was_on = False

    def enter(self) -> None:
        with self.lock:
            if self.count == 0:
                self.was_on = gc.isenabled()
                gc.disable()
            self.count += 1

    def leave(self) -> None:
        with self.lock:
            self.count -= 1
            if self.count == 0 and self.was_on:
                gc.enable()


_WAITING = _Waiting()


@contextmanager
def waiting() -> Iterator[None]:
    """The collector is off inside, unless it was off before.

    It is one switch for the whole process: compilations in several threads are counted, and the last one to end
    puts it back as the first one found it.
    """
    _WAITING.enter()
    try:
        yield
    finally:
        _WAITING.leave()


__all__ = ["waiting"]
