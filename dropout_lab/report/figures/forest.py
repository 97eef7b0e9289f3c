"""The difference of each point to the baseline, with its interval."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from dropout_lab.analysis.axis import Axis
from dropout_lab.analysis.formatting import count, listing, wrapped
from dropout_lab.analysis.replicates import unit_of
from dropout_lab.analysis.study import Study
from dropout_lab.report.figures.axis_style import in_percent
from dropout_lab.report.figures.captions import absent
from dropout_lab.report.figures.palette import BASELINE, INK, SURFACE
from dropout_lab.report.figures.picture import Layout, Picture, Words, picture

__all__ = ["forest"]

_ROW, _LOWEST, _TALLEST = 0.24, 1.0, 7.0  # inches
_MANY, _LONGEST, _LINE = 30, 14, 26
_BAND: dict[str, Any] = {"facecolor": BASELINE.light, "alpha": 0.25, "linewidth": 0}
_BAR: dict[str, Any] = {"color": INK.light, "linewidth": 1.3}


@dataclass(frozen=True)
class _Row:
    """A point's mean difference to the baseline and its interval, as shares."""

    value: Any
    difference: float
    low: float
    high: float

    @property
    def clear(self) -> bool:
        """Whether the interval does not hold 0."""
        return self.low > 0 or self.high < 0


def forest(study: Study, axis: Axis) -> Picture | None:
    """Draw the paired difference in the metric between each point and the baseline.

    Parameters
    ----------
    study : Study
        Its summary may have ``diff``, ``diff_low`` and ``diff_high``.
    axis : Axis

    Returns
    -------
    Picture or None
        None if there are no intervals of differences.
    """
    means, lows, highs = (study.column(name) for name in ("diff", "diff_low", "diff_high"))
    if study.baseline is None or means is None or lows is None or highs is None:
        return None
    values = [value for value in axis.values if value in lows and value in highs and value != study.baseline]
    rows = [_Row(value, means[value], lows[value], highs[value]) for value in values]
    if not rows:
        return None
    names = _names(axis, rows)
    longest = max(len(line) for name in names for line in name.split("\n"))
    height = _ROW * len(rows) * (1.6 if any("\n" in name for name in names) else 1) + 0.15
    height = min(max(height, _LOWEST), _TALLEST)
    layout = Layout(height=height, left=max(0.66, 0.3 + 0.075 * longest))
    return picture(
        _words(study, axis, rows),
        study.facts.note,
        layout,
        lambda areas: _draw(areas, axis, rows, study),
    )


def _draw(areas: NDArray[Any], axis: Axis, rows: list[_Row], study: Study) -> list[Artist]:
    area: Axes = areas[0, 0]
    area.axvspan(-study.margin, study.margin, **_BAND)
    area.axvline(0, color=BASELINE.light, linewidth=1, linestyle=(0, (4, 2)))
    area.hlines(range(len(rows)), [row.low for row in rows], [row.high for row in rows], **_BAR)
    for height, row in enumerate(rows):
        fill = INK.light if row.clear else SURFACE.light
        area.plot(
            [row.difference],
            [height],
            "D",
            color=INK.light,
            markerfacecolor=fill,
            markersize=5 if len(rows) < _MANY else 3,
        )
    step = math.ceil(len(rows) * _ROW / _TALLEST)
    area.set_yticks(range(len(rows))[::step], _names(axis, rows)[::step], linespacing=1.0)
    area.set_ylim(len(rows) - 0.4, -0.6)
    area.grid(visible=False, axis="y")
    area.set_ylabel("" if axis.scale == "names" else axis.name)
    share = study.scale.metric.share
    baseline = axis.point(study.baseline)
    to = f" to {baseline}" if len(baseline) <= _LONGEST else ""
    area.set_xlabel(f"difference{to} ({'percentage ' if share else ''}{study.scale.step})")
    if share:
        in_percent(area.xaxis)
    return [
        Line2D([], [], marker="D", markersize=5, markerfacecolor=SURFACE.light, label="mean, 95% interval", **_BAR),
        Patch(label="practically the same", **_BAND),
    ]


def _names(axis: Axis, rows: list[_Row]) -> list[str]:
    return [wrapped(axis.text(row.value), _LINE) for row in rows]


def _words(study: Study, axis: Axis, rows: list[_Row]) -> Words:
    baseline, scale = axis.point(study.baseline), study.scale
    pairs = study.column("pairs") or {}
    fewest, most = (int(end(pairs[row.value] for row in rows)) for end in (min, max))
    over = f"{fewest:,} to {count(most, 'pair')}" if fewest < most else count(most, "pair")
    interval = unit_of(study.experiment.evaluation).interval
    caption = (
        f"Mean paired difference over {over} of trials, with its 95% interval, {interval}. "
        f"A filled diamond: the interval does not hold 0. Green: within {scale.near(study.margin)} of it."
    )
    caption = " ".join([caption, *absent(study)])
    told = [f"Differences in held-out {scale.name} to {baseline}, at {count(len(rows), f'other {axis.word}')}."]
    for side, some in (
        ("above", [row for row in rows if row.low > 0]),
        ("below", [row for row in rows if row.high < 0]),
    ):
        if some:
            told.append(f"The interval lies {side} 0 at {axis.word} {listing([axis.text(row.value) for row in some])}.")
    if not any(row.clear for row in rows):
        told.append("Every interval holds 0.")
    best = max(rows, key=lambda row: scale.metric.sign * row.difference)
    which = "largest" if scale.metric.sign > 0 else "lowest"
    difference, ends = f"{scale.difference(best.difference)} {scale.step}", scale.span(best.low, best.high)
    told.append(f"The {which} difference is {difference} at {axis.point(best.value)} ({ends}).")
    return Words("difference", f"Difference in {scale.name} to {baseline}", caption, " ".join(told))
