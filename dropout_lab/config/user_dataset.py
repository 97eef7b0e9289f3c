"""What is said of any data of the user's own: which columns are what, and which values are missing."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from dropout_lab.config.column_name import ColumnName, as_name, as_text
from dropout_lab.config.data_files import file_stem, plain_name
from dropout_lab.config.dataset_fields import TRAIN_ROWS, DataPath, Rows, Treatment
from dropout_lab.config.encodings import ColumnEncoding
from dropout_lab.config.section import Section

__all__ = ["DEFAULT_DATE_PARTS", "MISSING", "FileDataset", "UserDataset", "Words"]


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

DEFAULT_DATE_PARTS = ("year", "month", "weekday", "elapsed_days")
"""What a column of dates becomes if the config does not say."""

_Columns = Annotated[tuple[ColumnName, ...], Field(strict=False, max_length=100_000), AfterValidator(_each_once)]
_Word = Annotated[str, BeforeValidator(_as_word), Field(min_length=1, max_length=1000)]
Words = Annotated[tuple[_Word, ...], Field(strict=False, max_length=1000), AfterValidator(_each_once)]
_DatePart = Literal["year", "month", "day", "weekday", "hour", "elapsed_days"]
_DateParts = Annotated[tuple[_DatePart, ...], Field(strict=False, min_length=1), AfterValidator(_each_once)]
_Dates = Annotated[
    dict[ColumnName, _DateParts],
    Field(max_length=1000),
    BeforeValidator(_with_parts, json_schema_input_type=dict[ColumnName, _DateParts] | _Columns),
]


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
    missing: Words = Field((), description="values that count as missing, besides empty, NA, NaN, null, None and ?")
    not_missing: Annotated[Words, AfterValidator(_usual)] = Field(
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
