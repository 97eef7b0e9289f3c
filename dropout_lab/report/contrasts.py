"""Differences between results that have one point each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dropout_lab.analysis.formatting import count
from dropout_lab.analysis.metric_format import MetricFormat
from dropout_lab.analysis.study import Study
from dropout_lab.report.text_table import TextTable, chance, p_value
from dropout_lab.stats import Contrast, contrast, same_split
from dropout_lab.stats.corrected_t import holm

__all__ = ["contrasts"]


def contrasts(named: Sequence[tuple[str, Study]]) -> TextTable | None:
    """Compare results on the same data with the first of them.

    Parameters
    ----------
    named : sequence of (str, Study)
        Each with its name.

    Returns
    -------
    TextTable or None
        None if one of them is a sweep (which of its points to compare is for its own verdict to say), or if fewer
        than two have a result.
    """
    if any(len(study.axis.values) > 1 for _, study in named):
        return None
    whole = [each for each in named if not each[1].succeeded.empty]
    if len(whole) < 2:
        return None
    (first, reference), *others = whole
    found = [
        contrast(reference.matrix, study.matrix, same_rows=same_split(reference.experiment, study.experiment))
        for _, study in others
    ]
    adjusted = holm(np.array([each.p for each in found]))
    scale = reference.scale
    near, difference = scale.near(reference.margin), f"difference ({scale.step})"
    rows = zip((name for name, _ in others), found, adjusted, strict=True)
    return TextTable(
        f"Differences in held-out {scale.name} to {first}",
        ("result", difference, "95% interval", "p (Holm)", "better", "same", "worse", "rests on"),
        tuple(_row(scale, name, each, float(p)) for name, each, p in rows),
        (
            (difference, f"mean {scale.name} minus that of {first}"),
            ("p (Holm)", "of no difference, adjusted for the number of results"),
            ("better", f"the chance of more than {near} {scale.better} {first}"),
            ("same", f"the chance of less than {near} from {first}"),
            ("worse", f"the chance of more than {near} {scale.worse} {first}"),
            ("rests on", "pairs of trials tested on the same rows, or trials of both results where there are none"),
        ),
    )


def _row(scale: MetricFormat, name: str, one: Contrast, p: float) -> tuple[str, ...]:
    chances = (one.prob_better, one.prob_same, one.prob_worse)
    shown = [chance(each) if np.isfinite(each) else "-" for each in chances]
    basis = count(one.n, "pair" if one.paired else "unpaired trial")
    found = scale.difference(one.diff), scale.span(one.low, one.high), p_value(p) if np.isfinite(p) else "-"
    return (name, *found, *shown, basis)
