"""The programs of one installation, each in a process group of its own, which can be killed at any instant."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.support.root import ROOT

STOPPED_WITHIN_SECONDS = 60.0


class Programs:
    """Programs by name. Their output goes to files, which are searched for identifiers at the end."""

    def __init__(self, *, environment: Mapping[str, str], logs: Path) -> None:
        self._environment = {**environment, "PYTHONUNBUFFERED": "1"}
        self._logs = logs
        self._commands: dict[str, Sequence[str]] = {}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._lock = threading.RLock()
        self.late_to_stop: list[str] = []
        self.died_by_themselves: list[str] = []

    def start(self, name: str, *command: str) -> None:
        """Start a program, or restart the one of that name."""
        with self._lock:
            self._commands.setdefault(name, command)
            with (self._logs / f"{name}.log").open("ab") as log:
                self._running[name] = subprocess.Popen(
                    [sys.executable, *self._commands[name]],
                    cwd=ROOT,
                    env=self._environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )

    def names(self, kind: str) -> list[str]:
        """Return the programs of a kind: worker, web."""
        with self._lock:
            return [name for name in self._commands if name.startswith(kind)]

    def kill(self, name: str) -> None:
        """SIGKILL the program and all that it started, as when its machine dies."""
        with self._lock:
            self._kill_group(self._alive(name))

    def kill_child(self, name: str) -> bool:
        """SIGKILL one child process of the program. Return whether there was one."""
        with self._lock:
            children = _children(self._alive(name).pid)
            if children:
                os.kill(children[0], signal.SIGKILL)
            return bool(children)

    def stop(self, name: str) -> None:
        """Stop the program with SIGTERM, as a deployment does, and wait for its end."""
        with self._lock:
            program = self._alive(name)
        program.terminate()
        try:
            program.wait(STOPPED_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            self.late_to_stop.append(name)
        self._kill_group(program)

    def stop_all(self) -> None:
        for name in reversed(list(self._running)):
            self._kill_group(self._running[name])

    def run(self, *arguments: str, given: str = "", seconds: float = 300.0) -> subprocess.CompletedProcess[str]:
        """Run a management command. Its stderr is kept with the logs."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self._environment,
            input=given,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        with self._lock, (self._logs / "commands.log").open("a", encoding="utf-8") as log:
            log.write(f"$ {arguments[0]}: {done.returncode}\n{done.stderr}")
        return done

    def _alive(self, name: str) -> subprocess.Popen[bytes]:
        """Return a program. If it has ended by itself, note that."""
        if self._running[name].poll() is not None:
            self.died_by_themselves.append(name)
        return self._running[name]

    def _kill_group(self, program: subprocess.Popen[bytes]) -> None:
        try:
            os.killpg(program.pid, signal.SIGKILL)
        except ProcessLookupError:
            return  # all of it has ended already
        finally:
            program.wait()


def _children(pid: int) -> list[int]:
    try:
        listed = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(each) for each in listed.split()]


def wait_until(happened, what: str, *, seconds: float) -> None:
    """Wait for something that other processes do. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not happen within {seconds:g} s")
        time.sleep(0.3)  # most look by having another process read the database
