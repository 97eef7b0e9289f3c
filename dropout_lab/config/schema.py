"""An experiment: frozen, validated, without unknown keys; and the points of its sweep."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from dropout_lab.config.dataset import SOURCES, ArrayDataset, Dataset, PictureFolder, UserDataset, source_of
from dropout_lab.config.dropout import Dropout
from dropout_lab.config.dropout_needs import dropout_problem
from dropout_lab.config.dropout_sites import Shape, inputs
from dropout_lab.config.evaluation import CrossValidation, Evaluation
from dropout_lab.config.layer_rates import LayerRates
from dropout_lab.config.model import CNN, MLP, Model, OwnModel
from dropout_lab.config.noise_shape import noise_shape_problems
from dropout_lab.config.own_model_needs import own_model_problem
from dropout_lab.config.random_search import MAX_POINTS, Interval, RandomSearch, draw, parse_interval
from dropout_lab.config.section import MAX_COUNT, Name, Section
from dropout_lab.config.split_needs import split_problem
from dropout_lab.config.suggestions import nearest
from dropout_lab.config.sweep import RANDOM, RATE, Sweep, SweepError, keys_of, text_of
from dropout_lab.config.training import Preprocessing, Regularization, Training
from dropout_lab.config.unions import with_values
from dropout_lab.config.until import Until, sweep_problem, with_repeats
from dropout_lab.config.yaml_document import KeyPath
from dropout_lab.metrics.metric import Task
from dropout_lab.metrics.registry import METRICS, metric_names

__all__ = ["Experiment", "safe_name"]


class Experiment(Section):
    """The content of a config file.

    Notes
    -----
    `sweep` maps dotted keys to the values to try. `engine` is how trials are trained; once resolved, it is no longer
    ``auto`` and belongs to the result's identity.
    """

    name: Name
    dataset: Dataset = Field(description="which rows to learn from, e.g. sonar, or {csv: my.csv, target: outcome}")
    preprocessing: Preprocessing = Preprocessing()
    model: Model = Field(description="the network, e.g. {hidden: [60, 30]}")
    dropout: Dropout = Dropout(kind="none", where="none")
    regularization: Regularization = Regularization()
    training: Training = Field(description="how the model is trained, e.g. {epochs: 100}")
    evaluation: Evaluation = CrossValidation()
    sweep: Sweep = Field(default={}, description='values to try in turn, e.g. {dropout.rate: "0:0.9:0.1"}')
    until: Until | None = Field(default=None, description="when a sweep ends early, e.g. settled")
    engine: Literal["auto", "stacked", "jax", "keras"] = "auto"

    @model_validator(mode="before")
    @classmethod
    def _scale_arrays(cls, data: Any) -> Any:
        """Leave the scaling of arrays to their type where the config says nothing."""
        if not isinstance(data, Mapping) or not isinstance(data.get("dataset"), Mapping):
            return data
        preprocessing = data.get("preprocessing", {})
        section = SOURCES.get(source_of(data["dataset"]) or "")
        if section is None or not issubclass(section, ArrayDataset | PictureFolder):
            return data
        if not isinstance(preprocessing, Mapping):
            return data
        return {**data, "preprocessing": {"scale": "auto", **preprocessing}}

    @model_validator(mode="before")
    @classmethod
    def _order_windows(cls, data: Any) -> Any:
        """Hold windows of a series out in the order of time where the config says nothing."""
        if not isinstance(data, Mapping):
            return data
        dataset, evaluation = data.get("dataset"), data.get("evaluation", {})
        if not isinstance(dataset, Mapping) or not isinstance(evaluation, Mapping) or "split" in evaluation:
            return data
        windows = dataset.get("window") is not None and dataset.get("group") is None
        return {**data, "evaluation": {**evaluation, "split": "time_series"}} if windows else data

    @model_validator(mode="before")
    @classmethod
    def _allow_repeats(cls, data: Any) -> Any:
        return with_repeats(data)

    @model_validator(mode="after")
    def _check_until(self) -> Self:
        if self.until and self.sweep and (problem := sweep_problem(self.sweep)):
            raise ValueError(f"until: {problem}")
        return self

    @model_validator(mode="after")
    def _check_custom_model(self) -> Self:
        if isinstance(self.model, OwnModel) and (problem := own_model_problem(self, self.model)):
            raise ValueError(problem)
        return self

    @model_validator(mode="after")
    def _check_dropout_sites(self) -> Self:
        if problem := dropout_problem(self.dropout, self.model):
            raise ValueError(problem)
        return self

    @model_validator(mode="after")
    def _check_task(self) -> Self:
        if self.regression and isinstance(self.model, CNN) and self.model.output == "sigmoid":
            raise ValueError("model.output: there are no classes: dataset.task is regression: leave this out")
        if self.regression and self.training.class_weight is not None:
            raise ValueError("training.class_weight: there are no classes: dataset.task is regression")
        if self.regression and self.training.oversample:
            raise ValueError("training.oversample: there are no classes: dataset.task is regression")
        task_is_known = not isinstance(self.dataset, UserDataset) or self.dataset.task is not None
        early = self.training.early_stopping
        if task_is_known and early is not None and (problem := early.problem_in(self.task)):
            raise ValueError(f"training.early_stopping.{problem}")
        unfit = [name for name in self.evaluation.metrics if METRICS[name].task != self.task]
        if unfit and task_is_known:
            suitable = ", ".join(metric_names("on request", self.task))
            raise ValueError(
                f"evaluation.metrics: {', '.join(unfit)}: not for {self.task}: expected some of {suitable}"
            )
        return self

    @model_validator(mode="after")
    def _check_split(self) -> Self:
        if problem := split_problem(self.evaluation, self.dataset):
            raise ValueError(problem)
        return self

    @model_validator(mode="after")
    def _check_layer_rates(self) -> Self:
        by_site = self.dropout.rate.by_site if isinstance(self.dropout.rate, LayerRates) else {}
        for site, key in (("hidden", "hidden"), ("conv", "filters"), ("dense", "dense")):
            rates, layers = by_site.get(site), getattr(self.model, key, ())
            if isinstance(rates, tuple) and len(rates) != len(layers):
                raise ValueError(
                    f"dropout.rate.{site}: expected one number for all layers or a list of {len(layers)}, "
                    f"one for each layer in model.{key}, got {len(rates)}"
                )
        return self

    @model_validator(mode="after")
    def _check_swept_rates(self) -> Self:
        dropout, sites = self.dropout, self.model.sites
        if RATE not in self.sweep or {"dropout.kind", "dropout.where", "dropout"} & set(self.sweep):
            return self
        if isinstance(dropout.rate, LayerRates):
            raise ValueError(
                f"sweep: dropout.rate is given for each layer ({dropout.rate}), so there is not one rate to vary: "
                "set dropout.rate to a number and say where, or leave the sweep out"
            )
        if dropout.strength_key != "rate":
            raise ValueError(
                f"sweep: {dropout.kind} has no rate that could vary: "
                f"leave dropout.rate out and set dropout.{dropout.strength_key}, or choose another dropout.kind"
            )
        if dropout.kind == "none":
            raise ValueError(
                "there is no dropout whose rate could vary (dropout.where is none): "
                f"set dropout.where to {', '.join(sites[:-1])} or {sites[-1]}"
            )
        rates = self.axes[RATE]
        for rate in rates if isinstance(rates, tuple) else ():  # what is drawn from an interval is checked at its point
            if problem := dropout.excess(rate):
                raise ValueError(f"dropout.{problem} at every point of the sweep")
        return self

    @model_validator(mode="after")
    def _check_width(self) -> Self:
        dropout = self.dropout
        if not isinstance(self.model, MLP):
            return self
        if isinstance(self.model.width, str) and (dropout.where == "visible" or dropout.strength_key != "rate"):
            reason = f"{dropout.kind} has no rate" if dropout.strength_key != "rate" else "dropout.where is visible"
            raise ValueError(f"model.width: {self.model.width} needs a rate in the hidden layers, but {reason}")
        widest = max(self.hidden)
        if widest > MAX_COUNT:
            at = f" at a rate of {dropout.strength:g}" if isinstance(self.model.width, str) else ""
            raise ValueError(
                f"model.width: {self.model.width} makes a hidden layer of {widest:,} units{at}: at most {MAX_COUNT:,}"
            )
        return self

    @model_validator(mode="after")
    def _check_noise_shape(self) -> Self:
        shape = self.dropout.noise_shape
        if shape is not None and (problems := noise_shape_problems(shape, self.inputs())):
            raise ValueError("; ".join(problems))
        return self

    def inputs(self, row: tuple[int, ...] = ()) -> dict[str, Shape]:
        """Return the shapes of the inputs of the dropout layers, with the model's width taken into account.

        Parameters
        ----------
        row : tuple of int, optional
            As for `dropout_sites.inputs`.
        """
        model = self.model.model_copy(update={"hidden": self.hidden}) if isinstance(self.model, MLP) else self.model
        return inputs(model, self.dropout.where, row)

    @property
    def regression(self) -> bool:
        """Whether a number is predicted, not a class; known once the data are read, or if the config says so."""
        return isinstance(self.dataset, UserDataset) and self.dataset.task == "regression"

    @property
    def monitor(self) -> str | None:
        """The metric of the validation rows by which training stops early; None if it does not."""
        early = self.training.early_stopping
        if early is None:
            return None
        return "mse" if self.regression and early.monitor == "loss" else early.monitor

    @property
    def grouped(self) -> bool:
        """Whether rows are held out by group."""
        return isinstance(self.dataset, UserDataset | PictureFolder) and self.dataset.group is not None

    @property
    def task(self) -> Task:
        """What is predicted; as `regression`."""
        return "regression" if self.regression else "classification"

    @property
    def hidden(self) -> tuple[int, ...]:
        """Units of each hidden layer of an mlp, with its width taken into account; empty for another model."""
        if not isinstance(self.model, MLP):
            return ()
        units, width = self.model.hidden, self.model.width
        if not isinstance(width, str):
            return tuple(max(1, round(size * width)) for size in units)
        rates = [self.dropout.strength_of(f"hidden_{number}") for number in range(1, len(units) + 1)]
        return tuple(round(size / (1 - rate)) for size, rate in zip(units, rates, strict=True))

    @property
    def random_search(self) -> RandomSearch | None:
        """How the points of the sweep are drawn; None if it is every combination of its values."""
        search = self.sweep.get(RANDOM)
        return search if isinstance(search, RandomSearch) else None

    @property
    def axes(self) -> dict[str, tuple[Any, ...] | Interval]:
        """What is swept: values, or in a random search an interval, by dotted key."""
        return {
            key: parse_interval(axis, whole=False if key == RATE else None) if isinstance(axis, str) else axis
            for key, axis in self.sweep.items()
            if not isinstance(axis, RandomSearch)
        }

    def count_points(self) -> int:
        """Return the number of points of the sweep; 1 if there is none."""
        search = self.random_search
        return (
            search.points if search else math.prod(len(axis) for axis in self.axes.values() if isinstance(axis, tuple))
        )

    @model_validator(mode="after")
    def _check_points(self) -> Self:
        if not self.sweep:
            return self
        known, swept = keys_of(self.model_dump(exclude={"sweep", "until"})), self.axes
        unknown = [key for key in swept if key not in known]
        if unknown:
            raise SweepError([((key,), f"cannot be swept{nearest(key, known)}") for key in unknown])
        parts = [(part, whole) for whole in swept for part in swept if part.startswith(f"{whole}.")]
        if parts:
            raise SweepError(
                [((part,), f"is a part of {whole}, which is swept, too: keep one of them") for part, whole in parts]
            )
        if self.count_points() > MAX_POINTS:
            raise SweepError([((), f"has more than {MAX_POINTS:,} points: leave some values out")])
        problems: dict[Any, Any] = {}
        seen: dict[str, str] = {}
        points = self._points()
        if len(points) < self.count_points():
            problems[RANDOM, "points"] = f"there are only {len(points):,} different points: take at most so many"
        for point in points:
            name = ", ".join(f"{key} {text_of(value)}" for key, value in point.items())
            try:
                experiment = self.at(**point).model_dump_json()
            except ValidationError as error:
                problems |= {_swept_key(detail, point): detail for detail in error.errors()}
                continue
            if experiment in seen:
                problems[()] = f"{name} is the same experiment as {seen[experiment]}: leave one of them out"
            seen[experiment] = name
        if problems:
            raise SweepError(list(problems.items()))
        return self

    def _points(self) -> list[dict[str, Any]]:
        axes, search = self.axes, self.random_search
        if search:
            return draw(search, axes)
        values = itertools.product(*(axis for axis in axes.values() if isinstance(axis, tuple)))
        return [dict(zip(axes, point, strict=True)) for point in values]

    def points(self) -> Iterator[Experiment]:
        """Yield the experiment at each point of its sweep; as it is if there is none."""
        return (self.at(**point) for point in self._points())

    def at(self, **point: Any) -> Experiment:
        """Return the experiment at one point of its sweep: without it, with the dotted keys in `point` set.

        If a point sets dropout to none, its rate is 0. A section that becomes another kind starts from its defaults.
        """
        data = with_values(self.model_dump(exclude={"sweep", "until"}), point)
        if "none" in (point.get("dropout.kind"), point.get("dropout.where")):
            data["dropout"] = {"kind": "none"}
        return Experiment.model_validate(data)


def _swept_key(detail: ErrorDetails, point: Mapping[str, Any]) -> KeyPath:
    """Return the swept key that a problem of a point is about; empty if it is about none."""
    for key in point:
        loc = iter(detail["loc"])  # with the tags of unions in between
        if all(part in loc for part in key.split(".")):
            return (key,)
    return ()


def safe_name(path: PurePath) -> str:
    """Return an experiment's name for the path of a config below its folder: its parts, joined by ``-``."""
    text = re.sub(r"[^A-Za-z0-9_-]+", "-", "-".join(path.with_suffix("").parts))
    return text.lstrip("-_")[:100] or "experiment"
