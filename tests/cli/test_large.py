"""A table of many rows is loaded and trained in little memory."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from program import COMMAND, environment

ROWS = 40_000
LIMIT = 2000 * 2**20
CONFIG = """\
dataset: {csv: my.csv, target: outcome}
model: {hidden: [64]}
dropout: {where: hidden, rate: 0.2}
training: {epochs: 1, batch_size: 128, optimizer: {name: sgd, learning_rate: 0.05}}
"""


@pytest.mark.slow
def test_40_000_rows_of_100_columns_are_trained_on_in_ten_folds_within_2000_mb(tmp_path: Path) -> None:
    random = np.random.default_rng(7)
    numbers = random.normal(size=(ROWS, 90)).round(4)
    outcome = numbers[:, :10].sum(axis=1) > 0
    levels = random.integers(0, 12, (ROWS, 10))
    with (tmp_path / "my.csv").open("w") as file:
        file.write(",".join([*(f"n{at}" for at in range(90)), *(f"c{at}" for at in range(10)), "outcome"]) + "\n")
        for row, names, yes in zip(numbers, levels, outcome, strict=True):
            file.write(",".join([*map(str, row), *(f"level {at}" for at in names), "yes" if yes else "no"]) + "\n")
    (tmp_path / "my.yaml").write_text(CONFIG)
    process = subprocess.Popen([*COMMAND, "run", "my.yaml"], cwd=tmp_path, env=environment(), stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    assert usage.ru_maxrss * 1024 < LIMIT
