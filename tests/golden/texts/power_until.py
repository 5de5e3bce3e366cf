def power_until_grad(x):
    # line 30: while y < 100.0:
    y_tape = []
    y = x
    trips = 0
    while y < 100.0:
        # line 31: y = y * x
        y_tape.append(y)
        y = y * x
        # line 30: while y < 100.0:
        trips = trips + 1

    # adjoint of line 30: while y < 100.0:
    d_y = 1.0
    d_x = 0.0
    for _ in reversed(range(trips)):
        # adjoint of line 31: y = y * x
        y = y_tape.pop()
        d_y2 = d_y * x
        d_x += d_y * y
        d_y = d_y2
    d_x += d_y
    return float(d_x)
