"""The chosen point of a result, trained on all rows and saved to be used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dropout_lab import datasets, engines
from dropout_lab.analysis.study import Study, read_study
from dropout_lab.config import Experiment
from dropout_lab.config.dataset import BuiltinDataset
from dropout_lab.config.model import CNN
from dropout_lab.errors import ConfigError, ModelError, ResultsError
from dropout_lab.final_model.input_schema import form_of
from dropout_lab.final_model.model_card import ChosenPoint, card
from dropout_lab.plan import plan
from dropout_lab.provenance import environment
from dropout_lab.results import saved_run
from dropout_lab.results.append_only_csv import replace_file
from dropout_lab.runs.check_data import check_data

__all__ = ["MODEL", "Refitted", "refit", "select_point"]

MODEL = "model.keras"


@dataclass(frozen=True)
class Refitted:
    """What was written.

    Attributes
    ----------
    model, card : Path
    why : str
        What the model's settings were chosen by.
    """

    model: Path
    card: Path
    why: str


def refit(
    folder: Path,
    data_folder: Path,
    rate: float | None = None,
    out: Path | None = None,
    on_epochs: Callable[[int], None] = lambda _: None,
) -> Refitted:
    """Train on all rows at a result's chosen rate and save the model with its card.

    Parameters
    ----------
    folder : Path
        A directory of results.
    data_folder : Path
        Where its data are.
    rate : float, optional
        Instead of the chosen one.
    out : Path, optional
        The model's file, ending in ``.keras``; by default ``model.keras`` in `folder`. The card is beside it.
    on_epochs : callable
        See `engines.Train`.

    Raises
    ------
    DropoutLabError
        If nothing can be chosen, the data are others, training diverges, or a file cannot be written.
    """
    path = out or folder / MODEL
    if path.suffix != ".keras":
        raise ModelError(f"{path}: expected a file ending in .keras")
    study = read_study(folder)
    experiment, choice = select_point(study, rate)
    data = datasets.load_dataset(experiment.dataset, data_folder)
    known = saved_run(folder).get("data")
    before = known.get("checksum") if isinstance(known, dict) else None
    if before is not None and before != datasets.checksum(data):
        raise ResultsError(f"{folder}: its results are from other data (the values differ): bring those data back")
    check_data(experiment, data)
    engines.check_builder(experiment, data)
    engines.start("keras", experiment)
    from dropout_lab.final_model.export import exported
    from dropout_lab.final_model.fit import train
    from dropout_lab.final_model.model_file import ModelMetadata, save

    whole = train(experiment, data, on_epochs=on_epochs)
    if whole.diverged:
        raise ModelError(f"training on all rows diverged ({whole.diverged}): take another --rate")
    sigmoid = isinstance(experiment.model, CNN) and experiment.model.output == "sigmoid"
    versions = {name: str(each) for name, each in environment()["versions"].items()}
    form = (
        None
        if data.table is None or isinstance(experiment.dataset, BuiltinDataset)
        else form_of(data.table, experiment.dataset)
    )
    about = ModelMetadata(experiment.name, data.name, data.row, data.classes, sigmoid, versions, form)
    save(exported(whole), about, path)
    beside = path.with_suffix(".md")
    replace_file(beside, card(study, experiment, data, choice, path, versions).encode())
    return Refitted(path, beside, choice.why)


def select_point(study: Study, rate: float | None) -> tuple[Experiment, ChosenPoint]:
    """Return the experiment at the point to be trained, and why it is that one.

    The best point, told apart from the others or not; with a `rate`, the best point's other settings with that rate.

    Raises
    ------
    ResultsError
        If no point can be called best.
    ConfigError
        If the rate cannot be set.
    """
    decision = study.verdict.decision if study.verdict else None
    best = decision.best if decision else None
    several = len(study.axis.values) > 1
    value = best.point[0] if best else (None if several else study.axis.values[0])
    if value is None and (rate is None or len(study.axes) > 1):
        raise ResultsError(
            f"{study.folder}: no point of the sweep can be called best, so that none is chosen: "
            "finish the sweep, or name a --rate"
        )
    experiment = _at(study, value) if value is not None else next(study.experiment.points())
    if rate is not None and experiment.dropout.strength != rate:
        return _with_rate(experiment, rate), _given(study, rate)
    if rate is not None:
        return experiment, ChosenPoint(value, "This rate was asked for.", chosen=False)
    if not several:
        return experiment, ChosenPoint(value, "The experiment has this setting only.", chosen=False)
    return experiment, ChosenPoint(value, _why(study, value), chosen=True)


def _why(study: Study, value: Any) -> str:
    """Say that a point was chosen as the best; how sure that is, the verdict says."""
    sentence = study.verdict.sentence if study.verdict else ""
    return f"{study.axis.word.capitalize()} {study.axis.text(value)} was chosen, as it has the best mean. {sentence}"


def _at(study: Study, value: Any) -> Experiment:
    """Return the experiment at a value of the axis."""
    here = set(study.trials.loc[study.trials[study.axis.column] == value, "trial"])
    return next(trial.experiment for trial in plan(study.experiment) if trial.id in here)


def _given(study: Study, rate: float) -> ChosenPoint:
    measured = len(study.axes) == 1 and study.axis.column == "rate" and rate in study.means
    why = "" if measured else " It is not among the rates of the result, which says nothing of it."
    return ChosenPoint(rate if measured else None, f"Rate {rate:g} was asked for.{why}", chosen=False)


def _with_rate(experiment: Experiment, rate: float) -> Experiment:
    from pydantic import ValidationError

    if experiment.dropout.strength_key != "rate" or experiment.dropout.kind == "none":
        raise ConfigError([f"--rate {rate:g}: dropout of kind {experiment.dropout.kind} has no rate"])
    try:
        return experiment.at(**{"dropout.rate": rate})
    except ValidationError as error:
        said = error.errors()[0]["msg"].replace("Input should", "must").removeprefix("Value error, ")
        raise ConfigError([f"--rate {rate:g}: {said}"]) from None
