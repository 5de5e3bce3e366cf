def helper_grad(x):
    # line 36: t = v * v
    t = x * x

    # line 37: return t / (1.0 + t)
    t2 = 1.0 + t

    # adjoint of line 37: return t / (1.0 + t)
    d_t = 1.0 / t2
    d_t -= d_t * (t / t2)

    # adjoint of line 36: t = v * v
    d_t *= 2
    d_x = d_t * x
    return d_x
