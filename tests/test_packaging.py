"""The package as its users get it: wheel, sdist and editable install hold each module exactly once.

The builds run on a copy of the checkout and install into environments of their own, which borrow NumPy, gast, astor and
setuptools from the running one: nothing is fetched. Limitation: that setup.cfg's lower bounds suffice is not tested.
"""

import configparser
import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path, PurePosixPath

import pytest

import pullback

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = {"pullback.compiler": "compiler", "pullback.runtime": "runtime"}
# The first two would lead to another pullback; the others are there when `make test` runs the tests.
UNWANTED = ("PYTHONPATH", "PYTHONHOME", "MAKEFLAGS", "MAKELEVEL", "MFLAGS")
USE = """
import pullback as pb, numpy as np
print(pb.grad(lambda x: np.sum(x * x))(np.array([1.0, 2.0])))
"""


def packages_in_setup_cfg() -> set[str]:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    return set(config["options"]["packages"].split())


def packages_on_disk(root: Path = ROOT) -> set[str]:
    """Every folder of the tree that holds Python files, under the name that it is imported by."""
    found = {"pullback"}
    for package, folder in FOLDERS.items():
        for path in (root / folder).rglob("*.py"):
            found.add(".".join([package, *path.parent.relative_to(root / folder).parts]))
    return found


def modules_on_disk(root: Path = ROOT) -> set[str]:
    """Paths of all modules as they stand in a wheel."""
    found = {f"pullback/{path.name}" for path in (root / "pullback").glob("*.py")}
    for folder in FOLDERS.values():
        found |= {f"pullback/{path.relative_to(root).as_posix()}" for path in (root / folder).rglob("*.py")}
    return found


def run(*command: object, cwd: Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if k not in UNWANTED}
    done = subprocess.run([str(part) for part in command], cwd=cwd, env=environment, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True)
    if check and done.returncode:
        pytest.fail(f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done


def copy_checkout(target: Path) -> Path:
    """A copy of what the checkout holds, links as links."""
    def unwanted(folder: str, names: list[str]) -> set[str]:
        return {n for n in names if n in ("build", "dist", "__pycache__")
                or (n.startswith(".") and n != ".ci") or n.endswith(".egg-info")}

    return Path(shutil.copytree(ROOT, target, symlinks=True, ignore=unwanted))


def links_as_text(tree: Path) -> None:
    """Turn the links into what git writes where links are not supported: a text file with the target's path."""
    for folder in FOLDERS.values():
        link = tree / "pullback" / folder
        if link.is_symlink():
            link.unlink()
        link.write_text(f"../{folder}", encoding="utf-8")


def clean_environment(folder: Path) -> Path:
    """A new environment that sees the running one's packages but not its pullback; returns its Python."""
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    site = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).stdout.strip()
    import numpy
    # A .pth adds the folder to the path without running the .pth files in it: an editable pullback there stays out.
    Path(site, "borrowed.pth").write_text(str(Path(numpy.__file__).resolve().parent.parent), encoding="utf-8")
    return python


def pip_install(python: Path, *what: object) -> None:
    run(sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index",
        "--no-build-isolation", *what, cwd=python.parent)


def build_wheel(tree: Path, target: Path) -> Path:
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-index", "--no-build-isolation",
        "--wheel-dir", target, tree, cwd=target.parent)
    [wheel] = target.glob("*.whl")
    return wheel


def names_in(wheel: Path) -> list[str]:
    return [n for n in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in n]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tree = copy_checkout(tmp_path_factory.mktemp("wheel") / "checkout")
    return build_wheel(tree, tree.parent / "dist")


def test_setup_cfg_lists_exactly_the_packages_on_disk():
    missing = packages_on_disk() - packages_in_setup_cfg()
    stale = packages_in_setup_cfg() - packages_on_disk()
    assert not missing, f"add to [options] packages in setup.cfg: {sorted(missing)}"
    assert not stale, f"remove from [options] packages in setup.cfg: {sorted(stale)}"


