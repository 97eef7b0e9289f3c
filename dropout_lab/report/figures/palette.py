"""The colours of figures and page: each one for a light and one for a dark background."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "BASELINE",
    "DOT",
    "GRID",
    "INK",
    "LINES",
    "MUTED",
    "PALETTE",
    "RAMP",
    "SURFACE",
    "Colour",
    "ramp",
]


@dataclass(frozen=True)
class Colour:
    """One colour.

    Attributes
    ----------
    name : str
        Of its variable in the page's style sheet.
    light, dark : str
        ``#rrggbb`` on a light and on a dark background. Figures are drawn with the light one, which no other
        colour has, so that a page can put the dark one in its place.
    """

    name: str
    light: str
    dark: str


INK = Colour("ink", "#1d2430", "#e9ecf2")
MUTED = Colour("muted", "#566072", "#a9b3c3")
GRID = Colour("grid", "#e2e6ec", "#313a48")
SURFACE = Colour("surface", "#ffffff", "#171c24")
DOT = Colour("dot", "#0072b2", "#56b4e9")
BASELINE = Colour("baseline", "#009e73", "#3ccfa4")

LINES = (
    Colour("line-0", "#0072b3", "#56b4ea"),
    Colour("line-1", "#d55e00", "#ff9a52"),
    Colour("line-2", "#00855f", "#3ccfa5"),
    Colour("line-3", "#b0508b", "#e79bc6"),
    Colour("line-4", "#8a6a00", "#f0c24b"),
    Colour("line-5", "#3d4654", "#d3d9e3"),
)
"""After Okabe and Ito (2008), which the colour-blind can tell apart; the light ones darkened to 4.5:1 or nearly."""

_STEPS = 12
_LIGHT = ("#2f86c8", "#6243ad", "#35103f")
_DARK = ("#4a94dc", "#b59cf2", "#ffe3f6")


def _mixed(anchors: tuple[str, ...], share: float) -> str:
    """Return the colour that lies at `share` (0 to 1) of the way along the anchors."""
    place = share * (len(anchors) - 1)
    first = min(int(place), len(anchors) - 2)
    one, other = ([int(each[at : at + 2], 16) for at in (1, 3, 5)] for each in anchors[first : first + 2])
    mix = [round(a + (b - a) * (place - first)) for a, b in zip(one, other, strict=True)]
    return "#" + "".join(f"{part:02x}" for part in mix)


RAMP = tuple(
    Colour(f"ramp-{step}", _mixed(_LIGHT, step / (_STEPS - 1)), _mixed(_DARK, step / (_STEPS - 1)))
    for step in range(_STEPS)
)
"""In order: away from the background as values rise, so that order shows without telling colours apart."""

PALETTE = (INK, MUTED, GRID, SURFACE, DOT, BASELINE, *LINES, *RAMP)


def ramp(count: int) -> tuple[Colour, ...]:
    """Return `count` colours in order, at most as many as the scale has; ends first."""
    if count == 1:
        return (RAMP[0],)
    return tuple(RAMP[round(step * (_STEPS - 1) / (count - 1))] for step in range(count))
