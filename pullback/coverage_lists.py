"""What `coverage` cannot find out by itself: programs to try, what has no derivative by its nature, what SciPy owes."""

from __future__ import annotations

#: Functions without a rule that the compiler differentiates all the same: a program of a vector x for each.
PROGRAMS: dict[str, dict[str, str]] = {
    "numpy": {
        "apply_along_axis": "y = np.apply_along_axis(lambda row: np.sum(row * row), 0, x); return np.sum(y)",
        "apply_over_axes": "y = np.apply_over_axes(np.sum, np.outer(x, x), [0, 1]); return np.sum(y)",
        "vectorize": "f = np.vectorize(lambda v: v * v if v > 1 else v); return np.sum(f(x) * x)",
        "piecewise": "y = np.piecewise(x, [x < 1, x >= 1], [lambda v: v * v, 3.0]); return np.sum(y * x)",
        "fromfunction": "y = np.fromfunction(lambda i: i * x, (3,)); return np.sum(y * x)",
        "fromiter": "y = np.fromiter((v * v for v in x), float); return np.sum(y)",
        "union1d": "return np.sum(np.union1d(x, x * x) * np.arange(6.0))",
        "intersect1d": "return np.sum(np.intersect1d(x, x + np.zeros(3)) * np.arange(3.0))",
        "setdiff1d": "return np.sum(np.setdiff1d(x, x[1:]) ** 2)",
        "setxor1d": "return np.sum(np.setxor1d(x[:2], x[1:]) ** 2)",
        "sort_complex": "return np.sum(np.real(np.sort_complex(x)) * np.arange(3.0))",
        "rollaxis": "return np.sum(np.rollaxis(np.outer(x, x * x), 1) @ x)",
        "histogram_bin_edges": "return np.sum(np.histogram_bin_edges(x, 4) ** 2)",
        "copyto": "y = np.zeros(3); np.copyto(y, x); return np.sum(y * y)",
        "fill_diagonal": "y = np.zeros((3, 3)); np.fill_diagonal(y, x[1]); return np.sum(y * y)",
        "place": "y = x * x; np.place(y, y > 1, x[:2]); return np.sum(y * y)",
        "put": "y = np.zeros(3); np.put(y, [0, 2], x[:2]); return np.sum(y * y)",
        "putmask": "y = x * x; np.putmask(y, y > 1, x); return np.sum(y * y)",
        "put_along_axis": "y = np.zeros(3); np.put_along_axis(y, np.array([2, 0, 1]), x, 0); return np.sum(y * y)",
    },
    "math": {
        "dist": "return math.dist(x, x * x)",
        "fsum": "return math.fsum(x * x)",
        "prod": "return math.prod(x, start=2.0)",
    },
    "ndarray": {
        "fill": "y = np.zeros(3); y.fill(x[1]); return np.sum(y * x)",
        "sort": "y = x * x; y.sort(); return np.sum(y * np.arange(3.0))",
        "partition": "y = x * x; y.partition(1); return np.sum(y * np.arange(3.0))",
        "put": "y = np.zeros(3); y.put([0, 2], x[:2]); return np.sum(y * y)",
        "flat": "s = 0.0; y = x * x; s = np.sum(y.flat[:2]); return s",
        "tolist": "y = x.tolist(); return y[0] * y[1] + y[2]",
        "view": "y = x * x; return np.sum(y.view() * x)",
    },
}

_IO = "reads or writes files, buffers or text"
_SETTINGS = "settings and reports"
_CALENDAR = "dates"
_OBJECTS = "makes objects, not numbers"

