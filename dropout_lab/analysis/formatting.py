"""Numbers and lists as a person reads them."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Sequence

from dropout_lab.stats.phrases import counted as count
from dropout_lab.stats.phrases import joined

__all__ = ["count", "cut", "listing", "number", "percent", "points", "typeset", "width", "wrapped"]


def percent(share: float, digits: int = 1) -> str:
    """Write a share as a percentage; ``-`` where there is none."""
    return f"{share:.{digits}%}" if math.isfinite(share) else "-"


def points(difference: float) -> str:
    """Write a difference between two shares in percentage points, with its sign; ``-`` where there is none."""
    if not math.isfinite(difference):
        return "-"
    text = f"{difference * 100:+.1f}"
    return "0.0" if float(text) == 0 else text.replace("-", "\N{MINUS SIGN}")


def width(margin: float) -> str:
    """Write a margin between two shares: ``1 point``, ``0.5 points``."""
    text = f"{margin * 100:g}"
    return f"{text} point{'' if text == '1' else 's'}"


def number(value: float) -> str:
    """Write a number in 3 significant digits; ``-`` where there is none."""
    return f"{value:.3g}" if math.isfinite(value) else "-"


def cut(text: str, most: int) -> str:
    """Write a text in at most so many characters."""
    return text if len(text) <= most else f"{text[: most - 3]}..."


def wrapped(text: str, width: int) -> str:
    """Write a text in one line or two of so many characters; what has no room is left out."""
    return "\n".join(textwrap.wrap(text, width, max_lines=2, placeholder="..."))


def listing(texts: Sequence[str], most: int = 8) -> str:
    """Write ``a, b and c``; of more than `most`, the first ones and how many more there are."""
    if len(texts) > most:
        texts = [*texts[: most - 1], f"{len(texts) - most + 1} more"]
    return joined(texts)


def typeset(text: str) -> str:
    """Write signs as they are printed: ``+-4.6`` and ``-2.1`` with a plus-minus and a minus."""
    return re.sub(r"(?<![^\s(])-(?=\d)", "\N{MINUS SIGN}", text.replace("+-", "\N{PLUS-MINUS SIGN}"))
