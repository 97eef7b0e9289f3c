"""Did you mean this one? The nearest of the words that are known."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

__all__ = ["nearest"]


def nearest(word: str, choices: Sequence[str], otherwise: str | None = None) -> str:
    """Return the end of a message about an unknown word: the choice that was meant, else `otherwise`, else all."""
    close = difflib.get_close_matches(word, choices, n=1)
    if close:
        return f"; did you mean {close[0]}?"
    return f" (known: {', '.join(choices)})" if otherwise is None else otherwise
