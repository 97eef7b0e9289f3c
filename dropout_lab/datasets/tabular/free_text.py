"""Which columns hold free text: sentences, not categories."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dropout_lab.config.dataset import UserDataset
from dropout_lab.datasets.tabular.date_columns import looks_like_dates
from dropout_lab.datasets.tabular.raw_table import RawColumn, RawTable
from dropout_lab.datasets.tabular.words import split_all

__all__ = ["is_free_text", "text_encodings"]

_MANY_WORDS = 4
_COVERED = 0.95
"""The share of the texts that are read to their end."""

_LONGEST = 500


def is_free_text(raw: RawColumn) -> bool:
    """Return whether most of the texts consist of several words."""
    words = [len(text.split()) for text in raw.categories or ()]
    return len(words) > 0 and float(np.median(words)) >= _MANY_WORDS


def text_encodings(table: RawTable, spec: UserDataset) -> dict[str, dict[str, Any]]:
    """Return ``dataset.encode`` for the columns of free text of which the config says nothing.

    Most of their texts differ. So many words are read that only one text in twenty is cut, but 500 at most.
    """
    others = {spec.target, spec.group, spec.fold, spec.time, *spec.drop, *spec.keep, *spec.categories, *spec.dates}
    found = {}
    for raw in table.columns:
        different = len(raw.categories or ()) * 2 > int(raw.present.sum())
        if raw.name not in others and different and is_free_text(raw) and not looks_like_dates(raw):
            most = float(np.quantile(split_all(tuple(raw.categories or ())).lengths, _COVERED))
            found[raw.name] = {"kind": "text", "length": min(_LONGEST, max(1, math.ceil(most)))}
    return found
