"""The claim that a config tests, stated before its experiment is run."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from dropout_lab.config.section import Positive, Section

__all__ = ["Claim", "ClaimContrast", "Pair"]

Point = dict[str, Any]
"""Dotted keys of a sweep -> values. Keys that are left out are averaged over."""


class Pair(Section):
    """Two points of a sweep, the first compared with the second."""

    of: Point = Field(description="a point of the sweep, e.g. {dropout.rate: 0.5}")
    against: Point = Field(description="the point to compare it with, e.g. {dropout.rate: 0}")


class ClaimContrast(Pair):
    """A pair, or the difference between two pairs: an interaction."""

    name: str | None = Field(None, max_length=100, description="what to call it")
    less: Pair | None = Field(None, description="the pair whose difference is subtracted: an interaction")


class Claim(Section):
    """A sentence that can be wrong, and how it is tested."""

    says: str = Field(min_length=1, max_length=300, description="the claim, in brief")
    source: str = Field(min_length=1, max_length=300, description="who says so")
    study: str = Field(min_length=1, max_length=600, description="how it is tested, in a sentence or two")
    fact: str | None = Field(None, description="a property of the layer itself, checked without an experiment")
    measure: str = Field(
        "accuracy", description="what is compared: a column of trials.csv, or a quantity derived from them"
    )
    level: Positive | None = Field(None, description="the loss that epochs_to_loss waits for")
    direction: Literal["higher", "lower"] = Field("higher", description="the direction of the claim")
    smallest: Annotated[float, Field(ge=-1e6, le=1e6)] = Field(
        0.0,
        description="the smallest difference, or ratio, that counts; below 0: how much worse it may be and yet as good",
    )
    scale: Literal["difference", "ratio"] = "difference"
    holds: Literal["all", "any", "most"] = Field("all", description="in how many of the contrasts it has to hold")
    contrasts: Annotated[tuple[ClaimContrast, ...], Field(strict=False, max_length=50)] = ()

    @model_validator(mode="after")
    def _has_contrasts_or_a_fact(self) -> Self:
        if bool(self.contrasts) == (self.fact is not None):
            raise ValueError("give either contrasts, which an experiment tests, or the name of a fact")
        if self.scale == "ratio" and self.smallest < 1 and self.contrasts:
            raise ValueError(f"smallest: a ratio that counts is 1 or more, got {self.smallest}")
        return self
