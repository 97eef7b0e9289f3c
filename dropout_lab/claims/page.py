"""All claims on one page, and as a table."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import PackageLoader

from dropout_lab.analysis.formatting import listing, number
from dropout_lab.analysis.study import read_study
from dropout_lab.claims.assessment import Assessment
from dropout_lab.claims.picture import effects
from dropout_lab.config import Claim
from dropout_lab.report.figures import Picture, main_pictures
from dropout_lab.report.page import fill
from dropout_lab.report.text_table import TextTable
from dropout_lab.results.atomic_write import replace_file

__all__ = ["on_page", "publish"]

_COLUMNS = (
    *("claim", "verdict", "contrast", "measure", "scale", "effect", "low", "high", "pairs", "contrast_verdict"),
    *("direction", "smallest", "holds", "needed"),
)


def on_page(folder: Path) -> frozenset[str]:
    """Return the names of the claims in the table of an earlier run; none if there is no readable table."""
    try:
        text = (folder / "claims.csv").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return frozenset()
    return frozenset(row.get("claim") or "" for row in csv.DictReader(io.StringIO(text)))


@dataclass(frozen=True)
class _Entry:
    assessment: Assessment
    rule: str
    pictures: tuple[Picture, ...]


def publish(assessments: Sequence[Assessment], folder: Path) -> Path:
    """Write ``claims.csv``, ``index.html`` and a figure for each claim; return the page's path.

    Raises
    ------
    ResultsError
        If a file cannot be written.
    """
    entries = [_Entry(assessment, _rule(assessment.claim), _pictures(assessment)) for assessment in assessments]
    counts = Counter(assessment.verdict for assessment in assessments)
    verdicts = listing([f"{count} {verdict}" for verdict, count in counts.items()])
    page = fill(
        "claims.html.jinja",
        PackageLoader("dropout_lab.claims"),
        title="Claims about dropout, tested",
        lead=f"{verdicts}, each as stated before its experiment was run.",
        table=_table(assessments),
        entries=entries,
    )
    for entry in entries:
        for picture in entry.pictures[:1]:
            replace_file(folder / f"{entry.assessment.name}.png", picture.png)
    replace_file(folder / "claims.csv", _csv(assessments).encode())
    replace_file(folder / "index.html", page)
    return folder / "index.html"


def _pictures(assessment: Assessment) -> tuple[Picture, ...]:
    """Draw a claim's effects and the main figure of its experiment."""
    if assessment.folder is None:
        return ()
    study = read_study(assessment.folder)
    drawn = effects(assessment, study.facts.note), *main_pictures(study)[:1]
    return tuple(picture for picture in drawn if picture)


def _rule(claim: Claim) -> str:
    """Say when the claim counts as supported, as stated beforehand."""
    if claim.fact:
        return "the layer does exactly this"
    what = claim.measure.replace("_", " ")
    if claim.scale == "ratio":
        least = f"at least {number(claim.smallest)} times"
    elif claim.smallest < 0:
        least = f"or worse by less than {number(-claim.smallest)}"
    else:
        least = f"by at least {number(claim.smallest)}" if claim.smallest else "at all"
    which = {"all": "in every contrast", "any": "in at least one contrast", "most": "in most contrasts"}[claim.holds]
    where = f", {which}" if len(claim.contrasts) > 1 else ""
    interval = "simultaneous 95% interval" if claim.holds == "any" else "95% interval"
    no_effect = 1 if claim.scale == "ratio" else min(claim.smallest, 0)
    return f"{what} is {claim.direction}, {least}{where}, and the {interval} excludes {no_effect:g}"


def _table(assessments: Sequence[Assessment]) -> TextTable:
    rows = tuple((assessment.claim.says, assessment.verdict, assessment.name) for assessment in assessments)
    return TextTable("Verdicts", ("claim", "verdict", "name"), rows)


def _csv(assessments: Sequence[Assessment]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for assessment in assessments:
        claim = assessment.claim
        if not assessment.effects:
            writer.writerow([assessment.name, assessment.verdict, "", claim.fact, *[""] * 10])
        for effect in assessment.effects:
            numbers = (f"{value:.6g}" for value in (effect.mean, effect.low, effect.high))
            front = (assessment.name, assessment.verdict, effect.name, claim.measure, claim.scale)
            rule = (claim.direction, claim.smallest, claim.holds)
            writer.writerow([*front, *numbers, effect.n, effect.verdict, *rule, effect.needed])
    return text.getvalue()
