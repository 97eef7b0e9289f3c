"""The user's table -> a net's inputs: imputed, scaled and one-hot encoded by what the training rows say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropout_lab.datasets.scaling import Scaling
from dropout_lab.datasets.tabular.column_types import MAX_MAGNITUDE
from dropout_lab.datasets.tabular.table import Table

__all__ = ["Encoding", "encoding"]

_ROWS_AT_ONCE = 10_000
_UNKNOWN = -1
"""A code that no text has."""


@dataclass(frozen=True)
class Fitted:
    """Columns that are treated alike.

    Attributes
    ----------
    name : str
        One of `_groups`.
    columns : tuple of int
    steps : sklearn.pipeline.Pipeline
    """

    name: str
    columns: tuple[int, ...]
    steps: Any


@dataclass(frozen=True)
class Encoding:
    """How a table's columns become inputs, as its training rows say.

    Attributes
    ----------
    table : Table
    fitted : tuple of Fitted
    order : array of shape (inputs,)
        Where each input stands among those that they give in turn.
    known : array of shape (inputs,), bool
        Which inputs of categories are 1 in any training row: the weights of the others have learnt nothing.
    """

    table: Table
    fitted: tuple[Fitted, ...]
    order: NDArray[np.int64]
    known: NDArray[np.bool_]

    def __call__(self, features: NDArray[Any], dtype: str) -> NDArray[np.floating]:
        """Return finite inputs of shape (rows, inputs), the numbers first; `features` are as in `Dataset`."""
        inputs = np.zeros((len(features), self.table.inputs), dtype)
        for start in range(0, len(features), _ROWS_AT_ONCE):  # for the copies that are made on the way
            rows = slice(start, start + _ROWS_AT_ONCE)
            inputs[rows] = _transformed(self.fitted, self.order, features[rows]) * self.known
        return inputs

    def numbers(self) -> tuple[NDArray[np.float64], Scaling]:
        """Return what stands for a missing number, of shape (number columns,), and how numbers are scaled after that.

        Not a number stands for it where the training rows had none missing.
        """
        count = _numbers(self.table)
        missing, shift, divisor = np.full(count, np.nan), np.zeros(count), np.ones(count)
        for each in self.fitted:
            at = list(each.columns)
            if each.name == "gaps":
                missing[at] = each.steps[0].statistics_
            if each.name in ("gaps", "whole"):
                shift[at], divisor[at] = _scale_of(each.steps[-1], len(at))
        return missing, Scaling(shift, divisor)

    def texts(self) -> tuple[NDArray[np.floating], ...]:
        """Return what texts become, of each category an array of shape (2 + words, its inputs).

        Its rows are those of a missing text, of an unknown one, and of its words: found by encoding them.
        """
        columns = self.table.columns
        probes = np.zeros((2 + max((len(column.categories) for column in columns), default=0), len(columns)))
        for at, column in enumerate(columns):
            if column.kind == "category":
                probes[: 2 + len(column.categories), at] = [np.nan, _UNKNOWN, *range(len(column.categories))]
        ends = np.cumsum([column.inputs for column in columns])
        inputs = self(probes, "float32")
        return tuple(
            inputs[: 2 + len(column.categories), end - column.inputs : end]
            for column, end in zip(columns, ends, strict=True)
            if column.kind == "category"
        )


def encoding(table: Table, features: NDArray[Any], train: NDArray[np.int64], scale: str) -> Encoding:
    """Learn from the training rows how a table's columns become inputs.

    Missing numbers become the median, missing texts the most frequent one. Each text of a category has an input that
    is 1 where it stands, else 0; of more than `Column.inputs` the rarest share one. A text that no training row has
    is 0 everywhere, or counts among the rare ones if there are some.

    Parameters
    ----------
    table : Table
    features : array of shape (rows, columns), float64
        As in `Dataset`.
    train : array of shape (train rows,)
        Row numbers that may be learned from.
    scale : str
        Of the numbers: ``standard`` (mean 0, sd 1), ``minmax`` (0 to 1) or ``none``.

    Returns
    -------
    Encoding
        The number of its inputs depends on the table only.
    """
    groups = _groups(table)
    # one after the other, for a ColumnTransformer makes all inputs of all training rows to be fitted
    fitted = tuple(
        Fitted(name, tuple(groups[name]), steps.fit(features[np.ix_(train, np.array(groups[name]))]))
        for name, steps in _steps(table, groups, scale).items()
    )
    order = _order(table, [at for group in groups.values() for at in group])
    known, numbers = np.ones(table.inputs, bool), _numbers(table)
    if numbers < len(table.columns):
        pieces = (train[start : start + _ROWS_AT_ONCE] for start in range(0, len(train), _ROWS_AT_ONCE))
        parts = (_transformed(fitted, order, features[rows]) for rows in pieces)
        known[numbers:] = np.any([(part[:, numbers:] != 0).any(axis=0) for part in parts], 0)
    return Encoding(table, fitted, order, known)


def _transformed(fitted: Sequence[Fitted], order: NDArray[np.int64], features: NDArray[Any]) -> NDArray[np.float64]:
    """Return the inputs of some rows, those that no training row had still among them."""
    parts = [each.steps.transform(features[:, each.columns]) for each in fitted]
    inputs: NDArray[np.float64] = np.hstack(parts)[:, order]
    return np.clip(inputs, -MAX_MAGNITUDE, MAX_MAGNITUDE)


def _numbers(table: Table) -> int:
    return sum(column.kind == "number" for column in table.columns)


def _scale_of(scaler: Any, columns: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what one of scikit-learn's scalers takes off, and what it divides by."""
    if hasattr(scaler, "mean_"):
        return scaler.mean_, scaler.scale_
    if hasattr(scaler, "data_min_"):
        return scaler.data_min_, 1 / scaler.scale_
    return np.zeros(columns), np.ones(columns)


