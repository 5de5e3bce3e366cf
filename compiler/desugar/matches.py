"""`match` becomes tests, captures and branches.

from:
    match point:
        case (0, y) if y > 0:
            z = y
        case Circle(radius=r) | [r]:
            z = r
        case {"a": v, **rest}:
            z = v
        case "text" | None:
            z = 0
        case _:
            z = 1
becomes, with the helpers' names shortened:
    subject = point
    fits = False
    if sequence(subject) and len(subject) == 2 and subject[0] == 0:
        y = subject[1]
        fits = y > 0
    if fits:
        z = y
    elif ...

Each case is an `if` inside the `else` of the one before; a guard may send a case that fitted on to the next, so that
is told by a flag. The helpers that ask what a subject is are interpreted.
"""

from __future__ import annotations

import copy
from typing import Any

import gast

from .context import Context, assign, at, blocks_of, branch, constant, load

HELPERS = "pullback pattern "  # no name of Python's has a space in it: `lower` knows what follows


def remove_matches(body: list[Any], context: Context) -> list[Any]:
    """Statements without `match`."""
    out = []
    for stmt in body:
        for node, name in blocks_of(stmt):
            setattr(node, name, remove_matches(getattr(node, name), context))
        if isinstance(stmt, gast.Match):
            out += _Match(stmt, context).statements()
        else:
            out.append(stmt)
    return out


class _Match:
    def __init__(self, stmt: Any, context: Context) -> None:
        self.stmt = stmt
        self.context = context
        self.subject = context.fresh("subject")

    def statements(self) -> list[Any]:
        place = self.context.header(self.stmt)
        return [assign(self.subject, self.stmt.subject, place), *self.cases(self.stmt.cases)]

    def cases(self, cases: list[Any]) -> list[Any]:
        """The first case that fits, else those after it."""
        if not cases:
            return []
        case, rest = cases[0], cases[1:]
        ways = alternatives(case.pattern)
        if len(ways) > 1 and case.guard is None:  # which alternative fitted decides what the names are
            split = [gast.match_case(way, None, copy.deepcopy(case.body)) for way in ways]
            return self.cases([*split, *rest])
        place = gast.copy_location(gast.Pass(), case.pattern)
        test, captures = self.pattern(case.pattern, load(self.subject))
        bind = [assign(name, value, place) for name, value in captures]
        if case.guard is None:
            if test is None:
                return [*bind, *case.body]
            return [branch(at(test, place), [*bind, *case.body], self.cases(rest), place)]
        flag = self.context.fresh("fits")
        fits = [*bind, assign(flag, case.guard, place)]
        head = fits if test is None else [
            assign(flag, at(constant(False), place), place), branch(at(test, place), fits, [], place)]
        return [*head, branch(at(load(flag), place), case.body, self.cases(rest), place)]

    # --- patterns: (test or None where it always fits, captures) -----------------------------------------------------

    def pattern(self, node: Any, value: Any) -> tuple[Any, list[tuple[str, Any]]]:
        made = getattr(self, f"pattern_{type(node).__name__}")(node, value)
        return made  # type: ignore[no-any-return]

    def pattern_MatchValue(self, node: Any, value: Any) -> Any:
        return gast.Compare(value, [gast.Eq()], [node.value]), []

    def pattern_MatchSingleton(self, node: Any, value: Any) -> Any:
        return gast.Compare(value, [gast.Is()], [constant(node.value)]), []

    def pattern_MatchAs(self, node: Any, value: Any) -> Any:
        test, captures = (None, []) if node.pattern is None else self.pattern(node.pattern, value)
        return test, [*captures, (node.name, value)] if node.name is not None else captures

    def pattern_MatchOr(self, node: Any, value: Any) -> Any:
        tests, captured = [], []
        for inner in node.patterns:
            test, captures = self.pattern(inner, value)
            captured += captures
            tests.append(test if test is not None else constant(True))
        if captured:
            raise self.context.refuse(node, "an or-pattern that captures names",
                                      "Which alternative fitted is not kept.", "Write one `case` for each.")
        return gast.BoolOp(gast.Or(), tests), []

    def pattern_MatchSequence(self, node: Any, value: Any) -> Any:
        count = len(node.patterns)
        starred = [i for i, p in enumerate(node.patterns) if isinstance(p, gast.MatchStar)]
        length = helper("len", value)
        need = constant(count - len(starred))
        tests = [helper("sequence", value), gast.Compare(length, [gast.GtE() if starred else gast.Eq()], [need])]
        captures: list[tuple[str, Any]] = []
        for position, inner in enumerate(node.patterns):
            if isinstance(inner, gast.MatchStar):
                if inner.name is not None:
                    end = position - count + 1
                    part = gast.Slice(constant(position), constant(end) if end else None, None)
                    captures.append((inner.name, helper("list", gast.Subscript(value, part, gast.Load()))))
                continue
            index = position - count if starred and position > starred[0] else position
            number = constant(index) if index >= 0 else gast.UnaryOp(gast.USub(), constant(-index))
            self._inner(inner, gast.Subscript(value, number, gast.Load()), tests, captures)
        return _all(tests), captures

    def pattern_MatchMapping(self, node: Any, value: Any) -> Any:
        tests = [helper("mapping", value)]
        captures: list[tuple[str, Any]] = []
        for key, inner in zip(node.keys, node.patterns, strict=True):
            tests.append(gast.Compare(key, [gast.In()], [value]))
            self._inner(inner, gast.Subscript(value, key, gast.Load()), tests, captures)
        if node.rest is not None:
            captures.append((node.rest, helper("rest", value, *node.keys)))
        return _all(tests), captures

    def pattern_MatchClass(self, node: Any, value: Any) -> Any:
        tests = [gast.Call(load(f"{HELPERS}isinstance"), [value, node.cls], [])]
        captures: list[tuple[str, Any]] = []
        for position, inner in enumerate(node.patterns):
            self._inner(inner, helper("positional", value, node.cls, constant(position)), tests, captures)
        for attribute, inner in zip(node.kwd_attrs, node.kwd_patterns, strict=True):
            self._inner(inner, gast.Attribute(value, attribute, gast.Load()), tests, captures)
        return _all(tests), captures

    def _inner(self, node: Any, value: Any, tests: list[Any], captures: list[tuple[str, Any]]) -> None:
        test, found = self.pattern(node, value)
        captures += found
        if test is not None:
            tests.append(test)


