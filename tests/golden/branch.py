import numpy as np


def branch_grad(x, steep):
    # line 18: if steep > 1.0:
    t = steep > 1.0
    if t:
        t2 = np.exp(x)

    # adjoint of line 18: if steep > 1.0:
    if t:
        # adjoint of line 19: y = np.exp(x) * steep
        d_steep = np.sum(t2)
        d_x = steep * t2
    else:
        # adjoint of line 21: y = x * x
        d_x = 2 * x
        d_steep = 0.0
    return d_x, float(d_steep)
