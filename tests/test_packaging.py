"""What is installed elsewhere works without the checkout."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml

from dropout_lab.config import bundled_configs

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
needs_hatchling = pytest.mark.skipif(
    importlib.util.find_spec("hatchling") is None, reason="hatchling, which builds the wheel, is not installed"
)


def build(source: Path, target: str, out: Path) -> Path:
    """Build a wheel or sdist and return it."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", str(out)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (built,) = out.iterdir()
    return built


@pytest.mark.slow
@needs_hatchling
def test_a_wheel_made_from_the_sdist_runs_outside_the_checkout_with_the_shipped_configs(tmp_path: Path) -> None:
    with tarfile.open(build(ROOT, "sdist", tmp_path / "sdist")) as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # since Python 3.11.4
        archive.extractall(tmp_path / "source")  # noqa: S202 - our own archive
    (source,) = (tmp_path / "source").iterdir()
    wheel = build(source, "wheel", tmp_path / "wheel")
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {f"dropout_lab/configs/{name}.yaml" for name in bundled_configs.names()} <= names
    package = {f"dropout_lab/{file.relative_to(ROOT / 'dropout_lab')}" for file in tracked(ROOT / "dropout_lab")}
    assert package <= names
    assert names - package == {name for name in names if name.startswith(("dropout_lab/configs/", "dropout_lab-"))}
    target, empty = tmp_path / "target", tmp_path / "empty"
    empty.mkdir()
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, "--target", str(target), str(wheel)], check=True, capture_output=True)
    apart = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"PYTHONPATH": str(target)}
    command = [sys.executable, "-P", "-m", "dropout_lab", "configs", "list"]
    listed = subprocess.run(command, cwd=empty, env=apart, capture_output=True, text=True, check=True).stdout
    assert [line.split()[0] for line in listed.splitlines()] == bundled_configs.names()
    script = subprocess.run(
        [sys.executable, target / "bin" / "dropout-lab", "--show-completion", "bash"],
        cwd=empty,
        env=apart | {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "_DROPOUT_LAB_COMPLETE=complete_bash" in script.stdout


def tracked(folder: Path) -> list[Path]:
    """Return the files of the package that are no traces of its use."""
    return [file for file in folder.rglob("*") if file.is_file() and "__pycache__" not in file.parts]


def test_each_python_that_is_promised_is_tested_by_the_makefile_on_linux_and_macos() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text(encoding="utf-8"))
    job = workflow["jobs"]["test"]
    versions = job["strategy"]["matrix"]["python"]
    promised = [match[1] for each in PROJECT["classifiers"] if (match := re.search(r"Python :: (3\.\d+)$", each))]
    assert versions == promised == ["3.11", "3.12", "3.13"]
    assert PROJECT["requires-python"] == f">={versions[0]}"
    assert [system.split("-")[0] for system in job["strategy"]["matrix"]["os"]] == ["ubuntu", "macos"]
    assert job["steps"][-1] == {"run": "make test PYTHON=python"}


def test_the_extras_that_the_documentation_installs_exist() -> None:
    pages = [page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("*.md")]
    extras = set(re.findall(r"'\.\[(\w+)\]'", "".join(pages)))
    assert {"gpu", "dask", "mlflow", "tensorboard"} <= extras <= set(PROJECT["optional-dependencies"])