def test_packages_on_disk_sees_a_new_folder(tmp_path):
    for name in ("compiler/analyses/graphs/a.py", "runtime/b.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.touch()
    assert packages_on_disk(tmp_path) == {"pullback", "pullback.compiler.analyses.graphs", "pullback.runtime"}


def test_the_running_tests_loaded_no_module_twice():
    """Tests and doctests reach the same module objects: by `pullback.` names, never through the folders' own."""
    names: dict[str, list[str]] = {}
    modules: dict[str, set[int]] = {}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if file and Path(file).resolve().is_relative_to(ROOT) and "tests" not in Path(file).parts:
            names.setdefault(os.path.realpath(file), []).append(name)
            modules.setdefault(os.path.realpath(file), set()).add(id(module))
    assert str(ROOT / "pullback" / "__init__.py") in names
    # PyTorch's short names (pullback.nn, pullback.optim) are second names of one module object.
    assert [names[file] for file, found in modules.items() if len(found) > 1] == []
    assert not [n for found in names.values() for n in found if n.split(".")[0] in ("compiler", "runtime")]


def test_no_file_is_loaded_under_two_names():
    code = """
import importlib, os, pkgutil, sys
import pullback
for info in pkgutil.walk_packages(pullback.__path__, "pullback."):
    if info.name != "pullback.__main__":
        importlib.import_module(info.name)
seen = {}
for name, module in list(sys.modules.items()):
    file = getattr(module, "__file__", None)
    if file and name.split(".")[0] in ("pullback", "compiler", "runtime"):
        seen.setdefault(os.path.realpath(file), []).append(name)
print(len(seen), [names for names in seen.values() if len(names) > 1])
"""
    count, twice = run(sys.executable, "-W", "ignore", "-c", code, cwd=ROOT).stdout.split(maxsplit=1)
    assert int(count) == len(modules_on_disk()) - ("pullback/__main__.py" in modules_on_disk())
    assert twice.strip() == "[]"


def test_wheel_holds_each_module_once_and_the_typing_marker(wheel):
    names = names_in(wheel)
    assert sorted(n for n in names if n.endswith(".py")) == sorted(modules_on_disk())
    assert len(names) == len(set(names))
    assert "pullback/py.typed" in names
    assert {n for n in names if not n.endswith(".py")} == {"pullback/py.typed"}


def test_version_stands_in_one_place(wheel):
    assert f"pullback-{pullback.__version__}-" in wheel.name


def test_wheel_works_in_a_clean_environment_from_another_folder(wheel, tmp_path):
    python = clean_environment(tmp_path / "env")
    pip_install(python, wheel)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    where = run(python, "-c", "import pullback; print(pullback.__file__)", cwd=elsewhere).stdout
    assert str(tmp_path) in where
    (elsewhere / "program.py").write_text(USE, encoding="utf-8")
    assert run(python, "program.py", cwd=elsewhere).stdout == "[2. 4.]\n"

    (elsewhere / "model.py").write_text(
        "import numpy as np\ndef loss(x, w):\n    return np.sum((x @ w) ** 2)\n", encoding="utf-8")
    for command in ([python.with_name("pullback")], [python, "-m", "pullback"]):
        shown = run(*command, "inspect", "model.py:loss", "--wrt", "w", "--plain", cwd=elsewhere).stdout
        assert "d_w" in shown
        refused = run(*command, "inspect", "model.py:nothing", cwd=elsewhere, check=False)
        assert refused.returncode == 2
        assert "nothing" in refused.stderr


def test_sdist_holds_each_module_once_and_builds_the_same_wheel(wheel, tmp_path):
    tree = copy_checkout(tmp_path / "checkout")
    run(sys.executable, "-c", "from setuptools import build_meta; build_meta.build_sdist('dist')", cwd=tree)
    [archive] = (tree / "dist").glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        members = [PurePosixPath(*PurePosixPath(m.name).parts[1:]) for m in tar.getmembers() if m.isfile()]
        tar.extractall(tmp_path / "unpacked", filter="data")
    ours = [m for m in members if m.parts[0] in ("pullback", "compiler", "runtime")]
    modules = sorted(str(m) for m in ours if m.suffix == ".py")
    assert modules == sorted(n if n.count("/") == 1 else n.removeprefix("pullback/") for n in modules_on_disk())
    for needed in ("LICENSE", "README.md", "setup.cfg", "pyproject.toml", "pullback/py.typed", "samples/fit_ode.py"):
        assert PurePosixPath(needed) in members
    [source] = (tmp_path / "unpacked").iterdir()
    assert sorted(names_in(build_wheel(source, tmp_path / "again"))) == sorted(names_in(wheel))


@pytest.mark.parametrize("text_links", [False, True], ids=["links", "links_as_text_files"])
def test_editable_install_uses_the_checkout(tmp_path, text_links):
    tree = copy_checkout(tmp_path / "checkout")
    if text_links:
        links_as_text(tree)
    python = clean_environment(tmp_path / "env")
    pip_install(python, "--editable", tree)
    (tmp_path / "program.py").write_text(USE + (
        "import sys\n"
        "files = [m.__file__ for n, m in sys.modules.items() if n.split('.')[0] == 'pullback']\n"
        f"print(all(f.startswith({str(tree)!r}) for f in files), len(files) == len(set(files)))\n"), encoding="utf-8")
    assert run(python, "program.py", cwd=tmp_path).stdout == "[2. 4.]\nTrue True\n"


def test_links_as_text_files_give_the_same_wheel(wheel, tmp_path):
    tree = copy_checkout(tmp_path / "checkout")
    links_as_text(tree)
    assert sorted(names_in(build_wheel(tree, tmp_path / "dist"))) == sorted(names_in(wheel))


def test_import_adds_less_than_150_ms_to_numpy():
    code = "import time, numpy; t = time.perf_counter(); import pullback; print(time.perf_counter() - t)"
    best = min(float(run(sys.executable, "-c", code, cwd=ROOT).stdout) for _ in range(5))
    assert best < 0.150


@pytest.mark.skipif(shutil.which("make") is None or shutil.which("sh") is None, reason="needs make and sh")
def test_make_finds_a_python_and_names_what_it_runs():
    found = run("sh", ".ci/pythons", cwd=ROOT).stdout.splitlines()
    versions = [run(python, "-c", "import sys; print(*sys.version_info[:2])", cwd=ROOT).stdout for python in found]
    assert len(set(versions)) == len(versions) >= 1
    assert all(tuple(map(int, version.split())) >= (3, 11) for version in versions)
    planned = run("env", "-u", "MAKEFLAGS", "-u", "MAKELEVEL", "make", "--no-print-directory", "--dry-run", "VENV=elsewhere", "test", cwd=ROOT).stdout
    assert f"{found[0]} -m venv elsewhere" in planned
    assert planned.rstrip().splitlines()[-1].strip() == "elsewhere/bin/python -m pytest -n auto"


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_make_says_when_there_is_no_python():
    done = run("make", "VENV=elsewhere", "PYTHON=", "demo", cwd=ROOT, check=False)
    assert done.returncode != 0
    assert "Python 3.11 or newer" in done.stderr
