"""What checking the arguments and finding the variant costs: the call less the generated function called directly."""

from __future__ import annotations

import dataclasses
import timeit
from typing import Any

import numpy as np

from ..measure import median
from ..problem import Function
from ..rounds import Plan, in_rounds

FLAT = 1.0e-6  # seconds, for up to four flat positional arrays
LEAF = 0.5e-6  # seconds a leaf, for keyword and structured calls


@dataclasses.dataclass
class Layer:
    w: np.ndarray
    b: np.ndarray


def four(a: Any, b: Any, c: Any, d: Any) -> Any:
    return np.sum(a * b + c * d)


def of_dict(p: Any, x: Any) -> Any:
    return np.sum(x * p["w"] + p["b"])


def of_layers(layers: Any, x: Any) -> Any:
    for w, b in layers:
        x = x * w + b
    return np.sum(x)


def of_records(layers: Any, x: Any) -> Any:
    for layer in layers:
        x = x * layer.w + layer.b
    return np.sum(x)


def of_many(p: Any, x: Any) -> Any:
    total = np.sum(x)
    for w in p.values():
        total = total + np.sum(w)
    return total


def of_list(ws: Any) -> Any:
    total = 0.0
    for w in ws:
        total = total + np.sum(w)
    return total


def of_nested(p: Any, x: Any) -> Any:
    for w, b in p["layers"]:
        x = x * w + b
    return np.sum(x * p["head"].w + p["head"].b)


def of_numbers(x: Any, scale: float, shift: float, times: int) -> Any:
    return np.sum(x * scale + shift) * times


def cases() -> list[tuple[str, Function, tuple[Any, ...], dict[str, Any], int, float]]:
    """Name, function, arguments, keywords, leaves, and the bar in seconds."""
    v = np.linspace(0.0, 1.0, 3)
    return [
        ("four arrays", four, (v, v, v, v), {}, 4, FLAT),
        ("one array", np_sum_of_squares, (v,), {}, 1, FLAT),
        ("an array, two floats, an int", of_numbers, (v, 2.0, 1.0, 3), {}, 4, FLAT),
        ("four keywords", four, (), {"a": v, "b": v, "c": v, "d": v}, 4, 4 * LEAF),
        ("a dict of two, an array", of_dict, ({"w": v, "b": v}, v), {}, 3, 3 * LEAF),
        ("a list of three pairs, an array", of_layers, ([(v, v)] * 3, v), {}, 7, 7 * LEAF),
        ("a dict of ten, an array", of_many, ({f"w{k}": v for k in range(10)}, v), {}, 11, 11 * LEAF),
        ("a list of twenty", of_list, ([v] * 20,), {}, 20, 20 * LEAF),
        ("a dict of a list of three pairs and a dataclass, an array", of_nested,
         ({"layers": [(v, v)] * 3, "head": Layer(v, v)}, v), {}, 9, 9 * LEAF),
        ("two arrays, a dict by keyword", of_dict, (), {"p": {"w": v, "b": v}, "x": v}, 3, 3 * LEAF),
        ("a list of three dataclasses, an array", of_records, ([Layer(v, v)] * 3, v), {}, 7, 7 * LEAF),
    ]


def np_sum_of_squares(x: Any) -> Any:
    return np.sum(x * x)


def overhead(plan: Plan) -> list[dict[str, Any]]:
    """For each form of call the median, over paired rounds, of the time beside the generated function."""
    import pullback

    found = []
    for name, fn, args, kwargs, leaves, bar in cases():
        gradient = pullback.grad(fn, wrt=0)
        gradient(*args, **kwargs)
        inner = gradient._current().call
        names = dict(zip("abcdefgh", (*args, *kwargs.values()), strict=False))
        head = ", ".join(list(names)[: len(args)])
        keyed = ", ".join(f"{key}={value}" for key, value in zip(kwargs, list(names)[len(args):], strict=True))
        watches = {}
        for label, call in (("outer", gradient), ("inner", inner)):
            text = f"call({', '.join(filter(None, (head, keyed)))})"
            watches[label] = timeit.Timer(text, timer=plan.clock, globals={"call": call, **names})
        samples = in_rounds(watches, plan)
        beside = median([o - i for o, i in zip(samples["outer"], samples["inner"], strict=True)])
        found.append({"call": name, "leaves": leaves, "seconds": beside, "bar": bar})
    return found
