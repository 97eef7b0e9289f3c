"""A user's table -> inputs of a network: imputed, scaled, one-hot encoded or indices, fitted on the training rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropout_lab.datasets.scaling import Scaling
from dropout_lab.datasets.tabular.column_types import MAX_MAGNITUDE, Column
from dropout_lab.datasets.tabular.index_columns import CategoryIndices, WordIndices
from dropout_lab.datasets.tabular.table import Table

__all__ = ["Encoding", "encoding"]

_CHUNK_ROWS = 10_000
_UNKNOWN = -1
"""An index that no category has."""

_KINDS = ("number", "number_missing", "category", "category_rare", "embedding", "text")


@dataclass(frozen=True)
class FittedColumns:
    """Columns with the same preprocessing.

    Attributes
    ----------
    kind : str
        One of `_column_kinds`.
    columns : tuple of int
        Their positions in the table.
    pipeline : sklearn.pipeline.Pipeline, CategoryIndices or WordIndices
        Fitted on the training rows.
    """

    kind: str
    columns: tuple[int, ...]
    pipeline: Any


@dataclass(frozen=True)
class Encoding:
    """How a table's columns become inputs, fitted on its training rows.

    Attributes
    ----------
    table : Table
    fitted : tuple of FittedColumns
    order : array of shape (inputs,)
        The position of each input in the concatenated outputs of `fitted`.
    known : array of shape (inputs,), bool
        Which inputs of categories are 1 in any training row; the others are set to 0, for their weights are untrained.
    """

    table: Table
    fitted: tuple[FittedColumns, ...]
    order: NDArray[np.int64]
    known: NDArray[np.bool_]

    def __call__(self, features: NDArray[Any], dtype: str) -> NDArray[np.floating]:
        """Return finite inputs of shape (rows, inputs), numbers first; `features` are as in `Dataset`."""
        inputs = np.zeros((len(features), self.table.inputs), dtype)
        for start in range(0, len(features), _CHUNK_ROWS):  # to bound the memory of intermediate copies
            rows = slice(start, start + _CHUNK_ROWS)
            inputs[rows] = _transform(self.fitted, self.order, features[rows]) * self.known
        return inputs

    def numbers(self) -> tuple[NDArray[np.float64], Scaling]:
        """Return the imputed value of each number column, of shape (number columns,), and the scaling after that.

        It is NaN where no training row has a missing value.
        """
        count = _number_columns(self.table)
        imputed, shift, divisor = np.full(count, np.nan), np.zeros(count), np.ones(count)
        for part in self.fitted:
            positions = list(part.columns)
            if part.kind == "number_missing":
                imputed[positions] = part.pipeline[0].statistics_
            if part.kind in ("number_missing", "number"):
                shift[positions], divisor[positions] = _scaling_of(part.pipeline[-1], len(positions))
        return imputed, Scaling(shift, divisor)

    def vocabularies(self) -> tuple[tuple[bytes, ...], ...]:
        """Return the words of each text column that have an index, the first one `words.RESERVED`."""
        return tuple(
            vocabulary.words for part in self.fitted if part.kind == "text" for vocabulary in part.pipeline.vocabularies
        )

    def texts(self) -> tuple[NDArray[np.floating], ...]:
        """Return the encoding of each category column, an array of shape (2 + categories, its inputs).

        Its rows are the inputs of a missing text, of an unknown one, and of each category.
        """
        columns = self.table.columns
        most = max((len(column.categories) for column in columns if column.kind == "category"), default=0)
        probes = np.zeros((2 + most, len(columns)))
        for position, column in enumerate(columns):
            if column.kind == "category":
                probes[: 2 + len(column.categories), position] = [np.nan, _UNKNOWN, *range(len(column.categories))]
        ends = np.cumsum([column.inputs for column in columns])
        inputs = self(probes, "float32")
        return tuple(
            inputs[: 2 + len(column.categories), end - column.inputs : end]
            for column, end in zip(columns, ends, strict=True)
            if column.kind == "category"
        )


def encoding(table: Table, features: NDArray[Any], train: NDArray[np.int64], scale: str) -> Encoding:
    """Fit on the training rows how a table's columns become inputs.

    Missing numbers are imputed by the median, missing texts by the most frequent one. Categories are one-hot encoded;
    of more than `Column.inputs` the rarest share one input. A text that no training row has is 0 everywhere, or counts
    among the rare ones if there are any. Columns with an embedding become indices as `CategoryIndices` says, those of
    text as `WordIndices` does; neither is scaled.

    Parameters
    ----------
    table : Table
    features : array of shape (rows, columns), float64
        As in `Dataset`.
    train : array of shape (train rows,)
        Row numbers to fit on.
    scale : str
        Of the numbers: ``standard`` (mean 0, sd 1), ``minmax`` (0 to 1) or ``none``.

    Returns
    -------
    Encoding
        Its number of inputs depends on the table only.
    """
    kinds = _column_kinds(table)
    # one after the other, because a ColumnTransformer would compute all inputs of all training rows while fitting
    fitted = tuple(
        FittedColumns(kind, tuple(kinds[kind]), pipeline.fit(features[np.ix_(train, np.array(kinds[kind]))]))
        for kind, pipeline in _pipelines(table, kinds, scale).items()
    )
    order = _input_order(table, [position for positions in kinds.values() for position in positions])
    known, numbers = np.ones(table.inputs, bool), _number_columns(table)
    vectors = slice(numbers, sum(column.inputs for column in table.columns if column.encoding is None))
    if vectors.start < vectors.stop:
        chunks = (train[start : start + _CHUNK_ROWS] for start in range(0, len(train), _CHUNK_ROWS))
        inputs = (_transform(fitted, order, features[rows]) for rows in chunks)
        known[vectors] = np.any([(chunk[:, vectors] != 0).any(axis=0) for chunk in inputs], 0)
    return Encoding(table, fitted, order, known)


def _transform(
    fitted: Sequence[FittedColumns], order: NDArray[np.int64], features: NDArray[Any]
) -> NDArray[np.float64]:
    """Return the inputs of some rows, those that are 0 in all training rows included."""
    outputs = [part.pipeline.transform(features[:, part.columns]) for part in fitted]
    inputs: NDArray[np.float64] = np.hstack(outputs)[:, order]
    return np.clip(inputs, -MAX_MAGNITUDE, MAX_MAGNITUDE)


def _number_columns(table: Table) -> int:
    return sum(column.kind == "number" for column in table.columns)


def _scaling_of(scaler: Any, columns: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the shift and divisor of one of scikit-learn's scalers, each of shape (columns,)."""
    if hasattr(scaler, "mean_"):
        return scaler.mean_, scaler.scale_
    if hasattr(scaler, "data_min_"):
        return scaler.data_min_, 1 / scaler.scale_
    return np.zeros(columns), np.ones(columns)


