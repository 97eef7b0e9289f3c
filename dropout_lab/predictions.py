"""A saved model and rows in a CSV file -> predictions."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path
from typing import TYPE_CHECKING

from dropout_lab.errors import DataError
from dropout_lab.results.table import replace_file

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["predict", "read_rows"]

_MOST_TOLD = 10


def predict(model: Path, data: Path, out: Path | None = None) -> str:
    """Predict the class of rows.

    Parameters
    ----------
    model : Path
        As `saved_model.save` wrote it.
    data : Path
        See `read_rows`.
    out : Path, optional
        Where the predictions are written to; it must not exist.

    Returns
    -------
    str
        CSV: ``row`` (from 0), ``class``, then ``p_CLASS`` for each class.

    Raises
    ------
    DropoutLabError
        If a file cannot be read or used, or `out` exists.
    """
    if out is not None and out.exists():
        raise DataError(f"{out}: exists already: name a new file")
    from dropout_lab.engines import runtime

    runtime.start(1)
    from dropout_lab.saved_model import load

    saved = load(model)
    probabilities = saved.probabilities(read_rows(data, math.prod(saved.about.row), saved.about.columns))
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["row", "class", *(f"p_{name}" for name in saved.about.classes)])
    for row, each in enumerate(probabilities):
        writer.writerow([row, saved.about.classes[int(each.argmax())], *(f"{share:.6g}" for share in each)])
    if out is not None:
        replace_file(out, file.getvalue().encode())
    return file.getvalue()


def read_rows(path: Path, columns: int, names: tuple[str, ...] = ()) -> NDArray[np.float64]:
    """Read rows of numbers from a CSV file.

    A first line of names is passed over, unless it is known that there should be others. Columns are taken in their
    order.

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
    if numbered and not any(map(_number, numbered[0][1])):
        number, head = numbered.pop(0)
        given = [name.strip() for name in head]
        if names and given != list(names):
            raise DataError(f"{path}:{number}: expected the columns {', '.join(names)}, got {', '.join(given)}")
    if not numbered:
        raise DataError(f"{path}: holds no rows: expected {columns} numbers a line")
    problems = [f"{path}:{number}: {problem}" for number, cells in numbered if (problem := _problem(cells, columns))]
    if problems:
        more = [f"and {len(problems) - _MOST_TOLD} more lines"] if len(problems) > _MOST_TOLD else []
        raise DataError("\n".join([*problems[:_MOST_TOLD], *more]))
    return np.array([[float(cell) for cell in cells] for _, cells in numbered])


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
