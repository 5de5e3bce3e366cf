import numpy as np


def helped_grad(x, w):
    # line 40: return np.log1p(np.exp(t))
    t = np.exp(x)
    d_w = np.log1p(t)

    # adjoint of line 40: return np.log1p(np.exp(t))
    d_x = w / (1 + t) * t
    return d_x, d_w
