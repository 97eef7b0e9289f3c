"""How models are evaluated: which rows are held out, how often, the seeds, and what is measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from dropout_lab.config.section import OpenFraction, Section, Seed, tagged_union
from dropout_lab.metrics.registry import metric_names

__all__ = [
    "EVALUATIONS",
    "MAX_FOLDS",
    "CrossValidation",
    "Evaluation",
    "Holdout",
    "LeaveOneGroupOut",
    "LeaveOneOut",
    "OfficialTest",
    "Predefined",
    "TimeSeries",
]

MAX_FOLDS = 1000

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
_Found = Annotated[int, Field(ge=0, le=MAX_FOLDS)]
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

    shuffled: ClassVar[bool] = True

    split: Literal["folds"] = Field("folds", description="folds: each row is held out once per repeat")
    folds: Annotated[int, Field(ge=2, le=MAX_FOLDS)] = 10
    repeats: Repeats = 1
    split_seed: Seed = _SPLIT_SEED
    seed: Seed = _SEED
    monte_carlo: Passes = _MONTE_CARLO
    measures: Measures = _MEASURES
    metrics: Metrics = _METRICS


class _SameRows(Section):
    """Rows that are held out in every repeat; repeats differ in their seeds."""

    shuffled: ClassVar[bool] = False

    split: str
    repeats: Repeats = Field(1, description="trainings with other seeds on the same rows")
    split_seed: Seed = _SPLIT_SEED
    seed: Seed = _SEED
    monte_carlo: Passes = _MONTE_CARLO
    measures: Measures = _MEASURES
    metrics: Metrics = _METRICS


class OfficialTest(_SameRows):
    """The data set's official test set, the same for all repeats, which differ in their seeds."""

    folds: ClassVar[int] = 1

    split: Literal["test"] = Field("test", description="test: the data set's official test set is held out")


class LeaveOneOut(_SameRows):
    """Each row is held out alone, as by scikit-learn's ``LeaveOneOut``."""

    split: Literal["leave_one_out"] = Field("leave_one_out", description="leave_one_out: each row is held out alone")
    folds: _Found = Field(0, description="as many as there are rows, which is found out when the data are read")


class LeaveOneGroupOut(_SameRows):
    """Each group of ``dataset.group`` is held out alone, as by scikit-learn's ``LeaveOneGroupOut``."""

    split: Literal["leave_one_group_out"] = Field(
        "leave_one_group_out", description="leave_one_group_out: each group of dataset.group is held out alone"
    )
    folds: _Found = Field(0, description="as many as there are groups, which is found out when the data are read")


class Predefined(_SameRows):
    """The folds, or the training and test rows, that ``dataset.fold`` names: scikit-learn's ``PredefinedSplit``."""

    split: Literal["predefined"] = Field(
        "predefined", description="predefined: the column dataset.fold says which rows are held out together"
    )
    folds: _Found = Field(0, description="as many as the column names, which is found out when the data are read")


class TimeSeries(_SameRows):
    """Each fold is trained on the rows before those that it holds out, as by scikit-learn's ``TimeSeriesSplit``."""

    split: Literal["time_series"] = Field(
        "time_series",
        description="time_series: a block of rows is held out at a time, and the rows before it are trained on",
    )
    folds: Annotated[int, Field(ge=2, le=MAX_FOLDS)] = 5
    gap: Annotated[int, Field(ge=0, le=100_000_000)] = Field(
        0, description="rows left out before each block; with dataset.time, points in time"
    )
    test_size: Annotated[int, Field(ge=1, le=100_000_000)] | None = Field(
        None, description="rows of each block (with dataset.time, points in time); by default all / (folds + 1)"
    )


class Holdout(Section):
    """A stratified part of the rows, the same for all repeats, which differ in their seeds."""

    shuffled: ClassVar[bool] = True
    folds: ClassVar[int] = 1

    split: Literal["holdout"] = Field("holdout", description="holdout: a stratified part of the rows is held out")
    test_share: OpenFraction = Field(0.2, description="share of the rows that is held out")
    repeats: Repeats = Field(1, description="trainings with other seeds on the same rows")
    split_seed: Seed = _SPLIT_SEED
    seed: Seed = _SEED
    monte_carlo: Passes = _MONTE_CARLO
    measures: Measures = _MEASURES
    metrics: Metrics = _METRICS


EVALUATIONS = tagged_union(
    *("split", "folds"),
    *(CrossValidation, OfficialTest, Holdout, Predefined, TimeSeries, LeaveOneOut, LeaveOneGroupOut),
)
if TYPE_CHECKING:
    Evaluation = CrossValidation | OfficialTest | Holdout | Predefined | TimeSeries | LeaveOneOut | LeaveOneGroupOut
else:
    Evaluation = EVALUATIONS.annotation()
