"""What an experiment may say: frozen, validated, nothing unknown allowed."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from dropout_lab.config.evaluation import CrossValidation, Evaluation
from dropout_lab.config.model import Model
from dropout_lab.config.noise import misfits
from dropout_lab.config.optimizers import SGD, Optimizer
from dropout_lab.config.places import inputs
from dropout_lab.config.section import Count, Deviation, Name, NotNegative, Positive, Rate, Section
from dropout_lab.errors import RateError
from dropout_lab.rates import MOST_RATES, parse_rates

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
_Place = Literal["none", "visible", "hidden", "both", "dense", "conv", "sequence", "all"]
_KINDS, _PLACES = get_args(_Kind), get_args(_Place)
_MASKS = ("dropout", "alpha_dropout")
"""The kinds that have a noise_shape, as Keras' layers of these names do."""


def _batch_is_open(shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
    if shape[:1] != (None,):
        raise ValueError(
            f"the first entry is the batch, which has no fixed size: it must be null, got {shape[0] if shape else []}"
        )
    return shape


NoiseShape = Annotated[tuple[Count | None, ...], Field(strict=False), AfterValidator(_batch_is_open)]


class Dropout(Section):
    """Where and how units are dropped in training."""

    kind: _Kind = Field(
        "dropout",
        description="dropout: units; spatial_dropout: after a convolution, whole channels; gaussian_dropout: units "
        "times N(1, rate / (1 - rate)); gaussian_noise: units plus N(0, stddev^2); alpha_dropout: for selu, keeps "
        "mean and variance; dropconnect: weights into the hidden or dense layers",
    )
    where: _Place = Field(
        "hidden",
        description="in an mlp visible (the inputs), hidden (after each hidden layer) or both; "
        "in a cnn conv (after each convolution), dense (after each dense layer) or all; "
        "in an rnn or conv1d visible, sequence (after each recurrent layer or convolution), dense or all",
    )
    rate: Rate = Field(0.0, description="fraction dropped, 0 <= rate < 1")
    stddev: Deviation = Field(0.0, description="what gaussian_noise has instead of a rate, 0 <= stddev <= 1")
    noise_shape: NoiseShape | None = Field(
        None,
        description="shape of the draws, the batch first: null is the input's own size, 1 one draw for the whole axis; "
        "[null, 1, null] drops the same units at every step. For layers whose input has that many axes",
    )

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

    @model_validator(mode="after")
    def _masks_have_a_noise_shape(self) -> Self:
        if self.noise_shape is not None and self.kind not in _MASKS:
            raise ValueError(
                f"{self.kind} has no noise_shape, so it must be left out: it is for {' and '.join(_MASKS)}"
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


def _rates(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return parse_rates(value)
    except RateError as error:
        raise ValueError(str(error)) from None


def _each_once(rates: tuple[float, ...]) -> tuple[float, ...]:
    twice = [rate for rate in sorted(set(rates)) if rates.count(rate) > 1]
    if twice:
        raise ValueError(f"rate {twice[0]} is named twice: name each rate once")
    return tuple(sorted(rates))


Rates = Annotated[
    tuple[Rate, ...],
    Field(strict=False, min_length=1, max_length=MOST_RATES),
    BeforeValidator(_rates),
    AfterValidator(_each_once),
]


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
    sweep: dict[Literal["dropout.rate"], Rates] = Field(
        default={}, description='values to try in turn, e.g. {dropout.rate: "0:0.9:0.1"}'
    )
    engine: Literal["auto", "stacked", "keras"] = "auto"

    @model_validator(mode="after")
    def _dropout_fits_the_model(self) -> Self:
        dropout, places = self.dropout, self.model.places
        if dropout.where not in ("none", *places):
            raise ValueError(
                f"dropout.where: {dropout.where} does not exist in a model of kind {self.model.kind}: "
                f"expected one of none, {', '.join(places)}"
            )
        fit = _with_channels(self.model)
        if dropout.kind == "spatial_dropout" and dropout.where not in fit:
            needs = f"dropout.where {' or '.join(fit)}" if fit else "a model of kind cnn, rnn or conv1d"
            raise ValueError(
                f"dropout.kind: spatial_dropout drops the channels of pictures and sequences: it needs {needs}"
            )
        if dropout.kind == "dropconnect" and dropout.where not in ("hidden", "dense"):
            needs = "hidden" if "hidden" in places else "dense"
            raise ValueError(f"dropout.kind: dropconnect drops weights of dense layers: it needs dropout.where {needs}")
        shapes = inputs(self.model, dropout.where)
        if dropout.noise_shape is not None and (problems := misfits(dropout.noise_shape, shapes)):
            raise ValueError("; ".join(problems))
        return self

    @model_validator(mode="after")
    def _there_is_a_rate_to_sweep(self) -> Self:
        dropout, places = self.dropout, self.model.places
        if self.sweep and dropout.strength_key != "rate":
            raise ValueError(
                f"sweep: {dropout.kind} has no rate that could vary: "
                f"leave dropout.rate out and set dropout.{dropout.strength_key}, or take another dropout.kind"
            )
        if self.sweep and dropout.kind == "none":
            raise ValueError(
                "there is no dropout whose rate could vary (dropout.where is none): "
                f"set dropout.where to {', '.join(places[:-1])} or {places[-1]}"
            )
        return self

    def at(self, **point: Any) -> Experiment:
        """Return the experiment at one point of its sweep: without `sweep`, with the dotted keys in `point` set."""
        data = self.model_dump(exclude={"sweep"})
        for key, value in point.items():
            *sections, last = key.split(".")
            section = data
            for part in sections:
                section = section[part]
            section[last] = value
        return Experiment.model_validate(data)


def _with_channels(model: Model) -> list[str]:
    """Return the places where a layer that draws has channels of a picture or sequence before it."""
    return [place for place in model.places if any(len(shape) > 1 for shape in inputs(model, place).values())]


def safe_name(path: PurePath) -> str:
    """Make an experiment's name from a path below a folder of configs: its parts, joined by ``-``."""
    text = re.sub(r"[^A-Za-z0-9_-]+", "-", "-".join(path.with_suffix("").parts))
    return text.lstrip("-_")[:100] or "experiment"
