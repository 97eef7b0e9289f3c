"""The content of a page about one result, as texts and figures."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from dropout_lab.analysis.formatting import count
from dropout_lab.analysis.headline import headline
from dropout_lab.analysis.run_info import Facts
from dropout_lab.analysis.study import Study
from dropout_lab.config import as_yaml
from dropout_lab.metrics.registry import METRICS
from dropout_lab.report.describe import describe_dropout
from dropout_lab.report.figures import Picture
from dropout_lab.report.figures.captions import extent
from dropout_lab.report.text_table import TextTable, difference_grid, failures, summary_grid
from dropout_lab.stats.phrases import capital, listed

__all__ = ["Banner", "ReportSection", "section"]


@dataclass(frozen=True)
class Banner:
    """A notice that must not be overlooked."""

    title: str
    lines: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReportSection:
    """One result on a page.

    Attributes
    ----------
    anchor : str
        Its id in the page, and the prefix of its figures' files and ids.
    name, lead : str
        Its name, and its setup in a line.
    sentence : str
        Its conclusion.
    details : tuple of str
        What qualifies the conclusion.
    banners : tuple of Banner
    pictures : tuple of Picture
    tables : tuple of TextTable
    config : str
        The experiment as YAML.
    facts : Facts
    commands : tuple of (str, str)
        The purpose of each command, and the command.
    """

    anchor: str
    name: str
    lead: str
    sentence: str
    details: tuple[str, ...]
    banners: tuple[Banner, ...]
    pictures: tuple[Picture, ...]
    tables: tuple[TextTable, ...]
    config: str
    facts: Facts
    commands: tuple[tuple[str, str], ...]


def section(
    study: Study, pictures: tuple[Picture, ...] = (), anchor: str = "result", name: str | None = None
) -> ReportSection:
    """Collect the content of a page about a result.

    Parameters
    ----------
    study : Study
    pictures : tuple of Picture
        The figures to show.
    anchor : str
        Letters, digits and ``-``; unique on the page.
    name : str or None
        None takes the experiment's name.
    """
    sentence, details = headline(study)
    notes = study.verdict.notes if study.verdict else ()
    tables = (None if study.trials.empty else summary_grid(study), difference_grid(study), failures(study))
    return ReportSection(
        anchor=anchor,
        name=name or study.experiment.name,
        lead=_lead(study),
        sentence=sentence,
        details=(*details, *notes),
        banners=_banners(study),
        pictures=pictures,
        tables=tuple(table for table in tables if table),
        config=as_yaml(study.experiment, study.folder),
        facts=study.facts,
        commands=_commands(study),
    )


def _lead(study: Study) -> str:
    experiment = study.experiment
    extents, trials = list(map(extent, study.axes)), study.replicates.planned
    drawn = f"{count(experiment.count_points(), 'random point')} with {', '.join(extents)}"
    points = drawn if experiment.random_search else " x ".join(extents)
    early, epochs = experiment.training.early_stopping, count(experiment.training.epochs, "epoch")
    length = f"at most {epochs}, patience {early.patience}" if early else epochs
    if early and early.monitor != "loss":
        length += f" ({METRICS[early.monitor].title})"
    return " · ".join((experiment.dataset.name, describe_dropout(experiment), points, trials, length))


def _banners(study: Study) -> tuple[Banner, ...]:
    banners = []
    if study.facts.note:
        banners.append(Banner("About these data", (study.facts.note,)))
    if study.facts.splits:
        lines = tuple(f"{capital(note)}." for note in study.facts.splits)
        banners.append(Banner("About the rows that are trained on and held out", lines))
    if study.gaps:
        banners.append(_unfinished(study))
    if len(study.failed):
        banners.append(_failed(study))
    if study.facts.mixed:
        lines = ("Results may differ in the last digits between the starts listed below.",)
        banners.append(Banner("Trained on different processors or with different versions", lines))
    return tuple(banners)


def _unfinished(study: Study) -> Banner:
    verb = "is" if study.missing == 1 else "are"
    title = f"Unfinished: {study.missing:,} of {count(study.planned, 'trial')} {verb} missing"
    return Banner(title, (f"{_missing(study)}. To resume:",), (_run(study, str(study.folder)),))


def _missing(study: Study) -> str:
    """State how many trials are missing at which points, grouping points that lack the same number."""
    axis = study.axis
    points = [(value,) for value in axis.values]
    texts = []
    for lack in sorted({gap.planned - gap.done for gap in study.gaps}, reverse=True):
        some = [gap for gap in study.gaps if gap.planned - gap.done == lack]
        lacking = f"{lack:,} of {count(some[0].planned, 'trial')}" if some[0].done else f"all {count(lack, 'trial')}"
        where = listed((axis.column,), [axis.values.index(gap.value) for gap in some], points)
        where = "rate 0" if where == "no dropout" and axis.column == "rate" else where
        if 1 < len(some) == len(points):
            where = f"every {axis.word}"
        texts.append(f"{where}: {lacking}{' each' if len(some) > 1 else ''}")
    return capital("; ".join(texts))


def _failed(study: Study) -> Banner:
    number, finished = len(study.failed), count(len(study.trials), "finished trial")
    if study.succeeded.empty:
        return Banner(f"All failed: none of the {finished} has a result", ("The reasons are listed below.",))
    line = "Failed trials are excluded from means and figures, and listed below with their reasons."
    return Banner(f"Failed: {number:,} of {finished}", (line,))


def _commands(study: Study) -> tuple[tuple[str, str], ...]:
    folder = str(study.folder)
    return (
        ("Repeat the experiment in another directory", _run(study, "results/again")),
        ("Create this page again", shlex.join(["dropout-lab", "report", folder])),
        ("Show the table in a terminal", shlex.join(["dropout-lab", "show", folder])),
    )


def _run(study: Study, out: str) -> str:
    return shlex.join(["dropout-lab", "run", str(study.folder / "config.yaml"), "--out", out])
