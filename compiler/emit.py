"""Print gast trees as Python text that says what the tree says.

Blocks, comments, blank lines and long lines are laid out here; the statements are printed by `emit_plain`, which knows
nearly all that the compiler makes. The others are printed by astor or by `ast.unparse`, whichever is shorter: this is
the only module that touches astor, which prints an expression with the fewest parentheses but errs on some constructs
and warns on recent Pythons. The whole text, parsed again, must be the tree (`emit_same`); where it is not, it is made
once more with a check of each statement. The same tree gives the same text. `emit_load` runs the text.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar

import gast

from ..runtime.errors import IRError, Location
from .emit_layout import wrap
from .emit_load import Loaded, annotate, load
from .emit_plain import plain_expression, plain_statement
from .emit_same import same_block
from .emit_standard import Blank, Comment, standard, standard_module

__all__ = [
    "Loaded", "annotate", "at", "blank", "comment", "draft", "load", "print_expression", "print_function",
    "print_program", "print_tree",
]  # fmt: skip

_STEP = "    "
_Statement = TypeVar("_Statement", bound=gast.stmt)


def comment(text: str) -> gast.Expr:
    """A statement that is printed as `# text`: one comment line for each line of `text`."""
    return gast.Expr(gast.Constant(Comment(text), None))


def blank() -> gast.Expr:
    """A statement that is printed as an empty line."""
    return gast.Expr(gast.Constant(Blank(), None))


def at(statement: _Statement, where: Location | None) -> _Statement:
    """Mark a statement that was just made with the primal location that it belongs to (attribute `where`)."""
    statement.where = where
    return statement


def print_tree(nodes: Sequence[gast.stmt]) -> str:
    """Print statements as Python text that ends with a newline.

    raises : IRError, if the tree is not one that Python text can say (an infinite constant, a missing field)

    >>> print(print_tree([comment("twice"), *gast.parse("y = (2*x)").body]), end="")
    # twice
    y = 2 * x
    """
    return print_program(nodes)[0]


def print_function(node: gast.FunctionDef) -> tuple[str, dict[int, Location]]:
    """Print one function; also the primal location of each text line whose statement has one (see `at`)."""
    return print_program([node])


def print_program(nodes: Sequence[gast.stmt]) -> tuple[str, dict[int, Location]]:
    """Print statements; also the primal location of each text line (1-based) whose statement has one."""
    for layout in (_Layout(_shorter, plain=True), _Layout(_shorter), _Layout(_checked)):
        text = layout.text(nodes)
        if _says(text, nodes):
            where = {number: place for number, (_, place) in enumerate(layout.lines, start=1) if place is not None}
            return text, where
    raise IRError("the printed text does not say what the tree says", None, _difference(text, standard_module(nodes)))


def draft(nodes: Sequence[gast.stmt]) -> str:
    """The text that `print_tree` gives, but not checked: to be looked at, not to be run."""
    return _Layout(_shorter, plain=True).text(nodes)


def _says(text: str, nodes: Sequence[gast.stmt]) -> bool:
    """Does the text, parsed, say what the tree says?"""
    try:
        parsed = ast.parse(text)
    except SyntaxError:
        return False
    return same_block(nodes, parsed.body) or ast.dump(parsed) == ast.dump(standard_module(nodes))


def print_expression(node: gast.expr) -> str:
    """Print one expression on one line; a tuple stands in parentheses, so that it is one anywhere.

    >>> print_expression(gast.parse("(a, -b)").body[0].value)
    '(a, -b)'
    """
    plain = plain_expression(node)
    if plain is not None and _says(plain, [gast.Expr(node)]):
        return plain
    statement = standard(gast.Expr(node))
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Tuple):
        return ast.unparse(statement.value)
    return _checked(statement)


class _Layout:
    """Lines of text with their primal locations, made from blocks of statements.

    one_statement : the printer of a standard statement
    plain         : print what is plain by `emit_plain`; and lines are broken without a check that it is right
    """

    def __init__(self, one_statement: Callable[[ast.stmt], str], plain: bool = False) -> None:
        self.lines: list[tuple[str, Location | None]] = []
        self._one_statement = one_statement
        self._plain = plain
        self._wrap = wrap if plain else _wrapped

    def text(self, nodes: Sequence[gast.stmt]) -> str:
        """Add a program; the whole text."""
        docstring = _docstring(nodes)
        if docstring is not None:
            self.docstring(docstring, "")
        self.block(nodes[docstring is not None :], "")
        return "".join([f"{line}\n" for line, _ in self.lines])

    def _printed(self, node: gast.stmt) -> str:
        plain = plain_statement(node) if self._plain else None
        return plain if plain is not None else self._one_statement(standard(node))

    def block(self, statements: Sequence[gast.stmt], indent: str, documented: bool = False) -> None:
        """Add the statements of a block; one without code gets `pass`, unless a docstring stands before it."""
        after_definition = False
        for index, statement in enumerate(statements):
            if not indent and (after_definition or (self.lines and _leads_to_definition(statements, index))):
                self._two_blank_lines()
            after_definition = isinstance(statement, _DEFINITIONS)
            self._statement(statement, indent)
        if indent and not documented and all(map(_is_trivia, statements)):
            self.lines.append((f"{indent}pass", None))

    def docstring(self, literal: str, indent: str) -> None:
        self.lines += [(line, None) for line in f"{indent}{literal}".split("\n")]

    def _two_blank_lines(self) -> None:
        while self.lines and not self.lines[-1][0]:
            self.lines.pop()
        self.lines += [("", None), ("", None)]

    def _statement(self, node: gast.stmt, indent: str) -> None:
        where = getattr(node, "where", None)
        if _is_trivia(node):
            text = node.value.value
            if isinstance(text, Blank):
                self.lines.append(("", None))
            else:
                self.lines += [(f"{indent}# {line}".rstrip(), where) for line in text.split("\n")]
        elif isinstance(node, gast.Try | gast.TryStar):
            self._try(node, indent, where)
        elif isinstance(getattr(node, "body", None), list):
            self._compound(node, indent, where)
        elif isinstance(node, gast.Match):
            self._match(node, indent, where)
        else:
            self._write(self._printed(node), indent, where)

    def _compound(self, node: Any, indent: str, where: Location | None, keyword: str = "") -> None:
        """`if`, `for`, `while`, `with`, `def`, `class`; `keyword` "el" makes an `elif`."""
        header = self._header(node)
        self._write(keyword + header, indent, where)
        body = node.body
        docstring = _docstring(body) if isinstance(node, _DEFINITIONS) else None
        if docstring is not None:
            self.docstring(docstring, indent + _STEP)
            body = body[1:]
        self.block(body, indent + _STEP, documented=docstring is not None)
        orelse = getattr(node, "orelse", [])
        if isinstance(node, gast.If) and len(orelse) == 1 and isinstance(orelse[0], gast.If):
            self._compound(orelse[0], indent, getattr(orelse[0], "where", where), "el")
        elif orelse:
            self.lines.append((f"{indent}else:", where))
            self.block(orelse, indent + _STEP)

    def _header(self, node: Any) -> str:
        """The lines of a compound statement before its body."""
        if self._plain and (plain := plain_statement(node)) is not None:
            return plain
        fields = {name: getattr(node, name) for name in node._fields if hasattr(node, name)}
        emptied = type(node)(**{**fields, "body": [gast.Pass()], **({"orelse": []} if "orelse" in fields else {})})
        text = self._one_statement(standard(emptied))
        header, _, last = text.strip("\n").rpartition("\n")
        assert last.strip() == "pass", f"a body that is not apart from its header: {text!r}"
        return "\n".join(line for line in header.split("\n") if line.strip())

    def _try(self, node: Any, indent: str, where: Location | None) -> None:
        self.lines.append((f"{indent}try:", where))
        self.block(node.body, indent + _STEP)
        star = "*" if isinstance(node, gast.TryStar) else ""
        for handler in node.handlers:
            caught = f" {print_expression(handler.type)}" if handler.type is not None else ""
            named = f" as {handler.name.id}" if handler.name else ""
            self.lines.append((f"{indent}except{star}{caught}{named}:", getattr(handler, "where", where)))
            self.block(handler.body, indent + _STEP)
        for keyword, body in (("else", node.orelse), ("finally", node.finalbody)):
            if body:
                self.lines.append((f"{indent}{keyword}:", where))
                self.block(body, indent + _STEP)

    def _match(self, node: Any, indent: str, where: Location | None) -> None:
        self._write(f"match {print_expression(node.subject)}:", indent, where)
        for case in node.cases:
            guard = f" if {print_expression(case.guard)}" if case.guard else ""
            pattern = ast.unparse(gast.gast_to_ast(case.pattern))
            self.lines.append((f"{indent}{_STEP}case {pattern}{guard}:", where))
            self.block(case.body, indent + 2 * _STEP)

    def _write(self, text: str, indent: str, where: Location | None) -> None:
        """Add the lines of one statement or header (decorators stand on lines before), the long ones broken."""
        for logical in text.split("\n"):
            self.lines += [(indent + line, where) for line in self._wrap(logical, len(indent))]


_DEFINITIONS = (gast.FunctionDef, gast.AsyncFunctionDef, gast.ClassDef)


def _is_trivia(node: gast.AST) -> bool:
    """Whether a statement is a comment or an empty line."""
    value = getattr(getattr(node, "value", None), "value", None)
    return isinstance(node, gast.Expr) and isinstance(value, Comment | Blank)


def _leads_to_definition(statements: Sequence[gast.stmt], index: int) -> bool:
    """Whether a definition starts at `index`, or the comments right before one."""
    if index and _is_comment(statements[index - 1]):
        return False
    while index < len(statements) - 1 and _is_comment(statements[index]):
        index += 1
    return isinstance(statements[index], _DEFINITIONS)


def _is_comment(node: gast.stmt) -> bool:
    return _is_trivia(node) and isinstance(node.value.value, Comment)


def _docstring(body: Sequence[gast.stmt]) -> str | None:
    """The literal of a body's docstring, in triple quotes where that says exactly the same."""
    first = body[0] if body else None
    value = getattr(getattr(first, "value", None), "value", None)
    if not isinstance(first, gast.Expr) or type(value) is not str:
        return None
    if not all(character == "\n" or character.isprintable() for character in value):
        return repr(value)
    escaped = value.replace("\\", "\\\\").replace('"""', '\\"""')
    return f'"""{escaped[:-1]}\\""""' if escaped.endswith('"') else f'"""{escaped}"""'


