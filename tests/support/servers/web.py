"""The web server as a process of its own, on the database of the test."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from tests.support.database import database_url
from tests.support.root import ROOT

STARTED_WITHIN_SECONDS = 240  # on a machine that does other things, too


@dataclass(frozen=True)
class Web:
    port: int
    folder: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def temporary(self) -> list[str]:
        """The names of the server's temporary files."""
        return [file.name for file in (self.folder / "tmp").iterdir()]

    @property
    def log(self) -> str:
        return (self.folder / "web.log").read_text()


@contextmanager
def web(folder: Path, **environment: str) -> Iterator[Web]:
    """Serve the pages until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    (folder / "tmp").mkdir()
    own = {"DATABASE_URL": database_url(), "VAR_DIR": str(folder), "TMPDIR": str(folder / "tmp"), "LOG_FORMAT": "json"}
    command = [sys.executable, "manage.py", "web", "--port", str(port)]
    with (folder / "web.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **own, **environment}, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        server = Web(port=port, folder=folder)
        _wait_for(server, process)
        yield server
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_for(server: Web, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + STARTED_WITHIN_SECONDS
    while True:
        try:
            requests.get(f"{server.url}/healthz", timeout=5)
        except requests.RequestException:
            assert process.poll() is None, server.log
            assert time.monotonic() < deadline, server.log
            time.sleep(0.1)
        else:
            return
