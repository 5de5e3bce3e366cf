"""One core, one thread, and the linear-algebra kernel that NumPy picks for this processor."""

from __future__ import annotations

import os
import platform
import sys
from importlib import metadata
from pathlib import Path

# Read by the libraries when they are loaded, so they must be set before the first import.
SETTINGS = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
    "JAX_PLATFORMS": "cpu",
    "JAX_ENABLE_X64": "1",
}
# Overrides for old OpenBLAS builds; they make a current NumPy run another processor's kernel.
UNWANTED = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


def restart_with_settings() -> None:
    """Replace this process by the same command under `SETTINGS`; return if it runs under them already."""
    wanted = {k: v for k, v in os.environ.items() if k not in UNWANTED} | SETTINGS
    if wanted == dict(os.environ):
        return
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(sys.executable, sys.orig_argv, wanted)


def pin_to_one_core() -> int | None:
    """Bind this process to one core; returns its number, None where the system cannot."""
    if not hasattr(os, "sched_setaffinity"):
        return None
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    return core


def settle_allocator() -> None:
    """Bring the memory allocator to where it is in a program that has worked on large arrays.

    glibc gives freed memory back to the system, and has it handed out page by page again, until the first array of
    some size has been freed: then it keeps twice that much. Before, a ratio says as much of where an array happens to
    lie as of the code: the same text had 0 or 300 page faults a call, of about a microsecond each.
    """
    import numpy as np

    large = np.ones(4_000_000)
    del large


def processor() -> str:
    """The processor's model name."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def blas_kernel() -> str:
    """What NumPy's BLAS runs on, as threadpoolctl sees it; "unknown" without it."""
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return "unknown"
    found = [f"{pool.get('internal_api')} {pool.get('architecture', '')}, {pool.get('num_threads')} thread"
             for pool in threadpool_info() if pool.get("user_api") == "blas"]
    return "; ".join(dict.fromkeys(found)) or "unknown"


def version_of(package: str) -> str | None:
    """The installed version, None if the package is absent."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def describe(core: int | None) -> dict[str, str | None]:
    """What a reader needs to judge the figures."""
    packages = ("numpy", "scipy", "torch", "jax", "autograd", "numba", "dace")
    return {
        "python": platform.python_version(),
        "processor": processor(),
        "pinned to core": "not pinned" if core is None else str(core),
        "blas": blas_kernel(),
        **{name: version_of(name) for name in packages},
    }
