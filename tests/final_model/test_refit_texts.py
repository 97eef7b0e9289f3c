"""Categories with embeddings and texts: the saved model takes them as they are, with Keras alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import experiment

from dropout_lab.config.dataset import CSV
from dropout_lab.datasets import load_dataset
from dropout_lab.engines import runtime
from dropout_lab.final_model import model_file
from dropout_lab.final_model.input_schema import schema_of
from dropout_lab.final_model.new_rows import read_new_rows

runtime.start(intra_op_threads=1)

from dropout_lab.final_model.export import export  # noqa: E402 - Keras must be started first
from dropout_lab.final_model.train import train_final_model  # noqa: E402

WORDS = ["Zürich!", "lovely", "it's", "日本", "dull,", "[UNK]", "x"]
ENCODE = {"town": {"kind": "embedding", "size": 3}, "note": {"kind": "text", "words": 8, "length": 4}}
MODELS: dict[str, dict[str, Any]] = {
    "mlp": {"model": {"hidden": [4], "embedding": 3}, "dropout": {"where": "both", "rate": 0.2}},
    "rnn": {
        "model": {"kind": "rnn", "units": [3], "embedding": 3},
        "dropout": {"where": "recurrent", "rate": 0.2},
    },
    "conv1d": {"model": {"kind": "conv1d", "filters": [3], "embedding": 3}, "dropout": {"where": "all", "rate": 0.2}},
    "transformer": {
        "model": {"kind": "transformer", "embedding": 4, "dense": [3]},
        "dropout": {"where": "attention", "rate": 0.2},
    },
}


@pytest.mark.parametrize(
    "name",
    ["mlp", *(pytest.param(name, marks=pytest.mark.slow) for name in ("transformer", "rnn", "conv1d"))],
)
def test_the_file_says_of_new_rows_what_the_trained_network_does(name: str, tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    lines = ["a,letter,town,note,outcome"]
    for row in range(80):
        note = " ".join(random.choice(WORDS, random.integers(1, 7))) if row % 9 else ""
        town = f"t{random.integers(5)}" if row % 7 else ""
        lines.append(f'{random.normal():.3f},{"ab"[row % 2]},{town},"{note}",{"xyz"[row % 3]}')
    (tmp_path / "my.csv").write_text("\n".join(lines))
    section = {"csv": str(tmp_path / "my.csv"), "target": "outcome", "encode": ENCODE}
    spec = CSV.model_validate(section)
    data = load_dataset(spec, Path())
    trained = train_final_model(experiment({"dataset": section, "training.epochs": 3, **MODELS[name]}), data)
    metadata = model_file.ModelMetadata("x", "my", tuple(data.row), data.classes, False, {}, schema_of(data, spec))
    model_file.save(export(trained), metadata, tmp_path / "model.keras")
    saved = model_file.load(tmp_path / "model.keras")
    (tmp_path / "new.csv").write_text("\n".join([*lines, '0.5,a,elsewhere,"lovely never seen LOVELY x x",x']))
    read = read_new_rows(tmp_path / "new.csv", metadata.schema, saved.vocabularies)  # type: ignore[arg-type]
    said = saved.predict({"numbers": read.numbers, "texts": read.texts})
    np.testing.assert_allclose(said[:-1], trained.predict(data.features), atol=1e-6)
    assert np.isfinite(said[-1]).all()
    assert [note.partition(": ")[2] for note in read.notes if "did not occur" in note] == [
        "town: 1 row has a text that did not occur in training: elsewhere"
    ]
