import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

import dropout_lab

ROWS: tuple[frozenset[str], ...] = (
    frozenset({"__init__", "errors"}),
    frozenset({"metrics", "provenance", "seeds"}),
    frozenset({"config", "executors"}),
    frozenset({"datasets", "plan"}),
    frozenset({"models", "stats"}),
    frozenset({"engines"}),
    frozenset({"results"}),
    frozenset({"analysis", "runs"}),
    frozenset({"report", "trackers"}),
    frozenset({"claims", "final_model"}),
    frozenset({"api"}),
    frozenset({"cli"}),
    frozenset({"__main__"}),
)
"""Modules and packages from the bottom up: each may import those in the rows below its own."""

PACKAGE = Path(dropout_lab.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
every_module = pytest.mark.parametrize("module", MODULES, ids=lambda file: file.relative_to(PACKAGE).as_posix())


def member(file: Path) -> str:
    """Return the module or package, directly in `dropout_lab`, that a file belongs to."""
    return file.relative_to(PACKAGE).with_suffix("").parts[0]


def row(name: str) -> int:
    return next(number for number, names in enumerate(ROWS) if name in names)


def imported(file: Path) -> Iterator[tuple[int, str]]:
    """Yield (line, module or package directly in `dropout_lab`) of every project import, wherever it is written."""
    home = ("dropout_lab", *file.relative_to(PACKAGE).parent.parts)
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        paths: list[tuple[str, ...]] = []
        if isinstance(node, ast.Import):
            paths = [tuple(alias.name.split(".")) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = home[: len(home) + 1 - node.level] if node.level else ()
            paths = [(*start, *(node.module or "").split("."), alias.name) for alias in node.names]
        for path in paths:
            names = [part for part in path if part]
            if names[0] == "dropout_lab" and isinstance(node, ast.Import | ast.ImportFrom):
                yield node.lineno, below(names)


def below(names: list[str]) -> str:
    """Return what an import of these names reaches for: a member of the package, or the package's own names."""
    found = len(names) > 1 and any((PACKAGE / f"{names[1]}{end}").exists() for end in ("", ".py"))
    return names[1] if found else "__init__"


def imports_that_run_upward(file: Path) -> list[str]:
    own = member(file)
    return [
        f"{file.name}:{line}: {own} imports {other}"
        for line, other in imported(file)
        if other != own and row(other) >= row(own)
    ]


@every_module
def test_a_module_imports_project_modules_only_from_rows_below_its_own(module: Path) -> None:
    assert imports_that_run_upward(module) == []


def test_an_import_that_runs_upward_is_found_wherever_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "dropout_lab"
    (package / "config").mkdir(parents=True)
    (package / "api.py").touch()
    file = package / "config" / "load.py"
    monkeypatch.setitem(globals(), "PACKAGE", package)
    for text in (
        "import dropout_lab.api",
        "import os, dropout_lab.api as r",
        "from dropout_lab import __version__, api",
        "from dropout_lab.api import run",
        "def f():\n    from dropout_lab.api import run",
        "if TYPE_CHECKING:\n    from .. import api",
        "from ..api import run",
    ):
        file.write_text(text, encoding="utf-8")
        assert imports_that_run_upward(file) == [f"load.py:{text.count(chr(10)) + 1}: config imports api"], text
    file.write_text("from dropout_lab import __version__\nfrom . import schema\nimport api", encoding="utf-8")
    assert imports_that_run_upward(file) == []


def test_every_member_of_the_package_has_one_row() -> None:
    members = sorted({member(file) for file in MODULES})
    assert [name for name in members if sum(name in names for names in ROWS) != 1] == []


def test_the_map_in_contributing_has_each_member_of_the_package_in_its_row() -> None:
    text = (PACKAGE.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    found: list[set[str]] = [set() for _ in ROWS]
    for number, name in re.findall(r"^\| (\d+) \| `(\w+)(?:/|\.py)` \|", text, re.MULTILINE):
        found[int(number) - 1].add(name)
    assert found == [set(names) for names in ROWS]


RECIPES = re.findall(
    r"^\| an? ([\w -]+) \| `(\w+)` \| (.+) \|$",
    (PACKAGE.parent / "CONTRIBUTING.md").read_text(encoding="utf-8"),
    re.MULTILINE,
)


@pytest.mark.parametrize(("name", "files"), [recipe[1:] for recipe in RECIPES], ids=[recipe[0] for recipe in RECIPES])
def test_a_recipe_in_contributing_names_the_files_that_its_example_takes(name: str, files: str) -> None:
    """Each file mentions the example, and no other file of the package has it as a string."""
    named = {PACKAGE.parent / file for file in re.findall(r"`([\w/]+\.py)`", files)}
    mentioned = re.compile("|".join([name, *re.findall(r"`(\w+)`", files)]), re.IGNORECASE)
    assert [file for file in named if not mentioned.search(file.read_text(encoding="utf-8"))] == []
    quoted = re.compile(rf"[\"']{name}[\"']")
    assert {file for file in MODULES if quoted.search(file.read_text(encoding="utf-8"))} <= named


def test_there_is_a_recipe_for_whatever_has_a_registry() -> None:
    assert [recipe[0] for recipe in RECIPES] == [
        "metric",
        "optimizer",
        "kind of dropout",
        "built-in data set",
        "model",
        "engine",
    ]


@every_module
def test_no_module_checks_anything_by_assert(module: Path) -> None:
    """Python leaves `assert` out under ``-O``; what a user can do is refused with an error instead."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    assert [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Assert)] == []


@every_module
def test_every_public_function_and_class_has_a_docstring(module: Path) -> None:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    public = {
        name
        for node in tree.body
        if isinstance(node, ast.Assign) and any(getattr(target, "id", "") == "__all__" for target in node.targets)
        for name in ast.literal_eval(node.value)
    }
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    defined = [node for node in tree.body if isinstance(node, kinds) and node.name in public]
    assert [node.name for node in defined if not ast.get_docstring(node)] == []


def test_no_two_public_classes_share_a_name() -> None:
    defined: dict[str, list[str]] = defaultdict(list)
    for module in MODULES:
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                defined[node.name].append(f"{module.relative_to(PACKAGE)}:{node.lineno}")
    assert len(defined) > 50  # the classes were found
    assert {name: lines for name, lines in defined.items() if len(lines) > 1} == {}
