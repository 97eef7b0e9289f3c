"""The figure: training time against the number of trials."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl

from benchmarks.contenders import CONTENDERS
from benchmarks.rows import Row, select, spread

__all__ = ["plot"]

_COLORS = ("#000000", "#D55E00", "#E69F00", "#0072B2", "#56B4E9", "#009E73")
"""Of Okabe and Ito (2008), which the color-blind can tell apart; the markers differ as well."""

_MARKERS = ("o", "s", "D", "^", "v", "P")


def plot(rows: Sequence[Row], title: str, stem: Path) -> None:
    """Draw the median training time of each contender and save it as PNG and SVG.

    Hollow markers are extrapolated; bars reach from the least to the largest of the runs.

    Parameters
    ----------
    rows : sequence of Row
    title : str
    stem : Path
        Of the two files, without an ending.
    """
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    with mpl.rc_context({"svg.hashsalt": "dropout-lab", "svg.fonttype": "none", "font.size": 10}):
        figure, axes = plt.subplots(figsize=(8, 5), layout="constrained")
        for contender, color, marker in zip(CONTENDERS, _COLORS, _MARKERS, strict=True):
            _line(axes, rows, contender.name, contender.label, color, marker)
        sizes = sorted({row.trials for row in rows})
        axes.set(
            xscale="log", yscale="log", title=title, xlabel="trials (trained nets)", ylabel="training time, seconds"
        )
        axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
        axes.yaxis.set_major_formatter("{x:g}")
        axes.minorticks_off()
        axes.grid(visible=True, color="#DDDDDD", linewidth=0.6)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(loc="upper left", frameon=False, title="hollow: extrapolated", alignment="left")
        figure.savefig(stem.with_suffix(".png"), dpi=150)
        figure.savefig(stem.with_suffix(".svg"), metadata={"Date": None})
        plt.close(figure)


def _line(axes: mpl.axes.Axes, rows: Sequence[Row], name: str, label: str, color: str, marker: str) -> None:
    groups = [some for size in sorted({row.trials for row in rows}) if (some := select(rows, name, size))]
    if not groups:
        return
    spreads = [spread([row.training_seconds for row in some]) for some in groups]
    sizes, medians = [some[0].trials for some in groups], [each.median for each in spreads]
    reach = [[each.median - each.low for each in spreads], [each.high - each.median for each in spreads]]
    axes.errorbar(sizes, medians, yerr=reach, color=color, linewidth=1.6, capsize=3)
    for some, median in zip(groups, medians, strict=True):
        face = "white" if some[0].extrapolated else color
        axes.plot(some[0].trials, median, marker, color=color, markerfacecolor=face, markersize=7, zorder=3)
    axes.plot([], [], f"{marker}-", color=color, label=label)
