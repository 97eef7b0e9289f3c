"""A claim's effects as a figure."""

from __future__ import annotations

import math
import textwrap
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import NullFormatter, ScalarFormatter
from numpy.typing import NDArray

from dropout_lab.claims.assessment import Assessment, interval_text
from dropout_lab.claims.measure import SHARES
from dropout_lab.claims.verdict import Effect
from dropout_lab.report.figures.axis_style import in_percent
from dropout_lab.report.figures.palette import BASELINE, INK, SURFACE
from dropout_lab.report.figures.picture import Layout, Picture, Words, picture

__all__ = ["effects"]

_LINE, _ROW, _WRAP = 0.14, 0.18, 26  # inches, inches, characters
_BAND: dict[str, Any] = {"facecolor": BASELINE.light, "alpha": 0.25, "linewidth": 0}
_BAR: dict[str, Any] = {"color": INK.light, "linewidth": 1.3}


def effects(tested: Assessment, note: str = "") -> Picture | None:
    """Draw each contrast with its interval, and where the claim says that it is; None where there is nothing to draw.

    Parameters
    ----------
    tested : Assessment
    note : str
        See `picture`.
    """
    drawn = [each for each in tested.effects if math.isfinite(each.low) and math.isfinite(each.high)]
    if not drawn:
        return None
    names = [textwrap.fill(each.name, _WRAP, max_lines=3, placeholder=" ...") for each in drawn]
    lines = max(name.count("\n") + 1 for name in names)
    layout = Layout(height=max((_ROW + _LINE * lines) * len(drawn), 0.7), left=1.75)
    return picture(_words(tested), note, layout, lambda areas: _draw(areas, tested, drawn, names))


def _draw(areas: NDArray[Any], tested: Assessment, drawn: list[Effect], names: list[str]) -> list[Artist]:
    area: Axes = areas[0, 0]
    claim = tested.claim
    nothing = 1.0 if claim.scale == "ratio" else 0.0
    area.axvline(nothing, color=BASELINE.light, linewidth=1, linestyle=(0, (4, 2)))
    rows = range(len(drawn))
    area.hlines(rows, [each.low for each in drawn], [each.high for each in drawn], **_BAR)
    for row, each in zip(rows, drawn, strict=True):
        fill = SURFACE.light if each.verdict == "undecided" else INK.light
        area.plot([each.mean], [row], "D", color=INK.light, markerfacecolor=fill, markersize=5)
    if claim.scale == "ratio":
        area.set_xscale("log")
        area.xaxis.set_major_formatter(ScalarFormatter())
        area.xaxis.set_minor_formatter(NullFormatter())
    left, right = area.get_xlim()
    least = {"ratio": claim.smallest, "difference": claim.smallest}[claim.scale]
    edge = least if claim.direction == "higher" else (1 / least if claim.scale == "ratio" else -least)
    ends = (edge, max(right, edge)) if claim.direction == "higher" else (min(left, edge), edge)
    area.axvspan(*ends, **_BAND)
    area.set_xlim(min(left, edge), max(right, edge))
    area.set_yticks(rows, names, size=8)
    area.set_ylim(len(drawn) - 0.4, -0.6)
    area.grid(visible=False, axis="y")
    area.set_xlabel(_label(tested))
    if claim.measure in SHARES and claim.scale == "difference":
        in_percent(area.xaxis)
    mean = Line2D([], [], marker="D", markersize=5, markerfacecolor=SURFACE.light, label="mean, interval", **_BAR)
    return [mean, Patch(label="as claimed", **_BAND)]


def _label(tested: Assessment) -> str:
    name = tested.claim.measure.replace("_", " ")
    if tested.claim.scale == "ratio":
        return f"ratio of {name}"
    return f"difference in {name}" + (" (points)" if tested.claim.measure in SHARES else "")


def _words(tested: Assessment) -> Words:
    told = [f"{each.name}: {interval_text(tested.claim, each)}, {each.verdict}." for each in tested.effects]
    return Words(
        tested.name.replace("_", "-"),
        _label(tested).capitalize(),
        "Each contrast with its interval. Green: where the claim says that it is. A filled diamond: decided.",
        " ".join(told),
    )
