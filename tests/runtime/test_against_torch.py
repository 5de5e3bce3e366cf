"""The same snippets under `import pullback as torch` and `import torch`: everything observable is compared.

`snippets/*.txt` hold programs, each under a line `### name`. What a program leaves in its namespace is observed: values,
dtypes, shapes, requires_grad, is_leaf, names of grad_fns, text printed, warnings, and exceptions (type and a phrase that
both messages hold). What PyTorch was seen to do is recorded in `snippets/recorded.json`, so that the tests hold where
PyTorch is not installed; where it is, the record itself is checked.

    python tests/runtime/test_against_torch.py          # record again what PyTorch does
    python tests/runtime/test_against_torch.py NAME...  # show one snippet under both
"""

import contextlib
import importlib
import io
import json
import math
import sys
import types
import warnings
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).resolve().parent / "snippets"
RECORD = HERE / "recorded.json"
RTOL, ATOL = 2e-5, 3e-6
NOISE = ("__array", "torch.jit")  # of PyTorch about itself


def read_snippets():
    found = {}
    for path in sorted(HERE.glob("*.txt")):
        for part in path.read_text(encoding="utf-8").split("\n### ")[1:]:
            name, _, text = part.partition("\n")
            key = f"{path.stem}: {name.strip()}"
            assert key not in found, f"two snippets are called {key!r}"
            found[key] = text.strip("\n") + "\n"
    return found


SNIPPETS = read_snippets()


# What can be observed ------------------------------------------------------------------------------------------------


class Refusal:
    """An exception that a snippet expects: its type, and the phrase that its message must hold."""

    def __init__(self, kind, phrase, message):
        self.kind, self.phrase, self.message = kind, phrase, message


def error(phrase, action):
    """What `error("key phrase", lambda: ...)` in a snippet gives: the exception that the action raises."""
    try:
        result = action()
    except Exception as raised:
        message = " ".join(str(raised).split())
        kinds = [k.__name__ for k in type(raised).__mro__ if k.__module__ == "builtins"]
        return Refusal(kinds[0], phrase, message)
    return f"nothing raised, but {result!r}"


def describe(value, torch):
    """An observation, in terms that JSON holds."""
    if isinstance(value, Refusal):
        held = value.phrase.lower() in value.message.lower()
        return {"raises": value.kind, "phrase": value.phrase, **({} if held else {"message": value.message})}
    if isinstance(value, torch.Tensor):
        return tensor_seen(value, torch)
    if isinstance(value, bool | int | str | None):
        return value
    if isinstance(value, float):
        return {"float": repr(value)}
    if isinstance(value, complex):
        return {"complex": [repr(value.real), repr(value.imag)]}
    if isinstance(value, np.ndarray | np.generic):
        return {"array": listed(np.asarray(value).tolist()), "dtype": str(value.dtype)}
    if isinstance(value, torch.Size):
        return {"size": list(value)}
    if isinstance(value, list | tuple):
        kind = "list" if isinstance(value, list) else "tuple"
        extra = {"fields": type(value).__name__} if hasattr(value, "values") else {}
        return {kind: [describe(v, torch) for v in value], **extra}
    if isinstance(value, dict):
        return {"dict": [[describe(k, torch), describe(v, torch)] for k, v in value.items()]}
    if isinstance(value, dtype_kinds(torch)):
        return {"dtype": str(value).removeprefix("torch.")}
    return {"object": type(value).__name__}


def dtype_kinds(torch):
    return (np.dtype, type(torch.float32))


def tensor_seen(t, torch):
    detached = t.detach()
    seen = {
        "dtype": str(t.dtype).removeprefix("torch."), "shape": list(t.shape), "requires_grad": t.requires_grad,
        "is_leaf": t.is_leaf, "grad_fn": None if t.grad_fn is None else t.grad_fn.name(),
        "values": listed(detached.tolist()),
    }
    if t.is_leaf and t.grad is not None:
        seen["grad"] = describe(t.grad, torch)
    return seen


def listed(values):
    """Nested lists with floats as text that keeps nan and inf; complex numbers as pairs."""
    if isinstance(values, list):
        return [listed(v) for v in values]
    if isinstance(values, complex):
        return {"complex": [repr(values.real), repr(values.imag)]}
    return repr(values) if isinstance(values, float) else values


