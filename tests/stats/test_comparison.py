from __future__ import annotations

import numpy as np
import pytest
from stats.sweeps import arranged, design, sweep

from dropout_lab.stats import decide, summarize, verdict


def test_its_confidence_sets_the_intervals_the_conclusion_and_the_words() -> None:
    noise = np.random.default_rng(5).normal(0.01, 0.011, (1, 10))
    values = {0.0: np.zeros((1, 10)) + 0.5, 0.2: 0.5 + noise}
    found = {}
    for confidence in (0.5, 0.95, 0.99):
        matrix = arranged(sweep(values), design(values), confidence=confidence)
        summary = summarize(matrix)
        found[confidence] = summary.loc[1, "diff_high"] - summary.loc[1, "diff_low"], decide(matrix, summary)
    widths = [width for width, _ in found.values()]
    assert widths == sorted(widths)
    assert [decision.outcome for _, decision in found.values()] == ["winner", "unclear", "unclear"]
    assert ", 50% interval " in verdict(found[0.5][1]).sentence


def test_its_level_is_what_the_confidence_leaves() -> None:
    matrix = arranged(sweep({0.0: [[0.5, 0.6]]}), design({0.0: [[0.5, 0.6]]}), confidence=0.9)
    assert matrix.comparison.level == pytest.approx(0.1)
