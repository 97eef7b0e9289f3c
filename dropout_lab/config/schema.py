"""What an experiment may say: frozen, validated, nothing unknown allowed."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import AfterValidator, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from dropout_lab.config.dataset import Dataset
from dropout_lab.config.evaluation import CrossValidation, Evaluation
from dropout_lab.config.layer_rates import LayerRates, OneOrEach, where_of
from dropout_lab.config.model import CNN, MLP, Model, Own
from dropout_lab.config.near import nearest
from dropout_lab.config.noise import misfits
from dropout_lab.config.optimizers import SGD, Optimizer
from dropout_lab.config.places import Shape, inputs
from dropout_lab.config.schedules import Linear, Schedule
from dropout_lab.config.section import MOST, Count, Deviation, Name, NotNegative, Positive, Section
from dropout_lab.config.sweep import MOST_POINTS, RATE, Sweep, SweepError, keys_of, text_of

__all__ = ["Dropout", "Experiment", "Preprocessing", "Regularization", "Training", "safe_name"]


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
    rate: OneOrEach = Field(
        0.0,
        description="fraction dropped, 0 <= rate < 1; or one for each layer, which also says where: "
        "{visible: 0.2, hidden: [0.5, 0.3]}",
    )
    stddev: Deviation = Field(0.0, description="what gaussian_noise has instead of a rate, 0 <= stddev <= 1")
    schedule: Schedule | None = Field(
        None, description="what rate or stddev is multiplied by from epoch to epoch, e.g. {name: early, epochs: 50}"
    )
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
    def strength(self) -> float | LayerRates:
        """The rate, or what stands in its place."""
        return self.stddev if self.strength_key == "stddev" else self.rate

    def strength_of(self, layer: str) -> float:
        """Return the rate, or what stands in its place, of a layer that draws, by its name."""
        return self.strength.of(layer) if isinstance(self.strength, LayerRates) else self.strength

    def factors(self, epochs: int) -> tuple[float, ...]:
        """Return what the strength is multiplied by in each epoch; one number if it is the same in all."""
        if self.schedule is None:
            return (1.0,)
        return tuple(self.schedule.factor(epoch, epochs) for epoch in range(epochs))

    def excess(self, strength: float) -> str:
        """Return what is wrong with the schedule at a rate (or stddev); empty if nothing is."""
        if not isinstance(self.schedule, Linear):
            return ""
        key = "end" if self.schedule.end > self.schedule.start else "start"
        factor = getattr(self.schedule, key)
        most = factor * strength
        if most < 1 or (most == 1 and self.strength_key == "stddev"):
            return ""
        limit = "be at most 1" if self.strength_key == "stddev" else "stay below 1"
        return f"schedule.{key}: {factor:g} times a {self.strength_key} of {strength:g} is {most:g}: it must {limit}"

    @model_validator(mode="before")
    @classmethod
    def _where_follows_from_the_rest(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        kind, where = data.get("kind"), data.get("where")
        if kind in (None, *_KINDS) and where in (None, *_PLACES) and "none" in (kind, where):
            return {**data, "kind": "none", "where": "none"}
        follows = where_of(data.get("rate"))
        return {"where": follows, **data} if follows else data

    @model_validator(mode="after")
    def _a_kind_has_one_strength(self) -> Self:
        for key, value in (("rate", self.rate), ("stddev", self.stddev)):
            given = isinstance(value, LayerRates) or value > 0
            if given and self.kind == "none":
                raise ValueError(f"kind or where is none, so {key} must be 0 or left out, got {value}")
            if given and self.strength_key != key:
                raise ValueError(
                    f"{self.kind} has no {key}, so it must be 0 or left out, got {value}: set {self.strength_key}"
                )
        if isinstance(self.rate, LayerRates) and self.rate.where != self.where:
            raise ValueError(
                f"where: rates are given for {self.rate}, so where is {self.rate.where}, got {self.where}: "
                f"leave where out, or set it to {self.rate.where}"
            )
        return self

    @model_validator(mode="after")
    def _the_schedule_fits(self) -> Self:
        if self.kind == "none" and self.schedule is not None:
            raise ValueError("kind or where is none, so schedule must be left out")
        highest = self.strength.highest if isinstance(self.strength, LayerRates) else self.strength
        if problem := self.excess(highest):
            raise ValueError(problem)
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
    unit_norm: bool = Field(False, description="scale the weights into each unit to a norm of 1 after each step")
    l1: NotNegative = 0.0
    l2: NotNegative = 0.0

    @model_validator(mode="after")
    def _one_norm(self) -> Self:
        if self.unit_norm and self.max_norm is not None:
            raise ValueError(
                f"unit_norm makes every norm 1, so max_norm must be left out (or null), got {self.max_norm:g}"
            )
        return self


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
    dataset: Dataset = Field(description="which rows to learn from, e.g. sonar, or {csv: my.csv, target: outcome}")
    preprocessing: Preprocessing = Preprocessing()
    model: Model = Field(description="the network, e.g. {hidden: [60, 30]}")
    dropout: Dropout = Dropout(kind="none", where="none")
    regularization: Regularization = Regularization()
    training: Training = Field(description="how the weights are found, e.g. {epochs: 100}")
    evaluation: Evaluation = CrossValidation()
    sweep: Sweep = Field(default={}, description='values to try in turn, e.g. {dropout.rate: "0:0.9:0.1"}')
    engine: Literal["auto", "stacked", "keras"] = "auto"

    @model_validator(mode="after")
    def _a_net_of_ones_own_has_it_all_in_its_function(self) -> Self:
        if not isinstance(self.model, Own):
            return self
        whole = "the net is what model.builder makes"
        if self.regularization != Regularization():
            raise ValueError(f"regularization: {whole}: leave this out, and give its layers constraints and penalties")
        if self.training.precision == "mixed_bfloat16":
            raise ValueError(f"training.precision: {whole}: expected float32 or float64, got mixed_bfloat16")
        if self.dropout.kind in ("spatial_dropout", "dropconnect"):
            channels = self.dropout.kind == "spatial_dropout"
            way = "with dropout(noise_shape=(None, 1, None)) it drops channels" if channels else "it has its own layers"
            raise ValueError(f"dropout.kind: {whole}: {way}, and {self.dropout.kind} must be left out")
        if self.dropout.noise_shape is not None:
            raise ValueError(f"dropout.noise_shape: {whole}: leave this out, and call dropout(noise_shape=...) there")
        if "activations" in self.evaluation.measures:
            raise ValueError(f"evaluation.measures: {whole}: activations are measured in the program's own nets only")
        swept = [key for key in ("model", "model.builder", "model.folder", "model.checksum") if key in self.sweep]
        if swept:
            raise ValueError(f"sweep: {swept[0]} cannot vary, for a result is of one builder; its arguments can")
        return self

    @model_validator(mode="after")
    def _dropout_fits_the_model(self) -> Self:
        dropout, places = self.dropout, self.model.places
        if isinstance(dropout.rate, LayerRates) and not isinstance(self.model, MLP | CNN):
            raise ValueError(
                f"dropout.rate: a model of kind {self.model.kind} has one rate for all its layers, "
                f"got {dropout.rate}: set dropout.rate to a number and say where"
            )
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
        return self

    @model_validator(mode="after")
    def _each_layer_has_a_rate(self) -> Self:
        rates = self.dropout.rate.given if isinstance(self.dropout.rate, LayerRates) else {}
        for place, key in (("hidden", "hidden"), ("conv", "filters"), ("dense", "dense")):
            given, layers = rates.get(place), getattr(self.model, key, ())
            if isinstance(given, tuple) and len(given) != len(layers):
                raise ValueError(
                    f"dropout.rate.{place}: expected one number for all layers or a list of {len(layers)}, "
                    f"one for each layer in model.{key}, got {len(given)}"
                )
        return self

    @model_validator(mode="after")
    def _there_is_a_rate_to_sweep(self) -> Self:
        dropout, places = self.dropout, self.model.places
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
                f"leave dropout.rate out and set dropout.{dropout.strength_key}, or take another dropout.kind"
            )
        if dropout.kind == "none":
            raise ValueError(
                "there is no dropout whose rate could vary (dropout.where is none): "
                f"set dropout.where to {', '.join(places[:-1])} or {places[-1]}"
            )
        for rate in self.sweep.get("dropout.rate", ()):
            if problem := dropout.excess(rate):
                raise ValueError(f"dropout.{problem} at every point of the sweep")
        return self

    @model_validator(mode="after")
    def _the_width_fits(self) -> Self:
        dropout = self.dropout
        if not isinstance(self.model, MLP):
            return self
        if isinstance(self.model.width, str) and (dropout.where == "visible" or dropout.strength_key != "rate"):
            lacks = f"{dropout.kind} has no rate" if dropout.strength_key != "rate" else "dropout.where is visible"
            raise ValueError(f"model.width: {self.model.width} needs a rate in the hidden layers: {lacks}")
        widest = max(self.hidden)
        if widest > MOST:
            at = f" at a rate of {dropout.strength:g}" if isinstance(self.model.width, str) else ""
            raise ValueError(
                f"model.width: {self.model.width} makes a hidden layer of {widest:,} units{at}: at most {MOST:,}"
            )
        return self

    @model_validator(mode="after")
    def _the_noise_shape_fits(self) -> Self:
        shape = self.dropout.noise_shape
        if shape is not None and (problems := misfits(shape, self.inputs())):
            raise ValueError("; ".join(problems))
        return self

    def inputs(self, row: tuple[int, ...] = ()) -> dict[str, Shape]:
        """Return the layers that draw at random -> the shape of their inputs, a model's width counted in.

        Parameters
        ----------
        row : tuple of int, optional
            As for `places.inputs`.
        """
        model = self.model.model_copy(update={"hidden": self.hidden}) if isinstance(self.model, MLP) else self.model
        return inputs(model, self.dropout.where, row)

    @property
    def hidden(self) -> tuple[int, ...]:
        """Units of each hidden layer of an mlp, its width counted in; empty for another model."""
        if not isinstance(self.model, MLP):
            return ()
        units, width = self.model.hidden, self.model.width
        if not isinstance(width, str):
            return tuple(max(1, round(each * width)) for each in units)
        rates = [self.dropout.strength_of(f"hidden_{number}") for number in range(1, len(units) + 1)]
        return tuple(round(each / (1 - rate)) for each, rate in zip(units, rates, strict=True))

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


def _with_channels(model: Model) -> list[str]:
    """Return the places where a layer that draws has channels of a picture or sequence before it."""
    return [place for place in model.places if any(len(shape) > 1 for shape in inputs(model, place).values())]


def safe_name(path: PurePath) -> str:
    """Make an experiment's name from a path below a folder of configs: its parts, joined by ``-``."""
    text = re.sub(r"[^A-Za-z0-9_-]+", "-", "-".join(path.with_suffix("").parts))
    return text.lstrip("-_")[:100] or "experiment"
