"""How models are evaluated: which rows are held out, how often, the seeds, and what is measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from dropout_lab.config.section import OpenFraction, Section, Seed, tagged_union
from dropout_lab.metrics.registry import metric_names

__all__ = ["EVALUATIONS", "CrossValidation", "Evaluation", "Holdout", "OfficialTest"]

Repeats = Annotated[int, Field(ge=1, le=1000)]
Passes = Annotated[int, Field(ge=0, le=10_000)]
Measures = Annotated[
    tuple[Literal["activations", "time"], ...],
    Field(strict=False),
    AfterValidator(lambda names: tuple(sorted(set(names)))),
]
if TYPE_CHECKING:
    MetricName = str
else:
    MetricName = Literal[metric_names("on request")]
Metrics = Annotated[
    tuple[MetricName, ...],
    Field(strict=False),
    AfterValidator(lambda names: tuple(sorted(set(names)))),
]
_SPLIT_SEED = Field(7, description="decides which rows are held out, and which are taken where only a part is")
_SEED = Field(7, description="makes everything else that is random")
_MONTE_CARLO = Field(
    0, description="passes over the held-out rows with dropout on, whose mean is a second prediction; 0: none"
)
_MEASURES = Field(
    (), description="what else is measured: activations (of the hidden units, dropout off), time (of an epoch)"
)
_METRICS = Field((), description="further metrics of the held-out predictions, each a column that --metric takes")


class CrossValidation(Section):
    """Stratified k-fold cross-validation; each repeat has folds of its own."""

    split: Literal["folds"] = Field("folds", description="folds: each row is held out once per repeat")
    folds: Annotated[int, Field(ge=2, le=1000)] = 10
    repeats: Repeats = 1
    split_seed: Seed = _SPLIT_SEED
    seed: Seed = _SEED
    monte_carlo: Passes = _MONTE_CARLO
    measures: Measures = _MEASURES
    metrics: Metrics = _METRICS


class OfficialTest(Section):
    """The data set's official test set, the same for all repeats, which differ in their seeds."""

    folds: ClassVar[int] = 1

    split: Literal["test"] = Field("test", description="test: the data set's official test set is held out")
    repeats: Repeats = Field(1, description="trainings with other seeds on the same rows")
    split_seed: Seed = _SPLIT_SEED
    seed: Seed = _SEED
    monte_carlo: Passes = _MONTE_CARLO
    measures: Measures = _MEASURES
    metrics: Metrics = _METRICS


class Holdout(Section):
    """A stratified part of the rows, the same for all repeats, which differ in their seeds."""

    folds: ClassVar[int] = 1

    split: Literal["holdout"] = Field("holdout", description="holdout: a stratified part of the rows is held out")
    test_share: OpenFraction = Field(0.2, description="share of the rows that is held out")
    repeats: Repeats = Field(1, description="trainings with other seeds on the same rows")
    split_seed: Seed = _SPLIT_SEED
    seed: Seed = _SEED
    monte_carlo: Passes = _MONTE_CARLO
    measures: Measures = _MEASURES
    metrics: Metrics = _METRICS


EVALUATIONS = tagged_union("split", "folds", CrossValidation, OfficialTest, Holdout)
if TYPE_CHECKING:
    Evaluation = CrossValidation | OfficialTest | Holdout
else:
    Evaluation = EVALUATIONS.annotation()
