"""Losses that do not depend on the free phases, signs and bases of factorizations; memory that results share."""

import numpy as np
import pytest

from pullback.compiler import primitives as prim
from pullback.compiler.domains.aliases import UNCERTAIN, alias_of
from pullback.compiler.rules import rule_for
from pullback.compiler.rules.slicing import pullback

from . import test_rules  # noqa: F401 - loads all cases
from .harness import CASES
from .operands import inner
from .tape import leaves


def hermitian(x):
    return (x + np.conj(x.T)) / 2


def complex_matrix(rows, columns, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(rows, columns)) + 1j * rng.normal(size=(rows, columns))


def agrees(function, loss, cotangents, a, tangent, *args):
    """The rule's cotangent, for the loss of the results, against differences of the loss along `tangent`."""
    ans = function(a, *args)
    d_a = pullback(rule_for(function), "a")[0](a, *args, ans=ans, d_ans=cotangents(ans))
    h = 1e-6
    differences = (loss(function(a + h * tangent, *args)) - loss(function(a - h * tangent, *args))) / (2 * h)
    assert inner(d_a, tangent) == pytest.approx(differences, rel=1e-6, abs=1e-8)


def test_eigh_of_a_hermitian_matrix_through_its_projectors():
    weights = complex_matrix(3, 3, 1)

    def loss(ans):
        v = ans.eigenvectors
        return np.real(np.sum(weights * ((v * ans.eigenvalues**3) @ np.conj(v.T))))

    def cotangents(ans):
        w, v = ans
        back = np.conj(weights)
        d_v = back @ v * w**3 + np.conj(back.T) @ v * w**3
        d_w = 3 * w**2 * np.real(np.einsum("ki,kl,li->i", np.conj(v), back, v))
        return d_w, d_v

    a, tangent = hermitian(complex_matrix(3, 3)), hermitian(complex_matrix(3, 3, 2))
    agrees(np.linalg.eigh, loss, cotangents, a, tangent)


def test_eigh_with_a_repeated_eigenvalue_and_an_invariant_loss():
    """The trace of the third power: 3 a^2, also where eigenvalues are equal."""
    basis, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))
    a = basis @ np.diag([1.0, 2.0, 2.0]) @ basis.T
    ans = np.linalg.eigh(a)
    d_a = pullback(rule_for(np.linalg.eigh), "a")[0](a, ans=ans, d_ans=(3 * ans[0]**2, np.zeros((3, 3))))
    np.testing.assert_allclose((d_a + d_a.T) / 2, 3 * a @ a, atol=1e-12)


@pytest.mark.parametrize(("rows", "columns"), [(3, 3), (4, 3), (3, 4)])
def test_svd_of_a_complex_matrix_through_its_product(rows, columns):
    weights = complex_matrix(rows, columns, 1)
    k = min(rows, columns)

    def loss(ans):
        return np.real(np.sum(weights * ((ans.U[:, :k] * ans.S**2) @ ans.Vh[:k])))

    def cotangents(ans):
        u, s, vh = ans
        back = np.conj(weights)
        d_u = np.zeros_like(u)
        d_u[:, :k] = back @ np.conj(vh[:k].T) * s**2
        d_vh = np.zeros_like(vh)
        d_vh[:k] = np.conj((u[:, :k] * s**2).T) @ back
        d_s = 2 * s * np.real(np.einsum("ki,kl,il->i", np.conj(u[:, :k]), back, np.conj(vh[:k])))
        return d_u, d_s, d_vh

    a, tangent = complex_matrix(rows, columns), complex_matrix(rows, columns, 2)
    agrees(np.linalg.svd, loss, cotangents, a, tangent)
    agrees(np.linalg.svd, loss, cotangents, a, tangent, False)


@pytest.mark.parametrize("kind", [np.real, lambda x: x])
def test_svd_full_matrices_beyond_the_singular_values(kind):
    """The projector onto what is orthogonal to the columns: only U's further columns stand for it."""
    weights = kind(complex_matrix(4, 4, 1))

    def loss(ans):
        rest = ans.U[:, 2:]
        return np.real(np.sum(weights * (rest @ np.conj(rest.T))))

    def cotangents(ans):
        u, s, vh = ans
        back = np.conj(weights)
        d_u = np.zeros_like(u)
        d_u[:, 2:] = back @ u[:, 2:] + np.conj(back.T) @ u[:, 2:]
        return d_u, np.zeros_like(s), np.zeros_like(vh)

    agrees(np.linalg.svd, loss, cotangents, kind(complex_matrix(4, 2)), kind(complex_matrix(4, 2, 2)))


def test_qr_refuses_columns_that_the_matrix_does_not_determine():
    from pullback.runtime.errors import NoRuleError

    a = np.random.default_rng(0).normal(size=(4, 2))
    ans = np.linalg.qr(a, "complete")
    with pytest.raises(NoRuleError, match="complete.*4 rows and 2 columns"):
        pullback(rule_for(np.linalg.qr), "a")[0](a, "complete", ans=ans, d_ans=ans)


def sharing():
    """The cases of functions whose results the compiler takes for memory of their own."""
    for case in CASES:
        alias = prim.primitive_for(case.target).alias
        if case.target in UNCERTAIN:  # what is known of the arguments says more
            alias = alias_of(case.target, case.args, case.kwargs)
        if alias == "fresh":
            yield case


@pytest.mark.parametrize("case", list(sharing()), ids=lambda c: c.label)
def test_what_counts_as_fresh_shares_no_memory(case):
    """A cotangent is added to in place only where it is fresh: a view of another one would change that, too."""
    given = [x for x in leaves([*case.args, *case.kwargs.values()]) if isinstance(x, np.ndarray)]
    made = [x for x in leaves([case.ans]) if isinstance(x, np.ndarray)]
    for k, out in enumerate(made):
        assert not any(np.shares_memory(out, other) for other in (*given, *made[:k]))
