"""Many rows are loaded and trained in little memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from program import COMMAND, environment

ROWS = 40_000
LIMIT = 1600 * 2**10
"""KiB."""

MEASURED = """\
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
process.returncode = os.waitstatus_to_exitcode(status)
print(process.returncode, usage.ru_maxrss)
"""
"""Starts a program and prints its exit code and peak memory. That of a child begins with its parent's, which is large
here."""

CONFIG = """\
dataset: {csv: my.csv, target: outcome}
model: {hidden: [64]}
dropout: {where: hidden, rate: 0.2}
training: {epochs: 1, batch_size: 128, optimizer: {name: sgd, learning_rate: 0.05}}
"""


@pytest.mark.slow
def test_40_000_rows_of_100_columns_are_trained_on_in_ten_folds_within_1600_mb(tmp_path: Path) -> None:
    random = np.random.default_rng(7)
    numbers = random.normal(size=(ROWS, 90)).round(4)
    outcome = numbers[:, :10].sum(axis=1) > 0
    levels = random.integers(0, 12, (ROWS, 10))
    with (tmp_path / "my.csv").open("w") as file:
        file.write(",".join([*(f"n{at}" for at in range(90)), *(f"c{at}" for at in range(10)), "outcome"]) + "\n")
        for row, names, yes in zip(numbers, levels, outcome, strict=True):
            file.write(",".join([*map(str, row), *(f"level {at}" for at in names), "yes" if yes else "no"]) + "\n")
    (tmp_path / "my.yaml").write_text(CONFIG)
    assert measured(tmp_path) < LIMIT


@pytest.mark.slow
@pytest.mark.parametrize("model", ["{kind: cnn, filters: [4], dense: [8]}", "{hidden: [8]}"])
def test_60_000_pictures_of_32_by_32_pixels_are_trained_on_within_1600_mb(model: str, tmp_path: Path) -> None:
    random = np.random.default_rng(7)
    pictures = random.integers(0, 256, (60_000, 32, 32, 3), dtype=np.uint8)
    np.savez(tmp_path / "my.npz", X=pictures, y=random.integers(0, 10, 60_000))
    (tmp_path / "my.yaml").write_text(
        f"{{dataset: my.npz, model: {model}, training: {{epochs: 1, batch_size: 256}}, evaluation: {{folds: 2}}}}"
    )
    assert measured(tmp_path) < LIMIT


def measured(folder: Path) -> int:
    """Run ``my.yaml`` in a folder; return the peak memory in KiB."""
    command = [sys.executable, "-c", MEASURED, *COMMAND, "run", "my.yaml"]
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=True)
    code, memory = map(int, done.stdout.split())
    assert code == 0
    return memory
