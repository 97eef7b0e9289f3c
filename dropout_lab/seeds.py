"""Where every random number comes from: one stream per purpose, derived from what it is for.

A stream is named by its parents' seed and its purpose, never by the order of execution; so a trial draws the same
numbers alone, in any company and after any interruption.
"""

from __future__ import annotations

import hashlib

__all__ = ["derive_seed"]


def derive_seed(seed: int, *purpose: str | int) -> int:
    """Derive the seed of one stream.

    Parameters
    ----------
    seed : int
        The parent's seed.
    *purpose : str or int
        What the stream is for, e.g. ``"mask", "hidden_1"``.

    Returns
    -------
    int
        0 <= seed < 2**60.
    """
    text = "/".join(str(part) for part in (seed, *purpose))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 4
