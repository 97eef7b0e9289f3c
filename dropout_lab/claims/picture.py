"""A claim's effects as a figure."""

from __future__ import annotations

import math
import textwrap
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter, ScalarFormatter
from numpy.typing import NDArray

from dropout_lab.claims.assessment import Assessment, interval_text
from dropout_lab.claims.measure import SHARES
from dropout_lab.claims.verdict import Effect
from dropout_lab.report.figures.axis_style import draw_rows, in_percent
from dropout_lab.report.figures.palette import BAND, BASELINE_LINE
from dropout_lab.report.figures.picture import FigureText, Layout, Picture, picture

__all__ = ["effects"]

_LINE, _ROW, _WRAP = 0.14, 0.18, 26  # inches, inches, characters


def effects(assessment: Assessment, note: str = "") -> Picture | None:
    """Draw each contrast with its interval and the claimed range; None where there is nothing to draw.

    Parameters
    ----------
    assessment : Assessment
    note : str
        See `picture`.
    """
    drawn = [effect for effect in assessment.effects if math.isfinite(effect.low) and math.isfinite(effect.high)]
    if not drawn:
        return None
    names = [textwrap.fill(effect.name, _WRAP, max_lines=3, placeholder=" ...") for effect in drawn]
    lines = max(name.count("\n") + 1 for name in names)
    layout = Layout(height=max((_ROW + _LINE * lines) * len(drawn), 0.7))
    return picture(_describe(assessment), note, layout, lambda areas: _draw(areas, assessment, drawn, names))


def _draw(areas: NDArray[Any], assessment: Assessment, drawn: list[Effect], names: list[str]) -> None:
    area: Axes = areas[0, 0]
    claim = assessment.claim
    no_effect = 1.0 if claim.scale == "ratio" else 0.0
    intervals = [(effect.low, effect.high) for effect in drawn]
    decided = [effect.verdict != "undecided" for effect in drawn]
    area.axvline(no_effect, **BASELINE_LINE)
    draw_rows(area, [effect.mean for effect in drawn], intervals, decided, "mean, interval")
    if claim.scale == "ratio":
        area.set_xscale("log")
        area.xaxis.set_major_formatter(ScalarFormatter())
        area.xaxis.set_minor_formatter(NullFormatter())
    left, right = area.get_xlim()
    edge = claim.smallest
    if claim.direction == "lower":
        edge = 1 / edge if claim.scale == "ratio" else -edge
    ends = (edge, max(right, edge)) if claim.direction == "higher" else (min(left, edge), edge)
    area.axvspan(*ends, label="as claimed", **BAND)
    area.set_xlim(min(left, edge), max(right, edge))
    area.set_yticks(range(len(drawn)), names, size=8)
    area.set_xlabel(_label(assessment))
    if claim.measure in SHARES and claim.scale == "difference":
        in_percent(area.xaxis)


def _label(assessment: Assessment) -> str:
    name = assessment.claim.measure.replace("_", " ")
    if assessment.claim.scale == "ratio":
        return f"ratio of {name}"
    return f"difference in {name}" + (" (points)" if assessment.claim.measure in SHARES else "")


def _describe(assessment: Assessment) -> FigureText:
    texts = [
        f"{effect.name}: {interval_text(assessment.claim, effect)}, {effect.verdict}." for effect in assessment.effects
    ]
    return FigureText(
        assessment.name.replace("_", "-"),
        _label(assessment).capitalize(),
        "Each contrast with its interval. Green: the range that supports the claim. Filled diamonds are decided.",
        " ".join(texts),
    )
