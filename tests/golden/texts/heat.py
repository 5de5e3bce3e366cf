import numpy as np


def heat_grad(u):
    u2 = u
    for _ in range(10):
        # line 46: v = u.copy()
        v = u2.copy()
        # line 47: v[1:-1] = u[1:-1] + 0.1 * (u[2:] - 2.0 * u[1:-1] + u[:-2])
        t = u2[1:-1]
        v[1:-1] = t + 0.1 * (u2[2:] - 2.0 * t + u2[:-2])
        u2 = v

    # adjoint of line 49: return np.sum(u ** 2)
    d_u = 2 * u2

    # adjoint of line 45: for _ in range(10):
    for _ in reversed(range(10)):
        # adjoint of line 47: v[1:-1] = u[1:-1] + 0.1 * (u[2:] - 2.0 * u[1:-1] + u[:-2])
        t2 = d_u[1:-1]
        t3 = t2 * 0.1
        d_u2 = np.zeros_like(u)
        d_u2[:-2] = t3
        t4 = t2 - 2.0 * t3
        d_u[1:-1] = 0.0
        d_u2[2:] += t3
        d_u2[1:-1] += t4
        # adjoint of line 46: v = u.copy()
        d_u += d_u2
    return d_u
