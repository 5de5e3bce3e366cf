import numpy as np
from pullback.runtime.checks import check_unpacks


def slopes_forward(state):
    # line 58: a, b, p, q = state
    check_unpacks(state, 4)
    a = state[0]
    b = state[1]
    p = state[2]
    q = state[3]

    # line 59: c, s = np.cos(a - b), np.sin(a - b)
    t = a - b
    c = np.cos(t)
    s = np.sin(t)
    f = 16.0 - 9.0 * c ** 2

    # line 61: da = 6.0 * (2.0 * p - 3.0 * c * q) / f
    t2 = 3.0 * c
    da = 6.0 * (2.0 * p - t2 * q) / f

    # line 62: db = 6.0 * (8.0 * q - 3.0 * c * p) / f
    db = 6.0 * (8.0 * q - t2 * p) / f

    # line 63: dp = -0.5 * (da * db * s + 3.0 * np.sin(a))
    t3 = da * db
    t4 = t3 * s
    dp = -0.5 * (t4 + 3.0 * np.sin(a))

    # line 64: dq = -0.5 * (np.sin(b) - da * db * s)
    dq = -0.5 * (np.sin(b) - t4)
    return np.array([da, db, dp, dq]), (b, a, s, t3, db, da, f, p, t2, q, c)


def slopes_backward(state, saved, d_ans):
    b, a, s, t, db, da, f, p, t2, q, c = saved

    # adjoint of line 65: return np.array([da, db, dp, dq])
    d_da = d_ans[0]
    d_db = d_ans[1]
    d_dp = d_ans[2]
    d_dq = d_ans[3]

    # adjoint of line 64: dq = -0.5 * (np.sin(b) - da * db * s)
    t3 = d_dq * -0.5
    d_b = t3 * np.cos(b)

    # adjoint of line 63: dp = -0.5 * (da * db * s + 3.0 * np.sin(a))
    t4 = d_dp * -0.5
    t5 = t4 - t3
    d_a = t4 * 3.0 * np.cos(a)
    t6 = t5 * s
    d_s = t5 * t
    d_da += t6 * db
    d_db += t6 * da

    # adjoint of line 62: db = 6.0 * (8.0 * q - 3.0 * c * p) / f
    t7 = d_db / f
    d_f = -(t7 * db)
    t8 = t7 * 6.0
    d_q = t8 * 8.0

    # adjoint of line 61: da = 6.0 * (2.0 * p - 3.0 * c * q) / f
    t9 = d_da / f
    d_f -= t9 * da
    t10 = t9 * 6.0
    d_q -= t10 * t2
    d_c = (-(t8 * p) - t10 * q) * 3.0
    d_p = t10 * 2.0 - t8 * t2

    # adjoint of line 60: f = 16.0 - 9.0 * c ** 2
    d_c += -9.0 * d_f * (2 * c)

    # adjoint of line 59: c, s = np.cos(a - b), np.sin(a - b)
    t11 = d_s * c
    t12 = d_c * s
    d_a += t11 - t12
    d_b += t12 - t11

    # adjoint of line 58: a, b, p, q = state
    d_state = np.zeros_like(state)
    d_state[3] = d_q
    d_state[2] = d_p
    d_state[1] = d_b
    d_state[0] = d_a
    return d_state