def alternatives(pattern: Any) -> list[Any]:
    """A pattern once for each way to choose among or-patterns that capture names, in the order in which they are tried.

    Only these are split: `1 | 2` is one test.
    """
    if isinstance(pattern, gast.MatchOr) and any(
            isinstance(n, gast.MatchAs | gast.MatchStar) and n.name is not None for n in gast.walk(pattern)):
        return [way for inner in pattern.patterns for way in alternatives(inner)]
    for field in ("patterns", "kwd_patterns"):
        for place, inner in enumerate(getattr(pattern, field, None) or ()):
            ways = alternatives(inner)
            if len(ways) > 1:
                made = []
                for way in ways:
                    chosen = copy.copy(pattern)
                    parts = list(getattr(pattern, field))
                    parts[place] = way
                    setattr(chosen, field, parts)
                    made += alternatives(chosen)
                return made
    inner = getattr(pattern, "pattern", None)
    if isinstance(inner, gast.AST):
        ways = alternatives(inner)
        if len(ways) > 1:
            made = []
            for way in ways:
                chosen = copy.copy(pattern)
                chosen.pattern = way
                made.append(chosen)
            return made
    return [pattern]


def helper(name: str, *args: Any) -> Any:
    """A call of what `lower` knows under this name."""
    return gast.Call(load(f"{HELPERS}{name}"), list(args), [])


def _all(tests: list[Any]) -> Any:
    return tests[0] if len(tests) == 1 else gast.BoolOp(gast.And(), tests)


__all__ = ["HELPERS", "remove_matches"]
