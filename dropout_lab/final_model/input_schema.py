"""Which columns a file of new rows must have, and how it is read: as the training data were."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Literal

from pydantic import Field

from dropout_lab.config.dataset import CSV, WHITESPACE, UserDataset
from dropout_lab.datasets import Dataset
from dropout_lab.datasets.tabular.date_columns import DateColumn
from dropout_lab.datasets.tabular.notation import Notation
from dropout_lab.final_model.new_windows import WindowSchema

__all__ = ["CSV_KEYS", "Input", "InputSchema", "schema_of"]

CSV_KEYS = ("separator", "decimal", "thousands", "encoding", "comment", "skip_rows", "quoting")
"""Keys of a config that say how a text file is written, new rows like the training rows."""


@dataclass(frozen=True)
class Input:
    """A required column.

    Attributes
    ----------
    name : str
    kind : str
        ``number``, ``category`` or ``text``.
    gaps : bool
        Whether values may be missing: they were in some training row.
    notation : Notation or None
        How numbers are written, if not as usual in the file.
    """

    name: str
    kind: Literal["number", "category", "text"]
    gaps: bool
    notation: Notation | None = None


@dataclass(frozen=True)
class InputSchema:
    """How new rows are read. Saved in a model's file, and validated by pydantic when it is loaded.

    Attributes
    ----------
    inputs : tuple of Input
        In the order of the model's inputs.
    target : str
        The predicted column; new rows need not have it.
    columns : int
        Number of columns in the training file, including those that are not inputs.
    source : str
        Kind of the training file: ``csv``, ``parquet``, ``npz`` or ``openml``.
    separator, decimal, thousands, encoding, comment : str or None
        As in the config; None is detected automatically.
    skip_rows : int
    quoting : str
        As in the config.
    windows : WindowSchema or None
        How windows of rows are cut, if each prediction is from several.
    header : bool
        Whether the first line of a text file names the columns.
    missing : tuple of str
        Markers of a missing value besides the usual ones.
    not_missing : tuple of str
        Usual markers that are texts in this file.
    fold_case : bool
        Whether texts that differ in case or blanks only are the same.
    dates : tuple of DateColumn
        Columns that become several inputs each.
    """

    inputs: Annotated[tuple[Input, ...], Field(min_length=1)]
    target: Annotated[str, Field(min_length=1)]
    columns: int
    source: str
    separator: Annotated[str, Field(pattern=f"^(.|{WHITESPACE})$")] | None = None
    decimal: Literal[".", ","] | None = None
    thousands: Literal[".", ",", " ", "'"] | None = None
    header: bool = True
    missing: tuple[str, ...] = ()
    not_missing: tuple[str, ...] = ()
    fold_case: bool = False
    dates: tuple[DateColumn, ...] = ()
    encoding: Annotated[str, Field(max_length=50)] | None = None
    comment: Annotated[str, Field(max_length=10)] | None = None
    skip_rows: int = 0
    quoting: Literal["double", "single", "none"] = "double"
    windows: WindowSchema | None = None

    def of(self, *kinds: str) -> tuple[Input, ...]:
        """Return the inputs of one of some kinds."""
        return tuple(column for column in self.inputs if column.kind in kinds)


def schema_of(data: Dataset, spec: UserDataset) -> InputSchema | None:
    """Return the schema of a table that was read as `spec` says; None if the data are no table."""
    table, roles = data.table, data.roles
    if table is None or roles is None:
        return None
    inputs = tuple(Input(column.name, column.kind, column.missing > 0, column.notation) for column in table.columns)
    names = {column.name for column in table.columns} | {column.name for column in table.excluded}
    names -= {name for date in table.dates for name in date.inputs}
    names |= {date.name for date in table.dates} | {roles.target, roles.group, roles.fold, roles.time, roles.series}
    windows = None
    if data.windows is not None:
        windows = WindowSchema(data.windows.length, data.windows.horizon, roles.series, roles.time, spec.day_first)
    shared = {key: getattr(spec, key) for key in ("missing", "not_missing", "fold_case")}
    columns = len(names - {""})
    schema = InputSchema(inputs, roles.target, columns, spec.source, dates=table.dates, windows=windows, **shared)
    if not isinstance(spec, CSV):
        return schema
    return replace(schema, header=table.header, **{key: getattr(spec, key) for key in CSV_KEYS})
