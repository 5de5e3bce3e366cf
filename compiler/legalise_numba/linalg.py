"""Products and solvers: BLAS through np.dot where both operands are whole arrays, loops elsewhere."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from ...runtime import linalg
from .affine import Affine
from .reductions import LARGER, SMALLER, SUM, flag, reduce
from .registry import rule
from .shaping import axes_of, permuted
from .text import Block, Gather, Line, Nest
from .values import ArrayValue, Code, Constant, Number, TupleValue, combine, dtype_text

INNER = 'ValueError("matmul: the inner dimensions differ")'


@rule(operator.matmul, np.matmul, np.dot, "ndarray.dot", np.vdot, np.inner)
def matmul(leg: Any, call: Any, a: Any, b: Any) -> Any:
    a, b = leg.operand(a), leg.operand(b)
    dtype = leg.dtype_of(call.out)
    if isinstance(a, Number) or isinstance(b, Number):
        return leg.elementwise(call, [a, b], lambda codes, _: combine("({} * {})", *codes))
    is_dot = call.prim.fn in (np.dot, np.vdot, np.inner) or call.prim.name == "ndarray.dot"
    if a.rank == b.rank == 1:
        return inner(leg, a, b, dtype, call.prim.fn is np.vdot)
    if call.prim.fn in (np.inner, np.vdot) or (is_dot and max(a.rank, b.rank) > 2):
        leg.refuse(f"`{call.prim.name}` of arrays of these ranks")
    leg.must_be_equal(a.lengths[-1], b.lengths[max(b.rank - 2, 0)], INNER)
    if a.rank <= 2 and b.rank <= 2:
        return product(leg, a, b, dtype)
    return batched(leg, a, b, dtype)


def inner(leg: Any, a: ArrayValue, b: ArrayValue, dtype: Any, conjugate: bool = False) -> Number:
    """sum(a * b), without a temporary."""
    leg.must_be_equal(a.lengths[0], b.lengths[0], INNER)
    (name,) = leg.axes(1)
    place = (Affine.of(name),)
    total = leg.fresh("total")
    leg.line(f"{total} = {leg.cast(leg.constant(0), dtype).code}")
    left = combine("np.conj({})", a.element(place)) if conjugate and a.dtype.kind == "c" else a.element(place)
    terms = combine("({} * {})", left, b.element(place))
    leg.gather(total, a.lengths, f"{total} += {{value}}", terms, (name,), dtype.kind == "f")
    return Number(Code(total), dtype, False)


def blas_operand(leg: Any, value: ArrayValue, dtype: Any) -> str:
    """Text of an operand for np.dot: contiguous, of the result's dtype."""
    if value.dtype != dtype:
        source = value
        value = ArrayValue(value.lengths, dtype, lambda i: leg.cast_code(source.element(i), source.dtype, dtype))
    if value.text is not None and not value.fresh:
        return value.text
    return str(leg.whole(value).buffer)


def product(leg: Any, a: ArrayValue, b: ArrayValue, dtype: Any) -> ArrayValue:
    """A product of a matrix with a matrix or a vector."""
    lengths = (*a.lengths[:-1], *(b.lengths[1:] if b.rank == 2 else ()))
    if a.rank == b.rank == 2 and leg.facts.same(a.lengths[1]) == Affine(1):  # a column times a row
        return ArrayValue(lengths, dtype, lambda index: leg.cast_code(
            combine("({} * {})", a.element((index[0], Affine(0))), b.element((Affine(0), index[1]))),
            np.result_type(a.dtype, b.dtype), dtype))
    matrix_ = a if a.rank == 2 else b
    if a.rank == b.rank == 2 and leg.facts.same(b.lengths[1]) == Affine(1) and not _plain(a):
        return by_loops(leg, a, b, dtype, lengths)  # one column: the matrix needs no storage
    if dtype.kind not in "fc" or (min(a.rank, b.rank) == 1 and not _plain(matrix_)):
        return by_loops(leg, a, b, dtype, lengths)
    text = f"np.dot({blas_operand(leg, a, dtype)}, {blas_operand(leg, b, dtype)})"
    return ArrayValue(lengths, dtype, whole_only, None, text, True)


def _plain(value: ArrayValue) -> bool:
    return value.text is not None


def whole_only(index: Any) -> Code:
    raise AssertionError("a product is read through its buffer")


