"""A result's chosen rate, trained on all rows: one file that Keras loads by itself, its card, and what it predicts."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import writer
from builders import experiment
from program import call

import dropout_lab as dl
from dropout_lab import datasets
from dropout_lab.engines import runtime
from dropout_lab.errors import ConfigError, DataError, ModelError, ResultsError
from dropout_lab.final_model.input_schema import Input, InputSchema
from dropout_lab.final_model.predict import predict, read_rows
from dropout_lab.final_model.refit import refit

runtime.start(intra_op_threads=1)

import keras  # noqa: E402 - Keras must be started first

from dropout_lab.final_model import model_file  # noqa: E402
from dropout_lab.final_model.export import export  # noqa: E402
from dropout_lab.final_model.train import train_final_model  # noqa: E402

IRIS, DIGITS = datasets.load_builtin("iris", Path()), datasets.load_builtin("digits", Path())
OWN = """
import keras
def build(inputs, outputs, dropout):
    rows = keras.Input(inputs)
    hidden = dropout()(keras.layers.Dense(6, "relu")(keras.layers.Flatten()(rows)))
    return keras.Model(rows, keras.layers.Dense(outputs)(keras.layers.BatchNormalization()(hidden)))
"""
ALONE = """
import sys
sys.path[:] = [path for path in sys.path if path != sys.argv[3]]
import keras, numpy as np
model = keras.models.load_model(sys.argv[1], safe_mode=True)
assert "dropout_lab" not in sys.modules
np.save(sys.argv[2], model.predict(np.arange(12.0).reshape(3, 4), verbose=0))
"""


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Train a small sweep, and refit it."""
    folder = tmp_path_factory.mktemp("result") / "out"
    swept = experiment({"sweep": {"dropout.rate": [0, 0.5]}, "training.epochs": 5, "engine": "stacked"})
    dl.run(swept, out=folder, data_dir=folder.parent, quiet=True)
    refit(folder, folder.parent)
    return folder


def own(folder: Path) -> dict[str, Any]:
    (folder / "refit_nets.py").write_text(OWN)
    return {"model": {"kind": "own", "builder": "refit_nets:build", "folder": str(folder)}, "dropout": {"rate": 0.5}}


def saved(folder: Path) -> dict[str, Any]:
    rows = keras.Input((8, 8, 1))
    hidden = keras.layers.SpatialDropout2D(0.4)(keras.layers.Conv2D(5, 3)(rows))
    hidden = keras.layers.Dropout(0.2)(keras.layers.Flatten()(hidden))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="__array__ implementation doesn't accept a copy keyword")
        keras.Model(rows, keras.layers.Dense(10, "softmax")(hidden)).save(folder / "given.keras")
    return {"model": {"kind": "saved", "file": "given.keras", "folder": str(folder)}, "dropout": {"rate": 0.5}}


def branches(folder: Path) -> dict[str, Any]:
    return {**own(folder), "dropout": {"kind": "stochastic_depth", "rate": 0.5}}


@pytest.mark.parametrize(
    "changes",
    [
        lambda _: {"dropout": {"kind": "dropconnect", "rate": 0.3}, "preprocessing": {"scale": "minmax"}},
        lambda _: {
            "model": {"kind": "cnn", "filters": [3], "dense": [4], "output": "sigmoid"},
            "dropout": {"kind": "spatial_dropout", "where": "all", "rate": 0.3},
        },
        lambda _: {
            "dropout": {"kind": "gaussian_noise", "where": "visible", "stddev": 0.3, "schedule": {"name": "linear"}},
        },
        lambda _: {
            "model": {"hidden": [4], "normalization": "batch", "normalization_place": "after_dropout"},
            "dropout": {"rate": 0.3},
        },
        lambda _: {
            "model": {"kind": "conv1d", "filters": [3], "dense": [4], "normalization": "layer"},
            "dropout": {"where": "all", "rate": 0.3},
        },
        pytest.param(
            lambda _: {
                "model": {"kind": "rnn", "cell": "gru", "units": [3]},
                "dropout": {"where": "recurrent", "rate": 0.3, "schedule": {"name": "linear", "start": 1, "end": 2}},
            },
            marks=pytest.mark.slow,
        ),
        lambda _: {
            "model": {"kind": "cnn", "filters": [3], "dense": [4]},
            "dropout": {"kind": "dropblock", "where": "all", "rate": 0.3},
        },
        lambda _: {"model": {"hidden": [4]}, "dropout": {"kind": "concrete_dropout", "initial_rate": 0.3}},
        own,
        saved,
        branches,
    ],
    ids=str.split(
        "dropconnect cnn noise batch-normalization layer-normalization recurrent blocks concrete own saved branches"
    ),
)
def test_the_saved_model_says_what_the_trained_one_does(
    changes: Callable[[Path], dict[str, Any]], tmp_path: Path
) -> None:
    described = experiment({"training": {"epochs": 1, "batch_size": 200}, **changes(tmp_path)})
    trained = train_final_model(described, DIGITS)
    metadata = model_file.ModelMetadata(
        "small", "digits", DIGITS.row, DIGITS.classes, "cnn" in str(described.model), {}
    )
    model_file.save(export(trained), metadata, tmp_path / "model.keras")
    saved = model_file.load(tmp_path / "model.keras")
    said = saved.predict({"rows": DIGITS.features})
    assert said == pytest.approx(trained.predict(DIGITS.features), abs=1e-5)
    assert not [layer for layer in saved.model.layers if type(layer).__module__.startswith("dropout_lab")]
    assert {file.name for file in tmp_path.glob("*.keras")} - {"given.keras"} == {"model.keras"}


