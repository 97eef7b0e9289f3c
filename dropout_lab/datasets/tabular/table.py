"""What is known of the columns of a user's table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dropout_lab.datasets.named_inputs import NUMBERS, NamedInput, RowShape
from dropout_lab.datasets.tabular.column_types import Column, ExcludedColumn
from dropout_lab.datasets.tabular.date_columns import DateColumn

__all__ = ["Table"]


@dataclass(frozen=True)
class Table:
    """What is known of a table's columns.

    Attributes
    ----------
    columns : tuple of Column
        The inputs in the order of the features: numbers, one-hot encoded categories, those with an embedding, texts.
    excluded : tuple of ExcludedColumn
    header : bool
        Whether the file names its columns.
    dates : tuple of DateColumn
        The columns that became numbers.
    missing : tuple of str
        What stands for a missing value, as the config says.
    """

    columns: tuple[Column, ...]
    excluded: tuple[ExcludedColumn, ...]
    header: bool = True
    dates: tuple[DateColumn, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def inputs(self) -> int:
        """Inputs of a network."""
        return sum(column.inputs for column in self.columns)

    @property
    def row(self) -> tuple[int, ...]:
        """The shape of a row of inputs, with their names where some are indices."""
        indices = [found for column in self.columns if (found := column.named_input())]
        if not indices:
            return (self.inputs,)
        count, name = sum(column.inputs for column in self.columns if column.encoding is None), NUMBERS
        while any(each.name == name for each in indices):
            name += "_"
        return RowShape((*([NamedInput(name, (count,))] if count else []), *indices))

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data, for ``run.json``."""
        return {
            "columns": [
                {"name": column.name, "type": column.kind, "inputs": column.inputs, "missing": column.missing}
                | ({"values": list(column.categories)} if column.kind == "category" else {})
                for column in self.columns
            ],
            "left_out": {column.name: column.reason for column in self.excluded},
        }
