"""Seeds of all random streams: one stream for each purpose.

A stream's seed depends on its parent's seed and its purpose, never on the order of execution; so a trial draws the same
numbers alone, together with others and after an interruption.
"""

from __future__ import annotations

import hashlib

__all__ = ["derive_seed"]


def derive_seed(seed: int, *purpose: str | int) -> int:
    """Derive the seed of a random stream.

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
