"""Which rows to learn from: a data set by its name, or the user's own file."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator

from dropout_lab.config.section import Section

__all__ = [
    "CSV",
    "MISSING",
    "NPZ",
    "SOURCES",
    "BuiltinDataset",
    "Dataset",
    "OpenML",
    "Parquet",
    "UserDataset",
    "placed",
    "relative",
    "source_of",
    "without_place",
]


def _as_text(value: Any) -> Any:
    return str(value) if type(value) is int else value  # a column called 2019


def _as_word(value: Any) -> Any:
    """Return what YAML took for a number, or for nothing, as it stands in a file."""
    if value is None:
        return "null"
    return repr(value).removesuffix(".0") if type(value) is float else _as_text(value)


def _usual(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if value.lower() not in MISSING:
            known = ", ".join(sorted(MISSING - {""}))
            raise ValueError(f"{value!r} is a value anyway: expected some of {known}, in any case")
    return values


def _each_once(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "none", "?"})
"""What stands for a missing value, in small letters."""

LONGEST_NAME = 1000
"""Letters of a column's name."""

_Rows = Annotated[int, Field(ge=2, le=100_000_000)]
_File = Annotated[str, Field(min_length=1, max_length=4000)]
_Column = Annotated[str, BeforeValidator(_as_text), Field(min_length=1, max_length=LONGEST_NAME)]
_Columns = Annotated[tuple[_Column, ...], Field(strict=False, max_length=100_000), AfterValidator(_each_once)]
_Word = Annotated[str, BeforeValidator(_as_word), Field(min_length=1, max_length=1000)]
_Words = Annotated[tuple[_Word, ...], Field(strict=False, max_length=1000), AfterValidator(_each_once)]
_TRAIN_ROWS = Field(
    None, description="learn from a stratified part of so many of the training rows; a larger part holds a smaller"
)


class BuiltinDataset(Section):
    """A data set that the program knows by its name."""

    name: Literal["sonar", "digits", "breast_cancer", "wine", "iris", "cifar10"] = Field(
        description="a data set's name, e.g. sonar; or set csv, parquet, npz or openml instead, for data of your own"
    )
    train_rows: _Rows | None = _TRAIN_ROWS


class UserDataset(Section):
    """A table of the user's own; what its columns are is found from their values."""

    source: ClassVar[str]

    target: _Column | None = Field(description="the column that is to be predicted")
    task: Literal["classification", "regression"] | None = Field(
        None, description="whether the target is a class or a number; found from its values if it is left out"
    )
    drop: _Columns = Field((), description="columns that are left out, e.g. [id]")
    keep: _Columns = Field((), description="columns that are an input though they look like an id")
    category: _Columns = Field((), description="columns of numbers that are names, e.g. [zip_code]")
    group: _Column | None = Field(
        None, description="a column whose rows of equal value are held out together, e.g. patient; it is no input"
    )
    missing: _Words = Field((), description="what stands for a missing value, beside empty, NA, NaN, null, None and ?")
    not_missing: Annotated[_Words, AfterValidator(_usual)] = Field(
        (), description="which of these are values after all, where they stand among texts, e.g. [None]"
    )
    most_categories: Annotated[int, Field(ge=2, le=1000)] = Field(
        20, description="inputs that one category column has at most; rarer ones share the last of them"
    )
    train_rows: _Rows | None = _TRAIN_ROWS

    @property
    def name(self) -> str:
        """What the data are called in tables: the file's name without its ending."""
        return _safe(PurePath(getattr(self, self.source)).stem)


class CSV(UserDataset):
    """A text file, a row a line, whose first line names the columns."""

    source: ClassVar[str] = "csv"

    csv: _File = Field(description="a file; its path is relative to the config that names it")
    target: _Column = Field(description="the column that is to be predicted, e.g. outcome")
    separator: Annotated[str, Field(min_length=1, max_length=1)] | None = Field(
        None, description="what stands between the cells; found by itself among , ; | and tabs"
    )
    decimal: Literal[".", ","] | None = Field(None, description="the decimal sign; found by itself")
    header: bool = Field(True, description="whether the first line names the columns; else they are c1, c2, ...")


