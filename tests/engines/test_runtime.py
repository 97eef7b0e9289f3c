import json
import math
import subprocess
import sys
from pathlib import Path

import pytest
from program import COMMAND

from dropout_lab.engines.runtime import epoch_seconds

LATER = """
import gc, json, sys
from dropout_lab.engines import runtime
runtime.start(1, alone={alone})
print(json.dumps([name in sys.modules for name in ("jax", "matplotlib")]))
assert gc.isenabled()
assert (gc.get_freeze_count() > 0) == {alone}
import jax, keras, matplotlib.pyplot, sklearn.pipeline
matplotlib.pyplot.figure()
sklearn.pipeline.Pipeline([])
assert jax.numpy.ones(2).sum() == 2
"""
BUILDER = """
import keras, matplotlib, numpy
from sklearn.datasets import load_iris

matplotlib.use("agg")

def build(inputs, outputs, dropout):
    pictures = load_iris().data.reshape(-1, 2, 2, 1)[:4]
    keras.visualization.plot_image_gallery(pictures, rows=2, cols=2, path="gallery.png")
    return keras.Sequential([keras.Input(inputs), dropout("one"), keras.layers.Dense(outputs)])
"""


def test_the_first_stretch_does_not_count_and_a_stretch_is_shared_by_its_epochs() -> None:
    assert epoch_seconds([100, 104, 107, 117], [4, 2, 2, 2]) == 2


def test_a_single_stretch_has_compiled_so_there_is_nothing_to_tell() -> None:
    assert math.isnan(epoch_seconds([1.0], [1]))
    assert epoch_seconds([1.0, 3.0], [1, 1]) == pytest.approx(2)


@pytest.mark.slow
@pytest.mark.parametrize("alone", [True, False])
def test_what_keras_imports_for_others_is_left_out_only_where_there_are_none_and_can_be_imported_later(
    alone: bool,
) -> None:
    pytest.importorskip("jax")
    script = LATER.format(alone=alone)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [not alone, True]


@pytest.mark.slow
def test_a_users_own_builder_finds_all_of_keras(tmp_path: Path) -> None:
    """Also what Keras offers only where matplotlib and scikit-learn are installed."""
    (tmp_path / "nets.py").write_text(BUILDER)
    (tmp_path / "own.yaml").write_text(
        "dataset: iris\nmodel: {builder: 'nets:build'}\ntraining: {epochs: 1}\nevaluation: {folds: 2}\n"
    )
    command = [*COMMAND, "run", "own.yaml", "--out", "out", "--quiet"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "gallery.png").exists()
