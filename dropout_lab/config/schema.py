"""What an experiment may say: frozen, validated, nothing unknown allowed."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from dropout_lab.config.evaluation import CrossValidation, Evaluation
from dropout_lab.config.model import Model
from dropout_lab.config.near import nearest
from dropout_lab.config.optimizers import SGD, Optimizer
from dropout_lab.config.section import Count, Deviation, Name, NotNegative, Positive, Rate, Section
from dropout_lab.config.sweep import MOST_POINTS, RATE, Sweep, SweepError, keys_of, text_of

__all__ = ["Dataset", "Dropout", "Experiment", "Preprocessing", "Regularization", "Training", "safe_name"]


class Dataset(Section):
    """Which rows to learn from."""

    name: Literal["sonar", "digits", "breast_cancer", "wine", "iris", "cifar10"]
    train_rows: Annotated[int, Field(ge=2, le=100_000_000)] | None = Field(
        None, description="learn from a stratified part of so many of the training rows; a larger part holds a smaller"
    )


class Preprocessing(Section):
    """What is done to the inputs, fitted on the training rows of each fold."""

    scale: Literal["standard", "minmax", "unit", "none"] = Field(
        "standard",
        description="standard: mean 0, sd 1; minmax: 0 to 1; unit: a picture's 0..255 to 0..1; none: as they are",
    )


_Kind = Literal[
    "none", "dropout", "spatial_dropout", "gaussian_dropout", "gaussian_noise", "alpha_dropout", "dropconnect"
]
_Place = Literal["none", "visible", "hidden", "both", "dense", "conv", "all"]
_KINDS, _PLACES = get_args(_Kind), get_args(_Place)


class Dropout(Section):
    """Where and how units are dropped in training."""

    kind: _Kind = Field(
        "dropout",
        description="dropout: units; spatial_dropout: after a convolution, whole channels; gaussian_dropout: units "
        "times N(1, rate / (1 - rate)); gaussian_noise: units plus N(0, stddev^2); alpha_dropout: for selu, keeps "
        "mean and variance; dropconnect: weights into the hidden layers",
    )
    where: _Place = Field(
        "hidden",
        description="in an mlp visible (the inputs), hidden (after each hidden layer) or both; "
        "in a cnn conv (after each convolution), dense (after each dense layer) or all",
    )
    rate: Rate = Field(0.0, description="fraction dropped, 0 <= rate < 1")
    stddev: Deviation = Field(0.0, description="what gaussian_noise has instead of a rate, 0 <= stddev <= 1")

    @property
    def strength_key(self) -> str:
        """Which of the keys says how strong it is: ``rate``, or ``stddev`` for the kind that has no rate."""
        return "stddev" if self.kind == "gaussian_noise" else "rate"

    @property
    def strength(self) -> float:
        """The rate, or what stands in its place."""
        return self.stddev if self.strength_key == "stddev" else self.rate

    @model_validator(mode="before")
    @classmethod
    def _either_none_means_both(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        kind, where = data.get("kind"), data.get("where")
        valid = kind in (None, *_KINDS) and where in (None, *_PLACES)
        return {**data, "kind": "none", "where": "none"} if valid and "none" in (kind, where) else data

    @model_validator(mode="after")
    def _a_kind_has_one_strength(self) -> Self:
        for key, value in (("rate", self.rate), ("stddev", self.stddev)):
            if value > 0 and self.kind == "none":
                raise ValueError(f"kind or where is none, so {key} must be 0 or left out, got {value}")
            if value > 0 and self.strength_key != key:
                raise ValueError(
                    f"{self.kind} has no {key}, so it must be 0 or left out, got {value}: set {self.strength_key}"
                )
        return self


class Regularization(Section):
    """Limits on the weights of the hidden layers."""

    max_norm: Positive | None = Field(None, description="largest norm of the weights into a unit")
    l1: NotNegative = 0.0
    l2: NotNegative = 0.0


class Training(Section):
    """How the weights are found."""

    optimizer: Optimizer = SGD()
    epochs: Count = Field(description="passes over the training rows")
    batch_size: Count = 32
    precision: Literal["float32", "float64", "mixed_bfloat16"] = Field(
        "float32", description="mixed_bfloat16: layers compute in bfloat16; for a processor or GPU that gains by it"
    )


class Experiment(Section):
    """One YAML file, whole.

    Notes
    -----
    `sweep` maps a dotted key to the values it takes in turn. `engine` is how trials are trained; once resolved
    it is no longer ``auto`` and belongs to the result's identity.
    """

    name: Name
    dataset: Dataset = Field(description="which rows to learn from, e.g. sonar")
    preprocessing: Preprocessing = Preprocessing()
    model: Model = Field(description="the network, e.g. {hidden: [60, 30]}")
    dropout: Dropout = Dropout(kind="none", where="none")
    regularization: Regularization = Regularization()
    training: Training = Field(description="how the weights are found, e.g. {epochs: 100}")
    evaluation: Evaluation = CrossValidation()
    sweep: Sweep = Field(default={}, description='values to try in turn, e.g. {dropout.rate: "0:0.9:0.1"}')
    engine: Literal["auto", "stacked", "keras"] = "auto"

    @model_validator(mode="after")
    def _dropout_fits_the_model(self) -> Self:
        dropout, places = self.dropout, self.model.places
        if dropout.where not in ("none", *places):
            raise ValueError(
                f"dropout.where: {dropout.where} does not exist in a model of kind {self.model.kind}: "
                f"expected one of none, {', '.join(places)}"
            )
        if dropout.kind == "spatial_dropout" and dropout.where not in ("conv", "all"):
            raise ValueError(
                "dropout.kind: spatial_dropout drops the channels of convolutions: "
                "it needs a model of kind cnn and dropout.where conv or all"
            )
        if dropout.kind == "dropconnect" and dropout.where != "hidden":
            raise ValueError(
                "dropout.kind: dropconnect drops weights of hidden layers: "
                "it needs a model of kind mlp and dropout.where hidden"
            )
        return self

    @model_validator(mode="after")
    def _there_is_a_rate_to_sweep(self) -> Self:
        dropout, places = self.dropout, self.model.places
        if RATE not in self.sweep or {"dropout.kind", "dropout.where", "dropout"} & set(self.sweep):
            return self
        if dropout.strength_key != "rate":
            raise ValueError(
                f"sweep: {dropout.kind} has no rate that could vary: "
                f"leave dropout.rate out and set dropout.{dropout.strength_key}, or take another dropout.kind"
            )
        if dropout.kind == "none":
            raise ValueError(
                "there is no dropout whose rate could vary (dropout.where is none): "
                f"set dropout.where to {', '.join(places[:-1])} or {places[-1]}"
            )
        return self

    @model_validator(mode="after")
    def _every_point_is_an_experiment(self) -> Self:
        if not self.sweep:
            return self
        known = keys_of(self.model_dump(exclude={"sweep"}))
        strange = [key for key in self.sweep if key not in known]
        if strange:
            raise SweepError([((key,), f"cannot be swept{nearest(key, known)}") for key in strange])
        if math.prod(map(len, self.sweep.values())) > MOST_POINTS:
            raise SweepError([((), f"holds more than {MOST_POINTS:,} points: leave some values out")])
        problems: dict[Any, Any] = {}
        seen: dict[str, str] = {}
        for point in self._points():
            here = ", ".join(f"{key} {text_of(value)}" for key, value in point.items())
            try:
                experiment = self.at(**point).model_dump_json()
            except ValidationError as error:
                problems |= {_place(detail, point): detail for detail in error.errors()}
                continue
            if experiment in seen:
                problems[()] = f"{here} is the same experiment as {seen[experiment]}: leave one of them out"
            seen[experiment] = here
        if problems:
            raise SweepError(list(problems.items()))
        return self

    def _points(self) -> Iterator[dict[str, Any]]:
        for values in itertools.product(*self.sweep.values()):
            yield dict(zip(self.sweep, values, strict=True))

    def points(self) -> Iterator[Experiment]:
        """Yield the experiment at each point of its sweep; as it is if there is none."""
        return (self.at(**point) for point in self._points())

    def at(self, **point: Any) -> Experiment:
        """Return the experiment at one point of its sweep: without `sweep`, with the dotted keys in `point` set.

        Where the point has no dropout, nothing is dropped, whatever the rate.
        """
        data = self.model_dump(exclude={"sweep"})
        for key, value in point.items():
            *sections, last = key.split(".")
            section = data
            for part in sections:
                section = section[part]
            section[last] = value
        if "none" in (point.get("dropout.kind"), point.get("dropout.where")):
            data["dropout"] = {"kind": "none"}
        return Experiment.model_validate(data)


def _place(detail: ErrorDetails, point: Mapping[str, Any]) -> tuple[str | int, ...]:
    """Return where in the sweep a problem of one of its points has its cause; an empty place if that is not known."""
    for key in point:
        along = iter(detail["loc"])  # which holds marks for the branches of unions, too
        if all(part in along for part in key.split(".")):
            return (key,)
    return ()


def safe_name(path: PurePath) -> str:
    """Make an experiment's name from a path below a folder of configs: its parts, joined by ``-``."""
    text = re.sub(r"[^A-Za-z0-9_-]+", "-", "-".join(path.with_suffix("").parts))
    return text.lstrip("-_")[:100] or "experiment"
