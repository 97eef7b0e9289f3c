"""What a file of further rows must hold so that they are read as the rows of training were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from dropout_lab.config.dataset import CSV, UserDataset
from dropout_lab.datasets.tabular.table import Table

__all__ = ["Input", "InputSchema", "form_from", "form_of"]


@dataclass(frozen=True)
class Input:
    """A column that must be there.

    Attributes
    ----------
    name : str
    kind : str
        ``number`` or ``category``.
    gaps : bool
        Whether a value may be missing: some row of training had none.
    """

    name: str
    kind: Literal["number", "category"]
    gaps: bool


@dataclass(frozen=True)
class InputSchema:
    """How rows are read.

    Attributes
    ----------
    inputs : tuple of Input
        In the order of the model's.
    target : str
        The column that is predicted, which need not be there.
    columns : int
        Of the file of training, with those that are no input.
    source : str
        What it was: ``csv``, ``parquet``, ``npz`` or ``openml``.
    separator, decimal : str or None
        As the config has it; None is found by itself.
    header : bool
        Whether a text file's first line names the columns.
    missing : tuple of str
        What stands for a missing value, beside what mostly does.
    not_missing : tuple of str
        What of that does not, among texts.
    """

    inputs: tuple[Input, ...]
    target: str
    columns: int
    source: str
    separator: str | None = None
    decimal: str | None = None
    header: bool = True
    missing: tuple[str, ...] = ()
    not_missing: tuple[str, ...] = ()

    def of(self, kind: str) -> tuple[Input, ...]:
        """Return the inputs of a kind."""
        return tuple(each for each in self.inputs if each.kind == kind)

    def plain(self) -> dict[str, Any]:
        """Return it as plain data, for `form_from`."""
        return asdict(self)


def form_of(table: Table, spec: UserDataset) -> InputSchema:
    """Return the form of a table that was read as `spec` says."""
    inputs = tuple(Input(each.name, each.kind, each.missing > 0) for each in table.columns)
    names = {each.name for each in table.columns} | {each.name for each in table.left_out}
    names = (names | {table.target, table.group}) - {""}
    form = InputSchema(
        *(inputs, table.target, len(names), spec.source), missing=spec.missing, not_missing=spec.not_missing
    )
    if not isinstance(spec, CSV):
        return form
    return replace(form, separator=spec.separator, decimal=spec.decimal, header=spec.header)


def form_from(plain: Mapping[str, Any]) -> InputSchema:
    """Return a form from its plain data.

    Raises
    ------
    KeyError, TypeError, ValueError
        If they are none.
    """
    kinds: dict[Any, Literal["number", "category"]] = {"number": "number", "category": "category"}
    inputs = tuple(Input(str(each["name"]), kinds[each["kind"]], bool(each["gaps"])) for each in plain["inputs"])
    separator, decimal = (None if plain[key] is None else str(plain[key]) for key in ("separator", "decimal"))
    if not inputs or not plain["target"] or len(separator or ".") > 1 or decimal not in (None, ".", ","):
        raise ValueError("no form")
    return InputSchema(
        *(inputs, str(plain["target"]), int(plain["columns"]), str(plain["source"])),
        *(separator, decimal, bool(plain["header"])),
        *(tuple(str(word) for word in words) for words in (plain["missing"], plain.get("not_missing", ()))),
    )
