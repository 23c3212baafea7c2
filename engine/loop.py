"""One runner of the steps: some threads of one process. What it forgets cannot matter, because the rows are the truth.

Each thread passes through the steps in order of importance and lets each do one unit, so that no step starves another;
and no step may occupy more than half the threads, so that long units leave room for short ones.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.db import close_old_connections, connections
from django.utils.module_loading import import_string

from engine import correlation
from engine.leases import LeaseLost
from engine.moves import Overtaken
from engine.outages import AWAY
from engine.tracebacks import where

logger = logging.getLogger(__name__)

Work = Callable[[], bool]

LONGEST_PAUSE_SECONDS = 60.0
"""A step that keeps failing is tried at least this often."""

LONGEST_PAUSE_WITHOUT_DATABASE_SECONDS = 5.0
"""One that misses the database is tried more often: nothing is wrong with it, and work should go on at once."""


@dataclass
class Step:
    """A step as the threads of one process share it: how many are in it, and whether it is pausing after failures."""

    name: str
    work: Work
    room: threading.Semaphore
    failures: int = 0
    resumes_at: float = 0.0  # of the monotonic clock
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> bool:
        """Do one unit, if there is one and there is room. Return whether it found work; a failure is logged.

        A failing step pauses: 1 s, 2 s, 4 s and so on. Its row becomes due again when its lease runs out.
        """
        if time.monotonic() < self.resumes_at or not self.room.acquire(blocking=False):
            return False
        try:
            with correlation.carried(""):
                return self._unit()
        finally:
            self.room.release()
            close_old_connections()  # one that broke, as when the database was restarted

    def _unit(self) -> bool:
        try:
            found = self.work()
        except (LeaseLost, Overtaken) as overtaken:
            logger.info("%s: %s, another worker has the row", self.name, type(overtaken).__name__)
            found = True
        except Exception as error:  # noqa: BLE001 (one step's defect must not stop the others; it is told and paced)
            self._pause(error)
            return False
        self.failures = 0
        return bool(found)

    def _pause(self, error: Exception) -> None:
        with self.lock:
            self.failures += 1
            longest = LONGEST_PAUSE_WITHOUT_DATABASE_SECONDS if isinstance(error, AWAY) else LONGEST_PAUSE_SECONDS
            pause = min(2.0 ** (self.failures - 1), longest)
            self.resumes_at = time.monotonic() + pause
        logger.error("%s failed with %s; trying again in %g s", self.name, where(error), pause)


def load_steps(paths: Iterable[str] | None = None, *, threads: int = 1) -> list[Step]:
    """Return the steps of the settings, or of dotted paths, ready for so many threads. Raises ImportError."""
    limit = (threads + 1) // 2
    names = settings.ENGINE_STEPS if paths is None else paths
    return [Step(name=name, work=import_string(name), room=threading.Semaphore(limit)) for name in names]


def run_until_idle(steps: Sequence[Step]) -> list[str]:
    """Run the steps in this thread until none finds work. Return the names of those that failed, which are left out."""
    working = list(steps)
    while any([step.run() for step in working]):  # noqa: C419 (every step gets its turn, also after one found work)
        working = [step for step in working if not step.failures]
    return [step.name for step in steps if step.failures]


class Loop:
    """Threads that run the steps until they are told to stop.

    When there is nothing to do, one thread looks out for work and the others sleep until it finds some. Before it goes
    to look, it hands the look-out over: what it finds may take a minute, and other work becomes due meanwhile.
    """

    def __init__(self, steps: Sequence[Step], *, threads: int, idle_seconds: float) -> None:
        self._steps = steps
        self._idle_seconds = idle_seconds
        self._bell = threading.Condition()
        self._someone_looks_out = False
        self._calls = 0
        self._stopping = False
        self._threads = [threading.Thread(target=self._work, name=f"worker-{n + 1}") for n in range(threads)]

    def start(self) -> None:
        """Start the threads and return."""
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Look for work now: somebody says that there may be some."""
        with self._bell:
            self._calls += 1
            self._bell.notify_all()

    def stop(self) -> None:
        """Let each thread finish the unit in hand and end. Returns at once; safe in a signal handler's thread."""
        with self._bell:
            self._stopping = True
            self._bell.notify_all()

    def is_whole(self) -> bool:
        """Whether all threads live. Only a defect of the loop itself ends one early: the process should end too."""
        return all(thread.is_alive() for thread in self._threads)

    def join(self) -> None:
        """Wait until all threads have ended."""
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        try:
            while not self._stopping:
                if not self._pass():
                    self._rest()
        finally:
            connections.close_all()

    def _pass(self) -> bool:
        found = False
        for step in self._steps:
            if self._stopping:
                break
            if step.run():
                found = True
                self._call_another()
        return found

    def _call_another(self) -> None:
        with self._bell:
            self._calls += 1
            self._bell.notify()

    def _rest(self) -> None:
        with self._bell:
            calls = self._calls
            while self._someone_looks_out and calls == self._calls and not self._stopping:
                self._bell.wait()
            if calls == self._calls and not self._stopping:
                self._look_out()

    def _look_out(self) -> None:
        self._someone_looks_out = True
        self._bell.wait(self._idle_seconds)
        self._someone_looks_out = False
        self._bell.notify()  # somebody else looks out from now on