def by_loops(leg: Any, a: ArrayValue, b: ArrayValue, dtype: Any, lengths: tuple[Affine, ...]) -> ArrayValue:
    out, total = leg.result_name(), leg.fresh("total")
    names = leg.axes(len(lengths) + 1)
    rows = names[:a.rank - 1]
    columns = names[a.rank - 1:len(lengths)]
    along = names[len(lengths)]
    left = a.element((*map(Affine.of, rows), Affine.of(along)))
    right = b.element((Affine.of(along), *map(Affine.of, columns)))
    zero = leg.cast(leg.constant(0), dtype).code
    value = leg.cast_code(combine("({} * {})", left, right), np.result_type(a.dtype, b.dtype), dtype)
    matrix_ = right if len(columns) >= len(rows) else left
    if len(lengths) == 1 and not _runs_along(matrix_, along):  # the rows of the matrix in memory are added up
        free = (*rows, *columns)
        leg.line(f"{out} = np.full({leg.shape_text(lengths)}, {zero})")
        leg.nest((along, *free), (a.lengths[-1], *lengths), out, tuple(map(Affine.of, free)), value, "+=")
        return leg.buffer(out, lengths, dtype, True)  # type: ignore[no-any-return]
    leg.line(f"{out} = np.empty({leg.shape_text(lengths)}, {dtype_text(dtype)})")
    row = Gather(total, f"{total} += {{value}}", value, dtype.kind == "f")
    body: list[Any] = [Line(f"{total} = {zero}", leg.loc), Nest((along,), a.lengths[-1:], [row], leg.loc),
                       Line(f"{out}[{', '.join(names[:len(lengths)])}] = {total}", leg.loc)]
    for name, length in reversed(list(zip(names, lengths, strict=False))):
        body = [Block(f"for {name} in range({length}):", body, leg.loc)]
    leg.items += body
    return leg.buffer(out, lengths, dtype, True)  # type: ignore[no-any-return]


def _runs_along(code: Code, name: str) -> bool:
    """Are the elements neighbours in memory where `name` runs? Not if it counts the rows of an array that is read."""
    return not any(isinstance(i, Affine) and name in i.names for load in code.loads for i in load.index[:-1])


def batched(leg: Any, a: ArrayValue, b: ArrayValue, dtype: Any) -> ArrayValue:
    """Products of stacks of matrices: np.dot for each."""
    vector = a.rank == 1, b.rank == 1
    left = a.lengths[:-2] if not vector[0] else ()
    right = b.lengths[:-2] if not vector[1] else ()
    batch = leg.broadcast([left, right])
    a, b = leg.whole(typed(leg, a, dtype)), leg.whole(typed(leg, b, dtype))
    tail = (*(a.lengths[-2:-1] if not vector[0] else ()), *(b.lengths[-1:] if not vector[1] else ()))
    lengths = (*batch, *tail)
    out = leg.result_name()
    leg.line(f"{out} = np.empty({leg.shape_text(lengths)}, {dtype_text(dtype)})")
    names = leg.axes(len(batch))
    places = tuple(map(Affine.of, names))

    def part(value: ArrayValue, own: tuple[Affine, ...]) -> str:
        index = leg.index_in(own, batch, places)
        return f"{value.buffer}[{', '.join(map(str, index))}]" if own else str(value.buffer)

    target = f"{out}[{', '.join([*names, *[':'] * len(tail)])}]" if tail else f"{out}[{', '.join(names)}]"
    body: list[Any] = [Line(f"{target} = np.dot({part(a, left)}, {part(b, right)})", leg.loc)]
    for name, length in reversed(list(zip(names, batch, strict=True))):
        body = [Block(f"for {name} in range({length}):", body, leg.loc)]
    leg.items += body
    return leg.buffer(out, lengths, dtype, True)  # type: ignore[no-any-return]


def typed(leg: Any, value: ArrayValue, dtype: Any) -> ArrayValue:
    if value.dtype == dtype:
        return value
    return ArrayValue(value.lengths, dtype, lambda i: leg.cast_code(value.element(i), value.dtype, dtype))


