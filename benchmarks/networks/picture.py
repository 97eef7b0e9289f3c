"""The figure: how long each way takes for each network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl

from benchmarks.networks.tasks import TASKS
from benchmarks.networks.ways import WAYS

__all__ = ["draw"]

_COLORS = ("#000000", "#999999", "#D55E00", "#E69F00", "#0072B2", "#56B4E9")
_MARKERS = ("o", "X", "s", "D", "^", "v")


def draw(seconds: Mapping[tuple[str, str], float], tasks: Sequence[str], ways: Sequence[str], stem: Path) -> None:
    """Draw a point for each network and way, and save the figure as PNG and SVG.

    Parameters
    ----------
    seconds : mapping
        ``(task, way)`` -> seconds.
    tasks, ways : sequence of str
    stem : Path
        Of the two files, without an ending.
    """
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    with mpl.rc_context({"svg.hashsalt": "dropout-lab", "svg.fonttype": "none", "font.size": 10}):
        figure, axes = plt.subplots(figsize=(9, 0.45 * len(tasks) + 1.6), layout="constrained")
        for name, way in WAYS.items():
            if name in ways:
                place = [*WAYS].index(name)
                points = [seconds[task, name] for task in tasks]
                axes.plot(points, range(len(tasks)), _MARKERS[place], color=_COLORS[place], label=way.label)
        axes.set_yticks(range(len(tasks)), [TASKS[task].label for task in tasks])
        axes.invert_yaxis()
        axes.set(xscale="log", xlabel="seconds for ten rates x five folds, whole process", title="")
        axes.xaxis.set_major_formatter("{x:g}")
        axes.grid(visible=True, axis="x", color="#DDDDDD", linewidth=0.6)
        axes.spines[["top", "right"]].set_visible(False)
        figure.legend(loc="outside lower center", ncols=len(ways), frameon=False)
        figure.savefig(stem.with_suffix(".png"), dpi=150)
        figure.savefig(stem.with_suffix(".svg"), metadata={"Date": None})
        plt.close(figure)
