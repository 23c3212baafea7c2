"""The steps of the settings, as the threads of one process run them.

A step claims one due row, does one unit of work and returns whether there was one. It may occupy at most half of the
threads, so that long units leave some for short ones.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.db import close_old_connections
from django.utils.module_loading import import_string

from engine import correlation
from engine.leases import LeaseLost
from engine.moves import Overtaken
from engine.outages import AWAY
from engine.tracebacks import where

logger = logging.getLogger(__name__)

Work = Callable[[], bool]

LONGEST_PAUSE_SECONDS = 60.0
"""A step that keeps failing is retried at least this often."""

LONGEST_PAUSE_WITHOUT_DATABASE_SECONDS = 5.0
"""A step without its database is retried more often: nothing is wrong with it, and it should resume at once."""


@dataclass
class Step:
    """A step, shared by the threads of one process: how many more may run it, and its pause after failures."""

    name: str
    work: Work
    slots: threading.Semaphore
    failures: int = 0
    resumes_at: float = 0.0  # of the monotonic clock
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> bool:
        """Run one unit, unless the step is pausing or has no free slot. Return whether it found work; log a failure.

        A failing step pauses for 1 s, 2 s, 4 s and so on. Its row becomes due again when its lease expires.
        """
        if time.monotonic() < self.resumes_at or not self.slots.acquire(blocking=False):
            return False
        try:
            with correlation.bound(""):
                return self._unit()
        finally:
            self.slots.release()
            close_old_connections()  # also one that broke when the database was restarted

    def _unit(self) -> bool:
        try:
            found = self.work()
        except (LeaseLost, Overtaken) as overtaken:
            logger.info("%s: %s, another worker has the row", self.name, type(overtaken).__name__)
            found = True
        except Exception as error:  # noqa: BLE001 (a defect of one step must not stop the others; it is logged)
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
    """Return the steps of the settings, or of dotted paths, for this number of threads. Raises ImportError."""
    limit = (threads + 1) // 2
    names = settings.ENGINE_STEPS if paths is None else paths
    return [Step(name=name, work=import_string(name), slots=threading.Semaphore(limit)) for name in names]


def run_until_idle(steps: Sequence[Step]) -> list[str]:
    """Run the steps in this thread until none finds work. A step that failed is not run again; return their names."""
    working = list(steps)
    while any([step.run() for step in working]):  # noqa: C419 (run every step, also after one found work)
        working = [step for step in working if not step.failures]
    return [step.name for step in steps if step.failures]
