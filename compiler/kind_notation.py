"""The notation for kinds of arguments, `x: f8[5], w: f8[5, 3], n: int`: read from a text, and written for people.

    float  int  complex         a Python number
    f8  f4  c16  i8             a NumPy scalar
    f8[5]  f8[5, 3]  f8[:, 1]   an array; of a length it matters whether it is 1, and whether it is 9 or more (slices
                                of it are known then not to have length 1); `:` is any other than 1
    f8[()]  f8[...]             a 0-d array; an array of unknown rank
    [float, f8[3]]  (f8, f8)    a list, a tuple; {"w": f8[3]} a dict
    True  None  "relu"          a constant; a number (3, 0.5) stands for its type
"""

from __future__ import annotations

import ast
import difflib
import inspect
from typing import Any

import numpy as np

from ..runtime.errors import ArgumentError
from .arguments import Spec, describe
from .domains.kinds import (
    PY_COMPLEX,
    PY_FLOAT,
    PY_INT,
    Array,
    Dim,
    Kind,
    Known,
    Scalar,
    Struct,
    Sym,
    TupleOf,
    length_of,
)
from .ir import Lit

_NUMBERS = {"float": PY_FLOAT, "int": PY_INT, "complex": PY_COMPLEX}
_EXAMPLE = "Write for example `x:f8[5], w:f8[5,3], rate:float, n:int`."


def parse_arguments(text: str, signature: inspect.Signature) -> dict[str, Spec]:
    """The specs of the parameters that a text names.

    raises : ArgumentError, if the text is not in the notation or names no parameter of the function

    >>> specs = parse_arguments("x:f8[5], n:int", inspect.signature(lambda x, n=2: x))
    >>> show_kind(specs["x"].kind), show_kind(specs["n"].kind)
    ('f8[:]', 'int')
    """
    try:
        tree = ast.parse(f"{{{text}}}", mode="eval").body
    except SyntaxError:
        tree = None
    if text.strip() == "":
        return {}
    if not isinstance(tree, ast.Dict):
        raise ArgumentError(f"cannot read the kinds {text!r}", None, "", _EXAMPLE)
    specs: dict[str, Spec] = {}
    for key, value in zip(tree.keys, tree.values, strict=True):
        if not isinstance(key, ast.Name):
            shown = "**" if key is None else ast.unparse(key)
            raise ArgumentError(f"{shown!r} is not the name of a parameter", None, "", _EXAMPLE)
        _check_name(key.id, signature, specs)
        specs[key.id] = _spec(value)
    return specs


def _check_name(name: str, signature: inspect.Signature, seen: dict[str, Spec]) -> None:
    if name in seen:
        raise ArgumentError(f"the kind of {name!r} is given twice", None, "", "Give it once.")
    if name not in signature.parameters:
        close = difflib.get_close_matches(name, signature.parameters, 1)
        names = ", ".join(signature.parameters) or "none"
        hint = f"Did you mean {close[0]!r}?" if close else f"Its parameters: {names}."
        raise ArgumentError(f"there is no parameter {name!r}", None, "", hint)


def _spec(node: ast.expr) -> Spec:
    if isinstance(node, ast.List | ast.Tuple):
        made = list if isinstance(node, ast.List) else tuple
        return Spec("sequence", type=made, items=tuple(map(_spec, node.elts)))
    if isinstance(node, ast.Dict):
        if not all(isinstance(key, ast.Constant) for key in node.keys):
            raise ArgumentError(f"the keys of `{ast.unparse(node)}` are not constants", None, "", "Quote them.")
        keys = tuple(key.value for key in node.keys if isinstance(key, ast.Constant))
        return Spec("mapping", type=dict, keys=keys, items=tuple(map(_spec, node.values)))
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        return Spec("leaf", Array(_dtype(node.value.id), _shape(node)))
    if isinstance(node, ast.Name):
        if node.id == "bool":
            raise ArgumentError("`bool`: the code depends on the value of a boolean", None, "", "Write True or False.")
        return Spec("leaf", _NUMBERS[node.id] if node.id in _NUMBERS else Scalar(_dtype(node.id)))
    try:
        return describe(ast.literal_eval(node))
    except ValueError:
        raise ArgumentError(f"`{ast.unparse(node)}` is not a kind", None, "", _EXAMPLE) from None


def _dtype(name: str) -> np.dtype[Any]:
    try:
        dtype = np.dtype(name)
    except TypeError:
        dtype = np.dtype(object)
    if dtype.kind not in "biufc":
        raise ArgumentError(f"`{name}` is not a type of numbers", None, "",
                            "Write a NumPy code (f8, f4, c16, i8) or float, int, complex.")
    return dtype


def _shape(node: ast.Subscript) -> tuple[Dim, ...] | None:
    index = node.slice
    if isinstance(index, ast.Constant) and index.value is Ellipsis:
        return None
    parts = index.elts if isinstance(index, ast.Tuple) else [index]
    shape: list[Dim] = []
    for part in parts:
        if isinstance(part, ast.Constant) and type(part.value) is int:
            shape.append(length_of(part.value))
        elif isinstance(part, ast.Name) or ast.unparse(part) == ":":
            shape.append(Sym(one=False))
        else:
            raise ArgumentError(f"`{ast.unparse(part)}` in `{ast.unparse(node)}` is not a length", None, "",
                                "Write a number, or `:` for any length but 1.")
    return tuple(shape)


def show_kind(kind: Kind) -> str:
    """A kind in the notation, as far as it has one.

    >>> show_kind(Array(np.dtype("f4"), (1, Sym(one=False))))
    'f4[1, :]'
    """
    if isinstance(kind, Scalar) and kind.dtype is not None:
        code = f"{kind.dtype.kind}{kind.dtype.itemsize}"
        python = {"f8": "float", "i8": "int", "c16": "complex", "b1": "bool"}
        return python.get(code, code) if kind.python else code
    if isinstance(kind, Array) and kind.dtype is not None:
        code = f"{kind.dtype.kind}{kind.dtype.itemsize}"
        if kind.shape is None:
            return f"{code}[...]"
        return f"{code}[{', '.join('1' if n == 1 else ':' for n in kind.shape) or '()'}]"
    if isinstance(kind, TupleOf):
        inner = ", ".join(map(show_kind, kind.items))
        return f"[{inner}]" if kind.type is list else f"({inner})"
    if isinstance(kind, Known | Struct):
        return kind.type.__name__
    return "unknown"


def show_argument(kind: Kind, value: Any) -> str:
    """What is known of an argument: its kind, or the value of a constant (`value` is its abstract value)."""
    return repr(value.value) if isinstance(value, Lit) else show_kind(kind)
