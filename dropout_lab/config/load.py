"""The name of a config -> a validated experiment: `extends`, overrides, and all problems reported together."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError

from dropout_lab.config import bundled_configs
from dropout_lab.config.builder_source import checksum_of, module_file
from dropout_lab.config.claim import Claim
from dropout_lab.config.data_files import relative_paths, resolve_paths
from dropout_lab.config.error_messages import describe, messages, shorten, with_location
from dropout_lab.config.merge import merge
from dropout_lab.config.schema import Experiment, safe_name
from dropout_lab.config.suggestions import nearest
from dropout_lab.config.sweep import RANDOM, RATE, text_of
from dropout_lab.config.until import expanded
from dropout_lab.config.yaml_document import Document, KeyPath, dump, parse
from dropout_lab.errors import ConfigError

__all__ = [
    "as_yaml",
    "json_schema",
    "load",
    "load_claim",
    "locate",
    "make_override",
    "parse_override",
    "read_text",
    "split_key",
]

_MAX_EXTENDS = 20
_MOST_LISTED = 12
_NO_FILE = Path("experiment")
"""The name, in messages, of a config that is given as a mapping."""


def load(config: str | Path | Mapping[str, Any], changes: Sequence[Document] = ()) -> Experiment:
    """Read an experiment.

    Parameters
    ----------
    config : str, Path or mapping
        A file, the name of a bundled config (``sonar/hidden``), or the content of a file as a mapping.
    changes : sequence of Document
        Overrides, the last of which takes precedence; see `parse_override`.

    Returns
    -------
    Experiment

    Raises
    ------
    ConfigError
        If a file is missing or not valid; reports every problem with its location.
    """
    path = _NO_FILE if isinstance(config, Mapping) else locate(config)
    document = _from_mapping(config) if isinstance(config, Mapping) else _read(path, ())
    claim = document.data.pop("claim", None)
    if isinstance(claim, dict) and "fact" in claim:
        raise ConfigError([f"{path}: is a fact, not an experiment: check it with 'dropout-lab claims run {path.stem}'"])
    if "name" not in document.data:
        document = merge(Document({"name": _default_name(path)}), document)
    overrides = Document({})
    for change in changes:  # first with one another, so that their order does not matter
        overrides = merge(overrides, change)
    return _validate(merge(document, overrides))


def load_claim(config: str | Path) -> Claim | None:
    """Read the claim that a config tests; None if it has none.

    Raises
    ------
    ConfigError
        If a file is missing or not valid, or its contrasts name points that its experiment does not sweep.
    """
    document = _read(locate(config), ())
    if "claim" not in document.data:
        return None
    try:
        claim = Claim.model_validate(document.data["claim"])
    except ValidationError as error:
        paths = [(tuple(detail["loc"]), detail) for detail in error.errors()]
        raise ConfigError(
            [with_location(document, ("claim", *path), describe(detail, path, Claim)) for path, detail in paths]
        ) from None
    problems = _not_swept(claim, load(config)) if claim.contrasts else []
    if problems:
        raise ConfigError([with_location(document, ("claim", "contrasts"), problem) for problem in problems])
    return claim


def _not_swept(claim: Claim, experiment: Experiment) -> list[str]:
    """Describe the points of a claim that are not in the sweep."""
    pairs = [pair for contrast in claim.contrasts for pair in (contrast, contrast.less) if pair]
    named = {
        (key, text_of(value)) for pair in pairs for point in (pair.of, pair.against) for key, value in point.items()
    }
    swept = {key: list(map(text_of, axis)) for key, axis in experiment.axes.items() if isinstance(axis, tuple)}
    return [
        f"{key} {value} is not swept: expected one of {', '.join(swept[key])}"
        if key in swept
        else f"{key} is not swept: expected one of {', '.join(sorted(swept))}"
        for key, value in sorted(named)
        if value not in swept.get(key, [])
    ]


def parse_override(text: str) -> Document:
    """Read one override, ``training.epochs=50``.

    Raises
    ------
    ConfigError
        If there is no ``=`` or the value is not valid YAML.
    """
    key, equals, value = text.partition("=")
    option = f"--set {text}"
    parts = split_key(key.strip())
    if not equals or not all(parts) or "\n" in text:
        raise ConfigError([f"{option}: expected KEY=VALUE with a dotted key, e.g. training.epochs=50"])
    return make_override(option, parts, parse(f"value: {value}", option).data.get("value"))


def split_key(key: str) -> list[str]:
    """Return the parts of a dotted key; what is swept is one part, for it is a key itself."""
    section, _, rest = key.partition(".")
    return [section, rest] if section == "sweep" and rest and not rest.startswith(f"{RANDOM}.") else key.split(".")


def make_override(option: str, parts: Sequence[str], value: Any) -> Document:
    """Return a document that sets one key.

    Parameters
    ----------
    option : str
        What messages give as the location of a problem, such as ``--folds 1``.
    parts : sequence of str
        The parts of the dotted key.
    value : any
    """
    data = value
    for part in reversed(parts):
        data = {part: data}
    locations: dict[KeyPath, str] = {tuple(parts[:end]): option for end in range(1, len(parts) + 1)}
    return _normalize(Document(data, MappingProxyType(locations)), Path())


def as_yaml(experiment: Experiment, folder: Path | None = None) -> str:
    """Write an experiment as a config file that `load` reads back to the same experiment.

    Parameters
    ----------
    experiment : Experiment
    folder : Path or None
        The directory of the file: the path of the user's data is then written relative to it.
    """
    data = experiment.model_dump(mode="json")
    if experiment.until is None:
        del data["until"]
    if folder is not None:
        data["dataset"] = relative_paths(data["dataset"], folder)
    return dump(data)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a config file, for editors."""
    schema = Experiment.model_json_schema()
    schema["title"] = "Dropout Lab experiment"
    schema["properties"]["extends"] = {
        "type": "string",
        "description": "the config that this one changes: a path relative to this file, or a bundled config's name",
    }
    claim = Claim.model_json_schema()
    schema["$defs"] |= claim.pop("$defs")
    schema["properties"]["claim"] = claim
    for key in ("dataset", "until"):
        schema["properties"][key] = {"anyOf": [{"type": "string"}, schema["properties"][key]]}
    sweep = schema["properties"]["sweep"]
    sweep["additionalProperties"] = {"anyOf": [{"type": "string"}, {"type": "array"}]}
    sweep["properties"] = {
        RATE: {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "number"}}]},
        RANDOM: {"$ref": "#/$defs/RandomSearch"},
    }
    for part in (schema, *schema["$defs"].values()):
        part.pop("required", None)  # a key that is left out may come from the file it extends
    return schema


