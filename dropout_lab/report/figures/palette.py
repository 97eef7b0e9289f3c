"""The colors of figures and page, each for a light and a dark background, and the styles that figures share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = [
    "BAND",
    "BASELINE",
    "BASELINE_LINE",
    "DASHES",
    "DOT",
    "DOT_STYLE",
    "DUMMY_LINE",
    "GRID",
    "INK",
    "LINES",
    "MUTED",
    "PALETTE",
    "RAMP",
    "SURFACE",
    "Color",
    "ramp",
]


@dataclass(frozen=True)
class Color:
    """One color.

    Attributes
    ----------
    name : str
        Of its variable in the page's style sheet.
    light, dark : str
        ``#rrggbb`` on a light and on a dark background. Figures are drawn with the light one, which is unique to this
        color, so that a page can replace it with the dark one.
    """

    name: str
    light: str
    dark: str


INK = Color("ink", "#1d2430", "#e9ecf2")
MUTED = Color("muted", "#566072", "#a9b3c3")
GRID = Color("grid", "#e2e6ec", "#313a48")
SURFACE = Color("surface", "#ffffff", "#171c24")
DOT = Color("dot", "#0072b2", "#56b4e9")
BASELINE = Color("baseline", "#009e73", "#3ccfa4")

LINES = (
    Color("line-0", "#0072b3", "#56b4ea"),
    Color("line-1", "#d55e00", "#ff9a52"),
    Color("line-2", "#00855f", "#3ccfa5"),
    Color("line-3", "#b0508b", "#e79bc6"),
    Color("line-4", "#8a6a00", "#f0c24b"),
    Color("line-5", "#3d4654", "#d3d9e3"),
)
"""After Okabe and Ito (2008), safe for color-blind readers; the light ones darkened to a contrast near 4.5:1."""

BAND: dict[str, Any] = {"facecolor": BASELINE.light, "alpha": 0.25, "linewidth": 0}
DUMMY_LINE: dict[str, Any] = {"color": MUTED.light, "linewidth": 0.9, "linestyle": (0, (1, 1.5))}
BASELINE_LINE: dict[str, Any] = {"color": BASELINE.light, "linewidth": 1, "linestyle": (0, (4, 2))}
DOT_STYLE: dict[str, Any] = {
    "color": DOT.light,
    "marker": "o",
    "markersize": 3.6,
    "markeredgewidth": 0,
    "alpha": 0.6,
    "linestyle": "none",
}
DASHES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (2, 1)), (0, (6, 1.5, 1, 1.5)))

_STEPS = 12
_LIGHT = ("#2f86c8", "#6243ad", "#35103f")
_DARK = ("#4a94dc", "#b59cf2", "#ffe3f6")


def _mixed(anchors: tuple[str, ...], share: float) -> str:
    """Interpolate between the anchors, evenly spaced from 0 to 1, at `share`."""
    channels = zip(*(bytes.fromhex(anchor[1:]) for anchor in anchors), strict=True)
    ends = [step / (len(anchors) - 1) for step in range(len(anchors))]
    return "#" + bytes(round(float(np.interp(share, ends, values))) for values in channels).hex()


RAMP = tuple(
    Color(f"ramp-{step}", _mixed(_LIGHT, step / (_STEPS - 1)), _mixed(_DARK, step / (_STEPS - 1)))
    for step in range(_STEPS)
)
"""Ordered: contrast with the background rises with the value, so that the order shows even without color."""

PALETTE = (INK, MUTED, GRID, SURFACE, DOT, BASELINE, *LINES, *RAMP)


def ramp(count: int) -> tuple[Color, ...]:
    """Return `count` colors of the ramp, evenly spaced from its first to its last."""
    if count == 1:
        return (RAMP[0],)
    return tuple(RAMP[round(step * (_STEPS - 1) / (count - 1))] for step in range(count))
