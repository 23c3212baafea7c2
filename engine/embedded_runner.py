"""The embedded runner: threads of one process that run the steps. It keeps no state: the rows are the truth.

Each thread goes through the steps in order of importance and runs one unit of each, so that no step starves another.
"""

import threading
from collections.abc import Sequence

from django.db import connections

from engine.steps import Step


class EmbeddedRunner:
    """Threads that run the steps until `stop`.

    While nothing is due, one thread polls and the others sleep until there is work. Before it polls, it leaves the next
    poll to another thread: a unit that it finds may take a minute, and other rows become due meanwhile.
    """

    def __init__(self, steps: Sequence[Step], *, threads: int, idle_seconds: float) -> None:
        self._steps = steps
        self._idle_seconds = idle_seconds
        self._changed = threading.Condition()
        self._has_poller = False
        self._wakes = 0
        self._stopping = False
        self._threads = [threading.Thread(target=self._work, name=f"worker-{n + 1}") for n in range(threads)]

    def start(self) -> None:
        """Start the threads and return."""
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """Poll now: there may be work."""
        with self._changed:
            self._wakes += 1
            self._changed.notify_all()

    def stop(self) -> None:
        """Let each thread finish its unit and end. Returns at once; safe in the thread of a signal handler."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()

    def is_alive(self) -> bool:
        """Whether all threads live. Only a defect of the runner ends one early; then the process should end, too."""
        return all(thread.is_alive() for thread in self._threads)

    def join(self) -> None:
        """Wait until all threads have ended."""
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        try:
            while not self._stopping:
                if not self._pass():
                    self._wait()
        finally:
            connections.close_all()

    def _pass(self) -> bool:
        found = False
        for step in self._steps:
            if self._stopping:
                break
            if step.run():
                found = True
                self._wake_one()
        return found

    def _wake_one(self) -> None:
        with self._changed:
            self._wakes += 1
            self._changed.notify()

    def _wait(self) -> None:
        with self._changed:
            wakes = self._wakes
            while self._has_poller and wakes == self._wakes and not self._stopping:
                self._changed.wait()
            if wakes == self._wakes and not self._stopping:
                self._wait_for_next_poll()

    def _wait_for_next_poll(self) -> None:
        self._has_poller = True
        self._changed.wait(self._idle_seconds)
        self._has_poller = False
        self._changed.notify()  # another thread does the next poll
