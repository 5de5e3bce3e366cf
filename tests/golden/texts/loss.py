import numpy as np


def loss_grad(x, y, w, b):
    z = np.matmul(x, w) + b
    p = 1.0 / (1.0 + np.exp(-z))

    # adjoint of line 8: p = 1.0 / (1.0 + np.exp(-z))
    d_z = (p - y) / y.size

    # adjoint of line 7: z = np.matmul(x, w) + b
    d_w = x[:, None] * d_z
    return d_w, d_z
