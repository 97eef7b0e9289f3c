"""A Dask cluster of real processes, and what goes wrong with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cloudpickle
import pytest
from dask_processes import PATIENCE, Processes, children, processes

from dropout_lab.errors import ClusterError
from dropout_lab.executors import NeedsData, Work, WorkerDied
from dropout_lab.executors import dask_cluster as module
from dropout_lab.executors.dask_cluster import Cluster, connect

cloudpickle.register_pickle_by_value(sys.modules[__name__])  # the functions below are sent to other processes

FEW_FAILURES = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    """Give a scheduler and a worker that no test takes down."""
    with processes(tmp_path_factory.mktemp("dask"), 1) as found:
        yield found


def work(function: Callable[..., object], **others: Callable[..., object]) -> Work:
    parts: dict[str, Callable[..., object]] = {
        "prepare": lambda serialized_data: function,
        "serialized_data": lambda: b"",
        "facts": dict,
        "on_result": lambda worker, facts, results: None,
        "on_notice": print,
    }
    return Work(**{**parts, **others})  # type: ignore[arg-type]


def wait_for(path: Path) -> None:
    end = time.monotonic() + PATIENCE
    while not path.exists():
        assert time.monotonic() < end
        time.sleep(0.02)


def wait_until_gone(process: int) -> None:
    end = time.monotonic() + PATIENCE
    while Path(f"/proc/{process}").exists():
        assert time.monotonic() < end
        time.sleep(0.02)


def once_let(folder: str, block: int) -> Iterator[tuple[int, int]]:
    """Note who works on a block, and wait until that is let."""
    Path(folder, f"begun-{block}-by-{os.getppid()}").touch()
    while not Path(folder, "go").exists():
        time.sleep(0.02)
    yield block, os.getppid()


def test_a_worker_killed_in_the_middle_loses_nothing_and_nothing_comes_twice(folder: Path) -> None:
    with processes(folder, 2) as dask, connect(dask.address) as cluster:
        cluster._client.wait_for_workers(2, timeout=PATIENCE)
        victim, other = dask.workers
        results = cluster.executor(work(lambda block: once_let(str(folder), block)))(range(6), 9, threading.Event())

        def kill() -> None:
            end = time.monotonic() + PATIENCE
            while len(begun := list(folder.glob("begun-*"))) < 2 and time.monotonic() < end:
                time.sleep(0.02)
            [child] = children(victim)
            victim.kill()
            wait_until_gone(child)
            (folder / "go").touch()
            assert len(begun) == 2

        killer = threading.Thread(target=kill)
        killer.start()
        found = list(results)
        killer.join()
    assert sorted(block for block, _ in found) == list(range(6))
    assert {worker for _, worker in found} == {other.pid}


def crash(block: int) -> Iterator[int]:
    if block == 1:
        os.abort()
    yield block


def test_a_block_that_takes_its_process_down_is_told_with_evidence_and_the_worker_lives(shared: Processes) -> None:
    with connect(shared.address) as cluster:
        found = list(cluster.executor(work(crash))(range(3), 9, threading.Event()))
    assert sorted(found, key=str) == [0, 2, WorkerDied(1, evidence=True)]
    assert shared.workers[0].poll() is None


def vanish(block: int) -> Iterator[int]:
    if block == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    yield block


def test_a_process_that_somebody_killed_is_told_without_evidence(shared: Processes) -> None:
    with connect(shared.address) as cluster:
        assert WorkerDied(1, evidence=False) in list(cluster.executor(work(vanish))(range(2), 9, threading.Event()))


def take_the_worker_down(block: int) -> Iterator[int]:
    if block == 1:
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(PATIENCE)
    yield block


@pytest.mark.slow
def test_a_block_that_takes_each_worker_down_is_told_with_how_many(folder: Path) -> None:
    with processes(folder, 2, **FEW_FAILURES) as dask, connect(dask.address) as cluster:
        cluster._client.wait_for_workers(2, timeout=PATIENCE)
        found = list(cluster.executor(work(take_the_worker_down))(range(4), 9, threading.Event()))
    assert sorted(found, key=str) == [0, 2, 3, WorkerDied(1, evidence=True, times=1)]


def test_a_lost_scheduler_is_told_after_what_came_before_it(folder: Path) -> None:
    with processes(folder, 1) as dask, connect(dask.address) as cluster:
        stop = threading.Event()
        results = cluster.executor(work(lambda block: [block]))(range(1000), 9, stop)
        assert next(results) == 0
        dask.scheduler.kill()
        with pytest.raises(ClusterError, match="the Dask scheduler is gone or was restarted: finished trials are"):
            list(results)
        assert stop.is_set()


def test_who_takes_no_more_results_ends_what_workers_do_at_once(shared: Processes, folder: Path) -> None:
    with connect(shared.address) as cluster:
        results = cluster.executor(work(lambda block: once_let(str(folder), block) if block else [0]))
        running = results(range(2), 9, threading.Event())
        assert next(running) == 0
        wait_for(folder / f"begun-1-by-{shared.workers[0].pid}")
        found = children(shared.workers[0])
        running.close()
        for child in found:
            wait_until_gone(child)


CLIENT = """
import sys, threading
from dropout_lab.executors import Work
from dropout_lab.executors.dask_cluster import connect

