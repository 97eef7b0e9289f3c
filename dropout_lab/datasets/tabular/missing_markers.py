"""Numbers that seem to stand for a missing value: -999 beside 3 to 40."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from dropout_lab.config.yaml_text import listed
from dropout_lab.datasets.message_text import join_names, number_label
from dropout_lab.datasets.tabular.raw_table import RawColumn

__all__ = ["marker_notes", "suspected_marker"]

_NINES = frozenset(float(digit * count) for digit in "789" for count in range(2, 8))
_NEGATIVE = _NINES | {9.0} | {float(digit * 10**power) for digit in (1, 2, 5) for power in range(2, 6)}
_MIN_DISTINCT, _MIN_SHARE = 10, 0.05


def suspected_marker(values: NDArray[np.floating]) -> float | None:
    """Return the number that seems to stand for a missing value; None if there is none.

    It is the smallest or the largest: 99, 999, 888, ..., a round or such a number below zero. It is farther from its
    neighbor than all others are from each other, or the only negative one. -1 is suspected only where it is the only
    negative one, and frequent, beside many different whole numbers.

    Parameters
    ----------
    values : array of shape (rows,)
        Without NaN.
    """
    if not len(values):
        return None
    for extreme in (float(values.min()), float(values.max())):
        others = values[values != extreme]
        if not len(others) or abs(extreme) not in (_NINES if extreme > 0 else _NEGATIVE | {1.0}):
            continue
        only_negative = extreme < 0 <= others.min()
        if extreme == -1:
            many = len(np.unique(others)) > _MIN_DISTINCT and len(values) - len(others) > _MIN_SHARE * len(values)
            if only_negative and many and (others == np.floor(others)).all():
                return extreme
        elif len(np.unique(others)) > 1 and (
            only_negative or np.abs(others - extreme).min() > others.max() - others.min()
        ):
            return extreme
    return None


def marker_notes(columns: Sequence[RawColumn], missing: tuple[str, ...]) -> Iterator[str]:
    """Yield a note for each suspected number with the columns where it is.

    Parameters
    ----------
    columns : sequence of RawColumn
        Of numbers.
    missing : tuple of str
        ``dataset.missing`` as it is.
    """
    suspected: dict[float, list[str]] = {}
    for column in columns:
        marker = suspected_marker(np.asarray(column.values[column.present], np.float64))
        if marker is not None:
            suspected.setdefault(marker, []).append(column.name)
    for marker, names in suspected.items():
        label = number_label(marker)
        other = [each.name for each in columns if each.name not in names and (each.values == marker).any()]
        advice = f"set dataset.missing: {listed((*missing, label))}"
        if other:
            advice = f"leave such cells empty, for {label} is a value of {join_names(other, 3)}, too"
        yield f"{join_names(names)}: {label} is unlike all other numbers: if it stands for a missing value, {advice}"