@pytest.mark.slow
def test_plain_keras_loads_it_and_the_command_line_predicts_the_same(result: Path, tmp_path: Path) -> None:
    model, root = result / "model.keras", str(Path(dl.__file__).parents[1])
    command = [sys.executable, "-P", "-c", ALONE, str(model), "given.npy", root]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, env={})
    (tmp_path / "rows.csv").write_text("a,b,c,d\n0,1,2,3\n\n4,5,6,7\n8,9,10,11\n")
    done = call("predict", model, "rows.csv", "--out", "said.csv", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "said.csv\n", "")
    head, *lines = (tmp_path / "said.csv").read_text().splitlines()
    assert head == "row,class,p_setosa,p_versicolor,p_virginica"
    shares = np.array([[float(cell) for cell in line.split(",")[2:]] for line in lines])
    assert shares == pytest.approx(np.load(tmp_path / "given.npy"), abs=1e-5)
    assert [line.split(",")[1] for line in lines] == [IRIS.classes[code] for code in shares.argmax(axis=1)]


def test_the_card_says_how_it_was_chosen_and_what_may_be_expected(result: Path) -> None:
    card = (result / "model.md").read_text()
    verdict = dl.read(result).verdict
    assert verdict is not None
    assert f"was chosen because it has the best mean. {verdict.sentence}" in card
    assert "BBC-CV, corrected for selecting the best of 2" in card
    assert datasets.checksum(IRIS) in card
    assert "iris: all 150 rows, 4 numbers each" in card


def test_another_rate_is_trained_when_asked_for_and_the_card_says_what_is_known_of_it(
    result: Path, tmp_path: Path
) -> None:
    known = refit(result, tmp_path, 0.5, tmp_path / "known.keras")
    other = refit(result, tmp_path, 0.3, tmp_path / "other.keras")
    assert "BBC-CV" not in known.card.read_text()
    assert "Held-out accuracy was " in known.card.read_text()
    assert other.why == "Rate 0.3 was requested. The result does not include it, so how well it does is unknown."
    assert "Unknown: the result does not include this setting." in other.card.read_text()
    dropout = model_file.load(other.model).model.get_layer("hidden_1_dropout")
    assert type(dropout) is keras.layers.Dropout
    assert dropout.rate == 0.3
    for rate, said in ((1.0, "--rate 1: must be less than 1"), (float("nan"), "--rate nan: must be a finite number")):
        with pytest.raises(ConfigError, match=said):
            refit(result, tmp_path, rate, tmp_path / "not.keras")
    with pytest.raises(ModelError, match=r"model\.h5: expected a file ending in \.keras"):
        refit(result, tmp_path, out=tmp_path / "model.h5")
    assert not list(tmp_path.glob("not*"))


def test_without_a_best_point_or_its_data_nothing_is_trained(tmp_path: Path) -> None:
    def fails(block: Any, on_epochs: Any) -> Any:
        raise MemoryError

    swept = experiment({"sweep": {"dropout.rate": [0, 0.5]}})
    with writer.made(fails, 1):
        dl.run(swept, out=tmp_path / "out", quiet=True)
    with pytest.raises(ResultsError, match="no point of the sweep can be called best"):
        refit(tmp_path / "out", tmp_path)
    run = json.loads((tmp_path / "out/run.json").read_text())
    run["data"]["checksum"] = "0" * 64
    (tmp_path / "out/run.json").write_text(json.dumps(run))
    with pytest.raises(ResultsError, match="the data have changed since these results"):
        refit(tmp_path / "out", tmp_path, 0.5)


def lambda_model() -> Any:
    return keras.Sequential([keras.Input((4,)), keras.layers.Lambda(lambda rows: rows[:, :3])])


def with_metadata(path: Path, metadata: object) -> None:
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("dropout_lab.json", json.dumps(metadata))


