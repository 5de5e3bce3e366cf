"""The command line: `pullback inspect FILE.py:FUNC` shows a function beside its adjoint, `pullback rules` all rules.

Exit codes: 0; 1 for code that cannot be differentiated (the located error is on stderr); 2 for a wrong command line.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ._version import __version__

if TYPE_CHECKING:
    from .compiler.api import Differentiated
    from .compiler.pipeline import Compiled
    from .compiler.stages import Recorder

STAGES = ("gast", "kernel", "ir", "adjoint", "optimised", "source")
_EXAMPLES = """\
examples:
  pullback inspect model.py:loss                          function and adjoint side by side
  pullback inspect model.py:loss --wrt w,b                by these arguments
  pullback inspect model.py:loss --args 'x:f8[5], n:int'  for arguments of these kinds
  pullback inspect package.model:Model.loss               a method, in an importable module
  pullback inspect model.py:loss --stage ir               what the compiler holds in between
  pullback inspect model.py:loss -o adjoint.py            save the adjoint, ready to run
  pullback inspect model.py:loss -o adjoint.py --standalone   ... with NumPy only

kinds:
  float int complex; f8 f4 c16 (NumPy scalars); f8[5] f4[5,3] f8[:,1] (arrays: only the rank and lengths of 1 matter);
  f8[...] (any rank); [float, f8[3]] (a list), (f8, f8) (a tuple), {'w': f8[3]} (a dict); True, None, 'relu' (constants)

exit codes:
  0; 1 for code that cannot be differentiated; 2 for a wrong command line
"""


class UsageError(Exception):
    """The command line asks for something that is not there."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that cannot show a letter shows `?`
    from .runtime.errors import ArgumentError, PullbackError, WrtError

    try:
        _rules(options) if options.command == "rules" else _inspect(options)
        sys.stdout.flush()
    except UsageError as error:
        return _fail(f"pullback inspect: {error}", 2)
    except (ArgumentError, WrtError) as error:
        return _fail(_joined(f"pullback inspect: {error}"), 1 if error.where is not None else 2)
    except PullbackError as error:
        return _fail(str(error) if error.where is not None else f"{options.target}: {error}", 1)
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _fail(message: str, code: int) -> int:
    print(message, file=sys.stderr)
    return code


