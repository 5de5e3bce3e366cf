import numpy as np
from pullback.runtime.linalg import matmul_cotangent_x2
from pullback.runtime.shapes import project, unbroadcast


def loss_grad(x, y, w, b):
    # line 7: z = np.matmul(x, w) + b
    t = np.matmul(x, w)
    z = t + b
    p = 1.0 / (1.0 + np.exp(-z))

    # line 9: return -np.mean(y * np.log(p) + (1.0 - y) * np.log(1.0 - p))
    t2 = np.log(p)
    t3 = y * t2
    t4 = 1.0 - y
    t5 = 1.0 - p
    t6 = np.log(t5)
    t7 = t4 * t6
    t8 = t3 + t7

    # adjoint of line 9: return -np.mean(y * np.log(p) + (1.0 - y) * np.log(1.0 - p))
    t9 = project(np.broadcast_to(-1.0 / np.size(t8), np.shape(t8)), np.float64)

    # adjoint of line 8: p = 1.0 / (1.0 + np.exp(-z))
    d_z = (
        unbroadcast(unbroadcast(t9, np.shape(t3)) * y, np.shape(t2)) * t5
        - unbroadcast(unbroadcast(t9, np.shape(t7)) * t4, np.shape(t6)) * p
    )

    # adjoint of line 7: z = np.matmul(x, w) + b
    d_b = unbroadcast(d_z, np.shape(b))
    d_w = matmul_cotangent_x2(x, unbroadcast(d_z, np.shape(t)), np.shape(w))
    return d_w, d_b
