"""The name of a column, as a config gives it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

__all__ = ["LONGEST_NAME", "ColumnName", "as_name", "as_text"]

LONGEST_NAME = 1000
"""Maximum length of a column's name."""


def as_text(value: Any) -> Any:
    """Return a whole number as text, anything else as it is."""
    return str(value) if type(value) is int else value


def as_name(value: Any) -> Any:
    """Return a column's name as text: 2019, too; what YAML may have changed must be quoted."""
    if isinstance(value, bool | float | date):
        kind = "a number" if isinstance(value, float) else "true or false" if isinstance(value, bool) else "a date"
        text = str(value).lower() if isinstance(value, bool) else str(value)
        raise ValueError(f'to YAML, {text} is {kind}: quote the name, as it stands in the data: "{text}"')
    return as_text(value)


ColumnName = Annotated[str, BeforeValidator(as_name), Field(min_length=1, max_length=LONGEST_NAME)]
