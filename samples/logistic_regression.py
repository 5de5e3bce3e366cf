"""Logistic regression on scikit-learn's breast cancer data, trained by L-BFGS on the gradient that pullback generates.

The loss is scikit-learn's own (log-loss plus an L2 penalty on the weights), so that the solutions can be compared.
"""

from collections import deque

import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression

import pullback as pb


@pb.value_and_grad(wrt=("w", "b"))
def loss(w, b, x, y):
    """Log-loss of the labels y (0 or 1) given the features x (samples, features), plus a penalty on w."""
    z = x @ w + b
    return np.sum(np.logaddexp(0.0, z) - y * z) + 0.5 * np.sum(w * w)


def load():
    """Training and test data: features scaled by the training set's mean and spread; every fourth sample tests."""
    x, y = load_breast_cancer(return_X_y=True)
    y = y.astype(float)
    test = np.arange(len(y)) % 4 == 0
    mean, spread = x[~test].mean(axis=0), x[~test].std(axis=0)
    x = (x - mean) / spread
    return (x[~test], y[~test]), (x[test], y[test])


def lbfgs_direction(gradient, history):
    """The descent direction from the last steps and gradient changes (Nocedal and Wright 2006, algorithm 7.4)."""
    q, coefficients = gradient.copy(), []
    for step, change in reversed(history):
        coefficient = step @ q / (step @ change)
        q -= coefficient * change
        coefficients.append(coefficient)
    if history:
        step, change = history[-1]
        q *= step @ change / (change @ change)
    for (step, change), coefficient in zip(history, reversed(coefficients), strict=True):
        q += (coefficient - change @ q / (step @ change)) * step
    return -q


def train(x, y, tolerance=1e-6, max_steps=200):
    """Weights and intercept where the gradient's largest element is below `tolerance`, and the number of steps."""
    def evaluate(theta):
        value, (d_w, d_b) = loss(theta[:-1], theta[-1], x, y)
        return value, np.append(d_w, d_b)

    theta, history = np.zeros(x.shape[1] + 1), deque(maxlen=10)
    value, gradient = evaluate(theta)
    for steps in range(max_steps):
        if np.abs(gradient).max() < tolerance:
            break
        direction = lbfgs_direction(gradient, history)
        length = 1.0 if history else 1.0 / np.abs(gradient).sum()
        while True:  # backtrack until the loss falls enough
            trial = theta + length * direction
            trial_value, trial_gradient = evaluate(trial)
            if trial_value <= value + 1e-4 * length * (gradient @ direction) or length < 1e-12:
                break
            length *= 0.5
        step, change = trial - theta, trial_gradient - gradient
        if step @ change > 0:
            history.append((step, change))
        theta, value, gradient = trial, trial_value, trial_gradient
        if steps % 10 == 0:
            print(f"step {steps:3d}  loss {value:10.4f}  largest gradient {np.abs(gradient).max():.1e}")
    return theta[:-1], theta[-1], steps


def accuracy(w, b, x, y):
    return np.mean((x @ w + b > 0) == (y == 1))


def main():
    (x, y), (x_test, y_test) = load()
    print(f"{len(y)} training samples, {len(y_test)} test samples, {x.shape[1]} features")
    w, b, steps = train(x, y)
    print(f"trained in {steps} steps")
    theirs = LogisticRegression(C=1.0, tol=1e-8, max_iter=10000).fit(x, y)
    print(f"largest difference from scikit-learn's weights: {np.abs(w - theirs.coef_[0]).max():.1e}")
    print(f"test accuracy {accuracy(w, b, x_test, y_test):.4f}, scikit-learn's {theirs.score(x_test, y_test):.4f}")
    return w, b


if __name__ == "__main__":
    main()
