"""All that a page says of one result, as texts and figures. Pure."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from dropout_lab.analysis.formatting import count
from dropout_lab.analysis.headline import headline
from dropout_lab.analysis.replicates import unit_of
from dropout_lab.analysis.run_info import Facts
from dropout_lab.analysis.study import Study
from dropout_lab.config import as_yaml
from dropout_lab.report.figures import Picture
from dropout_lab.report.figures.captions import extent
from dropout_lab.report.text_table import TextTable, difference_grid, failures, summary_grid
from dropout_lab.stats.phrases import capital, listed

__all__ = ["Banner", "ReportSection", "section"]


@dataclass(frozen=True)
class Banner:
    """Something that must not be overlooked."""

    title: str
    lines: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReportSection:
    """One result on a page.

    Attributes
    ----------
    anchor : str
        Its id in the page; its figures' files and ids begin with it.
    name, lead : str
        What it is called, and its setup in a line.
    sentence : str
        What it says.
    details : tuple of str
        What has to be said with it.
    banners : tuple of Banner
    pictures : tuple of Picture
    tables : tuple of TextTable
    config : str
        The experiment as YAML.
    facts : Facts
    commands : tuple of (str, str)
        What each is for, and the command.
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
    """Put together what a page says of a result.

    Parameters
    ----------
    study : Study
    pictures : tuple of Picture
        Its figures, those that the page shows.
    anchor : str
        Letters, digits and ``-``; no other section of the page may have it.
    name : str or None
        What to call it; None takes the experiment's name.
    """
    sentence, details = headline(study)
    tables = (None if study.trials.empty else summary_grid(study), difference_grid(study), failures(study))
    return ReportSection(
        anchor=anchor,
        name=name or study.experiment.name,
        lead=_lead(study),
        sentence=sentence,
        details=details,
        banners=_banners(study),
        pictures=pictures,
        tables=tuple(table for table in tables if table),
        config=as_yaml(study.experiment, study.folder),
        facts=study.facts,
        commands=_commands(study),
    )


def _lead(study: Study) -> str:
    experiment = study.experiment
    dropout = experiment.dropout
    place = "no dropout" if dropout.where == "none" else f"{dropout.kind.replace('_', ' ')}, {dropout.where}"
    evaluated = unit_of(experiment.evaluation).whole
    points = " x ".join(map(extent, study.axes))
    early, epochs = experiment.training.early_stopping, count(experiment.training.epochs, "epoch")
    length = f"at most {epochs}, patience {early.patience}" if early else epochs
    parts = (experiment.dataset.name, place, points, evaluated, length)
    return " · ".join(parts)


def _banners(study: Study) -> tuple[Banner, ...]:
    found = []
    if study.facts.note:
        found.append(Banner("About these data", (study.facts.note,)))
    if study.gaps:
        found.append(_unfinished(study))
    if len(study.failed):
        found.append(_failed(study))
    if study.facts.mixed:
        lines = ("Numbers may differ in their last digits between the starts listed below.",)
        found.append(Banner("Trained on different processors, or with different versions", lines))
    return tuple(found)


def _unfinished(study: Study) -> Banner:
    verb = "is" if study.missing == 1 else "are"
    title = f"Unfinished: {study.missing:,} of {count(study.planned, 'trial')} {verb} missing"
    return Banner(title, (f"{_missing(study)}. To go on:",), (_run(study, str(study.folder)),))


def _missing(study: Study) -> str:
    """Say how many trials are missing where, points that lack as many in one."""
    axis = study.axis
    points = [(value,) for value in axis.values]
    texts = []
    for lack in sorted({gap.planned - gap.done for gap in study.gaps}, reverse=True):
        some = [gap for gap in study.gaps if gap.planned - gap.done == lack]
        of = f"{lack:,} of {count(some[0].planned, 'trial')}" if some[0].done else f"all {count(lack, 'trial')}"
        place = listed((axis.column,), [axis.values.index(gap.value) for gap in some], points)
        place = "rate 0" if place == "no dropout" and axis.column == "rate" else place
        if 1 < len(some) == len(points):
            place = f"every {axis.word}"
        texts.append(f"{place}: {of}{' each' if len(some) > 1 else ''}")
    return capital("; ".join(texts))


def _failed(study: Study) -> Banner:
    number, of = len(study.failed), count(len(study.trials), "finished trial")
    if study.succeeded.empty:
        return Banner(f"All failed: none of the {of} has a result", ("The reasons are listed below.",))
    line = "Failed trials are left out of means and figures; they are listed below with their reasons."
    return Banner(f"Failed: {number:,} of {of}", (line,))


def _commands(study: Study) -> tuple[tuple[str, str], ...]:
    folder = str(study.folder)
    return (
        ("The same experiment again, in another directory", _run(study, "results/again")),
        ("This page again", shlex.join(["dropout-lab", "report", folder])),
        ("The table in a terminal", shlex.join(["dropout-lab", "show", folder])),
    )


def _run(study: Study, out: str) -> str:
    return shlex.join(["dropout-lab", "run", str(study.folder / "config.yaml"), "--out", out])
