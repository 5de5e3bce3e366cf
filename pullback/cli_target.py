"""From `FILE.py:FUNC` or `MODULE:FUNC` to the function: imports the file or the module as Python would."""

from __future__ import annotations

import contextlib
import difflib
import importlib
import importlib.util
import inspect
import os
import sys
from types import ModuleType
from typing import Any

from .runtime.errors import PullbackError


def find_target(target: str, error: type[Exception]) -> Any:
    """The function, method or differentiated function that a target names.

    raises : `error`, if there is no such file, module or name; PullbackError as the file raises it
    """
    place, colon, name = target.rpartition(":")
    if not colon or not place or not name:
        raise error(f"{target!r} names no function: write FILE.py:FUNC or MODULE:FUNC")
    module = _load(place, error)
    return _callable(_resolve(module, place, name, error), name, error)


def _load(place: str, error: type[Exception]) -> ModuleType:
    # What the user's file prints while it is imported is not part of the answer.
    with contextlib.redirect_stdout(sys.stderr):
        try:
            if place.endswith(".py") or os.sep in place or os.path.exists(place):
                return _load_file(place, error)
            sys.path.insert(0, os.getcwd())
            return importlib.import_module(place)
        except (error, PullbackError):
            raise
        except ModuleNotFoundError as missing:
            if missing.name is not None and (place == missing.name or place.startswith(f"{missing.name}.")):
                raise error(f"there is no module {missing.name!r}; of a file write {place}.py:FUNC") from None
            raise error(f"cannot import {place}: {missing}") from None
        except (Exception, SystemExit) as failed:
            raise error(f"cannot import {place}: {_last_place(failed)}{type(failed).__name__}: {failed}") from None


def _load_file(path: str, error: type[Exception]) -> ModuleType:
    if not os.path.isfile(path):
        raise error(f"there is no file {path}")
    path = os.path.abspath(path)
    stem = os.path.splitext(os.path.basename(path))[0]
    sys.path.insert(0, os.path.dirname(path))
    name = stem if stem not in sys.modules else f"_inspected_{stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise error(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _last_place(failed: BaseException) -> str:
    """`file:line: ` of where an import failed, if it was in Python code."""
    traceback, place = failed.__traceback__, ""
    while traceback is not None:
        filename = traceback.tb_frame.f_code.co_filename
        if not filename.startswith("<") and "cli_target" not in filename:
            place = f"{filename}:{traceback.tb_lineno}: "
        traceback = traceback.tb_next
    return place


def _resolve(module: ModuleType, place: str, name: str, error: type[Exception]) -> Any:
    found: Any = module
    owner: Any = None
    done = place
    for part in name.split("."):
        if not hasattr(found, part):
            functions = [n for n, v in vars(found).items() if callable(v)] if hasattr(found, "__dict__") else []
            close = difflib.get_close_matches(part, functions, 1)
            own = [n for n in functions if getattr(vars(found)[n], "__module__", None) == module.__name__]
            hint = f"; did you mean {close[0]!r}?" if close else f"; it has {', '.join(sorted(own))}" if own else ""
            raise error(f"{done} has no {part!r}{hint}")
        owner, found = found, getattr(found, part)
        done = f"{done}:{part}" if owner is module else f"{done}.{part}"
    if inspect.isclass(owner) and _needs_instance(owner, name.split(".")[-1]):
        return _bound(owner, name, error)
    return found


def _needs_instance(cls: type, name: str) -> bool:
    return not isinstance(inspect.getattr_static(cls, name), staticmethod | classmethod)


def _bound(cls: type, name: str, error: type[Exception]) -> Any:
    """A method of an object: of `Class()`, if the class can be made so."""
    try:
        inspect.signature(cls).bind()
    except (TypeError, ValueError):
        raise error(f"{name} is reached through an object, and {cls.__name__}() needs arguments: make one in the "
                    f"module (`model = {cls.__name__}(...)`) and write model.{name.split('.')[-1]}") from None
    with contextlib.redirect_stdout(sys.stderr):
        return getattr(cls(), name.split(".")[-1])


def _callable(found: Any, name: str, error: type[Exception]) -> Any:
    if inspect.isclass(found):
        raise error(f"{name} is a class: name one of its methods, {name}.METHOD")
    if not callable(found):
        raise error(f"{name} is not a function but of type {type(found).__name__}")
    primal = getattr(found, "primal", None)
    return found if primal is None or hasattr(found, "source") else primal
