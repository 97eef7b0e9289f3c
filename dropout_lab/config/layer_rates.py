"""A dropout rate for each layer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import Discriminator, Field, SerializerFunctionWrapHandler, Tag, model_serializer, model_validator

from dropout_lab.config.section import Rate, Section

__all__ = ["LayerRates", "RateOrLayerRates", "where_of"]

_SITES = {
    **{frozenset({site}): site for site in ("visible", "hidden", "conv", "dense")},
    frozenset({"visible", "hidden"}): "both",
    frozenset({"conv", "dense"}): "all",
}
"""The keys that are set -> ``dropout.where``."""

_RateList = Annotated[tuple[Rate, ...], Field(strict=False, min_length=1, max_length=50)]
_RateOrList = Annotated[
    Annotated[Rate, Tag("number")] | Annotated[_RateList, Tag("list")],
    Discriminator(lambda value: "list" if isinstance(value, list | tuple) else "number"),
]


class LayerRates(Section):
    """The fraction dropped at each site: one number for all of its layers, or a list with one for each."""

    visible: Rate | None = Field(None, description="of the inputs of an mlp")
    hidden: _RateOrList | None = Field(None, description="after the hidden layers of an mlp")
    conv: _RateOrList | None = Field(None, description="after the convolutions of a cnn")
    dense: _RateOrList | None = Field(None, description="after the dense layers of a cnn")

    @property
    def by_site(self) -> dict[str, float | tuple[float, ...]]:
        """The rates that are set, by site."""
        return {site: value for site in type(self).model_fields if (value := getattr(self, site)) is not None}

    @property
    def where(self) -> str:
        """The value of ``dropout.where`` for these sites."""
        return _SITES[frozenset(self.by_site)]

    @property
    def highest(self) -> float:
        """The highest of all rates."""
        return max(max(value) if isinstance(value, tuple) else value for value in self.by_site.values())

    def of(self, layer: str) -> float:
        """Return the rate of a dropout layer by its name: ``visible_dropout``, ``hidden_2_dropout``."""
        site, number, *_ = layer.split("_")
        value = self.by_site[site]
        return value[int(number) - 1] if isinstance(value, tuple) else value

    def __format__(self, spec: str) -> str:
        """Format the rates, each by `spec`: ``visible 0.2, hidden 0.5/0.3``."""
        rates = {site: value if isinstance(value, tuple) else (value,) for site, value in self.by_site.items()}
        return ", ".join(f"{site} {'/'.join(f'{rate:{spec}}' for rate in values)}" for site, values in rates.items())

    def __str__(self) -> str:
        return format(self)

    @model_validator(mode="after")
    def _check_sites(self) -> Self:
        if frozenset(self.by_site) not in _SITES:
            raise ValueError("expected visible, hidden or both (of an mlp), or conv, dense or both (of a cnn)")
        return self

    @model_serializer(mode="wrap")
    def _omit_unset(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {site: value for site, value in dump(self).items() if value is not None}


RateOrLayerRates = Annotated[
    Annotated[Rate, Tag("number")] | Annotated[LayerRates, Tag("layers")],
    Discriminator(lambda value: "layers" if isinstance(value, Mapping | LayerRates) else "number"),
]
"""One rate for all layers, or `LayerRates`."""


def where_of(rate: Any) -> str | None:
    """Return the value of ``dropout.where`` that follows from a rate, not yet validated; None if none does."""
    if isinstance(rate, LayerRates):
        return rate.where
    sites = [key for key, value in rate.items() if value is not None] if isinstance(rate, Mapping) else []
    return _SITES.get(frozenset(sites))
