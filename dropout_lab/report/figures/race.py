"""A race: how many trainings each rate had, and when it left."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from dropout_lab.analysis.formatting import count, listing
from dropout_lab.analysis.study import Study
from dropout_lab.report.figures.palette import DOT, INK, MUTED, SURFACE
from dropout_lab.report.figures.picture import FigureText, Layout, Picture, picture
from dropout_lab.stats import Race

__all__ = ["race_plot"]

_ROW, _LOWEST, _TALLEST = 0.2, 1.0, 7.0  # inches


def race_plot(study: Study) -> Picture | None:
    """Draw a bar for each rate, as long as it had repeats; None where there is no race, or no look yet."""
    race = study.race
    if race is None or not race.looks:
        return None
    rates, done = race.looks[0].rates, len(race.looks)
    repeats = {rate: race.repeats_of(rate, done) for rate in rates}
    gone = {each.rate: each for look in race.looks for each in look.departures}
    contenders = race.looks[-1].contenders

    def paint(areas: NDArray[Any]) -> None:
        area: Axes = areas[0, 0]
        rows = range(len(rates))
        area.barh(rows, [repeats[rate] for rate in rates], height=0.5, color=DOT.light, alpha=0.35)
        marks = {
            "worse, left": ("x", [rate for rate in rates if rate in gone and gone[rate].rival is not None]),
            "no result, left": ("|", [rate for rate in rates if rate in gone and gone[rate].rival is None]),
            "may be best": ("D", list(contenders)),
        }
        for label, (marker, some) in marks.items():
            at = [repeats[rate] for rate in some], [rates.index(rate) for rate in some]
            style: dict[str, Any] = {"color": INK.light, "markersize": 5, "linestyle": "none", "clip_on": False}
            if some:
                area.plot(*at, marker=marker, label=label, mfc=SURFACE.light, zorder=4, **style)
        for look in race.looks:
            area.axvline(look.repeats, color=MUTED.light, linestyle=":", linewidth=0.8, zorder=3)
        area.set_yticks(rows, [study.axis.text(rate) for rate in rates])
        area.set_ylim(len(rates) - 0.4, -0.6)
        area.set_xlim(0, race.looks[-1].repeats * 1.04)
        area.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=10))
        area.grid(visible=False, axis="y")
        area.set_xlabel(f"repeats ({study.experiment.evaluation.folds} trainings each)")
        area.set_ylabel(study.axis.label)

    height = min(max(_ROW * len(rates) + 0.3, _LOWEST), _TALLEST)
    return picture(_text(study, race), study.facts.note, Layout(height=height), paint)


def _text(study: Study, race: Race) -> FigureText:
    folds, looks = study.experiment.evaluation.folds, race.looks
    trained = sum(race.repeats_of(rate, len(looks)) for rate in looks[0].rates) * folds
    left = [
        f"after {count(look.repeats, 'repeat')} {listing([study.axis.text(each.rate) for each in look.departures])}"
        for look in looks
        if look.departures
    ]
    caption = (
        f"Each bar is as long as the rate had repeats; dotted lines are looks. In all, {count(trained, 'training')}: "
        f"{trained / (len(looks[0].rates) * race.schedule[-1] * folds):.0%} of those of the fixed design."
    )
    alt = f"Repeats of each of {count(len(looks[0].rates), 'rate')} of {study.experiment.name}. "
    alt += f"Left: {'; '.join(left)}." if left else "None left."
    return FigureText("race", "How long each rate was in the race", caption, alt)
