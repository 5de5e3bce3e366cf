"""The layers of DESIGN.md: imports point downwards only. Read from the text, nothing is imported.

A new module belongs to a row of LAYERS (add its name, or a pattern, there); a new row also says what it may import. In
runtime/ only what generated code and the compiler may call is named; everything else is the engine.
Limitation: modules imported through a computed name are not seen.
"""

import ast
import fnmatch
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Layer:
    """Modules that may import each other and the layers in `below`; `outside` are the libraries that they may use."""

    name: str
    modules: tuple[str, ...]
    below: tuple[str, ...] = ()
    outside: tuple[str, ...] = ("numpy",)


ERRORS, HELPERS, SHARED, CORE, ENGINE = "errors", "helpers", "shared", "core", "engine"
DOMAINS, IR = "domains", "ir"
BASE = (ERRORS, HELPERS, DOMAINS, IR)
LAYERS = (
    Layer(ERRORS, ("runtime.errors",), outside=()),
    # What generated code calls: functions of arrays and shapes.
    Layer(HELPERS, ("runtime.shapes", "runtime.lists", "runtime.linalg", "runtime.indexing", "runtime.tapes", "runtime.checks",
                    "runtime.special", "runtime.statistics", "runtime.differences", "runtime.contraction",
                    "runtime.matrices", "runtime.structure", "runtime.sparse", "runtime.splines", "runtime.curves",
                    "runtime.filtering",
                    "runtime.fourier", "runtime.stores", "runtime.stop",
                    "runtime.trees", "runtime.checkpoints", "runtime.effects"),
          (ERRORS,), ("numpy", "scipy")),
    # What the compiler and the engine both know: the table of derivatives, the names of the grad modes.
    Layer(SHARED, ("runtime.table", "runtime.grad_mode"), (ERRORS,)),
    # What a Tensor is, so that the compiler knows one when it sees it.
    Layer(CORE, ("runtime.dispatch", "runtime.graph", "runtime.promotion", "runtime.quiet", "runtime.anomaly",
                 "runtime.saved"),
          (ERRORS, HELPERS, SHARED)),
    # All other modules of runtime/: the Tensor engine, and what PyTorch's users expect around it.
    Layer(ENGINE, ("runtime.*",), (ERRORS, HELPERS, SHARED, CORE)),
    Layer(DOMAINS, ("compiler.domains", "compiler.domains.*"), (ERRORS, HELPERS)),
    Layer(IR, ("compiler.ir", "compiler.ir_*"), (ERRORS, DOMAINS)),
    Layer("source", ("compiler.source", "compiler.source_*"), (ERRORS,), ("numpy", "gast")),
    Layer("desugar", ("compiler.desugar", "compiler.desugar.*"), (ERRORS, "source"), ("gast",)),
    Layer("rules", ("compiler.primitives", "compiler.rules", "compiler.rules.*",
                    "compiler.library", "compiler.library.*"), (*BASE, SHARED), ("numpy", "scipy")),
    Layer("lower", ("compiler.lower", "compiler.lower.*"), (*BASE, SHARED, CORE, "source", "desugar", "rules"),
          ("numpy", "gast")),
    Layer("analyses", ("compiler.analyses", "compiler.analyses.*"), (*BASE, "rules")),
    Layer("transforms", ("compiler.transforms", "compiler.transforms.*"),
          (*BASE, "source", "desugar", "rules", "lower", "analyses")),
    Layer("emit", ("compiler.emit", "compiler.emit_*"), (ERRORS, "source"), ("numpy", "gast")),
    Layer("raise", ("compiler.raise_python", "compiler.raise_*", "compiler.raise_python.*"),
          (*BASE, "rules", "analyses", "emit"), ("numpy", "gast")),
    Layer("numba", ("compiler.legalise_numba", "compiler.legalise_numba.*"),
          (*BASE, "rules", "lower", "analyses", "transforms", "emit", "raise"), ("numpy", "gast")),
    Layer("pipeline", ("compiler.pipeline", "compiler.results", "compiler.arguments", "compiler.split", "compiler.complete",
                       "compiler.standalone", "compiler.collector", "compiler.tensors", "compiler.targets", "compiler.nesting",
                       "compiler.nested_vjp", "compiler.batched",
                       "compiler.routine_forms",
                       "compiler.tangent_function",
                       "compiler.selection", "compiler.methods"),
          (*BASE, SHARED, CORE, ENGINE, "source", "desugar", "rules", "lower", "analyses", "transforms", "emit",
           "raise", "numba")),
    # What people see of a compiled function.
    Layer("views", ("compiler.look", "compiler.findings", "compiler.inspect_view", "compiler.kind_notation",
                    "compiler.stages", "compiler.standalone"),
          (*BASE, "source", "desugar", "rules", "lower", "analyses", "emit", "raise", "pipeline"), ("numpy", "gast")),
    Layer("api", ("compiler.api", "compiler.variants", "compiler.pullbacks", "compiler.leaves", "compiler.tangents",
                  "compiler.operator_options", "compiler.hessian_products", "compiler.jacobians", "compiler.derivatives",
                  "compiler.batching", "compiler.differentiable",
                  "compiler.double", "compiler.quick_call", "compiler.quick_push", "compiler.gradcheck",
                  "compiler.custom_functions", "compiler.implicit", "compiler.outside", "compiler.scipy_solvers"),
          (*BASE, SHARED, CORE, ENGINE, "source", "rules", "lower", "emit", "raise", "pipeline", "views")),
    # SciPy's functions that call one of the user's: imported when such a call is read.
    Layer("solvers", ("compiler.scipy_integrals", "compiler.scipy_odes", "compiler.scipy_fits"),
          (*BASE, "lower", "pipeline", "api"), ("numpy", "scipy")),
    # What meets other libraries: they are imported when a function is called.
    Layer("interop", ("pullback.interop",), (*BASE, "pipeline", "api"), ("numpy", "torch", "jax")),
    Layer("face", ("pullback", "pullback.*"),
          (*BASE, SHARED, CORE, ENGINE, "rules", "pipeline", "views", "api", "interop"), ("numpy", "rich")),
    # The packages themselves: importing any module runs them first, so they import nothing.
    Layer("packages", ("compiler", "runtime"), outside=()),
)
# Libraries that a single module (or the modules of one package) may use, whatever its layer.
ALONE = {"astor": "compiler.emit", "numba": "compiler.legalise_numba.*"}
BY_NAME = {layer.name: layer for layer in LAYERS}


