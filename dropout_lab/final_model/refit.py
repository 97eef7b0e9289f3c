"""Train the chosen point of a result on all rows and save the model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dropout_lab import datasets, engines
from dropout_lab.analysis.study import Study, read_study
from dropout_lab.config import Experiment
from dropout_lab.config.dataset import UserDataset
from dropout_lab.config.model import CNN
from dropout_lab.datasets import Dataset
from dropout_lab.errors import ConfigError, ModelError, ResultsError
from dropout_lab.final_model.input_schema import schema_of
from dropout_lab.final_model.model_card import ChosenPoint, model_card
from dropout_lab.plan import plan
from dropout_lab.provenance import environment
from dropout_lab.results import saved_run
from dropout_lab.results.atomic_write import replace_file
from dropout_lab.runs.check_data import check_data

__all__ = ["MODEL", "Refitted", "refit", "select_point"]

MODEL = "model.keras"


@dataclass(frozen=True)
class Refitted:
    """The files written.

    Attributes
    ----------
    model, card : Path
    why : str
        Why the model has these settings.
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
        Used instead of the chosen one.
    out : Path, optional
        The model's file, ending in ``.keras``; ``model.keras`` in `folder` by default. The card goes beside it.
    on_epochs : callable
        See `engines.Train`.

    Raises
    ------
    DropoutLabError
        If no point can be chosen, the data have changed, training diverges, or a file cannot be written.
    """
    path = out or folder / MODEL
    if path.suffix != ".keras":
        raise ModelError(f"{path}: expected a file ending in .keras")
    study = read_study(folder)
    experiment, choice = select_point(study, rate)
    data = _load_same_data(folder, experiment, data_folder)
    engines.start("keras", experiment)
    from dropout_lab.final_model.export import export
    from dropout_lab.final_model.model_file import ModelMetadata, save
    from dropout_lab.final_model.train import train_final_model

    fitted = train_final_model(experiment, data, on_epochs=on_epochs)
    if fitted.diverged:
        raise ModelError(f"training on all rows diverged ({fitted.diverged}): choose another --rate")
    sigmoid = isinstance(experiment.model, CNN) and experiment.model.output == "sigmoid"
    versions = {name: str(version) for name, version in environment()["versions"].items()}
    schema = schema_of(data, experiment.dataset) if isinstance(experiment.dataset, UserDataset) else None
    array, of_bytes = data.roles.inputs if data.roles else "", data.features.dtype == "uint8"
    metadata = ModelMetadata(
        *(experiment.name, data.name, data.row, data.classes, sigmoid, versions, schema, array, of_bytes)
    )
    save(export(fitted), metadata, path)
    card = path.with_suffix(".md")
    replace_file(card, model_card(study, experiment, data, choice, path, versions).encode())
    return Refitted(path, card, choice.why)


def _load_same_data(folder: Path, experiment: Experiment, data_folder: Path) -> Dataset:
    """Load the data, and check that they are those of the result."""
    data = datasets.under_evaluation(datasets.load_dataset(experiment.dataset, data_folder), experiment.evaluation)
    saved = saved_run(folder).get("data")
    checksum = saved.get("checksum") if isinstance(saved, dict) else None
    if data.duplicates and checksum != datasets.checksum(data) and isinstance(experiment.dataset, UserDataset):
        treatment = data.duplicates.earlier_treatment(saved) or data.duplicates.treatment
        same = experiment.dataset.model_copy(update={"duplicates": treatment})
        data = datasets.under_evaluation(datasets.load_dataset(same, data_folder), experiment.evaluation)
    if checksum is not None and checksum != datasets.checksum(data):
        raise ResultsError(f"{folder}: the data have changed since these results: restore the original data")
    check_data(experiment, data)
    engines.check_builder(experiment.model_copy(update={"engine": "keras"}), data)  # which trains the final model
    return data


def select_point(study: Study, rate: float | None) -> tuple[Experiment, ChosenPoint]:
    """Return the experiment at the point to train, and why that point.

    It is the best point, whether or not the difference to the others is significant. A `rate` replaces its rate.

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
            f"{study.folder}: no point of the sweep can be called best: finish the sweep, or choose one with --rate"
        )
    experiment = _at(study, value) if value is not None else next(study.experiment.points())
    if rate is not None and experiment.dropout.strength != rate:
        return _with_rate(experiment, rate), _requested(study, rate)
    if rate is not None:
        return experiment, ChosenPoint(value, "This rate was requested.", chosen=False)
    if not several:
        return experiment, ChosenPoint(value, "The experiment has only this setting.", chosen=False)
    return experiment, ChosenPoint(value, _why(study, value), chosen=True)


def _why(study: Study, value: Any) -> str:
    """Say that a point was chosen as the best; the verdict says how certain that is."""
    sentence = study.verdict.sentence if study.verdict else ""
    return (
        f"{study.axis.word.capitalize()} {study.axis.text(value)} was chosen because it has the best mean. {sentence}"
    )


def _at(study: Study, value: Any) -> Experiment:
    """Return the experiment at a value of the axis."""
    trials = set(study.trials.loc[study.trials[study.axis.column] == value, "trial"])
    return next(trial.experiment for trial in plan(study.experiment) if trial.id in trials)


def _requested(study: Study, rate: float) -> ChosenPoint:
    measured = len(study.axes) == 1 and study.axis.column == "rate" and rate in study.means
    why = "" if measured else " The result does not include it, so how well it does is unknown."
    return ChosenPoint(rate if measured else None, f"Rate {rate:g} was requested.{why}", chosen=False)


def _with_rate(experiment: Experiment, rate: float) -> Experiment:
    from pydantic import ValidationError

    if experiment.dropout.strength_key != "rate" or experiment.dropout.kind == "none":
        raise ConfigError([f"--rate {rate:g}: dropout of kind {experiment.dropout.kind} has no rate"])
    try:
        return experiment.at(**{"dropout.rate": rate})
    except ValidationError as error:
        problem = error.errors()[0]["msg"].replace("Input should", "must").removeprefix("Value error, ")
        raise ConfigError([f"--rate {rate:g}: {problem}"]) from None
