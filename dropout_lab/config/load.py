"""A config's name -> a validated experiment: `extends`, overrides, and every problem reported together."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from dropout_lab.config import bundled_configs
from dropout_lab.config.builder_source import checksum_of, module_file
from dropout_lab.config.claim import Claim
from dropout_lab.config.dataset import placed, relative, source_of
from dropout_lab.config.error_messages import CHOICES, in_words, problems, short, told
from dropout_lab.config.schema import Experiment, safe_name
from dropout_lab.config.suggestions import nearest
from dropout_lab.config.sweep import RATE, text_of
from dropout_lab.config.yaml_document import Document, KeyPath, dump, parse
from dropout_lab.errors import ConfigError

__all__ = ["as_yaml", "json_schema", "load", "load_claim", "locate", "make_override", "parse_override", "read_text"]

_LONGEST_CHAIN = 20
_NO_FILE = Path("experiment")
"""What a config that is given as a mapping is called."""


def load(config: str | Path | Mapping[str, Any], changes: Sequence[Document] = ()) -> Experiment:
    """Read an experiment.

    Parameters
    ----------
    config : str, Path or mapping
        A file, the name of a shipped config (``sonar/hidden``), or what would stand in a file.
    changes : sequence of Document
        Laid over the file in turn; see `parse_override`.

    Returns
    -------
    Experiment

    Raises
    ------
    ConfigError
        If a file is missing or not valid; names every problem with its place.
    """
    path = _NO_FILE if isinstance(config, Mapping) else locate(config)
    document = _given(config) if isinstance(config, Mapping) else _read(path, ())
    claim = document.data.pop("claim", None)
    if isinstance(claim, dict) and "fact" in claim:
        raise ConfigError([f"{path}: is no experiment but a fact: check it with 'dropout-lab claims run {path.stem}'"])
    if "name" not in document.data:
        document = merge(Document({"name": _default_name(path)}), document)
    together = Document({})
    for change in changes:  # first with one another, so that their order does not matter
        together = merge(together, change)
    return _validate(merge(document, together))


def load_claim(config: str | Path) -> Claim | None:
    """Read the claim that a config puts to the test; None if it has none.

    Raises
    ------
    ConfigError
        If a file is missing or not valid, or its contrasts name what its experiment does not vary.
    """
    document = _read(locate(config), ())
    if "claim" not in document.data:
        return None
    try:
        claim = Claim.model_validate(document.data["claim"])
    except ValidationError as error:
        raise ConfigError([_claimed(detail, document) for detail in error.errors()]) from None
    strange = _not_swept(claim, load(config)) if claim.contrasts else []
    if strange:
        raise ConfigError([told(document, ("claim", "contrasts"), problem) for problem in strange])
    return claim


def _not_swept(claim: Claim, experiment: Experiment) -> list[str]:
    """Say which points of a claim the sweep does not have."""
    pairs = [pair for each in claim.contrasts for pair in (each, each.less) if pair]
    named = {
        (key, text_of(value)) for pair in pairs for point in (pair.of, pair.against) for key, value in point.items()
    }
    swept = {key: list(map(text_of, values)) for key, values in experiment.sweep.items()}
    return [
        f"{key} {value} is not swept: expected one of {', '.join(swept[key])}"
        if key in swept
        else f"{key} is not swept: expected one of {', '.join(sorted(swept))}"
        for key, value in sorted(named)
        if value not in swept.get(key, [])
    ]


def _claimed(detail: ErrorDetails, document: Document) -> str:
    path = tuple(detail["loc"])
    return told(document, ("claim", *path), in_words(detail, path, Claim))


def parse_override(text: str) -> Document:
    """Read one override, ``training.epochs=50``.

    Raises
    ------
    ConfigError
        If there is no ``=`` or the value is not valid YAML.
    """
    key, equals, value = text.partition("=")
    place = f"--set {text}"
    section, _, rest = key.strip().partition(".")
    parts = [section, rest] if section == "sweep" and rest else key.strip().split(".")
    if not equals or not all(parts) or "\n" in text:
        raise ConfigError([f"{place}: expected KEY=VALUE with a dotted key, e.g. training.epochs=50"])
    return make_override(place, parts, parse(f"value: {value}", place).data.get("value"))


def make_override(place: str, parts: Sequence[str], value: Any) -> Document:
    """Return a document that sets the key whose parts are given; `place` is what its problems are blamed on."""
    data = value
    places: dict[KeyPath, str] = {}
    for end in range(len(parts), 0, -1):
        data = {parts[end - 1]: data}
        places[tuple(parts[:end])] = place
    return _written_out(Document(data, MappingProxyType(places)), Path())


def as_yaml(experiment: Experiment, folder: Path | None = None) -> str:
    """Write an experiment as a config file that `load` reads back to the same experiment.

    Parameters
    ----------
    experiment : Experiment
    folder : Path or None
        Where the file will lie: the path of the user's data is then written as seen from there.
    """
    data = experiment.model_dump(mode="json")
    if folder is not None:
        data["dataset"] = relative(data["dataset"], folder)
    return dump(data)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a config file, for editors."""
    schema = Experiment.model_json_schema()
    schema["title"] = "Dropout Lab experiment"
    schema["properties"]["extends"] = {
        "type": "string",
        "description": "another config (a path relative to this file, or a shipped name) that this one changes",
    }
    claim = Claim.model_json_schema()
    schema["$defs"] |= claim.pop("$defs")
    schema["properties"]["claim"] = claim
    schema["properties"]["dataset"] = {"anyOf": [{"type": "string"}, schema["properties"]["dataset"]]}
    sweep = schema["properties"]["sweep"]
    sweep["additionalProperties"] = {"anyOf": [{"type": "string"}, {"type": "array"}]}
    sweep["properties"] = {RATE: {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "number"}}]}}
    for part in (schema, *schema["$defs"].values()):
        part.pop("required", None)  # what a file leaves out may come from the one it extends
    return schema


