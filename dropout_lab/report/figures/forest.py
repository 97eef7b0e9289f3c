"""A forest plot: the difference of each point to the baseline, with its interval."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from numpy.typing import NDArray

from dropout_lab.analysis.axis import Axis
from dropout_lab.analysis.formatting import count, listing, wrapped
from dropout_lab.analysis.study import Study
from dropout_lab.report.figures.axis_style import draw_rows, in_percent
from dropout_lab.report.figures.captions import absent
from dropout_lab.report.figures.palette import BAND, BASELINE_LINE
from dropout_lab.report.figures.picture import FigureText, Layout, Picture, picture

__all__ = ["forest_plot"]

_ROW, _LOWEST, _TALLEST = 0.24, 1.0, 7.0  # inches
_LONGEST, _LINE = 14, 26  # characters


@dataclass(frozen=True)
class _Row:
    """A point's mean difference to the baseline, and its interval."""

    value: Any
    difference: float
    low: float
    high: float

    @property
    def clear(self) -> bool:
        """Whether the interval excludes 0."""
        return self.low > 0 or self.high < 0


def forest_plot(study: Study, axis: Axis) -> Picture | None:
    """Draw the paired difference in the metric between each point and the baseline.

    Parameters
    ----------
    study : Study
        Its summary may have ``diff``, ``diff_low`` and ``diff_high``.
    axis : Axis

    Returns
    -------
    Picture or None
        None if no difference has an interval.
    """
    means, lows, highs = (study.column(name) for name in ("diff", "diff_low", "diff_high"))
    if study.baseline is None or means is None or lows is None or highs is None:
        return None
    values = [value for value in axis.values if value in lows and value in highs and value != study.baseline]
    rows = [_Row(value, means[value], lows[value], highs[value]) for value in values]
    if not rows:
        return None
    names = [wrapped(axis.text(value), _LINE) for value in values]
    height = _ROW * len(rows) * (1.6 if any("\n" in name for name in names) else 1) + 0.15
    layout = Layout(height=min(max(height, _LOWEST), _TALLEST))

    def paint(areas: NDArray[Any]) -> None:
        area: Axes = areas[0, 0]
        intervals, clear = [(row.low, row.high) for row in rows], [row.clear for row in rows]
        draw_rows(area, [row.difference for row in rows], intervals, clear, "mean, 95% interval")
        area.axvspan(-study.margin, study.margin, label="practically equivalent", **BAND)
        area.axvline(0, **BASELINE_LINE)
        step = math.ceil(len(rows) * _ROW / _TALLEST)
        area.set_yticks(range(len(rows))[::step], names[::step], linespacing=1.0)
        area.set_ylabel("" if axis.scale == "names" else axis.name)
        share, baseline = study.scale.metric.share, axis.point(study.baseline)
        to = f" to {baseline}" if len(baseline) <= _LONGEST else ""
        area.set_xlabel(f"difference{to} (percentage points)" if share else study.scale.head_of(f"difference{to}"))
        if share:
            in_percent(area.xaxis)

    return picture(_describe(study, axis, rows), study.facts.note, layout, paint)


def _describe(study: Study, axis: Axis, rows: list[_Row]) -> FigureText:
    baseline, scale = axis.point(study.baseline), study.scale
    pairs = study.column("pairs") or {}
    fewest, most = (int(end(pairs[row.value] for row in rows)) for end in (min, max))
    over = f"{fewest:,} to {count(most, 'pair')}" if fewest < most else count(most, "pair")
    what = "Mean paired difference" if most > 1 else "Paired difference"
    caption = [
        f"{what} over {over} of trials, with its 95% interval, {study.replicates.interval}.",
        f"A filled diamond: the interval excludes 0. Green: practically equivalent, within {scale.near(study.margin)}.",
        *absent(study),
    ]
    alt = [f"Differences in held-out {scale.title} to {baseline}, at {count(len(rows), f'other {axis.word}')}."]
    for side, some in (
        ("above", [row for row in rows if row.low > 0]),
        ("below", [row for row in rows if row.high < 0]),
    ):
        if some:
            alt.append(f"The interval lies {side} 0 at {axis.word} {listing([axis.text(row.value) for row in some])}.")
    if not any(row.clear for row in rows):
        alt.append("Every interval includes 0.")
    best = max(rows, key=lambda row: scale.metric.sign * row.difference)
    which = "largest" if scale.metric.sign > 0 else "lowest"
    difference, ends = f"{scale.difference(best.difference)} {scale.step}".strip(), scale.span(best.low, best.high)
    alt.append(f"The {which} difference is {difference} at {axis.point(best.value)} ({ends}).")
    return FigureText("difference", f"Difference in {scale.title} to {baseline}", " ".join(caption), " ".join(alt))
