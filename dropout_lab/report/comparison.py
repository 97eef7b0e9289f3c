"""Several results side by side: whether they are comparable, one figure, and tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import pandas as pd

from dropout_lab.analysis.formatting import count
from dropout_lab.analysis.replicates import replicates_of
from dropout_lab.analysis.study import Study
from dropout_lab.report.figures import Picture, overlay
from dropout_lab.report.figures.captions import extent
from dropout_lab.report.section import Banner
from dropout_lab.report.text_table import TextColumn, TextTable, difference_columns, table_of
from dropout_lab.stats import contrast, same_split
from dropout_lab.stats.simultaneous import holm

__all__ = ["OPTIMISM", "ComparisonSection", "comparison", "names_of"]

OPTIMISM = "The best of several points is an optimistic estimate; a single point is not."


@dataclass(frozen=True)
class ComparisonSection:
    """The part of a page that compares several results.

    Attributes
    ----------
    banners : tuple of Banner
    picture : Picture or None
        None if the results are not comparable, or share no axis.
    tables : tuple of TextTable
    """

    banners: tuple[Banner, ...]
    picture: Picture | None
    tables: tuple[TextTable, ...]


def names_of(studies: Sequence[Study]) -> list[str]:
    """Name each result by its experiment, or by its directory if several results share that name."""
    names = Counter(study.experiment.name for study in studies)
    return [study.experiment.name if names[study.experiment.name] == 1 else str(study.folder) for study in studies]


def comparison(studies: Sequence[Study]) -> ComparisonSection:
    """Compare several results.

    Results on different data are listed together but neither drawn nor compared: their differences mean nothing.
    """
    named = list(zip(names_of(studies), studies, strict=True))
    same_data = _same_data(studies)
    scale = studies[0].scale
    dummies = " or ".join(dict.fromkeys(study.scale.dummy for study in studies))
    dummy = (("dummy", f"{dummies}, on the same rows"),) if scale.dummy else ()
    note = " ".join(dict.fromkeys(study.facts.note for study in studies if study.facts.note))
    overview = TextTable(
        f"Best mean held-out {scale.title} of each result",
        ("result", "data set", "points", "trials", "failed", scale.head, "at", *(head for head, _ in dummy)),
        tuple(
            (*_row(name, study), *(study.scale.cell(study.dummy(scale.name)) for _ in dummy)) for name, study in named
        ),
        (
            (scale.head, f"{scale.meaning}, mean at the best point with complete results. {OPTIMISM}"),
            *dummy,
        ),
    )
    differences = _differences(named) if same_data else None
    return ComparisonSection(
        banners=tuple(_banners(studies, same_data)),
        picture=overlay(named, note) if same_data else None,
        tables=(overview, differences) if differences else (overview,),
    )


def _differences(named: Sequence[tuple[str, Study]]) -> TextTable | None:
    """Compare results of one point each with the first of them.

    None if one of them is a sweep (its own verdict says which of its points to use), or fewer than two have a result.
    """
    results = [(name, study) for name, study in named if not study.succeeded.empty]
    if len(results) < 2 or any(len(study.axis.values) > 1 for _, study in named):
        return None
    (first, reference), *others = results
    found = [
        contrast(reference.matrix, study.matrix, same_rows=same_split(reference.experiment, study.experiment))
        for _, study in others
    ]
    frame = pd.DataFrame(map(asdict, found)).rename(columns={"low": "diff_low", "high": "diff_high"})
    frame["p_adjusted"] = holm(frame["p"].to_numpy())
    by_row = all(study.matrix.rows is not None for _, study in results)
    evaluation = reference.experiment.evaluation
    interval = replicates_of(evaluation, reference.matrix.basis if by_row else "trials").interval
    basis = TextColumn(
        "based on",
        [count(result.n, "pair" if result.paired else "unpaired trial") for result in found],
        "pairs of trials tested on the same rows; if there are none, the trials of both results",
    )
    columns = [*difference_columns(frame, reference.scale, reference.margin, first, interval), basis]
    caption = f"Differences in held-out {reference.scale.title} to {first}"
    return table_of(caption, "result", (name for name, _ in others), columns)


def _same_data(studies: Sequence[Study]) -> bool:
    """Tell whether all results are on the same data: by checksum, or by name if a checksum is unknown."""
    checksums = {study.facts.checksum for study in studies}
    names = {study.experiment.dataset.name for study in studies}
    return len(names) == 1 and ("" in checksums or len(checksums) == 1)


def _banners(studies: Sequence[Study], same_data: bool) -> list[Banner]:
    if not same_data:
        line = "They are only listed: a difference between them says nothing about dropout."
        return [Banner("These results are on different data and cannot be compared", (line,))]
    if not all(same_split(studies[0].experiment, study.experiment) for study in studies):
        line = "Part of their difference may come from the choice of held-out rows."
        return [Banner("These results hold out different rows: their trials are not paired", (line,))]
    return []


def _row(name: str, study: Study) -> tuple[str, ...]:
    counts = (f"{len(study.trials):,} of {study.planned:,}", f"{len(study.failed):,}")
    front = (name, study.experiment.dataset.name, extent(study.axis), *counts)
    best = study.verdict.decision.best if study.verdict else None
    if best is None:
        return (*front, "-", "-")
    return (*front, study.scale.cell(best.mean), study.axis.point(best.point[0]))
