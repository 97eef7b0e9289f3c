"""Predict the rows of a file with a saved model."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dropout_lab.errors import DataError
from dropout_lab.results.atomic_write import replace_file

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dropout_lab.final_model.model_file import LoadedModel

__all__ = ["first_problems", "predict", "read_rows"]

_MOST_PROBLEMS = 10

_Columns = Mapping[str, Sequence[object]]


def predict(model: Path, data: Path, out: Path | None = None, on_note: Callable[[str], None] = lambda _: None) -> str:
    """Predict the class of each row, or its number.

    Parameters
    ----------
    model : Path
        Written by `model_file.save`.
    data : Path
        Read by `read_new_rows` for a model of a table, else by `read_new_arrays`, `read_new_pictures`, or from CSV by
        `read_rows`.
    out : Path, optional
        Where to write the predictions; it must not exist.
    on_note : callable
        Called with each note for the user.

    Returns
    -------
    str
        CSV with the columns ``row`` (from 0), ``file`` for pictures in files, ``class`` and ``p_CLASS`` for each class;
        for regression ``prediction``, in the target's unit, in place of the last two. Of windows ``row`` is that of its
        last row, and ``series`` and ``time`` follow where there are columns for them.

    Raises
    ------
    DropoutLabError
        If a file cannot be read or used, or `out` exists.
    """
    if out is not None and out.exists():
        raise DataError(f"{out}: exists already: name a new file")
    from dropout_lab.engines import runtime

    runtime.start(1)
    from dropout_lab.final_model.model_file import load

    loaded = load(model)
    inputs, columns, notes = _inputs(loaded, data)
    for note in notes:
        on_note(note)
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(_lines(loaded.predict(inputs), loaded.metadata.classes, columns))
    text = file.getvalue().encode(errors="replace").decode()  # the name of a file may be no text
    if out is not None:
        replace_file(out, text.encode())
    return text


def _inputs(loaded: LoadedModel, data: Path) -> tuple[dict[str, NDArray[Any]], _Columns, tuple[str, ...]]:
    """Return a model's inputs by name, columns that say which row each is, and notes for the user."""
    from dropout_lab.final_model.new_arrays import holds_arrays, read_new_arrays
    from dropout_lab.final_model.new_pictures import holds_pictures, read_new_pictures
    from dropout_lab.final_model.new_rows import read_new_rows

    about = loaded.metadata
    if holds_pictures(data):
        pictures, files = read_new_pictures(data, about.row, about.of_bytes)
        return {"rows": pictures}, {"file": files}, ()
    if about.schema is None and holds_arrays(data):
        return {"rows": read_new_arrays(data, about.row, about.array)}, {}, ()
    if about.schema is None:
        return {"rows": read_rows(data, math.prod(about.row))}, {}, ()
    rows = read_new_rows(data, about.schema, loaded.vocabularies, about.array)
    windows = rows.windows
    ends: _Columns = {"row": windows.rows[:, -1].tolist(), **windows.ends} if windows else {}
    return rows.inputs, ends, rows.notes


def _lines(predictions: NDArray[np.float64], classes: tuple[str, ...], columns: _Columns) -> Iterator[list[object]]:
    """Yield the lines of the CSV file; its first columns are the rows' numbers and those given."""
    columns = {"row": range(len(predictions)), **columns}
    yield [*columns, *(["class", *(f"p_{name}" for name in classes)] if classes else ["prediction"])]
    for start, values in zip(zip(*columns.values(), strict=True), predictions, strict=True):
        found = [classes[int(values.argmax())], *(f"{share:.6g}" for share in values)] if classes else []
        yield [*start, *(found or [f"{values[0]:.9g}"])]


def read_rows(path: Path, columns: int) -> NDArray[np.float64]:
    """Read rows of numbers from a CSV file, columns in the order of the data set.

    A first line with column names or column numbers is skipped.

    Returns
    -------
    array of shape (rows, columns)

    Raises
    ------
    DataError
        If the file cannot be read or holds anything else; with each problem's line, up to ten.
    """
    import numpy as np

    try:
        lines = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    except UnicodeDecodeError:
        raise DataError(f"{path}: not a text file in UTF-8") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from None
    except csv.Error as error:
        raise DataError(f"{path}: not a CSV file: {error}") from None
    numbered = [(number, cells) for number, cells in enumerate(lines, 1) if cells]
    if numbered and _is_header(numbered[0][1]):
        numbered.pop(0)
    if not numbered:
        raise DataError(f"{path}: has no rows: expected {columns} numbers a line")
    problems = [f"{path}:{number}: {problem}" for number, cells in numbered if (problem := _problem(cells, columns))]
    if problems:
        raise DataError("\n".join(first_problems(problems)))
    return np.array([[float(cell) for cell in cells] for _, cells in numbered])


def first_problems(problems: Sequence[str]) -> list[str]:
    """Return the first ten problems, and how many more there are."""
    more = len(problems) - _MOST_PROBLEMS
    return [*problems[:_MOST_PROBLEMS], *([f"and {more:,} more"] if more > 0 else [])]


def _is_header(cells: list[str]) -> bool:
    """Tell whether a line has no numbers, or the column numbers, with which pandas names columns without names."""
    positions = [str(position) for position in range(len(cells) + 1)]
    return not any(map(_is_number, cells)) or (len(cells) > 1 and cells in (positions[:-1], positions[1:]))


def _problem(cells: list[str], columns: int) -> str:
    if len(cells) != columns:
        hint = ": leave out the column of the class" if len(cells) == columns + 1 else ""
        return f"expected {columns} numbers, got {len(cells)} cells{hint}"
    wrong = next((position for position, cell in enumerate(cells, 1) if not _is_number(cell)), None)
    return "" if wrong is None else f"column {wrong}: {cells[wrong - 1][:40]!r} is not a finite number"


def _is_number(cell: str) -> bool:
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False
