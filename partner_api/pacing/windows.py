"""When the next request may be sent: the arithmetic of the two windows, as functions of values.

Source: Thanx Partner API v4.0, "Rate limits": 5 requests a second and 2,000 in 15 minutes per credential.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from partner_api.priority import Priority

# A process wakes late, and so it sends late: up to 41 ms on a machine with three times the work it can do. More than
# twice that costs nothing, since in the long run the 15 minutes are the limit.
MARGIN = timedelta(milliseconds=100)
SECOND = timedelta(seconds=1) + MARGIN
QUARTER_HOUR = timedelta(minutes=15) + MARGIN
# Thanx requires two seconds between the arrivals. A repeated read is not urgent, so there is room for a first one that
# is delayed on its way for longer than the second.
IDENTICAL_READS_APART = timedelta(seconds=2.5)
# An answer is good for a minute (certification: no needless repeat); the rest is for clocks and transit.
ANSWERS_KEEP = timedelta(seconds=65)
# How far ahead calls without the priority of a user's action may take the last slot of a second.
LAST_PLACE_AHEAD = timedelta(seconds=0.25)


def allowance(*, limit: int, share: float) -> int:
    """Return how many requests of the 15 minutes may be granted before one that may use this share must wait."""
    return max(1, int(limit * share))


def earliest(*, granted: Sequence[datetime], not_before: datetime, limit: int, window: timedelta = SECOND) -> datetime:
    """Return the earliest time from `not_before` at which one more grant leaves at most `limit` in any window.

    `granted` may be in any order and in the future; gaps between grants are used.
    """
    candidates = sorted({not_before, *(at + window for at in granted if at + window > not_before)})
    return next(at for at in candidates if _fits(at, granted=granted, limit=limit, window=window))


def _fits(at: datetime, *, granted: Sequence[datetime], limit: int, window: timedelta) -> bool:
    near = sorted([at, *(one for one in granted if abs(one - at) < window)])
    return all(late - early >= window for early, late in zip(near, near[limit:], strict=False))


def earliest_in_second(
    *, granted: Sequence[datetime], now: datetime, not_before: datetime, limit: int, priority: Priority
) -> datetime:
    """Return the earliest time that keeps every sliding second at `limit`.

    Calls other than a user's action leave the last slot of a second free, unless they would use it at once. So a user's
    click gets a slot within about a second, however many requests wait, and no slot stays empty.
    """
    soonest = earliest(granted=granted, not_before=not_before, limit=limit)
    if priority is Priority.USER_ACTION or soonest - now <= LAST_PLACE_AHEAD:
        return soonest
    return earliest(granted=granted, not_before=not_before, limit=max(1, limit - 1))


Run = tuple[datetime, datetime]
"""The times of the first and the last of as many consecutive grants as a window may hold."""


def earliest_in_both(
    *,
    granted: Sequence[datetime],
    runs: Sequence[Run],
    now: datetime,
    not_before: datetime,
    limit: int,
    window: timedelta,
    priority: Priority,
) -> datetime:
    """Return the earliest time that keeps every second at `limit` and adds no grant to a `window` with a whole run.

    `runs` are those that end in the future and the latest one that does not, the oldest first.
    """
    while True:
        at = earliest_in_second(granted=granted, now=now, not_before=not_before, limit=limit, priority=priority)
        not_before = outside_runs(runs, at=at, window=window)
        if not_before == at:
            return at


def outside_runs(runs: Sequence[Run], *, at: datetime, window: timedelta) -> datetime:
    """Return the earliest time from `at` that shares a window with no whole run.

    So a higher priority finds a slot before waiting calls of lower ones: its runs are longer, and where only lower
    priorities were granted, a run of that length takes longer than the window.
    """
    for first, last in runs:
        if last - first < window and last - window < at < first + window:
            at = first + window
    return at
