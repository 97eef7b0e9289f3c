"""Fields that sections of several kinds of data have."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

__all__ = ["TRAIN_ROWS", "DataPath", "Rows", "Treatment"]

Treatment = Literal["group", "keep", "drop"]
"""What becomes of rows with equal inputs."""

Rows = Annotated[int, Field(ge=2, le=100_000_000)]
"""A number of rows."""

DataPath = Annotated[str, Field(min_length=1, max_length=4000)]
"""A file or folder, or an address."""

TRAIN_ROWS: Any = Field(
    None, description="train on a stratified sample of so many training rows; a larger sample contains a smaller one"
)
"""The field ``train_rows``."""
