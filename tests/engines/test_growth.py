"""One process does not grow over hundreds of trainings."""

from __future__ import annotations

import gc

import psutil
import pytest
from training import trials

from dropout_lab import engines
from dropout_lab.datasets import Dataset

MANY = 500
LIMIT = 100 * 2**20


@pytest.mark.slow
@pytest.mark.parametrize(("name", "at_once"), [("keras", MANY), ("stacked", 10)])
def test_memory_grows_by_less_than_100_mb_after_the_first_ten_of_500_trainings(
    name: str, at_once: int, iris: Dataset
) -> None:
    shape = {"training.epochs": 2, "evaluation.folds": 10, "evaluation.repeats": 10}
    some = trials(shape, [0, 0.2, 0.4, 0.6, 0.8])[:MANY]
    blocks = [some[first : first + at_once] for first in range(0, MANY, at_once)]
    train = engines.load(name, blocks, iris)
    process = psutil.Process()
    done, start = 0, 0
    for block in blocks:
        for outcomes in train(block, lambda _: None):
            done += len(outcomes)
            if not start and done >= 10:
                gc.collect()
                start = process.memory_info().rss
    gc.collect()
    assert done == MANY
    assert process.memory_info().rss - start < LIMIT
