import numpy as np


def loop_grad(x, rate, n):
    # line 27: for _ in range(n):
    h_tape = []
    tape = []
    h = x
    for _ in range(n):
        # line 28: h = h + rate * np.sin(h)
        h_tape.append(h)
        t = np.sin(h)
        tape.append(t)
        h = h + rate * t

    # adjoint of line 29: return np.sum(h * h)
    d_h = 2 * h

    # adjoint of line 27: for _ in range(n):
    d_rate = 0.0
    for _ in reversed(range(n)):
        # adjoint of line 28: h = h + rate * np.sin(h)
        t2 = tape.pop()
        h = h_tape.pop()
        d_rate += np.sum(d_h * t2)
        d_h += d_h * rate * np.cos(h)
    return d_h, float(d_rate)
