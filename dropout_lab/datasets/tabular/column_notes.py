"""What the user should know about a column that is an input: it may mean something else than it was taken for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from dropout_lab.config.dataset import CSV, UserDataset
from dropout_lab.config.section import without_defaults
from dropout_lab.config.yaml_text import listed, scalar
from dropout_lab.datasets.message_text import join_names, printable
from dropout_lab.datasets.tabular.cell_values import is_missing
from dropout_lab.datasets.tabular.column_types import MIN_COUNTED_ROWS, Column
from dropout_lab.datasets.tabular.date_columns import dates_advice, looks_like_dates
from dropout_lab.datasets.tabular.free_text import is_free_text
from dropout_lab.datasets.tabular.raw_table import RawColumn
from dropout_lab.datasets.tabular.stray_cells import missing_advice
from dropout_lab.datasets.tabular.text_numbers import TextNumbers

__all__ = ["codes_note", "column_note", "excluded_notes", "excluded_reason", "possible_ids_note", "quotes_note"]


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
    if raw.name not in spec.categories and (example := looks_like_dates(raw)):
        kind = "is a category" if raw.categories is not None else "is one number"
        return f"looks like dates ({printable(example)}), but each {kind}: {dates_advice(spec, raw.name)}"
    if raw.categories is None or column.encoding is not None:
        return ""
    if text is not None and text.count >= len(text.strays) > 0 and text.count * 2 >= len(present):
        texts = text.stray_texts
        return (
            f"{text.count:,} of {len(present):,} values are numbers and the rest text "
            f"({join_names(texts, 3)}), so it is a category: {missing_advice(texts, spec)}"
        )
    if is_free_text(raw) and len(column.categories) * 2 > len(present):
        return (
            f"looks like free text ({printable(column.categories[0])}), {len(column.categories):,} different ones, and "
            f"each is a category: set dataset.encode: {_encoded(raw.name, 'text', spec)}, or "
            f"set dataset.drop: {listed((*spec.drop, raw.name))}"
        )
    if len(column.categories) > spec.most_categories:
        return (
            f"{len(column.categories):,} categories: the {spec.most_categories - 1} most frequent of the training rows "
            "have an input each, all others share one; most_categories changes that, and dataset.encode: "
            f"{_encoded(raw.name, 'embedding', spec)} learns a vector for each of them"
        )
    return ""


def possible_ids_note(columns: Sequence[RawColumn], spec: UserDataset) -> Iterator[str]:
    """Yield a note on the inputs that could be an id: whole numbers, none negative, that differ in every row."""
    names = [column.name for column in columns if column.name not in spec.keep and _may_be_an_id(column)]
    if names:
        them = "it is an id, it" if len(names) == 1 else "they are ids, they"
        yield (
            f"{join_names(names)}: a different whole number in every row: if {them} must not be learned: set "
            f"dataset.drop: {listed((*spec.drop, *names))}"
        )


def codes_note(columns: Sequence[RawColumn], spec: UserDataset) -> Iterator[str]:
    """Yield a note on the inputs that are whole numbers of which some begin with zeros."""
    padded = {column.name: column.padded for column in columns if column.categories is None and column.padded}
    if padded:
        example = next((cell for cell in padded.values() if float(cell)), next(iter(padded.values())))
        yield (
            f"{join_names([*padded])}: cells that begin with zeros are read as amounts, {printable(example)} as "
            f"{float(example):g}: if they are codes, set dataset.category: {listed((*spec.category, *padded))}"
        )


def quotes_note(columns: Sequence[RawColumn], spec: UserDataset) -> Iterator[str]:
    """Yield a note on columns of a text file whose texts are all in quotation marks that the file seems not to mean."""
    names = [column.name for column in columns if _is_quoted(column.categories or ())]
    if names and isinstance(spec, CSV) and spec.quoting == "double":
        yield f"' encloses every text of {join_names(names)}: if it is no part of them, set dataset.quoting: single"


def excluded_reason(raw: RawColumn, reason: str) -> str:
    """Return why a column is left out; what differs in every row need not be an id."""
    if raw.categories is None or not reason.startswith("an id"):
        return reason
    if looks_like_dates(raw):
        return "dates: a different one in every row"
    return "free text: a different one in every row" if is_free_text(raw) else reason


def excluded_notes(columns: Sequence[RawColumn], reasons: Mapping[str, str], spec: UserDataset) -> Iterator[str]:
    """Yield what could be done with the columns that are left out; `reasons` says why, by name."""
    columns = [raw for raw in columns if raw.name in reasons]
    ids = [raw.name for raw in columns if reasons[raw.name].startswith("an id")]
    if ids:
        yield f"left out as an id: {join_names(ids)}: if it is an input, set dataset.keep: {listed((*spec.keep, *ids))}"
    for raw in columns:
        if raw.categories and reasons[raw.name].startswith("free text"):
            yield (
                f"{printable(raw.name)}: looks like free text ({printable(raw.categories[0])}), a different one in "
                f"every row, and is left out: to read it, set dataset.encode: {_encoded(raw.name, 'text', spec)}"
            )
        if raw.categories is not None and len(raw.categories) > 1 and (example := looks_like_dates(raw)):
            yield (
                f"{printable(raw.name)}: looks like dates ({printable(example)}), a different one in every row, and is "
                f"left out: {dates_advice(spec, raw.name)}"
            )


def _encoded(name: str, encoding: str, spec: UserDataset) -> str:
    """Return ``dataset.encode`` with an encoding more, for a config."""
    known = {key: without_defaults(each) for key, each in spec.encode.items()}
    settings = (
        f"{{{', '.join(f'{part}: {value}' for part, value in each.items())}}}" if len(each) > 1 else each["kind"]
        for each in (*known.values(), {"kind": encoding})
    )
    return f"{{{', '.join(f'{scalar(key)}: {each}' for key, each in zip((*known, name), settings, strict=True))}}}"


def _may_be_an_id(column: RawColumn) -> bool:
    present = column.values[column.present]
    whole = len(present) >= MIN_COUNTED_ROWS and present.min() >= 0 and (present == np.floor(present)).all()
    return (
        column.categories is None and not looks_like_dates(column) and whole and len(np.unique(present)) == len(present)
    )


def _is_quoted(texts: Sequence[str]) -> bool:
    texts = [text for text in texts if not is_missing(text)]
    return bool(texts) and all(len(text) > 1 and text[0] == text[-1] == "'" for text in texts)
