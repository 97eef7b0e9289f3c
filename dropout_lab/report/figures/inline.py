"""Embed a figure's SVG in a page, in the page's colors."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from dropout_lab.report.figures.palette import PALETTE
from dropout_lab.report.figures.picture import Picture

__all__ = ["inline"]

_VARIABLES = {color.light: f"var(--{color.name}, {color.light})" for color in PALETTE}
_PAINT = re.compile(r"(?<=: )#[0-9a-f]{6}\b")
_DROPPED = frozenset({"metadata", "title"})


def inline(picture: Picture, prefix: str) -> str:
    """Return a figure as an ``<svg>`` element for an HTML page.

    The element has the alternative text as its label, the page's CSS variables for the colors of the palette (so that
    it follows the page's dark mode), and ids unique on the page. Only attributes change; texts stay escaped.

    Parameters
    ----------
    picture : Picture
    prefix : str
        Of its ids; unique on the page.
    """
    root = ElementTree.fromstring(picture.svg)  # noqa: S314 - our own drawing
    for element in root.iter():
        element.tag = element.tag.partition("}")[2]
        for key in list(element.attrib):
            value = element.attrib.pop(key)
            element.set(key.rpartition("}")[2], _changed(key.rpartition("}")[2], value, prefix))
    for child in [child for child in root if child.tag in _DROPPED]:
        root.remove(child)
    for key in ("width", "height", "version"):
        root.attrib.pop(key, None)
    root.attrib.update({"role": "img", "aria-label": picture.text.alt, "focusable": "false"})
    return ElementTree.tostring(root, encoding="unicode")


def _changed(key: str, value: str, prefix: str) -> str:
    if key == "id":
        return f"{prefix}-{value}"
    if key == "href":
        return f"#{prefix}-{value.removeprefix('#')}"
    if key == "style":
        value = _PAINT.sub(lambda found: _VARIABLES.get(found[0], found[0]), value)
    return value.replace("url(#", f"url(#{prefix}-")
