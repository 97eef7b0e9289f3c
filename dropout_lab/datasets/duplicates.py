"""Rows with equal inputs: how many there are, of which kinds, and what is said of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config.dataset import Treatment
from dropout_lab.datasets.message_text import printable

__all__ = ["Duplicates", "copies_of_earlier_rows", "count_duplicates"]

_MANY_COPIES = 0.5
"""The share of a class's rows that are copies from which it looks oversampled, if all other classes have under half."""


@dataclass(frozen=True)
class Duplicates:
    """Rows whose inputs are equal to those of another row.

    Attributes
    ----------
    rows : int
        How many rows there are in all.
    distinct : int
        How many of them differ in their inputs.
    copies : int
        Rows whose inputs and target an earlier row has.
    conflicting : int
        Rows whose inputs another row has with another target.
    oversampled : tuple of (class, copies, rows)
        The classes of which most rows are copies, where there are others of which few are.
    treatment : str
        ``group``: they are held out together; ``keep``: they count as any rows; ``drop``: copies are left out, and what
        is left is held out together.
    kept_checksum : str
        The checksum of the data that ``keep`` leaves.
    groups : tuple of int
        How many groups of the user's own there are, and how many are left after those that share inputs have become
        one; empty if none do.
    split : str
        The ``evaluation.split`` that holds rows out without regard to their inputs; empty if none does.
    """

    rows: int
    distinct: int
    copies: int
    conflicting: int
    oversampled: tuple[tuple[str, int, int], ...] = ()
    treatment: Treatment = "keep"
    kept_checksum: str = ""
    groups: tuple[int, ...] = ()
    split: str = ""

    def __str__(self) -> str:
        """Count them in words."""
        return "; ".join(self._facts())

    def _facts(self) -> Iterator[str]:
        if self.copies:
            yield f"{self.copies:,} of {self.rows:,} rows {_are(self.copies, 'a copy', 'copies')} of an earlier row"
        if self.conflicting:
            of = "" if self.copies else f" of {self.rows:,}"
            yield f"{self.conflicting:,}{of} rows have the inputs of another row and another target"
        for name, copies, rows in self.oversampled:
            yield f"{copies:,} of {rows:,} rows of class {printable(name)} are copies, as if it had been oversampled"

    @property
    def note(self) -> str:
        """What must be said of results from these rows."""
        return f"{self}: {self._consequence}{self._doubt}"

    @property
    def _consequence(self) -> str:
        if self.treatment == "keep":
            cause = f"evaluation.split: {self.split}" if self.split else "dataset.duplicates: keep"
            return (
                "rows that are trained on may be held out again, which rewards memorizing and so favors low rates "
                f"({cause})"
            )
        together = "rows with equal inputs are held out together"
        if self.groups and not self.split:
            together += ", and with them their groups, so that {:,} groups become {:,}".format(*self.groups)
        if self.treatment == "group":
            return f"{together} (dataset.duplicates: group)"
        dropped = "copies are left out" if self.copies else ""
        rest = together if self.conflicting and not self.split else ""
        left = f"evaluation.split: {self.split} decides which of the others are held out" if self.split else ""
        return f"{', and '.join(filter(None, (dropped, rest, left)))} (dataset.duplicates: drop)"

    @property
    def _doubt(self) -> str:
        """Say that these may be no duplicates at all, where equal inputs rarely have equal targets."""
        if self.treatment == "keep":
            return ""
        if self.groups and not self.split:
            return "; to hold out each group by itself, set dataset.duplicates: keep"
        if 2 * self.conflicting <= self.rows:
            return ""
        return (
            f"; there are only {self.distinct:,} different inputs: if equal ones are separate observations, of which "
            "new ones will be predicted, set dataset.duplicates: keep"
        )

    def earlier_treatment(self, saved: object) -> str:
        """Return how the same rows were treated in an earlier result; empty if they were other rows.

        Parameters
        ----------
        saved : mapping or anything else
            ``data`` of its ``run.json``. A version without this setting kept duplicates.
        """
        if not isinstance(saved, Mapping):
            return ""
        duplicates = saved.get("duplicates")
        if isinstance(duplicates, Mapping):
            same = duplicates.get("kept_checksum") == self.kept_checksum
            return str(duplicates.get("treatment")) if same else ""
        return "keep" if saved.get("checksum") == self.kept_checksum else ""

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data, for ``run.json``."""
        return {
            "treatment": self.treatment,
            "rows": self.rows,
            "distinct": self.distinct,
            "copies": self.copies,
            "conflicting": self.conflicting,
            "kept_checksum": self.kept_checksum,
            "note": self.note,
        }


def count_duplicates(
    first: NDArray[np.int64], target: NDArray[np.int64] | NDArray[np.float64], classes: Sequence[str]
) -> Duplicates | None:
    """Count the rows with equal inputs.

    Parameters
    ----------
    first : array of shape (rows,)
        As from `first_equal_rows` of the inputs.
    target : array of shape (rows,)
        Class codes, or numbers.
    classes : sequence of str
        Empty for numbers.

    Returns
    -------
    Duplicates or None
        None if all inputs differ.
    """
    distinct = len(np.unique(first))
    if distinct == len(first):
        return None
    copies = copies_of_earlier_rows(first, target)
    targets = np.bincount(first[~copies], minlength=len(first))  # of each distinct row, how many different ones
    return Duplicates(
        len(first),
        distinct,
        int(copies.sum()),
        int((targets[first] > 1).sum()),
        _oversampled(copies, target.astype(np.int64), classes) if classes else (),
    )


def copies_of_earlier_rows(
    first: NDArray[np.int64], target: NDArray[np.int64] | NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Return which rows have the inputs and the target of an earlier row, of shape (rows,); see `count_duplicates`."""
    code = np.unique(target, return_inverse=True)[1]
    copies = np.ones(len(first), bool)
    copies[np.unique(first * (int(code.max(initial=0)) + 1) + code, return_index=True)[1]] = False
    return copies


def _oversampled(
    copies: NDArray[np.bool_], labels: NDArray[np.int64], classes: Sequence[str]
) -> tuple[tuple[str, int, int], ...]:
    of_class, copied = (np.bincount(each, minlength=len(classes)) for each in (labels, labels[copies]))
    many = copied >= _MANY_COPIES * np.maximum(of_class, 1)
    few = copied < _MANY_COPIES / 2 * np.maximum(of_class, 1)
    if not (many | few).all() or many.all():
        return ()
    return tuple((classes[code], int(copied[code]), int(of_class[code])) for code in np.flatnonzero(many).tolist())


def _are(count: int, one: str, several: str) -> str:
    return f"is {one}" if count == 1 else f"are {several}"