def locate(config: str | Path, folder: Path | None = None) -> Path:
    """Find a config file by its path (relative to `folder`) or the name of a bundled config."""
    path = (folder or Path()) / config
    try:
        is_file, is_folder = path.is_file(), path.is_dir()
        is_result = is_folder and (path / "config.yaml").is_file()
    except OSError as error:  # a name that is too long, a directory without permission
        raise ConfigError([f"{shorten(str(config))}: cannot be read: {error.strerror}"]) from None
    if is_file:
        return path
    names = bundled_configs.names()
    if str(config) in names:
        return bundled_configs.path(str(config))
    inside = [name for name in names if name.startswith(f"{str(config).rstrip('/')}/")]
    if inside and not is_result:
        more = f" and {len(inside) - _MOST_LISTED} more: 'dropout-lab configs list' lists them"
        listed = ", ".join(inside[:_MOST_LISTED]) + (more if len(inside) > _MOST_LISTED else "")
        raise ConfigError([f"{config}: is a folder of bundled configs: name one of {listed}"])
    if is_folder:
        hint = f"did you mean {path / 'config.yaml'}?" if is_result else "name a file"
        raise ConfigError([f"{config}: is a directory: {hint}"])
    hint = nearest(str(config), names, "; 'dropout-lab configs list' lists them")
    raise ConfigError([f"{config}: no such file, and no bundled config has that name{hint}"])


