"""Fit a predator-prey model to the fur returns of the Hudson's Bay Company, through a Python loop of Runge-Kutta steps.

Hares and lynx pelts, in thousands, 1900 to 1920. The Lotka-Volterra equations have four rates and two initial numbers;
pullback differentiates the whole simulation, and BFGS, written below, fits all six (as logarithms: they are positive).
"""

import numpy as np

import pullback as pb

HARES = np.array([30.0, 47.2, 70.2, 77.4, 36.3, 20.6, 18.1, 21.4, 22.0, 25.4, 27.1,
                  40.3, 57.0, 76.6, 52.3, 19.5, 11.2, 7.6, 14.6, 16.2, 24.7])
LYNX = np.array([4.0, 6.1, 9.8, 35.2, 59.4, 41.7, 19.0, 13.0, 8.3, 9.1, 7.4,
                 8.0, 12.3, 19.5, 45.7, 51.1, 29.7, 15.8, 9.7, 10.1, 8.6])
STEPS_PER_YEAR = 10


def rates(hares, lynx, birth, hunting, feeding, death):
    """How fast the two populations grow, a year."""
    return hares * (birth - hunting * lynx), lynx * (feeding * hares - death)


@pb.value_and_grad
def misfit(theta, observed_hares, observed_lynx):
    """Sum of squared errors of the logarithms; theta holds the logarithms of the four rates and two initial numbers."""
    birth, hunting = np.exp(theta[0]), np.exp(theta[1])
    feeding, death = np.exp(theta[2]), np.exp(theta[3])
    hares, lynx = np.exp(theta[4]), np.exp(theta[5])
    dt = 1.0 / STEPS_PER_YEAR
    total = 0.0
    for year in range(len(observed_hares)):
        total += (np.log(hares) - np.log(observed_hares[year])) ** 2
        total += (np.log(lynx) - np.log(observed_lynx[year])) ** 2
        for _ in range(STEPS_PER_YEAR):
            h1, l1 = rates(hares, lynx, birth, hunting, feeding, death)
            h2, l2 = rates(hares + 0.5 * dt * h1, lynx + 0.5 * dt * l1, birth, hunting, feeding, death)
            h3, l3 = rates(hares + 0.5 * dt * h2, lynx + 0.5 * dt * l2, birth, hunting, feeding, death)
            h4, l4 = rates(hares + dt * h3, lynx + dt * l3, birth, hunting, feeding, death)
            hares = hares + dt / 6.0 * (h1 + 2.0 * h2 + 2.0 * h3 + h4)
            lynx = lynx + dt / 6.0 * (l1 + 2.0 * l2 + 2.0 * l3 + l4)
    return total


def minimise(f, theta, tolerance=1e-5, max_steps=200):
    """BFGS with backtracking (Nocedal and Wright 2006, algorithm 6.1), until the gradient is below `tolerance`."""
    inverse_hessian = 0.01 * np.eye(len(theta))
    value, gradient = f(theta)
    for steps in range(max_steps):
        if steps % 5 == 0:
            print(f"step {steps:3d}  misfit {value:8.4f}  largest gradient {np.abs(gradient).max():.1e}")
        if np.abs(gradient).max() < tolerance:
            break
        direction = -inverse_hessian @ gradient
        length = min(1.0, 0.5 / np.abs(direction).max())  # a rate changes by at most exp(0.5) at once
        while True:
            trial = theta + length * direction
            trial_value, trial_gradient = f(trial)
            if trial_value <= value + 1e-4 * length * (gradient @ direction) or length < 1e-12:
                break
            length *= 0.5
        step, change = trial - theta, trial_gradient - gradient
        curvature = step @ change
        if curvature > 1e-12:
            left = np.eye(len(theta)) - np.outer(step, change) / curvature
            inverse_hessian = left @ inverse_hessian @ left.T + np.outer(step, step) / curvature
        theta, value, gradient = trial, trial_value, trial_gradient
    return theta, value


START = np.log(np.array([0.5, 0.02, 0.02, 0.8, 30.0, 4.0]))


def main():
    theta, value = minimise(lambda theta: misfit(theta, HARES, LYNX), START)
    names = ("hares born", "hares eaten per lynx", "lynx born per hare", "lynx died", "hares in 1900", "lynx in 1900")
    for name, number in zip(names, np.exp(theta), strict=True):
        print(f"{name:22} {number:8.4f}")
    print(f"typical error: a factor of {np.exp(np.sqrt(value / (2 * len(HARES)))):.2f}")
    return theta, value


if __name__ == "__main__":
    main()
