"""A config's name -> a validated experiment: `extends`, overrides, and every problem reported together."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from dropout_lab.config import shipped
from dropout_lab.config.claim import Claim
from dropout_lab.config.document import Document, KeyPath, dump, parse
from dropout_lab.config.evaluation import EVALUATIONS
from dropout_lab.config.layer_rates import LayerRates
from dropout_lab.config.model import MODELS
from dropout_lab.config.near import nearest
from dropout_lab.config.optimizers import OPTIMIZERS
from dropout_lab.config.schedules import SCHEDULES
from dropout_lab.config.schema import Experiment, safe_name
from dropout_lab.config.section import Choice, Section
from dropout_lab.config.source import checksum_of, source_of
from dropout_lab.config.sweep import RATE, SweepError
from dropout_lab.errors import ConfigError

__all__ = ["as_yaml", "json_schema", "load", "load_claim", "locate", "option", "read_text", "setting"]

_LONGEST_CHAIN = 20
_CHOICES: dict[KeyPath, Choice] = {
    ("model",): MODELS,
    ("dropout", "schedule"): SCHEDULES,
    ("training", "optimizer"): OPTIMIZERS,
    ("evaluation",): EVALUATIONS,
}
_BRANCHES: dict[KeyPath, Mapping[str, type[Section]]] = {
    **{path: choice.sections for path, choice in _CHOICES.items()},
    ("dropout", "rate"): {"layers": LayerRates},
    **{("dropout", "rate", place): {} for place in ("hidden", "conv", "dense")},
    ("model", "width"): {},
}
"""Where a value may be of several types: pydantic's mark for the one it took -> section, if it is one."""


def load(config: str | Path, changes: Sequence[Document] = ()) -> Experiment:
    """Read an experiment.

    Parameters
    ----------
    config : str or Path
        A file, or the name of a shipped config (``sonar/hidden``).
    changes : sequence of Document
        Laid over the file in turn; see `setting`.

    Returns
    -------
    Experiment

    Raises
    ------
    ConfigError
        If a file is missing or not valid; names every problem with its place.
    """
    path = locate(config)
    document = _read(path, ())
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
    if claim.contrasts:
        known = set(load(config).sweep)
        points = [
            point for each in claim.contrasts for pair in (each, each.less) if pair for point in (pair.of, pair.against)
        ]
        strange = sorted({key for point in points for key in point} - known)
        if strange:
            raise ConfigError(
                [
                    _told(
                        document,
                        ("claim", "contrasts"),
                        f"{key} is not swept: expected one of {', '.join(sorted(known))}",
                    )
                    for key in strange
                ]
            )
    return claim


def _claimed(detail: ErrorDetails, document: Document) -> str:
    path = tuple(detail["loc"])
    return _told(document, ("claim", *path), _message(detail, path, Claim))


def setting(text: str) -> Document:
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
    return option(place, parts, parse(f"value: {value}", place).data.get("value"))


def option(place: str, parts: Sequence[str], value: Any) -> Document:
    """Return a document that sets the key whose parts are given; `place` is what its problems are blamed on."""
    data = value
    places: dict[KeyPath, str] = {}
    for end in range(len(parts), 0, -1):
        data = {parts[end - 1]: data}
        places[tuple(parts[:end])] = place
    return _shorthand(Document(data, MappingProxyType(places)), Path())


def as_yaml(experiment: Experiment) -> str:
    """Write an experiment as a config file that `load` reads back to the same experiment."""
    return dump(experiment.model_dump(mode="json"))


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
        raise ConfigError([f"{_short(str(config))}: cannot be read: {error.strerror}"]) from None
    if is_file:
        return path
    names = shipped.names()
    if str(config) in names:
        return shipped.path(str(config))
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
    choice = _CHOICES.get(path)
    if choice:
        before = below.get(choice.tag, choice.default)
        return bool(above.get(choice.tag, before) != before)
    return bool(path) and "name" in above and "name" in below and above["name"] != below["name"]


def _read(path: Path, seen: tuple[Path, ...]) -> Document:
    if len(seen) >= _LONGEST_CHAIN:
        raise ConfigError([f"{path}: more than {_LONGEST_CHAIN} files extend one another"])
    if path.resolve() in seen:
        chain = " -> ".join(str(step) for step in (*seen, path.resolve()))
        raise ConfigError([f"{path}: extends itself: {chain}"])
    document = _shorthand(parse(read_text(path), str(path)), path.parent)
    if "extends" not in document.data:
        return document
    extends = document.data.pop("extends")
    if not isinstance(extends, str):
        raise ConfigError([f"{document.place(('extends',))}: extends: expected the path of a config, got {extends!r}"])
    try:
        base_path = locate(extends, path.parent)
    except ConfigError as error:
        raise ConfigError([f"{document.place(('extends',))}: extends: {error}"]) from None
    base = _read(base_path, (*seen, path.resolve()))
    for own in ("name", "claim"):  # a variant has its own
        base.data.pop(own, None)
    return merge(base, document)


