"""`pullback rules` and docs/coverage.md: the table says what is true, and is up to date."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pullback import cli, coverage
from pullback.compiler.rules.registry import Rule

PAGE = Path(__file__).resolve().parent.parent / "docs" / "coverage.md"

# The functions of NumPy that issue 4 names.
NAMED = """
    cbrt positive copysign fmod modf frexp ldexp divmod float_power heaviside hypot logaddexp logaddexp2 exp2 expm1 log2
    log10 sinc i0 nan_to_num unwrap angle deg2rad sum prod cumsum cumprod mean average var std max min ptp amax amin
    nansum nanmean nanmax nanmin nanprod nanvar nanstd nanmedian nanpercentile nanquantile median percentile quantile cov
    corrcoef trapezoid diff ediff1d gradient histogram bincount reshape stack split flip roll tile pad take
    take_along_axis choose select piecewise compress extract delete insert append where tril triu diag diagonal diagflat
    trace meshgrid broadcast_arrays broadcast_to apply_along_axis vectorize sort argsort partition unique searchsorted
    interp convolve correlate polyval polyfit vander roots linspace logspace geomspace arange ix_ copy asarray array
    astype dot vdot inner outer matmul matvec vecmat vecdot tensordot kron cross einsum einsum_path
    linalg.inv linalg.pinv linalg.solve linalg.lstsq linalg.det linalg.slogdet linalg.cholesky linalg.qr linalg.eig
    linalg.eigh linalg.eigvals linalg.eigvalsh linalg.svd linalg.svdvals linalg.norm linalg.cond linalg.matrix_rank
    linalg.matrix_power linalg.multi_dot linalg.tensorinv linalg.tensorsolve linalg.matrix_norm linalg.vector_norm
    fft.fft fft.ifft fft.rfft fft.irfft fft.fft2 fft.ifft2 fft.rfft2 fft.irfft2 fft.fftn fft.ifftn fft.rfftn fft.irfftn
    fft.hfft fft.ihfft fft.fftshift fft.ifftshift
"""


@pytest.fixture(scope="module")
def table():
    return {row.full_name: row for row in coverage.rows("")}


def test_no_function_that_was_promised_is_missing(table):
    names = [f"numpy.{name}" for name in NAMED.split() if hasattr(np, name.split(".")[0])]
    missing = [name for name in names if table[name].status not in ("rule", "program", "zero")]
    assert not missing


@pytest.mark.parametrize("module", ["numpy", "numpy.linalg", "numpy.fft"])
def test_nearly_all_that_has_a_derivative_has_vjp_and_jvp(table, module):
    have, of = coverage.share(row for row in table.values() if row.module == module)
    assert have >= 0.95 * of


#: Their derivative is Carlson's R_D, whose own cancels where two arguments are equal (ellipk at m = 0): refused.
ONCE = {f"scipy.special.{name}" for name in "agm ellipe ellipk ellipkm1 elliprc elliprf".split()}


def test_every_rule_can_be_differentiated_again(table):
    once = {row.full_name for row in table.values() if row.status == "rule" and not row.second}
    assert once <= ONCE


def test_a_rule_that_calls_what_has_no_rule_is_seen():
    def exp(x, *, ans, d_ans):
        d_x = np.asmatrix(d_ans * ans)
        return d_x

    assert not coverage.is_closed(Rule((np.exp,), exp))


def test_what_nobody_has_heard_of_is_missing(monkeypatch):
    monkeypatch.setattr(np, "brand_new", lambda x: x, raising=False)
    (row,) = coverage.rows("numpy.brand_new")
    assert row.status == "missing"


def test_a_program_with_a_wrong_gradient_is_not_counted():
    assert coverage._tried("detached", "y = np.where(x > 1, x, 0); return np.sum(y * x)") == ""
    assert "wrong" in coverage._tried("a step", "return float(np.round(np.sum(x) * 1e6)) / 1e6")


def test_the_page_is_up_to_date(table):
    text = PAGE.read_text(encoding="utf-8")
    if coverage.versions() not in text:
        pytest.skip(f"docs/coverage.md was made with other versions than{coverage.versions()}")
    assert coverage.page() == text, "run `make coverage` and commit docs/coverage.md"


def test_the_command_line_shows_and_filters(capsys):
    assert cli.main(["rules", "numpy.hypot"]) == 0
    assert capsys.readouterr().out.split() == [
        "numpy.hypot", "vjp", "jvp", "2nd", "by", "x1,", "x2", "1", "of", "1", "with", "vjp", "and", "jvp"]
    assert cli.main(["rules", "no such name"]) == 0
    assert "no public callable" in capsys.readouterr().out
    assert cli.main(["rules", "numpy.argmax"]) == 0
    assert "zero derivative" in capsys.readouterr().out
    assert cli.main(["rules", "numpy.save", "--missing"]) == 0
    assert "numpy.save" not in capsys.readouterr().out


def test_the_command_line_writes_the_page(table):
    done = subprocess.run([sys.executable, "-m", "pullback", "rules", "--markdown"], capture_output=True, text=True,
                          cwd=PAGE.parent.parent, check=True)
    assert done.stdout == coverage.page()