def _groups(table: Table) -> dict[str, list[int]]:
    """Return the columns that are treated alike, by their positions; a median takes far longer than a mean."""
    groups: dict[str, list[int]] = {"whole": [], "gaps": [], "few": [], "many": []}
    for at, column in enumerate(table.columns):
        if column.kind == "number":
            groups["gaps" if column.missing else "whole"].append(at)
        else:
            groups["many" if column.inputs < len(column.categories) else "few"].append(at)
    return groups


def _order(table: Table, treated: Sequence[int]) -> NDArray[np.int64]:
    """Return where each input stands among those of the columns in the order in which they are treated."""
    owners = np.repeat(treated, [table.columns[at].inputs for at in treated])
    return np.argsort(owners, kind="stable")


def _steps(table: Table, groups: Mapping[str, list[int]], scale: str) -> dict[str, Any]:
    """Return scikit-learn's transformers of the columns, of each group that has any."""
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, OneHotEncoder, StandardScaler

    scaler = {"standard": StandardScaler, "minmax": MinMaxScaler, "none": FunctionTransformer}[scale]

    def imputer(strategy: str) -> Any:
        return SimpleImputer(strategy=strategy, keep_empty_features=True)

    def encoder(columns: Sequence[int], most: int | None) -> Any:
        words = [np.arange(len(table.columns[at].categories), dtype=np.float64) for at in columns]
        ignored = "infrequent_if_exist" if most else "ignore"
        return OneHotEncoder(categories=words, handle_unknown=ignored, max_categories=most, sparse_output=False)

    most = max((table.columns[at].inputs for at in groups["many"]), default=0)
    steps = {
        "whole": (scaler(),),
        "gaps": (imputer("median"), scaler()),
        "few": (imputer("most_frequent"), encoder(groups["few"], None)),
        "many": (imputer("most_frequent"), encoder(groups["many"], most)),
    }
    return {name: make_pipeline(*steps[name]) for name, columns in groups.items() if columns}