def _shorthand(document: Document, folder: Path) -> Document:
    """Write ``dataset: sonar`` out as ``dataset: {name: sonar}``, and what a builder is and where it is looked for."""
    if isinstance(document.data.get("dataset"), str):
        document.data["dataset"] = {"name": document.data["dataset"]}
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
        details = [detail for detail in error.errors() if not _follows_from_others(detail)]
        problems = {problem: None for detail in details for problem in _problems(detail, document)}
        raise ConfigError([*problems, *unknown]) from None
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
    source = source_of(model["builder"], model.get("folder", ""))
    if source is None:
        return [_told(document, place, f"no module {module} in {model.get('folder')}, nor on Python's path")]
    try:
        model["checksum"] = checksum_of(source)
    except OSError as error:
        return [_told(document, place, f"{source}: cannot be read: {error.strerror}")]
    return []


def _follows_from_others(detail: ErrorDetails) -> bool:
    """Tell whether a list is called too short only because its items were refused."""
    return detail["type"] == "too_short" and len(detail["input"]) >= detail["ctx"]["min_length"]


def _problems(detail: ErrorDetails, document: Document) -> Iterator[str]:
    path, section = _follow(detail["loc"])
    error = detail.get("ctx", {}).get("error")
    if isinstance(error, SweepError):
        for inner, found in error.problems:
            message = found if isinstance(found, str) else _message(found, *_follow(found["loc"]))
            yield _told(document, ("sweep", *inner), message)
    else:
        yield _told(document, path, _message(detail, path, section))


def _told(document: Document, path: KeyPath, message: str) -> str:
    key = ".".join(str(part) for part in path)
    return ": ".join(part for part in (document.place(path), key, message) if part)


def _follow(loc: Iterable[str | int]) -> tuple[KeyPath, type[Section]]:
    """Return a location's key path, without pydantic's marks for the branch of a union, and its last section."""
    path: list[str | int] = []
    section: type[Section] = Experiment
    branch: Mapping[str, type[Section]] | None = None
    for part in loc:
        if branch is not None:
            section, branch = branch.get(str(part), section), None
        else:
            path.append(part)
            branch = _BRANCHES.get(tuple(path))
            kind = section.model_fields[part].annotation if part in section.model_fields else None
            if inspect.isclass(kind) and issubclass(kind, Section):
                section = kind
    return tuple(path), section


_EXPECTED = {
    "int_type": "expected a whole number",
    "int_from_float": "expected a whole number",
    "float_type": "expected a number",
    "finite_number": "expected a finite number",
    "string_type": "expected text",
    "string_pattern_mismatch": "expected letters, digits, - and _, the first a letter or digit",
    "bool_type": "expected true or false",
    "tuple_type": "expected a list",
    "dict_type": "expected 'key: value' lines",
    "model_type": "expected 'key: value' lines",
    "model_attributes_type": "expected 'key: value' lines",
}


_SWEEP = "name a key and its values, e.g. sweep.dropout.rate=0:0.9:0.1; {} takes a sweep out"


def _message(detail: ErrorDetails, path: KeyPath, section: type[Section]) -> str:
    kind, got, context = detail["type"], detail["input"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        return f"unknown key{nearest(str(path[-1]), list(section.model_fields))}"
    if kind == "missing":
        about = section.model_fields[str(path[-1])].description if path[-1] in section.model_fields else None
        return "missing" + (f": {about}" if about else "")
    if kind == "literal_error":
        choices = [choice.strip("'") for choice in context["expected"].replace(" or ", ", ").split(", ")]
        return f"expected one of {', '.join(choices)}, got {got!r}{nearest(str(got), choices, '')}"
    if kind.startswith("union_tag"):
        choice = _CHOICES[path]
        known = list(choice.sections)
        if not isinstance(got, dict):
            meant = str(got) if got in known else f"one of {', '.join(known)}"
            return (
                f"{_EXPECTED['dict_type']}, got {_short(got)}: set {'.'.join(map(str, path))}.{choice.tag} to {meant}"
            )
        name = got.get(choice.tag)
        return f"expected one of {', '.join(known)} as {choice.tag}, got {name!r}{nearest(str(name), known, '')}"
    if kind == "value_error":
        return str(context["error"])
    if kind in ("too_short", "too_long"):
        most = f"at least {context['min_length']}" if kind == "too_short" else f"at most {context['max_length']}"
        return f"expected {most} of them, got {context['actual_length']}"
    if kind in _EXPECTED:
        return f"{_EXPECTED[kind]}, got {_short(got)}" + (": " + _SWEEP if path == ("sweep",) else "")
    return f"{detail['msg'].replace('Input should', 'must')}, got {_short(got)}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
