"""Central differences of functions of one array, at two steps that must agree."""

import numpy as np

DIRECTION = np.array([0.6, -1.1, 0.8])


def slope(f, x, v, rtol=2e-6):
    """The derivative of f at x along v, by differences at two neighbouring steps that agree."""
    found = []
    for h in (1e-4, 5e-5):
        near = (np.asarray(f(x + h * v)) - f(x - h * v)) / (2 * h)
        far = (np.asarray(f(x + 2 * h * v)) - f(x - 2 * h * v)) / (4 * h)
        found.append((4.0 * near - far) / 3.0)
    np.testing.assert_allclose(found[0], found[1], rtol=rtol, atol=1e-7)
    return found[1]


def assert_slope(found, f, x, v=None, rtol=1e-5):
    v = DIRECTION if v is None else v
    np.testing.assert_allclose(found, slope(f, x, v), rtol=rtol, atol=1e-6)