def read_text(path: Path) -> str:
    """Return the text of a config file.

    Raises
    ------
    ConfigError
        If it cannot be read, or is not text.
    """
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ConfigError([f"{path}: not a text file in UTF-8"]) from None
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from None


def _read(path: Path, seen: tuple[Path, ...]) -> Document:
    """Read a file and what it extends; `seen` are the files that extend it."""
    if len(seen) >= _MAX_EXTENDS:
        raise ConfigError([f"{path}: more than {_MAX_EXTENDS} files extend one another"])
    if path.resolve() in seen:
        chain = " -> ".join(str(step) for step in (*seen, path.resolve()))
        raise ConfigError([f"{path}: extends itself: {chain}"])
    return _resolve(parse(read_text(path), str(path)), path.parent, (*seen, path.resolve()))


def _from_mapping(config: Mapping[str, Any]) -> Document:
    return _resolve(Document(copy.deepcopy(dict(config)), {(): str(_NO_FILE)}), Path(), ())


def _resolve(document: Document, folder: Path, seen: tuple[Path, ...]) -> Document:
    """Normalize a document of a folder, and merge it into the one that it extends."""
    document = _normalize(document, folder)
    if "extends" not in document.data:
        return document
    extends = document.data.pop("extends")
    if not isinstance(extends, str):
        raise ConfigError(
            [f"{document.location(('extends',))}: extends: expected the path of a config, got {extends!r}"]
        )
    try:
        base_path = locate(extends, folder)
    except ConfigError as error:
        raise ConfigError([f"{document.location(('extends',))}: extends: {error}"]) from None
    base = _read(base_path, seen)
    for key in ("name", "claim"):  # a variant has its own
        base.data.pop(key, None)
    return merge(base, document)


def _normalize(document: Document, folder: Path) -> Document:
    """Expand ``dataset: sonar`` and ``until: settled`` to sections with a ``name``, and make paths absolute."""
    if "until" in document.data:
        document.data["until"] = expanded(document.data["until"])
    if "dataset" in document.data:
        document.data["dataset"] = resolve_paths(document.data["dataset"], folder)
    model = document.data.get("model")
    kind = _own_kind(model)
    if kind and isinstance(model, dict):
        own = model.get("folder", "")
        resolved = {"folder": str((folder / own).resolve())} if isinstance(own, str) else {}
        document.data["model"] = {"kind": kind, "checksum": "", **model, **resolved}
    return document


def _own_kind(model: Any) -> str:
    """Return the kind of a model of the user's own, by the key that names its file; empty for others."""
    kinds = {"builder": "own", "file": "saved"}
    given = [kind for key, kind in kinds.items() if isinstance(model, dict) and isinstance(model.get(key), str)]
    return given[0] if given else ""


def _default_name(path: Path) -> str:
    parts = path.resolve().parts
    start = len(parts) - parts[::-1].index("configs") if "configs" in parts else -1
    return safe_name(Path(*parts[start:]))


def _validate(document: Document) -> Experiment:
    problems = _add_checksum(document)
    try:
        experiment = Experiment.model_validate(document.data)
    except ValidationError as error:
        raise ConfigError([*messages(error, document), *problems]) from None
    if problems:
        raise ConfigError(problems)
    return experiment


def _add_checksum(document: Document) -> list[str]:
    """Add the checksum of the file of a model of the user's own, unless it is there; return why it is not known."""
    model = document.data.get("model")
    kind = _own_kind(model)
    if not kind or not isinstance(model, dict) or model.get("checksum"):
        return []
    source: Path | None
    if kind == "saved":
        key, source = ("model", "file"), Path(model.get("folder", ""), model["file"])
    else:
        module, colon, _ = model["builder"].partition(":")
        if not colon or not all(part.isidentifier() for part in module.split(".")):
            return []  # reported when the builder is validated
        key, source = ("model", "builder"), module_file(model["builder"], model.get("folder", ""))
        if source is None:
            return [with_location(document, key, f"no module {module} in {model.get('folder')}, nor on Python's path")]
    try:
        model["checksum"] = checksum_of(source)
    except OSError as error:
        return [with_location(document, key, f"{source}: cannot be read: {error.strerror}")]
    return []