class Parquet(UserDataset):
    """A Parquet file; needs the extra ``parquet``."""

    source: ClassVar[str] = "parquet"

    parquet: _File = Field(description="a file; its path is relative to the config that names it")
    target: _Column = Field(description="the column that is to be predicted, e.g. outcome")


class NPZ(UserDataset):
    """NumPy's arrays: one of rows, whose columns are called x1, x2, ..., and one of what is to be predicted."""

    source: ClassVar[str] = "npz"

    npz: _File = Field(description="a file; its path is relative to the config that names it")
    inputs: _Column = Field("X", description="the array of shape (rows, inputs)")
    target: _Column = Field("y", description="the array of shape (rows,) that is to be predicted")


class OpenML(UserDataset):
    """A data set of openml.org, downloaded once into the data directory."""

    source: ClassVar[str] = "openml"

    openml: _Column = Field(description="a data set's name, or its number, e.g. 31")
    version: Annotated[int, Field(ge=1, le=100_000)] | None = Field(
        None, description="of the data set of that name; left out: the oldest that is active"
    )
    target: _Column | None = Field(None, description="the column that is to be predicted; left out: as OpenML has it")

    @model_validator(mode="after")
    def _a_number_is_of_one_version(self) -> Self:
        if self.version and self.openml.isdecimal():
            raise ValueError(
                f"openml {self.openml} is a number, which is of one version: leave version out, "
                "or set openml to the data set's name"
            )
        return self

    @property
    def name(self) -> str:
        """What the data are called in tables."""
        number = f"-{self.version}" if self.version else ""
        return f"openml-{_safe(self.openml)}{number}"


SOURCES: dict[str, type[Section]] = {
    "name": BuiltinDataset,
    "csv": CSV,
    "parquet": Parquet,
    "npz": NPZ,
    "openml": OpenML,
}
"""The key that says where rows come from -> section."""

FILES = frozenset({"csv", "parquet", "npz"})
ENDINGS = {".csv": "csv", ".tsv": "csv", ".txt": "csv", ".parquet": "parquet", ".npz": "npz"}


def source_of(data: Mapping[str, Any]) -> str | None:
    """Return the key by which a section says where its rows come from; None if it does not."""
    return next((key for key in SOURCES if key in data), None)


def _tag(value: Any) -> str | None:
    if isinstance(value, Mapping):
        return source_of(value) or "name"
    return next((key for key, section in SOURCES.items() if isinstance(value, section)), None)


Dataset = Annotated[
    Annotated[BuiltinDataset, Tag("name")]
    | Annotated[CSV, Tag("csv")]
    | Annotated[Parquet, Tag("parquet")]
    | Annotated[NPZ, Tag("npz")]
    | Annotated[OpenML, Tag("openml")],
    Discriminator(_tag),
]


def placed(data: Any, folder: Path) -> Any:
    """Write a section out, its file's path below `folder` unless it is absolute.

    Parameters
    ----------
    data : any
        As it stands in a config: a mapping, or a text, the name of a data set or a file.
    folder : Path
        Of the config.
    """
    if isinstance(data, str):
        data = {ENDINGS.get(PurePath(data).suffix.lower(), "name"): data}
    if not isinstance(data, dict):
        return data
    return {key: _absolute(value, folder) if key in FILES else value for key, value in data.items()}


def _absolute(path: Any, folder: Path) -> Any:
    """Return where a file is, whatever links lead to its folder; what is no path is left for others to refuse."""
    if not isinstance(path, str) or not path or "\0" in path:
        return path
    whole = os.path.join(os.path.realpath(folder), os.path.expanduser(path))
    return os.path.join(os.path.realpath(os.path.dirname(whole)), os.path.basename(whole))


def relative(data: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return a section's plain data, its file's path as seen from a folder."""
    return {
        key: os.path.relpath(value, os.path.realpath(folder)) if key in FILES else value for key, value in data.items()
    }


def without_place(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a section's plain data, of its file the name only: where the same values lie decides nothing."""
    return {key: os.path.basename(value) if key in FILES else value for key, value in data.items()}


def _safe(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name).lstrip("-._")[:100] or "data"
