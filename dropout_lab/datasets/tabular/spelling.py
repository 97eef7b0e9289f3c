"""Texts that differ in case or blanks only: Yes, yes, YES."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from dropout_lab.datasets.message_text import join_names
from dropout_lab.datasets.tabular.raw_table import RawColumn

__all__ = ["case_notes", "folded", "merge_spellings"]


def folded(text: str) -> str:
    """Return what texts have in common that differ in case or blanks only."""
    return " ".join(text.casefold().split())


def merge_spellings(column: RawColumn) -> RawColumn:
    """Return a column of text in which such texts are one: the most frequent, of equally frequent ones the first."""
    if column.categories is None:
        return column
    counts = column.counts().tolist()
    order = sorted(range(len(counts)), key=lambda code: (-counts[code], (column.categories or ())[code]))
    chosen: dict[str, str] = {}
    for code in order:
        chosen.setdefault(folded(column.categories[code]), column.categories[code])
    categories = list(dict.fromkeys(chosen[folded(text)] for text in column.categories))
    codes = {text: code for code, text in enumerate(categories)}
    values = column.map_categories((codes[chosen[folded(text)]] for text in column.categories), -1)
    return replace(column, values=values, categories=tuple(categories))


def case_notes(columns: Iterable[tuple[str, tuple[str, ...]]]) -> Iterator[str]:
    """Yield which columns have such texts; `columns` are names with their different texts."""
    found = {name: alike for name, texts in columns if (alike := _alike(texts))}
    if found:
        first = next(iter(found.values()))
        yield (
            f"{join_names(list(found))}: texts that differ only in upper and lower case or in blanks are different "
            f"categories ({join_names(first, 6)}): if they mean the same, set dataset.fold_case: true"
        )


def _alike(texts: tuple[str, ...]) -> list[str]:
    groups: dict[str, list[str]] = {}
    for text in texts:
        groups.setdefault(folded(text), []).append(text)
    return [text for group in groups.values() if len(group) > 1 for text in group]
