"""Event files for TensorBoard in the result's own directory: a run for each point of the sweep."""

from __future__ import annotations

import importlib.util
import re
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from dropout_lab.errors import TrackerError
from dropout_lab.trackers.snapshot import Point, ResultSnapshot

__all__ = ["FOLDER", "check", "events_folder", "publish", "run_names"]

FOLDER = "tensorboard"
"""The name of the directory in that of the result."""

_SUFFIX = ".dropout-lab"
_TEMPORARY = f".{FOLDER}-"
_STUDY = "study"
_LONGEST_NAME = 80


def events_folder(folder: Path) -> Path:
    """Return where the event files of a result are."""
    return folder / FOLDER


def check(folder: Path, uri: str = "") -> None:
    """Refuse a machine without TensorBoard, and a directory of event files that holds anything else.

    Parameters
    ----------
    folder : Path
        The result's.
    uri : str
        Unused.

    Raises
    ------
    TrackerError
    """
    if importlib.util.find_spec("tensorboard") is None:
        raise TrackerError("--tensorboard needs the extra tensorboard: pip install 'dropout-lab[tensorboard]'")
    events = events_folder(folder)
    try:
        others = [file for file in events.rglob("*") if not file.is_dir() and not file.name.endswith(_SUFFIX)]
    except OSError as error:
        raise TrackerError(f"{events}: cannot be read: {error.strerror}") from None
    if others or (events.exists() and not events.is_dir()):
        what = f"holds {others[0].relative_to(events)}, which" if others else "is a file that"
        raise TrackerError(
            f"{events}: {what} --tensorboard has not written: rename it, or choose another directory with --out"
        )


def publish(snapshot: ResultSnapshot, uri: str = "") -> str:
    """Write all event files, in place of older ones.

    Parameters
    ----------
    snapshot : ResultSnapshot
    uri : str
        Unused.

    Returns
    -------
    str
        How to look at them.

    Raises
    ------
    TrackerError
        If they cannot be written; the old ones are then as they were.
    """
    check(snapshot.folder)
    events = events_folder(snapshot.folder)
    try:
        for leftover in snapshot.folder.glob(f"{_TEMPORARY}*"):  # of a process that was killed
            shutil.rmtree(leftover, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=_TEMPORARY, dir=snapshot.folder, ignore_cleanup_errors=True) as name:
            new = Path(name, "new")
            _write_runs(snapshot, new)
            if events.exists():
                events.rename(Path(name, "old"))
            new.rename(events)
    except OSError as error:
        raise TrackerError(f"{events}: cannot be written: {error.strerror or error}") from None
    return f"TensorBoard: tensorboard --logdir {events}"


def run_names(points: Iterable[Point]) -> dict[str, Point]:
    """Return the points by the names of their runs, which are names of directories: ``rate-0.2_max-norm-3``."""
    named: dict[str, Point] = {}
    for point in points:
        text = point.name.replace(", ", "_").replace(" ", "-")
        name = short = re.sub(r"[^\w.+=-]+", "-", text)[:_LONGEST_NAME].strip(".") or "point"
        number = 1
        while name in named or name == _STUDY:
            number += 1
            name = f"{short}-{number}"
        named[name] = point
    return named


def _write_runs(snapshot: ResultSnapshot, folder: Path) -> None:
    runs = {name: _point_events(snapshot, point) for name, point in run_names(snapshot.points).items() if point.done}
    time = snapshot.ended or 0.0  # of the result, not of now: the same result gives the same bytes
    for name, events in {_STUDY: _verdict_events(snapshot), **runs}.items():
        (folder / name).mkdir(parents=True)
        _write_events(folder / name / f"events.out.tfevents.{time:010.0f}{_SUFFIX}", events, time)


def _write_events(path: Path, events: Iterable[tuple[int, Any]], time: float) -> None:
    """Write summaries and their steps; TensorBoard's own writer would put the time and the host into the name."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.summary.writer.record_writer import RecordWriter

    with path.open("wb") as file:
        writer = RecordWriter(file)
        writer.write(Event(file_version="brain.Event:2", wall_time=time).SerializeToString())
        for step, summary in events:
            writer.write(Event(step=step, summary=summary, wall_time=time).SerializeToString())


def _point_events(snapshot: ResultSnapshot, point: Point) -> Iterator[tuple[int, Any]]:
    """Yield steps and summaries: what varies, the learning curves, the scores after training, and the status."""
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.plugins.hparams import metadata
    from tensorboard.plugins.hparams.api_pb2 import Status
    from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionEndInfo
    from tensorboard.plugins.hparams.summary_v2 import hparams_pb

    scalars: defaultdict[int, dict[str, float]] = defaultdict(dict)
    for name, curve in point.curves.items():
        for epoch, value in curve.items():
            scalars[epoch][f"epoch/{name}"] = value
    for name, value in point.finals.items():
        scalars[point.epochs][f"final/{name}"] = value
    yield 0, hparams_pb(point.varies, trial_id="", start_time_secs=snapshot.began or 0.0)  # "": a run is a trial
    for step in sorted(scalars):
        yield step, Summary(value=[{"tag": tag, "simple_value": value} for tag, value in scalars[step].items()])
    states = {"finished": "STATUS_SUCCESS", "failed": "STATUS_FAILURE", "unfinished": "STATUS_RUNNING"}
    end = SessionEndInfo(status=Status.Value(states[point.state]), end_time_secs=snapshot.ended or 0.0)
    plugin = metadata.create_summary_metadata(
        HParamsPluginData(session_end_info=end)
    )  # `session_end_pb` loads TensorFlow
    yield 0, Summary(value=[{"tag": metadata.SESSION_END_INFO_TAG, "metadata": plugin, "tensor": metadata.NULL_TENSOR}])


def _verdict_events(snapshot: ResultSnapshot) -> Iterator[tuple[int, Any]]:
    """Yield the verdict, in Markdown."""
    from tensorboard.plugins.text.summary_v2 import text_pb

    counts = f"{snapshot.done} of {snapshot.planned} trials."
    yield 0, text_pb("verdict/text_summary", "\n\n".join((f"**{snapshot.sentence}**", *snapshot.details, counts)))
