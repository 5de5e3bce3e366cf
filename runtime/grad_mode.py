"""Whether operations on Tensors are recorded: one switch a thread, and the context managers that turn it.

`no_grad`, `enable_grad`, `set_grad_enabled` and `inference_mode` are context managers and decorators; they nest,
survive exceptions, and never reach another thread. A generator function decorated with one runs each of its steps
under it.

>>> with no_grad():
...     is_grad_enabled()
False
>>> is_grad_enabled()
True
"""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable, Generator
from types import TracebackType
from typing import Any, Self, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


class State(threading.local):
    """The switches of one thread. Class attributes are what a new thread starts with.

    enabled    : operations on tensors that require grad are recorded
    inference  : tensors made now can never be recorded
    anomaly    : backward checks each cotangent for nan and names the operation's line
    check_nan  : anomaly mode looks for nan
    hooks      : stack of (pack, unpack) from `saved_tensors_hooks`; None while there is none
    """

    enabled: bool = True
    inference: bool = False
    anomaly: bool = False
    check_nan: bool = True
    hooks: tuple[tuple[Callable[[Any], Any], Callable[[Any], Any]], ...] | None = None


state = State()


def is_grad_enabled() -> bool:
    """Whether operations are recorded in this thread."""
    return state.enabled


def is_inference_mode_enabled() -> bool:
    """Whether this thread is inside `inference_mode`."""
    return state.inference


class _Mode:
    """A context manager over `state` which is a decorator, too; `_apply` does the switching."""

    __slots__ = ("_previous",)

    def __init__(self) -> None:
        self._previous: list[tuple[bool, bool]] = []

    def _apply(self) -> None:
        raise NotImplementedError(f"{type(self).__name__} does not say what it switches")

    def _again(self) -> Self:
        return type(self)()

    def __enter__(self) -> Self:
        self._previous.append((state.enabled, state.inference))
        self._apply()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        state.enabled, state.inference = self._previous.pop()

    def __call__(self, function: F) -> F:
        again = self._again
        if inspect.isgeneratorfunction(function):
            return _wrap_generator(again, function)  # type: ignore[no-any-return]

        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            with again():
                return function(*args, **kwargs)

        return wrapper  # type: ignore[return-value]


def _wrap_generator(again: Callable[[], _Mode], function: Any) -> Any:
    """Run every step of a generator under the mode, and its consumer outside of it."""

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        generator = function(*args, **kwargs)
        try:
            with again():
                item = generator.send(None)
            while True:
                try:
                    sent = yield item
                except GeneratorExit:
                    with again():
                        generator.close()
                    raise
                except BaseException as error:
                    with again():
                        item = generator.throw(error)
                else:
                    with again():
                        item = generator.send(sent)
        except StopIteration as stop:
            return stop.value

    return wrapper


class no_grad(_Mode):
    """Record nothing: results do not require grad and keep nothing alive.

    >>> @no_grad()
    ... def evaluate():
    ...     return is_grad_enabled()
    >>> evaluate()
    False
    """

    __slots__ = ()

    def __new__(cls, function: Any = None) -> Any:
        """`@no_grad` without parentheses decorates, too."""
        if function is not None:
            return cls()(function)
        return super().__new__(cls)

    def __init__(self, function: Any = None) -> None:
        super().__init__()

    def _apply(self) -> None:
        state.enabled = False


class enable_grad(_Mode):
    """Record again, inside `no_grad`."""

    __slots__ = ()

    def __new__(cls, function: Any = None) -> Any:
        """`@enable_grad` without parentheses decorates, too."""
        if function is not None:
            return cls()(function)
        return super().__new__(cls)

    def __init__(self, function: Any = None) -> None:
        super().__init__()

    def _apply(self) -> None:
        state.enabled = True


class set_grad_enabled(_Mode):
    """Switch at once, by a value; as a context manager also switch back.

    >>> _ = set_grad_enabled(False)
    >>> is_grad_enabled()
    False
    >>> _ = set_grad_enabled(True)
    """

    __slots__ = ("mode",)

    def __init__(self, mode: bool) -> None:
        super().__init__()
        self.mode = bool(mode)
        self._previous.append((state.enabled, state.inference))
        state.enabled = self.mode

    def __enter__(self) -> Self:
        if not self._previous:
            self._previous.append((state.enabled, state.inference))
        state.enabled = self.mode
        return self

    def __call__(self, function: F) -> F:
        state.enabled, state.inference = self._previous.pop()  # a decorator does not switch where it stands
        return super().__call__(function)

    def _again(self) -> Self:
        return type(self)(self.mode)


class inference_mode(_Mode):
    """`no_grad`, and the tensors made inside can never take part in a recorded operation."""

    __slots__ = ("mode",)

    def __new__(cls, mode: Any = True) -> Any:
        """`@inference_mode` without parentheses decorates, too."""
        if callable(mode):
            return cls()(mode)
        return super().__new__(cls)

    def __init__(self, mode: Any = True) -> None:
        super().__init__()
        self.mode = bool(mode)

    def _apply(self) -> None:
        state.inference = self.mode
        state.enabled = not self.mode

    def _again(self) -> Self:
        return type(self)(self.mode)
