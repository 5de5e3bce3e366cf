"""`implicit`: a solver whose solution is differentiated by the implicit function theorem."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import numpy as np

from ..runtime.errors import ArgumentError, OutputError
from .api import grad
from .custom_functions import CustomFunction, refuse_inside
from .domains import kinds
from .ir import Atom, Call, Lit, Primitive, Var
from .library.implicit import SOLVERS
from .lower import Lowerer, Seq, custom, own_callables
from .lower.builtins import SPECIAL_CALLS
from .lower.lifted import real
from .lower.values import Ref

P = ParamSpec("P")
R = TypeVar("R")


class Solver:
    """The solver as the compiler sees it: a call that is run as it is, and returns what its starting point is like."""

    def __init__(self, fn: Callable[..., Any], guess: int | None) -> None:
        self.fn = fn
        self.guess = guess
        self.__name__ = getattr(fn, "__name__", "solver")

    def __call__(self, *args: Any) -> Any:
        """The solution, in the dtype and of the shape of the starting point.

        raises : OutputError, if it is something else
        """
        found = self.fn(*args)
        if self.guess is None:
            return found
        start = args[self.guess]
        if isinstance(start, np.ndarray):
            found = np.asarray(found, np.result_type(start, np.float64) if start.dtype.kind != "f" else start.dtype)
        else:
            found = float(found)
        if np.shape(found) != np.shape(start):
            raise OutputError(f"the solver {self.__name__} returned an array of shape {np.shape(found)}", None,
                              f"Its starting point has the shape {np.shape(start)}.",
                              "Return a solution of the starting point's shape.")
        return found


class Implicit(CustomFunction[P, R]):
    """What `implicit` returns: the solver, with the adjoint of its solution."""

    solver: Solver


def _call_implicit(low: Lowerer, fn: Implicit[..., Any], args: list[Any], kwargs: dict[str, Any], name: str, node: Any
                   ) -> Any:
    """One call of the solver; the kind of its solution is that of the starting point, or what its text says."""
    solver = fn.solver
    args = custom.positional(low, fn, args, kwargs, node)
    atoms: list[Atom] = []
    trees = tuple(custom.flattened(low, atoms, a) for a in args)
    if solver.guess is not None:
        kind = low.kind(args[solver.guess])
        if isinstance(kind, kinds.Scalar):
            kind = kinds.PY_FLOAT
    else:
        kind = _kind_by_text(low, solver, args, node)
    out = Var(name, kind)
    rule = custom.ByResult(solver.__name__, fn.backward, trees)

    def saved(value_at: Any) -> Any:
        return Seq((low.value_of(Var("", kind)), Seq(tuple(custom.replaced(t, value_at) for t in trees))))

    custom.rehearse(low, rule, fn.backward, saved, low.value_of(Var("", kind)), atoms, node)
    run = _Rebuilding(solver, trees)
    call = Primitive(f"solver.{solver.__name__}", run, "function", rule, False, "fresh")
    low.block.append(Call((out,), call, tuple(atoms), (), low.loc))
    return low.value_of(out)


class _Rebuilding:
    """The solver, called with the leaves of its arguments."""

    def __init__(self, solver: Solver, trees: tuple[Any, ...]) -> None:
        self.solver, self.trees = solver, trees
        self.__name__ = solver.__name__

    def __call__(self, *leaves: Any) -> Any:
        return self.solver(*(real(tree, leaves) for tree in self.trees))


def _kind_by_text(low: Lowerer, fn: Solver, args: list[Any], node: Any) -> Any:
    """The kind of what the solver returns: its text is interpreted, and thrown away."""
    state, block = low.state, low.block
    low.state, low.block = state.copy(), []
    try:
        result = low.call(Lit(fn.fn), list(args), {}, "", node)
        if isinstance(result, (Var, Ref, Lit)):
            return low.kind(result)
        what = low.describe(result)
    finally:
        low.state, low.block = state, block
    raise low.refuse(f"the solver `{fn.__name__}`, which returns {what}", "A solution is one number or array.",
                     "Return one array.", node)


class Others:
    """The solver's arguments without its starting point, and cotangents with None in its place."""

    def __init__(self, guess: int | None) -> None:
        self.guess = guess

    def __call__(self, args: tuple[Any, ...], back: bool = False) -> tuple[Any, ...]:
        at = self.guess
        if at is None:
            return args
        return (*args[:at], None, *args[at:]) if back else (*args[:at], *args[at + 1:])


def _call_others(low: Lowerer, fn: Others, args: list[Any], kwargs: dict[str, Any], name: str, node: Any) -> Any:
    back = len(args) == 2
    return Seq(tuple(Lit(None) if v is None else v for v in fn(low.opened(args[0]).items, back)))


