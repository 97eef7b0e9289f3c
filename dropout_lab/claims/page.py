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
from dropout_lab.results.append_only_csv import replace_file

__all__ = ["on_page", "publish"]

_COLUMNS = (
    *("claim", "verdict", "contrast", "measure", "scale", "effect", "low", "high", "pairs", "contrast_verdict"),
    *("direction", "smallest", "holds"),
)


def on_page(folder: Path) -> frozenset[str]:
    """Return the names of the claims in the table that is there; none if there is no table that can be read."""
    try:
        text = (folder / "claims.csv").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return frozenset()
    return frozenset(row.get("claim") or "" for row in csv.DictReader(io.StringIO(text)))


@dataclass(frozen=True)
class _Entry:
    tested: Assessment
    rule: str
    pictures: tuple[Picture, ...]


def publish(every: Sequence[Assessment], folder: Path) -> Path:
    """Write ``claims.csv``, ``index.html`` and a figure for each claim; return the page's path.

    Raises
    ------
    ResultsError
        If a file cannot be written.
    """
    entries = [_Entry(tested, _rule(tested.claim), _pictures(tested)) for tested in every]
    counts = Counter(tested.verdict for tested in every)
    lead = f"{listing([f'{count} {verdict}' for verdict, count in counts.items()])}, each as stated before it was run."
    page = fill(
        "claims.html.jinja",
        PackageLoader("dropout_lab.claims"),
        title="Claims about dropout, put to the test",
        lead=lead,
        table=_table(every),
        entries=entries,
    )
    for entry in entries:
        for picture in entry.pictures[:1]:
            replace_file(folder / f"{entry.tested.name}.png", picture.png)
    replace_file(folder / "claims.csv", _csv(every).encode())
    replace_file(folder / "index.html", page)
    return folder / "index.html"


def _pictures(tested: Assessment) -> tuple[Picture, ...]:
    """Draw a claim's effects, and its experiment."""
    if tested.folder is None:
        return ()
    study = read_study(tested.folder)
    first = effects(tested, study.facts.note)
    return (*([first] if first else []), *main_pictures(study)[:1])


def _rule(claim: Claim) -> str:
    """Say when the claim holds, as it was stated."""
    if claim.fact:
        return "the layer does so exactly"
    what = claim.measure.replace("_", " ")
    if claim.scale == "ratio":
        least = f"at least {number(claim.smallest)} times"
    else:
        least = f"by at least {number(claim.smallest)}" if claim.smallest else "at all"
    which = {"all": "in every contrast", "any": "in one contrast at least", "most": "in most contrasts"}[claim.holds]
    among = f", {which}" if len(claim.contrasts) > 1 else ""
    return f"{what} is {claim.direction}, {least}{among}, and the 95% interval leaves no doubt that it differs at all"


def _table(every: Sequence[Assessment]) -> TextTable:
    rows = tuple((tested.claim.says, tested.verdict, tested.name) for tested in every)
    return TextTable("Verdicts", ("claim", "verdict", "name"), rows)


def _csv(every: Sequence[Assessment]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for tested in every:
        claim = tested.claim
        if not tested.effects:
            writer.writerow([tested.name, tested.verdict, "", claim.fact, *[""] * 9])
        for each in tested.effects:
            numbers = (f"{value:.6g}" for value in (each.mean, each.low, each.high))
            front = (tested.name, tested.verdict, each.name, claim.measure, claim.scale)
            writer.writerow([*front, *numbers, each.n, each.verdict, claim.direction, claim.smallest, claim.holds])
    return text.getvalue()