@dataclass(frozen=True)
class Import:
    """`module` imports `target`, a module of ours ("compiler.ir") or the top name of a library ("numpy")."""

    module: str
    target: str
    where: str
    at_import: bool  # runs when the module is imported: not in a function, not for type checkers only


def modules_of(root: Path) -> dict[str, Path]:
    """Dotted name, as in LAYERS, of each Python file of the three packages; links are not followed."""
    found = {}
    for package in ("runtime", "compiler", "pullback"):
        for path in sorted((root / package).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            if package == "pullback" and parts[1] in ("compiler", "runtime"):
                continue  # the same files through the links (Python < 3.13 walks into them)
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def layer_of(module: str) -> Layer | None:
    exact = [layer for layer in LAYERS if module in layer.modules]
    fitting = exact or [layer for layer in LAYERS if any(fnmatch.fnmatchcase(module, p) for p in layer.modules)]
    return fitting[0] if fitting else None


def in_layers(name: str) -> str:
    """The name that Import uses: `pullback.compiler.ir` is `compiler.ir` there, `numpy.linalg` is `numpy`."""
    if name.split(".")[0] not in ("pullback", "compiler", "runtime"):
        return name.split(".")[0]
    return name.removeprefix("pullback.") if name.startswith(("pullback.compiler", "pullback.runtime")) else name


def lazy_nodes(tree: ast.Module) -> set[ast.AST]:
    """Nodes that do not run when the module is imported."""
    lazy: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            lazy.update(ast.walk(node))
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            lazy.update(sub for statement in node.body for sub in ast.walk(statement))
    return lazy


def targets_of(node: ast.AST, package: str, known: dict[str, Path]) -> Iterator[str]:
    """Names of what an import statement, or a call of import_module with a literal, brings in."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            parents = package.split(".") if package else []
            kept = parents[: len(parents) - (node.level - 1)]
            base = ".".join([*kept, base] if base else kept)
        for alias in node.names:
            inner = f"{base}.{alias.name}" if base else alias.name
            yield inner if in_layers(inner) in known else base or inner
    elif (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)
          and ast.unparse(node.func).split(".")[-1] in ("import_module", "__import__")
          and isinstance(node.args[0].value, str)):
        name = node.args[0].value
        levels = len(name) - len(name.lstrip("."))
        yield ".".join(package.split(".")[: 1 - levels or None]) + "." + name[levels:] if levels else name


def imports_of(module: str, path: Path, known: dict[str, Path], root: Path) -> Iterator[Import]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    lazy = lazy_nodes(tree)
    # Installed, `compiler` is `pullback.compiler`: relative imports are resolved there.
    installed = module if module.split(".")[0] == "pullback" else f"pullback.{module}"
    package = installed if path.name == "__init__.py" else installed.rpartition(".")[0]
    for node in ast.walk(tree):
        for target in targets_of(node, package, known):
            where = f"{path.relative_to(root).as_posix()}:{getattr(node, 'lineno', 0)}"
            yield Import(module, in_layers(target), where, node not in lazy)


def star_imports(path: Path, root: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            yield f"{path.relative_to(root).as_posix()}:{node.lineno}: `import *`"


def fault_in(one: Import, known: dict[str, Path]) -> str | None:
    """Why the import is not allowed; None if it is."""
    layer = layer_of(one.module)
    assert layer is not None, one.module
    if one.target.split(".")[0] not in ("compiler", "runtime", "pullback"):
        allowed = (one.target in sys.stdlib_module_names or one.target in layer.outside
                   or fnmatch.fnmatchcase(one.module, ALONE.get(one.target, "")))
        return None if allowed else f"{one.where}: layer {layer.name} may not use {one.target}"
    if one.target not in known:
        return f"{one.where}: {one.target} does not exist"
    below = layer_of(one.target)
    if below is None or below is layer or below.name in layer.below:
        return None  # a module without a layer is reported once, for itself
    return (f"{one.where}: {one.module} (layer {layer.name}) may not import {one.target} (layer {below.name}); "
            "LAYERS in tests/test_layers.py says what stands where")


def cycle_in(edges: dict[str, set[str]]) -> list[str]:
    """One cycle of modules that import each other, as a path that ends where it began; [] if there is none."""
    done: set[str] = set()

    def visit(module: str, path: list[str]) -> list[str]:
        if module in path:
            return [*path[path.index(module):], module]
        if module in done:
            return []
        for target in sorted(edges.get(module, ())):
            if found := visit(target, [*path, module]):
                return found
        done.add(module)
        return []

    return next((found for module in sorted(edges) if (found := visit(module, []))), [])


def faults_in(root: Path) -> list[str]:
    """Every breach of the layers below `root`, each a line that says where and what."""
    known = modules_of(root)
    faults = [f"{name} has no layer: add it to a row of LAYERS in tests/test_layers.py"
              for name in known if layer_of(name) is None]
    edges: dict[str, set[str]] = {}
    for module, path in known.items():
        faults += star_imports(path, root)
        if layer_of(module) is None:
            continue
        for one in imports_of(module, path, known, root):
            if fault := fault_in(one, known):
                faults.append(fault)
            elif one.at_import and one.target in known and one.target != module:
                edges.setdefault(module, set()).add(one.target)
    if cycle := cycle_in(edges):
        faults.append("modules import each other: " + " -> ".join(cycle))
    return list(dict.fromkeys(faults))


def test_imports_point_downwards():
    faults = faults_in(ROOT)
    assert not faults, "\n".join(["", *faults])


def test_the_walk_sees_imports():
    known = modules_of(ROOT)
    seen = {one.target for module, path in known.items() for one in imports_of(module, path, known, ROOT)}
    assert {"runtime.errors", "numpy", "gast", "astor", "compiler.rules.registry"} <= seen


def test_each_layer_stands_above_what_it_may_import():
    above: set[str] = set()
    for layer in LAYERS:
        assert set(layer.below) <= above, f"{layer.name} may import a layer that stands above it"
        above.add(layer.name)
    assert not any(name.startswith("compiler") for layer in LAYERS if layer.modules[0].startswith("runtime")
                   for lower in layer.below for name in BY_NAME[lower].modules)


HELPER, ERROR = "runtime.shapes (layer helpers) may not", "runtime.errors (layer errors) may not"
TERM = "compiler.ir (layer ir) may not"
PLANTED = {
    "runtime imports the compiler": ("runtime/shapes.py", "from ..compiler import ir", HELPER),
    "lazily": ("runtime/shapes.py", "def f():\n    from ..compiler.ir import Var", HELPER),
    "for types only": ("runtime/errors.py", "if TYPE_CHECKING:\n    from . import shapes", ERROR),
    "by its full name": ("runtime/errors.py", "import pullback.compiler.ir", ERROR),
    "by import_module": ("runtime/shapes.py", "import importlib as i\ni.import_module('pullback.compiler.ir')", HELPER),
    "by a relative import_module": ("runtime/errors.py", "import_module('.shapes', __package__)", ERROR),
    "upwards": ("compiler/ir.py", "from .analyses import liveness", TERM),
    "the face from below": ("compiler/ir.py", "from .. import cli", f"{TERM} import pullback.cli"),
    "astor outside emit": ("compiler/source.py", "import astor", "layer source may not use astor"),
    "gast inside": ("compiler/analyses/liveness.py", "import gast as g", "layer analyses may not use gast"),
    "astor beside emit": ("compiler/emit_text.py", "import astor", "layer emit may not use astor"),
    "numba outside": ("compiler/emit.py", "from numba import njit", "layer emit may not use numba"),
    "star": ("compiler/ir_text.py", "from .ir import *", "`import *`"),
    "unknown module": ("compiler/misc.py", "", "compiler.misc has no layer: add it to a row of LAYERS"),
    "missing module": ("compiler/ir_text.py", "from .irr import Var", "does not exist"),
    "cycle": ("compiler/ir.py", "from . import ir_text", "each other: compiler.ir -> compiler.ir_text -> compiler.ir"),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_planted_breach_is_found(tmp_path, planted):
    tree = {
        "runtime/__init__.py": "", "runtime/errors.py": "", "runtime/shapes.py": "from .errors import ShapeError",
        "compiler/__init__.py": "", "compiler/ir.py": "import numpy as np", "compiler/ir_text.py": "from . import ir",
        "compiler/source.py": "import gast", "compiler/emit.py": "import astor", "compiler/analyses/__init__.py": "",
        "compiler/analyses/liveness.py": "from ..ir import Var", "pullback/__init__.py": "", "pullback/cli.py": "",
    }
    for name, text in tree.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert faults_in(tmp_path) == []
    name, text, expected = PLANTED[planted]
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert len(faults_in(tmp_path)) == 1
    assert expected in faults_in(tmp_path)[0]