@rule(np.outer, element=True)
def outer(leg: Any, call: Any, a: Any, b: Any) -> Any:
    a, b = leg.operand(a), leg.operand(b)
    if a.rank != 1 or b.rank != 1:
        leg.refuse("`np.outer` of what is no vector")
    return ArrayValue((*a.lengths, *b.lengths), leg.dtype_of(call.out),
                      lambda index: combine("({} * {})", a.element(index[:1]), b.element(index[1:])))


@rule(np.trace, "ndarray.trace")
def trace(leg: Any, call: Any, a: Any) -> Any:
    a = leg.operand(a)
    if a.rank != 2:
        leg.refuse("`np.trace` of a stack of matrices")
    dtype = leg.dtype_of(call.out)
    (name,) = leg.axes(1)
    total = leg.fresh("total")
    leg.line(f"{total} = {leg.cast(leg.constant(0), dtype).code}")
    leg.gather(total, (leg.smaller(*a.lengths),), f"{total} += {{value}}", a.element((Affine.of(name),) * 2), (name,))
    return Number(Code(total), dtype, False)


@rule(np.diag, np.diagonal, "ndarray.diagonal", element=True)
def diag(leg: Any, call: Any, v: Any, k: Any = None) -> Any:
    v = leg.operand(v)
    offset = 0 if k is None else int(k.const)
    if v.rank == 1:
        n = v.lengths[0] + abs(offset)
        zero = leg.cast(leg.constant(0), v.dtype).code

        def element(index: Any) -> Code:
            row = index[0] + (offset if offset < 0 else 0) if isinstance(index[0], Affine) else index[0]
            return combine(f"({{}} if {index[1]} == {index[0]} + {offset} else {{}})", v.element((row,)), zero)

        if offset:
            leg.refuse("`np.diag` with an offset")
        return ArrayValue((n, n), v.dtype, element)
    rows, columns = v.lengths
    count = leg.clip(leg.smaller(rows + min(offset, 0), columns - max(offset, 0)))
    return ArrayValue((count,), v.dtype, lambda index: v.element((_moved(index[0], max(-offset, 0)),
                                                                  _moved(index[0], max(offset, 0)))))


def _moved(index: Any, by: int) -> Any:
    return index + by if isinstance(index, Affine) else f"({index}) + {by}"


@rule(np.triu, np.tril, element=True)
def triangle(leg: Any, call: Any, m: Any, k: Any = None) -> Any:
    m = leg.operand(m)
    if isinstance(m, Number) or m.rank < 2:
        leg.refuse(f"`{call.prim.name}` of a vector")
    offset = 0 if k is None else int(k.const)
    sign = ">=" if call.prim.fn is np.triu else "<="
    zero = leg.cast(leg.constant(0), m.dtype).code

    def element(index: Any) -> Code:
        return combine(f"({{}} if {index[-1]} {sign} {index[-2]} + {offset} else {{}})", m.element(index), zero)

    return ArrayValue(m.lengths, m.dtype, element)


def _direct(name: str, rank: int) -> None:
    """A function of np.linalg that Numba has, for one matrix."""
    def applied(leg: Any, call: Any, a: Any) -> Any:
        a = leg.whole(leg.operand(a))
        if a.rank != 2:
            leg.refuse(f"`np.linalg.{name}` of a stack of matrices")
        leg.must_be_equal(*a.lengths, 'ValueError("the matrix is not square")')
        dtype = leg.dtype_of(call.out)
        if rank == 0:
            return Number(Code(f"np.linalg.{name}({a.buffer})"), dtype, False)
        text = f"np.ascontiguousarray(np.linalg.{name}({a.buffer}))"
        return ArrayValue(a.lengths, dtype, whole_only, None, text, True)

    rule(getattr(np.linalg, name))(applied)


for _name, _rank in (("inv", 2), ("det", 0), ("cholesky", 2)):
    _direct(_name, _rank)


@rule(np.linalg.solve)
def solve(leg: Any, call: Any, a: Any, b: Any) -> Any:
    dtype = leg.dtype_of(call.out)
    a, b = leg.operand(a), leg.operand(b)
    if a.rank != 2 or b.rank > 2:
        leg.refuse("`np.linalg.solve` of a stack of matrices")
    leg.must_be_equal(*a.lengths, 'ValueError("the matrix is not square")')
    leg.must_be_equal(a.lengths[0], b.lengths[0], INNER)
    a, b = leg.whole(typed(leg, a, dtype)), leg.whole(typed(leg, b, dtype))
    return ArrayValue(b.lengths, dtype, whole_only, None,
                      f"np.ascontiguousarray(np.linalg.solve({a.buffer}, {b.buffer}))", True)


