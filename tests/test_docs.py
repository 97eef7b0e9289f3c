"""The README and the pages it leads to cover everything the program has, and build as a site."""

from __future__ import annotations

import inspect
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from program import call
from report.made import result

from dropout_lab.analysis.study import read_study
from dropout_lab.cli import app
from dropout_lab.cli.configs import configs_app
from dropout_lab.cli.data import data_app
from dropout_lab.config import bundled_configs, load
from dropout_lab.datasets import BUILTIN_DATASETS
from dropout_lab.engines import ENGINES
from dropout_lab.metrics.registry import metric_names
from dropout_lab.results.rows import TRIAL_COLUMNS, history_columns, prediction_columns

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTATION = README + "".join(
    page.read_text(encoding="utf-8") for page in (ROOT / "configs/README.md", *sorted((ROOT / "docs").glob("*.md")))
)


COLUMNS = {
    *TRIAL_COLUMNS,
    *history_columns(load("quickstart")),
    *prediction_columns(1),
    *prediction_columns(2, grouped=True),
}
COLUMNS -= {*metric_names("on request")}  # `configs metrics` explains them


@pytest.mark.parametrize("column", sorted(COLUMNS))
def test_every_column_is_explained(column: str) -> None:
    assert f"`{column}`" in DOCUMENTATION or f",{column}" in DOCUMENTATION or f"{column}," in DOCUMENTATION


def test_every_column_of_the_summary_is_explained(tmp_path: Path) -> None:
    text = (ROOT / "docs/results.md").read_text(encoding="utf-8")
    assert [column for column in read_study(result(tmp_path)).summary if f"`{column}`" not in text] == []


OPTIONS = {
    name for command in app.registered_commands for name in inspect.signature(command.callback or print).parameters
}


@pytest.mark.parametrize("option", sorted(OPTIONS - {"config", "file", "directory", "directories", "model", "data"}))
def test_every_option_is_explained(option: str) -> None:
    assert f"--{option.strip('_').replace('_', '-')}" in DOCUMENTATION


def test_every_command_engine_data_set_and_config_is_named() -> None:
    commands = [command.name for group in (configs_app, data_app) for command in group.registered_commands]
    configs = [name for name in bundled_configs.names() if not name.startswith(("smoke/", "claims/", "variants/"))]
    for name in [*commands, *ENGINES, *BUILTIN_DATASETS, *configs, "smoke/*", "claims", "variants/*"]:
        assert re.search(rf"`[^`\n]*(?<![\w/]){re.escape(name)}(?!\w)[^`\n]*`", DOCUMENTATION), name


def test_every_config_but_the_smoke_tests_and_claims_is_named_beside_what_it_runs() -> None:
    told = (ROOT / "configs/README.md").read_text(encoding="utf-8")
    for name in bundled_configs.names():
        assert f"`{name}`" in told or name.startswith(("smoke/", "claims/"))


def test_the_readmes_config_is_valid(tmp_path: Path) -> None:
    block = README.split("```yaml\n")[1].split("```")[0]
    (tmp_path / "my.yaml").write_text(block)
    assert load(tmp_path / "my.yaml").evaluation.folds == 10


@pytest.mark.slow
def test_the_example_of_pictures_runs_as_it_is_written(tmp_path: Path) -> None:
    section = (ROOT / "docs/data.md").read_text(encoding="utf-8").split("### Pictures in folders")[1].split("\n### ")[0]
    script = section.split("```python\n")[1].split("```")[0]
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True)
    commands = re.findall(r"^    dropout-lab (.*)", section, re.MULTILINE)
    assert [command.split()[0] for command in commands] == ["init", "sweep", "refit", "predict"]
    for command in commands:
        done = call(*shlex.split(command, comments=True), cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    lines = (tmp_path / "predictions.csv").read_text().splitlines()
    assert (len(lines), lines[0]) == (121, "row,file,class,p_dot,p_ring")


def test_every_promise_about_faults_names_tests_that_exist() -> None:
    text = (ROOT / "docs/faults.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", text)
    assert len(named) > 20
    for file, test in named:
        assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8") if test else (ROOT / file).is_file()


def test_its_two_commands_are_in_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in ("demo", "test"):
        assert f"make {target} " in README
        assert f"\n{target}:" in makefile


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", *(f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md"))]
)
def test_every_link_within_the_project_leads_somewhere(page: str) -> None:
    for link in re.findall(r"\]\(([^)#]+)", (ROOT / page).read_text(encoding="utf-8")):
        assert link.startswith("https://") or (ROOT / page).parent.joinpath(link).exists(), link


def test_the_readme_leads_to_every_page_of_the_documentation() -> None:
    pages = [*(ROOT / "docs").glob("*.md"), *(ROOT / "docs").glob("*.ipynb")]
    assert [page.name for page in pages if f"](docs/{page.name}" not in README] == []


def test_the_documentation_builds_as_a_site_without_a_broken_link(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(tmp_path)]
    built = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    )
    assert (built.returncode, built.stdout + built.stderr) == (0, "")
    assert 'id="dropout_lab.api.sweep"' in (tmp_path / "api.html").read_text(encoding="utf-8")
    assert (tmp_path / "results/reference/sonar-study/report/figures/comparison.png").is_file()
