"""Helpers of the generated text, as text: a module holds those that it uses, so it is compiled and cached whole."""

from __future__ import annotations

from .vector_math import HEADER, VECTOR_MATH

HELPERS = {
    "at": '''
def at(place, length):
    """The place of an element counted from the front; IndexError where there is none."""
    if place < 0:
        place += length
    if place < 0 or place >= length:
        raise IndexError("index is out of bounds")
    return place
''',
    "slice_range": '''
def slice_range(start, stop, step, length):
    """Where the slice start:stop:step of an axis starts, and how many places it has."""
    if step > 0:
        first = 0 if start is None else (max(start + length, 0) if start < 0 else min(start, length))
        last = length if stop is None else (max(stop + length, 0) if stop < 0 else min(stop, length))
        return first, max((last - first + step - 1) // step, 0)
    first = length - 1 if start is None else (max(start + length, -1) if start < 0 else min(start, length - 1))
    last = -1 if stop is None else (max(stop + length, -1) if stop < 0 else min(stop, length - 1))
    return first, max((first - last - step - 1) // -step, 0)
''',
    "true_divide": '''
def true_divide(a, b):
    """a / b as Python divides."""
    if b == 0:
        raise ZeroDivisionError("division by zero")
    return a / b
''',
    "floor_divide": '''
def floor_divide(a, b):
    """a // b as Python divides."""
    if b == 0:
        raise ZeroDivisionError("integer division or modulo by zero")
    return a // b
''',
    "modulo": '''
def modulo(a, b):
    """a % b as Python computes it."""
    if b == 0:
        raise ZeroDivisionError("integer modulo by zero")
    return a % b
''',
    "int_mul": '''
def int_mul(a, b):
    """a * b; OverflowError where Python's result does not fit into 64 bits."""
    if abs(float(a) * float(b)) >= 9223372036854775808.0:
        raise OverflowError("an integer does not fit into 64 bits")
    return a * b
''',
    "int_add": '''
def int_add(a, b):
    """a + b; OverflowError where Python's result does not fit into 64 bits."""
    if abs(float(a) + float(b)) >= 9223372036854775808.0:
        raise OverflowError("an integer does not fit into 64 bits")
    return a + b
''',
    "int_pow": '''
def int_pow(a, b):
    """a ** b of integers; OverflowError where Python's result does not fit into 64 bits."""
    if b < 0:
        raise ValueError("integers to negative integer powers are not allowed")
    result = 1
    for _ in range(b):
        if result != 0 and abs(a) > 1 and abs(result) > 9223372036854775807 // abs(a):
            raise OverflowError("an integer does not fit into 64 bits")
        result *= a
        if a == 0 or a == 1:
            break
    return result
''',
    "float_pow": '''
def float_pow(a, b):
    """a ** b as Python computes it, where that is real."""
    if a == 0 and b < 0:
        raise ZeroDivisionError("0.0 cannot be raised to a negative power")
    if a < 0 and b != np.floor(b):
        raise ValueError("a negative number to a fractional power is complex")
    result = float(a) ** b
    if np.isinf(result) and not np.isinf(a) and not np.isinf(b):
        raise OverflowError("Numerical result out of range")
    return result
''',
    "heaviside": '''
def heaviside(x, at_zero):
    """0 for negative x, 1 for positive, `at_zero` at 0, nan for nan."""
    return x if x != x else (0.0 if x < 0 else (1.0 if x > 0 else at_zero))
''',
    "nan_to_num": '''
def nan_to_num(x):
    """0 for nan, the largest number for inf."""
    if x != x:
        return 0.0
    return min(max(x, -1.7976931348623157e308), 1.7976931348623157e308)
''',
    "grown": '''
def grown(tape):
    """The tape in twice the room."""
    larger = np.empty(max(2 * tape.size, 64), tape.dtype)
    for p in range(tape.size):  # as a slice it would take Numba a second to compile
        larger[p] = tape[p]
    return larger
''',
}

HELPERS.update(VECTOR_MATH)
PLAIN = "@njit(error_model='numpy')"
DOMAINS = {
    "sqrt": ("x < 0", ""), "log": ("x <= 0", ""), "log2": ("x <= 0", ""), "log10": ("x <= 0", ""),
    "log1p": ("x <= -1", ""), "asin": ("x < -1 or x > 1", ""), "acos": ("x < -1 or x > 1", ""),
    "acosh": ("x < 1", ""), "atanh": ("x <= -1 or x >= 1", ""), "sin": ("np.isinf(x)", ""),
    "cos": ("np.isinf(x)", ""), "tan": ("np.isinf(x)", ""),
    "exp": ("", "x"), "expm1": ("", "x"), "sinh": ("", "x"), "cosh": ("", "x"),
}
for _name, (_outside, _overflow) in DOMAINS.items():
    _lines = [f"def math_{_name}(x):", f'    """math.{_name}, which raises as Python\'s does."""']
    if _outside:
        _lines += [f"    if {_outside}:", '        raise ValueError("math domain error")']
    _lines.append(f"    y = math.{_name}(x)")
    if _overflow:
        _lines += ["    if np.isinf(y) and not np.isinf(x):", '        raise OverflowError("math range error")']
    HELPERS[f"math_{_name}"] = "\n" + "\n".join([*_lines, "    return y", ""])
HELPERS["math_pow"] = HELPERS["float_pow"].replace("def float_pow", "def math_pow").replace(
    "0.0 cannot be raised to a negative power", "math domain error").replace("ZeroDivisionError", "ValueError")


def text_of(names: list[str]) -> str:
    """The helpers as decorated functions."""
    return "\n\n".join(f"{HEADER if name in VECTOR_MATH else PLAIN}\n{HELPERS[name].strip()}\n" for name in names)
