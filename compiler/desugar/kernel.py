"""The kernel: the small part of Python that the compiler interprets, and what is said about the rest.

After desugaring a function is written in this grammar (names of gast's classes; `*` none or more, `?` none or one):

    function  = FunctionDef(parameters, tail) | Lambda(parameters, expr)
    tail      = stmt* end                            one end on each path, and none elsewhere
    end       = Return(expr) | Raise | If(expr, tail, tail) | With(item*, tail)
    block     = stmt* | Pass
    stmt      = Assign(target, expr)                 one target
              | AugAssign(Name | Subscript | Attribute, op, expr)
              | Expr(expr)                           no constant
              | If(expr, block, block)
              | For(target, expr, block)             no else
              | While(expr, block)                   no else
              | With(item*, block) | Try(block, handlers, block, block) | Match(expr, cases)
              | Raise | Assert(expr, expr?)
              | FunctionDef
              | Delete(Subscript | Attribute) | Import | ImportFrom | ClassDef | Nonlocal | Global
    target    = Name | Subscript | Attribute | Tuple(target*) | List(target*) | Starred(target)
    expr      = Constant | Name | Attribute | Subscript | Slice | Call | Lambda
              | BinOp | UnaryOp | BoolOp | IfExp | NamedExpr
              | Compare                              two sides
              | Tuple | List | Dict | Set | Starred | JoinedStr | FormattedValue
              | ListComp | SetComp | DictComp | GeneratorExp

There is no `break`, `continue`, `else` of a loop, `return` in a loop or before the end, chained comparison, second
target, annotation, docstring, `del` of a name. `check_kernel` refuses what is outside, wherever it stands.

Some of the grammar is not interpreted (yet). That is refused by the interpreter, when it comes there: a `raise` or a
comprehension on a path that the kinds of a call rule out does no harm. Both take their words from `refusal`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gast

from ...runtime.errors import UnsupportedError
from .context import LOOPS, children, every_node

if TYPE_CHECKING:
    from ..source import Origin

MSG_COMPREHENSION = "Write the loop out, or build the array with NumPy functions."
MSG_GENERATOR = ("a generator", "A generator cannot be run backwards.", "Return a list or an array.")
MSG_ASYNC = ("asynchronous code", "What a coroutine computes depends on an event loop.",
             "Differentiate the function it calls.")
MSG_IMPORT = ("an import inside the function", "What it binds is not known before it runs.",
              "Import at the top of the module.")

# What, why, and what to write instead.
REFUSALS: dict[str, tuple[str, str, str]] = {
    "Yield": MSG_GENERATOR,
    "YieldFrom": MSG_GENERATOR,
    "Await": ("`await`", *MSG_ASYNC[1:]),
    "AsyncFunctionDef": ("`async def`", *MSG_ASYNC[1:]),
    "AsyncFor": ("`async for`", *MSG_ASYNC[1:]),
    "AsyncWith": ("`async with`", *MSG_ASYNC[1:]),
    "Nonlocal": ("`nonlocal`", "A write to another function's name would be lost to the derivative.",
                 "Return the value instead."),
    "TryStar": ("`except*`", "Groups of exceptions are not supported.", "Test the condition first."),
    "TypeAlias": ("a `type` statement inside the function", "", "Write it at the top of the module."),
    "AnnAssign": ("an annotation of an element or an attribute", "Python evaluates the owner here.", "Leave it out."),
    "Break": ("`break` here", "It leaves no loop that can be written without it.", "Put the condition into a `while`."),
    "Continue": ("`continue` here", "It leaves no loop that can be written without it.",
                 "Put the rest of the body under an `if`."),
    "Return": ("`return` here", "A function ends in one return on each path.",
               "Keep the result in a variable and return it at the end."),
    # In the grammar, but not interpreted.
    "Lambda": ("a lambda here", "", "Write a `def`."),
    "ListComp": ("a list comprehension", "A list that grows in a loop is not supported yet.", MSG_COMPREHENSION),
    "SetComp": ("a set comprehension", "The order of a set is not fixed.", MSG_COMPREHENSION),
    "DictComp": ("a dict comprehension", "A dict that grows in a loop is not supported yet.", MSG_COMPREHENSION),
    "GeneratorExp": ("a generator expression", "A generator cannot be run backwards.", MSG_COMPREHENSION),
    "Set": ("a set", "The order of a set is not fixed.", "Use a tuple or a list."),
    "Starred": ("a starred expression here", "Its length is not known.", "Write the elements out."),
    "Delete": ("`del` of an element", "Containers that shrink are not supported yet.", "Build a new one without it."),
    "Try": ("`try`", "The path taken through an exception is not recorded yet.", "Test the condition first."),
    "With": ("this `with` block", "Only `pb.no_grad()` is known as a context here.", "Leave it out."),
    "Raise": ("`raise`", "A path that raises has no derivative, and the others cannot be told from it here.",
              "Use `assert`."),
    "Import": MSG_IMPORT,
    "ImportFrom": MSG_IMPORT,
    "ClassDef": ("a class definition inside the function", "Its methods are made anew at each call.",
                 "Define it at the top of the module."),
    "Match": ("`match`", "Patterns are not interpreted yet.", "Write `if` and `elif`."),
}  # fmt: skip

_STATEMENTS = ("Assign", "AugAssign", "Expr", "If", "For", "While", "With", "Try", "Match", "Raise", "Assert",
               "FunctionDef", "Delete", "Import", "ImportFrom", "ClassDef", "Pass", "Return", "Nonlocal", "Global")
_EXPRESSIONS = ("Constant", "Name", "Attribute", "Subscript", "Slice", "Call", "Lambda", "BinOp", "UnaryOp", "BoolOp",
                "IfExp", "NamedExpr", "Compare", "Tuple", "List", "Dict", "Set", "Starred", "JoinedStr",
                "FormattedValue", "ListComp", "SetComp", "DictComp", "GeneratorExp", "Yield", "YieldFrom")
_KERNEL = frozenset((*_STATEMENTS, *_EXPRESSIONS))
# Refused in the user's own text already: desugaring must not drop them as unreachable, they change the function.
_BEFORE = frozenset(("Await", "AsyncFunctionDef", "AsyncFor", "AsyncWith", "TypeAlias"))


def refusal(node: gast.AST) -> tuple[str, str, str]:
    """What, why and what to write instead, for a construct that is not supported."""
    name = type(node).__name__
    unknown = (f"the construct `{name}`", "pullback does not know its derivative.",
               "Write it with assignments, calls, `if`, `for` and `while`.")
    return REFUSALS.get(name, unknown)


def check_source(tree: gast.AST, origin: Origin | None) -> None:
    """Refuse what changes the nature of the whole function: `yield`, `await`.

    raises : UnsupportedError, located in the user's file
    """
    for node in every_node(tree):
        if type(node).__name__ in _BEFORE:
            raise _error(node, refusal(node), origin)


def check_kernel(tree: gast.AST, origin: Origin | None = None) -> None:
    """Refuse what is outside the kernel grammar.

    tree   : a function (FunctionDef or Lambda) after desugaring
    origin : of the user's function, for the place of the error
    raises : UnsupportedError, located in the user's file

    >>> check_kernel(gast.parse("def f(x):\\n    return 0 < x < 1").body[0])
    Traceback (most recent call last):
    ...
    pullback.runtime.errors.UnsupportedError: a comparison with several sides
    The kernel compares two values. Write it with `and`.
    """
    _Checker(origin).function(tree)


class _Checker:
    def __init__(self, origin: Origin | None) -> None:
        self.origin = origin

    def function(self, node: Any) -> None:
        """A function: its body is a tail."""
        self.expression(node.args)
        if isinstance(node, gast.Lambda):
            self.expression(node.body)
        else:
            self.tail(node.body, node)

    def tail(self, stmts: list[Any], owner: Any) -> None:
        """Statements that end in a return, a raise, or a choice between two such ends."""
        last = stmts[-1] if stmts else owner
        self.block(stmts[:-1])
        if isinstance(last, gast.If) and stmts:
            self.expression(last.test)
            self.tail(last.body, last)
            self.tail(last.orelse, last)
        elif isinstance(last, gast.With) and stmts:
            for item in last.items:
                self.expression(item)
            self.tail(last.body, last)
        elif isinstance(last, gast.Return) and last.value is not None:
            self.expression(last.value)
        elif isinstance(last, gast.Raise):
            self.expression(last)
        else:
            raise _error(last, ("a path that ends without `return`", "The kernel has one at each end.",
                                "Write `return` there."), self.origin)

    def block(self, stmts: list[Any]) -> None:
        for stmt in stmts:
            if isinstance(stmt, gast.Return):
                raise _error(stmt, refusal(stmt), self.origin)
            self.statement(stmt)

    def statement(self, stmt: Any) -> None:
        if type(stmt).__name__ not in _KERNEL:
            raise _error(stmt, refusal(stmt), self.origin)
        if isinstance(stmt, gast.FunctionDef):
            self.function(stmt)
            return
        if isinstance(stmt, gast.ClassDef):
            return  # refused when the interpreter comes there
        problem = _problem(stmt)
        if problem is not None:
            raise _error(stmt, problem, self.origin)
        for _, value in gast.iter_fields(stmt):
            for part in value if isinstance(value, list) else [value]:
                self.part(part)

    def part(self, part: Any) -> None:
        """A field of a statement: a statement, a handler or case with a block, an expression."""
        if isinstance(part, gast.Return):
            raise _error(part, refusal(part), self.origin)
        if isinstance(part, gast.stmt):
            self.statement(part)
        elif isinstance(part, gast.ExceptHandler | gast.match_case):
            for _, value in gast.iter_fields(part):
                for inner in value if isinstance(value, list) else [value]:
                    self.part(inner)
        elif isinstance(part, gast.AST):
            self.expression(part)

    def expression(self, tree: gast.AST) -> None:
        """An expression with all its parts; functions in it are functions."""
        if isinstance(tree, gast.Lambda):
            self.function(tree)
            return
        if isinstance(tree, gast.expr) and type(tree).__name__ not in _KERNEL:
            raise _error(tree, refusal(tree), self.origin)
        if isinstance(tree, gast.Compare) and len(tree.ops) > 1:
            raise _error(tree, ("a comparison with several sides", "The kernel compares two values.",
                                "Write it with `and`."), self.origin)
        for child in children(tree):
            self.expression(child)


def _problem(stmt: Any) -> tuple[str, str, str] | None:
    """Why a statement of the kernel's classes is not in its grammar; None if it is."""
    if isinstance(stmt, LOOPS) and stmt.orelse:
        return "`else` on a loop", "The kernel's loops have none.", "Put it after the loop."
    if isinstance(stmt, gast.Assign) and len(stmt.targets) != 1:
        return "an assignment with several targets", "The kernel's have one.", "Write one assignment for each."
    if isinstance(stmt, gast.Expr) and isinstance(stmt.value, gast.Constant):
        return "a constant as a statement", "It does nothing.", "Leave it out."
    if isinstance(stmt, gast.Delete) and any(isinstance(target, gast.Name) for target in stmt.targets):
        return "`del` of a name", "It does nothing.", "Leave it out."
    return None


def _error(node: gast.AST, words: tuple[str, str, str], origin: Origin | None) -> UnsupportedError:
    what, why, instead = words
    return UnsupportedError(what, origin.location(node) if origin is not None else None, why, instead)


__all__ = ["REFUSALS", "check_kernel", "check_source", "refusal"]
