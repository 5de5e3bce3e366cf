"""An interpreter of the IR: what a Function means, in the fewest words.

Tests run the goldens of passes with it and compare printed Python to it. A primitive must be functional here (a store
returns a new array), as the IR says it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..runtime.errors import IRError
from .ir import Apply, Atom, Block, Call, Carry, For, Function, If, Lit, Stmt, Try, Undefined, Var, While

Env = dict[Var, object]


def run(function: Function, args: Sequence[object]) -> tuple[object, ...]:
    """The results of a function, as a tuple even where it is `single`.

    args   : one value a parameter (a tuple for `varargs`, a dict for `kwargs`); missing ones take their defaults
    raises : IRError, if a primitive cannot run or gives another number of values than the call binds;
             UnboundLocalError, as Python does, if a name is read that was not bound on the path taken
    """
    if len(args) > len(function.params):
        raise IRError(f"{function.name} has {len(function.params)} parameters, {len(args)} arguments are given")
    env: Env = {}
    for index, param in enumerate(function.params):
        if index >= len(args) and not param.has_default:
            raise IRError(f"{function.name}: no argument for the parameter {param.name}")
        env[param.var] = args[index] if index < len(args) else param.default
    _block(function.body, env)
    return _values(function.results, env)


def _block(block: Block, env: Env) -> None:
    for stmt in block:
        _stmt(stmt, env)


def _stmt(stmt: Stmt, env: Env) -> None:
    if isinstance(stmt, Call):
        _call(stmt, env)
    elif isinstance(stmt, Apply):
        _bind(stmt.outs, run(stmt.fn, _values(stmt.args, env)), stmt.fn.name, env)
    elif isinstance(stmt, If):
        taken = bool(_value(stmt.cond, env))
        _block(stmt.then if taken else stmt.orelse, env)
        sources = [join.from_then if taken else join.from_else for join in stmt.outs]
        _bind([join.out for join in stmt.outs], [_peek(source, env) for source in sources], "if", env)
    elif isinstance(stmt, For):
        _for(stmt, env)
    elif isinstance(stmt, Try):
        _try(stmt, env)
    else:
        _while(stmt, env)


def _try(stmt: Try, env: Env) -> None:
    came_to_end = True
    if stmt.manager is not None:
        with _value(stmt.manager, env) as entered:  # type: ignore[attr-defined]
            if stmt.entered is not None:
                env[stmt.entered] = entered
            _block(stmt.body, env)
    else:
        types = BaseException if stmt.types is None else _value(stmt.types, env)
        try:
            _block(stmt.body, env)
        except types as error:  # type: ignore[misc]
            came_to_end = False
            if stmt.bound is not None:
                env[stmt.bound] = error
            _block(stmt.handler, env)
    sources = [join.from_then if came_to_end else join.from_else for join in stmt.outs]
    _bind([join.out for join in stmt.outs], [_peek(source, env) for source in sources], "try", env)


def _call(stmt: Call, env: Env) -> None:
    if stmt.prim.fn is None:
        raise IRError(f"primitive {stmt.prim.name} cannot run: it has no function")
    args = _values(stmt.args, env)
    kwargs = {key: _value(atom, env) for key, atom in stmt.kwargs}
    result = stmt.prim.fn(*args, **kwargs)
    if len(stmt.outs) == 1:
        env[stmt.outs[0]] = result
    elif stmt.outs:
        if not isinstance(result, (tuple, list)):
            raise IRError(f"{stmt.prim.name} gave {type(result).__name__}, {len(stmt.outs)} variables are bound")
        _bind(stmt.outs, result, stmt.prim.name, env)


def _for(stmt: For, env: Env) -> None:
    start, stop, step = _values((stmt.start, stmt.stop, stmt.step), env)
    trips = range(start, stop, step)  # type: ignore[call-overload]
    _enter(stmt.carried, env)
    for index in reversed(trips) if stmt.backward else trips:
        env[stmt.index] = index
        _block(stmt.body, env)
        _step(stmt.carried, env)
    _leave(stmt.carried, env)


def _while(stmt: While, env: Env) -> None:
    _enter(stmt.carried, env)
    _block(stmt.test, env)
    while _value(stmt.cond, env):
        _block(stmt.body, env)
        _step(stmt.carried, env)
        _block(stmt.test, env)
    _leave(stmt.carried, env)


def _enter(carried: tuple[Carry, ...], env: Env) -> None:
    _bind([carry.inner for carry in carried], [_peek(carry.init, env) for carry in carried], "loop", env)


def _step(carried: tuple[Carry, ...], env: Env) -> None:
    _bind([carry.inner for carry in carried], [_peek(carry.next, env) for carry in carried], "loop", env)


def _leave(carried: tuple[Carry, ...], env: Env) -> None:
    _bind([carry.out for carry in carried], [env[carry.inner] for carry in carried], "loop", env)


def _bind(outs: Sequence[Var], values: Sequence[object], what: str, env: Env) -> None:
    if len(outs) != len(values):
        raise IRError(f"{what} gave {len(values)} values, {len(outs)} variables are bound")
    env.update(zip(outs, values, strict=True))


def _values(atoms: Iterable[Atom], env: Env) -> tuple[object, ...]:
    return tuple(_value(atom, env) for atom in atoms)


def _value(atom: Atom, env: Env) -> object:
    """The value of an atom that is used, not only handed on."""
    value = _peek(atom, env)
    if value is Undefined:
        raise UnboundLocalError(f"{atom!r} is read where it is not bound")
    return value


def _peek(atom: Atom, env: Env) -> object:
    if isinstance(atom, Lit):
        return atom.value
    if atom not in env:
        raise IRError(f"{atom!r} is read but not bound")
    return env[atom]
