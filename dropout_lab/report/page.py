"""One self-contained HTML page. Whatever a result contains is escaped, never markup."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jinja2 import BaseLoader, ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from dropout_lab import __version__
from dropout_lab.analysis.formatting import typeset
from dropout_lab.report.comparison import ComparisonSection
from dropout_lab.report.figures import PALETTE, Picture, inline
from dropout_lab.report.section import ReportSection

__all__ = ["MADE_BY", "fill", "render"]

MADE_BY = '<meta name="generator" content="dropout-lab '
"""Marks a page as ours, so that it may be overwritten."""


def render(sections: Sequence[ReportSection], comparison: ComparisonSection | None = None) -> bytes:
    """Write the page of one result, or of several with their comparison.

    Parameters
    ----------
    sections : sequence of ReportSection
        At least one; anchors must be unique.
    comparison : ComparisonSection or None

    Returns
    -------
    bytes
        HTML in UTF-8 without scripts or external resources. The same for the same arguments.
    """
    title = f"{sections[0].name}: dropout report" if comparison is None else f"{len(sections)} dropout results compared"
    return fill("page.html.jinja", title=title, sections=sections, comparison=comparison)


def fill(template: str, loader: BaseLoader | None = None, **content: Any) -> bytes:
    """Fill a template; everything but our own drawings is escaped.

    Parameters
    ----------
    template : str
    loader : jinja2.BaseLoader or None
        Finds templates besides this package's own.
    **content
        Variables of the template; ``title`` is that of the page.
    """
    ours = PackageLoader("dropout_lab.report")
    environment = Environment(
        loader=ChoiceLoader([loader, ours]) if loader else ours,
        autoescape=True,  # in every template, whatever its name ends in
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["typeset"] = typeset
    text = environment.get_template(template).render(
        version=__version__,
        made_by=Markup(MADE_BY),  # noqa: S704 - a constant
        palette=PALETTE,
        drawn=_drawn,
        **content,
    )
    return text.encode("utf-8", "replace")  # JSON files may contain lone surrogates, UTF-8 may not


def _drawn(picture: Picture, anchor: str) -> Markup:
    """Return a figure as markup; every text in it is escaped."""
    return Markup(inline(picture, f"{anchor}-{picture.text.name}"))  # noqa: S704
