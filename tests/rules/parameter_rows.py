"""Calls of NumPy with every parameter of every function that is differentiated: one line each.

x is an array of 2 x 3, v a vector of 5, m a matrix of 3 x 3, n is x with a nan in it. What stands behind `#` must be
in the error's first line: the call is refused, and says by which parameter or mode.
"""

ROWS = """
np.sum(x, axis=0, keepdims=True)
np.sum(x, dtype=np.float32)
np.sum(x, initial=v[0])
np.sum(x, where=x > 1)
np.sum(x, 1, out=np.zeros(2))
np.prod(x, axis=(0, 1))
np.prod(x, 1, keepdims=True)
np.prod(x, dtype=np.float64)
np.prod(x, initial=v[0])
np.prod(x, where=x > 1)
np.prod(x, 1, out=np.zeros(2))
np.cumsum(x, axis=1)
np.cumsum(x, dtype=np.float64)
np.cumsum(x, 1, out=np.zeros((2, 3)))
np.cumprod(x, axis=0)
np.cumprod(x, dtype=np.float64)
np.cumprod(x, 1, out=np.zeros((2, 3)))
np.mean(x, axis=-1, keepdims=True)
np.mean(x, dtype=np.float64)
np.mean(x, where=x > 1)
np.mean(x, 1, out=np.zeros(2))
np.average(x, axis=1, weights=x[0])
np.average(x, weights=x * x, keepdims=True)
np.average(x, axis=1, weights=x[0], returned=True)[0]
np.average(x, axis=1, weights=x[0], returned=True)[1]
np.var(x, axis=1, ddof=1, keepdims=True)
np.var(x, dtype=np.float64)
np.var(x, where=x > 1)
np.var(x, axis=1, mean=np.mean(x, axis=1, keepdims=True))
np.var(x, correction=1)
np.var(x, 1, out=np.zeros(2))
np.std(x, axis=1, ddof=1, keepdims=True)
np.std(x, dtype=np.float64)
np.std(x, where=x > 1)
np.std(x, axis=1, mean=np.mean(x, axis=1, keepdims=True))
np.std(x, axis=1, mean=v[:2].reshape(2, 1))
np.std(x, correction=1)
np.std(x, 1, out=np.zeros(2))
np.max(x, axis=1, keepdims=True)
np.max(x, initial=0.5)
np.max(x, where=x < 1.5, initial=0.0)
np.max(x, 1, out=np.zeros(2))
np.min(x, axis=0, keepdims=True)
np.min(x, initial=9.0)
np.min(x, where=x > 0.5, initial=9.0)
np.min(x, 1, out=np.zeros(2))
np.amax(x, axis=1)
np.amin(x, axis=1)
np.ptp(x, axis=1, keepdims=True)
np.ptp(x, 1, out=np.zeros(2))
np.nansum(n, axis=1, keepdims=True)
np.nansum(n, dtype=np.float64)
np.nansum(n, initial=v[0])
np.nansum(n, where=n > 1)
np.nansum(n, 1, out=np.zeros(2))
np.nanprod(n, axis=1, keepdims=True)
np.nanprod(n, dtype=np.float64)
np.nanprod(n, initial=2.0)
np.nanprod(n, where=n > 1)
np.nanprod(n, 1, out=np.zeros(2))
np.nancumsum(n, axis=1)
np.nancumsum(n, dtype=np.float64)
np.nancumsum(n, 1, out=np.zeros((2, 3)))
np.nancumprod(n, axis=1)
np.nancumprod(n, dtype=np.float64)
np.nancumprod(n, 1, out=np.zeros((2, 3)))
np.nanmean(n, axis=1, keepdims=True)
np.nanmean(n, dtype=np.float64)
np.nanmean(n, where=n > 0.5)
np.nanmean(n, 1, out=np.zeros(2))
np.nanvar(n, axis=1, ddof=1, keepdims=True)
np.nanvar(n, dtype=np.float64)
np.nanvar(n, where=n > 0.5)
np.nanvar(n, axis=1, mean=np.nanmean(n, axis=1, keepdims=True))
np.nanvar(n, correction=1)
np.nanvar(n, 1, out=np.zeros(2))
np.nanstd(n, axis=1, ddof=1, keepdims=True)
np.nanstd(n, dtype=np.float64)
np.nanstd(n, where=n > 0.5)
np.nanstd(n, axis=1, mean=np.nanmean(n, axis=1, keepdims=True))
np.nanstd(n, correction=1)
np.nanstd(n, 1, out=np.zeros(2))
np.nanmax(n, axis=1, keepdims=True)
np.nanmax(n, initial=0.0)
np.nanmax(n, where=n < 2, initial=0.0)
np.nanmax(n, 1, out=np.zeros(2))
np.nanmin(n, axis=1, keepdims=True)
np.nanmin(n, initial=9.0)
np.nanmin(n, where=n < 2, initial=9.0)
np.nanmin(n, 1, out=np.zeros(2))
np.nanmedian(n, axis=1, keepdims=True)
np.nanmedian(n, overwrite_input=True) # overwrite_input=
np.nanmedian(n, 1, out=np.zeros(2))
np.nanquantile(n, 0.3, axis=1, keepdims=True)
np.nanquantile(n, 0.3, method="median_unbiased")
np.nanquantile(n, 0.3, overwrite_input=True) # overwrite_input=
np.nanquantile(n, 0.3, weights=np.ones((2, 3)), method="inverted_cdf") # weights=
np.nanquantile(n, 0.3, 1, out=np.zeros(2))
np.nanpercentile(n, 30.0, axis=1, keepdims=True)
np.nanpercentile(n, 30.0, method="hazen")
np.nanpercentile(n, 30.0, overwrite_input=True) # overwrite_input=
np.nanpercentile(n, 30.0, weights=np.ones((2, 3)), method="inverted_cdf") # weights=
np.nanpercentile(n, 30.0, 1, out=np.zeros(2))
np.median(x, axis=1, keepdims=True)
np.median(x, overwrite_input=True) # overwrite_input=
np.median(x, 1, out=np.zeros(2))
np.quantile(x, v[0] / 9, axis=1, keepdims=True)
np.quantile(x, [0.2, 0.7], method="weibull")
np.quantile(x, 0.3, method="inverted_cdf")
np.quantile(x, 0.3, method="nearest")
np.quantile(x, 0.3, method="lower")
np.quantile(x, 0.3, method="higher")
np.quantile(x, 0.3, method="midpoint")
np.quantile(x, 0.3, method="averaged_inverted_cdf")
np.quantile(x, 0.3, method="closest_observation")
np.quantile(x, 0.3, method="interpolated_inverted_cdf")
np.quantile(x, 0.3, method="normal_unbiased")
np.quantile(x, 0.3, overwrite_input=True) # overwrite_input=
np.quantile(x, 0.3, weights=np.arange(1.0, 7).reshape(2, 3), method="inverted_cdf")
np.quantile(x, 0.3, axis=1, weights=np.array([1.0, 2.0, 3.0]), method="inverted_cdf")
np.quantile(x, 0.3, 1, out=np.zeros(2))
np.percentile(x, 100 * v[0] / 9, axis=0, keepdims=True)
np.percentile(x, 30.0, method="linear")
np.percentile(x, 30.0, overwrite_input=True) # overwrite_input=
np.percentile(x, 30.0, weights=np.arange(1.0, 7).reshape(2, 3), method="inverted_cdf")
np.percentile(x, 30.0, 1, out=np.zeros(2))
np.cov(x, rowvar=False, bias=True)
np.cov(x, y=x * x, ddof=0)
np.cov(x, fweights=[1, 2, 3])
np.cov(x, aweights=[1.0, 2.0, 3.0])
np.cov(x, aweights=x[0])
np.cov(x, fweights=[1, 2, 3], aweights=x[0], ddof=0)
np.cov(x, dtype=np.float64) # dtype=
np.corrcoef(x, x * x, rowvar=True)
np.corrcoef(x, rowvar=False)
np.corrcoef(x, dtype=np.float64) # dtype=
np.trapezoid(x, x=np.cumsum(x[0]), axis=1)
np.trapezoid(x, dx=v[0], axis=0)
np.diff(x, n=2, axis=1)
np.diff(x, axis=1, prepend=v[0], append=x[:, :1])
np.ediff1d(x, to_end=v[0], to_begin=[1.0])
np.gradient(v, v[0])
np.gradient(v, np.cumsum(v))
np.gradient(v, np.array([0.0, 1.0, 1.5, 3.0, 3.5]))
np.gradient(m, 0.5, axis=1)
np.gradient(m, axis=0, edge_order=2)
np.gradient(m, np.array([0.0, 1.0, 3.0]), axis=0, edge_order=2)
np.gradient(m)[1]
np.gradient(m, 0.5, [0.0, 1.0, 3.0])[1]
np.gradient(m, axis=(0, 1))[0]
np.histogram([0.1, 0.5, 0.9, 0.2, 0.3], bins=3, weights=v)[0]
np.histogram([0.1, 0.5, 0.9, 0.2, 0.3], bins=3, range=(0.0, 0.8), weights=v, density=True)[0]
np.histogram2d([0.1, 0.5, 0.9, 0.2, 0.3], [0.3, 0.1, 0.4, 0.9, 0.8], bins=2, range=[[0, 1], [0, 1]], weights=v)[0]
np.histogram2d([0.1, 0.5, 0.9, 0.2, 0.3], [0.3, 0.1, 0.4, 0.9, 0.8], bins=2, density=True, weights=v)[0]
np.histogramdd(np.arange(10.0).reshape(5, 2), bins=2, weights=v)[0]
np.histogramdd(np.arange(10.0).reshape(5, 2), bins=2, range=[(0, 9), (0, 9)], density=True, weights=v)[0]
np.bincount([0, 2, 2, 1, 0], weights=v, minlength=5)
np.interp(x, [0.0, 1.0, 2.5], v[:3])
np.interp(x, np.cumsum(v[:3]), v[2:], left=v[0], right=v[1])
np.interp(x, [0.2, 1.0, 2.5], v[:3], period=2.7)
np.interp(x, np.cumsum(v[:3]), v[2:], period=2.7)
np.polyval(v[:3], x)
np.polyfit(np.arange(5.0), v, 2)
np.polyfit(np.cumsum(v), v, deg=1)
np.polyfit(np.arange(5.0), v, 2, w=v * v)
np.polyfit(np.arange(5.0), v, 2, w=np.array([1.0, 2.0, 1.0, 3.0, 1.0]))
np.polyfit(np.arange(5.0), v, 2, rcond=1e-12)
np.polyfit(np.arange(5.0), v, 2, full=True)[0] # full=
np.polyfit(np.arange(5.0), v, 2, cov=True)[0] # cov=
np.polydiv(v, v[:2])[0]
np.polydiv(v, v[:2])[1]
np.polyder(v, m=2)
np.polyint(v, m=2)
np.polyint(v, k=1.5)
np.polyint(v, m=2, k=v[:2])
np.vander(v, N=3, increasing=True)
np.real(np.roots(v))
np.poly(v)
np.convolve(v, x[0], mode="same")
np.correlate(v, x[0], mode="full")
np.linspace(v[0], v[1], num=4, endpoint=False)
np.linspace(v[0], v[1], 4, retstep=True)[1]
np.linspace(x[0], x[1], 4, axis=1)
np.linspace(v[0], v[1], 4, dtype=np.float64)
np.linspace(v[0], v[1], 4, device="cpu")
np.logspace(v[0], v[1], num=4, endpoint=False, base=2.0)
np.logspace(v[0], v[1], 4, dtype=np.float64)
np.logspace(x[0], x[1], 4, axis=1)
np.logspace(v[0], v[1], 4, base=v[2])
np.geomspace(v[0], v[1], num=4, endpoint=False)
np.geomspace(v[0], v[1], 4, dtype=np.float64)
np.geomspace(x[0], x[1], 4, axis=1)
np.arange(v[0], v[0] + 2.2, 0.5)
np.arange(v[0], v[0] + 2.2, v[1], dtype=np.float64) # dtype=
np.reshape(x, shape=(3, 2), order="F")
np.reshape(x, (3, 2), copy=True)
np.ravel(x, order="F")
np.squeeze(x[:1], axis=0)
np.expand_dims(x, axis=(0, -1))
np.transpose(x, axes=(1, 0))
np.swapaxes(x, axis1=0, axis2=1)
np.moveaxis(x, source=0, destination=1)
np.rollaxis(x, axis=1, start=0)
np.flip(x, axis=1)
np.roll(x, shift=1, axis=1)
np.rot90(x, k=3, axes=(1, 0))
np.tile(x, reps=(2, 1))
np.repeat(x, repeats=2, axis=1)
np.repeat(x, [1, 2], axis=0)
np.resize(x, new_shape=(4, 2))
np.broadcast_to(x, shape=(2, 2, 3))
np.broadcast_to(x, (2, 2, 3), subok=True)
np.concatenate((x, x * x), axis=1)
np.concatenate((x, x * x), axis=1, dtype=np.float64, casting="same_kind")
np.concatenate((x, x * x), out=np.zeros((4, 3)))
np.stack((x, x * x), axis=1)
np.stack((x, x * x), dtype=np.float64, casting="same_kind")
np.stack((x, x * x), out=np.zeros((2, 2, 3)))
np.vstack((x, x), dtype=np.float64, casting="same_kind")
np.hstack((x, x), dtype=np.float64, casting="same_kind")
np.dstack((x, x))
np.column_stack((x, v[:2]))
np.append(x, x * x, axis=0)
np.insert(x, obj=1, values=v[:3], axis=0)
np.delete(x, obj=1, axis=1)
np.split(x, 3, axis=1)[1]
np.array_split(v, 2)[1]
np.pad(x, ((1, 2), (0, 1)), mode="constant", constant_values=v[0])
np.pad(x, 1, constant_values=3.0)
np.pad(x, 1, "edge")
np.pad(x, 1, "reflect", reflect_type="odd")
np.pad(x, 1, "symmetric", reflect_type="odd")
np.pad(x, 1, "reflect", reflect_type="even")
np.pad(x, 2, "wrap")
np.pad(v, 2, "linear_ramp", end_values=3.0)
np.pad(v, 2, "linear_ramp", end_values=x[0, 0]) # end_values
np.pad(x, 1, "mean")
np.pad(x, 1, "mean", stat_length=2)
np.pad(x, 1, "maximum") # mode='maximum'
np.pad(x, 1, "minimum", stat_length=2) # mode='minimum'
np.pad(x, 1, "median") # mode='median'
np.pad(x, 1, "empty")[1:-1, 1:-1]
np.take(x, [0, 5], mode="clip")
np.take(x, [0, 2], axis=1, mode="wrap")
np.take(x, [0, 2], axis=1, out=np.zeros((2, 2)))
np.take_along_axis(x, np.array([[0], [1]]), axis=1)
np.choose([0, 1, 1], [x[0], x[1]], mode="clip")
np.choose([0, 1, 4], [x[0], x[1]], mode="wrap")
np.choose([0, 1, 1], [x[0], x[1]], out=np.zeros(3)) # out=
np.select([x > 1.5, x > 0.7], [x * x, v[0] * x], default=v[1])
np.compress([True, False], x, axis=0)
np.compress([True, False], x, 0, out=np.zeros((1, 3)))
np.extract(x > 1, x)
np.where(x > 1, x, x * x)
np.tril(x, k=1)
np.triu(x, k=-1)
np.diag(v, k=1)
np.diagflat(x, k=-1)
np.diagonal(x, offset=1, axis1=0, axis2=1)
np.trace(m, offset=1, axis1=1, axis2=0)
np.trace(m, dtype=np.float64)
np.trace(np.stack((m, m)), 0, 1, 2, out=np.zeros(2))
np.meshgrid(v, x[0], indexing="ij")[1]
np.meshgrid(v, x[0], sparse=True, copy=True)[0]
np.broadcast_arrays(x, v[:3])[1]
np.broadcast_arrays(x, v[:3], subok=True)[1]
np.sort(x, axis=0)
np.sort(x, kind="stable")
np.sort(x, stable=True)
np.sort(x, order=None)
np.partition(x, kth=1, axis=1)
np.partition(x, 1, kind="introselect", order=None)
np.unique(x)
np.unique(x, return_index=True, return_inverse=True, return_counts=True, equal_nan=False)[0]
np.unique(x, axis=0) # axis=
np.unique(x, sorted=True)
np.trim_zeros(v, trim="f")
np.trim_zeros(v, axis=0) # axis=
np.unwrap(3 * x, discont=1.0, axis=1, period=4.0)
np.clip(x, a_min=0.8, a_max=v[0])
np.clip(x, min=0.8, max=1.5)
np.clip(x, 0.8, 1.5, out=np.zeros((2, 3)))
np.clip(x, 0.8, 1.5, dtype=np.float64) # dtype=
np.clip(x, 0.8, 1.5, where=x > 1) # where=
np.nan_to_num(n, copy=True, nan=3.0, posinf=1.0, neginf=2.0)
np.real_if_close(x, tol=10)
np.angle(x + 1j * x * x, deg=True)
np.i0(x)
np.sinc(x)
np.dot(x, m)
np.dot(x, m, out=np.zeros((2, 3)))
np.vdot(v, v)
np.inner(x, m)
np.outer(v, v, out=np.zeros((5, 5)))
np.matmul(x, m)
np.matmul(x, m, out=np.zeros((2, 3)))
np.matmul(x, m, axes=[(-2, -1), (-1, -2), (-2, -1)]) # axes=
np.matmul(x, m, dtype=np.float64)
np.matmul(x, m, casting="same_kind")
np.matmul(x, m, order="K")
np.matmul(x, m, subok=True)
np.matvec(m, x)
np.vecmat(x, m)
np.vecdot(x, x * x)
np.vecdot(x, x * x, axis=0)
np.tensordot(x, m, axes=([1], [0]))
np.kron(x, m)
np.cross(x, m[:2], axisa=-1, axisb=-1, axisc=0)
np.cross(x, m[:2], axis=1)
np.einsum("ij,jk->ik", x, m, optimize=True)
np.einsum("ij,jk->ik", x, m, optimize="greedy")
np.einsum("ij,jk->ik", x, m, out=np.zeros((2, 3)))
np.einsum("ij,jk->ik", x, m, dtype=np.float64) # dtype=
np.einsum("ij,jk->ik", x, m, order="C")
np.einsum("ij,jk->ik", x, m, casting="safe")
np.einsum("...j,jk", x, m)
np.einsum(x, [0, 1], m, [1, 2], [0, 2])
np.linalg.inv(m)
np.linalg.pinv(x, rcond=1e-10)
np.linalg.pinv(x, rtol=1e-10)
np.linalg.pinv(m @ m.T, hermitian=True)
np.linalg.solve(m, x.T)
np.linalg.lstsq(m, x.T, rcond=None)[0]
np.linalg.lstsq(np.concatenate((m, x)), v, rcond=1e-10)[0]
np.linalg.det(m)
np.linalg.slogdet(m)[1]
np.linalg.cholesky(m @ m.T, upper=True)
np.linalg.qr(m, mode="reduced")[1]
np.linalg.qr(m, mode="complete")[0]
np.linalg.qr(m, mode="r")
np.linalg.qr(m, mode="raw")[0] # raw
np.linalg.eigh(m + m.T, UPLO="U")[0]
np.linalg.eigvalsh(m + m.T, UPLO="U")
np.abs(np.linalg.eig(m)[0])
np.abs(np.linalg.eigvals(m))
np.linalg.svd(x, full_matrices=False)[1]
np.linalg.svd(x, full_matrices=False, compute_uv=True)[0] ** 2
np.linalg.svd(x, compute_uv=False)
np.linalg.svd(m + m.T, hermitian=True)[1] # hermitian=
np.linalg.svdvals(x)
np.linalg.norm(x, ord="fro")
np.linalg.norm(x, ord="nuc")
np.linalg.norm(x, ord=2)
np.linalg.norm(x, ord=-2)
np.linalg.norm(x, ord=1)
np.linalg.norm(x, ord=-1)
np.linalg.norm(x, ord=np.inf)
np.linalg.norm(x, ord=-np.inf)
np.linalg.norm(v, ord=3)
np.linalg.norm(v, ord=0.5)
np.linalg.norm(v, ord=0)
np.linalg.norm(v, ord=v[0]) # ord
np.linalg.norm(x, axis=1, keepdims=True)
np.linalg.norm(np.stack((m, m)), ord="nuc", axis=(1, 2), keepdims=True)
np.linalg.cond(m, p=None)
np.linalg.cond(m, p="fro")
np.linalg.cond(m, p=1)
np.linalg.cond(m, p=-2)
np.linalg.matrix_rank(m) * x
np.linalg.matrix_rank(m + m.T, hermitian=True, tol=1e-8) * x
np.linalg.matrix_rank(m, rtol=1e-8) * x
np.linalg.matrix_power(m, n=3)
np.linalg.matrix_power(m, -2)
np.linalg.multi_dot([x, m, m])
np.linalg.multi_dot([x, m, m], out=np.zeros((2, 3)))
np.linalg.tensorinv(m.reshape(3, 3), ind=1)
np.linalg.tensorsolve(m, v[:3], axes=None)
np.linalg.matrix_norm(x, keepdims=True, ord="nuc")
np.linalg.vector_norm(x, axis=1, keepdims=True, ord=3)
np.linalg.outer(v, v)
np.linalg.cross(x, m[:2], axis=-1)
np.linalg.diagonal(m, offset=1)
np.linalg.trace(m, offset=1)
np.linalg.trace(m, dtype=np.float64)
np.linalg.vecdot(x, x, axis=-1)
np.linalg.tensordot(x, m, axes=1)
np.abs(np.fft.fft(v, n=7, axis=0, norm="ortho"))
np.abs(np.fft.fft(v, out=np.zeros(5, complex)))
np.abs(np.fft.ifft(v, n=4, norm="forward"))
np.abs(np.fft.rfft(v, n=6, norm="backward"))
np.fft.irfft(v + 1j * v * v, n=7, norm="ortho")
np.fft.hfft(v + 1j * v * v, n=7)
np.abs(np.fft.ihfft(v, n=4))
np.abs(np.fft.fft2(x, s=(3, 2), axes=(0, 1), norm="ortho"))
np.abs(np.fft.ifft2(x, s=(3, 2)))
np.abs(np.fft.fftn(x, s=(3, 2), axes=(1, 0), norm="forward"))
np.abs(np.fft.fftn(x, out=np.zeros((2, 3), complex)))
np.abs(np.fft.ifftn(x))
np.abs(np.fft.rfftn(x, s=(3, 4), axes=(0, 1), norm="ortho"))
np.abs(np.fft.rfft2(x, s=(3, 4)))
np.fft.irfftn(x + 1j * x * x, s=(2, 5), axes=(0, 1))
np.fft.irfft2(x + 1j * x * x, norm="ortho")
np.fft.fftfreq(5, d=v[0])
np.fft.rfftfreq(5, v[0])
np.fft.fftfreq(5, 0.5) * v
np.ix_(v, x[0])[1] * v[0]
np.kaiser(5, v[0])
np.fft.fftshift(x, axes=1)
np.fft.ifftshift(x, axes=(0, 1))
np.array(x, dtype=np.float64, copy=True, order="F", subok=True, ndmin=3)
np.array([[v[0], v[1]], [v[2], 1.0]])
np.array(x, ndmax=2) # ndmax=
np.array(x, like=x) # like=
np.asarray(x, dtype=np.float64, order="F", copy=True)
np.asarray(x, device="cpu")
np.asanyarray(x, dtype=np.float64, order="C")
np.ascontiguousarray(x, dtype=np.float64)
np.asfortranarray(x, dtype=np.float64)
np.asarray_chkfinite(x, dtype=np.float64, order="C")
np.require(x, dtype=np.float64, requirements=["C", "A"])
np.atleast_1d(v[0], v)[0]
np.atleast_2d(v)
np.atleast_3d(x)
np.copy(x, order="F", subok=False)
np.astype(x, np.float64, copy=True)
np.full((2, 2), v[0], dtype=np.float64, order="F")
np.full_like(x, v[0], dtype=np.float64, order="F", shape=(3, 2))
np.fromiter((t * t for t in v), dtype=np.float64)
np.fromiter([v[0], v[1]], float, count=2)
np.array(x.tolist())
np.array(v.tolist()) ** 2
x.tolist()[1][2] * x
v[0].tolist() * x
np.apply_along_axis(lambda r: r * np.sum(r), 1, x)
np.apply_over_axes(np.sum, x, [0, 1])
np.vectorize(lambda a, b: a * b + a)(x, v[0])
np.vectorize(lambda a: np.sum(a * a), signature="(n)->()")(x)
np.vectorize(lambda a, b: np.dot(a, b), signature="(n),(n)->()")(x, v[:3])
np.vectorize(lambda a, b: a * b, excluded={1})(x, 2.0) # excluded=
np.vectorize(lambda a: a * a, otypes=[float])(x)
np.vectorize(lambda a: a * a, cache=True)(x)
np.piecewise(x, [x < 1, x >= 1], [lambda t: t * t, 3.0])
np.piecewise(x, [x < 1], [lambda t, k: t * k, lambda t, k: t + k], 2.0)
np.r_[v, 1.0, x[0]]
np.r_["0,2", v[:3], x[0]]
np.r_["-1", x, m[:2]]
np.r_[0:3:4j] * v[0]
np.c_[v, v * v]
np.c_[x, v[:2]]
x[np.ix_([0, 1], [2, 0])]
np.mgrid[0:2, 0:3][1] * x
np.ogrid[0:2, 0:3][0] * x
x[np.s_[0:1, ::2]]
x[np.index_exp[0:1]]
np.c_[v[0]:v[0] + 3:3j, np.ones(3)]
np.r_[1:3, v, 2.5]
np.r_["0,2,0", v, v * v]
np.ogrid[0:1:3j, 0:2][0] * v[0]
np.add.reduce(x, axis=1)
np.add.reduce(x, axis=1, keepdims=True)
np.add.reduce(x, initial=v[0])
np.add.reduce(x, where=x > 1)
np.add.reduce(x, dtype=np.float64)
np.add.reduce(x, 1, out=np.zeros(2))
np.multiply.reduce(x, axis=(0, 1))
np.multiply.reduce(x, axis=None, initial=v[0])
np.maximum.reduce(x, axis=1, initial=1.0, where=x > 0.5)
np.multiply.reduceat(x, [0, 2], axis=1)
np.subtract.reduce(x, axis=1)
np.divide.reduce(x, axis=1)
np.power.reduce(x, axis=1) # ufunc.reduce
np.maximum.reduce(x, axis=1)
np.minimum.reduce(x, axis=0)
np.logaddexp.reduce(x, axis=1)
np.hypot.reduce(x, axis=1)
np.arctan2.reduce(x, axis=1) # ufunc.reduce
np.add.accumulate(x, axis=1)
np.add.accumulate(x, dtype=np.float64)
np.multiply.accumulate(x, axis=1)
np.subtract.accumulate(x, axis=1)
np.maximum.accumulate(x, axis=1)
np.minimum.accumulate(x, axis=1)
np.logaddexp.accumulate(x, axis=1)
np.divide.accumulate(x, axis=1)
np.power.accumulate(x, axis=1) # ufunc.accumulate
np.hypot.accumulate(x, axis=1)
np.add.outer(v, v)
np.multiply.outer(v, x)
np.power.outer(v, x)
np.maximum.outer(v, v)
np.add.outer(v, v, dtype=np.float64) # dtype=
np.add.reduceat(v, [0, 2, 1])
np.add.reduceat(x, [0, 2], axis=1)
np.multiply.reduceat(v, [0, 2, 3])
np.maximum.reduceat(v, [0, 2, 3])
np.minimum.reduceat(v, [0, 2, 3])
np.subtract.reduceat(v, [0, 2, 3])
np.add(x, m[:2], dtype=np.float64)
np.add(x, m[:2], where=x > 1, out=np.zeros((2, 3)))
np.add(x, m[:2], out=np.zeros((2, 3)))
np.add(x, m[:2], casting="same_kind")
np.add(x, m[:2], order="K")
np.add(x, m[:2], subok=True)
np.add(x, m[:2], signature="dd->d") # signature=
np.exp(x, dtype=np.float64)
np.exp(x, where=x > 1, out=np.zeros((2, 3)))
np.exp(x, out=np.zeros((2, 3)))
np.exp(x, where=x > 1) # where=
np.exp(x, casting="same_kind")
np.exp(x, order="K")
np.exp(x, subok=True)
np.exp(x, signature="d->d") # signature=
np.divmod(x, 0.7)[1]
np.divmod(x, 0.7, dtype=np.float64)[1]
np.modf(x, dtype=np.float64)[0]
np.modf(x, out=(np.zeros((2, 3)), np.zeros((2, 3))))[0] # out=
np.modf(x, where=x > 1)[0] # where=
np.log(np.exp(x, dtype=np.float32))
""".strip().splitlines()
