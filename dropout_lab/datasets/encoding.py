"""The user's table -> a net's inputs: imputed, scaled and one-hot encoded by what the training rows say."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropout_lab.datasets.columns import LARGEST
from dropout_lab.datasets.table import Table

__all__ = ["encoding"]

_ROWS_AT_ONCE = 10_000


def encoding(
    table: Table, features: NDArray[Any], train: NDArray[np.int64], scale: str
) -> Callable[[NDArray[Any], str], NDArray[np.floating]]:
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
    callable
        Features and a precision -> finite inputs of shape (rows, inputs), the numbers first. Their number depends on
        the table only.
    """
    groups = _groups(table)
    fitted = _transformer(table, groups, scale).fit(features[train])
    order = _order(table, [at for group in groups.values() for at in group])

    def transformed(features: NDArray[Any]) -> Iterator[tuple[slice, NDArray[np.float64]]]:
        for start in range(0, len(features), _ROWS_AT_ONCE):  # for the copies that are made on the way
            rows = slice(start, start + _ROWS_AT_ONCE)
            yield rows, np.clip(fitted.transform(features[rows])[:, order], -LARGEST, LARGEST)

    known = np.ones(table.inputs, bool)
    numbers = sum(column.kind == "number" for column in table.columns)
    if numbers < len(table.columns):
        known[numbers:] = np.any([(part[:, numbers:] != 0).any(axis=0) for _, part in transformed(features[train])], 0)

    def encode(features: NDArray[Any], dtype: str) -> NDArray[np.floating]:
        inputs = np.zeros((len(features), table.inputs), dtype)
        for rows, part in transformed(features):
            inputs[rows] = part * known  # the weights of an input that never was 1 have learnt nothing
        return inputs

    return encode


def _groups(table: Table) -> dict[str, list[int]]:
    """Return the columns that are treated alike, by their positions; a median takes far longer than a mean."""
    groups: dict[str, list[int]] = {"whole": [], "gaps": [], "few": [], "many": []}
    for at, column in enumerate(table.columns):
        if column.kind == "number":
            groups["gaps" if column.missing else "whole"].append(at)
        else:
            groups["many" if column.inputs < len(column.words) else "few"].append(at)
    return groups


def _order(table: Table, treated: Sequence[int]) -> NDArray[np.int64]:
    """Return where each input stands among those of the columns in the order in which they are treated."""
    owners = np.repeat(treated, [table.columns[at].inputs for at in treated])
    return np.argsort(owners, kind="stable")


def _transformer(table: Table, groups: Mapping[str, list[int]], scale: str) -> Any:
    """Return scikit-learn's transformer of the columns."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, OneHotEncoder, StandardScaler

    scaler = {"standard": StandardScaler, "minmax": MinMaxScaler, "none": FunctionTransformer}[scale]

    def imputer(strategy: str) -> Any:
        return SimpleImputer(strategy=strategy, keep_empty_features=True)

    def encoder(columns: Sequence[int], most: int | None) -> Any:
        words = [np.arange(len(table.columns[at].words), dtype=np.float64) for at in columns]
        ignored = "infrequent_if_exist" if most else "ignore"
        return OneHotEncoder(categories=words, handle_unknown=ignored, max_categories=most, sparse_output=False)

    most = max((table.columns[at].inputs for at in groups["many"]), default=0)
    steps = {
        "whole": (scaler(),),
        "gaps": (imputer("median"), scaler()),
        "few": (imputer("most_frequent"), encoder(groups["few"], None)),
        "many": (imputer("most_frequent"), encoder(groups["many"], most)),
    }
    parts = [(name, make_pipeline(*steps[name]), columns) for name, columns in groups.items() if columns]
    return ColumnTransformer(parts, sparse_threshold=0)
