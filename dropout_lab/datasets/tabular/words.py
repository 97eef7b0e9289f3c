"""Texts as indices of words: what Keras' TextVectorization computes with its defaults, without TensorFlow.

Texts are bytes in UTF-8. ASCII letters become lower case, ASCII punctuation is left out, and words are what ASCII white
space separates. Index 0 pads, 1 is any word outside the vocabulary, and the words follow by their frequency in the
texts adapted to, of equally frequent ones the last in the order of bytes first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["RESERVED", "UNKNOWN", "SplitTexts", "Vocabulary", "split", "split_all"]

UNKNOWN = 1
"""The index of a word, or a category, that no training row has."""

RESERVED = 2
"""Indices before the first word: for the padding, or a missing category, and `UNKNOWN`."""

_PUNCTUATION = rb"""!"#$%&()*+,-./:;<=>?@[\]^_`{|}~'"""
_PADDING = -1


def split(text: str) -> list[bytes]:
    """Return the words of a text."""
    return text.encode().lower().translate(None, _PUNCTUATION).split()


@dataclass(frozen=True)
class Vocabulary:
    """The words that have an index.

    Attributes
    ----------
    words : tuple of bytes
        The most frequent first; the first one has the index `RESERVED`.
    index : array of shape (different words + 1,)
        Of each of `SplitTexts.words`, and at the end that of the padding.
    """

    words: tuple[bytes, ...]
    index: NDArray[np.int64]


@dataclass(frozen=True)
class SplitTexts:
    """Texts, each a sequence of words.

    Attributes
    ----------
    words : tuple of bytes
        All different ones, in the order of bytes.
    numbers : array of shape (words of all texts,)
        Of each word in `words`, text after text.
    lengths : array of shape (texts,)
    """

    words: tuple[bytes, ...]
    numbers: NDArray[np.int32]
    lengths: NDArray[np.int64]

    def vocabulary(self, times: NDArray[np.int64], most: int) -> Vocabulary:
        """Return the most frequent words, where each text occurs so many `times`; `most` with the reserved indices."""
        counts = np.bincount(self.numbers, np.repeat(times, self.lengths), len(self.words))
        ranked = np.lexsort((np.arange(len(counts)), counts))[::-1]
        ranked = ranked[counts[ranked] > 0][: most - RESERVED]
        index = np.full(len(self.words) + 1, UNKNOWN)
        index[ranked] = np.arange(RESERVED, RESERVED + len(ranked))
        index[_PADDING] = 0
        return Vocabulary(tuple(self.words[number] for number in ranked), index)

    def first(self, length: int) -> NDArray[np.int32]:
        """Return the numbers of each text's first words, of shape (texts + 1, length), the last one an empty text."""
        found = np.full((len(self.lengths) + 1, length), _PADDING, np.int32)
        taken = np.minimum(self.lengths, length)
        rows = np.repeat(np.arange(len(taken)), taken)
        places = np.arange(taken.sum()) - np.repeat(np.cumsum(taken) - taken, taken)
        starts = np.cumsum(self.lengths) - self.lengths
        found[rows, places] = self.numbers[starts[rows] + places]
        return found


@lru_cache(maxsize=8)
def split_all(texts: Sequence[str]) -> SplitTexts:
    """Split texts, a tuple; those that were split last are kept for further folds."""
    seen: dict[bytes, int] = {}
    numbers, lengths = [], []
    for text in texts:
        found = np.fromiter((seen.setdefault(word, len(seen)) for word in split(text)), np.int32)
        numbers.append(found)
        lengths.append(len(found))
    words = tuple(sorted(seen))
    rank = np.empty(len(words), np.int32)
    rank[[seen[word] for word in words]] = np.arange(len(words))
    return SplitTexts(words, rank[np.concatenate([np.zeros(0, np.int32), *numbers])], np.array(lengths, np.int64))
