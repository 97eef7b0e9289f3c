from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from program import call

from dropout_lab import __version__
from dropout_lab.config import bundled_configs, load

HELP = """
import sys
from dropout_lab.cli import main
sys.argv = ["dropout-lab", *sys.argv[1:]]
try:
    main()
except SystemExit:
    pass
slow = {"distributed", "mlflow", "tensorboard", "tensorflow", "keras", "pandas", "sklearn", "numpy"}
slow |= set() if "configs" in sys.argv else {"dropout_lab.config"}
print(sorted(slow & set(sys.modules)), file=sys.stderr)
"""


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["--version"], ["configs", "list"]])
def test_loads_nothing_slow(arguments: list[str]) -> None:
    done = subprocess.run([sys.executable, "-c", HELP, *arguments], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert done.stdout


def test_the_version_is_said_behind_any_command(tmp_path: Path) -> None:
    assert call("show", "--version", cwd=tmp_path).stdout.strip() == f"dropout-lab {__version__}"


def test_configs_are_listed_shown_checked_and_copied(tmp_path: Path) -> None:
    assert [
        line.split()[0] for line in call("configs", "list", cwd=tmp_path).stdout.splitlines()
    ] == bundled_configs.names()
    assert (
        call("configs", "show", "sonar/hidden", cwd=tmp_path).stdout == bundled_configs.path("sonar/hidden").read_text()
    )
    assert call("configs", "copy", "sonar/hidden", "mine.yaml", cwd=tmp_path).returncode == 0
    mine, original = load(tmp_path / "mine.yaml"), load("sonar/hidden")
    assert mine.name == "mine"
    assert mine.model_copy(update={"name": original.name}) == original
    assert call("configs", "check", "mine.yaml", cwd=tmp_path).stdout == "mine.yaml: ok\n"
    (tmp_path / "alpha.yaml").write_text("extends: sonar/hidden\ndropout: {kind: alpha_dropout}\n")
    alpha = call("configs", "check", "alpha.yaml", cwd=tmp_path)
    assert (alpha.returncode, alpha.stdout) == (0, "alpha.yaml: ok\n")
    assert alpha.stderr.startswith("alpha.yaml: warning: dropout.kind: alpha_dropout is meant for selu")
    (tmp_path / "sub").mkdir()
    (tmp_path / "own.yaml").write_text(
        "dataset: {csv: my.csv, target: y}  # beside me\nmodel: {hidden: [3]}\ntraining: {epochs: 1}\n"
    )
    for target, said in (("other.yaml", "# beside me"), ("sub/own.yaml", "csv: ../my.csv")):
        assert call("configs", "copy", "own.yaml", target, cwd=tmp_path).returncode == 0
        assert said in (tmp_path / target).read_text()
    assert load(tmp_path / "sub/own.yaml").dataset == load(tmp_path / "own.yaml").dataset
    twice = call("configs", "copy", "sonar/hidden", "mine.yaml", cwd=tmp_path)
    assert twice.returncode == 2
    assert "already exists" in twice.stderr


def test_the_schema_is_json_that_names_the_keys(tmp_path: Path) -> None:
    schema = json.loads(call("configs", "schema", cwd=tmp_path).stdout)
    assert {"dataset", "dropout", "extends", "sweep"} <= set(schema["properties"])


@pytest.mark.slow
def test_data_sets_are_listed_and_checked(tmp_path: Path) -> None:
    listed = call("data", "list", "--data-dir", tmp_path, cwd=tmp_path).stdout
    assert "digits          1797 rows  64 inputs  10 classes" in listed
    assert "'dropout-lab data fetch sonar'" in listed
    assert "wine: ok, 178 rows" in call("data", "check", "wine", cwd=tmp_path).stdout
    unknown = call("data", "fetch", "winne", cwd=tmp_path)
    assert unknown.returncode == 2
    assert "did you mean wine?" in unknown.stderr
