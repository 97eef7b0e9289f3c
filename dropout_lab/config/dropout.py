"""Where, how and how strongly units are dropped in training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, get_args

from pydantic import AfterValidator, Field, model_validator

from dropout_lab.config.dropout_kinds import KINDS
from dropout_lab.config.layer_rates import LayerRates, RateOrLayerRates, where_of
from dropout_lab.config.schedules import Linear, Schedule
from dropout_lab.config.section import Count, Deviation, NotNegative, OpenFraction, Section

__all__ = ["Dropout"]

_BLOCK_SIZE = 3
_INITIAL_RATE, _WEIGHT_REGULARIZER, _DROPOUT_REGULARIZER = 0.1, 1e-6, 1e-5

if TYPE_CHECKING:
    _Kind = str
else:
    _Kind = Literal[tuple(KINDS)]

_Place = Literal["none", "visible", "hidden", "both", "dense", "conv", "sequence", "recurrent", "attention", "all"]
_PLACES = get_args(_Place)


_OWN_KEYS = {
    "block_size": "dropblock",
    **dict.fromkeys(("initial_rate", "weight_regularizer", "dropout_regularizer"), "concrete_dropout"),
}
"""Keys that only one kind has."""


def _batch_is_open(shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
    if shape[:1] != (None,):
        raise ValueError(
            f"the first entry is the batch, which has no fixed size: it must be null, got {shape[0] if shape else []}"
        )
    return shape


_NoiseShape = Annotated[tuple[Count | None, ...], Field(strict=False), AfterValidator(_batch_is_open)]


class Dropout(Section):
    """Where and how units are dropped in training."""

    kind: _Kind = Field(
        "dropout",
        description="; ".join(f"{name}: {kind.description}" for name, kind in KINDS.items() if name != "none"),
    )
    where: _Place = Field(
        "hidden",
        description="in an mlp visible (the inputs), hidden (after each hidden layer) or both; "
        "in a cnn conv (after each convolution), dense (after each dense layer) or all; "
        "in an rnn or conv1d visible, sequence (after each recurrent layer or convolution), dense or all; "
        "in an rnn also recurrent (the states of the recurrent layers, which all leaves out); "
        "in a transformer visible, attention (its scores, which all leaves out), sequence (outputs of attention and "
        "feed-forward network), dense or all",
    )
    rate: RateOrLayerRates = Field(
        0.0,
        description="fraction dropped, 0 <= rate < 1; or one for each layer, which also says where: "
        "{visible: 0.2, hidden: [0.5, 0.3]}",
    )
    stddev: Deviation = Field(0.0, description="for gaussian_noise, instead of a rate, 0 <= stddev <= 1")
    schedule: Schedule | None = Field(
        None, description="factor per epoch that multiplies rate or stddev, e.g. {name: early, epochs: 50}"
    )
    noise_shape: _NoiseShape | None = Field(
        None,
        description="shape of the draws, the batch first: null is the input's own size, 1 one draw for the whole axis; "
        "[null, 1, null] drops the same units at every step. For layers whose input has that many axes",
    )

    block_size: Count | None = Field(
        None,
        description=f"for dropblock: height and width of a block, or its steps; default {_BLOCK_SIZE}. A smaller input "
        "is dropped as a whole",
    )

    initial_rate: OpenFraction | None = Field(
        None, description=f"for concrete_dropout: the rate that training starts from; default {_INITIAL_RATE}"
    )
    weight_regularizer: NotNegative | None = Field(
        None,
        description="for concrete_dropout: factor of the squares of the weights that dropped units feed, divided by "
        f"1 - rate; default {_WEIGHT_REGULARIZER}",
    )
    dropout_regularizer: NotNegative | None = Field(
        None,
        description="for concrete_dropout: factor of the rate's negative entropy, times the units of the layer; "
        f"default {_DROPOUT_REGULARIZER}",
    )

    @property
    def regularizers(self) -> tuple[float, float]:
        """The factors of the two terms that concrete dropout adds to the loss: of weights, and of entropy."""
        weight, dropout = self.weight_regularizer, self.dropout_regularizer
        return (
            _WEIGHT_REGULARIZER if weight is None else weight,
            _DROPOUT_REGULARIZER if dropout is None else dropout,
        )

    @property
    def block(self) -> int:
        """The block size of dropblock, by default the smallest odd one above 1."""
        return self.block_size or _BLOCK_SIZE

    @property
    def strength_key(self) -> str:
        """Which of the keys says how strong it is: ``rate``, or another for a kind that has no rate, or learns it."""
        return KINDS[self.kind].strength

    @property
    def strength(self) -> float | LayerRates:
        """The rate, or what the kind has instead."""
        if self.strength_key == "initial_rate":
            return self.initial_rate or _INITIAL_RATE
        return self.stddev if self.strength_key == "stddev" else self.rate

    def strength_of(self, layer: str) -> float:
        """Return the strength of a dropout layer by its name."""
        return self.strength.of(layer) if isinstance(self.strength, LayerRates) else self.strength

    def factors(self, epochs: int) -> tuple[float, ...]:
        """Return the factor of the strength in each epoch; a single one if it is constant."""
        if self.schedule is None:
            return (1.0,)
        return tuple(self.schedule.factor(epoch, epochs) for epoch in range(epochs))

    def excess(self, strength: float) -> str:
        """Return the problem of the schedule at a rate (or stddev); empty if there is none."""
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
    def _infer_where(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        kind, where = data.get("kind"), data.get("where")
        if kind in (None, *KINDS) and where in (None, *_PLACES) and "none" in (kind, where):
            return {**data, "kind": "none", "where": "none"}
        follows = where_of(data.get("rate"))
        return {"where": follows, **data} if follows else data

    @model_validator(mode="after")
    def _check_strength(self) -> Self:
        for key, value in (("rate", self.rate), ("stddev", self.stddev)):
            is_set = isinstance(value, LayerRates) or value > 0
            if is_set and self.kind == "none":
                raise ValueError(f"kind or where is none, so {key} must be 0 or left out, got {value}")
            if is_set and self.strength_key != key:
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
    def _check_schedule(self) -> Self:
        if self.kind == "none" and self.schedule is not None:
            raise ValueError("kind or where is none, so schedule must be left out")
        if self.strength_key == "initial_rate" and self.schedule is not None:
            raise ValueError(f"{self.kind} learns its rate, so schedule must be left out")
        highest = self.strength.highest if isinstance(self.strength, LayerRates) else self.strength
        if problem := self.excess(highest):
            raise ValueError(problem)
        return self

    @model_validator(mode="after")
    def _check_noise_shape(self) -> Self:
        if self.noise_shape is not None and not KINDS[self.kind].noise_shape:
            having = " and ".join(name for name, kind in KINDS.items() if kind.noise_shape)
            raise ValueError(f"{self.kind} has no noise_shape, so it must be left out: it is for {having}")
        return self

    @model_validator(mode="after")
    def _check_own_keys(self) -> Self:
        for key, kind in _OWN_KEYS.items():
            if getattr(self, key) is not None and self.kind != kind:
                raise ValueError(f"{self.kind} has no {key}, so it must be left out: it is for {kind}")
        return self