def _wrapped(line: str, indent: int) -> list[str]:
    """`wrap`, if it leaves the meaning as it is."""
    lines = wrap(line, indent)
    if len(lines) > 1 and _header_dump("\n".join(lines)) != _header_dump(line):
        return [line]
    return lines


def _header_dump(text: str) -> str | None:
    """The tree of a statement or a header (whose body is not there), as text."""
    if not text.endswith(":"):
        return _dump_of(text.removeprefix("@"))
    return _dump_of(f"{text.removeprefix('el')}\n{_STEP}pass")


def _dump_of(text: str) -> str | None:
    try:
        return ast.dump(ast.parse(text))
    except SyntaxError:
        return None


def _difference(text: str, wanted: ast.Module) -> str:
    """Where a printed text and its tree part: a line of explanation for whoever made the tree."""
    try:
        printed = ast.dump(ast.parse(text))
    except SyntaxError as error:
        return f"Not even Python, line {error.lineno}: {error.msg}: {(error.text or '').strip()}"
    return _parting(ast.dump(wanted), printed)


def _parting(wanted: str, printed: str) -> str:
    """The first place where two dumps differ, with what stands before it."""
    pairs = enumerate(zip(wanted, printed, strict=False))
    start = max(next((k for k, (a, b) in pairs if a != b), min(len(wanted), len(printed))) - 80, 0)
    return f"Wanted  ...{wanted[start : start + 240]}\nprinted ...{printed[start : start + 240]}"


