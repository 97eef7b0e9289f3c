"""A saved model and rows in a file -> predictions."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dropout_lab.errors import DataError
from dropout_lab.results.append_only_csv import replace_file

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dropout_lab.final_model.model_file import LoadedModel

__all__ = ["predict", "read_rows"]

_MOST_TOLD = 10


def predict(model: Path, data: Path, out: Path | None = None, on_note: Callable[[str], None] = lambda _: None) -> str:
    """Predict the class of rows, or their number.

    Parameters
    ----------
    model : Path
        As `saved_model.save` wrote it.
    data : Path
        Of a table see `datasets.further`, else `read_rows`.
    out : Path, optional
        Where the predictions are written to; it must not exist.
    on_note : callable
        Is given each text that the user should be told.

    Returns
    -------
    str
        CSV: ``row`` (from 0), ``class``, then ``p_CLASS`` for each class; or ``row`` and ``prediction``, in the
        target's unit.

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

    saved = load(model)
    inputs, notes = _inputs(saved, data)
    for note in notes:
        on_note(note)
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(_table(saved.predict(inputs), saved.about.classes))
    if out is not None:
        replace_file(out, file.getvalue().encode())
    return file.getvalue()


def _inputs(saved: LoadedModel, data: Path) -> tuple[dict[str, NDArray[Any]], tuple[str, ...]]:
    """Return what a model is given, by the names of its inputs, and what there is to be told."""
    if saved.about.form is None:
        return {"rows": read_rows(data, math.prod(saved.about.row))}, ()
    from dropout_lab.final_model.new_rows import further

    rows = further(data, saved.about.form, saved.words)
    return {"numbers": rows.numbers, "texts": rows.texts}, rows.notes


def _table(said: NDArray[np.float64], classes: tuple[str, ...]) -> Iterator[list[object]]:
    """Yield the lines of a file of predictions."""
    if not classes:
        yield ["row", "prediction"]
        yield from ([row, f"{number:.9g}"] for row, (number,) in enumerate(said.tolist()))
        return
    yield ["row", "class", *(f"p_{name}" for name in classes)]
    for row, each in enumerate(said):
        yield [row, classes[int(each.argmax())], *(f"{share:.6g}" for share in each)]


def read_rows(path: Path, columns: int) -> NDArray[np.float64]:
    """Read rows of numbers from a CSV file.

    A first line of names, or of the columns' numbers, is passed over. Columns are taken in their order.

    Returns
    -------
    array of shape (rows, columns)

    Raises
    ------
    DataError
        If the file cannot be read, or holds something else; names each line, up to ten.
    """
    import numpy as np

    try:
        lines = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    except UnicodeDecodeError:
        raise DataError(f"{path}: not a text file in UTF-8") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from None
    except csv.Error as error:
        raise DataError(f"{path}: no CSV: {error}") from None
    numbered = [(number, cells) for number, cells in enumerate(lines, 1) if cells]
    if numbered and _names(numbered[0][1]):
        numbered.pop(0)
    if not numbered:
        raise DataError(f"{path}: holds no rows: expected {columns} numbers a line")
    problems = [f"{path}:{number}: {problem}" for number, cells in numbered if (problem := _problem(cells, columns))]
    if problems:
        more = [f"and {len(problems) - _MOST_TOLD} more lines"] if len(problems) > _MOST_TOLD else []
        raise DataError("\n".join([*problems[:_MOST_TOLD], *more]))
    return np.array([[float(cell) for cell in cells] for _, cells in numbered])


def _names(cells: list[str]) -> bool:
    """Tell whether a line holds names: no numbers, or their positions, as pandas names columns without names."""
    counted = [str(place) for place in range(len(cells) + 1)]
    return not any(map(_number, cells)) or (len(cells) > 1 and cells in (counted[:-1], counted[1:]))


def _problem(cells: list[str], columns: int) -> str:
    if len(cells) != columns:
        hint = ": leave the column of the class out" if len(cells) == columns + 1 else ""
        return f"expected {columns} numbers, got {len(cells)} cells{hint}"
    wrong = next((place for place, cell in enumerate(cells, 1) if not _number(cell)), None)
    return "" if wrong is None else f"column {wrong}: {cells[wrong - 1][:40]!r} is no finite number"


def _number(cell: str) -> bool:
    try:
        return math.isfinite(float(cell))
    except ValueError:
        return False