def sleep(block):
    import time
    time.sleep(600)
    return []

with connect(sys.argv[1]) as cluster:
    work = Work(lambda serialized_data: sleep, lambda: b"", dict, lambda worker, facts, results: None, print)
    list(cluster.executor(work)([1], 9, threading.Event()))
"""


@pytest.mark.slow
def test_a_client_that_is_killed_ends_what_workers_do_for_it_at_once(shared: Processes) -> None:
    [worker] = shared.workers
    before = set(children(worker))
    client = subprocess.Popen([sys.executable, "-c", CLIENT, shared.address])
    end = time.monotonic() + PATIENCE
    while not (begun := set(children(worker)) - before):
        assert client.poll() is None
        assert time.monotonic() < end
        time.sleep(0.1)
    client.kill()
    client.wait()
    for child in begun:
        wait_until_gone(child)


@pytest.mark.slow
def test_a_stop_does_not_wait_for_what_no_worker_has_begun(folder: Path) -> None:
    with processes(folder, 1) as dask, connect(dask.address) as cluster:
        stop = threading.Event()
        results = cluster.executor(work(lambda block: [block]))(range(1000), 9, stop)
        assert next(results) == 0
        dask.workers[0].kill()
        threading.Timer(2, stop.set).start()
        assert len(list(results)) < 999


def needs(content: bytes | None) -> Callable[[int], list[tuple[int, bytes]]]:
    if content is None:
        raise NeedsData
    return lambda block: [(block, content)]


def test_what_a_worker_lacks_is_sent_and_made_once(shared: Processes) -> None:
    made = []

    def serialized_data() -> bytes:
        made.append(1)
        return b"data" * 1_000_000

    with connect(shared.address) as cluster:
        some = work(lambda block: [], prepare=needs, serialized_data=serialized_data)
        found = list(cluster.executor(some)(range(3), 9, threading.Event()))
    assert sorted(found) == [(block, b"data" * 1_000_000) for block in range(3)]
    assert made == [1]


def test_who_may_work_is_asked_before_and_after(shared: Processes) -> None:
    heard: list[tuple[str, object, int]] = []
    with connect(str(shared.file)) as cluster:
        some = work(
            lambda block: [block] * block,
            facts=lambda: {"pid": os.getpid()},
            on_result=lambda worker, facts, results: heard.append((worker, facts, len(results))),
        )
        cluster.inspect(some)
        list(cluster.executor(some)([3], 9, threading.Event()))
    assert len({worker for worker, _, _ in heard}) == 1
    assert [each[1:] for each in heard] == [({"pid": shared.workers[0].pid}, count) for count in (0, 3)]


def test_a_worker_that_cannot_say_what_it_is_is_named(shared: Processes) -> None:
    def fail() -> dict[str, object]:
        raise ModuleNotFoundError("No module named 'dropout_lab'")

    with (
        connect(shared.address) as cluster,
        pytest.raises(ClusterError, match=r"worker tcp://127\.0\.0\.1:.* No module"),
    ):
        cluster.inspect(work(lambda block: [], facts=fail))


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nowhere", "http://127.0.0.1:9", "tcp://", "127.0.0.1:99999"])
def test_an_address_where_nobody_answers_is_told_in_time(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SECONDS_TO_ANSWER", 1)
    with (
        pytest.raises(ClusterError, match=r"no Dask scheduler answered within 1 s .*: expected the address"),
        connect(address),
    ):
        pass


@pytest.mark.slow
def test_a_scheduler_that_no_worker_joins_is_told_in_time(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SECONDS_FOR_A_WORKER", 1)
    with (
        processes(folder, 0) as dask,
        pytest.raises(ClusterError, match="no worker joined within 1 s: start one, for example: dask worker tcp"),
        connect(dask.address),
    ):
        pass


def test_a_file_that_no_scheduler_wrote_is_told(folder: Path) -> None:
    (folder / "file").write_text("{}")
    with pytest.raises(ClusterError, match="expected a file written by 'dask scheduler --scheduler-file'"):
        connect(str(folder / "file")).__enter__()


def test_an_empty_address_is_refused() -> None:
    with pytest.raises(ClusterError, match="expected the address of a Dask scheduler, the file it wrote, or 'local'"):
        connect("").__enter__()


def test_without_the_package_it_is_said_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterError, match=r"--dask needs the package distributed: .*\[dask\]"):
        connect("local").__enter__()


def test_the_blocks_of_a_worker_may_take_half_of_its_memory(shared: Processes) -> None:
    with connect(shared.address) as cluster:
        assert isinstance(cluster, Cluster)
        assert cluster.slots() == 1
        memory = cluster.block_memory()
    assert memory is not None
    assert 0 < memory < os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