def _column_kinds(table: Table) -> dict[str, list[int]]:
    """Return the positions of columns by their preprocessing; numbers without gaps need no (slow) median."""
    kinds: dict[str, list[int]] = {kind: [] for kind in _KINDS}
    for position, column in enumerate(table.columns):
        if column.kind == "number":
            kinds["number_missing" if column.missing else "number"].append(position)
        elif column.encoding is not None:
            kinds["text" if column.kind == "text" else "embedding"].append(position)
        else:
            kinds["category_rare" if column.inputs < len(column.categories) else "category"].append(position)
    return kinds


def _input_order(table: Table, positions: Sequence[int]) -> NDArray[np.int64]:
    """Return the order that sorts inputs by their column; they come in the order of `positions`."""
    owners = np.repeat(positions, [table.columns[position].inputs for position in positions])
    return np.argsort(owners, kind="stable")


def _pipelines(table: Table, kinds: Mapping[str, list[int]], scale: str) -> dict[str, Any]:
    """Return scikit-learn's pipeline, or what is fitted like one, for each kind of column that occurs."""
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, OneHotEncoder, StandardScaler

    scaler = {"standard": StandardScaler, "minmax": MinMaxScaler, "none": FunctionTransformer}[scale]

    def imputer(strategy: str) -> Any:
        return SimpleImputer(strategy=strategy, keep_empty_features=True)

    def encoder(positions: Sequence[int], most: int | None) -> Any:
        categories = [np.arange(len(table.columns[position].categories), dtype=np.float64) for position in positions]
        unknown = "infrequent_if_exist" if most else "ignore"
        return OneHotEncoder(categories=categories, handle_unknown=unknown, max_categories=most, sparse_output=False)

    def columns(kind: str) -> list[Column]:
        return [table.columns[position] for position in kinds[kind]]

    most = max((table.columns[position].inputs for position in kinds["category_rare"]), default=0)
    steps = {
        "number": (scaler(),),
        "number_missing": (imputer("median"), scaler()),
        "category": (imputer("most_frequent"), encoder(kinds["category"], None)),
        "category_rare": (imputer("most_frequent"), encoder(kinds["category_rare"], most)),
    }
    fitted = {
        **{kind: make_pipeline(*each) for kind, each in steps.items()},
        "embedding": CategoryIndices(columns("embedding")),
        "text": WordIndices(columns("text")),
    }
    return {kind: fitted[kind] for kind, positions in kinds.items() if positions}
