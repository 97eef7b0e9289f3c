"""What the user should know about a column that is an input: it may mean something else than it was taken for."""

from __future__ import annotations

import numpy as np

from dropout_lab.config.dataset import UserDataset
from dropout_lab.config.yaml_text import listed
from dropout_lab.datasets.message_text import join_names
from dropout_lab.datasets.tabular.column_types import MIN_COUNTED_ROWS, Column
from dropout_lab.datasets.tabular.raw_table import RawColumn
from dropout_lab.datasets.tabular.stray_cells import missing_advice
from dropout_lab.datasets.tabular.text_numbers import TextNumbers

__all__ = ["column_note"]


def column_note(raw: RawColumn, column: Column, text: TextNumbers | None, spec: UserDataset) -> str:
    """Return what the user should know about a column; usually nothing.

    Parameters
    ----------
    raw : RawColumn
        As it was read.
    column : Column
        What it was taken for.
    text : TextNumbers or None
        The numbers that were found in it, if it was read as text.
    spec : UserDataset
        What the config says.
    """
    present = raw.values[raw.present]
    if raw.categories is None:
        whole = len(present) >= MIN_COUNTED_ROWS and (present == np.floor(present)).all()
        if whole and len(np.unique(present)) == len(present) and raw.name not in spec.keep:
            return (
                "a different whole number in every row: if it is an id, it must not be learned: set dataset.drop: "
                f"{listed((*spec.drop, raw.name))}"
            )
        return ""
    if text is not None and text.count >= len(text.strays) > 0 and text.count * 2 >= len(present):
        texts = text.stray_texts
        return (
            f"{text.count:,} of {len(present):,} values are numbers and the rest text "
            f"({join_names(texts, 3)}), so it is a category: {missing_advice(texts, spec)}"
        )
    if len(column.categories) > spec.most_categories:
        return (
            f"{len(column.categories):,} categories: the {spec.most_categories - 1} most frequent of the training rows "
            "have an input each, all others share one; most_categories changes that"
        )
    return ""
