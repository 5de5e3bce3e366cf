"""Break a long line of generated Python. Text to text, by tokens; `emit` checks that the meaning is the same.

A line is broken inside one bracket pair: that of a call or display which is the whole value, else parentheses
put around the value. The pieces stand on lines of their own:

    d_w = (                                     loss = np.mean(
        np.matmul(x.T, d_z)                         y * np.log(p),
        + 2.0 * rate * w                            axis=0
    )                                           )
"""

from __future__ import annotations

import io
import tokenize
from itertools import pairwise
from keyword import iskeyword
from typing import NamedTuple

WIDTH = 100
_STEP = "    "
_FILL_FROM = 9  # this many pieces and more (a table of numbers) fill lines instead of taking one each

_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_ASSIGNMENTS = frozenset(("=", "+=", "-=", "*=", "/=", "//=", "%=", "@=", "**=", "&=", "|=", "^=", "<<=", ">>="))
_PARENTHESISABLE = frozenset({"return", "if", "elif", "while"})  # not assert, raise, del: a comma means more there
_STRING_STARTS = {getattr(tokenize, name, None) for name in ("FSTRING_START", "TSTRING_START")}
_STRING_ENDS = {getattr(tokenize, name, None) for name in ("FSTRING_END", "TSTRING_END")}
_OPERATORS = (  # loosest first; a line is broken before the loosest ones that it has
    frozenset({"if", "else"}),
    frozenset({"or"}),
    frozenset({"and"}),
    frozenset({"<", ">", "<=", ">=", "==", "!=", "in", "is"}),
    frozenset({"|"}),
    frozenset({"^"}),
    frozenset({"&"}),
    frozenset({"<<", ">>"}),
    frozenset({"+", "-"}),
    frozenset({"*", "/", "//", "%", "@"}),
)


class _Token(NamedTuple):
    text: str
    start: int
    end: int
    depth: int  # brackets around it; a bracket has the depth of what is outside
    is_name: bool


def wrap(text: str, indent: int, width: int = WIDTH) -> list[str]:
    """Break one logical line (a simple statement or a header) that is too long for `width` behind `indent` spaces.

    returns: its lines, relative to the indentation; the line itself if it fits or has no good place to break

    >>> wrap("total = alpha * first + beta * second", 0, width=30)
    ['total = (', '    alpha * first', '    + beta * second', ')']
    """
    if indent + len(text) <= width or "\n" in text:
        return [text]
    tokens = _tokens(text)
    if not tokens:
        return [text]
    end = len(text) - 1 if tokens[-1].text == ":" else len(text)
    start = _value_start(tokens)
    value = [t for t in tokens if start <= t.start < end]
    if not value:
        return [text]
    if tokens[0].text in ("def", "async", "class"):
        pairs = _pairs(tokens)  # the first: of the parameters
        return _break_pair(text, tokens, pairs[0], indent, width) if pairs else [text]
    if _is_primary(value):
        return _break_pair(text, tokens, _pairs(value)[-1], indent, width)
    if not _may_parenthesise(tokens):
        return [text]
    inner = _pieces(text, value)
    return [text[:start] + "(", *_lines(inner, indent, width), ")" + text[end:]]


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    depth = nested = 0
    for token in tokenize.generate_tokens(io.StringIO(text + "\n").readline):
        if token.type in (tokenize.NEWLINE, tokenize.NL, tokenize.ENDMARKER, tokenize.INDENT, tokenize.DEDENT):
            continue
        was_nested = nested
        nested += (token.type in _STRING_STARTS) - (token.type in _STRING_ENDS)
        if was_nested:  # an f-string stays one token: Python 3.12 and later give its parts
            tokens[-1] = tokens[-1]._replace(text=text[tokens[-1].start : token.end[1]], end=token.end[1])
            continue
        depth -= token.string in _CLOSING
        tokens.append(_Token(token.string, token.start[1], token.end[1], depth, token.type == tokenize.NAME))
        depth += token.string in _OPENING
    return tokens


def _value_start(tokens: list[_Token]) -> int:
    """Where the value of a statement starts: after `=`, `return`, `if`, `for x in`."""
    start = 0
    if tokens[0].text in _PARENTHESISABLE:
        start = tokens[1].start if len(tokens) > 1 else tokens[0].end
    for token, following in pairwise(tokens):
        if token.text == "lambda":
            break
        if token.depth == 0 and (token.text in _ASSIGNMENTS or (tokens[0].text == "for" and token.text == "in")):
            start = following.start
            if token.text == "in":
                break
    return start


