"""Cases of `scipy.special`: one line each."""

import numpy as np
import pytest

special = pytest.importorskip("scipy.special")

from pullback.runtime.special import hurwitz_slope  # noqa: E402

from .harness import A, C, Const, P, U, case, point  # noqa: E402

s = special
for fn in (s.erf, s.erfc, s.erfi, s.erfcx, s.dawsn, s.ndtr, s.loggamma, s.gamma):
    case(fn, P(2, 3))
    case(fn, 0.7)
for fn in (s.erf, s.dawsn, s.wofz, s.erfcx):
    case(fn, C(3))
for fn in (s.loggamma, s.gamma, s.rgamma):
    case(fn, C(3)).but(second_order="SciPy has no polygamma function of complex numbers")
for fn in (s.erf, s.erfc, s.erfcx, s.log_ndtr, s.expit, s.log_expit, s.exp10, s.exp2, s.expm1, s.cosm1, s.sindg,
           s.cosdg, s.tandg, s.j0, s.j1, s.i0, s.i1, s.i0e, s.i1e, s.expi):
    case(fn, A(2, 3))
    case(fn, -1.3)
for fn in (s.gammaln, s.psi, s.rgamma, s.y0, s.y1, s.k0, s.k1, s.k0e, s.k1e, s.entr, s.log1p, s.cbrt, s.exp1, s.sici,
           s.fresnel, s.airy):
    case(fn, P(2, 3))
    case(fn, 0.7)
case(s.erfinv, U(4))
case(s.erfcinv, P(4, low=0.2, high=1.8))
case(s.ndtri, P(4, low=0.1, high=0.9))
case(s.logit, P(4, low=0.1, high=0.9))
case(s.ndtri_exp, A(4, low=-3, high=-0.2))
case(s.polygamma, 1, P(3)).but(single="computed in double precision")
for fn in (s.gammainc, s.gammaincc):
    case(fn, Const(P(3)), P(2, 3))
for fn in (s.gammaincinv, s.gammainccinv):
    case(fn, Const(P(3)), P(2, 3, low=0.1, high=0.9))
for fn in (s.beta, s.betaln, s.poch):
    case(fn, P(2, 3), P(3))
case(s.binom, P(3, low=2.1, high=4.0), P(3))
for fn in (s.betainc, s.betaincc, s.betaincinv):
    case(fn, Const(P(3)), Const(P(3)), P(2, 3, low=0.1, high=0.9))
case(s.zeta, P(3, low=1.5, high=4.0), P(3))
case(s.zeta, P(2, 3, low=1.5, high=4.0))
case(s.zetac, P(3, low=1.5, high=4.0))
case(hurwitz_slope, P(3, low=1.5, high=4.0), P(3), 1)
case(hurwitz_slope, P(3, low=1.5, high=4.0), P(3), 2)
case(s.airye, P(4))
case(s.xlogy, A(2, 3), P(3))
case(s.xlog1py, A(2, 3), P(3))
case(s.rel_entr, P(2, 3), P(3))
case(s.kl_div, P(2, 3), P(3))
case(s.huber, P(3), A(2, 3))
case(s.pseudo_huber, P(3), A(2, 3))
case(s.powm1, P(3), A(2, 3))
point(s.xlogy, 0.0, 0.0, gives=0.0)
point(s.xlogy, 0.0, 2.0, gives=np.log(2.0))
point(s.xlogy, 0.0, 0.0, gives=0.0, wrt="y")
point(s.expit, 40.0, gives=s.expit(40.0) * s.expit(-40.0))
point(s.log_ndtr, -1e8, gives=1e8)
point(s.log_expit, -1000.0, gives=1.0)
for fn in (s.softmax, s.log_softmax, s.logsumexp):
    case(fn, A(4))
    case(fn, A(2, 3))
    case(fn, A(2, 3), axis=1)
case(s.logsumexp, A(2, 3), axis=0, keepdims=True)
case(s.logsumexp, A(2, 3), axis=0, b=P(2, 3))
case(s.logsumexp, A(2, 3), b=P(3))
point(s.logsumexp, np.array([1e4, 0.0]), gives=[1.0, 0.0])
point(s.softmax, np.array([1e4, 0.0]), gives=[0.0, 0.0])
case(s.expn, 3, P(3))
case(s.hyp1f1, Const(0.7), Const(1.3), A(3))
case(s.hyp2f1, Const(0.7), Const(1.3), Const(2.1), U(3))
case(s.hyp0f1, Const(1.3), A(3))
case(s.hyperu, Const(0.7), Const(1.3), P(3))
case(s.lambertw, P(3))
case(s.lambertw, C(3))
case(s.boxcox, P(3), P(2, 3))
point(s.boxcox, 2.0, 0.0, gives=np.log(2.0) ** 2 / 2, wrt="lmbda")
case(s.stdtr, Const(3.5), A(3))
case(s.chdtr, Const(3.5), P(3))
for fn in (s.jv, s.yv, s.iv, s.kv, s.hankel1, s.hankel2, s.ive, s.kve):
    case(fn, Const(1.5), P(2, 3))
for fn in (s.jv, s.yv, s.iv, s.kv, s.hankel1, s.kve):
    case(fn, Const(1.5), C(3))