@rule(linalg.matmul_cotangent_x1)
def cotangent_x1(leg: Any, call: Any, g: Any, shape: Any, x2: Any) -> Any:
    """The cotangent of x1 in x1 @ x2: g @ x2.T, for stacks of the same shape."""
    g, x2 = leg.operand(g), leg.operand(x2)
    rank = len(shape.items)
    if isinstance(g, Number):  # vector @ vector
        return leg.elementwise(call, [g, x2], lambda codes, _: combine("({} * {})", *codes))
    if rank <= 2 and x2.rank <= 2:
        return product_or_outer(leg, call, g, x2, rank)
    return leg.refuse("the derivative of a product of stacks of matrices")


def product_or_outer(leg: Any, call: Any, g: ArrayValue, x2: ArrayValue, rank: int) -> Any:
    if x2.rank == 1:  # matrix @ vector: outer(g, x2)
        return outer(leg, call, g, x2)
    return product(leg, g, permuted(leg, x2, (1, 0)), leg.dtype_of(call.out))


@rule(linalg.matmul_cotangent_x2)
def cotangent_x2(leg: Any, call: Any, x1: Any, g: Any, shape: Any) -> Any:
    x1, g = leg.operand(x1), leg.operand(g)
    rank = len(shape.items)
    if isinstance(g, Number):
        return leg.elementwise(call, [x1, g], lambda codes, _: combine("({} * {})", *codes))
    if rank <= 2 and x1.rank <= 2:
        if x1.rank == 1:  # vector @ matrix: outer(x1, g)
            return outer(leg, call, x1, g)
        return product(leg, permuted(leg, x1, (1, 0)), g, leg.dtype_of(call.out))
    return leg.refuse("the derivative of a product of stacks of matrices")


@rule(np.linalg.norm)
def norm(leg: Any, call: Any, x: Any, ord: Any = None, axis: Any = None, keepdims: Any = None) -> Any:  # noqa: A002
    x = leg.operand(x)
    dtype = leg.dtype_of(call.out)
    single = isinstance(x, ArrayValue) and (x.rank == 1 or isinstance(axis, Number))
    if single and isinstance(ord, Number) and ord.const in (1, np.inf, -np.inf):
        return extreme_norm(leg, x, ord.const, axes_of(axis, x.rank), flag(keepdims), dtype)
    frobenius = ord is None or (isinstance(ord, Constant) and ord.value in (None, "fro"))
    if isinstance(x, Number) or not (frobenius or (isinstance(ord, Number) and ord.const == 2)):
        leg.refuse("this order of `np.linalg.norm`")
    axes = axes_of(axis, x.rank)
    if not frobenius and len(axes) != 1:
        leg.refuse("the spectral norm")
    text = "(({0}) * ({0}))" if x.dtype.kind != "c" else "(({0}).real ** 2 + ({0}).imag ** 2)"
    zero = leg.cast(leg.constant(0), dtype).code.text
    total = reduce(leg, x, axes, flag(keepdims), dtype, zero, SUM, lambda code: combine(text, code))
    if isinstance(total, Number):
        return Number(combine("np.sqrt({})", total.code), dtype, False)
    return ArrayValue(total.lengths, dtype, lambda index: combine("np.sqrt({})", total.element(index)))


def extreme_norm(leg: Any, x: ArrayValue, order: float, axes: tuple[int, ...], keepdims: bool, dtype: Any) -> Any:
    """The sum, the largest or the smallest of the elements' sizes."""
    if order == 1:
        first, step = leg.cast(leg.constant(0), dtype).code.text, SUM
    else:
        for k in axes:
            if not leg.facts.nonnegative(x.lengths[k] - 1):
                leg.line(f'if {x.lengths[k]} == 0: raise ValueError("zero-size array to reduction operation")')
        first, step = ("-np.inf", LARGER) if order > 0 else ("np.inf", SMALLER)
        first = f"{dtype_text(dtype)}({first})"
    return reduce(leg, x, axes, keepdims, dtype, first, step, lambda code: combine("abs({})", code))


__all__ = ["TupleValue", "matmul"]
