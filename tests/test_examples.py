"""Every example of the documentation goes from data to a verdict, by a config of at most 25 lines."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from program import call_process

PAGE = Path(__file__).parents[1].joinpath("docs/examples.md").read_text(encoding="utf-8")
EXAMPLES = {text.partition("\n")[0]: text for text in PAGE.split("\n## ")[1:]}

RANDOM = np.random.default_rng(5)
CLASSES = np.arange(60) % 2


def pictures(folder: Path) -> None:
    for row, kind in enumerate(CLASSES):
        (folder / "pictures" / "ab"[kind]).mkdir(parents=True, exist_ok=True)
        values = RANDOM.integers(0, 128, (20, 24, 3)) + 100 * kind
        Image.fromarray(values.astype(np.uint8)).save(folder / "pictures" / "ab"[kind] / f"{row}.png")


def backbone(folder: Path) -> None:
    pictures(folder)
    program = """
import keras
net = keras.applications.MobileNetV2((32, 32, 3), alpha=0.35, include_top=False, weights=None, pooling="avg")
net.save_weights("backbone.weights.h5")
"""
    subprocess.run([sys.executable, "-c", program], cwd=folder, check=True, capture_output=True)


def digits(folder: Path) -> None:
    rows = RANDOM.integers(0, 128, (60, 28, 28)) + 100 * CLASSES[:, None, None]
    test = {"x_test": rows[40:].astype(np.uint8), "y_test": CLASSES[40:]}
    np.savez(folder / "digits.npz", x_train=rows[:40].astype(np.uint8), y_train=CLASSES[:40], **test)


def signals(folder: Path) -> None:
    np.savez(folder / "signals.npz", X=RANDOM.normal(size=(60, 16, 3)) + CLASSES[:, None, None], y=CLASSES)


def load(folder: Path) -> None:
    hours = np.arange(300)
    frame = pd.DataFrame({"hour": hours, "wind": RANDOM.normal(size=300), "load": np.sin(hours / 4)})
    frame.to_csv(folder / "load.csv", index=False)


def reviews(folder: Path) -> None:
    words = np.array([["good", "fine", "nice", "kind"], ["bad", "poor", "dull", "cold"]])
    texts = [" ".join(RANDOM.choice([*words[kind], "the", "it"], 12)) for kind in CLASSES]
    pd.DataFrame({"review": texts, "stars": np.array(["five", "one"])[CLASSES]}).to_csv(
        folder / "reviews.csv", index=False
    )


def sales(folder: Path) -> None:
    table = {"town": RANDOM.choice(["Ulm", "Bonn", "Köln", "Jena"], 60), "visits": RANDOM.normal(size=60) + CLASSES}
    frame = pd.DataFrame({**table, "age": RANDOM.integers(20, 80, 60), "bought": np.array(["no", "yes"])[CLASSES]})
    frame.to_csv(folder / "sales.csv", index=False)


def saved(folder: Path) -> None:
    sales(folder)
    program = """
import keras
layers = [keras.Input((2,)), keras.layers.Dense(8, "relu"), keras.layers.Dropout(0.5), keras.layers.Dense(1, "sigmoid")]
keras.Sequential(layers).save("net.keras")
"""
    subprocess.run([sys.executable, "-c", program], cwd=folder, check=True, capture_output=True)


DATA: dict[str, Callable[[Path], None]] = {
    "Pictures in folders": pictures,
    "Arrays of pictures": digits,
    "A time series to classify": signals,
    "A forecast by windows": load,
    "Reviews through an LSTM": reviews,
    "A transformer on words": reviews,
    "A table with embedded categories": sales,
    "A frozen backbone": backbone,
    "A saved model": saved,
}


def block(example: str, language: str) -> str:
    """Return a block of code of an example; empty if it has none in that language."""
    found = re.search(rf"```{language}\n(.*?)```", example, re.DOTALL)
    return found[1] if found else ""


def test_every_example_is_tested_and_has_a_short_config() -> None:
    assert list(EXAMPLES) == list(DATA)
    assert [name for name, text in EXAMPLES.items() if not 0 < block(text, "yaml").count("\n") <= 25] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", DATA)
def test_it_goes_from_data_to_a_verdict(name: str, tmp_path: Path) -> None:
    example = EXAMPLES[name]
    DATA[name](tmp_path)
    (tmp_path / "my.yaml").write_text(block(example, "yaml"))
    if python := block(example, "python"):
        (tmp_path / "nets.py").write_text(python)
    quick = ("--set", "training.epochs=1", "--repeats", "1", "--jobs", "1")
    done = call_process("sweep", "my.yaml", *quick, "--out", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    trials = pd.read_csv(tmp_path / "out" / "trials.csv")
    assert set(trials.status) == {"ok"}
    assert trials.rate.nunique() == len(re.search(r"dropout\.rate: \[(.*?)\]", example)[1].split(","))  # type: ignore[index]
    assert re.search(r"\b(best|rate|dropout)\b", done.stdout)