def locate(config: str | Path, folder: Path | None = None) -> Path:
    """Find a config file by its path (relative to `folder`) or shipped name."""
    path = (folder or Path()) / config
    try:
        is_file, is_folder = path.is_file(), path.is_dir()
        is_result = is_folder and (path / "config.yaml").is_file()
    except OSError as error:  # a name that is too long, a folder that may not be entered
        raise ConfigError([f"{short(str(config))}: cannot be read: {error.strerror}"]) from None
    if is_file:
        return path
    names = bundled_configs.names()
    if str(config) in names:
        return bundled_configs.path(str(config))
    if is_folder:
        hint = f"did you mean {path / 'config.yaml'}?" if is_result else "name a file"
        raise ConfigError([f"{config}: is a directory: {hint}"])
    raise ConfigError([f"{config}: no such file, and no shipped config has that name{nearest(str(config), names)}"])


def read_text(path: Path) -> str:
    """Return the text of a config file.

    Raises
    ------
    ConfigError
        If it cannot be read, or is no text.
    """
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ConfigError([f"{path}: not a text file in UTF-8"]) from None
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from None


def merge(base: Document, change: Document) -> Document:
    """Lay `change` over `base`: mappings key by key, anything else replaced whole.

    A section that says it is another one (another optimiser, data set, kind of model or split) starts afresh: what
    its predecessor was set to does not apply to it. An empty sweep is none.
    """
    places = dict(base.places)

    def over(below: Any, above: Any, path: KeyPath) -> Any:
        if isinstance(below, dict) and isinstance(above, dict) and not _is_another(below, above, path):
            merged = dict(below)
            for key, value in above.items():
                merged[key] = over(below[key], value, (*path, key)) if key in below else value
            return merged
        for gone in [place for place in places if place[: len(path)] == path]:
            del places[gone]
        return above

    data = over(base.data, change.data, ())
    places.update(change.places)
    return Document(data, MappingProxyType(places))


