"""What is published of a result, finished or not: derived from its files alone, and the same whenever they are."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from dropout_lab import results
from dropout_lab.analysis.axes_of_sweep import values_on
from dropout_lab.analysis.axis import name_of
from dropout_lab.analysis.headline import headline
from dropout_lab.analysis.study import Study
from dropout_lab.config import Experiment, text_of
from dropout_lab.errors import ResultsError
from dropout_lab.plan import plan
from dropout_lab.results.compatibility import settings_of
from dropout_lab.results.files import CONFIG

__all__ = ["Point", "ResultSnapshot", "State", "take_snapshot"]

State = Literal["finished", "failed", "unfinished"]

_TRIAL_COLUMNS = ("trial", "rate", "repeat", "fold", "epoch")
_COMPARED = (
    "ci_low",
    "ci_high",
    "diff",
    "diff_low",
    "diff_high",
    "p_adjusted",
    "prob_better",
    "prob_same",
    "prob_worse",
    "p_best",
    "dummy",
    "p_dummy",
    "collapsed",
)
_EXCLUDED = ("name", "sweep")


@dataclass(frozen=True)
class Point:
    """A point of the sweep.

    Attributes
    ----------
    name : str
        ``rate 0.2``.
    varies : mapping of str to (float or str)
        The values of the dotted keys that vary: along an axis all numbers, or all text.
    settings : mapping of str to str
        All settings that are not empty, by their dotted keys.
    planned, done, failed : int
        Trials; failed ones are among the done.
    epochs : int
    finals : mapping of str to float
        After training: each measure's mean over the trials with a result, its standard deviation (``accuracy_sd``), and
        the summary's columns for the metric of the verdict (``accuracy_diff``). Values that do not exist are left out.
    curves : mapping of str to (mapping of int to float)
        Learning curves: a column of ``history.csv`` -> epoch -> mean over the trials, where there is one.
    """

    name: str
    varies: Mapping[str, float | str]
    settings: Mapping[str, str]
    planned: int
    done: int
    failed: int
    epochs: int
    finals: Mapping[str, float]
    curves: Mapping[str, Mapping[int, float]]

    @property
    def state(self) -> State:
        """Whether all its trials are done; ``failed`` if none of them has a result."""
        return _state(self.planned, self.done, self.failed)


@dataclass(frozen=True)
class ResultSnapshot:
    """A result.

    Attributes
    ----------
    folder : Path
    name : str
        The experiment's.
    identity : str
        Stays the same when the result is resumed or extended, and when its directory is moved.
    began, ended : float or None
        Seconds since 1970; None if ``run.json`` does not say.
    outcome, sentence : str
        The verdict; see `stats.Verdict`.
    details : tuple of str
    checksum : str
        Of the data.
    points : tuple of Point
    files : mapping of str to str
        Small files: name -> content.
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
    files: Mapping[str, str]

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
    def state(self) -> State:
        """Whether all its trials are done; ``failed`` if none of them has a result."""
        return _state(self.planned, self.done, self.failed)

    @property
    def fingerprint(self) -> str:
        """A hash of the content, without the directory."""
        return _digest(asdict(self) | {"folder": ""})


def take_snapshot(study: Study) -> ResultSnapshot:
    """Return what there is to publish of a result.

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
        details=(*details, *note, *(f"Note: {text}." for text in study.facts.splits)),
        checksum=study.facts.checksum,
        points=tuple(_points(study)),
        files={CONFIG: _text(study.folder / CONFIG), "summary.csv": study.summary.to_csv(index=False)},
    )


def _state(planned: int, done: int, failed: int) -> State:
    if done < planned:
        return "unfinished"
    return "failed" if failed == done else "finished"


def _points(study: Study) -> Iterator[Point]:
    """Yield the points in the order of the plan."""
    experiment = study.experiment
    keys, planned = results.keys_of(experiment), plan(experiment)
    names = {trial.id: name_of(study.axes, values_on(study.axes, keys, trial)) for trial in planned}
    first = {names[trial.id]: trial for trial in reversed(planned)}
    done, failed = (frame["trial"].map(names).value_counts() for frame in (study.trials, study.failed))
    measures, curves = _measures(study, names), _curves(study, names)
    compared = {f"{study.scale.name}_{column}": study.column(column) or {} for column in _COMPARED}
    for name, count in Counter(names.values()).items():
        trial = first[name]
        position = values_on(study.axes, keys, trial)
        at = position[0] if len(study.axes) == 1 else name
        yield Point(
            name=name,
            varies={key: _plain(value) for key, value in zip(keys, position, strict=True)},
            settings=_settings(trial.experiment, keys),
            planned=count,
            done=int(done.get(name, 0)),
            failed=int(failed.get(name, 0)),
            epochs=trial.experiment.training.epochs,
            finals=measures.get(name, {})
            | _finite({key: values[at] for key, values in compared.items() if at in values}),
            curves=curves.get(name, {}),
        )


def _finite(values: Mapping[Any, float]) -> dict[Any, float]:
    return {key: float(value) for key, value in values.items() if math.isfinite(value)}


def _measures(study: Study, names: Mapping[str, str]) -> dict[str, dict[str, float]]:
    """Return the mean and the standard deviation of each measure by the name of its point."""
    columns = [*results.trial_columns(study.experiment)]
    grouped = (
        study.succeeded[columns[columns.index("reason") + 1 :]]
        .astype(float)
        .groupby(study.succeeded["trial"].map(names))
    )
    table = grouped.mean().join(grouped.std().add_suffix("_sd"))
    return {str(name): _finite(row.to_dict()) for name, row in table.iterrows()}


def _curves(study: Study, names: Mapping[str, str]) -> dict[str, dict[str, dict[int, float]]]:
    """Return the learning curves by the name of their point."""
    history = results.read_history(study.folder, study.succeeded)
    if history is None or history.empty:
        return {}
    columns = [str(column) for column in history if column not in _TRIAL_COLUMNS]
    means = history.groupby([history["trial"].map(names), "epoch"])[columns].mean()
    return {
        str(name): {column: _finite(table[column].droplevel(0).to_dict()) for column in columns}
        for name, table in means.groupby(level=0)
    }


def _settings(experiment: Experiment, keys: Sequence[str]) -> dict[str, str]:
    """Return all settings that are not empty, and those that vary even if they are."""
    settings = {key: text_of(value) for key, value in settings_of(experiment) if value not in (None, [], {})}
    settings |= {key: text_of(results.value_at(experiment, key)) for key in keys}
    return {key: text for key, text in settings.items() if not key.startswith(_EXCLUDED)}


def _plain(value: Any) -> float | str:
    return float(value) if isinstance(value, int | float) else str(value)


def _identity(study: Study, starts: Sequence[Mapping[str, Any]]) -> str:
    """Return a hash of a result's name, its data, and when and how it was started; of its directory if unknown."""
    first = starts[0] if starts else {}
    start = [str(first.get(key, "")) for key in ("began", "command")]
    return _digest(
        [study.experiment.name, study.facts.checksum, *(start if any(start) else [str(study.folder.resolve())])]
    )


def _times(starts: Sequence[Mapping[str, Any]]) -> tuple[float | None, float | None]:
    """Return when the first start began, and when the last ended."""
    seconds: list[float] = []
    for start in starts:
        for key in ("began", "ended"):
            try:
                seconds.append(datetime.fromisoformat(str(start.get(key))).timestamp())
            except ValueError:  # it was killed, or the file was edited
                continue
    return (min(seconds), max(seconds)) if seconds else (None, None)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ResultsError(f"{path}: cannot be read: {error.strerror}") from None


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]
