"""A dropout rate for each layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import Discriminator, Field, SerializerFunctionWrapHandler, Tag, model_serializer, model_validator

from dropout_lab.config.section import Rate, Section

__all__ = ["LayerRates", "OneOrEach", "where_of"]

_PLACES = {
    **{frozenset({place}): place for place in ("visible", "hidden", "conv", "dense")},
    frozenset({"visible", "hidden"}): "both",
    frozenset({"conv", "dense"}): "all",
}
"""The keys that are given -> ``dropout.where``."""

_Each = Annotated[tuple[Rate, ...], Field(strict=False, min_length=1, max_length=50)]
_OneOrList = Annotated[
    Annotated[Rate, Tag("number")] | Annotated[_Each, Tag("list")],
    Discriminator(lambda value: "list" if isinstance(value, list | tuple) else "number"),
]


class LayerRates(Section):
    """The fraction dropped at each place: one number for all of its layers, or a list with one for each."""

    visible: Rate | None = Field(None, description="of the inputs of an mlp")
    hidden: _OneOrList | None = Field(None, description="after the hidden layers of an mlp")
    conv: _OneOrList | None = Field(None, description="after the convolutions of a cnn")
    dense: _OneOrList | None = Field(None, description="after the dense layers of a cnn")

    @property
    def given(self) -> dict[str, float | tuple[float, ...]]:
        """What is given, by place."""
        return {place: value for place in type(self).model_fields if (value := getattr(self, place)) is not None}

    @property
    def where(self) -> str:
        """The places, as ``dropout.where`` calls them."""
        return _PLACES[frozenset(self.given)]

    @property
    def highest(self) -> float:
        """The highest of all rates."""
        return max(max(value) if isinstance(value, tuple) else value for value in self.given.values())

    def of(self, layer: str) -> float:
        """Return the rate of a layer by its name: ``visible_dropout``, ``hidden_2_dropout``."""
        place, number, *_ = layer.split("_")
        value = self.given[place]
        return value[int(number) - 1] if isinstance(value, tuple) else value

    def __format__(self, spec: str) -> str:
        """Write the rates, each as `spec` says: ``visible 0.2, hidden 0.5/0.3``."""
        each = {place: value if isinstance(value, tuple) else (value,) for place, value in self.given.items()}
        return ", ".join(f"{place} {'/'.join(f'{rate:{spec}}' for rate in rates)}" for place, rates in each.items())

    def __str__(self) -> str:
        return format(self)

    @model_validator(mode="after")
    def _of_one_kind_of_model(self) -> Self:
        if frozenset(self.given) not in _PLACES:
            raise ValueError("expected visible, hidden or both (of an mlp), or conv, dense or both (of a cnn)")
        return self

    @model_serializer(mode="wrap")
    def _without_what_is_left_out(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {place: value for place, value in dump(self).items() if value is not None}


OneOrEach = Annotated[
    Annotated[Rate, Tag("number")] | Annotated[LayerRates, Tag("layers")],
    Discriminator(lambda value: "layers" if isinstance(value, Mapping | LayerRates) else "number"),
]
"""One rate for all layers, or `LayerRates`."""


def where_of(rate: Any) -> str | None:
    """Return what ``dropout.where`` follows from a rate that is still to be validated; None if nothing does."""
    if isinstance(rate, LayerRates):
        return rate.where
    given = [key for key, value in rate.items() if value is not None] if isinstance(rate, Mapping) else []
    return _PLACES.get(frozenset(given))
