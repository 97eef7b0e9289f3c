"""The files of a report, and the command that writes it."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer
from builders import experiment, files
from report.made import result
from typer.testing import CliRunner

from dropout_lab.cli.report import report
from dropout_lab.errors import ResultsError
from dropout_lab.plan import plan
from dropout_lab.report.publish import publish
from dropout_lab.results import trial_columns

LOADED = """
import sys
import dropout_lab.cli.report
print(sorted({"matplotlib", "pandas", "jinja2", "numpy"} & set(sys.modules)))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a directory of results, of one point so that it is drawn fast."""
    return result(tmp_path / "small", {"sweep": {}})


def test_a_report_lies_in_its_directory_and_changes_nothing_else(folder: Path) -> None:
    before = files(folder.parent)
    published = publish([folder])
    after = files(folder.parent)
    assert {name: after[name] for name in before} == before
    assert published.page == folder / "report.html"
    new = {folder.parent / name for name in after.keys() - before.keys()}
    assert new == {published.page, *published.figures}
    assert {path.parent for path in published.figures} == {folder / "figures"}
    assert {path.suffix for path in published.figures} == {".png", ".svg"}


def test_the_same_result_gives_the_same_report(folder: Path) -> None:
    publish([folder])
    before = files(folder)
    publish([folder])
    assert files(folder) == before


def test_a_report_goes_where_out_says(folder: Path, tmp_path: Path) -> None:
    before = files(folder)
    publish([folder], tmp_path / "new" / "place")
    assert (tmp_path / "new" / "place" / "report.html").is_file()
    publish([folder], tmp_path / "pages" / "mine.html")
    assert {path.name for path in (tmp_path / "pages").iterdir()} == {"mine.html", "mine-figures"}
    assert files(folder) == before


def test_several_results_go_to_one_page_each_once_whatever_its_names(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = result(tmp_path / "other", {"name": "other", "sweep": {}})
    monkeypatch.chdir(tmp_path)
    Path("link").symlink_to(folder)
    published = publish([folder, other, other / ".." / folder.name, Path("link")])
    assert published.page == Path("report/report.html")
    assert len(published.sentences) == 2
    assert "report/figures/comparison.svg" in map(str, published.figures)
    text = published.page.read_text(encoding="utf-8")
    assert len(re.findall('<section id="result-', text)) == 2


def test_a_file_that_is_no_report_is_not_written_over(folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "index.html"
    page.write_text("<p>mine</p>", encoding="utf-8")
    with pytest.raises(ResultsError, match="is not a report: choose another"):
        publish([folder], page)
    assert page.read_text(encoding="utf-8") == "<p>mine</p>"
    assert not (tmp_path / "index-figures").exists()


def test_where_nothing_can_be_written_the_error_says_so(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ResultsError, match="cannot be"):
        publish([folder], tmp_path / "file")


def test_nothing_is_written_if_one_directory_holds_no_results(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ResultsError, match="empty: holds no results"):
        publish([folder, tmp_path / "empty"], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_report_names_no_other_file_and_no_network(folder: Path) -> None:
    text = publish([folder]).page.read_text(encoding="utf-8")
    assert re.findall(r"""(?:src|href)=["'](?!#)""", text) == []
    assert "<script" not in text
    assert "@import" not in text
    assert "default-src &#39;none&#39;" in text or "default-src 'none'" in text


def test_the_command_prints_the_verdict_and_the_paths(folder: Path) -> None:
    app = typer.Typer()
    app.command()(report)
    done = CliRunner().invoke(app, [str(folder)])
    assert done.exit_code == 0
    sentence, page, *figures = done.output.splitlines()
    assert sentence.endswith(".")
    assert Path(page) == folder / "report.html"
    assert all(Path(path).is_file() for path in (page, *figures))


def test_the_command_loads_nothing_slow_before_it_is_called() -> None:
    done = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.slow
def test_a_thousand_trials_of_300_epochs_are_reported_in_ten_seconds_of_processor_time(tmp_path: Path) -> None:
    rates = [round(step / 10, 1) for step in range(10)]
    changes = {"sweep": {"dropout.rate": rates}, "evaluation": {"folds": 10, "repeats": 10}, "training.epochs": 300}
    folder = result(tmp_path / "large", changes, trains=lambda trial: False)
    random = np.random.default_rng(0)
    rows = [
        (
            *(trial.id, "small", "iris", "keras", "dropout", "hidden", trial.experiment.dropout.rate, trial.repeat),
            *(trial.fold, trial.seed, 135, 15, 300, "ok", "", *random.random(4), 0.1),
        )
        for trial in plan(experiment(changes))
    ]
    trials = pd.DataFrame(rows, columns=list(trial_columns(experiment())))
    trials.to_csv(folder / "trials.csv", index=False)
    history = trials.loc[trials.index.repeat(300), ["trial", "rate", "repeat", "fold"]].reset_index(drop=True)
    history["epoch"] = np.tile(np.arange(1, 301), 1000)
    history[["train_loss", "train_accuracy", "loss", "accuracy"]] = random.random((300_000, 4)).round(9)
    history.to_csv(folder / "history.csv", index=False)
    predictions = trials.loc[trials.index.repeat(15), ["trial", "rate", "repeat", "fold"]].reset_index(drop=True)
    predictions["row"] = predictions["fold"] * 15 + np.tile(np.arange(15), 1000)
    predictions["label"] = predictions["row"] % 3
    predictions[["p0", "p1", "p2"]] = random.dirichlet([1, 1, 1], 15_000)
    predictions.to_csv(folder / "predictions.csv.gz", index=False)
    start = time.process_time()
    published = publish([folder])
    assert time.process_time() - start < 10
    assert published.page.stat().st_size < 2_000_000
    assert "on new data" in published.page.read_text(encoding="utf-8")
