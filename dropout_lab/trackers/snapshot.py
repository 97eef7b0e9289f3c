"""What a tracker is told of a result, finished or not: derived from its files alone, and the same whenever they are."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dropout_lab import results
from dropout_lab.analysis.axis import name_of
from dropout_lab.analysis.headline import headline
from dropout_lab.analysis.study import Study, place_of
from dropout_lab.config import Experiment, text_of
from dropout_lab.errors import ResultsError
from dropout_lab.plan import plan
from dropout_lab.results.compatibility import settings_of
from dropout_lab.results.files import CONFIG

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Curve", "Point", "ResultSnapshot", "told_of"]

_PLACE = ("trial", "rate", "repeat", "fold", "epoch")
_COMPARED = ("ci_low", "ci_high", "diff", "diff_low", "diff_high", "p_holm", "prob_better", "prob_same", "prob_worse")
_LEFT_OUT = ("name", "sweep")


@dataclass(frozen=True)
class Curve:
    """A column of ``history.csv``: the mean over a point's trials at each epoch that has one."""

    name: str
    values: tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class Point:
    """A point of the sweep.

    Attributes
    ----------
    name : str
        ``rate 0.2``.
    varies : tuple of (str, float or str)
        The dotted keys that vary, and their values: all numbers or all texts, along an axis.
    settings : tuple of (str, str)
        All its settings that are not empty, by their dotted keys.
    planned, done, failed : int
        Trials; failed ones are among the done.
    epochs : int
    finals : tuple of (str, float)
        After training: each measure's mean over the trials with a result, its sd (``accuracy_sd``), and the columns of
        the summary for the one that is concluded from (``accuracy_diff``). What does not exist is left out.
    curves : tuple of Curve
    """

    name: str
    varies: tuple[tuple[str, float | str], ...]
    settings: tuple[tuple[str, str], ...]
    planned: int
    done: int
    failed: int
    epochs: int
    finals: tuple[tuple[str, float], ...]
    curves: tuple[Curve, ...]


@dataclass(frozen=True)
class ResultSnapshot:
    """A result.

    Attributes
    ----------
    folder : Path
    name : str
        The experiment's.
    identity : str
        What stays the same when the result goes on, or its directory is moved.
    began, ended : float or None
        Seconds since 1970; None if ``run.json`` does not say.
    outcome, sentence : str
        What it says; see `stats.Verdict`.
    details : tuple of str
    checksum : str
        Of the data.
    points : tuple of Point
    files : tuple of (str, str)
        Small ones, by name.
    """

    folder: Path
    name: str
    identity: str
    began: float | None
    ended: float | None
    outcome: str
    sentence: str
    details: tuple[str, ...]
    checksum: str
    points: tuple[Point, ...]
    files: tuple[tuple[str, str], ...]

    @property
    def planned(self) -> int:
        """Trials of the whole experiment."""
        return sum(point.planned for point in self.points)

    @property
    def done(self) -> int:
        """Trials that have their row."""
        return sum(point.done for point in self.points)

    @property
    def failed(self) -> int:
        """Trials without a result, of those that are done."""
        return sum(point.failed for point in self.points)

    @property
    def fingerprint(self) -> str:
        """What is the same for what says the same, wherever it lies."""
        said = asdict(replace(self, folder=Path()))
        return _digest({**said, "folder": ""})


def told_of(study: Study) -> ResultSnapshot:
    """Return what there is to tell of a result.

    Raises
    ------
    ResultsError
        If a file of it cannot be read.
    """
    experiment = study.experiment
    run = results.saved_run(study.folder)
    starts = [start for start in run.get("starts", []) if isinstance(start, dict)]
    began, ended = _times(starts)
    sentence, details = headline(study)
    note = (f"Data: {study.facts.note}",) if study.facts.note else ()
    return ResultSnapshot(
        folder=study.folder,
        name=experiment.name,
        identity=_identity(study, starts),
        began=began,
        ended=ended,
        outcome=study.verdict.outcome if study.verdict else "unfinished",
        sentence=sentence,
        details=(*details, *note),
        checksum=study.facts.checksum,
        points=tuple(_points(study)),
        files=((CONFIG, _text(study.folder / CONFIG)), ("summary.csv", study.summary.to_csv(index=False))),
    )


