"""The convolution net on CIFAR-10 against a plain Keras script of the same net: pictures per second, and accuracy.

    python -m benchmarks.pictures --data-dir DIR --out benchmarks/results/pictures.csv

Every contender is a process of its own and trains two seeds; the first pays for tracing, the second is timed. They
take turns, so that a machine that slows down slows them all.
"""

from __future__ import annotations

import argparse
import csv
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

__all__ = ["CONTENDERS", "main"]

CONTENDERS = ("dropout_lab", "dropout_lab_bfloat16", "keras", "keras_as_it_comes")
"""`keras` is `fit` on arrays without XLA, which is faster on a processor than `keras_as_it_comes`, with XLA."""

_COLUMNS = ("run", "contender", "pictures_per_second", "ratio", "accuracy_1", "accuracy_2")


def main() -> None:
    """Measure and write the rows."""
    asked = _asked()
    if asked.contender:
        _print_result(*_TRAIN[asked.contender](asked))
        return
    rows: list[tuple[object, ...]] = []
    for run in range(asked.runs):
        found = {name: _in_a_process(name, asked) for name in CONTENDERS}
        reference = found["keras"]["speed"]
        for name, result in found.items():
            accuracies = (f"{each:.4f}" for each in result["accuracies"])
            rows.append((run, name, f"{result['speed']:.1f}", f"{result['speed'] / reference:.3f}", *accuracies))
            print(*rows[-1], flush=True)
    with asked.out.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([_COLUMNS, *rows])
    for name in CONTENDERS:
        ratios = [float(str(row[3])) for row in rows if row[1] == name]
        print(f"{name}: {statistics.median(ratios):.2f} x keras")


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data-dir", type=Path, required=True, help="the folder that holds CIFAR-10")
    parser.add_argument("--train-rows", type=int, default=10_000)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("pictures.csv"))
    parser.add_argument("--contender", choices=CONTENDERS, help=argparse.SUPPRESS)
    return parser.parse_args()


def _in_a_process(name: str, asked: argparse.Namespace) -> dict[str, object]:
    command = [sys.executable, "-m", "benchmarks.pictures", "--contender", name, "--data-dir", str(asked.data_dir)]
    command += ["--train-rows", str(asked.train_rows), "--epochs", str(asked.epochs)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - ourselves
    if done.returncode:
        raise SystemExit(f"{name}: {done.stderr[-2000:]}")
    result: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return result


def _print_result(seconds: float, accuracies: Sequence[float], asked_rows: int) -> None:
    print(json.dumps({"speed": asked_rows / seconds, "accuracies": list(accuracies)}))


def _ours(asked: argparse.Namespace, precision: str) -> tuple[float, list[float], int]:
    import pandas as pd

    with tempfile.TemporaryDirectory() as folder:
        settings = {
            "dataset.train_rows": asked.train_rows,
            "training.epochs": asked.epochs,
            "training.precision": precision,
            "sweep.dropout.rate": "[0.2]",
            "evaluation.repeats": 2,
        }
        changes = [text for key, value in settings.items() for text in ("-S", f"{key}={value}")]
        command = [sys.executable, "-m", "dropout_lab", "run", "cifar10/softmax", *changes]
        command += ["--data-dir", str(asked.data_dir.resolve()), "--out", f"{folder}/out"]
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - ourselves
        trials = pd.read_csv(f"{folder}/out/trials.csv")
    return trials["train_seconds"].iloc[1] / asked.epochs, trials["accuracy"].tolist(), asked.train_rows


def _keras(asked: argparse.Namespace, **compile_options: object) -> tuple[float, list[float], int]:
    """Train with `fit` on arrays, as a tutorial does."""
    import os

    os.environ["KERAS_BACKEND"] = "tensorflow"
    import keras

    from dropout_lab import datasets
    from dropout_lab.config.evaluation import OfficialTest

    data = datasets.load_builtin("cifar10", asked.data_dir)
    [split] = datasets.splits(data, OfficialTest(), asked.train_rows, 0)
    train, test = (data.features[rows].reshape(-1, 32, 32, 3) / 255.0 for rows in (split.train, split.test))
    train, test = train.astype("float32"), test.astype("float32")
    labels = data.labels[split.train], data.labels[split.test]
    accuracies = []
    for seed in (1, 2):
        keras.utils.set_random_seed(seed)
        model = _net(keras)
        rate = keras.optimizers.SGD(0.01, momentum=0.9)
        model.compile(rate, "sparse_categorical_crossentropy", metrics=["accuracy"], **compile_options)
        clock = _Clock(keras)
        logs = model.fit(
            train,
            labels[0],
            batch_size=128,
            epochs=asked.epochs,
            validation_data=(test, labels[1]),
            verbose=0,
            callbacks=[clock.callback],
        )
        accuracies.append(logs.history["val_accuracy"][-1])
    return statistics.mean(clock.seconds[1:]), accuracies, asked.train_rows


class _Clock:
    """The seconds of each epoch, its validation included."""

    def __init__(self, keras: object) -> None:
        self.seconds: list[float] = []
        began = [time.perf_counter()]

        def note(epoch: int, logs: object) -> None:
            self.seconds.append(time.perf_counter() - began[0])
            began[0] = time.perf_counter()

        self.callback = keras.callbacks.LambdaCallback(on_epoch_end=note)  # type: ignore[attr-defined]


def _net(keras: object) -> object:
    layers = keras.layers  # type: ignore[attr-defined]
    stack = [keras.Input((32, 32, 3))]  # type: ignore[attr-defined]
    for filters in (64, 128, 256):
        stack += [layers.Conv2D(filters, 3, padding="same", activation="relu"), layers.MaxPooling2D(2)]
    stack.append(layers.Flatten())
    for _ in range(2):
        stack += [layers.Dense(512, activation="relu"), layers.Dropout(0.2)]
    return keras.Sequential([*stack, layers.Dense(10, activation="softmax")])  # type: ignore[attr-defined]


_TRAIN = {
    "dropout_lab": lambda asked: _ours(asked, "float32"),
    "dropout_lab_bfloat16": lambda asked: _ours(asked, "mixed_bfloat16"),
    "keras": lambda asked: _keras(asked, jit_compile=False),
    "keras_as_it_comes": _keras,
}


if __name__ == "__main__":
    main()
