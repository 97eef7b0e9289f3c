"""Data sets: loading, splits and preprocessing."""

from __future__ import annotations

from dropout_lab.datasets.dataset import Dataset, checksum
from dropout_lab.datasets.folds import Split, folds
from dropout_lab.datasets.given_checks import folds_found
from dropout_lab.datasets.oversampling import repeated_rows, rows_when_balanced
from dropout_lab.datasets.registry import (
    BUILTIN_DATASETS,
    BuiltinSource,
    data_folder,
    is_available,
    is_local,
    load_builtin,
    load_dataset,
    local_files,
)
from dropout_lab.datasets.row_counts import check_rows
from dropout_lab.datasets.scaling import Scaling, scale_for, scaling
from dropout_lab.datasets.splits import set_aside, splits
from dropout_lab.datasets.tabular.duplicate_rows import under_evaluation
from dropout_lab.datasets.tabular.encoding import Encoding, encoding
from dropout_lab.datasets.tabular.in_memory import DataFile
from dropout_lab.datasets.tabular.load import load_user_dataset

__all__ = [
    "BUILTIN_DATASETS",
    "BuiltinSource",
    "DataFile",
    "Dataset",
    "Encoding",
    "Scaling",
    "Split",
    "check_rows",
    "checksum",
    "data_folder",
    "encoding",
    "folds",
    "folds_found",
    "is_available",
    "is_local",
    "load_builtin",
    "load_dataset",
    "load_user_dataset",
    "local_files",
    "repeated_rows",
    "rows_when_balanced",
    "scale_for",
    "scaling",
    "set_aside",
    "splits",
    "under_evaluation",
]
