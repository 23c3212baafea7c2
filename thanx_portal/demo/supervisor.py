"""Runs several programs that start and stop together."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

Found = TypeVar("Found")

PR_SET_PDEATHSIG = 1
"""Source: prctl(2): sets the signal that a child gets when its parent dies."""

PATIENCE_SECONDS = 10.0
CHECK_EVERY_SECONDS = 0.1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None  # loaded before any fork


class ChildEnded(Exception):
    """One of the programs ended by itself, so all are ended."""

    def __init__(self, name: str, code: int) -> None:
        super().__init__(f"{name} ended with {code}.")


class TookTooLong(Exception):
    """A condition did not become true in time."""


class Supervisor:
    """Starts programs, passes on their output, and ends them all. Call `start` from the main thread only."""

    def __init__(self, *, say: Callable[[str], None], environment: Mapping[str, str], folder: Path) -> None:
        """Programs run in `folder`, wherever this process was started."""
        self._say = say
        self._folder = folder
        self._environment = {**environment, "PYTHONUNBUFFERED": "1"}
        self._children: dict[str, subprocess.Popen[str]] = {}
        self._errands: set[str] = set()

    def start(self, name: str, command: Sequence[str], *, is_errand: bool = False) -> None:
        """Start a program; an errand is a program that ends when it is done.

        It gets its own session, so that Ctrl-C reaches this process only, which then ends the program properly.
        """
        child = subprocess.Popen(  # noqa: S603 (our own programs)
            command,
            env=self._environment,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 (it only makes one system call)
        )
        self._children[name] = child
        if is_errand:
            self._errands.add(name)
        threading.Thread(target=self._pass_on, args=(name, child), daemon=True).start()

    def until(self, condition: Callable[[], Found | None], *, what: str, seconds: float) -> Found:
        """Wait until `condition` returns something true, and return that. Raises ChildEnded and TookTooLong."""
        deadline = time.monotonic() + seconds
        while not (found := condition()):
            self.check()
            if time.monotonic() > deadline:
                raise TookTooLong(f"{what} took longer than {seconds:g} s.")
            time.sleep(CHECK_EVERY_SECONDS)
        return found

    def check(self) -> None:
        """Raise ChildEnded if a program has ended or an errand has failed."""
        for name, child in self._children.items():
            if child.poll() is not None and not (name in self._errands and child.returncode == 0):
                raise ChildEnded(name, child.returncode)

    def watch(self) -> None:
        """Wait until one of the programs ends. Raises ChildEnded."""
        while True:
            self.check()
            time.sleep(CHECK_EVERY_SECONDS)

    def finish(self, name: str, *, seconds: float) -> None:
        """Wait until an errand is done. Raises ChildEnded when it failed, and TookTooLong."""
        self.until(lambda: self._children[name].poll() == 0, what=name, seconds=seconds)

    def stop(self) -> None:
        """End all programs, the last one first. A program that does not end in time is killed with its children."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        for child in reversed(list(self._children.values())):
            child.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(max(deadline - time.monotonic(), 0.1))
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()

    def _pass_on(self, name: str, child: subprocess.Popen[str]) -> None:
        assert child.stdout is not None
        for line in child.stdout:
            self._say(f"{name:8}| {line.rstrip()}")


def _die_with_parent() -> None:
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