def _points(study: Study) -> Iterator[Point]:
    """Yield the points in the order of the plan."""
    experiment, succeeded = study.experiment, study.succeeded
    keys, planned = results.keys_of(experiment), plan(experiment)
    names = {trial.id: name_of(study.axes, place_of(study.axes, keys, trial)) for trial in planned}
    counts = Counter(names.values())
    compared = {column: study.column(column) or {} for column in _COMPARED}
    first = {names[trial.id]: trial for trial in reversed(planned)}
    columns = results.trial_columns(experiment)
    measures = columns[columns.index("reason") + 1 :]
    done, failed = (frame["trial"].map(names).value_counts() for frame in (study.trials, study.failed))
    measured = dict(iter(succeeded.groupby(succeeded["trial"].map(names))))
    curves = _curves(study, names)
    for name, count in counts.items():
        trial = first[name]
        place = place_of(study.axes, keys, trial)
        value = place[0] if len(study.axes) == 1 else name
        yield Point(
            name=name,
            varies=tuple((key, _plain(at)) for key, at in zip(keys, place, strict=True)),
            settings=tuple(_settings(trial.experiment, keys).items()),
            planned=count,
            done=int(done.get(name, 0)),
            failed=int(failed.get(name, 0)),
            epochs=trial.experiment.training.epochs,
            finals=(
                *(_finals(measured[name], measures) if name in measured else ()),
                *_finite(
                    {
                        f"{study.scale.name}_{column}": found[value]
                        for column, found in compared.items()
                        if value in found
                    }
                ),
            ),
            curves=curves.get(name, ()),
        )


def _finals(trials: pd.DataFrame, measures: Sequence[str]) -> Iterator[tuple[str, float]]:
    for measure in measures:
        values = trials[measure].astype(float)
        yield from _finite({measure: values.mean(), f"{measure}_sd": values.std()})


def _finite(values: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    yield from ((name, float(value)) for name, value in values.items() if math.isfinite(value))


def _curves(study: Study, names: Mapping[str, str]) -> dict[str, tuple[Curve, ...]]:
    """Return the learning curves by the name of their point."""
    history = results.read_history(study.folder, study.succeeded)
    if history is None or history.empty:
        return {}
    columns = [column for column in history if column not in _PLACE]
    means = history.groupby([history["trial"].map(names), "epoch"])[columns].mean()
    found: dict[str, tuple[Curve, ...]] = {}
    for name, table in means.groupby(level=0):
        epochs = table.index.get_level_values("epoch")
        found[str(name)] = tuple(
            Curve(
                str(column),
                tuple(
                    (int(epoch), float(value))
                    for epoch, value in zip(epochs, table[column], strict=True)
                    if math.isfinite(value)
                ),
            )
            for column in columns
        )
    return found


def _settings(experiment: Experiment, keys: Sequence[str]) -> dict[str, str]:
    """Return all settings that are not empty, and those that vary even if they are."""
    said = {key: text_of(value) for key, value in settings_of(experiment) if value not in (None, [], {})}
    said |= {key: text_of(results.value_at(experiment, key)) for key in keys}
    return {key: text for key, text in said.items() if not key.startswith(_LEFT_OUT)}


def _plain(value: Any) -> float | str:
    return float(value) if isinstance(value, int | float) else str(value)


def _identity(study: Study, starts: Sequence[Mapping[str, Any]]) -> str:
    """Return what tells this result from any other: when and how it was begun; where it lies, if that is not known."""
    first = starts[0] if starts else {}
    begun = [str(first.get(key, "")) for key in ("began", "command")]
    return _digest(
        [study.experiment.name, study.facts.checksum, *(begun if any(begun) else [str(study.folder.resolve())])]
    )


def _times(starts: Sequence[Mapping[str, Any]]) -> tuple[float | None, float | None]:
    """Return when the first start began, and when the last ended."""
    seconds: list[float] = []
    for start in starts:
        for key in ("began", "ended"):
            try:
                seconds.append(datetime.fromisoformat(str(start.get(key))).timestamp())
            except ValueError:  # it was killed, or somebody wrote in the file
                continue
    return (min(seconds), max(seconds)) if seconds else (None, None)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ResultsError(f"{path}: cannot be read: {error.strerror}") from None


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]