own_callables.TYPES[Implicit] = _call_implicit
own_callables.TYPES[Others] = _call_others


def implicit(solver: Any = None, *, root: Callable[..., Any] | None = None,
             fixed_point: Callable[..., Any] | None = None, minimises: Callable[..., Any] | None = None,
             guess: int | str | None = None, solve: str | Callable[..., Any] = "dense") -> Any:
    """A solver whose solution is differentiated by the implicit function theorem, whatever it does to find it.

    solver      : a function that returns a solution x, one number or array; it is called as it is (SciPy's, say)
    root        : F(x, *args): the solution makes it 0
    fixed_point : T(x, *args): the solution equals it
    minimises   : L(x, *args), a real number: the solution is a minimum (or another stationary point) of it. One of
                  these three is given; `args` are the solver's arguments without its starting point
    guess       : the solver's argument (name or index) that is only a starting point; its cotangent is 0. It tells the
                  shape of the solution; without it the compiler must be able to read the solver's text
    solve       : the linear solve J^T w = d_x: "dense" (LU), "cg" (symmetric positive definite, no matrix), "neumann"
                  (contractions, no matrix), or a function (product, d_x) -> w where product(v) = J^T v
    returns     : the solver, to be differentiated
    raises      : ArgumentError for none or several of the three, or an unknown `guess` or `solve`

    The derivative is right at a solution; if the solver stops early, its error is that of the solution.

    >>> import numpy as np
    >>> import pullback as pb
    >>> @pb.implicit(root=lambda x, a: x ** 2 - a, guess="start")
    ... def square_root(start, a):
    ...     x = start
    ...     for _ in range(30):
    ...         x = 0.5 * (x + a / x)
    ...     return x
    >>> round(pb.grad(square_root, wrt="a")(1.0, 4.0), 12)
    0.25

    Source: the implicit function theorem; Griewank and Walther, Evaluating Derivatives (2008), chapter 15.
    """
    if solver is None:
        return lambda fn: implicit(fn, root=root, fixed_point=fixed_point, minimises=minimises, guess=guess,
                                   solve=solve)
    given = [f for f in (root, fixed_point, minimises) if f is not None]
    if len(given) != 1 or not callable(given[0]) or not callable(solver):
        raise ArgumentError(f"implicit() with {len(given)} equations", None, "The solution is defined by one.",
                            "Give one of root=, fixed_point=, minimises=.")
    linear = solve if callable(solve) else SOLVERS.get(solve)
    if linear is None:
        raise ArgumentError(f"implicit() with solve={solve!r}", None, "", "Use 'dense', 'cg', 'neumann' or a function.")
    place = _place(solver, guess)
    equation = _equation(root, fixed_point, minimises)
    made: Implicit[..., Any] = Implicit(solver)
    made.solver = Solver(solver, place)
    made.backward = _backward(equation, linear, place)
    return made


def _place(solver: Callable[..., Any], guess: int | str | None) -> int | None:
    names = list(inspect.signature(solver).parameters)
    if guess is None:
        return None
    found = names.index(guess) if isinstance(guess, str) and guess in names else guess
    if isinstance(found, bool) or not isinstance(found, int) or not -len(names) <= found < len(names):
        label = getattr(solver, "__name__", "the solver")
        raise ArgumentError(f"guess={guess!r}, which is no argument of {label}", None, "",
                            f"Its arguments are {', '.join(names)}.")
    return found % len(names)


def _equation(root: Any, fixed_point: Any, minimises: Any) -> Callable[..., Any]:
    """F with F(x, *args) = 0 at the solution."""
    if root is not None:
        return root  # type: ignore[no-any-return]
    if fixed_point is not None:
        def equation(x: Any, *args: Any) -> Any:
            return x - fixed_point(x, *args)

        return equation
    return grad(minimises)  # type: ignore[no-any-return]


def _backward(equation: Callable[..., Any], linear: Callable[..., Any], guess: int | None) -> Callable[..., Any]:
    """The adjoint: ((x, arguments), d_x) -> the cotangents of the arguments."""
    others = Others(guess)

    def backward(saved: Any, d_x: Any) -> Any:
        x, args = saved
        rest = others(args)

        def product(w: Any) -> Any:
            return grad(lambda x: np.sum(equation(x, *rest) * w))(x)

        w = linear(product, d_x)
        d_rest = grad(lambda rest: -np.sum(equation(x, *rest) * w))(rest)
        return others(d_rest, True)

    return backward


SPECIAL_CALLS[implicit] = refuse_inside

__all__ = ["implicit"]
