"""Wait for workers on the command line, and do their work in this process if no worker is running."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from django.utils import timezone

from engine.heartbeat import is_worker_alive
from engine.leases import LeaseLost
from engine.moves import Overtaken
from engine.outages import tolerate_outage

USUAL_SECONDS = 120.0
PAUSE_SECONDS = 0.2

Step = Callable[[], bool]


def until(is_done: Callable[[], bool], *, steps: Sequence[Step], stderr: Any, seconds: float) -> bool:
    """Wait until something is done; False after `seconds`. Without a worker, as at first, the steps run here."""
    deadline = time.monotonic() + seconds
    alone = False
    while not tolerate_outage(is_done, otherwise=False):
        if time.monotonic() > deadline:
            return False
        if tolerate_outage(lambda: is_worker_alive(at=timezone.now()), otherwise=True):
            time.sleep(PAUSE_SECONDS)
            continue
        if not alone:
            stderr.write("No worker has been heard from: doing the work in this process.")
            alone = True
        if not any([_run(step) for step in steps]):  # noqa: C419 (every step gets its turn)
            time.sleep(PAUSE_SECONDS)
    return True


def _run(step: Step) -> bool:
    try:
        return step()
    except (LeaseLost, Overtaken):
        return True  # a worker has appeared after all, and has the row
