"""The summary of a result as a table for a page: texts with their units, and what each column means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dropout_lab.analysis.metric_format import metric_format
from dropout_lab.analysis.replicates import unit_of
from dropout_lab.analysis.study import Study

__all__ = ["TextColumn", "TextTable", "chance", "difference_grid", "failures", "p_value", "summary_grid"]

_MOST_FAILURES = 50


@dataclass(frozen=True)
class TextTable:
    """A table of texts.

    Attributes
    ----------
    caption : str
    head : tuple of str
        The columns; the first names the rows.
    rows : tuple of tuple of str
    terms : tuple of (str, str)
        Columns that need it, and what they mean.
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    terms: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class TextColumn:
    """A column of texts, with what it means if that needs saying."""

    head: str
    cells: list[str]
    meaning: str = ""


def summary_grid(study: Study) -> TextTable:
    """Lay out the results of each point; a column that has no number is left out.

    Parameters
    ----------
    study : Study
        At least one of its trials is finished.
    """
    summary = study.summary.set_index(study.axis.column)
    columns = [*_counts(summary), *_measures(study, summary)]
    return _grid(study, f"Held-out results at each {study.axis.word}", summary, columns)


def difference_grid(study: Study) -> TextTable | None:
    """Lay out how each point differs from the baseline; None if there is no baseline, or nothing to compare."""
    if study.baseline is None or study.column("diff") is None:
        return None
    summary = study.summary.set_index(study.axis.column).drop(index=study.baseline)
    scale = study.scale
    baseline, near = study.axis.point(study.baseline), scale.near(study.margin)
    interval = unit_of(study.experiment.evaluation).interval
    difference = f"in {scale.name} to {baseline}, mean over pairs"
    columns = [
        _single(summary, "diff", f"difference ({scale.step})", scale.difference, difference),
        _interval(summary, "diff_low", "diff_high", "95% interval", scale.span, f"of the difference, {interval}"),
        _single(summary, "pairs", "pairs", "{:.0f}".format, f"of trials, here and at {baseline}, that have a result"),
        _single(summary, "p_holm", "p (Holm)", p_value, "of no difference, adjusted for the number of tests"),
        _single(summary, "prob_better", "better", chance, f"the chance of more than {near} {scale.better} {baseline}"),
        _single(summary, "prob_same", "same", chance, f"the chance of less than {near} from {baseline}"),
        _single(summary, "prob_worse", "worse", chance, f"the chance of more than {near} {scale.worse} {baseline}"),
    ]
    return _grid(study, f"Differences to {baseline}", summary, [column for column in columns if column])


def _grid(study: Study, caption: str, summary: pd.DataFrame, columns: list[TextColumn]) -> TextTable:
    names = [study.axis.text(value) for value in summary.index]
    return TextTable(
        caption=caption,
        head=(study.axis.name, *(column.head for column in columns)),
        rows=tuple(zip(names, *(column.cells for column in columns), strict=True)),
        terms=tuple((column.head, column.meaning) for column in columns if column.meaning),
    )


def _counts(summary: pd.DataFrame) -> list[TextColumn]:
    columns = [TextColumn("trials", [str(n) for n in summary["n"]], "with a result")]
    if summary["failed"].any():
        columns.append(
            TextColumn("failed", [str(n) for n in summary["failed"]], "trials without a result, listed below")
        )
    return columns


def _measures(study: Study, summary: pd.DataFrame) -> list[TextColumn]:
    unit, scale = unit_of(study.experiment.evaluation), study.scale
    interval = f"of the mean {scale.name}, {unit.interval}"
    others = [metric_format(name) for name in study.metrics if name != scale.name]
    trained = metric_format(study.metrics[0])
    names = [*(other.name for other in others), f"train_{trained.name}"]
    means = study.succeeded.groupby(study.axis.column)[names].mean().reindex(summary.index)
    over = f"mean over {'what is finished of ' if study.missing else ''}{unit.whole}" if unit.several else unit.whole
    found = [
        _single(summary, "mean", scale.head, scale.cell, f"{scale.meaning}, {over}"),
        _interval(summary, "ci_low", "ci_high", "95% interval", scale.ends, interval),
        _single(
            summary,
            "sd",
            f"sd ({scale.step})" if scale.step else "sd",
            scale.size,
            f"between the {unit.one}s. {unit.caution}",
        ),
        *(_single(means, other.name, other.head, other.brief, other.meaning) for other in others),
        _single(means, names[-1], f"training {trained.name}", trained.brief, "after training, with dropout off"),
    ]
    return [column for column in found if column]


def _single(frame: pd.DataFrame, name: str, head: str, text: Callable[[float], str], meaning: str) -> TextColumn | None:
    if name not in frame or not frame[name].notna().any():
        return None
    return TextColumn(head, [text(value) if pd.notna(value) else "-" for value in frame[name]], meaning)


def _interval(
    frame: pd.DataFrame, low: str, high: str, head: str, text: Callable[[float, float], str], meaning: str
) -> TextColumn | None:
    if low not in frame or not frame[low].notna().any():
        return None
    ends = zip(frame[low], frame[high], strict=True)
    return TextColumn(head, [text(a, b) if pd.notna(a) else "-" for a, b in ends], meaning)


def p_value(value: float) -> str:
    """Write a p value in 3 digits."""
    return f"{value:.3f}" if value >= 0.001 else "< 0.001"


def chance(share: float) -> str:
    """Write a probability in whole percent."""
    return f"{share:.0%}" if 0.005 <= share < 0.995 else "< 1%" if share < 0.5 else "> 99%"


def failures(study: Study) -> TextTable | None:
    """List the failed trials with their reasons; of very many, the first ones."""
    failed = study.failed
    if failed.empty:
        return None
    shown = failed.head(_MOST_FAILURES)
    caption = f"Failed trials: {len(failed)} of {len(study.trials)}"
    if len(shown) < len(failed):
        caption += f"; the first {len(shown)} of them, the others are in trials.csv"
    head = (study.axis.name, "repeat", "fold", "status", "reason", "trial")
    return TextTable(caption, head, tuple(_failure(study, trial) for trial in shown.to_dict("records")))


def _failure(study: Study, trial: dict[Any, Any]) -> tuple[str, ...]:
    texts = (str(trial[key]) if pd.notna(trial[key]) else "" for key in ("repeat", "fold", "status", "reason", "trial"))
    return study.axis.text(trial[study.axis.column]), *texts
