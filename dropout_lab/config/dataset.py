"""Which data set to use: a built-in one by its name, or the user's own file or folder."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from encodings.aliases import aliases
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag, model_validator

from dropout_lab.config.array_dataset import HDF5, NPY, NPZ, ArrayDataset, NamedArrays
from dropout_lab.config.column_name import ColumnName
from dropout_lab.config.data_files import plain_name
from dropout_lab.config.dataset_fields import TRAIN_ROWS, DataPath, Rows, Treatment
from dropout_lab.config.picture_folder import PictureFolder
from dropout_lab.config.section import Section
from dropout_lab.config.suggestions import nearest
from dropout_lab.config.user_dataset import MISSING, FileDataset, UserDataset
from dropout_lab.config.windows import SeriesTable

__all__ = [
    "CSV",
    "HDF5",
    "MISSING",
    "NPY",
    "NPZ",
    "SOURCES",
    "WHITESPACE",
    "ArrayDataset",
    "BuiltinDataset",
    "Dataset",
    "FileDataset",
    "NamedArrays",
    "OpenML",
    "Parquet",
    "PictureFolder",
    "Treatment",
    "UserDataset",
    "source_of",
]


def _separator(value: str) -> str:
    if value == WHITESPACE or (len(value) == 1 and value not in "\r\n\"'"):
        return value
    raise ValueError(
        f'expected one character, "\\t" for tabs, or {WHITESPACE} for runs of blanks and tabs, got {value!r}'
    )


def _not_of_columns(value: Any) -> Any:
    if isinstance(value, Mapping):
        raise ValueError(
            "this is how the bytes of the file stand for characters, e.g. cp1250: how columns reach the network is "
            "dataset.encode"
        )
    return value


def _encoding(value: str) -> str:
    try:
        with suppress(UnicodeError):
            b"a".decode(value)
    except LookupError:  # an unknown one, or one of something else than text
        known = sorted({name.replace("_", "-") for name in (*aliases, *aliases.values())})
        otherwise = ": expected one that Python knows, e.g. utf-8, cp1252, latin-1, cp1250, utf-16-le, gb18030"
        raise ValueError(f"unknown encoding {value!r}{nearest(value.lower(), known, otherwise)}") from None
    return value


WHITESPACE = "whitespace"
"""Runs of blanks and tabs as the separator."""


class BuiltinDataset(Section):
    """A built-in data set."""

    name: Literal["sonar", "digits", "breast_cancer", "wine", "iris", "cifar10"] = Field(
        description="a built-in data set, e.g. sonar; or set csv, parquet, npz, hdf5, npy, folder or openml instead, "
        "for your own data"
    )
    train_rows: Rows | None = TRAIN_ROWS


class CSV(SeriesTable, FileDataset):
    """A text file with one row per line, whose first line may name the columns."""

    source: ClassVar[str] = "csv"

    csv: DataPath = Field(
        description="a file, also .gz, .bz2, .xz or .zip; its path is relative to the config that names it; or an "
        "https address, from which it is downloaded once"
    )
    target: ColumnName = Field(description="the column to predict, e.g. outcome")
    separator: Annotated[str, Field(min_length=1, max_length=20), AfterValidator(_separator)] | None = Field(
        None,
        description="the character between cells, or whitespace for runs of blanks and tabs; by default detected among "
        ", ; | tab and whitespace",
    )
    decimal: Literal[".", ","] | None = Field(None, description="the decimal sign; by default detected")
    thousands: Literal[".", ",", " ", "'"] | None = Field(
        None, description="what separates thousands, a blank being any kind of blank; by default detected where certain"
    )
    header: bool | None = Field(
        None, description="whether the first line names the columns, otherwise c1, c2, ...; by default detected"
    )
    encoding: Annotated[
        Annotated[str, Field(min_length=1, max_length=50), AfterValidator(_encoding)] | None,
        BeforeValidator(_not_of_columns, json_schema_input_type=str | None),
    ] = Field(
        None, description="how bytes stand for characters, e.g. cp1250: one of Python's codecs; by default detected"
    )
    skip_rows: Annotated[int, Field(ge=0, le=100_000)] = Field(
        0, description="lines at the beginning, before the one that names the columns, to leave out"
    )
    comment: Annotated[str, Field(max_length=10)] | None = Field(
        None, description='how lines to leave out start; by default # if the file begins so; "" for none'
    )
    quoting: Literal["double", "single", "none"] = Field(
        "double", description="the quotation marks around cells; none if those in the file belong to the cells"
    )

    @model_validator(mode="after")
    def _check_signs(self) -> Self:
        if self.thousands and self.thousands == self.decimal:
            raise ValueError(f"thousands and decimal are both {self.thousands!r}: leave one of them out")
        return self


class Parquet(SeriesTable, FileDataset):
    """A Parquet file; needs the extra ``parquet``."""

    source: ClassVar[str] = "parquet"

    parquet: DataPath = Field(
        description="a file; its path is relative to the config that names it; or an https address"
    )
    target: ColumnName = Field(description="the column to predict, e.g. outcome")


class OpenML(UserDataset):
    """A data set from openml.org, downloaded once into the data directory."""

    source: ClassVar[str] = "openml"

    openml: ColumnName = Field(description="the data set's name, or its number, e.g. 31")
    version: Annotated[int, Field(ge=1, le=100_000)] | None = Field(
        None, description="version of the data set of that name; by default the oldest active one"
    )
    target: ColumnName | None = Field(None, description="the column to predict; by default OpenML's")

    @model_validator(mode="after")
    def _check_version(self) -> Self:
        if self.version and self.openml.isdecimal():
            raise ValueError(
                f"openml {self.openml} is a number, which has one version: leave version out, "
                "or set openml to the data set's name"
            )
        return self

    @property
    def name(self) -> str:
        """The name of the data set in tables."""
        number = f"-{self.version}" if self.version else ""
        return f"openml-{plain_name(self.openml)}{number}"


SOURCES: dict[str, type[Section]] = {
    "name": BuiltinDataset,
    "csv": CSV,
    "parquet": Parquet,
    "npz": NPZ,
    "hdf5": HDF5,
    "npy": NPY,
    "folder": PictureFolder,
    "openml": OpenML,
}
"""The key that names the source of a data set -> its section."""


def source_of(data: Mapping[str, Any]) -> str | None:
    """Return the key that names the source of a data set, of `SOURCES`; None if there is none."""
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
    | Annotated[HDF5, Tag("hdf5")]
    | Annotated[NPY, Tag("npy")]
    | Annotated[PictureFolder, Tag("folder")]
    | Annotated[OpenML, Tag("openml")],
    Discriminator(_tag),
]
