"""A model that a function of the user's makes, as a config names it. None of these tests runs the function."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

from dropout_lab.config import Experiment, as_yaml, load, parse_override, warnings_of
from dropout_lab.config.model import CustomModel, SavedModel
from dropout_lab.errors import ConfigError
from dropout_lab.plan import plan
from dropout_lab.results.compatibility import differences

CONFIG = """\
dataset: iris
model: {builder: "nets:build"}
dropout: {rate: 0.2}
training: {epochs: 2}
engine: keras
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Write a config beside its module, which must not be run."""
    (tmp_path / "nets.py").write_text("raise SystemExit")
    (tmp_path / "my.yaml").write_text(CONFIG)
    return tmp_path / "my.yaml"


def own(experiment: Experiment) -> CustomModel:
    assert isinstance(experiment.model, CustomModel)
    return experiment.model


def test_its_source_is_found_beside_the_config_and_becomes_part_of_what_the_experiment_is(config: Path) -> None:
    path, loaded = list(sys.path), sys.modules.get("nets")
    experiment = load(config)
    assert own(experiment).folder == str(config.parent)
    assert own(experiment).checksum == hashlib.sha256(b"raise SystemExit").hexdigest()
    assert warnings_of(experiment) == []
    (config.parent / "nets.py").write_text("raise SystemExit(1)")
    changed = load(config)
    (difference,) = differences(experiment, changed)
    assert difference.endswith("(the source of the builder's module has changed)")
    assert plan(experiment)[0].id != plan(changed)[0].id
    assert sys.path == path
    assert sys.modules.get("nets") is loaded


def test_a_saved_experiment_keeps_its_source_and_where_it_lies_does_not_matter(config: Path, tmp_path: Path) -> None:
    experiment = load(config)
    saved = tmp_path / "saved" / "config.yaml"
    saved.parent.mkdir()
    saved.write_text(as_yaml(experiment))
    (config.parent / "nets.py").unlink()
    assert load(saved) == experiment
    moved = experiment.model_copy(update={"model": own(experiment).model_copy(update={"folder": "/elsewhere"})})
    assert differences(experiment, moved) == []
    assert [trial.id for trial in plan(moved)] == [trial.id for trial in plan(experiment)]


def test_another_builder_is_looked_up_anew(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (config.parent / "pkg").mkdir()
    (config.parent / "pkg" / "__init__.py").touch()
    (config.parent / "pkg" / "nets.py").write_text("1")
    (config.parent / "other.yaml").write_text("extends: my.yaml\nmodel: {builder: 'nets:build', folder: pkg}\n")
    other = load(config.parent / "other.yaml")
    monkeypatch.chdir(config.parent)
    assert own(other).checksum == own(load(config, [parse_override("model.builder=pkg.nets:build")])).checksum
    assert own(load(config, [parse_override("model.arguments.units=[3]")])).arguments == {"units": [3]}


def test_arguments_vary_as_any_other_key(config: Path) -> None:
    settings = [parse_override("model.arguments={units: 4}"), parse_override("sweep.model.arguments.units=4,8")]
    units = [own(point).arguments for point in load(config, settings).points()]
    assert units == [{"units": 4}, {"units": 8}]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("model.builder=nets", "expected MODULE:FUNCTION, e.g. my_pkg.nets:build, got 'nets'"),
        ("model.builder=nets:build()", "expected MODULE:FUNCTION"),
        ("model.builder=nest:build", "no module nest in"),
        ("model.builder=nest:build", "nor on Python's path"),
        ("regularization.max_norm=3", "regularization: model.builder is the whole network: leave this out"),
        ("dropout.kind=dropconnect", "leave dropconnect out, and drop weights in its own layers"),
        ("dropout.kind=spatial_dropout", "call dropout(noise_shape=(None, 1, None)) there to drop channels"),
        ("dropout.noise_shape=[null, 1]", "call dropout(noise_shape=...) there"),
        ("evaluation.measures=[activations]", "activations are measured in built-in models only"),
        ("sweep.model.builder=[nets:a, nets:b]", "sweep: model.builder cannot vary"),
        ("model.units=3", "unknown key"),
    ],
)
def test_what_it_cannot_have_is_refused(config: Path, change: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(config, [parse_override(change)])
    assert message in str(caught.value)


def test_a_module_that_is_not_there_is_told_with_all_other_problems(config: Path) -> None:
    config.write_text(CONFIG.replace("nets:", "nest:").replace("epochs: 2", "epochs: 0"))
    with pytest.raises(ConfigError) as caught:
        load(config)
    assert [problem.partition(": ")[0] for problem in caught.value.problems] == [f"{config}:4", f"{config}:2"]


def test_a_saved_network_is_found_beside_the_config_and_its_layers_keep_their_precision(tmp_path: Path) -> None:
    (tmp_path / "net.keras").write_bytes(b"saved")
    path = tmp_path / "my.yaml"
    path.write_text(CONFIG.replace('{builder: "nets:build"}', "{file: net.keras}"))
    model = load(path).model
    assert isinstance(model, SavedModel)
    assert (model.folder, model.checksum) == (str(tmp_path), hashlib.sha256(b"saved").hexdigest())
    with pytest.raises(ConfigError, match="saved layers keep theirs: expected float32 or float64, got mixed_bfloat16"):
        load(path, [parse_override("training.precision=mixed_bfloat16")])
    with pytest.raises(ConfigError, match=r"sweep: model\.file cannot vary, because a result has one file"):
        load(path, [parse_override("sweep.model.file=[a.keras, b.keras]")])
    (tmp_path / "net.keras").unlink()
    with pytest.raises(ConfigError, match=r"my.yaml:2: model.file: .*net.keras: cannot be read: No such file"):
        load(path)
