"""What is to be trained, and the training of one data set in a worker process.

Not in ``__main__``, which worker processes that are started anew do not import.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.calibration.cells import Cell
from benchmarks.calibration.designs import train_design
from benchmarks.calibration.simulate import Trainer, file_of, save, simulate

__all__ = ["tasks_of", "train"]

_WAVES = (40, 100, 200)
"""All cells are brought to so many data sets, one after the other, so that figures are there early."""

_trainers: dict[str, Trainer] = {}
"""Of this process, by the folder of their results."""


def tasks_of(asked: Sequence[tuple[Cell, str]], work: Path, first: int, most: int) -> Iterator[tuple[Cell, str, int]]:
    """Yield what is to be trained: a cell, the name of a design or nothing, and the number of a data set."""
    for last in sorted({min(wave, most) for wave in (*_WAVES, most) if wave > first}):
        for cell, design in asked:
            for number in range(first, min(last, cell.data_sets)):
                if not file_of(work, _folder(cell, design), number).exists():
                    yield cell, design, number
        first = last


def _folder(cell: Cell, design: str) -> str:
    return f"{cell.name}-{design}" if design else cell.name


def train(cell: Cell, design: str, number: int, work: Path, data: Path) -> str:
    """Train one data set in a worker process, which keeps its traced programs."""
    folder = _folder(cell, design)
    if folder not in _trainers:
        _trainers[folder] = Trainer(cell.experiment(0))
    trainer = _trainers[folder]
    kept = train_design(trainer, cell, design, number, data) if design else simulate(trainer, cell, number, data)
    save(file_of(work, folder, number), kept)
    return f"{folder} {number}"
