"""``run``, ``sweep`` and ``show``, from the command line as a user would."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pandas as pd
import pytest
from program import COMMAND, call, call_process, environment, numbers

from dropout_lab.config import bundled_configs, load
from dropout_lab.results.rows import history_columns, prediction_columns, trial_columns

OFTEN = ("smoke/measures",)  # the others train the same nets with less
PROCESS = {*OFTEN, "smoke/cifar10"}  # whose convolutions take another number of threads
SMOKE = [
    pytest.param(name, marks=() if name in OFTEN else pytest.mark.slow)
    for name in bundled_configs.names()
    if name.startswith("smoke/")
]


@pytest.mark.slow
def test_a_sweep_over_two_keys_has_a_column_for_each_and_a_figure_of_both(tmp_path: Path) -> None:
    grid = ["-S", "sweep.dropout.rate=0,0.5", "-S", "sweep.regularization.max_norm=[null, 1]"]
    command = ["run", "smoke/hidden", *grid, "--out", "out"]
    done = call(*command, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    trials = pd.read_csv(tmp_path / "out/trials.csv", dtype=str)
    points = trials[["rate", "regularization.max_norm"]].drop_duplicates().to_numpy().tolist()
    assert points == [["0.0", "none"], ["0.0", "1"], ["0.5", "none"], ["0.5", "1"]]
    summary = pd.read_csv(tmp_path / "out/summary.csv", dtype=str)
    assert summary[["rate", "regularization.max_norm"]].to_numpy().tolist() == points
    assert "rate 0, max norm none" in done.stdout
    assert call("report", "out", cwd=tmp_path).returncode == 0
    assert (tmp_path / "out/figures/heat.png").exists()
    again = call(*command[:-2], "--dry-run", "--out", "out", cwd=tmp_path)
    assert "trials:     12 = 2 rates x 2 max_norms x 1 repeat x 3 folds, 2 epochs each" in again.stdout
    assert "finished:   12, 0 to train" in again.stdout


DRAWN = ("-S", "sweep.dropout.rate=0:0.8", "-S", "sweep.training.optimizer.learning_rate=1e-3:1:log")


def test_a_dry_run_of_a_random_search_says_how_many_points_are_drawn_and_from_where(tmp_path: Path) -> None:
    few = ["--folds", "2", "-S", "sweep.random={points: 2, seed: 3}"]
    planned = call("run", "smoke/hidden", *DRAWN, *few, "--dry-run", cwd=tmp_path).stdout
    assert "rates:          0:0.8\nlearning_rates: 1e-3:1:log\n" in planned
    assert "4 = 2 random points x 1 repeat x 2 folds, 2 epochs each" in planned


@pytest.mark.slow
def test_a_random_search_is_gone_on_with_and_ends_with_the_bytes_of_one_that_had_all_its_points(tmp_path: Path) -> None:
    command = ["run", "smoke/hidden", *DRAWN, "--folds", "2"]
    few = ["-S", "sweep.random={points: 2, seed: 3}", "--out", "out"]
    for points, out in ((2, "out"), (4, "out"), (4, "whole")):
        some = ["-S", f"sweep.random={{points: {points}, seed: 3}}", "--out", out]
        done = call(*command, *some, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    found, whole = (pd.read_csv(tmp_path / out / "trials.csv", dtype=str) for out in ("out", "whole"))
    assert found.drop(columns="train_seconds").equals(whole.drop(columns="train_seconds"))
    assert len(found[["rate", "training.optimizer.learning_rate"]].drop_duplicates()) == 4
    for name in ("summary.csv", "config.yaml"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
    assert "rate 0." in call("show", "out", cwd=tmp_path).stdout
    fewer = call(*command, *few, cwd=tmp_path)
    assert (fewer.returncode, "sweep.random.points: 4 -> 2" in fewer.stderr) == (2, True)


@pytest.mark.slow
def test_trainings_that_may_end_early_say_when_they_did_and_are_gone_on_with(tmp_path: Path) -> None:
    early = ["-S", "sweep.training.early_stopping=[null, {patience: 2}]", "-S", "training.epochs=30", "--out", "out"]
    done = call("run", "smoke/hidden", *early, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    trials = pd.read_csv(tmp_path / "out/trials.csv")
    stopped = trials[trials["training.early_stopping"] != "none"]
    assert trials["best_epoch"].isna().sum() == len(trials) - len(stopped) == 3
    assert (stopped["epochs_trained"] == (stopped["best_epoch"] + 2).clip(upper=30)).all()
    assert (stopped["epochs_trained"] < 30).any()
    history = pd.read_csv(tmp_path / "out/history.csv")
    assert history.groupby("trial").size().to_dict() == trials.set_index("trial")["epochs_trained"].to_dict()
    assert history["validation_loss"].notna().sum() == stopped["epochs_trained"].sum()
    before = numbers(tmp_path / "out")
    kept = (tmp_path / "out/trials.csv").read_text().splitlines(keepends=True)
    (tmp_path / "out/trials.csv").write_text("".join(kept[:3]))
    again = call("run", "smoke/hidden", *early, cwd=tmp_path)
    assert "2 of 6 trials are finished already" in again.stderr
    assert numbers(tmp_path / "out") == before
    assert call("report", "out", cwd=tmp_path).returncode == 0


def test_very_many_trials_are_not_trained_unasked(tmp_path: Path) -> None:
    many = ["sweep", "smoke/hidden", "--rates", "0:0.99:0.01", "--repeats", "100"]
    done = call(*many, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == "error: this would train 30,000 trials, more than 20,000: add --yes if that is intended\n"
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("name", SMOKE)
def test_a_smoke_config_runs_and_its_files_agree(name: str, tmp_path: Path) -> None:
    done = (call_process if name in PROCESS else call)("run", name, "--out", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "rows in out/trials.csv" in done.stdout
    trials = pd.read_csv(tmp_path / "out/trials.csv")
    history = pd.read_csv(tmp_path / "out/history.csv")
    predictions = pd.read_csv(tmp_path / "out/predictions.csv.gz")
    experiment = load(name)
    assert tuple(trials.columns) == tuple(trial_columns(experiment))
    assert not trials.drop(columns="reason").isna().any(axis=None)
    assert tuple(history.columns) == tuple(history_columns(experiment))
    places = experiment.evaluation.folds * experiment.evaluation.repeats
    assert len(trials) == places * max(1, len(experiment.sweep.get("dropout.rate", ())))
    assert len(history) == len(trials) * experiment.training.epochs
    classes = json.loads((tmp_path / "out/run.json").read_text())["data"]["classes"]
    assert tuple(predictions.columns) == tuple(prediction_columns(len(classes)))
    assert not predictions.duplicated(["rate", "repeat", "row"]).any()
    guesses = predictions.filter(regex=r"^p\d+$").to_numpy().argmax(axis=1)
    hits = (guesses == predictions["label"]).groupby(predictions["trial"]).mean()
    assert trials.set_index("trial")["accuracy"].to_dict() == hits.to_dict()


@pytest.mark.slow
def test_a_sweep_has_both_ends_and_the_same_command_again_trains_nothing(tmp_path: Path) -> None:
    command = ("sweep", "--rates", "0:0.9:0.1")
    first = call(*command, cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    out = tmp_path / "results/quickstart-sweep"
    rows = (out / "trials.csv").read_text().splitlines()[1:]
    rates = [row.split(",")[6] for row in rows]
    assert rates == [f"{rate / 10}" for rate in range(10) for _ in range(10)]
    before = {file.name: file.read_bytes() for file in out.iterdir()}
    again = call(*command, cwd=tmp_path)
    assert again.returncode == 0
    assert "all 100 trials are finished already" in again.stderr
    assert again.stdout == first.stdout
    after = {file.name: file.read_bytes() for file in out.iterdir()}
    assert {name: after[name] for name in after if name != ".lock"} == {
        name: before[name] for name in before if name != ".lock"
    }
    assert call("show", out, cwd=tmp_path).stdout in first.stdout


@pytest.mark.slow
def test_a_result_is_the_same_whatever_the_jobs_and_from_its_own_saved_config(tmp_path: Path) -> None:
    for out, command in {
        "one": ("sweep", "smoke/hidden", "--rates", "0,0.5", "--repeats", 2, "--jobs", 1),
        "two": ("sweep", "smoke/hidden", "--rates", "0,0.5", "--repeats", 2, "--jobs", 3),
        "three": ("run", "one/config.yaml"),
    }.items():
        assert call(*command, "--out", out, cwd=tmp_path).returncode == 0
    assert numbers(tmp_path / "one") == numbers(tmp_path / "two") == numbers(tmp_path / "three")


@pytest.mark.slow
def test_more_repeats_and_rates_extend_a_result_and_keep_what_it_has(tmp_path: Path) -> None:
    assert call("sweep", "smoke/hidden", "--rates", "0,0.5", "--out", "out", cwd=tmp_path).returncode == 0
    old = (tmp_path / "out/trials.csv").read_text().splitlines()
    more = call("sweep", "smoke/hidden", "--rates", "0,0.3,0.5", "--repeats", 2, "--out", "out", cwd=tmp_path)
    assert "6 of 18 trials are finished already, resuming" in more.stderr
    new = (tmp_path / "out/trials.csv").read_text().splitlines()
    assert set(old) <= set(new)
    assert len(new) == 1 + 18
    whole = call("sweep", "smoke/hidden", "--rates", "0,0.3,0.5", "--repeats", 2, "--out", "whole", cwd=tmp_path)
    assert whole.returncode == 0
    assert numbers(tmp_path / "out") == numbers(tmp_path / "whole")


@pytest.mark.slow
def test_visible_hidden_and_control_give_the_same_numbers_at_rate_0(tmp_path: Path, sonar_folder: Path) -> None:
    accuracies = {}
    for name in ("visible", "hidden", "control"):
        short = ("--set", "dropout.rate=0", "--set", "training.epochs=30", "--out", name)
        assert call("run", f"sonar/{name}", *short, cwd=tmp_path, data=sonar_folder).returncode == 0
        trials = pd.read_csv(tmp_path / name / "trials.csv", dtype=str)
        accuracies[name] = trials[["loss", "accuracy", "train_loss"]].to_csv()
    assert accuracies["visible"] == accuracies["hidden"] == accuracies["control"]


def test_a_dry_run_says_what_would_be_done_and_writes_nothing(tmp_path: Path) -> None:
    done = call("sweep", "sonar/hidden", "--rates", "0:0.9:0.1", "--dry-run", cwd=tmp_path)
    assert done.returncode == 0
    assert "100 = 10 rates x 1 repeat x 10 folds, 300 epochs each" in done.stdout
    assert "engine:     stacked" in done.stdout
    lamb = call("run", "sonar/hidden", "--set", "training.optimizer.name=lamb", "--dry-run", cwd=tmp_path)
    assert "jax (not stacked: lamb is not an elementwise optimizer)" in lamb.stdout
    assert "data:       sonar, not checked: the run downloads it to data\n" in lamb.stdout
    assert not list(tmp_path.iterdir())


def test_a_dry_run_tells_of_very_many_trials_and_checks_a_table_of_ones_own_as_a_run_does(tmp_path: Path) -> None:
    many = call("run", "smoke/hidden", "--repeats", 1000, "--folds", 21, "--dry-run", cwd=tmp_path)
    assert (many.returncode, "trials:     21000 = " in many.stdout) == (0, True)
    assert "warning: this would train 21,000 trials, more than 20,000: add --yes" in many.stderr
    (tmp_path / "my.csv").write_text("size,kind\n" + "".join(f"{row / 7},{'ab'[row % 2]}\n" for row in range(40)))
    config = "dataset: {csv: my.csv, target: kind}\nmodel: {hidden: [2]}\ntraining: {epochs: 1}\n"
    (tmp_path / "my.yaml").write_text(config)
    good = call("run", "my.yaml", "--dry-run", cwd=tmp_path)
    assert (good.returncode, "to predict: kind, 2 classes: a 20, b 20" in good.stderr) == (0, True)
    bad = call("run", "my.yaml", "--dry-run", "--folds", 21, cwd=tmp_path)
    assert (bad.returncode, "21 folds need 21 rows of each class" in bad.stderr) == (2, True)
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.slow
def test_a_dry_run_refuses_a_result_of_other_data(tmp_path: Path) -> None:
    rows = [f"{row / 7},{'ab'[row % 2]}" for row in range(40)]
    (tmp_path / "my.csv").write_text("\n".join(["size,kind", *rows]))
    config = "dataset: {csv: my.csv, target: kind}\nmodel: {hidden: [2]}\ntraining: {epochs: 1}\n"
    (tmp_path / "my.yaml").write_text(config)
    assert call("run", "my.yaml", "--folds", 2, cwd=tmp_path).returncode == 0
    (tmp_path / "my.csv").write_text("\n".join(["size,kind", *rows[1:]]))
    dry = call("run", "my.yaml", "--folds", 2, "--dry-run", cwd=tmp_path)
    assert (dry.returncode, "its results are from other data" in dry.stderr) == (2, True)
    assert call("run", "my.yaml", "--folds", 2, "--dry-run", "--fresh", cwd=tmp_path).returncode == 0


@pytest.mark.slow
def test_what_is_hardly_meant_is_told_once_and_no_error(tmp_path: Path) -> None:
    alpha = ("smoke/visible", "-S", "dropout.kind=alpha_dropout", "--out", "out")
    dry, done = (call("run", *alpha, how, cwd=tmp_path) for how in ("--dry-run", "--quiet"))
    for each in (dry, done):
        assert each.returncode == 0
        [line] = each.stderr.splitlines()
        assert line.startswith("warning: dropout.kind: alpha_dropout is meant for selu, but model.activation is relu")
    assert (tmp_path / "out/trials.csv").is_file()


@pytest.mark.slow
def test_a_training_that_diverges_is_a_row_and_the_exit_code_says_so(tmp_path: Path) -> None:
    wild = ("-S", "training.optimizer.learning_rate=1e6", "-S", "model.activation=linear", "-S", "model.hidden=[9,9]")
    done = call("run", "smoke/visible", *wild, "-S", "preprocessing.scale=none", "--out", "out", cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    trials = pd.read_csv(tmp_path / "out/trials.csv")
    assert set(trials["status"]) == {"diverged"}
    assert trials["accuracy"].isna().all()
    assert trials["reason"].str.contains("no longer finite from epoch").all()
    assert "Traceback" not in done.stderr
    assert "failed" in done.stdout


@pytest.mark.slow
def test_fresh_sets_old_results_aside_and_a_link_to_them_leads_to_the_new_ones(tmp_path: Path) -> None:
    assert call("run", "smoke/hidden", "--out", "out", cwd=tmp_path).returncode == 0
    old = (tmp_path / "out/trials.csv").read_bytes()
    (tmp_path / "link").symlink_to("out")
    here = call("run", "smoke/hidden", "--out", ".", "--fresh", cwd=tmp_path / "out")
    assert (here.returncode, here.stderr.count("is the current directory")) == (2, 1)
    done = call("run", "smoke/hidden", "--out", "link", "--seed", 8, "--fresh", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "old results renamed to " in done.stderr
    assert (tmp_path / "out.1/trials.csv").read_bytes() == old
    assert (tmp_path / "link/trials.csv").read_bytes() == (tmp_path / "out/trials.csv").read_bytes() != old


@pytest.mark.slow
def test_nets_of_many_shapes_are_trained_without_a_word_of_tensorflows(tmp_path: Path) -> None:
    """It advises against tracing often; every shape of nets is traced, once."""
    many = ["-S", "sweep.regularization.max_norm=1:7:1", "-S", "sweep.dropout.rate=[0.2]"]
    done = call_process("run", "smoke/sweep", *many, "--quiet", "--out", "out", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["keras", "stacked"])
def test_ctrl_c_keeps_what_finished_and_the_same_command_completes_it(engine: str, tmp_path: Path) -> None:
    epochs, repeats = {"keras": (10, 1), "stacked": (200, 12)}[engine]
    command = ("sweep", "smoke/hidden", "--rates", "0:0.8:0.2", "--engine", engine, "--jobs", 1, "--repeats", repeats)
    command = (*command, "--set", f"training.epochs={epochs}", "--out", "out")
    arguments = [*COMMAND, *map(str, command)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(arguments, cwd=tmp_path, env=environment(), **pipes, text=True) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        for line in process.stderr:
            if "trained" in line:
                process.send_signal(signal.SIGINT)
                break
        rest, told = process.stderr.read(), process.stdout.read()
    assert process.returncode == 130
    assert "run the same command again to resume" in rest
    assert told.startswith("Unfinished (")
    kept = set((tmp_path / "out/trials.csv").read_text().splitlines())
    assert 1 < len(kept) < 1 + 15 * repeats
    assert call(*command, cwd=tmp_path).returncode == 0
    assert kept <= set((tmp_path / "out/trials.csv").read_text().splitlines())
    whole = (*command[:-1], "whole")
    assert call(*whole, cwd=tmp_path).returncode == 0
    assert numbers(tmp_path / "out") == numbers(tmp_path / "whole")


@pytest.mark.slow
def test_a_net_of_ones_own_is_trained_and_results_of_another_source_are_not_gone_on_with(tmp_path: Path) -> None:
    source = (
        "import keras\n"
        "def build(inputs, outputs, dropout):\n"
        "    return keras.Sequential([keras.Input(inputs), dropout(), keras.layers.Dense(outputs)])\n"
    )
    (tmp_path / "nets.py").write_text(source)
    (tmp_path / "my.yaml").write_text(
        "dataset: iris\nmodel: {builder: 'nets:build'}\ndropout: {rate: 0.2}\n"
        "training: {epochs: 1}\nevaluation: {folds: 2}\n"
    )
    assert call_process("configs", "check", "my.yaml", cwd=tmp_path).stdout == "my.yaml: ok\n"
    (tmp_path / "nets.py").write_text(source.replace("outputs)]", "1 / 0)]"))
    broken = call_process("run", "my.yaml", cwd=tmp_path)
    assert broken.returncode == 2
    assert f"{tmp_path / 'nets.py'}:3: model.builder: nets:build raised ZeroDivisionError" in broken.stderr
    assert not (tmp_path / "results").exists()
    (tmp_path / "nets.py").write_text(source)
    done = call_process("run", "my.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "dropout in the network of nets:build" in done.stdout
    (tmp_path / "nets.py").write_text(source + "# changed\n")
    changed = call_process("run", "my.yaml", cwd=tmp_path)
    assert changed.returncode == 2
    assert "the source of the builder's module has changed" in changed.stderr