def _joined(message: str) -> str:
    return message.replace("\n", ". ", 1) if message.count("\n") == 1 else message


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pullback", description="Readable gradients of NumPy functions.",
                                     epilog=_EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--version", action="version", version=f"pullback {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    inspect = commands.add_parser("inspect", help="show a function beside its adjoint, or a stage of its compilation",
                                  epilog=_EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter,
                                  description="Show a function beside its generated adjoint: which lines belong "
                                              "together, and what the compiler found.")
    inspect.add_argument("target", metavar="TARGET", help="FILE.py:FUNC or MODULE:FUNC; FUNC may be Class.method")
    inspect.add_argument("--wrt", metavar="NAMES", help="what to differentiate by: names or indices, with commas "
                                                        "between (default: the first argument)")
    inspect.add_argument("--args", metavar="KINDS", help="the kinds of the arguments (default: float64 arrays of any "
                                                         "rank, unless a default or an annotation decides)")
    inspect.add_argument("--stage", choices=STAGES, help="show this stage instead")
    inspect.add_argument("-o", "--output", metavar="FILE", help="write the adjoint (or the stage) to FILE")
    inspect.add_argument("--standalone", action="store_true", help="include the helpers: the text needs NumPy only")
    inspect.add_argument("--plain", action="store_true", help="no colours, no folding")
    inspect.add_argument("--no-optimise", action="store_true", help="leave the optional passes out")
    rules = commands.add_parser("rules", help="list the functions that have derivatives",
                                description="List every public callable of NumPy, of its arrays, of math and (where "
                                            "installed) of the named parts of SciPy: vjp, jvp, second order, zero "
                                            "derivative, not differentiable, or missing.")
    rules.add_argument("filter", nargs="?", default="", metavar="TEXT", help="only names that contain TEXT")
    rules.add_argument("--missing", action="store_true", help="only what is missing")
    rules.add_argument("--markdown", action="store_true", help="the whole table as docs/coverage.md")
    return parser


def _rules(options: argparse.Namespace) -> None:
    from . import coverage

    if options.markdown:
        sys.stdout.write(coverage.page())
        return
    found = coverage.rows(options.filter)
    sys.stdout.write(coverage.plain([row for row in found if not options.missing or row.status == "missing"]))


# --- what is asked for ------------------------------------------------------------------------------------------------

def _inspect(options: argparse.Namespace) -> None:
    from .compiler.stages import STAGES as KNOWN
    from .compiler.stages import Recorder, syntax_text

    assert KNOWN == STAGES, "the names of the stages stand twice, so that --help imports nothing"
    if options.standalone and options.stage not in (None, "source"):
        raise UsageError("--standalone is for the stage source")
    stage = options.stage or ("source" if options.standalone or options.output else None)
    recorder = Recorder()
    differentiated = _differentiated(options, recorder)
    if stage in ("gast", "kernel"):
        _write(syntax_text(differentiated.origin, stage), options, stage == "kernel")
        return
    compiled = differentiated.variant(_specs(options.args, differentiated))
    if stage is None:
        _show(differentiated, compiled, options)
    elif stage == "source":
        _write(differentiated.text_of(compiled, options.standalone), options, True)
    else:
        _write(recorder.text(stage), options, False)


def _differentiated(options: argparse.Namespace, recorder: Recorder) -> Differentiated[Any]:
    """The gradient of the function that is meant, compiled with the options of the command line."""
    from .cli_target import find_target
    from .compiler import api
    from .compiler.pipeline import Options

    found = find_target(options.target, UsageError)
    kind: type[Differentiated[Any]] = api.Gradient
    wrt: Any = None
    if isinstance(found, api.Differentiated):
        kind, wrt, found = type(found).__mro__[1], found.wrt, found.primal
    if options.wrt is not None:
        wrt = _wrt(options.wrt)
    optimise = not options.no_optimise
    return kind(found, wrt, "numpy", Options(simplify=optimise, merge_common=optimise, dump=recorder))


def _wrt(text: str) -> Any:
    """`w` is one argument, `w,b` and `w,` are tuples."""
    parts = [part.strip() for part in text.split(",")]
    chosen = tuple(int(p) if p.lstrip("-").isdecimal() else p for p in parts if p)
    if not chosen:
        raise UsageError("--wrt names no argument")
    return chosen if "," in text else chosen[0]


def _specs(text: str | None, differentiated: Differentiated[Any]) -> dict[str, Any]:
    from .compiler.kind_notation import parse_arguments
    from .runtime.errors import ArgumentError

    try:
        return parse_arguments(text or "", differentiated.__signature__)
    except ArgumentError as error:
        raise UsageError(_joined(f"--args: {error}")) from None


# --- output -----------------------------------------------------------------------------------------------------------

def _colours(options: argparse.Namespace) -> bool:
    """Colours on a terminal where rich is installed, unless they are not wanted."""
    if options.plain or os.environ.get("NO_COLOR") or not sys.stdout.isatty():
        return False
    import importlib.util

    return importlib.util.find_spec("rich") is not None


def _show(differentiated: Differentiated[Any], compiled: Compiled, options: argparse.Namespace) -> None:
    from .compiler.inspect_view import plain, terminal_width

    view = differentiated.view_of(compiled)
    if _colours(options):
        from .terminal import show_view

        show_view(view)
    else:
        print(plain(view, None if options.plain else terminal_width()))


def _write(text: str, options: argparse.Namespace, is_python: bool) -> None:
    if options.output and options.output != "-":
        try:
            with open(options.output, "w", encoding="utf-8") as file:
                file.write(text)
        except OSError as error:
            raise UsageError(f"cannot write {options.output}: {error.strerror}") from None
        print(f"wrote {options.output}", file=sys.stderr)
    elif is_python and _colours(options):
        from .terminal import show_code

        show_code(text)
    else:
        sys.stdout.write(text)