def _is_another(below: Mapping[str, Any], above: Mapping[str, Any], path: KeyPath) -> bool:
    if path == ("sweep",):
        return not above
    if path == ("dataset",) and None not in (before := source_of(below), after := source_of(above)):
        return before != after or (before == "name" and above["name"] != below["name"])
    choice = CHOICES.get(path)
    if choice:
        default = below.get(choice.tag, choice.default)
        return bool(above.get(choice.tag, default) != default)
    return bool(path) and "name" in above and "name" in below and above["name"] != below["name"]


def _read(path: Path, seen: tuple[Path, ...]) -> Document:
    if len(seen) >= _LONGEST_CHAIN:
        raise ConfigError([f"{path}: more than {_LONGEST_CHAIN} files extend one another"])
    if path.resolve() in seen:
        chain = " -> ".join(str(step) for step in (*seen, path.resolve()))
        raise ConfigError([f"{path}: extends itself: {chain}"])
    return _extended(_written_out(parse(read_text(path), str(path)), path.parent), path.parent, (*seen, path.resolve()))


def _given(config: Mapping[str, Any]) -> Document:
    """Return what is given in place of a file."""
    return _extended(_written_out(Document(copy.deepcopy(dict(config)), {(): str(_NO_FILE)}), Path()), Path(), ())


def _extended(document: Document, folder: Path, seen: tuple[Path, ...]) -> Document:
    """Lay a document over what it extends."""
    if "extends" not in document.data:
        return document
    extends = document.data.pop("extends")
    if not isinstance(extends, str):
        raise ConfigError([f"{document.place(('extends',))}: extends: expected the path of a config, got {extends!r}"])
    try:
        base_path = locate(extends, folder)
    except ConfigError as error:
        raise ConfigError([f"{document.place(('extends',))}: extends: {error}"]) from None
    base = _read(base_path, seen)
    for own in ("name", "claim"):  # a variant has its own
        base.data.pop(own, None)
    return merge(base, document)


def _written_out(document: Document, folder: Path) -> Document:
    """Write ``dataset: sonar`` out as ``dataset: {name: sonar}``, and paths as they are from anywhere."""
    if "dataset" in document.data:
        document.data["dataset"] = placed(document.data["dataset"], folder)
    model = document.data.get("model")
    if isinstance(model, dict) and isinstance(model.get("builder"), str):
        given = model.get("folder", "")
        where = {"folder": str((folder / given).resolve())} if isinstance(given, str) else {}
        document.data["model"] = {"kind": "own", "checksum": "", **model, **where}
    return document


def _default_name(path: Path) -> str:
    parts = path.resolve().parts
    below = parts[len(parts) - parts[::-1].index("configs") :] if "configs" in parts else parts[-1:]
    return safe_name(Path(*below))


def _validate(document: Document) -> Experiment:
    unknown = _with_checksum(document)
    try:
        experiment = Experiment.model_validate(document.data)
    except ValidationError as error:
        raise ConfigError([*problems(error, document), *unknown]) from None
    if unknown:
        raise ConfigError(unknown)
    return experiment


def _with_checksum(document: Document) -> list[str]:
    """Write down which source a builder has, unless that is known already; return what keeps it from being known."""
    model = document.data.get("model")
    if not isinstance(model, dict) or model.get("checksum") or not isinstance(model.get("builder"), str):
        return []
    module, colon, _ = model["builder"].partition(":")
    if not colon or not all(part.isidentifier() for part in module.split(".")):
        return []  # is told when the builder is validated
    place = ("model", "builder")
    source = module_file(model["builder"], model.get("folder", ""))
    if source is None:
        return [told(document, place, f"no module {module} in {model.get('folder')}, nor on Python's path")]
    try:
        model["checksum"] = checksum_of(source)
    except OSError as error:
        return [told(document, place, f"{source}: cannot be read: {error.strerror}")]
    return []