# ---- the two printers of a statement


def _shorter(node: ast.stmt) -> str:
    """The shorter of what astor and the standard library print; astor's at a tie."""
    texts = _candidates(node)
    return min(texts, key=len)


def _checked(node: ast.stmt) -> str:
    """The shorter text of those that parse to the statement itself."""
    wanted = ast.dump(ast.Module([node], []))
    texts = sorted(_candidates(node), key=len)
    for text in texts:
        if _dump_of(text) == wanted:
            return text
    raise IRError("no printer says what the tree says", None, _parting(wanted, _dump_of(texts[0]) or texts[0]))


def _candidates(node: ast.stmt) -> list[str]:
    """One or two printed forms of a statement, each without surrounding newlines."""
    if any(isinstance(part, ast.JoinedStr) for part in ast.walk(node)):
        return [_strip_parentheses(node, _print_with_f_string(node))]
    text = _strip_parentheses(node, _print_by_library(node))
    value = _tuple_value(node)
    if value is not None and len(value.elts) == 1:
        return [text]
    printed = _print_by_astor(node)
    return [text] if printed is None or printed.count("\n") > text.count("\n") else [printed, text]


def _print_by_library(node: ast.stmt) -> str:
    try:
        return ast.unparse(node).strip("\n")
    except (AttributeError, TypeError, ValueError) as error:  # a field is missing, or holds what is no node
        raise IRError(f"a `{type(node).__name__}` statement that cannot be printed", None, str(error)) from error


