"""exp, logaddexp and roots in plain arithmetic, as text: loops over them run in vector registers, as libm's do not.

Each is inlined where it is called and may use fused multiply-adds. The tests run them as plain Python, without fused
operations: they are within 4 units in the last place of NumPy's value over the whole range, subnormal results, inf and
nan included; `logaddexp` within 4 of the larger of its result and its larger operand, which may cancel; powers where
the result is no less than 1e-290 (`tests/numba/test_vector_math.py`).
"""

from __future__ import annotations

import math

HEADER = "@njit(error_model='numpy', fastmath={'contract'}, forceinline=True)"


def _nested(name: str, variable: str, coefficients: list[float]) -> str:
    """Horner's rule, a line a coefficient, the highest first."""
    lines = [f"    {name} = {coefficients[0]!r}"]
    return "\n".join([*lines, *(f"    {name} = {name} * {variable} + {c!r}" for c in coefficients[1:])])


SERIES = _nested("p", "r", [1.0 / math.factorial(n) for n in range(13, 1, -1)])
# (atanh(s) / s - 1) / s**2 as a polynomial of s**2 up to 1/9: interpolated at Chebyshev's points, to 5e-17.
ATANH = _nested("g", "z", [
    0.08082026929378151, 0.04400365655697923, 0.060005374819358755, 0.06657071945593032, 0.07692785045484861,
    0.09090894717462476, 0.11111111358729467, 0.14285714283554174, 0.20000000000007292, 0.3333333333333333])

VECTOR_MATH = {
    "vector_exp": f'''
def vector_exp(x):
    """exp(x): 2 to the whole part of x / log(2), times the series of the rest."""
    y = min(x if x > -745.2 else -700.0, 710.0)  # no result below the smallest number: underflow is slow
    k = np.floor(y * 1.4426950408889634 + 0.5)
    r = y - k * 0.6931471803691238 - k * 1.9082149292705877e-10
{SERIES}
    p = r * r * p + r + 1.0
    n = np.int64(k)
    half = n >> 1
    low, high = np.int64((half + 1023) << 52), np.int64((n - half + 1023) << 52)
    return p * low.view(np.float64) * high.view(np.float64) if x > -745.2 else (0.0 if x == x else x)
''',
    "vector_logaddexp": f'''
def vector_logaddexp(a, b):
    """log(exp(a) + exp(b)): the larger, and log1p(e) = 2 atanh(e / (2 + e)) of the exponential of their distance."""
    e = vector_exp(-abs(a - b) if a != b else 0.0)
    s = e / (2.0 + e)
    z = max(s, 1e-140) ** 2  # smaller ones add nothing, and underflow is slow
{ATANH}
    return (a if a > b else b) + 2.0 * s * (1.0 + z * g)
''',
}
for _name, _power, _value, _edge in (
        ("3_2", "1.5", "x * np.sqrt(x)", "np.inf"), ("5_2", "2.5", "x * x * np.sqrt(x)", "np.inf"),
        ("minus_1_2", "-0.5", "1.0 / (np.sqrt(x) + 0.0)", "0.0"),
        ("minus_3_2", "-1.5", "1.0 / (x * np.sqrt(x))", "0.0"),
        ("minus_5_2", "-2.5", "1.0 / (x * x * (np.sqrt(x) + 0.0))", "0.0")):
    VECTOR_MATH[f"power_{_name}"] = f'''
def power_{_name}(x):
    """x ** {_power}, also at -0.0 and -inf."""
    return {_value} if x != -np.inf else {_edge}
'''

__all__ = ["HEADER", "VECTOR_MATH"]
