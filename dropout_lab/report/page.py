"""Sections -> one self-contained HTML page. Everything a result holds is text to it."""

from __future__ import annotations

from collections.abc import Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from dropout_lab import __version__
from dropout_lab.report.comparison import Comparison
from dropout_lab.report.figures import PALETTE, Picture, inline
from dropout_lab.report.section import Section
from dropout_lab.report.words import typeset

__all__ = ["MADE_BY", "render"]

MADE_BY = '<meta name="generator" content="dropout-lab '
"""What every page of this program holds, and no other: such a page may be written anew."""


def render(sections: Sequence[Section], comparison: Comparison | None = None) -> bytes:
    """Write the page of one result, or of several with their comparison.

    Parameters
    ----------
    sections : sequence of Section
        At least one; each with an anchor of its own.
    comparison : Comparison or None

    Returns
    -------
    bytes
        HTML in UTF-8 that needs no other file, no script and no network. The same for the same arguments.
    """
    environment = Environment(
        loader=PackageLoader("dropout_lab.report"),
        autoescape=True,  # in every template, whatever its name ends in
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["typeset"] = typeset
    title = f"{sections[0].name}: dropout report" if comparison is None else f"{len(sections)} dropout results compared"
    text = environment.get_template("page.html.jinja").render(
        title=title,
        version=__version__,
        made_by=Markup(MADE_BY),  # noqa: S704 - a constant
        palette=PALETTE,
        sections=sections,
        comparison=comparison,
        drawn=_drawn,
    )
    return text.encode("utf-8", "replace")  # what a JSON file may hold and UTF-8 may not: half a character


def _drawn(picture: Picture, anchor: str) -> Markup:
    """Return a figure as markup: our own drawing, in which every text is escaped."""
    return Markup(inline(picture, f"{anchor}-{picture.words.name}"))  # noqa: S704
