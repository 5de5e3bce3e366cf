"""Every sample runs, prints what it promises, and its gradient is the one that central differences give."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import pullback as pb

SAMPLES = Path(__file__).resolve().parent.parent / "samples"


def load(name):
    """The sample as a module, without running its main."""
    spec = importlib.util.spec_from_file_location(f"samples_{name}", SAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def assert_gradient(value_and_grad, arguments, position=0, rtol=1e-6):
    """Along random directions of one argument, the gradient's slope is that of central differences at two steps."""
    value, gradient = value_and_grad(*arguments)
    primal = value_and_grad.primal
    assert value == primal(*arguments)
    rng = np.random.default_rng(0)
    at = np.asarray(arguments[position])
    gradient = gradient[position] if isinstance(gradient, tuple) else gradient
    assert np.shape(gradient) == at.shape
    for _ in range(5):
        direction = rng.standard_normal(at.shape)
        for step in (1e-5, 3e-6):
            ends = [primal(*arguments[:position], at + sign * step * direction, *arguments[position + 1:])
                    for sign in (1, -1)]
            slope = (ends[0] - ends[1]) / (2 * step)
            np.testing.assert_allclose(np.sum(gradient * direction), slope, rtol=rtol, atol=1e-7)


def test_every_sample_has_a_test():
    names = {path.stem for path in SAMPLES.glob("*.py")}
    assert names == {"torch_tutorial", "logistic_regression", "fit_ode", "fine_tuning", "newton_cg"}


def test_torch_tutorial_shows_the_adjoint_and_checks_it(capsys):
    sample = load("torch_tutorial")
    sample.main()
    shown = capsys.readouterr().out
    for expected in ("<AddBackward0 object at 0x", "<BinaryCrossEntropyWithLogitsBackward0 object at 0x",
                     "under no_grad, z.requires_grad is False", "z.detach().requires_grad is False",
                     "z = np.matmul(x, w) + b", "d_z", "d_w", "largest difference from central differences"):
        assert expected in shown


def test_torch_tutorial_gradients_of_tensors_are_those_of_the_formula(capsys):
    """With x ones and y zeros, d loss/d b = sigmoid(z) / 3, and each row of d loss/d w is that too."""
    w, b = load("torch_tutorial").tensor_tutorial()
    capsys.readouterr()
    z = w.detach().numpy().sum(axis=0) + b.detach().numpy()
    expected = 1.0 / (1.0 + np.exp(-z)) / 3.0
    np.testing.assert_allclose(b.grad.numpy(), expected, rtol=1e-5)
    np.testing.assert_allclose(w.grad.numpy(), np.tile(expected, (5, 1)), rtol=1e-5)


def test_torch_tutorial_notices_a_wrong_gradient(monkeypatch, capsys):
    sample = load("torch_tutorial")
    right = sample.loss

    class Wrong:
        primal, inspect = staticmethod(right.primal), right.inspect

        def __call__(self, *arguments):
            value, (d_w, d_b) = right(*arguments)
            return value, (d_w * 1.0001, d_b)

    monkeypatch.setattr(sample, "loss", Wrong())
    with pytest.raises(SystemExit, match="the gradient is wrong"):
        sample.main()


def test_logistic_regression_reaches_the_solver_of_scikit_learn(capsys):
    sample = load("logistic_regression")
    (x, y), (x_test, y_test) = sample.load()
    w, b = sample.main()
    assert "scikit-learn" in capsys.readouterr().out
    theirs = sample.LogisticRegression(C=1.0, tol=1e-8, max_iter=10000).fit(x, y)
    np.testing.assert_allclose(w, theirs.coef_[0], atol=1e-4)
    np.testing.assert_allclose(b, theirs.intercept_[0], atol=1e-4)
    assert sample.accuracy(w, b, x_test, y_test) == theirs.score(x_test, y_test) > 0.95


