import csv
import dataclasses
from pathlib import Path

import pytest

from benchmarks import workload
from benchmarks.contenders import CONTENDERS, OURS, Contender, jobs
from benchmarks.rows import COLUMNS, Row, extrapolate, ratio, spread, table, write_csv
from dropout_lab.config import load

MEASURED = Row(
    run=1,
    contender="keras_jax",
    trials=10,
    measured_trials=10,
    extrapolated=False,
    whole_seconds=17.0,
    import_seconds=3.0,
    training_seconds=12.0,
    first_call_seconds=2.0,
    peak_memory_mib=600.0,
    accuracy=0.83,
)


def row(run: int, contender: str, training: float, *, whole: float = 20.0, trials: int = 10) -> Row:
    """Return a row that took so long."""
    return dataclasses.replace(
        MEASURED, run=run, contender=contender, trials=trials, training_seconds=training, whole_seconds=whole
    )


def training(each: Row) -> float:
    return each.training_seconds


def test_the_first_call_and_what_is_outside_the_training_are_paid_once() -> None:
    more = extrapolate(MEASURED, 100)
    assert more.training_seconds == pytest.approx(2 + 10 * 10)
    assert more.whole_seconds == pytest.approx(5 + 2 + 10 * 10)
    assert (more.trials, more.measured_trials, more.extrapolated) == (100, 10, True)


def test_a_first_call_that_cannot_be_told_grows_with_the_rest() -> None:
    more = extrapolate(dataclasses.replace(MEASURED, first_call_seconds=None), 100)
    assert more.training_seconds == pytest.approx(120)


def test_what_does_not_grow_with_the_trials_stays_as_measured() -> None:
    changed = {"trials", "extrapolated", "whole_seconds", "training_seconds"}
    before, after = dataclasses.asdict(MEASURED), dataclasses.asdict(extrapolate(MEASURED, 1000))
    assert {key for key in COLUMNS if before[key] != after[key]} == changed


def test_extrapolated_to_as_many_trials_as_were_measured_a_row_is_itself() -> None:
    assert extrapolate(MEASURED, 10) == MEASURED


def test_a_row_is_not_extrapolated_to_fewer_trials() -> None:
    with pytest.raises(ValueError, match="fewer"):
        extrapolate(MEASURED, 1)


def test_the_ratio_to_ours_is_taken_run_by_run() -> None:
    rows = [row(1, OURS, 2), row(2, OURS, 4), row(3, OURS, 3)]
    rows += [row(1, "keras_jax", 20), row(2, "keras_jax", 20), row(3, "keras_jax", 27), row(4, "keras_jax", 1)]
    found = ratio(rows, "keras_jax", 10, training)
    assert found is not None
    assert (found.median, found.low, found.high) == (9, 5, 10)


def test_there_is_no_ratio_without_a_run_that_has_both() -> None:
    assert ratio([row(1, OURS, 2), row(2, "keras_jax", 20)], "keras_jax", 10, training) is None


def test_a_spread_is_the_median_between_the_least_and_the_largest() -> None:
    assert dataclasses.astuple(spread([5.0, 1.0, 2.0])) == (2.0, 1.0, 5.0)


def test_the_csv_has_one_row_per_run_contender_and_number_of_trials(tmp_path: Path) -> None:
    file = tmp_path / "benchmark.csv"
    write_csv(file, [MEASURED, extrapolate(dataclasses.replace(MEASURED, first_call_seconds=None), 100)])
    with file.open(encoding="utf-8", newline="") as lines:
        header, first, second = csv.reader(lines)
    assert header == [
        *("run", "contender", "trials", "measured_trials", "extrapolated", "whole_seconds", "import_seconds"),
        *("training_seconds", "first_call_seconds", "peak_memory_mib", "accuracy"),
    ]
    told = dict(zip(header, first, strict=True))
    assert (told["extrapolated"], told["first_call_seconds"], told["accuracy"]) == ("false", "2.0000", "0.8300")
    told = dict(zip(header, second, strict=True))
    assert (told["extrapolated"], told["first_call_seconds"], told["trials"]) == ("true", "", "100")


