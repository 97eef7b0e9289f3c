"""What tests of trackers need; a real MLflow server on the loopback, which says on its output what it was asked."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest

needs_mlflow = pytest.mark.skipif(
    any(find_spec(name) is None for name in ("mlflow", "sqlalchemy", "alembic", "flask")),
    reason="mlflow-skinny, or what its database or server needs, is not installed",
)
needs_tensorboard = pytest.mark.skipif(
    find_spec("tensorboard") is None, reason="tensorboard, which reads event files, is not installed"
)

PATIENCE = 120
SERVE = """
from werkzeug.serving import make_server, WSGIRequestHandler
from mlflow.server import app

class Handler(WSGIRequestHandler):
    def log_request(self, *_):
        print(self.command, self.path, self.headers.get("Authorization", "-"), flush=True)

server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Handler)
print("port", server.port, flush=True)
server.serve_forever()
"""


@dataclass(frozen=True)
class Served:
    """A server that runs."""

    port: int
    log: Path

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def asked(self) -> list[str]:
        """Return what it was asked so far: method, path and authorization."""
        return self.log.read_text().splitlines()[1:]


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    """Run a server whose database and files are in a folder."""
    places = {
        "_MLFLOW_SERVER_FILE_STORE": f"sqlite:///{folder}/served.db",
        "_MLFLOW_SERVER_SERVE_ARTIFACTS": "true",
        "_MLFLOW_SERVER_ARTIFACT_ROOT": "mlflow-artifacts:/",
        "_MLFLOW_SERVER_ARTIFACT_DESTINATION": f"{folder}/artifacts",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    log = folder / "served.log"
    with log.open("w") as out, (folder / "served.err").open("w") as errors:
        command = [sys.executable, "-c", SERVE]
        process = subprocess.Popen(command, stdout=out, stderr=errors, env=os.environ | places)
    try:
        end = time.monotonic() + PATIENCE
        while not log.read_text().endswith("\n"):
            assert process.poll() is None, (folder / "served.err").read_text()
            assert time.monotonic() < end
            time.sleep(0.05)
        yield Served(int(log.read_text().split()[1]), log)
    finally:
        process.kill()
        process.wait()
