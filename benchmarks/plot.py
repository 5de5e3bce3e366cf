"""The ratios as bars on a logarithmic scale, one group a program."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .contenders import NUMBA, NUMPY
from .run import Row

OTHERS = ("JAX jit", "PyTorch", "autograd", "by hand, compiled")


def draw(path: Path, title: str, rows: Sequence[Row]) -> bool:
    """Write the plot; False where matplotlib is not installed or there is nothing to show."""
    try:
        import matplotlib
    except ImportError:
        return False
    matplotlib.use("Agg")
    from matplotlib import pyplot

    shown = [row for row in rows if any(row.ratio(o, b) for o in OTHERS for b in (NUMPY, NUMBA))]
    bases = [b for b in (NUMPY, NUMBA) if any(row.ratio(o, b) for row in shown for o in OTHERS)]
    if not shown:
        return False
    figure, panels = pyplot.subplots(1, len(bases), figsize=(6 * len(bases), 1.5 + 0.3 * len(shown)), squeeze=False,
                                     sharey=True, layout="constrained")
    for panel, base in zip(panels[0], bases, strict=True):
        for number, other in enumerate(OTHERS):
            places, values = [], []
            for at, row in enumerate(shown):
                found = row.ratio(other, base)
                if found is not None:
                    places.append(at + 0.2 * (number - 1.5))
                    values.append(found.median)
            panel.barh(places, [v - 1 for v in values], height=0.18, left=1, label=other)
        panel.set_xscale("log")
        panel.axvline(1.0, color="black", linewidth=0.8)
        panel.set_xlabel(f"time over that of {base}")
        panel.set_yticks(range(len(shown)), [row.program.name for row in shown])
        panel.grid(axis="x", alpha=0.3)
    panels[0][0].invert_yaxis()
    panels[0][-1].legend()
    figure.suptitle(title)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
    return True
