import numpy as np


def recurrence_grad(x, a):
    # line 23: for i in range(len(x)):
    t = len(x)
    s_tape = []
    s = 0.0
    for i in range(t):
        # line 24: s = s * a + x[i] ** 2
        s_tape.append(s)
        s = s * a + x[i] ** 2

    # adjoint of line 23: for i in range(len(x)):
    d_x = np.zeros_like(x)
    d_s = 1.0
    d_a = 0.0
    for i in reversed(range(t)):
        # adjoint of line 24: s = s * a + x[i] ** 2
        s = s_tape.pop()
        d_x[i] += d_s * (2 * x[i])
        d_s2 = d_s * a
        d_a += d_s * s
        d_s = d_s2
    return d_x, float(d_a)