def test_logistic_regression_gradient():
    sample = load("logistic_regression")
    (x, y), _ = sample.load()
    w = 0.1 * np.random.default_rng(1).standard_normal(x.shape[1])
    assert_gradient(sample.loss, (w, 0.3, x, y), position=0)
    assert_gradient(sample.loss, (w, 0.3, x, y), position=1)


def test_fit_ode_finds_the_minimum(capsys):
    sample = load("fit_ode")
    theta, value = sample.main()
    assert "hares born" in capsys.readouterr().out
    assert value < 2.1 < sample.misfit(sample.START, sample.HARES, sample.LYNX)[0]
    assert np.abs(sample.misfit(theta, sample.HARES, sample.LYNX)[1]).max() < 1e-4
    np.testing.assert_allclose(np.exp(theta[:4]), [0.540, 0.0272, 0.0237, 0.796], rtol=0.01)


def test_fit_ode_gradient():
    sample = load("fit_ode")
    assert_gradient(sample.misfit, (sample.START, sample.HARES, sample.LYNX), rtol=1e-5)


@pytest.mark.parametrize("name", ["torch_tutorial", "fit_ode"])
def test_sample_runs_as_a_program_from_another_folder(tmp_path, name):
    environment = dict(os.environ, PYTHONPATH=str(SAMPLES.parent))
    done = subprocess.run([sys.executable, "-W", "error", str(SAMPLES / f"{name}.py")], cwd=tmp_path, env=environment,
                          text=True, capture_output=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_gradients_of_the_samples_are_made_by_pullback():
    for name, function in (("torch_tutorial", "loss"), ("logistic_regression", "loss"), ("fit_ode", "misfit")):
        assert "d_" in getattr(load(name), function).source
    assert pb.value_and_grad


def test_fine_tuning_freezes_and_learns(capsys):
    load("fine_tuning").main()
    shown = capsys.readouterr().out
    assert "frozen layers unchanged: True, without gradients: True" in shown
    assert "the generated adjoint computes d_w3 and d_b3 only: True" in shown
    accuracies = [float(line.rsplit(" ", 1)[1]) for line in shown.splitlines() if "accuracy" in line]
    assert accuracies[0] > 0.97
    assert accuracies[1] > 0.8


def test_fine_tuning_adjoint_is_that_of_central_differences():
    sample = load("fine_tuning")
    rng = np.random.default_rng(0)
    network = [rng.standard_normal(shape) for shape in [(32, 2), 32, (32, 32), 32, (1, 32), 1]]
    x = rng.uniform(-1, 1, (8, 2))
    y = (rng.random((8, 1)) < 0.5).astype(float)
    gradient = pb.value_and_grad(sample.compiled_loss.primal, wrt="w3")
    assert_gradient(gradient, (x, y, *network), position=6)


def test_newton_cg_and_l_bfgs_find_one_minimum(capsys):
    sample = load("newton_cg")
    sample.main()
    shown = capsys.readouterr().out
    assert "L-BFGS-B" in shown and "products with the Hessian" in shown
    first, by_gradients = sample.fit("L-BFGS-B")
    second, by_products = sample.fit("Newton-CG")
    assert first.keys() == second.keys() == {"w", "b", "v", "c"}
    assert by_products.success and by_products.fun < 0.03
    np.testing.assert_allclose(by_gradients.fun, by_products.fun, rtol=1e-4)
    assert np.abs(by_products.jac).max() < 1e-4
    params, x, y = sample.problem()
    vector, unflatten = pb.flatten(params)
    assert_gradient(pb.value_and_grad(lambda v: sample.loss(unflatten(v), x, y, 1e-3)), (vector,))
    products = pb.hvp(lambda v: sample.loss(unflatten(v), x, y, 1e-3))
    direction = np.linspace(-1.0, 1.0, vector.size)
    gradient = pb.grad(lambda v: sample.loss(unflatten(v), x, y, 1e-3))
    slope = (gradient(vector + 1e-5 * direction) - gradient(vector - 1e-5 * direction)) / 2e-5
    np.testing.assert_allclose(products(vector, direction), slope, rtol=1e-5, atol=1e-7)
