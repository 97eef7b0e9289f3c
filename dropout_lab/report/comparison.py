"""Several results beside one another: what may be compared, one figure, one table. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from dropout_lab.analysis.study import Study
from dropout_lab.report.contrasts import contrasts
from dropout_lab.report.figures import Picture, overlay
from dropout_lab.report.figures.captions import extent
from dropout_lab.report.section import Banner
from dropout_lab.report.text_table import TextTable
from dropout_lab.stats import same_split

__all__ = ["OPTIMISM", "ComparisonSection", "comparison", "names_of"]

OPTIMISM = "The best of several points looks better than it is; a single point does not."


@dataclass(frozen=True)
class ComparisonSection:
    """The part of a page that is about several results.

    Attributes
    ----------
    banners : tuple of Banner
    picture : Picture or None
        None if the results may not be compared, or cannot be drawn together.
    tables : tuple of TextTable
    """

    banners: tuple[Banner, ...]
    picture: Picture | None
    tables: tuple[TextTable, ...]


def names_of(studies: Sequence[Study]) -> list[str]:
    """Name each result: by its experiment, or, where several have that name, by its directory."""
    found = Counter(study.experiment.name for study in studies)
    return [study.experiment.name if found[study.experiment.name] == 1 else str(study.folder) for study in studies]


def comparison(studies: Sequence[Study]) -> ComparisonSection:
    """Put several results beside one another.

    Results from different data are listed together but not drawn together: their difference means nothing.
    """
    named = list(zip(names_of(studies), studies, strict=True))
    same = _same_data(studies)
    scale = studies[0].scale
    note = " ".join(dict.fromkeys(study.facts.note for study in studies if study.facts.note))
    overview = TextTable(
        f"Best mean held-out {scale.name} of each result",
        ("result", "data set", "points", "trials", "failed", scale.head, "at"),
        tuple(_row(name, study) for name, study in named),
        ((scale.head, f"{scale.meaning}, mean at the best point that has all its results. {OPTIMISM}"),),
    )
    differences = contrasts(named) if same else None
    return ComparisonSection(
        banners=tuple(_banners(studies, same)),
        picture=overlay(named, note) if same else None,
        tables=(overview, differences) if differences else (overview,),
    )


def _same_data(studies: Sequence[Study]) -> bool:
    """Tell whether all results are from the same values: by checksum, or by name where one is not known."""
    checksums = {study.facts.checksum for study in studies}
    names = {study.experiment.dataset.name for study in studies}
    return len(names) == 1 and ("" in checksums or len(checksums) == 1)


def _banners(studies: Sequence[Study], same: bool) -> list[Banner]:
    if not same:
        line = "They are listed side by side; a difference between them says nothing about dropout."
        return [Banner("These results are from different data and cannot be compared", (line,))]
    if not all(same_split(studies[0].experiment, study.experiment) for study in studies):
        line = "Part of a difference between them may come from the choice of rows."
        return [Banner("These results do not hold out the same rows: their trials are not paired", (line,))]
    return []


def _row(name: str, study: Study) -> tuple[str, ...]:
    counts = (f"{len(study.trials):,} of {study.planned:,}", f"{len(study.failed):,}")
    front = (name, study.experiment.dataset.name, extent(study.axis), *counts)
    best = study.verdict.decision.best if study.verdict else None
    if best is None:
        return (*front, "-", "-")
    return (*front, study.scale.cell(best.mean), study.axis.point(best.point[0]))
