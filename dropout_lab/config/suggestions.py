"""The known word that is closest to an unknown one: "did you mean ...?"."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

__all__ = ["nearest"]


def nearest(word: str, choices: Sequence[str], otherwise: str | None = None) -> str:
    """Return the end of a message about an unknown word: the closest choice, else `otherwise`, else all choices."""
    close = difflib.get_close_matches(word, choices, n=1)
    if close:
        return f"; did you mean {close[0]}?"
    return f" (known: {', '.join(choices)})" if otherwise is None else otherwise