def test_the_table_has_a_line_per_contender_and_marks_what_is_extrapolated() -> None:
    rows = [row(1, OURS, 2, whole=5), row(2, OURS, 4, whole=5), extrapolate(row(1, "keras_jax", 12), 10)]
    rows += [row(1, OURS, 2, whole=5, trials=100), extrapolate(row(1, "keras_jax", 12), 100)]
    head, *lines = table(rows).splitlines()
    headings = "trials contender whole process, s x ours training, s x ours first call, s peak, MiB"
    assert " ".join(head.split()) == headings
    assert [line.split()[0] for line in lines] == ["10", "10", "100", "100"]
    assert lines[0].split()[1:3] == ["Dropout", "Lab"]
    assert "3.0 (2.0-4.0)" in lines[0]
    assert ["*" in line for line in lines] == [False, False, False, True]
    assert "51.00" in lines[3]


def test_a_contender_that_was_not_measured_has_no_line() -> None:
    assert len(table([row(1, OURS, 2)]).splitlines()) == 2


def test_the_sizes_are_one_fold_all_folds_and_all_folds_at_ten_rates() -> None:
    assert workload.grid(1) == ((0.2,), 1, 1)
    assert workload.grid(10) == ((0.2,), 1, 10)
    assert workload.grid(100) == (workload.RATES, 1, 10)
    assert workload.grid(1000) == (workload.RATES, 10, 10)


@pytest.mark.parametrize("trials", [0, -100, 7, 50, 150])
def test_other_numbers_of_trials_are_refused(trials: int) -> None:
    with pytest.raises(ValueError, match="expected 1, 10 or a multiple of 100"):
        workload.grid(trials)


@pytest.mark.parametrize("trials", workload.SIZES)
def test_a_workload_has_every_trial_once(trials: int) -> None:
    assert len(set(workload.sample(trials))) == trials


def test_a_part_of_a_workload_begins_with_the_folds_at_the_configs_own_rate() -> None:
    part = workload.sample(100, 12)
    assert part[:10] == workload.sample(10)
    assert {trial.rate for trial in part[10:]} == {0.0}
    assert workload.sample(1000, 12) == part


def test_all_contenders_train_the_shipped_config() -> None:
    shipped = load("sonar/hidden")
    training, evaluation = shipped.training, shipped.evaluation
    assert tuple(shipped.model.hidden) == workload.HIDDEN
    assert (shipped.model.activation, shipped.model.initializer) == ("relu", "glorot_uniform")
    assert (shipped.dropout.where, shipped.dropout.rate) == ("hidden", workload.RATE)
    assert shipped.regularization.max_norm == workload.MAX_NORM
    assert (training.optimizer.name, training.optimizer.learning_rate) == ("sgd", workload.LEARNING_RATE)
    assert training.optimizer.momentum == workload.MOMENTUM
    assert (training.epochs, training.batch_size) == (workload.EPOCHS, workload.BATCH_SIZE)
    assert (evaluation.folds, evaluation.split_seed) == (workload.FOLDS, workload.SPLIT_SEED)
    assert shipped.preprocessing.scale == "standard"


def test_a_slow_contender_stands_for_larger_sizes_with_one_process() -> None:
    slow = Contender("slow", "Slow", "slow", patience=1)
    found = [(job.measured, job.sizes) for job in jobs((slow,), workload.SIZES, peer_trials=2, cores=4)]
    assert found == [(1, (1,)), (2, (10, 100, 1000))]


def test_a_parallel_contender_gets_as_many_trials_for_each_core() -> None:
    parallel = Contender("parallel", "Parallel", "parallel", patience=1, parallel=True)
    assert [parallel.most(2, cores) for cores in (1, 2, 4)] == [2, 2, 4]


def test_a_contender_that_is_not_slow_trains_everything() -> None:
    found = [(job.measured, job.sizes) for job in jobs(CONTENDERS[:1], workload.SIZES, peer_trials=2, cores=4)]
    assert found == [(size, (size,)) for size in workload.SIZES]


def test_contenders_take_turns_size_by_size_and_each_run_begins_with_another() -> None:
    runs = [jobs(CONTENDERS, workload.SIZES, 2, 2, turn) for turn in range(len(CONTENDERS))]
    assert {made[0].contender for made in runs} == set(CONTENDERS)
    for made in runs:
        assert [job.sizes[0] for job in made] == sorted(job.sizes[0] for job in made)
        assert {(job.contender.name, size) for job in made for size in job.sizes} == {
            (contender.name, size) for contender in CONTENDERS for size in workload.SIZES
        }
