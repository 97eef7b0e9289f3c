"""Which data set to use: a built-in one by its name, or the user's own file or folder."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from encodings.aliases import aliases
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, StringConstraints, Tag, model_validator

from dropout_lab.config.column_name import ColumnName, as_name, as_text
from dropout_lab.config.data_files import file_stem, plain_name
from dropout_lab.config.dataset_fields import TRAIN_ROWS, DataPath, Rows, Treatment
from dropout_lab.config.encodings import ColumnEncoding
from dropout_lab.config.picture_folder import PictureFolder
from dropout_lab.config.section import Section
from dropout_lab.config.suggestions import nearest
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


def _as_word(value: Any) -> Any:
    """Return what YAML parsed as a number, or as null, as it is written in a data file."""
    if value is None:
        return "null"
    return repr(value).removesuffix(".0") if type(value) is float else as_text(value)


def _usual(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if value.lower() not in MISSING:
            known = ", ".join(sorted(MISSING - {""}))
            raise ValueError(f"{value!r} is not a missing value by default: expected any of {known}, in any case")
    return values


def _with_parts(value: Any) -> Any:
    """Return columns of dates with the parts that each becomes by default."""
    if not isinstance(value, list | tuple) or any(isinstance(name, dict | list) for name in value):
        return value
    return dict.fromkeys(map(as_name, value), DEFAULT_DATE_PARTS)


def _each_once(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "none", "?"})
"""What stands for a missing value, in lower case."""

WHITESPACE = "whitespace"
"""Runs of blanks and tabs as the separator."""

DEFAULT_DATE_PARTS = ("year", "month", "weekday", "elapsed_days")
"""What a column of dates becomes if the config does not say."""

_Columns = Annotated[tuple[ColumnName, ...], Field(strict=False, max_length=100_000), AfterValidator(_each_once)]
_Word = Annotated[str, BeforeValidator(_as_word), Field(min_length=1, max_length=1000)]
_Words = Annotated[tuple[_Word, ...], Field(strict=False, max_length=1000), AfterValidator(_each_once)]
_DatePart = Literal["year", "month", "day", "weekday", "hour", "elapsed_days"]
_DateParts = Annotated[tuple[_DatePart, ...], Field(strict=False, min_length=1), AfterValidator(_each_once)]
_Dates = Annotated[
    dict[ColumnName, _DateParts],
    Field(max_length=1000),
    BeforeValidator(_with_parts, json_schema_input_type=dict[ColumnName, _DateParts] | _Columns),
]


class BuiltinDataset(Section):
    """A built-in data set."""

    name: Literal["sonar", "digits", "breast_cancer", "wine", "iris", "cifar10"] = Field(
        description="a built-in data set, e.g. sonar; or set csv, parquet, npz, hdf5, npy, folder or openml instead, "
        "for your own data"
    )
    train_rows: Rows | None = TRAIN_ROWS


class UserDataset(Section):
    """A user's own table, whose columns are inferred from their values."""

    source: ClassVar[str]

    target: ColumnName | None = Field(description="the column to predict")
    task: Literal["classification", "regression"] | None = Field(
        None, description="whether to predict a class or a number; inferred from the target's values by default"
    )
    drop: _Columns = Field((), description="columns to leave out, e.g. [id]")
    keep: _Columns = Field((), description="columns that are inputs although they look like an id")
    category: _Columns = Field((), description="columns of numbers that are categories, e.g. [zip_code]")
    group: ColumnName | None = Field(
        None, description="a column whose rows with equal values are held out together, e.g. patient; not an input"
    )
    fold: ColumnName | None = Field(
        None,
        description="a column that says in which fold each row is held out, or which are train, test and validation; "
        "used by evaluation.split: predefined, and not an input",
    )
    time: ColumnName | None = Field(
        None,
        description="a column of numbers or dates by which rows are ordered for evaluation.split: time_series; not "
        "an input",
    )
    duplicates: Treatment = Field(
        "group",
        description="rows with equal inputs: group: they are held out together; keep: they count as any rows, although "
        "equal ones may be trained on and held out; drop: of those with the same target only the first is left",
    )
    missing: _Words = Field((), description="values that count as missing, besides empty, NA, NaN, null, None and ?")
    not_missing: Annotated[_Words, AfterValidator(_usual)] = Field(
        (), description="which of these are values in columns of text, e.g. [None]"
    )
    dates: _Dates = Field(
        {},
        description="columns of dates to read as numbers: a list, or the parts of each, of year, month, day, weekday, "
        "hour and elapsed_days, e.g. {sold: [year, month]}",
    )
    day_first: bool | None = Field(
        None, description="whether 3/4/2026 is in April; needed where no date of a column tells"
    )
    fold_case: bool = Field(
        False, description="whether texts that differ in case or blanks only are the same: Yes, yes, YES"
    )
    most_categories: Annotated[int, Field(ge=2, le=1000)] = Field(
        20, description="maximum number of inputs of a category column; its rarest categories share the last one"
    )
    encode: Annotated[dict[ColumnName, ColumnEncoding], Field(max_length=1000)] = Field(
        {},
        description="columns that reach the network otherwise than one-hot encoded: embedding (a learned vector for "
        "each category) or text (a sequence of words), e.g. {town: embedding, review: {kind: text, length: 200}}",
    )
    train_rows: Rows | None = TRAIN_ROWS

    @property
    def categories(self) -> tuple[str, ...]:
        """The columns whose values are texts, whatever they look like."""
        return (*self.category, *self.encode)

    @property
    def name(self) -> str:
        """The name of the data set in tables: the file's name without its ending."""
        return plain_name(file_stem(getattr(self, self.source)))


