import numpy as np


def safe_root_grad(x):
    # line 53: return np.sum(np.where(x > 0.0, np.sqrt(x), 0.0))
    t = x > 0.0

    # adjoint of line 53: return np.sum(np.where(x > 0.0, np.sqrt(x), 0.0))
    with np.errstate(divide='ignore', invalid='ignore', over='ignore'):
        d_x = np.where(t, 1.0, 0) / (2 * np.sqrt(x))
    d_x = np.where(t, d_x, 0.0)
    return d_x