for fn in (s.yn, s.kn):
    case(fn, 2, P(3))
for fn in (s.spherical_jn, s.spherical_yn, s.spherical_in, s.spherical_kn):
    case(fn, 2, P(3)).but(single="computed in double precision")
    case(fn, 2, P(3), derivative=True).but(single="computed in double precision", second_order="third derivative")
for n in (0, 1, 3):
    for fn in (s.eval_legendre, s.eval_chebyt, s.eval_chebyu, s.eval_laguerre, s.eval_hermite, s.eval_hermitenorm):
        case(fn, n, U(3))
    case(s.eval_jacobi, n, Const(0.5), Const(1.5), U(3))
    case(s.eval_gegenbauer, n, Const(0.7), U(3))
    case(s.eval_genlaguerre, n, Const(0.7), U(3))
    for fn in (s.eval_chebyc, s.eval_chebys, s.eval_sh_chebyt, s.eval_sh_chebyu, s.eval_sh_legendre):
        case(fn, n, U(3))
    case(s.eval_sh_jacobi, n, Const(2.5), Const(1.5), U(3))
one = "its derivative has none here"
Y = P(3, low=0.1, high=0.9)
case(s.betainccinv, Const(P(3)), Const(P(3)), Y)
case(s.chdtrc, Const(3.5), P(3))
case(s.chdtri, Const(3.5), Y)
for fn in (s.fdtr, s.fdtrc):
    case(fn, Const(3.5), Const(4.5), P(2, 3))
case(s.fdtri, Const(3.5), Const(4.5), Y)
for fn in (s.gdtr, s.gdtrc):
    case(fn, P(3), Const(2.5), P(2, 3))
case(s.gdtrix, P(3), Const(2.5), Y)
for fn in (s.pdtr, s.pdtrc):
    case(fn, 2, P(3))
case(s.pdtri, 2, Y)
for fn in (s.bdtr, s.bdtrc, s.bdtri):
    case(fn, 2, 5, Y)
for fn in (s.nbdtr, s.nbdtrc, s.nbdtri):
    case(fn, 2, 5, Y)
case(s.stdtrit, Const(3.5), Y)
case(s.nrdtrimn, Y, P(3), A(3))
case(s.owens_t, A(3), A(2, 3))
case(s.voigt_profile, A(2, 3), P(3), P(3))
for fn in (s.ellipk, s.ellipkm1, s.ellipe):
    case(fn, Y).but(second_order=one)
point(s.ellipk, 0.0, gives=np.pi / 8)
point(s.ellipe, 0.0, gives=-np.pi / 8)
for fn in (s.ellipkinc, s.ellipeinc, s.ellipj):
    case(fn, A(2, 3, low=-1.2, high=1.2), Const(Y))
case(s.elliprf, P(2, 3), P(3), P(3)).but(second_order=one)
case(s.elliprc, P(2, 3), P(3)).but(second_order=one)
case(s.agm, P(2, 3), P(3)).but(second_order=one)
for fn in (s.jve, s.yve, s.hankel1e, s.hankel2e, s.struve, s.modstruve):
    case(fn, Const(1.5), P(2, 3))
for fn in (s.hankel1e, s.hankel2e):
    case(fn, Const(1.5), C(3))
for fn in (s.jvp, s.yvp, s.ivp, s.kvp, s.h1vp, s.h2vp):
    case(fn, 1.5, P(3))
    case(fn, 1.5, P(3), 2)
for fn in (s.ber, s.bei, s.ker, s.kei, s.berp, s.beip, s.kerp, s.keip, s.itj0y0, s.iti0k0, s.it2j0y0, s.it2i0k0,
           s.itstruve0, s.itmodstruve0, s.it2struve0, s.itairy):
    case(fn, P(2, 3)).but(tolerance=1e-5)
case(s.wright_bessel, Const(0.7), Const(1.2), P(3))
if hasattr(s, "log_wright_bessel"):
    case(s.log_wright_bessel, Const(0.7), Const(1.2), P(3))
for fn in (s.pbdv, s.pbvv, s.pbwa):
    case(fn, Const(1.5), P(3)).but(tolerance=1e-5)
case(s.lpmv, 1, 3, U(3))
case(s.exprel, A(2, 3))
point(s.exprel, 0.0, gives=0.5)
point(s.exprel, 1e-9, gives=0.5 + 1e-9 / 3)
for fn in (s.boxcox1p, s.inv_boxcox, s.inv_boxcox1p):
    case(fn, P(3), Const(0.7))
case(s.spence, P(2, 3))
point(s.spence, 1.0, gives=-1.0)
case(s.wrightomega, A(2, 3))
case(s.wrightomega, C(3))
case(s.shichi, P(2, 3))
case(s.cotdg, P(3, low=20, high=60))
case(s.radian, A(3), A(3), A(2, 3))
case(s.comb, P(3, low=2.1, high=4.0), P(3))
case(s.perm, P(3, low=2.1, high=4.0), P(3))
case(s.factorial, P(3))
if hasattr(s, "softplus"):
    case(s.softplus, A(2, 3))
    point(s.softplus, -800.0, gives=0.0)
