"""Windows of a series: rows that follow one another, and a later one to predict from them."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from dropout_lab.config.column_name import ColumnName
from dropout_lab.config.section import Section

__all__ = ["SeriesTable", "window_of"]

_Rows = Annotated[int, Field(ge=1, le=1_000_000)]


class SeriesTable(Section):
    """A table whose rows may be points of a series, of which windows are cut."""

    window: _Rows | None = Field(
        None,
        description="so many rows that follow one another are one row of inputs, a sequence, as in a time series; "
        "Keras calls it sequence_length",
    )
    step: _Rows = Field(
        1, description="with window: how many rows after a window the next one starts; Keras calls it sequence_stride"
    )
    horizon: Annotated[int, Field(ge=0, le=1_000_000)] = Field(
        1,
        description="with window: how many rows after the window's last row the target is; 0, with target_history: "
        "false, is that row itself",
    )
    series: ColumnName | None = Field(
        None, description="with window: a column that says which series a row belongs to, e.g. station; not an input"
    )
    target_history: bool = Field(
        True, description="with window: whether the target's own past is an input (an autoregressive model)"
    )

    @model_validator(mode="after")
    def _check_windows(self) -> Self:
        if self.window is None:
            given = [key for key in ("step", "horizon", "series", "target_history") if key in self.model_fields_set]
            given = [key for key in given if getattr(self, key) != type(self).model_fields[key].default]
            if given:
                raise ValueError(f"{given[0]} is about windows: set window to a number of rows, or leave it out")
            return self
        if not self.horizon and self.target_history:
            raise ValueError(
                "horizon: 0 would have the target among its own inputs: set target_history: false, or a horizon of at "
                "least 1"
            )
        if getattr(self, "fold", None) is not None:
            raise ValueError(
                "fold says where single rows are held out, but a window has many: leave it out and take "
                "evaluation.split: time_series, or put the rows of the test set into a file of their own (test)"
            )
        if getattr(self, "encode", {}):
            raise ValueError(
                "encode: embeddings and texts are of rows that stand alone, but a window has many: leave encode out"
            )
        if getattr(self, "duplicates", "group") == "drop":
            raise ValueError("duplicates: drop is about rows that stand alone, but a window has many: leave it out")
        return self


def window_of(dataset: Any) -> int | None:
    """Return the number of rows in each window of a data set's section; None if it has no windows."""
    return dataset.window if isinstance(dataset, SeriesTable) else None
