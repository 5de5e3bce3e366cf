"""Text made of constants is a constant: keys of dicts, names of layers."""

import numpy as np

from .checker import program

X = np.array([0.5, 1.5, -2.0, 0.25])


@program(X)
def test_keys_made_of_constants(x):
    n = str(len("abc") - 1)
    layers = {"w" + n: x[0], "w%d" % 3: x[1], "{}-{}".format("a", k := 1): x[2], "a_b".upper(): x[3],  # noqa: UP031, UP032
              ",".join(["p", "q"]): x[0], f"h{k:02d}{n!r}": x[1]}
    first, second = "w2 w3".split()
    return layers[first] ** 2 + layers["A_B"] * layers["p,q"] * layers[second] * layers["a-1"] + layers["h01'2'"]


@program(X)
def test_names_by_position(x):
    parts = {f"w{i}": v for i, v in enumerate(x)}
    last = "w" + str(len(x) - 1)
    message = f"{parts['w0']:.2f}"
    return parts[last] * parts["w0"] + len(message) * x[1] + sum(
        parts[k] for k in sorted(parts, reverse=True) if not k.endswith("2"))


@program(X)
def test_parameters_by_name(x):
    params = {}
    for layer in ("in", "out"):
        for part in "wb":
            params[f"{layer}.{part}"] = x[len(params)]
    total = 0.0
    for name, value in params.items():
        if name.startswith("out") and name.split(".")[1] == "w":
            total += value ** 2
        else:
            total += 3 * value
    return total
