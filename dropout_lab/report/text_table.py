"""The summary of a result as a table of texts: values with their units, and what each column means."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dropout_lab.analysis.metric_format import MetricFormat, metric_format
from dropout_lab.analysis.study import Study

__all__ = [
    "TextColumn",
    "TextTable",
    "difference_columns",
    "difference_grid",
    "failures",
    "summary_grid",
    "table_of",
]

_MOST_FAILURES = 50


@dataclass(frozen=True)
class TextTable:
    """A table of texts.

    Attributes
    ----------
    caption : str
    head : tuple of str
        Of the columns; the first column names the rows.
    rows : tuple of tuple of str
    terms : tuple of (str, str)
        Heads that need an explanation, and that explanation.
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    terms: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class TextColumn:
    """A column of texts, with its explanation if it needs one."""

    head: str
    cells: list[str]
    meaning: str = ""


def table_of(caption: str, head: str, names: Iterable[str], columns: Sequence[TextColumn]) -> TextTable:
    """Return a table whose first column, with this head, names the rows."""
    return TextTable(
        caption=caption,
        head=(head, *(column.head for column in columns)),
        rows=tuple(zip(names, *(column.cells for column in columns), strict=True)),
        terms=tuple((column.head, column.meaning) for column in columns if column.meaning),
    )


def summary_grid(study: Study) -> TextTable:
    """Lay out the results of each point; columns without any value are left out.

    Parameters
    ----------
    study : Study
        At least one trial is finished.
    """
    axis, scale, replicates = study.axis, study.scale, study.replicates
    summary = study.summary.set_index(axis.column)
    others = [metric_format(name) for name in study.metrics if name != scale.name]
    trained = metric_format(study.metrics[0])
    names = [*(other.name for other in others), f"train_{trained.name}"]
    means = study.succeeded.groupby(axis.column)[names].mean().reindex(summary.index)
    over = f"mean over {replicates.planned}" if replicates.several else replicates.planned
    if study.missing and replicates.several:
        over += " (unfinished)"
    any_failed = summary["failed"].any()
    columns = [
        *_column(summary, "n", "trials", str, "with a result"),
        *(_column(summary, "failed", "failed", str, "trials without a result, listed below") if any_failed else []),
        *_column(summary, "mean", scale.head, scale.cell, f"{scale.meaning}, {over}"),
        *_column(
            summary, "ci_low ci_high", "95% interval", scale.ends, f"of the mean {scale.title}, {replicates.interval}"
        ),
        *_column(
            summary, "sd", scale.head_of("sd"), scale.size, f"between the {replicates.noun}s. {replicates.caution}"
        ),
        *_column(summary, "p_best", "p best", _p_value, f"below 0.05: another {axis.word} is better, allowing for all"),
        *_without_a_look(study, summary),
        *(column for other in others for column in _column(means, other.name, other.head, other.brief, other.meaning)),
        *_column(means, names[-1], f"training {trained.title}", trained.brief, "after training, with dropout off"),
    ]
    return table_of(f"Held-out results at each {axis.word}", axis.name, map(axis.text, summary.index), columns)


def _without_a_look(study: Study, summary: pd.DataFrame) -> list[TextColumn]:
    """Lay out how networks compare with predictions that do not look at the inputs, and how many are such."""
    scale, what = study.scale, "one number" if study.experiment.regression else "one class"
    collapsed = summary if (summary["collapsed"] > 0).any() else summary.iloc[:0]
    return [
        *_column(summary, "dummy", "dummy", scale.cell, f"{scale.dummy}, on the same rows"),
        *_column(summary, "p_dummy", "p dummy", _p_value, "of no difference from the dummy, allowing for all"),
        *_column(collapsed, "collapsed", "collapsed", "{:.0f}".format, f"networks that predict {what} for every row"),
    ]


def difference_grid(study: Study) -> TextTable | None:
    """Lay out how each point differs from the baseline; None if there is no baseline, or nothing to compare."""
    if study.baseline is None or study.column("diff") is None:
        return None
    axis, summary = study.axis, study.summary.set_index(study.axis.column).drop(index=study.baseline)
    baseline, interval = axis.point(study.baseline), study.replicates.interval
    columns = difference_columns(summary, study.scale, study.margin, baseline, interval)
    return table_of(f"Differences to {baseline}", axis.name, map(axis.text, summary.index), columns)


def difference_columns(
    differences: pd.DataFrame, scale: MetricFormat, margin: float, baseline: str, interval: str
) -> list[TextColumn]:
    """Lay out differences in a metric to a baseline; columns without any value are left out.

    Parameters
    ----------
    differences : pandas.DataFrame
        ``diff``, ``diff_low``, ``diff_high``, ``joint_low``, ``joint_high``, ``pairs``, ``p_adjusted``,
        ``prob_better``, ``prob_same``, ``prob_worse``: those that there are.
    scale : MetricFormat
    margin : float
        Up to which a difference is practically none, in the unit of the metric.
    baseline : str
        What it is called.
    interval : str
        What the intervals allow for.
    """
    near, head = scale.near(margin), scale.head_of("difference")
    return [
        *_column(differences, "diff", head, scale.difference, f"mean {scale.title} minus that of {baseline}"),
        *_column(differences, "diff_low diff_high", "95% interval", scale.span, f"of the difference, {interval}"),
        *_column(differences, "pairs", "pairs", "{:.0f}".format, f"of trials, here and at {baseline}, with a result"),
        *_column(differences, "joint_low joint_high", "95% joint interval", scale.span, "that holds for all at once"),
        *_column(differences, "p_adjusted", "p adjusted", _p_value, "of no difference, allowing for all comparisons"),
        *_column(
            differences, "prob_better", "better", _chance, f"probability of more than {near} {scale.better} {baseline}"
        ),
        *_column(differences, "prob_same", "same", _chance, f"probability of less than {near} from {baseline}"),
        *_column(
            differences, "prob_worse", "worse", _chance, f"probability of more than {near} {scale.worse} {baseline}"
        ),
    ]


def _column(frame: pd.DataFrame, names: str, head: str, text: Callable[..., str], meaning: str) -> list[TextColumn]:
    """Write one or several columns of numbers as one of texts; nothing if there is no number."""
    columns = names.split()
    if columns[0] not in frame or frame[columns[0]].isna().all():
        return []
    values = zip(*(frame[column] for column in columns), strict=True)
    return [TextColumn(head, [text(*row) if pd.notna(row[0]) else "-" for row in values], meaning)]


def _p_value(value: float) -> str:
    return f"{value:.3f}" if value >= 0.001 else "< 0.001"


def _chance(share: float) -> str:
    """Write a probability in whole percent."""
    return f"{share:.0%}" if 0.005 <= share < 0.995 else "< 1%" if share < 0.5 else "> 99%"


def failures(study: Study) -> TextTable | None:
    """List the failed trials with their reasons; if there are very many, only the first."""
    failed = study.failed
    if failed.empty:
        return None
    shown = failed.head(_MOST_FAILURES)
    caption = f"Failed trials: {len(failed)} of {len(study.trials)}"
    if len(shown) < len(failed):
        caption += f"; the first {len(shown)} are listed, all are in trials.csv"
    head = (study.axis.name, "repeat", "fold", "status", "reason", "trial")
    return TextTable(caption, head, tuple(_failure(study, trial) for trial in shown.to_dict("records")))


def _failure(study: Study, trial: dict[Any, Any]) -> tuple[str, ...]:
    texts = (str(trial[key]) if pd.notna(trial[key]) else "" for key in ("repeat", "fold", "status", "reason", "trial"))
    return study.axis.text(trial[study.axis.column]), *texts
