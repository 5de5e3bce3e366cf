import numpy as np


def branch_grad(x, a):
    # adjoint of line 18: return np.sum(y)
    d_y = np.broadcast_to(1.0, x.shape)

    # adjoint of line 14: if a > 1.0:
    if a > 1.0:
        # adjoint of line 15: y = y + np.sin(x)
        d_x = np.cos(x)
    else:
        # adjoint of line 17: y = y * 3.0
        d_y = np.broadcast_to(3.0, x.shape)
        # adjoint of line 14: if a > 1.0:
        d_x = np.zeros_like(x)

    # adjoint of line 13: y = x * a
    d_x += d_y * a
    d_a = np.sum(d_y * x)
    return d_x, float(d_a)
