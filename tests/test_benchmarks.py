"""The measuring itself: references are right, a planted wrong contender is rejected, intervals are what they say."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import measure, report, run
from benchmarks.contenders import check, check_by_differences, contender
from benchmarks.environment import SETTINGS, UNWANTED
from benchmarks.problem import Bar, as_arrays, with_module_for_np
from benchmarks.problems import mlp, ode, tutorial
from benchmarks.run import Row

ROOT = Path(__file__).resolve().parent.parent
PROBLEMS = {p.name: p for module in (tutorial, mlp, ode) for p in module.problems()}


@pytest.mark.parametrize("name", PROBLEMS)
def test_every_version_by_hand_is_the_gradient_of_the_loss(name):
    problem = PROBLEMS[name]
    before = [np.copy(a) for a in problem.arguments]
    results = [as_arrays(version(*problem.arguments)) for version in problem.versions.values()]
    assert len(results) >= 2
    for result in results:
        check_by_differences(problem, result)
        assert [g.shape for g in result[1:]] == [problem.arguments[i].shape for i in problem.positions]
    for now, then in zip(problem.arguments, before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_check_rejects_a_wrong_gradient():
    problem = PROBLEMS["tutorial, sigmoid"]
    right = problem.versions["by hand"]

    def wrong(*arguments):
        value, (d_w, d_b) = right(*arguments)
        return value, (d_w * 1.001, d_b)

    expected = as_arrays(right(*problem.arguments))
    check(contender("right", right, problem.arguments), expected)
    with pytest.raises(AssertionError, match="wrong"):
        check(contender("wrong", wrong, problem.arguments), expected)
    with pytest.raises(AssertionError, match="hand-written gradient of tutorial"):
        check_by_differences(problem, as_arrays(wrong(*problem.arguments)))


def test_compare_finds_a_known_ratio():
    once, thrice = (measure.timer(sum, (list(range(n)),)) for n in (3000, 9000))
    found = measure.compare(thrice, once, pairs=30, sample=0.001)
    assert found.low <= found.ratio <= found.high
    assert 2.0 < found.ratio < 4.5
    assert measure.compare(thrice, once, pairs=30, sample=0.001, allowance=found.seconds).ratio < 1.0


def test_compare_refuses_too_few_pairs():
    with pytest.raises(ValueError, match="at least 30"):
        measure.compare(measure.timer(sum, ([],)), measure.timer(sum, ([],)), pairs=29)


def test_interval_of_the_median_covers_95_percent():
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(1000):
        low, high = measure.median_interval(list(rng.standard_normal(40)))
        hits += low <= 0.0 <= high
    assert 940 <= hits <= 985  # exact coverage of ranks 14 and 27 of 40: 0.962


def test_interval_refuses_a_handful():
    with pytest.raises(ValueError, match="too few"):
        measure.median_interval([1.0, 2.0, 3.0])


def test_loss_and_helpers_are_rebound_to_another_library():
    numpy_like = type(np)("numpy_like")
    numpy_like.__dict__.update(tanh=lambda v: v * 0.0, sum=np.sum)
    problem = PROBLEMS["ODE, 100 steps"]
    assert with_module_for_np(problem.loss, numpy_like)(*problem.arguments) != problem.loss(*problem.arguments)
    assert problem.loss.__globals__["np"] is np


def test_measure_names_absent_peers_and_stops_at_a_wrong_gradient(monkeypatch):
    problem = PROBLEMS["tutorial, sigmoid"]
    right = problem.versions["chain rule"]
    monkeypatch.setattr(run, "installed", lambda package: False)
    monkeypatch.setattr(run, "pullback_contender", lambda p: contender("pullback", right, p.arguments))
    row = run.measure(problem, run.PEERS, pairs=30)
    assert row.absent == ("PyTorch", "JAX jit", "autograd")
    assert set(row.against) == set(problem.versions)
    assert row.met in (True, False)

    def wrong(*arguments):
        value, (d_w, d_b) = right(*arguments)
        return value, (-d_w, d_b)

    monkeypatch.setattr(run, "pullback_contender", lambda p: contender("pullback", wrong, p.arguments))
    with pytest.raises(AssertionError, match="pullback"):
        run.measure(problem, (), pairs=30)


def test_report_shows_absent_peers_and_a_missed_bar(tmp_path):
    problem = PROBLEMS["tutorial, logits"]
    slow = measure.Comparison(1.5, 1.4, 1.6, 15e-6, 10e-6, 40)
    row = Row(problem, {"by hand": slow}, ("PyTorch",), {"pullback": 0.01, "by hand": 1e-5}, slow)
    text = report.table([row])
    assert "absent" in text
    assert f"bar {problem.bar}: MISSED" in text
    assert str(Bar(1.1, 1e-6)) == "1.10 x hand-written + 1.0 µs"
    report.write_json(tmp_path / "figures.json", {"python": "3"}, [row])
    [written] = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))["problems"]
    assert written["bar met"] is False
    assert written["against"]["by hand"]["pairs"] == 40


def test_the_command_restarts_itself_under_its_settings(tmp_path):
    """Also the whole command on one problem: the bar is not asked for, since a test machine is never quiet."""
    environment = {k: v for k, v in os.environ.items() if k not in SETTINGS} | dict.fromkeys(UNWANTED, "Haswell")
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--only", "sigmoid", "--pairs", "30", "--no-peers",
         "--json", str(tmp_path / "figures.json")],
        cwd=ROOT, env=environment, text=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "tutorial, sigmoid" in done.stdout
    figures = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    assert set(figures["problems"][0]["against"]) == {"by hand", "chain rule", "tuned"}


def test_the_command_says_what_it_cannot_do():
    for arguments, message in (["--pairs", "5"], "at least 30"), (["--only", "nothing"], "no problem's name"):
        done = subprocess.run([sys.executable, "-m", "benchmarks", *arguments], cwd=ROOT, text=True,
                              capture_output=True, stdin=subprocess.DEVNULL, timeout=120)
        assert done.returncode == 2
        assert message in done.stderr