class FileDataset(UserDataset):
    """A table in a file, or at an address."""

    test: DataPath | None = Field(
        None, description="a file with the same columns, whose rows are the test set of evaluation.split: test"
    )
    sha256: Annotated[str, StringConstraints(pattern="^[0-9a-fA-F]{64}$", to_lower=True)] | None = Field(
        None, description="checksum of the file, which is refused if it is another; useful for one that is downloaded"
    )


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


class ArrayDataset(FileDataset):
    """Arrays: inputs, rows first, and what to predict.

    Inputs of two axes are a table, whose columns are called x1, x2, ...; of three, sequences (rows, steps, features);
    of four, pictures (rows, height, width, channels).
    """

    pictures: bool | None = Field(
        None,
        description="whether rows of two axes are pictures of one channel, (height, width), and no sequences, (steps, "
        "features); by default if they are bytes (uint8)",
    )
    classes: _Words = Field((), description="names of the classes 0, 1, ... of a target of whole numbers, or one-hot")


class NamedArrays(ArrayDataset):
    """Arrays that have names in one file."""

    inputs: ColumnName = Field(
        "X",
        description="the array of inputs, rows first; if there is no X: x, X_train, x_train, data, images, ...",
    )
    target: ColumnName = Field(
        "y",
        description="the array to predict: a value for each row, or one-hot; if there is no y: what goes with inputs",
    )
    test_inputs: ColumnName | None = Field(
        None, description="the array of inputs of the test set; by default x_test beside x_train"
    )
    test_target: ColumnName | None = Field(
        None, description="the array to predict of the test set; by default y_test beside y_train"
    )

    @model_validator(mode="after")
    def _check_test(self) -> Self:
        if (self.test_inputs is None) != (self.test_target is None):
            given, other = ("test_inputs", "test_target") if self.test_inputs else ("test_target", "test_inputs")
            raise ValueError(f"{given} needs {other}: name both arrays of the test set, or neither")
        if self.test and self.test_inputs:
            raise ValueError("test and test_inputs are two test sets: leave one of them out")
        return self


class NPZ(NamedArrays):
    """A NumPy archive."""

    source: ClassVar[str] = "npz"

    npz: DataPath = Field(description="a file; its path is relative to the config that names it; or an https address")


class HDF5(NamedArrays):
    """An HDF5 file, whose arrays are called by their paths in it."""

    source: ClassVar[str] = "hdf5"

    hdf5: DataPath = Field(description="a file; its path is relative to the config that names it; or an https address")


class NPY(ArrayDataset):
    """NumPy arrays in a file each."""

    source: ClassVar[str] = "npy"

    npy: DataPath = Field(description="the file of the inputs; its path is relative to the config that names it")
    target: DataPath = Field(description="the file of what to predict, e.g. y.npy")
    test_target: DataPath | None = Field(None, description="the file of what to predict of the rows in the file test")

    @model_validator(mode="after")
    def _check_test(self) -> Self:
        if (self.test is None) != (self.test_target is None):
            given, other = ("test", "test_target") if self.test else ("test_target", "test")
            raise ValueError(f"{given} needs {other}: name both files of the test set, or neither")
        return self


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
