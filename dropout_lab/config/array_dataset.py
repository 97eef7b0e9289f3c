"""The user's own arrays, in files of NumPy or HDF5."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import Field, model_validator

from dropout_lab.config.column_name import ColumnName
from dropout_lab.config.dataset_fields import DataPath
from dropout_lab.config.user_dataset import FileDataset, Words

__all__ = ["HDF5", "NPY", "NPZ", "ArrayDataset", "NamedArrays"]


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
    classes: Words = Field((), description="names of the classes 0, 1, ... of a target of whole numbers, or one-hot")


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
