"""The limiter's own clock, which does not jump when the wall clock is set.

Every machine has a steady clock that counts from its boot, sleep included, and that all its processes share. It limits
how much time can have passed since the last reservation when the wall clock was set.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

# Both run while the machine sleeps and cannot be set: the first on Linux, the second on macOS.
_STEADY_CLOCK = getattr(time, "CLOCK_BOOTTIME", None) or getattr(time, "CLOCK_MONOTONIC_RAW", None)

# The largest difference in speed between two machines' clocks: over the longest window less than its margin.
DRIFT = 50e-6
FORGOTTEN_AFTER = timedelta(days=1)


def steady_seconds() -> float:
    """Return the seconds since boot on a clock that cannot be set and that runs while the machine sleeps."""
    return time.clock_gettime(_STEADY_CLOCK) if _STEADY_CLOCK is not None else time.monotonic()


@cache
def boot_id() -> str:
    """Return a name of this boot of this machine: equal for all processes with the same `steady_seconds`.

    On a machine without boot ids each process has a name of its own.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        # A container may have a clock with another zero.
        return f"{boot} {Path('/proc/self/ns/time').readlink()}"
    except (OSError, ValueError):
        return str(uuid4())


@dataclass(frozen=True, slots=True)
class ClockReading:
    """A reading of the wall clock, with the steady clock in seconds just before and just after it."""

    wall: datetime
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class LastReading:
    """The limiter's own time at the last reservation of a machine, and that machine's steady clock around it."""

    own: datetime
    before: float
    after: float

    @classmethod
    def read(cls, written: Any) -> Self | None:
        """Return the reading that `written` made JSON of; None if there is none."""
        if not written:
            return None
        own, before, after = written
        return cls(own=datetime.fromisoformat(own), before=before, after=after)

    def written(self) -> list[Any]:
        """Return the reading as JSON."""
        return [self.own.isoformat(), self.before, self.after]


def remembered(heard: dict[str, Any], *, now: datetime) -> dict[str, Any]:
    """Return the written reading of each machine, without machines that have not reserved for a day."""
    return {
        name: reading for name, reading in heard.items() if now - datetime.fromisoformat(reading[0]) < FORGOTTEN_AFTER
    }


def advance(
    *, latest: datetime, ahead: timedelta, heard: LastReading | None, reading: ClockReading, alone: bool
) -> datetime:
    """Return the own time now. It never goes back, and runs at the speed of the steady clock.

    `latest` is the last own time on any machine, `ahead` how far it was ahead of the wall clock (below zero: behind),
    and `heard` this machine's last reading. `alone`: there is only this machine.
    """
    now = reading.wall + ahead
    if heard is not None and reading.before >= heard.after:
        soonest, furthest = _bounds(heard, reading)
        now = min(max(now, soonest), furthest)
    elif alone:
        # It was rebooted: only the time since its boot has certainly passed.
        now = min(now, latest + timedelta(seconds=reading.after))
    return max(latest, now)


def _bounds(heard: LastReading, reading: ClockReading) -> tuple[datetime, datetime]:
    least = timedelta(seconds=reading.before - heard.after)
    most = timedelta(seconds=reading.after - heard.before)
    return heard.own + least * (1 - DRIFT), heard.own + most * (1 + DRIFT)
