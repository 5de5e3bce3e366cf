"""Each parameter of NumPy's functions is either right, against central differences, or refused by its name."""

import linecache

import numpy as np
import pytest

import pullback as pb

from .parameter_rows import ROWS

X = np.array([[0.72, 1.9, 1.3], [0.25, 1.1, 2.2]])
V = np.array([1.2, 0.45, 2.1, 0.9, 1.7])
M = np.array([[2.1, 0.3, 0.5], [0.2, 1.7, -0.4], [0.6, 0.1, 2.4]])
N = np.where(np.arange(6).reshape(2, 3) == 1, np.nan, X)


def function_of(call):
    text = (f"def f(x, v, m, n):\n    y = {call}\n"
            "    return np.sum(y * np.cos(1.0 + np.arange(np.size(y)).reshape(np.shape(y))))\n")
    filename = f"<{call}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    namespace = {"np": np}
    exec(compile(text, filename, "exec"), namespace)
    return namespace["f"]


@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::DeprecationWarning", "ignore:.where. used without")
@pytest.mark.parametrize("row", ROWS)
def test_parameter(row):
    call, _, refused = (part.strip() for part in row.partition(" # "))
    f, args = function_of(call), (X, V, M, N)
    f(*(a.copy() for a in args))  # NumPy takes it
    if refused:
        with pytest.raises(pb.UnsupportedError) as caught:
            pb.grad(f, wrt=(0, 1, 2, 3))(*args)
        assert refused in str(caught.value).splitlines()[0]
        return
    gradients = pb.grad(f, wrt=(0, 1, 2, 3))(*args)
    rng, h, tolerance = np.random.default_rng(0), 1e-6, 3e-2 if "float32" in call else 1e-5
    h = 1e-2 if "float32" in call else h
    for _ in range(2):
        moved = [rng.normal(size=a.shape) for a in args]
        up, down = (f(*(a + s * v for a, v in zip(args, moved, strict=True))) for s in (h, -h))
        mine = sum(np.nansum(d * v) for d, v in zip(gradients, moved, strict=True))
        assert mine == pytest.approx((up - down) / (2 * h), rel=tolerance, abs=tolerance)