READ: dict[str, Any] = {**dict.fromkeys(("experiment", "dataset"), "x"), "sigmoid": False, "versions": {}}
READ |= {"row": (4,), "classes": ("a", "b", "c")}
ABOUT = {
    "experiment": "x",
    "dataset": "iris",
    "row": [4],
    "classes": ["a", "b", "c"],
    "sigmoid": False,
    "versions": {},
}
SCHEMA = InputSchema((Input("city", "category", gaps=False),), "t", 2, "csv")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path, whole: None, "cannot be read: No such file"),
        (lambda path, whole: path.write_text("not a model"), "not a model, or damaged: File is not a zip file"),
        (lambda path, whole: path.write_bytes(whole[: len(whole) // 2]), "not a model, or damaged"),
        (
            lambda path, whole: path.write_bytes(whole.replace(b"PK\x03\x04", b"PK\x03\x04", 1)[:-1]),
            "not a model, or dam",
        ),
        (lambda path, whole: lambda_model().save(path), "not written by 'dropout-lab refit'"),
        (
            lambda path, whole: (lambda_model().save(path), with_metadata(path, ABOUT)),
            "cannot be loaded without",
        ),
        (lambda path, whole: (lambda_model().save(path), with_metadata(path, {"row": 3})), "was changed or is damaged"),
        (
            lambda path, whole: (lambda_model().save(path), with_metadata(path, ABOUT | {"form": {}, "row": 3})),
            "was changed",
        ),
        (
            lambda path, whole: (lambda_model().save(path), with_metadata(path, ABOUT | {"columns": ["a", "b"]})),
            "written by an earlier version, which read tables differently: create it again with 'dropout-lab refit'",
        ),
        (
            lambda path, whole: model_file.save(
                keras.Sequential([keras.Input((5,)), keras.layers.Dense(3)]), model_file.ModelMetadata(**READ), path
            ),
            "inputs or outputs of the model are not those in its metadata",
        ),
        (
            lambda path, whole: model_file.save(
                keras.Sequential([keras.Input((1,)), keras.layers.Dense(3)]),
                model_file.ModelMetadata(**READ, schema=SCHEMA),
                path,
            ),
            "inputs or outputs of the model are not those in its metadata",
        ),
    ],
)
def test_a_file_that_is_no_such_model_is_refused_and_nothing_in_it_is_run(
    make: Callable[[Path, bytes], object], said: str, result: Path, tmp_path: Path
) -> None:
    path = tmp_path / "given.keras"
    make(path, (result / "model.keras").read_bytes())
    with pytest.raises(ModelError) as caught:
        model_file.load(path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "rows.csv: has no rows: expected 2 numbers a line"),
        ("a,b\n", "rows.csv: has no rows"),
        ("1,2\n3\n", "rows.csv:2: expected 2 numbers, got 1 cells"),
        ("1,2,x\n", "rows.csv:1: expected 2 numbers, got 3 cells: leave out the column of the class"),
        ("1,2\n3,x\n4,nan\n", "rows.csv:2: column 2: 'x' is not a finite number\n"),
        ("1,2\n3,x\n4,nan\n", "rows.csv:3: column 2: 'nan' is not a finite number"),
    ],
)
def test_rows_that_are_no_numbers_are_told_line_by_line(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(text)
    with pytest.raises(DataError) as caught:
        read_rows(tmp_path / "rows.csv", 2)
    assert said in str(caught.value)


@pytest.mark.parametrize("head", ["0,1", "1,2", "a,b"])
def test_a_line_of_names_or_of_the_columns_numbers_is_no_row(head: str, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(f"{head}\n5,6\n0,2\n")
    assert read_rows(tmp_path / "rows.csv", 2).tolist() == [[5, 6], [0, 2]]


def test_columns_of_any_size_and_unit_are_scaled_as_in_training(tmp_path: Path) -> None:
    random = np.random.default_rng(7)
    units = np.array([1e-12, 1, 1e20])
    rows = (random.normal(size=(60, 3)) + np.array([0, 1e9, 0])) * units
    data = replace(IRIS, features=rows, labels=np.arange(60) % 3)
    for scale in ("standard", "minmax"):
        trained = train_final_model(experiment({"preprocessing.scale": scale, "training.epochs": 1}), data)
        model_file.save(
            export(trained), model_file.ModelMetadata("x", "x", (3,), IRIS.classes, False, {}), tmp_path / "m.keras"
        )
        said = model_file.load(tmp_path / "m.keras").predict({"rows": rows})
        assert said == pytest.approx(trained.predict(rows), abs=1e-6)


def test_a_net_that_is_reused_still_counts_classes_by_their_weights() -> None:
    some = experiment({"training.class_weight": {"setosa": 5.0}, "training.epochs": 2})
    one, other = (train_final_model(some, IRIS, seed=7) for _ in range(2))
    assert [each.tobytes() for each in one.weights] == [each.tobytes() for each in other.weights]


def test_predictions_are_never_written_over_another_file(result: Path, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("1,2,3,4\n")
    with pytest.raises(DataError, match="exists already: name a new file"):
        predict(result / "model.keras", tmp_path / "rows.csv", tmp_path / "rows.csv")
    assert (tmp_path / "rows.csv").read_text() == "1,2,3,4\n"
