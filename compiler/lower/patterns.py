"""What the patterns of `match` ask of a subject (see desugar/matches.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..desugar.matches import HELPERS
from ..ir import Lit
from .builtins import SPECIAL_CALLS, class_of, special
from .values import Map, Object, Ref, Seq

if TYPE_CHECKING:
    from .lowerer import Lowerer


def is_sequence(subject: Any) -> bool:
    """Does a sequence pattern look into it? Lists and tuples, no strings, no arrays."""
    return isinstance(subject, (list, tuple, range))


def is_mapping(subject: Any) -> bool:
    return isinstance(subject, dict)


def rest_of(subject: Any, *keys: Any) -> dict[Any, Any]:
    """What `**rest` captures."""
    return {k: v for k, v in subject.items() if k not in keys}


def positional(subject: Any, cls: Any, number: int) -> Any:
    """The attribute that the class names for a positional pattern."""
    if cls in (int, float, bool, str, bytes, list, tuple, dict):
        return subject
    return getattr(subject, cls.__match_args__[number])


PATTERNS: dict[str, Any] = {f"{HELPERS}sequence": is_sequence, f"{HELPERS}mapping": is_mapping,
                            f"{HELPERS}rest": rest_of, f"{HELPERS}positional": positional, f"{HELPERS}len": len,
                            f"{HELPERS}list": list, f"{HELPERS}isinstance": isinstance}


def _class(low: Lowerer, value: Any, node: Any) -> type:
    cls = low.user_class(value) or class_of(low, value)
    if cls is None:
        raise low.refuse(f"a pattern for {low.describe(value)}, whose type is not known before the run", node=node)
    return cls


@special(is_sequence)
def _sequence(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    return Lit(issubclass(_class(low, args[0], node), (list, tuple, range)))


@special(is_mapping)
def _mapping(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    return Lit(issubclass(_class(low, args[0], node), dict))


@special(rest_of)
def _rest(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    keys = [low.key_of(k, node) for k in args[1:]]
    known = [k.value for k in low.elements(args[0], node, "`**`")]
    return Map({k: low.get_item(args[0], Lit(k), "", node) for k in known if k not in keys})


@special(positional)
def _positional(low: Lowerer, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    subject, cls, number = args
    if not (isinstance(cls, Lit) and isinstance(cls.value, type)):
        raise low.refuse("a pattern of a class that is not known", node=node)
    if cls.value in (int, float, bool, str, bytes, list, tuple, dict) or issubclass(cls.value, np.generic):
        return subject
    names = getattr(cls.value, "__match_args__", getattr(cls.value, "_fields", ()))
    if number.value >= len(names):
        return low.raise_here(low.make_exception(TypeError, [Lit(
            f"{cls.value.__name__}() accepts {len(names)} positional sub-patterns ({number.value + 1} given)")], {}))
    return low.attribute(subject, names[number.value], "", node)


__all__ = ["PATTERNS", "SPECIAL_CALLS", "Object", "Ref", "Seq"]
