"""Pictures in folders, one for each class."""

from __future__ import annotations

import os
import re
from pathlib import PurePath
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from dropout_lab.config.data_files import is_url, plain_name
from dropout_lab.config.dataset_fields import TRAIN_ROWS, DataPath, Rows, Treatment
from dropout_lab.config.section import Section

__all__ = ["PictureFolder"]


def _local(value: str) -> str:
    if is_url(value):
        raise ValueError(f"expected a folder of this machine, got the address {value}: download and unpack it first")
    return value


def _pattern(value: str) -> str:
    try:
        groups = re.compile(value).groups
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}: {value!r}") from None
    if groups > 1:
        raise ValueError(f"{value!r} has {groups} groups in parentheses: expected at most one; others are (?:...)")
    return value


_Side = Annotated[int, Field(ge=1, le=10_000)]
_Folder = Annotated[DataPath, AfterValidator(_local)]


class PictureFolder(Section):
    """A folder with a folder of pictures for each class, as ``keras.utils.image_dataset_from_directory`` reads it."""

    source: ClassVar[str] = "folder"

    folder: _Folder = Field(
        description="a folder with one folder of pictures (.bmp, .gif, .jpeg, .jpg, .png) for each class; its path is "
        "relative to the config that names it"
    )
    size: Annotated[tuple[_Side, _Side], Field(strict=False)] = Field(
        description="height and width, in pixels, to which every picture is resized, e.g. [32, 32]"
    )
    color: Literal["rgb", "grayscale"] = Field("rgb", description="rgb: three channels; grayscale: one")
    test: _Folder | None = Field(
        None, description="a folder like it, whose pictures are the test set of evaluation.split: test"
    )
    skip_broken: bool = Field(
        False, description="leave pictures out that cannot be read, and say how many, rather than refuse them"
    )
    group: Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(_pattern)] | None = Field(
        None,
        description="a regular expression to find in file names: pictures for which it (or its part in parentheses) "
        r"gives the same text are held out together, e.g. 'patient(\d+)'",
    )
    duplicates: Treatment = Field(
        "group",
        description="pictures that are equal once resized: group: they are held out together; keep: they count as any "
        "rows; drop: of those of the same class only the first is left",
    )
    task: Literal["classification"] = Field("classification", description="a folder is a class")
    train_rows: Rows | None = TRAIN_ROWS

    @property
    def name(self) -> str:
        """The name of the data set in tables: that of the folder."""
        return plain_name(PurePath(os.path.abspath(self.folder)).name)