def _print_with_f_string(node: ast.stmt) -> str:
    """A statement that holds an f-string; astor warns at it.

    Strings inside the braces: `ast.unparse` of Python 3.12 and later gives them the outer quotes, which no earlier
    Python reads. gast's own printer takes others, but prints line breaks as such, which an indentation would change.
    """
    text = _print_by_library(node)
    inside = [
        part for field in ast.walk(node) if isinstance(field, ast.FormattedValue) for part in ast.walk(field.value)
    ]
    if not any(isinstance(part, ast.JoinedStr | ast.Constant) for part in inside):
        return text
    try:
        printed: str = gast.unparse(gast.ast_to_gast(node)).strip("\n")
    except (AttributeError, TypeError, ValueError):  # a backslash inside, or syntax that this printer does not know
        return text
    if "\n" not in text:
        printed = printed.replace("\n", "\\n").replace("\t", "\\t")
    return printed if _dump_of(printed) == ast.dump(ast.Module([node], [])) else text


def _strip_parentheses(node: ast.stmt, text: str) -> str:
    """Print `return a, b` and `x = a, b` without the parentheses that `ast.unparse` puts around a tuple.

    One element keeps them: `return (a,)` is not to be overlooked.
    """
    value = _tuple_value(node)
    if value is None or len(value.elts) < 2 or any(isinstance(element, ast.Starred) for element in value.elts):
        return text
    printed = _tuple_value(ast.parse(text).body[0])
    start = len(text) if printed is None else len(text.encode()[: printed.col_offset].decode())
    return f"{text[:start]}{text[start + 1 : -1]}" if text[start:].startswith("(") and text.endswith(")") else text


def _tuple_value(node: ast.stmt) -> ast.Tuple | None:
    value = node.value if isinstance(node, ast.Return | ast.Assign | ast.Expr) else None
    return value if isinstance(value, ast.Tuple) else None


@cache
def _astor_to_source() -> Callable[..., str] | None:
    """astor's printer, imported at first use without its warnings (it names node classes that go in Python 3.14)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            from astor.code_gen import to_source
        except (ImportError, AttributeError):
            return None
    printer: Callable[..., str] = to_source
    return printer


def _print_by_astor(node: ast.stmt) -> str | None:
    """What astor prints; None where it fails or is not there."""
    to_source = _astor_to_source()
    if to_source is None:
        return None
    try:
        text = to_source(node, pretty_string=_plain_string, pretty_source="".join)
    except Exception:  # astor fails in many ways on syntax newer than itself; ast.unparse then prints alone
        return None
    return text.strip("\n")


def _plain_string(text: str, *_: Any, **__: Any) -> str:
    return repr(text)
