"""Functions of the module `math`: they raise where NumPy's give nan or inf."""

from __future__ import annotations

import math
from typing import Any

from .elementwise import pattern
from .registry import rule
from .values import combine


def _checked(name: str, domain: str) -> None:
    """A function of `math`, which raises where NumPy's gives nan or inf."""

    def applied(leg: Any, call: Any, *operands: Any) -> Any:
        if name == "log" and len(operands) == 2:
            ends = [applied(leg, call, operand) for operand in operands]
            return leg.elementwise(call, ends, lambda codes, _: combine("({} / {})", *codes))
        helper = leg.helper(f"math_{name}")
        return leg.elementwise(call, list(operands), lambda codes, _: combine(
            f"{helper}({', '.join(['{}'] * len(codes))})", *codes))

    rule(getattr(math, name), element=True)(applied)


for _name in ("sqrt", "log", "log2", "log10", "log1p", "exp", "expm1", "asin", "acos", "acosh", "atanh", "sin", "cos",
              "tan", "sinh", "cosh", "pow"):
    _checked(_name, "")
for _name, _np in (("tanh", "tanh"), ("atan", "arctan"), ("atan2", "arctan2"), ("asinh", "arcsinh"),
                   ("fabs", "fabs"), ("copysign", "copysign"), ("hypot", "hypot"), ("isnan", "isnan"),
                   ("isinf", "isinf"), ("isfinite", "isfinite"), ("degrees", "rad2deg"), ("radians", "deg2rad"),
                   ("erf", ""), ("erfc", ""), ("gamma", ""), ("lgamma", "")):
    _arity = 2 if _name in ("atan2", "copysign", "hypot") else 1
    _module = f"np.{_np}" if _np else f"math.{_name}"
    rule(getattr(math, _name), element=True)(pattern(f"{_module}({', '.join(['{}'] * _arity)})"))
for _name in ("floor", "ceil", "trunc"):
    rule(getattr(math, _name), element=True)(pattern(f"int(math.{_name}({{}}))"))
