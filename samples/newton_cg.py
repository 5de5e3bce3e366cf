"""Two ways to a minimum: L-BFGS with gradients, Newton-CG with Hessian-vector products, both by SciPy.

A small neural network is fitted. Its parameters are a dict of arrays; `pb.flatten` puts them into the one vector that
`scipy.optimize.minimize` works on, and the compiler knows the way back.

Run it: python samples/newton_cg.py
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import minimize

import pullback as pb


def problem(count: int = 40, hidden: int = 6, seed: int = 0) -> tuple[dict[str, Any], np.ndarray, np.ndarray]:
    """First parameters, and points of a noisy curve."""
    rng = np.random.default_rng(seed)
    x = np.linspace(-2.0, 2.0, count)
    y = np.sin(2.0 * x) + 0.3 * x + 0.05 * rng.standard_normal(count)
    params = {"w": rng.standard_normal(hidden), "b": rng.standard_normal(hidden),
              "v": rng.standard_normal(hidden) * 0.3, "c": np.zeros(1)}
    return params, x, y


def loss(params: dict[str, Any], x: np.ndarray, y: np.ndarray, decay: float) -> Any:
    """The mean squared error of a network of one hidden layer, and a little weight decay."""
    hidden = np.tanh(np.outer(x, params["w"]) + params["b"])
    error = hidden @ params["v"] + params["c"] - y
    size = np.sum(params["w"] ** 2) + np.sum(params["v"] ** 2) + np.sum(params["b"] ** 2)
    return np.mean(error ** 2) + decay * size


def fit(method: str, decay: float = 1e-3) -> tuple[dict[str, Any], Any]:
    """The fitted parameters and SciPy's report, by `L-BFGS-B` or `Newton-CG`."""
    params, x, y = problem()
    start, unflatten = pb.flatten(params)

    def loss_of_vector(vector: np.ndarray) -> Any:
        return loss(unflatten(vector), x, y, decay)

    product = pb.hvp(loss_of_vector)
    curvature = {"hessp": lambda at, direction: product(at, direction)} if method == "Newton-CG" else {}
    found = minimize(pb.value_and_grad(loss_of_vector), start, jac=True, method=method, options={"maxiter": 500},
                     **curvature)
    return unflatten(found.x), found


def main() -> None:
    for method in ("L-BFGS-B", "Newton-CG"):
        _, found = fit(method)
        print(f"{method:10} loss {found.fun:.6f} after {found.nit} iterations, {found.nfev} gradients, "
              f"{getattr(found, 'nhev', 0)} products with the Hessian, |gradient| {np.abs(found.jac).max():.1e}")


if __name__ == "__main__":
    main()
