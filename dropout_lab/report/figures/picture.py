"""One figure as bytes: all in the same size and style, and the same bytes every time."""

from __future__ import annotations

import io
import textwrap
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from numpy.typing import NDArray

from dropout_lab.report.figures.palette import GRID, INK, MUTED, SURFACE

__all__ = ["FigureText", "Layout", "Picture", "picture"]

_WIDTH = 4.2  # inches: a phone shows it at four fifths of its size, so that text of 9 pt stays readable
_DPI = 200
_TITLE, _TITLE_LINE, _LEGEND_LINE, _XLABEL, _NOTE_LINE = 0.17, 0.19, 0.16, 0.52, 0.16  # inches
_TITLE_CHARACTERS, _NOTE_CHARACTERS, _NOTE_LINES = 44, 58, 6
_EDGE = 0.1 / _WIDTH
_STYLE: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": MUTED.light,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.labelcolor": INK.light,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.facecolor": SURFACE.light,
    "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib; an SVG only names it
    "font.size": 9,
    "grid.color": GRID.light,
    "grid.linewidth": 0.7,
    "legend.borderaxespad": 0,
    "legend.columnspacing": 1.2,
    "legend.frameon": False,
    "legend.handlelength": 1.6,
    "legend.handletextpad": 0.5,
    "legend.labelspacing": 0.25,
    "legend.borderpad": 0,
    "lines.linewidth": 1.5,
    "path.simplify": True,
    "svg.fonttype": "none",
    "svg.hashsalt": "dropout-lab",
    "text.color": INK.light,
    "text.parse_math": False,  # a dollar sign in a name or note does not start a formula
    "xtick.color": MUTED.light,
    "xtick.labelcolor": INK.light,
    "ytick.color": MUTED.light,
    "ytick.labelcolor": INK.light,
}


Paint = Callable[[NDArray[Any]], None]
"""Draws into an array of axes, shape (rows, columns); the legend shows every artist with a label."""


@dataclass(frozen=True)
class FigureText:
    """The texts of a figure.

    Attributes
    ----------
    name : str
        Of its files, without an extension.
    title : str
        What it plots, in one line.
    caption : str
        How to read it.
    alt : str
        What it shows, for readers who cannot see it.
    """

    name: str
    title: str
    caption: str
    alt: str


@dataclass(frozen=True)
class Picture:
    """A finished figure: its texts, the matplotlib figure, and its two files, rendered when they are first asked for.

    Attributes
    ----------
    text : FigureText
    figure : matplotlib.figure.Figure
    paint : callable
        See `Paint`.
    svg, png : bytes
        The same for the same figure, on one set of versions.
    """

    text: FigureText
    figure: Figure = field(repr=False, compare=False)
    paint: Paint = field(repr=False, compare=False)

    def draw_on(self, axes: Axes) -> None:
        """Draw it, if it has one pair of axes only, on those of another figure and in the style of that."""
        self.paint(np.array([[axes]], dtype=object))
        axes.set_title(_printable(self.text.title))
        if axes.get_legend_handles_labels()[0]:
            axes.legend()

    @cached_property
    def svg(self) -> bytes:
        """The figure as SVG, its text as text."""
        plain = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        return _saved(self.figure, "svg", plain | {"Title": _printable(self.text.title)})

    @cached_property
    def png(self) -> bytes:
        """The figure as PNG, with the texts that describe it."""
        texts = {"Description": _printable(self.text.alt), "Title": _printable(self.text.title)}
        return _saved(self.figure, "png", {"Software": None} | texts)


@dataclass(frozen=True)
class Layout:
    """How much room the axes of a figure have; within it, matplotlib's constrained layout makes room for their labels.

    Attributes
    ----------
    height : float
        Of one row of axes with its title, in inches.
    rows, columns : int
    legend : int
        Lines of the legend above the axes.
    below : float
        Inches below the axes, in addition to one line of tick labels and the axis label.
    """

    height: float = 2.5
    rows: int = 1
    columns: int = 1
    legend: int = 1
    below: float = 0.0


def picture(text: FigureText, note: str, layout: Layout, paint: Paint) -> Picture:
    """Draw a figure.

    Parameters
    ----------
    text : FigureText
    note : str
        What must accompany all results from these data; printed at the bottom. May be empty.
    layout : Layout
    paint : callable
        See `Paint`.

    Returns
    -------
    Picture
        With the same files for the same arguments, on one set of versions.
    """
    with _style():
        return Picture(text, _sheet(text.title, note, layout, paint), paint)


@contextmanager
def _style() -> Iterator[None]:
    """Use the project's settings, whatever the user's are, and restore those afterwards."""
    with mpl.rc_context(), warnings.catch_warnings():
        # A letter missing from the font is a box in the PNG, but text in the SVG.
        warnings.filterwarnings("ignore", message="(?s).*Glyph .* missing from font")
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        yield


def _sheet(title: str, note: str, layout: Layout, paint: Paint) -> Figure:
    head = textwrap.wrap(_printable(title), _TITLE_CHARACTERS, max_lines=2, placeholder=" ...")
    foot = textwrap.wrap(_printable(note), _NOTE_CHARACTERS, max_lines=_NOTE_LINES, placeholder=" ...")
    over = _TITLE + _TITLE_LINE * len(head)
    above = over + _LEGEND_LINE * layout.legend + 0.08
    below = _NOTE_LINE * len(foot) + (0.06 if foot else 0)
    height = above + layout.height * layout.rows + _XLABEL + layout.below + below
    rect = _EDGE / 2, below / height, 1 - _EDGE, 1 - (above + below) / height
    figure = Figure(figsize=(_WIDTH, height))
    axes = figure.subplots(layout.rows, layout.columns, squeeze=False, sharex=True, sharey=True)
    for line, text in enumerate(head):
        place = 1 - (0.1 + _TITLE_LINE * line) / height
        figure.text(_EDGE, place, text, va="top", size=11, weight="bold")
    for line, text in enumerate(reversed(foot)):
        place = (0.06 + _NOTE_LINE * line) / height
        figure.text(_EDGE, place, text, size=9, color=MUTED.light, style="italic")
    paint(axes)
    handles = [handle for area in figure.axes for handle in area.get_legend_handles_labels()[0]]
    if handles and layout.legend:
        columns = -(-len(handles) // layout.legend)
        figure.legend(handles=handles, loc="upper left", bbox_to_anchor=(_EDGE, 1 - over / height), ncols=columns)
    ConstrainedLayoutEngine(rect=rect).execute(figure)  # once, not for each file
    return figure


def _printable(text: str) -> str:
    """Replace control characters and lone surrogates, which neither an SVG nor a PNG can hold."""
    spaced = "".join(" " if char.isspace() else char for char in text)
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in spaced)


def _saved(figure: Figure, kind: str, metadata: dict[str, Any]) -> bytes:
    file = io.BytesIO()
    with _style():
        figure.savefig(file, format=kind, dpi=_DPI if kind == "png" else 72, metadata=metadata)
    return file.getvalue()
