"""Starts processes on the database of the test, and talks to them by lines."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.database import database_url
from tests.support.root import ROOT


def start(module: str, *arguments: object, **environment: str) -> subprocess.Popen[str]:
    """Start a module of this package, which reads and writes lines."""
    command = [sys.executable, "-m", f"tests.support.processes.{module}", *map(str, arguments)]
    own = {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "thanx_portal.settings"}
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **own, **environment}, stdin=pipe, stdout=pipe, text=True
    )


@contextmanager
def running(*processes: subprocess.Popen[str]) -> Iterator[tuple[subprocess.Popen[str], ...]]:
    """Wait until each prints `ready`, and kill all of them after the block."""
    try:
        assert [read_line(process) for process in processes] == ["ready"] * len(processes)
        yield processes
    finally:
        for process in processes:
            kill(process)


def read_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def write_line(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


def kill(process: subprocess.Popen[Any]) -> None:
    """Send SIGKILL and wait for the end."""
    process.kill()
    process.communicate()