#: Names that have no derivative by their nature: {module: {reason: names}}.
NOT_DIFFERENTIABLE: dict[str, dict[str, str]] = {
    "numpy": {
        _IO: "from_dlpack frombuffer fromfile fromregex fromstring genfromtxt load loadtxt save savetxt savez "
             "savez_compressed",
        _SETTINGS: "get_include get_printoptions getbufsize geterr geterrcall info printoptions set_printoptions "
                   "setbufsize seterr seterrcall show_config show_runtime test errstate",
        _CALENDAR: "busday_count busday_offset datetime_as_string datetime_data is_busday",
        _OBJECTS: "frompyfunc asmatrix bmat nested_iters mintypecode",
    },
    "numpy.linalg": {_SETTINGS: "test"},
    "numpy.fft": {_SETTINGS: "test"},
    "ndarray": {
        _IO: "ctypes data dump dumps tofile to_device",
        _SETTINGS: "setflags device base",
        "makes its memory longer or shorter": "resize",
        "reads bytes as another type": "byteswap getfield setfield",
    },
    "scipy.special": {
        _SETTINGS: "test errstate geterr seterr",
        _OBJECTS: "chebyc chebys chebyt chebyu gegenbauer genlaguerre hermite hermitenorm jacobi laguerre legendre "
                  "sh_chebyt sh_chebyu sh_jacobi sh_legendre",
        "of whole numbers": "factorial2 factorialk",
    },
}

#: The functions of SciPy beyond scipy.special for which rules are due.
_NAMED = {
    "scipy.linalg": """
        bandwidth block_diag cho_factor cho_solve cholesky circulant companion coshm cosm det eigh eigvalsh expm
        expm_frechet hankel inv ishermitian issymmetric logm lstsq lu lu_factor lu_solve matmul_toeplitz norm pinv qr
        sinhm sinm solve solve_banded solve_circulant solve_continuous_lyapunov solve_discrete_lyapunov
        solve_sylvester solve_toeplitz solve_triangular solveh_banded sqrtm svd svdvals tanhm tanm toeplitz
        """,
    "scipy.fft": """
        dct dctn dst dstn fft fft2 fftfreq fftn fftshift hfft idct idctn idst idstn ifft ifft2 ifftn ifftshift ihfft
        irfft irfft2 irfftn rfft rfft2 rfftfreq rfftn
        """,
    "scipy.integrate": """
        cumulative_simpson cumulative_trapezoid dblquad fixed_quad odeint quad romb simpson solve_ivp trapezoid
        """,
    "scipy.interpolate": """
        Akima1DInterpolator BSpline CubicHermiteSpline CubicSpline PPoly PchipInterpolator RegularGridInterpolator
        interp1d make_interp_spline
        """,
    "scipy.ndimage": """
        affine_transform convolve convolve1d correlate correlate1d gaussian_filter gaussian_filter1d
        gaussian_gradient_magnitude gaussian_laplace laplace map_coordinates prewitt shift sobel uniform_filter
        uniform_filter1d
        """,
    "scipy.optimize": """
        bisect brenth brentq curve_fit fixed_point fsolve least_squares minimize minimize_scalar newton nnls ridder root
        root_scalar toms748
        """,
    "scipy.sparse": """
        coo_array coo_matrix csc_array csc_matrix csr_array csr_matrix diags diags_array eye eye_array identity
        """,
    "scipy.sparse.linalg": "bicgstab cg factorized gmres splu spsolve",
    "scipy.signal": """
        convolve convolve2d correlate correlate2d detrend fftconvolve filtfilt hilbert lfilter lfilter_zi oaconvolve
        savgol_filter sosfilt sosfiltfilt
        """,
}
_CONTINUOUS = """
    norm expon uniform laplace logistic cauchy gumbel_r halfnorm rayleigh t gamma chi2 beta lognorm weibull_min pareto
    """
_DISTRIBUTIONS = [
    (_CONTINUOUS, "logpdf pdf cdf logcdf sf logsf ppf isf"), ("invgamma", "logpdf pdf"),
    ("poisson binom bernoulli geom nbinom", "logpmf pmf"), ("poisson", "cdf sf"),
    ("multivariate_normal dirichlet", "logpdf pdf"),
]
_NAMED["scipy.stats"] = " ".join(f"{name}.{method}" for names, methods in _DISTRIBUTIONS
                                 for name in names.split() for method in methods.split())
NAMED: dict[str, tuple[str, ...]] = {module: tuple(names.split()) for module, names in _NAMED.items()}
