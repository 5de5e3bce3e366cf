"""Methods and attributes of arrays and of NumPy's scalars: the gradient through each against central differences."""

import linecache

import numpy as np
import pytest

import pullback as pb

X = np.array([[0.7, 1.9, 1.3], [0.2, -0.5, 2.2]])
OF_ARRAYS = """
    sum() sum(0) sum(axis=1) sum(axis=-1,keepdims=True) sum(where=x>1) mean() mean(0) mean(where=x>1) var()
    var(axis=1,ddof=1) std() std(0) prod() prod(1) max() max(0) max(initial=0.5) min() min(axis=1) cumsum() cumsum(1)
    cumprod() cumprod(0) dot(np.ones(3)) clip(0.5,1.5) clip(min=0.5) clip(max=1.0) take([0,2]) take([1,0],axis=1) trace()
    conj() conjugate() item(4) item((1,2)) item(1,2) repeat(2) repeat(2,axis=1) compress([True,False])
    compress([True,False,True],axis=1) astype(float) copy() copy(order='F') flatten() flatten('F') ravel() ravel('F')
    squeeze() swapaxes(0,1) transpose() transpose(1,0) transpose((1,0)) T mT real imag reshape(3,2) reshape((6,))
    reshape(-1) reshape((3,2),order='F') diagonal() diagonal(1) argmax() argmin(0) argsort() argpartition(1) all() any()
    nonzero()[0] size shape[0] ndim nbytes flat[2] view()
""".split()
OF_SCALARS = """
    sum() sum(0) mean() var() std() prod() max() min() cumsum() cumprod() clip(0.5,1.5) clip(max=1.0) round(1) take(0) conj()
    conjugate() item() repeat(2) astype(float) copy() flatten() ravel() squeeze() transpose() T real imag reshape(1,1)
    reshape(-1) argmax() all() any() size ndim nbytes is_integer()
""".split()


def program_of(owner, member):
    text = (f"def f(x):\n    y = {owner}.{member}\n"
            "    return np.sum(y * np.cos(np.arange(np.size(y)).reshape(np.shape(y))))\n")
    filename = f"<{owner}.{member}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    namespace = {"np": np}
    exec(compile(text, filename, "exec"), namespace)
    return namespace["f"]


@pytest.mark.parametrize(("owner", "member"), [
    *(("(x * x)", member) for member in OF_ARRAYS), *(("x", member) for member in OF_ARRAYS),
    *(("x[0, 1]", member) for member in OF_SCALARS), *(("np.sum(x)", member) for member in OF_SCALARS),
])
def test_a_method_has_the_derivative_of_its_values(owner, member):
    f, h = program_of(owner, member), 1e-6
    expected = np.zeros_like(X)
    for place in np.ndindex(X.shape):
        step = np.zeros_like(X)
        step[place] = h
        expected[place] = (f(X + step) - f(X - step)) / (2 * h)
    np.testing.assert_allclose(pb.grad(f)(X), expected, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("member", ["astype(int)", "argsort()", "round()"])
def test_what_only_steps_has_a_zero_derivative(member):
    assert not np.any(pb.grad(program_of("(x * x)", f"{member}[0] * 0 + 1.0 * len(x.{member}) + 0 * x"))(X))


def test_a_method_without_a_rule_is_refused_by_name():
    with pytest.raises(pb.NoRuleError, match="ndarray.getfield"):
        pb.grad(program_of("x", "getfield(float)"))(X)
