"""What is said of a result at first sight."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from report.made import GROUPED, result, right, without_predictions
from rich.console import Console

from dropout_lab.analysis.headline import headline
from dropout_lab.analysis.study import read_study
from dropout_lab.plan import Trial
from dropout_lab.report.section import section
from dropout_lab.report.terminal import shown

FIXED = {"evaluation": {"split": "holdout", "repeats": 3}}
ONCE = {"evaluation": {"split": "holdout", "repeats": 1}}
RIGHT = {0.0: 33, 0.2: 36, 0.5: 25}


def at_first(trial: Trial) -> bool:
    return trial.repeat == 0


def some_diverge(trial: Trial) -> bool:
    return trial.fold == 0 and trial.experiment.dropout.rate == 0.5


def sure(trial: Trial) -> list[float]:
    return right(RIGHT.get(trial.experiment.dropout.rate, 30) + trial.fold + trial.repeat, 50)


@pytest.mark.parametrize("predictions", [True, False])
@pytest.mark.parametrize("options", [{}, {"trains": at_first}, {"diverges": some_diverge}, {"sure": sure}])
@pytest.mark.parametrize(
    "changes", [{}, FIXED, ONCE, GROUPED, {"sweep": {}}, {**ONCE, "sweep": {}}, {"sweep": {"dropout.rate": [0, 0.2]}}]
)
def test_at_most_four_sentences_are_printed_and_a_page_has_all(
    changes: dict[str, Any], options: dict[str, Any], predictions: bool, tmp_path: Path
) -> None:
    folder = result(tmp_path / "out", changes, **options)
    study = read_study(folder if predictions else without_predictions(folder))
    sentence, details = headline(study)
    console = Console(width=80, file=io.StringIO())
    console.print(shown(study))
    printed = " ".join(console.file.getvalue().split())
    conclusion = " ".join((sentence, *details))
    assert printed.endswith(conclusion)
    sentences = re.findall(r"[a-z0-9)%]\.(?= |$)", conclusion)
    assert len(sentences) == 1 + len(details) <= 4, conclusion
    assert study.verdict is not None
    some = section(study)
    assert (some.sentence, *some.details) == (sentence, *details, *study.verdict.notes)
    assert len({*some.details}) == len(some.details)


def test_a_difference_that_only_the_other_metric_shows_is_told(tmp_path: Path) -> None:
    def surer(trial: Trial) -> list[float]:
        return [0.9 if trial.experiment.dropout.rate else 0.6] * 40 + [0.2] * 10

    folder = result(tmp_path / "out", {"sweep": {"dropout.rate": [0, 0.2]}}, sure=surer)
    study, by_loss = read_study(folder), read_study(folder, metric="loss")
    assert study.verdict is not None
    low, high = by_loss.summary.loc[1, ["diff_low", "diff_high"]]
    assert (
        "By the loss, though, rate 0.2 is significantly better than no dropout "
        f"(-0.324, 95% interval {low:.3f} to {high:.3f})." in study.verdict.details
    )
    assert by_loss.verdict is not None
    assert by_loss.verdict.outcome == "winner"
    assert not any("though" in detail for detail in by_loss.verdict.details)
    bare = read_study(without_predictions(folder)).verdict
    assert bare is not None
    assert not any("though" in detail for detail in bare.details)
