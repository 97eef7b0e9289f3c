"""Columns that become indices: categories with an embedding, and texts. Fitted like scikit-learn's transformers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config.encodings import Text
from dropout_lab.datasets.tabular.column_types import Column
from dropout_lab.datasets.tabular.words import RESERVED, UNKNOWN, Vocabulary, split_all

__all__ = ["CategoryIndices", "WordIndices"]


@dataclass
class CategoryIndices:
    """Categories as indices: 0 where missing, `UNKNOWN` for what no row fitted on has, the others in their order.

    Attributes
    ----------
    known : list of array of shape (categories,), bool
        For each column, which of its categories have an index of their own.
    """

    columns: Sequence[Column]
    known: list[NDArray[np.bool_]] = field(default_factory=list)

    def fit(self, features: NDArray[Any]) -> CategoryIndices:
        """Learn which categories occur, in rows of shape (rows, columns)."""
        self.known = [
            np.bincount(_codes(values), minlength=len(column.categories)) > 0
            for column, values in zip(self.columns, features.T, strict=True)
        ]
        return self

    def transform(self, features: NDArray[Any]) -> NDArray[np.float64]:
        """Return the indices, of the same shape."""
        indices = np.zeros(features.shape)
        for known, values, found in zip(self.known, features.T, indices.T, strict=True):
            present = ~np.isnan(values)
            codes = values[present].astype(np.int64)
            found[present] = np.where((codes >= 0) & known[codes], codes + RESERVED, UNKNOWN)
        return indices


@dataclass
class WordIndices:
    """Texts as the indices of their words; a missing text has no words.

    Attributes
    ----------
    vocabularies : list of Vocabulary
        Of each column.
    """

    columns: Sequence[Column]
    vocabularies: list[Vocabulary] = field(default_factory=list)

    def fit(self, features: NDArray[Any]) -> WordIndices:
        """Learn the vocabularies of rows of shape (rows, columns)."""
        self.vocabularies = [
            split_all(column.categories).vocabulary(
                np.bincount(_codes(values), minlength=len(column.categories)), _settings(column).words
            )
            for column, values in zip(self.columns, features.T, strict=True)
        ]
        return self

    def transform(self, features: NDArray[Any]) -> NDArray[np.float64]:
        """Return the indices, of shape (rows, lengths of all columns)."""
        parts: list[NDArray[Any]] = [np.zeros((len(features), 0))]
        for column, vocabulary, values in zip(self.columns, self.vocabularies, features.T, strict=True):
            words = split_all(column.categories).first(_settings(column).length)
            rows = np.where(np.isnan(values), -1, values).astype(np.int64)
            parts.append(vocabulary.index[words[rows]])
        return np.hstack(parts)


def _codes(values: NDArray[Any]) -> NDArray[np.int64]:
    """Return the categories of the rows that have one."""
    codes: NDArray[np.int64] = values[~np.isnan(values)].astype(np.int64)
    return codes


def _settings(column: Column) -> Text:
    if not isinstance(column.encoding, Text):
        raise TypeError(f"{column.name} is no column of text")
    return column.encoding
