"""What an experiment may say: frozen, validated, nothing unknown allowed."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    model_validator,
)

from dropout_lab.errors import RateError
from dropout_lab.rates import MOST_RATES, parse_rates

__all__ = [
    "SGD",
    "Adam",
    "Dataset",
    "Dropout",
    "Evaluation",
    "Experiment",
    "Lamb",
    "Model",
    "Optimizer",
    "Preprocessing",
    "RMSprop",
    "Regularization",
    "Training",
]

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")

Count = Annotated[int, Field(ge=1, le=100_000)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]
Rate = Annotated[float, Field(ge=0, lt=1), AfterValidator(abs)]  # -0 is 0
Positive = Annotated[float, Field(gt=0, le=1e6)]
NotNegative = Annotated[float, Field(ge=0, le=1e6)]
Fraction = Annotated[float, Field(ge=0, lt=1)]
Name = Annotated[str, StringConstraints(pattern=rf"^{NAME.pattern}$", max_length=100)]


class Section(BaseModel):
    """A part of an experiment."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Dataset(Section):
    """Which rows to learn from."""

    name: Literal["sonar", "digits", "breast_cancer", "wine", "iris"]


class Preprocessing(Section):
    """What is done to the inputs, fitted on the training rows of each fold."""

    scale: Literal["standard", "minmax", "none"] = Field(
        "standard", description="standard: mean 0, sd 1; minmax: 0 to 1; none: as they are"
    )


class Model(Section):
    """The network, layer by layer."""

    kind: Literal["mlp"] = Field("mlp", description="mlp: a chain of dense layers")
    hidden: Annotated[tuple[Count, ...], Field(strict=False, min_length=1, max_length=50)] = Field(
        description="units of each hidden layer, e.g. [60, 30]"
    )
    activation: Literal["relu", "elu", "selu", "gelu", "silu", "tanh", "sigmoid", "linear"] = "relu"
    initializer: Literal["glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_normal", "normal"] = (
        Field("glorot_uniform", description="initial weights; normal: mean 0, sd 0.05. Biases start at 0")
    )


_Kind = Literal["none", "dropout"]
_Place = Literal["none", "visible", "hidden", "both"]
_KINDS, _PLACES = get_args(_Kind), get_args(_Place)


class Dropout(Section):
    """Where and how units are dropped in training."""

    kind: _Kind = "dropout"
    where: _Place = Field("hidden", description="visible: the inputs; hidden: after each hidden layer")
    rate: Rate = Field(0.0, description="fraction dropped, 0 <= rate < 1")

    @model_validator(mode="before")
    @classmethod
    def _either_none_means_both(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        kind, where = data.get("kind"), data.get("where")
        valid = kind in (None, *_KINDS) and where in (None, *_PLACES)
        return {**data, "kind": "none", "where": "none"} if valid and "none" in (kind, where) else data

    @model_validator(mode="after")
    def _none_drops_nothing(self) -> Self:
        if self.kind == "none" and self.rate > 0:
            raise ValueError(f"kind or where is none, so rate must be 0 or left out, got {self.rate}")
        return self


class Regularization(Section):
    """Limits on the weights of the hidden layers."""

    max_norm: Positive | None = Field(None, description="largest norm of the weights into a unit")
    l1: NotNegative = 0.0
    l2: NotNegative = 0.0


class Schedule(Section):
    """How the learning rate falls as training goes on, from `learning_rate` at the first step."""

    name: Literal["exponential", "cosine", "inverse_time"]
    steps: Count = Field(description="steps (batches) in which it falls by one rate, or, for cosine, to nothing")
    rate: Annotated[float, Field(gt=0, le=1000)] = Field(
        0.5, description="exponential: lr * rate**(step/steps); inverse_time: lr / (1 + rate * step/steps)"
    )


class SGD(Section):
    """Stochastic gradient descent."""

    elementwise: ClassVar[bool] = True

    name: Literal["sgd"] = "sgd"
    learning_rate: Positive = 0.01
    schedule: Schedule | None = None
    momentum: Fraction = 0.0
    nesterov: bool = False


class Adam(Section):
    """Adam (Kingma and Ba 2015)."""

    elementwise: ClassVar[bool] = True

    name: Literal["adam"] = "adam"
    learning_rate: Positive = 0.001
    schedule: Schedule | None = None
    beta_1: Fraction = 0.9
    beta_2: Fraction = 0.999


class RMSprop(Section):
    """RMSprop (Hinton 2012)."""

    elementwise: ClassVar[bool] = True

    name: Literal["rmsprop"] = "rmsprop"
    learning_rate: Positive = 0.001
    schedule: Schedule | None = None
    rho: Fraction = 0.9
    momentum: Fraction = 0.0


class Lamb(Section):
    """LAMB (You et al. 2020): scales each layer's step by the norm of its weights, so it is not elementwise."""

    elementwise: ClassVar[bool] = False
    name: Literal["lamb"] = "lamb"
    learning_rate: Positive = 0.001
    schedule: Schedule | None = None
    beta_1: Fraction = 0.9
    beta_2: Fraction = 0.999


def _optimizer_name(value: Any) -> Any:
    return value.get("name", "sgd") if isinstance(value, dict) else getattr(value, "name", None)


OPTIMIZERS: dict[str, type[Section]] = {"sgd": SGD, "adam": Adam, "rmsprop": RMSprop, "lamb": Lamb}
Optimizer = Annotated[
    Annotated[SGD, Tag("sgd")]
    | Annotated[Adam, Tag("adam")]
    | Annotated[RMSprop, Tag("rmsprop")]
    | Annotated[Lamb, Tag("lamb")],
    Discriminator(_optimizer_name),
]


class Training(Section):
    """How the weights are found."""

    optimizer: Optimizer = SGD()
    epochs: Count = Field(description="passes over the training rows")
    batch_size: Count = 32
    precision: Literal["float32", "float64"] = "float32"


class Evaluation(Section):
    """How the result is measured: stratified k-fold cross-validation, repeated."""

    folds: Annotated[int, Field(ge=2, le=1000)] = 10
    repeats: Annotated[int, Field(ge=1, le=1000)] = 1
    split_seed: Seed = Field(7, description="makes the folds")
    seed: Seed = Field(7, description="makes everything else that is random")


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
    evaluation: Evaluation = Evaluation()
    sweep: dict[Literal["dropout.rate"], Rates] = Field(
        default={}, description='values to try in turn, e.g. {dropout.rate: "0:0.9:0.1"}'
    )
    engine: Literal["auto", "stacked", "keras"] = "auto"

    @model_validator(mode="after")
    def _something_to_sweep(self) -> Self:
        if self.sweep and self.dropout.kind == "none":
            raise ValueError(
                "there is no dropout whose rate could vary (dropout.where is none): "
                "set dropout.where to visible, hidden or both"
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


def safe_name(path: PurePath) -> str:
    """Make an experiment's name from a path below a folder of configs: its parts, joined by ``-``."""
    text = re.sub(r"[^A-Za-z0-9_-]+", "-", "-".join(path.with_suffix("").parts))
    return text.lstrip("-_")[:100] or "experiment"
