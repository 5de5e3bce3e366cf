"""The errors a user can meet.

Every class is a `PullbackError` and also the built-in that a user would catch. A message has four parts:
where (file:line:column, the line, a caret), what is not supported, why it cannot be, what to write instead.
The docstring of each class shows a program that fails with it and the program repaired.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Location:
    """A place in the user's source: 1-based lines, 0-based columns in characters."""

    filename: str
    line: int
    column: int = 0
    end_line: int | None = None
    end_column: int | None = None
    text: str = ""  # the source line, without its newline

    def __str__(self) -> str:
        return f"{self.filename}:{self.line}:{self.column + 1}"

    def caret(self) -> str:
        """The source line with carets under the construct; "" if the text is not known.

        Of a construct that goes on over several lines, the part on the first line is marked.

        >>> print(Location("model.py", 3, 8, 3, 9, "    y = x / z").caret())
            y = x / z
                ^
        """
        if not self.text.strip():
            return ""
        line = self.text.lstrip()
        shift = len(self.text) - len(line)
        line = line.rstrip()
        start = min(max(self.column - shift, 0), len(line))
        end = len(line)
        if self.end_column is not None and self.end_line in (None, self.line):
            end = min(self.end_column - shift, end)
        before = "".join(c if c == "\t" else " " * _cells(c) for c in line[:start])
        marks = "^" * max(sum(map(_cells, line[start:end])), 1)
        return f"    {line}\n    {before}{marks}"


def _cells(character: str) -> int:
    """How many columns of a terminal a character takes."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


class PullbackError(Exception):
    """The family of all errors that pullback raises on purpose.

    what    : one line: what is not supported or what is wrong
    where   : Location of the user's code, if there is one
    why     : why it cannot be
    instead : what to write instead
    """

    def __init__(self, what: str, where: Location | None = None, why: str = "", instead: str = "") -> None:
        self.what = what
        self.where = where
        self.why = why
        self.instead = instead
        super().__init__(self._message())

    def __reduce__(self) -> tuple[object, ...]:
        """Keep the four parts when the error comes from another process."""
        return type(self), (self.what, self.where, self.why, self.instead), self.__dict__

    def _message(self) -> str:
        lines = []
        if self.where is None:
            lines.append(self.what)
        else:
            lines.append(f"{self.where}: {type(self).__name__}: {self.what}")
            caret = self.where.caret()
            if caret:
                lines.append(caret)
        tail = " ".join(part for part in (self.why, self.instead) if part)
        if tail:
            lines.append(tail)
        return "\n".join(lines)


class UnsupportedError(PullbackError, NotImplementedError):
    """A construct that pullback does not differentiate: it is refused, never guessed.

    Fails, since a stored generator cannot be run backwards:

        @pb.grad
        def f(x):
            steps = (x * k for k in range(1, 3))
            return next(steps) * next(steps)

        f(3.0)

    Repaired:

        @pb.grad
        def f(x):
            steps = [x * k for k in range(1, 3)]
            return steps[0] * steps[1]

        f(3.0)
    """


class AnomalyError(PullbackError, FloatingPointError):
    """A nan or inf under `detect_anomaly`: the statement that made the first one.

    Fails, since the slope of the square root at zero is inf:

        @pb.grad(detect_anomaly=True)
        def f(x):
            return np.sum(np.sqrt(x))

        f(np.zeros(3))

    Repaired:

        @pb.grad(detect_anomaly=True)
        def f(x):
            return np.sum(np.where(x > 0, np.sqrt(x), 0.0))

        f(np.zeros(3))
    """


class NoRuleError(UnsupportedError):
    """A function without a derivative rule, or an argument for which its rule has none.

    Fails, since `np.emath.sqrt` has no rule:

        @pb.grad
        def f(x):
            return np.sum(np.emath.sqrt(x))

        f(np.ones(3))

    Repaired:

        @pb.grad
        def f(x):
            return np.sum(np.sqrt(x))

        f(np.ones(3))
    """


class NoSourceError(UnsupportedError):
    """A function whose source text cannot be found, or is not the text that it was compiled from any more.

    Fails, since nobody keeps the text that `exec` is given:

        text = "def f(x):\\n    return x * x"
        namespace = {}
        exec(compile(text, "made.py", "exec"), namespace)
        pb.grad(namespace["f"])(3.0)

    Repaired:

        import linecache

        text = "def f(x):\\n    return x * x"
        namespace = {}
        linecache.cache["<made f>"] = (len(text), None, text.splitlines(True), "<made f>")
        exec(compile(text, "<made f>", "exec"), namespace)
        pb.grad(namespace["f"])(3.0)
    """


class ArgumentError(PullbackError, TypeError):
    """An argument of a wrong kind: a name unknown to the function, an integer asked for a gradient.

    Fails, since a gradient has its argument's kind, and the derivative is seldom an integer:

        @pb.grad
        def f(x):
            return x ** 0.5

        f(4)

    Repaired:

        @pb.grad
        def f(x):
            return x ** 0.5

        f(4.0)
    """


class WrtError(PullbackError, ValueError):
    """`wrt` names no argument of the function.

    Fails:

        def f(weight, x):
            return np.sum(weight * x)

        pb.grad(f, wrt="wieght")(np.ones(3), np.ones(3))

    Repaired:

        def f(weight, x):
            return np.sum(weight * x)

        pb.grad(f, wrt="weight")(np.ones(3), np.ones(3))
    """


class OutputError(PullbackError, TypeError):
    """The function's result is not a real scalar.

    Fails, since each element of the result has a gradient of its own:

        @pb.grad
        def f(x):
            return x * x

        f(np.ones(3))

    Repaired (`pb.vjp` and `pb.jacobian` take results of any shape):

        @pb.grad
        def f(x):
            return np.sum(x * x)

        f(np.ones(3))
    """


class ShapeError(PullbackError, ValueError):
    """Shapes that do not belong together.

    Fails, since a cotangent has the shape of the value that it belongs to:

        def f(x):
            return x * x

        value, pull = pb.vjp(f, np.ones(3))
        pull(np.ones(4))

    Repaired:

        def f(x):
            return x * x

        value, pull = pb.vjp(f, np.ones(3))
        pull(np.ones(3))
    """


class IRError(PullbackError, AssertionError):
    """An ill-formed program inside pullback: a fault of pullback's, reported with the pass that made it.

    No function of a user's should meet it; please report it with the function. Fails, since infinity is no literal:

        from pullback.compiler import emit

        emit.print_tree([gast.Return(gast.Constant(float("inf"), None))])

    Repaired:

        from pullback.compiler import emit

        emit.print_tree([gast.Return(gast.parse("np.inf").body[0].value)])
    """


class GradcheckError(PullbackError, RuntimeError, AssertionError):
    """A gradient differs from the numerical one: a RuntimeError as in PyTorch, an AssertionError as in a test.

    Fails, since |x| has a kink at 0:

        pb.gradcheck(lambda x: np.abs(x - 1.0), np.array([1.0 + 1e-7, 2.0]))

    Repaired (checked at another point):

        pb.gradcheck(lambda x: np.abs(x - 1.0), np.array([1.5, 2.0]))
    """
