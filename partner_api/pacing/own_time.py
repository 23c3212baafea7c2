"""The limiter's own time: it follows a clock that can be set, as far as one that nobody can set bears that out.

Every machine has a clock that counts from its start, sleep included, and that all its processes share. What it showed
at the last reservation bounds how much time has passed since, whatever the other clock says by now.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

# Both go on while the machine sleeps and cannot be set: the one on Linux, the other on macOS.
_SINCE_START = getattr(time, "CLOCK_BOOTTIME", None) or getattr(time, "CLOCK_MONOTONIC_RAW", None)

# How far two machines' clocks may run apart. Over the longest window that is less than its margin.
DRIFT = 50e-6
FORGOTTEN_AFTER = timedelta(days=1)


def since_start() -> float:
    """Return the seconds on a clock that nobody can set, and that goes on while the machine sleeps."""
    return time.clock_gettime(_SINCE_START) if _SINCE_START is not None else time.monotonic()


@cache
def this_start() -> str:
    """Return a name of this start of this machine: equal for all processes whose `since_start` is the same clock.

    Where the machine does not name its starts, each process has a name of its own.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        # A container may have been given a clock with another beginning.
        return f"{boot} {Path('/proc/self/ns/time').readlink()}"
    except (OSError, ValueError):
        return str(uuid4())


@dataclass(frozen=True, slots=True)
class Reading:
    """What the clock that can be set showed, and the steady one, in seconds, just before and just after."""

    world: datetime
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Heard:
    """What the limiter's own time was when a machine last reserved, and that machine's steady clock around it."""

    own: datetime
    before: float
    after: float

    @classmethod
    def read(cls, written: Any) -> Self | None:
        """Return what `written` says; None when nothing was written."""
        if not written:
            return None
        own, before, after = written
        return cls(own=datetime.fromisoformat(own), before=before, after=after)

    def written(self) -> list[Any]:
        """Return it as JSON can hold it."""
        return [self.own.isoformat(), self.before, self.after]


def remembered(heard: dict[str, Any], *, now: datetime) -> dict[str, Any]:
    """Return what is `written` of each machine, without those that have not reserved for a day."""
    return {name: said for name, said in heard.items() if now - datetime.fromisoformat(said[0]) < FORGOTTEN_AFTER}


def run_on(*, latest: datetime, ahead: timedelta, heard: Heard | None, reading: Reading, alone: bool) -> datetime:
    """Return the own time now. It never goes back, and runs no faster and no slower than the steady clock.

    `latest` is the last own time on any machine, `ahead` how far it was ahead of the world's (below zero: behind), and
    `heard` what this machine knows of its own last reservation. `alone` says that there is only this machine.
    """
    now = reading.world + ahead
    if heard is not None and reading.before >= heard.after:
        soonest, furthest = _bounds(heard, reading)
        now = min(max(now, soonest), furthest)
    elif alone:
        # It has been off: only the time since its start is certain to have passed.
        now = min(now, latest + timedelta(seconds=reading.after))
    return max(latest, now)


def _bounds(heard: Heard, reading: Reading) -> tuple[datetime, datetime]:
    least = timedelta(seconds=reading.before - heard.after)
    most = timedelta(seconds=reading.after - heard.before)
    return heard.own + least * (1 - DRIFT), heard.own + most * (1 + DRIFT)
