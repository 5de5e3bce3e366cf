"""The measuring itself: references are right, a planted wrong contender is rejected, intervals are what they say."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import contenders, measure, plot, report, rounds, run, summary
from benchmarks.contenders import HAND, NUMBA, NUMPY, PRIMAL_NUMBA, Absent, check, check_by_differences, contender
from benchmarks.environment import SETTINGS, UNWANTED
from benchmarks.kernels import kernels
from benchmarks.overhead import calls, growth, networks, operators
from benchmarks.problem import Bar, Program, as_arrays, with_module_for_np
from benchmarks.problems import all_problems
from benchmarks.rounds import Plan, in_rounds, ratio
from benchmarks.run import Outcome, Row
from pullback import value_and_grad

ROOT = Path(__file__).resolve().parent.parent
PROBLEMS = {p.name: p for p in (*networks.programs(), *all_problems())}
BY_HAND = [name for name, problem in PROBLEMS.items() if problem.versions]
QUICK = Plan(rounds=8, sample=0.0005, budget=0.05)


@pytest.mark.parametrize("name", BY_HAND)
def test_every_version_by_hand_is_the_gradient_of_the_loss(name):
    problem = PROBLEMS[name]
    before = [np.copy(a) for a in problem.arguments]
    results = [as_arrays(version(*problem.arguments)) for version in problem.versions.values()]
    for result in results:
        check_by_differences(problem, result)
        assert [g.shape for g in result[1:]] == [problem.arguments[i].shape for i in problem.positions]
    for now, then in zip(problem.arguments, before, strict=True):
        np.testing.assert_array_equal(now, then)


@pytest.mark.parametrize("name", PROBLEMS)
def test_pullback_agrees_with_the_version_by_hand(name):
    problem = PROBLEMS[name]
    expected = as_arrays(next(iter(problem.versions.values()))(*problem.arguments))
    check(contender(NUMPY, value_and_grad(problem.loss, wrt=problem.wrt), problem.arguments), expected)


def test_ties_are_split_by_the_version_that_says_so():
    """As pullback splits them: docs/conventions.md, np.min."""
    points = np.array([[0.0, 0.0], [3.0, 1.0], [1.0, 5.0]])
    centres = np.array([[1.0, 0.0], [-1.0, 0.0], [1.0, 5.0], [1.0, 5.0]])
    problem = PROBLEMS["k-means"]
    value, gradient = value_and_grad(problem.loss, wrt="centres")(points, centres)
    expected = problem.versions["by hand, ties split"](points, centres)
    np.testing.assert_allclose(gradient, expected[1][0], rtol=1e-14)
    assert value == expected[0]
    assert not np.allclose(gradient, problem.versions["by hand"](points, centres)[1][0])


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


def test_measure_says_what_is_absent_refused_or_wrong(monkeypatch):
    problem = PROBLEMS["tutorial, sigmoid"]
    right = problem.versions["chain rule"]

    def absent(program):
        raise Absent("not installed here")

    def refusing(program):
        raise TypeError("cannot do this\n  and more")

    def wrong(*arguments):
        value, (d_w, d_b) = right(*arguments)
        return value, (-d_w, d_b)

    monkeypatch.setitem(run.MAKERS, NUMPY, lambda p: contender(NUMPY, right, p.arguments))
    monkeypatch.setitem(run.MAKERS, "JAX jit", absent)
    monkeypatch.setitem(run.MAKERS, "PyTorch", refusing)
    monkeypatch.setitem(run.MAKERS, "autograd", lambda p: contender("autograd", wrong, p.arguments))
    row = run.measure(problem, (NUMPY, "JAX jit", "PyTorch", "autograd"), QUICK)
    assert {name: one.status for name, one in row.outcomes.items()} == {
        NUMPY: "measured", "JAX jit": "absent", "PyTorch": "refused", "autograd": "wrong",
        **dict.fromkeys(problem.versions, "measured")}
    assert row.outcomes["PyTorch"].reason == "TypeError: cannot do this and more"
    assert row.ratio(NUMPY, "JAX jit") is None
    assert row.ratio(NUMPY, "by hand").pairs == 8
    assert row.met in (True, False)
    json.dumps(row.as_json())


def test_a_wrong_hand_written_gradient_stops_the_run():
    problem = PROBLEMS["tutorial, sigmoid"]
    right = problem.versions["by hand"]

    def wrong(*arguments):
        value, (d_w, d_b) = right(*arguments)
        return value, (-d_w, d_b)

    planted = Program("planted", problem.loss, problem.arguments, problem.wrt, {"by hand": wrong})
    with pytest.raises(AssertionError, match="hand-written gradient of planted"):
        run.measure(planted, (NUMPY,), QUICK)


def test_a_kernel_is_measured_beside_its_primal():
    [kernel] = [k for k in kernels() if k.name == "gesummv"]
    row = run.measure(kernel.program("tiny"), (NUMPY, "primal"), QUICK)
    assert {name: one.status for name, one in row.outcomes.items()} == {NUMPY: "measured", "primal": "measured"}
    assert set(contenders.MAKERS) >= {*contenders.PEERS, *contenders.PRIMALS, NUMPY, NUMBA, HAND}


@pytest.mark.full
def test_no_contender_is_wrong_on_any_kernel(tmp_path):
    """Each contender's gradient against pullback's, which central differences check; those not installed are absent."""
    done = subprocess.run([sys.executable, "-m", "benchmarks", "kernels", "--size", "tiny", "--quick", "--out",
                           str(tmp_path)], cwd=ROOT, text=True, capture_output=True, stdin=subprocess.DEVNULL,
                          timeout=1800)
    assert done.returncode == 0, done.stderr
    programs = json.loads((tmp_path / "kernels-tiny.json").read_text(encoding="utf-8"))["programs"]
    statuses = {(p["name"], name): one["status"] for p in programs for name, one in p["contenders"].items()}
    assert {status for (_, name), status in statuses.items() if name in (NUMPY, "primal")} == {"measured"}
    assert {status for (_, name), status in statuses.items() if name == "JAX jit"} <= {"measured", "absent"}


def test_rounds_alternate_and_slow_contenders_leave_early():
    order = []

    class Recorder:
        def __init__(self, name, seconds):
            self.name, self.seconds = name, seconds

        def timeit(self, number):
            order.append(self.name)
            return number * self.seconds

    found = in_rounds({"quick": Recorder("quick", 0.01), "slow": Recorder("slow", 0.1)}, Plan(budget=0.8))
    assert len(found["quick"]) == 30
    assert len(found["slow"]) == 8
    assert order[-38:-34] == ["quick", "slow", "slow", "quick"]
    assert ratio(found["slow"], found["quick"]) == rounds.Ratio(pytest.approx(10.0), pytest.approx(10.0),
                                                                pytest.approx(10.0), 8)
    assert ratio([2.0], [1.0]) == rounds.Ratio(2.0, None, None, 1)
    assert ratio([2.0], [1.0], allowance=0.5).median == 1.5


def fake_row(name, section="kernels", family="loop", **seconds):
    x = np.ones(3)
    program = Program(name, lambda x: x, (x,), ("x",), section=section, family=family)
    return Row(program, {key: Outcome("measured", "", (value,) * 8, 1.0) for key, value in seconds.items()})


def test_summary_compares_geometric_means_and_shares_with_the_bars():
    rows = [fake_row("one", **{NUMPY: 5.0, NUMBA: 1.0, HAND: 1.0, "JAX jit": 10.0, "JAX fori_loop": 40.0,
                                PRIMAL_NUMBA: 0.2}),
            fake_row("two", **{NUMPY: 5.0, NUMBA: 1.0, HAND: 1.0, "JAX jit": 90.0, PRIMAL_NUMBA: 0.5}),
            fake_row("problem", "problems", "", **{NUMPY: 1.0, "PyTorch": 2.0, "autograd": 0.5})]
    found = {one.what: one for one in summary.summarise(rows, "small")}
    speed = found["loop kernels, small: JAX jit over pullback numba"]
    assert (speed.found, speed.verdict) == ("30 over 2 programs", "met")
    transcribed = found["loop kernels, small: JAX fori_loop (transcribed loops) over pullback numba"]
    assert (transcribed.found, transcribed.verdict) == ("40 over 1 programs", "met")
    assert found["kernels: pullback numba over JAX jit"].verdict == "met"
    assert found["loop kernels: pullback numba over the primal in Numba"].verdict == "MISSED"
    assert found["problems up to 100000 elements: pullback over PyTorch"].found == "1 of 1, worst 0.50"
    assert found["problems up to 100000 elements: pullback over autograd"].verdict == "MISSED"
    medium = {one.what: one for one in summary.summarise(rows, "medium")}
    assert medium["loop kernels, medium: JAX jit over pullback numba"].verdict == "MISSED"
    unmeasured = summary.summarise([fake_row("one", **{NUMPY: 5.0})], "small")
    assert [one.verdict for one in unmeasured if one.bar] == ["not measured"] * 6


def test_report_shows_absent_peers_and_a_missed_bar(tmp_path):
    problem = PROBLEMS["tutorial, logits"]
    row = Row(problem, {NUMPY: Outcome("measured", "", (15e-6,) * 8, 0.01), "PyTorch": Outcome("refused", "TypeError: x"),
                        "by hand": Outcome("measured", "", (10e-6,) * 8, 1e-5)})
    assert report.grid(report.times([row])).splitlines()[1] == "tutorial, logits  15 µs ±0%  refused  10 µs ±0%"
    assert report.reasons([row]) == ["PyTorch refused: TypeError: x (tutorial, logits)"]
    assert report.ratios([row], NUMPY)[1] == ("tutorial, logits", "8", "", "0.67 [0.67, 0.67]")
    assert report.bars_of([row])[1][-2:] == ("1.10 x hand-written + 1.0 µs", "MISSED")
    assert str(Bar(1.1, 1e-6)) == "1.10 x hand-written + 1.0 µs"
    report.write_json(tmp_path / "figures.json", {"python": "3"}, "small", [row], summary.summarise([row], "small"), {})
    [written] = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))["programs"]
    assert written["bar met"] is False
    assert written["contenders"]["by hand"]["rounds"] == 8


def test_plot_is_written_where_matplotlib_is(tmp_path):
    pytest.importorskip("matplotlib")
    rows = [fake_row("one", **{NUMPY: 5.0, "JAX jit": 10.0})]
    assert plot.draw(tmp_path / "plot.png", "title", rows)
    assert (tmp_path / "plot.png").stat().st_size > 1000
    assert not plot.draw(tmp_path / "nothing.png", "title", [])


def test_growth_and_operators_run_on_small_sizes(tmp_path):
    import pullback

    x, w = np.linspace(-1.0, 1.0, 5), np.full(5, 0.7)
    fn = growth.straight(8, tmp_path)
    value, (d_x, d_w) = pullback.value_and_grad(fn, wrt=(0, 1))(x, w)
    check_by_differences(Program("straight", fn, (x, w), ("x0", "w")), [np.asarray(value), d_x, d_w])
    assert growth.peak(lambda: np.zeros(100_000), ()) >= 800_000
    for program in operators.PROGRAMS:
        for name, call in operators.calls(pullback, program, x).items():
            if name in ("primal", "grad", "value_and_grad", "vjp"):
                call()
        value, gradient = pullback.value_and_grad(program)(x)
        check_by_differences(Program(program.__name__, program, (x,), ("x",)), [np.asarray(value), gradient])
    memory = operators.checkpointing(400)
    assert memory["snapshots"] == 20
    assert 0 < memory["checkpointed"] < 0.5 * memory["plain"]


def test_calls_beside_the_generated_code_are_measured_in_every_form():
    found = calls.overhead(Plan(rounds=8, sample=0.0002))
    assert len(found) == len(calls.cases())
    assert all(one["seconds"] < 1e-3 for one in found)


def test_the_command_restarts_itself_under_its_settings(tmp_path):
    """Also the whole command on one problem: the bar is not asked for, since a test machine is never quiet."""
    environment = {k: v for k, v in os.environ.items() if k not in SETTINGS} | dict.fromkeys(UNWANTED, "Haswell")
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "overhead", "--only", "sigmoid", "--quick", "--without", "JAX jit",
         "--without", "PyTorch", "--without", "autograd", "--out", str(tmp_path)],
        cwd=ROOT, env=environment, text=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "tutorial, sigmoid" in done.stdout
    figures = json.loads((tmp_path / "overhead-small.json").read_text(encoding="utf-8"))
    assert {"by hand", "chain rule", "tuned", NUMPY} <= set(figures["programs"][0]["contenders"])


def test_the_command_says_what_it_cannot_do():
    for arguments, message in ((["--pairs", "5"], "at least 30"), (["nonsense"], "no section"),
                               (["--without", "x"], "no contender"), (["--only", "nothing"], "no program's name")):
        done = subprocess.run([sys.executable, "-m", "benchmarks", *arguments], cwd=ROOT, text=True,
                              capture_output=True, stdin=subprocess.DEVNULL, timeout=120)
        assert done.returncode == 2
        assert message in done.stderr


def test_compile_time_grows_nearly_linearly():
    """Calls a line, which are the same on every machine, without the verifier."""
    code = "from benchmarks.compile_time import calls; calls(20); print(calls(50), calls(400))"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "PULLBACK_VERIFY": "0"},
                           capture_output=True, text=True, check=True)
    few, many = map(int, found.stdout.split())
    assert few / 50 < 16_000
    assert many / 400 < 1.5 * few / 50


def test_dace_is_absent_where_it_is_not_installed(monkeypatch):
    program = PROBLEMS["k-means"]
    for missing, message in (("dace", "dace is not installed"), ("dace.autodiff", "has no reverse mode")):
        monkeypatch.setattr(contenders, "installed", lambda package, missing=missing: package != missing)
        with pytest.raises(Absent, match=message):
            contenders.dace_contender(program)


class FakeGraph:
    """What the adapter asks of DaCe, done by pullback; like DaCe it adds to the gradients it is given."""

    def __init__(self, loss, writes):
        self.loss, self.writes, self.wrt = loss, writes, ()

    def to_sdfg(self, *arguments):
        return self

    def compile(self):
        return self

    def arglist(self):
        code = self.loss.__code__
        return dict.fromkeys([*code.co_varnames[: code.co_argcount], "gradient___return"])

    def __call__(self, gradient___return, **given):
        gradients = [given.pop(f"gradient_{name}") for name in self.wrt]
        value, found = value_and_grad(self.loss, wrt=self.wrt)(**given)
        for gradient, part in zip(gradients, found, strict=True):
            gradient += gradient___return[0] * part
        gradient___return[0] = np.nan  # used up
        if self.writes:
            given[self.writes][...] = 0.0
        return np.array([value])


@pytest.mark.parametrize("writes", ["", "points"])
def test_the_adapter_to_dace_gives_value_and_gradients_call_after_call(monkeypatch, writes):
    program, settings = PROBLEMS["k-means"], {}
    fake, autodiff = (type(np)(name) for name in ("dace", "dace.autodiff"))

    def add_backward_pass(sdfg, inputs, outputs):
        assert outputs == ["__return"]
        sdfg.wrt = tuple(inputs)

    fake.program = lambda loss: FakeGraph(loss, writes)
    fake.Config = type("Config", (), {"set": staticmethod(lambda *path, value: settings.update({path: value}))})
    fake.autodiff, autodiff.add_backward_pass = autodiff, add_backward_pass
    monkeypatch.setitem(sys.modules, "dace", fake)
    monkeypatch.setitem(sys.modules, "dace.autodiff", autodiff)
    monkeypatch.setattr(contenders, "installed", lambda package: True)
    before = np.copy(program.arguments[0])
    made = contenders.dace_contender(program)
    expected = as_arrays(program.versions["by hand"](*program.arguments))
    check(made, expected)
    check(made, expected)
    np.testing.assert_array_equal(program.arguments[0], before)
    assert list(settings) == [("default_build_folder",)]
