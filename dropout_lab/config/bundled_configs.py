"""The configs that are installed with the program."""

from __future__ import annotations

from pathlib import Path

__all__ = ["names", "path"]


def folder() -> Path:
    """Return the folder of the bundled configs: inside an installed package, beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "configs"
    return installed if installed.is_dir() else package.parent / "configs"


def names() -> list[str]:
    """Return the names of all bundled configs, e.g. ``sonar/hidden``, in alphabetical order."""
    root = folder()
    return sorted(file.relative_to(root).with_suffix("").as_posix() for file in root.rglob("*.yaml"))


def path(name: str) -> Path:
    """Return the file of a bundled config; `name` must be one of `names`."""
    return folder() / f"{name}.yaml"