def _may_parenthesise(tokens: list[_Token]) -> bool:
    first = tokens[0].text
    return first in _PARENTHESISABLE or first == "for" or any(t.text in _ASSIGNMENTS and t.depth == 0 for t in tokens)


def _is_primary(value: list[_Token]) -> bool:
    """One name, call, subscript or display that ends with a bracket: nothing at the outer level is apart."""
    if value[-1].text not in _CLOSING:
        return False
    outer = [t for t in value if t.depth == 0]
    return all(
        (t.is_name and not iskeyword(t.text)) or t.text == "." or t.text in _OPENING or t.text in _CLOSING
        for t in outer
    )


def _break_pair(text: str, tokens: list[_Token], pair: tuple[_Token, _Token], indent: int, width: int) -> list[str]:
    """Break inside one bracket pair: its opening ends the first line, its closing starts the last."""
    opening, closing = pair
    inner = [t for t in tokens if opening.end <= t.start < closing.start]
    if not inner:
        return [text]
    return [text[: opening.end], *_lines(_pieces(text, inner), indent, width), text[closing.start :]]


def _pairs(tokens: list[_Token]) -> list[tuple[_Token, _Token]]:
    """The outermost bracket pairs."""
    depth = min(t.depth for t in tokens)
    brackets = [t for t in tokens if t.depth == depth and (t.text in _OPENING or t.text in _CLOSING)]
    return list(zip(brackets[::2], brackets[1::2], strict=True))


def _pieces(text: str, tokens: list[_Token]) -> list[str]:
    """Cut a value at its commas, else at its `for`s, else before its loosest operators."""
    depth = min(t.depth for t in tokens)
    outer = [t for t in tokens if t.depth == depth]
    words = {t.text for t in outer}
    if "for" in words:
        first_for = next(t.start for t in outer if t.text == "for")
        cuts = [t.start for t in outer if t.text == "for" or (t.text == "if" and t.start > first_for)]
    elif "," in words:
        cuts = _after_commas(outer)
    elif "lambda" in words:
        cuts = []
    else:
        cuts = _before_operators(outer)
    bounds = [tokens[0].start, *(c for c in cuts if c > tokens[0].start), tokens[-1].end]
    return [text[a:b].strip() for a, b in pairwise(bounds) if text[a:b].strip()]


def _after_commas(outer: list[_Token]) -> list[int]:
    cuts = []
    in_lambda = False
    for token in outer:
        in_lambda = token.text == "lambda" or (in_lambda and token.text != ":")
        if token.text == "," and not in_lambda:
            cuts.append(token.end)
    return cuts


def _before_operators(outer: list[_Token]) -> list[int]:
    for operators in _OPERATORS:
        cuts = [
            token.start
            for before, token in pairwise(outer)
            if token.text in operators and (_ends_operand(before) or token.text in ("if", "else"))
        ]
        if cuts:
            return cuts
    return []


def _ends_operand(token: _Token) -> bool:
    """Whether a token can end an operand, so that `+` or `-` after it has two operands."""
    if token.is_name:
        return not iskeyword(token.text) or token.text in ("None", "True", "False")
    return token.text in _CLOSING or token.text[-1].isalnum() or token.text[-1] in "._'\""


def _lines(pieces: list[str], indent: int, width: int) -> list[str]:
    """Lay pieces out one step deeper: all on one line if they fit, else one a line (many commas: filled)."""
    room = width - indent - len(_STEP)
    if len(" ".join(pieces)) <= room:
        return [_STEP + " ".join(pieces)]
    lines: list[str] = []
    fill = len(pieces) >= _FILL_FROM and all(piece.endswith(",") for piece in pieces[:-1])
    for piece in pieces:
        if fill and lines and len(lines[-1]) + 1 + len(piece) <= room + len(_STEP):
            lines[-1] += " " + piece
        else:
            lines.extend(_STEP + line for line in _break_piece(piece, indent + len(_STEP), width))
    return lines


def _break_piece(piece: str, indent: int, width: int) -> list[str]:
    """Break a piece that is still too long inside the bracket pair that ends it, else inside its longest."""
    if indent + len(piece) <= width:
        return [piece]
    tokens = _tokens(piece)
    pairs = _pairs(tokens)
    if not pairs:
        return [piece]
    ends = pairs[-1][1].end >= len(piece.removesuffix(","))
    pair = pairs[-1] if ends else max(pairs, key=lambda pair: pair[1].end - pair[0].start)
    return _break_pair(piece, tokens, pair, indent, width)
