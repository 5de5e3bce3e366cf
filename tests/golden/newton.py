def newton_grad(a):
    # line 34: while abs(root * root - a) > 1e-12:
    root_tape = []
    root = 1.0
    trips = 0
    while abs(root * root - a) > 1e-12:
        # line 35: root = 0.5 * (root + a / root)
        root_tape.append(root)
        root = 0.5 * (root + a / root)
        # line 34: while abs(root * root - a) > 1e-12:
        trips = trips + 1

    # adjoint of line 34: while abs(root * root - a) > 1e-12:
    d_root = 1.0
    d_a = 0.0
    for _ in reversed(range(trips)):
        # adjoint of line 35: root = 0.5 * (root + a / root)
        root = root_tape.pop()
        t = d_root * 0.5
        d_a += t / root
        d_root = t - t * (a / root / root)
    return (float(d_a),)
