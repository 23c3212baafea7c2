"""When the next request may leave: the arithmetic of the two windows, as functions of values.

Source: Thanx Partner API v4.0, "Rate limits": 5 requests a second and 2,000 in 15 minutes per credential.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import IntEnum

# A woken process is late, and so is what it sends: up to 41 ms were seen on a machine with three times the work it can
# do. More than twice that costs nothing, since in the long run it is the 15 minutes that hold everybody back.
MARGIN = timedelta(milliseconds=100)
SECOND = timedelta(seconds=1) + MARGIN
QUARTER_HOUR = timedelta(minutes=15) + MARGIN
# Thanx wants two seconds between its own looks at the clock. Reading again has no hurry, so that the first may be held
# up on its way for longer than the second.
IDENTICAL_READS_APART = timedelta(seconds=2.5)
# An answer stays good for a minute (certification: no needless repeat), and clocks and transit take a little.
ANSWERS_KEEP = timedelta(seconds=65)
# How far ahead anything but a user's action may take the last place of a second.
LAST_PLACE_AHEAD = timedelta(seconds=0.25)


class Priority(IntEnum):
    """What a request is for; the higher, the more of a tight budget it may use."""

    CATALOG = 10
    POLLING = 20
    CAMPAIGN_CREATION = 30
    SUBMISSION = 40
    REVOCATION = 50
    USER_ACTION = 60

    @property
    def share(self) -> float:
        """The part of the 15 minutes' budget that may be used up before this must wait."""
        return _SHARES[self]


_SHARES = {
    Priority.CATALOG: 0.70,
    Priority.POLLING: 0.85,
    Priority.CAMPAIGN_CREATION: 0.93,
    Priority.SUBMISSION: 0.95,
    Priority.REVOCATION: 0.98,
    Priority.USER_ACTION: 1.0,
}


def allowance(*, limit: int, priority: Priority) -> int:
    """Return how many of the 15 minutes' requests may be granted before one of this priority must wait."""
    return max(1, int(limit * priority.share))


def earliest(*, granted: Sequence[datetime], not_before: datetime, limit: int, window: timedelta = SECOND) -> datetime:
    """Return the earliest time, from `not_before`, at which one more grant leaves at most `limit` in any window.

    `granted` may be in any order and may lie ahead; a gap between grants is used.
    """
    candidates = sorted({not_before, *(at + window for at in granted if at + window > not_before)})
    return next(at for at in candidates if _fits(at, granted=granted, limit=limit, window=window))


def _fits(at: datetime, *, granted: Sequence[datetime], limit: int, window: timedelta) -> bool:
    near = sorted([at, *(one for one in granted if abs(one - at) < window)])
    return all(late - early >= window for early, late in zip(near, near[limit:], strict=False))


def slot(
    *, granted: Sequence[datetime], now: datetime, not_before: datetime, limit: int, priority: Priority
) -> datetime:
    """Return the earliest time that keeps every sliding second at `limit`.

    All but a user's action leave the last place of a second free, unless they would use it at once. So a user's click
    finds a place within about a second however many requests wait, and no place stays empty while anyone comes.
    """
    soonest = earliest(granted=granted, not_before=not_before, limit=limit)
    if priority is Priority.USER_ACTION or soonest - now <= LAST_PLACE_AHEAD:
        return soonest
    return earliest(granted=granted, not_before=not_before, limit=max(1, limit - 1))


Run = tuple[datetime, datetime]
"""The first and the last of as many grants in a row as a window may hold."""


def moment(
    *,
    granted: Sequence[datetime],
    runs: Sequence[Run],
    now: datetime,
    not_before: datetime,
    limit: int,
    window: timedelta,
    priority: Priority,
) -> datetime:
    """Return the earliest time that keeps the second at `limit` and leaves every one of `runs` alone in its `window`.

    `runs` are those that end ahead and the latest that does not, the oldest first.
    """
    while True:
        at = slot(granted=granted, now=now, not_before=not_before, limit=limit, priority=priority)
        not_before = clear_of(runs, at=at, window=window)
        if not_before == at:
            return at


def clear_of(runs: Sequence[Run], *, at: datetime, window: timedelta) -> datetime:
    """Return the earliest time, from `at`, that shares a window with no whole run.

    So whoever may use more of the window than those who wait finds a place before them: where only they have been
    granted, every run that is long enough to be in the way is longer than the window.
    """
    for first, last in runs:
        if last - first < window and last - window < at < first + window:
            at = first + window
    return at