def observe(text, torch):
    """Run a snippet and describe what it left."""
    namespace = {"torch": torch, "np": np, "error": error, "math": math, "F": torch.nn.functional, "nn": torch.nn}
    given = set(namespace)
    printed = io.StringIO()
    torch.manual_seed(0)
    with warnings.catch_warnings(record=True) as caught, contextlib.redirect_stdout(printed):
        warnings.simplefilter("always")
        exec(compile(text.replace("from torch", f"from {torch.__name__}"), "<snippet>", "exec"), namespace)
    hidden = types.ModuleType | types.FunctionType | type
    names = {name: describe(value, torch) for name, value in namespace.items()
             if name not in given and not name.startswith("_") and not isinstance(value, hidden)}
    seen = [f"{w.category.__name__}: {str(w.message)[:30]}" for w in caught if not any(noise in str(w.message) for noise in NOISE)]
    return {"names": names, "printed": printed.getvalue(), "warnings": list(dict.fromkeys(seen))}


# What counts as equal ------------------------------------------------------------------------------------------------


def number(text):
    try:
        return float(text)
    except (TypeError, ValueError):
        return None


def differences(ours, theirs, where=""):
    """Lines that say where two observations differ; [] if they agree up to rounding."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        if set(ours) != set(theirs):
            return [f"{where}: {ours} but PyTorch {theirs}"]
        return [line for key in theirs for line in differences(ours[key], theirs[key], f"{where}.{key}")]
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        return [line for k, (a, b) in enumerate(zip(ours, theirs, strict=True))
                for line in differences(a, b, f"{where}[{k}]")]
    if isinstance(ours, str) and isinstance(theirs, str):
        a, b = number(ours), number(theirs)
        if a is not None and b is not None:
            same = (math.isnan(a) and math.isnan(b)) or a == b or math.isclose(a, b, rel_tol=RTOL, abs_tol=ATOL)
            return [] if same else [f"{where}: {ours} but PyTorch {theirs}"]
    same = type(ours) is type(theirs) and ours == theirs
    return [] if same else [f"{where}: {ours!r} but PyTorch {theirs!r}"]


def pullback():
    return importlib.import_module("pullback")


def pytorch():
    library = pytest.importorskip("torch", reason="PyTorch is not installed: its recorded behaviour is tested instead")
    library.set_warn_always(True)  # else some warnings come once a process
    return library


RECORDED = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.exists() else {}


@pytest.mark.parametrize("name", SNIPPETS)
def test_behaves_as_pytorch_was_seen_to(name):
    assert name in RECORDED, "record it: python tests/runtime/test_against_torch.py"
    assert RECORDED[name]["text"] == SNIPPETS[name], "the snippet changed: python tests/runtime/test_against_torch.py"
    found = differences(observe(SNIPPETS[name], pullback()), RECORDED[name]["seen"])
    assert not found, "\n".join(["", SNIPPETS[name], *found])


@pytest.mark.parametrize("name", SNIPPETS)
def test_the_record_is_what_pytorch_does(name):
    found = differences(observe(SNIPPETS[name], pytorch()), RECORDED[name]["seen"])
    assert not found, "\n".join(["", SNIPPETS[name], *found])


def test_snippets_are_many():
    assert len(SNIPPETS) >= 150


@pytest.mark.parametrize("planted", [
    "t.requires_grad_()", "t = t.double()", "t = t + 1", "t = t.reshape(1, 2)", "t = error('size', lambda: t[5, 5])",
    "print('no')", "import warnings; warnings.warn('no')", "u = 1", "t = [t]", "t = 1.0",
])
def test_a_planted_difference_is_found(planted):
    library = pullback()
    plain = observe("t = torch.tensor([1.0, 2.0])\n", library)
    assert not differences(plain, plain)
    assert differences(observe(f"t = torch.tensor([1.0, 2.0])\n{planted}\n", library), plain)


def record():
    library = pytorch()
    seen = {}
    for name, text in SNIPPETS.items():
        try:
            seen[name] = {"text": text, "seen": observe(text, library)}
        except Exception as failed:
            print(f"{name}: PyTorch raises {type(failed).__name__}: {failed}", file=sys.stderr)
            continue
        for line in json.dumps(seen[name]["seen"]).split('"message"')[1:]:
            print(f"{name}: PyTorch's message does not hold the phrase: {line[:150]}", file=sys.stderr)
        if "nothing raised" in json.dumps(seen[name]["seen"]):
            print(f"{name}: nothing raised under PyTorch", file=sys.stderr)
    lines = [f"{json.dumps(name)}: {json.dumps(entry)}" for name, entry in seen.items()]
    RECORD.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def show(names):
    for name in (key for key in SNIPPETS if any(n in key for n in names)):
        seen = []
        for library in (pullback(), pytorch()):
            try:
                seen.append(observe(SNIPPETS[name], library))
            except Exception as failed:
                seen.append({"failed": f"{type(failed).__name__}: {failed}"})
        found = differences(*seen)
        if found:
            print(f"==== {name}\n{SNIPPETS[name]}" + "\n".join(found[:8]))


if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parents[2]))
    show(sys.argv[1:]) if sys.argv[1:] else record()
