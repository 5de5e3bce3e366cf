"""Value and gradients (w, b) of the tutorial network, by hand.

Three versions of each loss. `simplified` is the reference: the forward text of the loss, and the derivative of the
cross-entropy of a sigmoid in closed form, (p - y) / n. `chain_rule` differentiates line by line. `tuned` is
`simplified` with each call replaced by the cheapest that NumPy has for three numbers (`dot`, `sum() / n` for `mean`,
in-place arithmetic): not how one writes a loss, shown as the limit of what NumPy can do.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Result = tuple[np.float64, tuple[Array, Array]]


def sigmoid_simplified(x: Array, y: Array, w: Array, b: Array) -> Result:
    z = np.matmul(x, w) + b
    p = 1.0 / (1.0 + np.exp(-z))
    value = -np.mean(y * np.log(p) + (1.0 - y) * np.log(1.0 - p))
    d_z = (p - y) / z.size
    return value, (x[:, None] * d_z, d_z)


def sigmoid_chain_rule(x: Array, y: Array, w: Array, b: Array) -> Result:
    z = np.matmul(x, w) + b
    p = 1.0 / (1.0 + np.exp(-z))
    q = 1.0 - p
    r = 1.0 - y
    value = -np.mean(y * np.log(p) + r * np.log(q))
    d_p = (r / q - y / p) / z.size
    d_z = d_p * p * q
    return value, (x[:, None] * d_z, d_z)


def sigmoid_tuned(x: Array, y: Array, w: Array, b: Array) -> Result:
    p = x.dot(w)
    p += b
    np.negative(p, out=p)
    np.exp(p, out=p)
    p += 1.0
    np.divide(1.0, p, out=p)
    value = (y.dot(np.log(p)) + (1.0 - y).dot(np.log(1.0 - p))) / -p.size
    p -= y
    p /= p.size
    return value, (x[:, None] * p, p)


def logits_simplified(x: Array, y: Array, w: Array, b: Array) -> Result:
    z = np.matmul(x, w) + b
    e = np.exp(-np.abs(z))
    value = np.mean(np.maximum(z, 0.0) - z * y + np.log1p(e))
    d_z = (np.where(z > 0.0, 1.0, e) / (1.0 + e) - y) / z.size
    return value, (x[:, None] * d_z, d_z)


def logits_chain_rule(x: Array, y: Array, w: Array, b: Array) -> Result:
    z = np.matmul(x, w) + b
    e = np.exp(-np.abs(z))
    value = np.mean(np.maximum(z, 0.0) - z * y + np.log1p(e))
    d_z = ((z > 0.0) - y - np.sign(z) * (e / (1.0 + e))) / z.size
    return value, (x[:, None] * d_z, d_z)


def logits_tuned(x: Array, y: Array, w: Array, b: Array) -> Result:
    z = x.dot(w)
    z += b
    e = np.exp(-abs(z))
    value = (np.maximum(z, 0.0).sum() - z.dot(y) + np.log1p(e).sum()) / z.size
    np.negative(z, out=z)
    np.exp(z, out=z)
    z += 1.0
    d_z = 1.0 / z
    d_z -= y
    d_z /= z.size
    return value, (x[:, None] * d_z, d_z)


SIGMOID_VERSIONS = {"by hand": sigmoid_simplified, "chain rule": sigmoid_chain_rule, "tuned": sigmoid_tuned}
LOGITS_VERSIONS = {"by hand": logits_simplified, "chain rule": logits_chain_rule, "tuned": logits_tuned}
