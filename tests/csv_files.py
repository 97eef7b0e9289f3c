"""A user's CSV file, read as a data set, and what is said of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from dropout_lab.config.dataset import CSV
from dropout_lab.datasets import Dataset, load_dataset
from dropout_lab.errors import DatasetError


def spec(folder: Path, content: str | bytes, **keys: Any) -> CSV:
    file = folder / "my.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return CSV.model_validate({"csv": str(file), "target": "outcome", **keys})


def read(folder: Path, content: str | bytes, **keys: Any) -> Dataset:
    return load_dataset(spec(folder, content, **keys), folder)


def problems(folder: Path, content: str | bytes, **keys: Any) -> list[str]:
    with pytest.raises(DatasetError) as caught:
        read(folder, content, **keys)
    return [problem.replace(f"{folder}/", "") for problem in caught.value.problems]


def left_out(data: Dataset) -> dict[str, str]:
    return {each.name: each.reason for each in data.table.excluded} if data.table else {}


def notes(data: Dataset) -> str:
    return "\n".join(data.notes)


def suggested(message: str) -> list[dict[str, Any]]:
    """Return the settings of the data set that a message suggests, as YAML reads them."""
    parts = message.split("dataset.")[1:]
    return [yaml.safe_load(_up_to_the_end(part)) for part in parts if ": " in part.split(" ")[0] + " "]


def _up_to_the_end(text: str) -> str:
    """Return the first `KEY: VALUE` of a text: the shortest start with a value that is followed by no more of it."""
    key, _, rest = text.partition(": ")
    if rest[0] in "[{":
        return f"{key}: {_balanced(rest)}"
    if rest.startswith('"'):
        return f"{key}: {rest[: rest.index(chr(34), 1) + 1]}"
    return f"{key}: {rest.split()[0].strip(',;.')}"


def _balanced(text: str) -> str:
    quoted, escaped = False, False
    for at, character in enumerate(text):
        if character == '"' and not escaped:
            quoted = not quoted
        if character == {"[": "]", "{": "}"}[text[0]] and not quoted:
            return text[: at + 1]
        escaped = character == "\\" and not escaped
    raise AssertionError(f"a list without an end: {text}")