def pendulum_grad(x, dt):
    # line 69: for _ in range(20):
    x_tape = []
    saved_tape = []
    tape = []
    saved_tape2 = []
    tape2 = []
    saved_tape3 = []
    tape3 = []
    saved_tape4 = []
    tape4 = []
    saved_tape5 = []
    for _ in range(20):
        # line 70: k1 = slopes(x)
        x_tape.append(x)
        k1, saved = slopes_forward(x)
        saved_tape.append(saved)
        # line 71: k2 = slopes(x + dt / 4 * k1)
        t = x + dt / 4 * k1
        tape.append(t)
        k2, saved = slopes_forward(t)
        saved_tape2.append(saved)
        # line 72: k3 = slopes(x + dt * (3 * k1 + 9 * k2) / 32)
        t2 = x + dt * (3 * k1 + 9 * k2) / 32
        tape2.append(t2)
        k3, saved = slopes_forward(t2)
        saved_tape3.append(saved)
        # line 73: k4 = slopes(x + dt * (1932 * k1 - 7200 * k2 + 7296 * k3) / 2197)
        t3 = x + dt * (1932 * k1 - 7200 * k2 + 7296 * k3) / 2197
        tape3.append(t3)
        k4, saved = slopes_forward(t3)
        saved_tape4.append(saved)
        # line 74: k5 = slopes(x + dt * (439 / 216 * k1 - 8 * k2 + 3680 / 513 * k3 - 845 / 4104 * k4))
        t4 = (
            x
            + dt * (
                2.0324074074074074 * k1 - 8 * k2 + 7.173489278752436 * k3 - 0.20589668615984405 * k4
            )
        )
        tape4.append(t4)
        k5, saved = slopes_forward(t4)
        saved_tape5.append(saved)
        # line 75: x = x + dt * (25 / 216 * k1 + 1408 / 2565 * k3 + 2197 / 4104 * k4 - k5 / 5)
        x = (
            x
            + dt * (
                0.11574074074074074 * k1
                + 0.5489278752436647 * k3
                + 0.5353313840155945 * k4
                - k5 / 5
            )
        )

    # adjoint of line 76: return x[0]
    d_x = np.zeros_like(x)
    d_x[0] = 1.0

    # adjoint of line 69: for _ in range(20):
    for _ in reversed(range(20)):
        # adjoint of line 75: x = x + dt * (25 / 216 * k1 + 1408 / 2565 * k3 + 2197 / 4104 * k4 - k5 / 5)
        t5 = tape4.pop()
        saved = saved_tape5.pop()
        t6 = tape3.pop()
        saved2 = saved_tape4.pop()
        t7 = tape2.pop()
        saved3 = saved_tape3.pop()
        t8 = tape.pop()
        saved4 = saved_tape2.pop()
        x = x_tape.pop()
        saved5 = saved_tape.pop()
        t9 = d_x * dt
        d_k5 = -(t9 / 5)
        d_k4 = t9 * 0.5353313840155945
        d_k3 = t9 * 0.5489278752436647
        d_k1 = t9 * 0.11574074074074074
        # adjoint of line 74: k5 = slopes(x + dt * (439 / 216 * k1 - 8 * k2 + 3680 / 513 * k3 - 845 / 4104 * k4))
        t10 = slopes_backward(t5, saved, d_k5)
        d_x += t10
        t11 = t10 * dt
        d_k4 -= 0.20589668615984405 * t11
        d_k3 += t11 * 7.173489278752436
        d_k2 = -8 * t11
        t11 *= 2.0324074074074074
        d_k1 += t11
        # adjoint of line 73: k4 = slopes(x + dt * (1932 * k1 - 7200 * k2 + 7296 * k3) / 2197)
        t12 = slopes_backward(t6, saved2, d_k4)
        d_x += t12
        t13 = t12 / 2197 * dt
        d_k3 += t13 * 7296
        d_k2 -= 7200 * t13
        t13 *= 1932
        d_k1 += t13
        # adjoint of line 72: k3 = slopes(x + dt * (3 * k1 + 9 * k2) / 32)
        t14 = slopes_backward(t7, saved3, d_k3)
        d_x += t14
        t15 = t14 / 32 * dt
        d_k2 += t15 * 9
        t15 *= 3
        d_k1 += t15
        # adjoint of line 71: k2 = slopes(x + dt / 4 * k1)
        t16 = slopes_backward(t8, saved4, d_k2)
        d_x += t16
        d_k1 += t16 * (dt / 4)
        # adjoint of line 70: k1 = slopes(x)
        t17 = slopes_backward(x, saved5, d_k1)
        d_x += t17
    return d_x
