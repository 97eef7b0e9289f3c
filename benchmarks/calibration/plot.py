"""The figures: how often intervals hold the truth, and how wide they are."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import pandas as pd

__all__ = ["plot"]

_STYLES = {
    "naive": ("#E69F00", "^", "t over folds"),
    "corrected": ("#0072B2", "s", "corrected resampled t"),
    "row_wise": ("#56B4E9", "D", "rows alone"),
    "default": ("#D55E00", "o", "Dropout Lab"),
}
"""Colors of Okabe and Ito (2008), which the color-blind can tell apart; the markers differ as well."""


def plot(table: pd.DataFrame, out: Path) -> None:
    """Draw coverage against half-width relative to the corrected resampled t, a panel for each metric."""
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    metrics = list(dict.fromkeys(table["metric"]))
    keys = ["population", "rows", "where", "repeats"]
    with mpl.rc_context({"svg.hashsalt": "dropout-lab", "svg.fonttype": "none", "font.size": 10}):
        figure, areas = plt.subplots(
            1, len(metrics), figsize=(3.1 * len(metrics), 3.8), sharey=True, layout="constrained", squeeze=False
        )
        areas = areas[0]
        for area, metric in zip(areas, metrics, strict=True):
            chosen = table[table["metric"] == metric]
            widths = chosen[chosen["method"] == "corrected"].set_index(keys)["half_width"]
            for method, (color, marker, label) in _STYLES.items():
                each = chosen[chosen["method"] == method].set_index(keys)
                area.plot(
                    each["half_width"] / widths.reindex(each.index), 100 * each["coverage"], marker,
                    color=color, markersize=4, alpha=0.8, label=label,
                )  # fmt: skip
            area.axhline(95, color="#888888", linewidth=0.8)
            area.set(title=metric.replace("_", " "), xlabel="half-width / corrected t's")
            area.grid(visible=True, color="#EEEEEE", linewidth=0.6)
            area.spines[["top", "right"]].set_visible(False)
        areas[0].set_ylabel("intervals that hold the truth, %")
        figure.legend(*areas[0].get_legend_handles_labels(), loc="outside lower center", ncols=4, frameon=False)
        figure.savefig(out / "coverage.png", dpi=150)
        figure.savefig(out / "coverage.svg", metadata={"Date": None})
        plt.close(figure)
