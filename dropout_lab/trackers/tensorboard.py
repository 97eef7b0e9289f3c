"""Event files for TensorBoard in the result's own directory: a run for each point of the sweep."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from dropout_lab.engines.runtime import stderr_held_back
from dropout_lab.errors import TrackerError
from dropout_lab.trackers.snapshot import Point, ResultSnapshot

__all__ = ["FOLDER", "check", "folder_of", "folders", "publish"]

FOLDER = "tensorboard"
"""The name of the directory in that of the result."""

_ENDING = ".dropout-lab"
_HIDDEN = f".{FOLDER}-"
_STUDY = "study"
_LONGEST = 80
_SUCCESS, _FAILURE, _RUNNING = 1, 2, 3


def folder_of(folder: Path) -> Path:
    """Return where the event files of a result are."""
    return folder / FOLDER


def check(folder: Path, target: str = "") -> None:
    """Refuse a result whose directory of event files holds anything else.

    Parameters
    ----------
    folder : Path
        The result's.
    target : str
        Of no account.

    Raises
    ------
    TrackerError
    """
    events = folder_of(folder)
    try:
        others = [file for file in events.rglob("*") if not file.is_dir() and not file.name.endswith(_ENDING)]
    except OSError as error:
        raise TrackerError(f"{events}: cannot be read: {error.strerror}") from None
    if others or (events.exists() and not events.is_dir()):
        what = f"holds {others[0].relative_to(events)}, which" if others else "is a file that"
        raise TrackerError(f"{events}: {what} is not of --tensorboard: rename it, or take another directory with --out")


def publish(told: ResultSnapshot, target: str = "") -> str:
    """Write the event files anew, in place of those that are there.

    Parameters
    ----------
    told : ResultSnapshot
    target : str
        Of no account.

    Returns
    -------
    str
        How to look at them.

    Raises
    ------
    TrackerError
        If they cannot be written; the old ones are then as they were.
    """
    check(told.folder)
    events = folder_of(told.folder)
    try:
        for left in told.folder.glob(f"{_HIDDEN}*"):  # by a kill
            shutil.rmtree(left, ignore_errors=True)
        hidden = Path(tempfile.mkdtemp(prefix=_HIDDEN, dir=told.folder))
        try:
            _write(told, hidden / "new")
            if events.exists():
                events.rename(hidden / "old")
            (hidden / "new").rename(events)
        finally:
            shutil.rmtree(hidden, ignore_errors=True)
    except OSError as error:
        raise TrackerError(f"{events}: cannot be written: {error.strerror or error}") from None
    return f"TensorBoard: tensorboard --logdir {events}"


def folders(points: Iterable[Point]) -> dict[str, Point]:
    """Return a name for each point's directory, which is the name of its run: ``rate-0.2_max-norm-3``."""
    found: dict[str, Point] = {}
    for point in points:
        text = point.name.replace(", ", "_").replace(" ", "-")
        name = short = re.sub(r"[^\w.+=-]+", "-", text)[:_LONGEST].strip(".") or "point"
        number = 1
        while name in found or name == _STUDY:
            number += 1
            name = f"{short}-{number}"
        found[name] = point
    return found


def _write(told: ResultSnapshot, folder: Path) -> None:
    _load()
    runs = {name: [*_of_point(point)] for name, point in folders(told.points).items() if point.done}
    time = told.ended or 0.0  # of the result, not of now: the same result gives the same bytes
    for name, events in {_STUDY: [_verdict(told)], **runs}.items():
        place = folder / name
        place.mkdir(parents=True)
        _save(place / f"events.out.tfevents.{time:010.0f}{_ENDING}", events, time)


def _load() -> None:
    """Import TensorFlow without its start-up noise."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with stderr_held_back():
        import tensorflow  # noqa: F401


def _save(path: Path, events: Iterable[Any], time: float) -> None:
    import tensorflow as tf

    first = tf.compat.v1.Event(file_version="brain.Event:2")
    try:
        with tf.io.TFRecordWriter(str(path)) as writer:
            for event in (first, *events):
                event.wall_time = time
                writer.write(event.SerializeToString())
    except tf.errors.OpError as error:
        raise OSError(error.message) from None


def _of_point(point: Point) -> Iterator[Any]:
    """Yield a point's events: its settings, its curves, what there is after training, and how it ended."""
    import tensorflow as tf

    steps: defaultdict[int, dict[str, float]] = defaultdict(dict)
    for curve in point.curves:
        for epoch, value in curve.values:
            steps[epoch][f"epoch/{curve.name}"] = value
    for name, value in point.finals:
        steps[point.epochs][f"final/{name}"] = value
    yield _event(0, [_hparams("session_start_info", 3, _start(point))])
    for step in sorted(steps):
        yield _event(step, [tf.compat.v1.Summary.Value(tag=tag, simple_value=x) for tag, x in steps[step].items()])
    yield _event(0, [_hparams("session_end_info", 4, _end(point))])


def _verdict(told: ResultSnapshot) -> Any:
    """Return the event that says what the result says, in Markdown."""
    import tensorflow as tf

    text = "\n\n".join((f"**{told.sentence}**", *told.details, f"{told.done} of {told.planned} trials."))
    return _event(0, [_value("verdict/text_summary", tf.make_tensor_proto([text]), "text")])


def _event(step: int, values: Iterable[Any]) -> Any:
    import tensorflow as tf

    return tf.compat.v1.Event(step=step, summary=tf.compat.v1.Summary(value=values))


def _value(tag: str, tensor: Any, plugin: str, content: bytes = b"") -> Any:
    """Return a value that one of TensorBoard's plug-ins shows."""
    import tensorflow as tf

    metadata = tf.compat.v1.SummaryMetadata(plugin_data={"plugin_name": plugin, "content": content})
    return tf.compat.v1.Summary.Value(tag=tag, metadata=metadata, tensor=tensor)


def _hparams(name: str, number: int, content: bytes) -> Any:
    """Return a message for the plug-in of hyperparameters, ``HParamsPluginData``: `number` is the field's.

    It is written by hand: the message's class comes with the package tensorboard, which nothing else here needs.
    """
    import tensorflow as tf

    empty = tf.make_tensor_proto([], dtype=tf.float32, shape=(0,))
    return _value(f"_hparams_/{name}", empty, "hparams", _field(number, content))


def _start(point: Point) -> bytes:
    """Return a ``SessionStartInfo``, whose field 1 is a map of text to ``google.protobuf.Value``."""
    from google.protobuf.struct_pb2 import Value

    entries = []
    for key, value in point.varies:
        given = Value(string_value=value) if isinstance(value, str) else Value(number_value=value)
        entries.append(_field(1, _field(1, key.encode()) + _field(2, given.SerializeToString())))
    return b"".join(entries)


def _end(point: Point) -> bytes:
    """Return a ``SessionEndInfo``, whose field 1 is the status."""
    if point.done < point.planned:
        return bytes([1 << 3, _RUNNING])
    return bytes([1 << 3, _SUCCESS if point.failed < point.done else _FAILURE])


def _field(number: int, content: bytes) -> bytes:
    """Return a field of protobuf's wire format that holds bytes."""
    size, length = len(content), bytearray()
    while size > 0x7F:
        length.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes([number << 3 | 2, *length, size]) + content
