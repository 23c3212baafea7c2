"""Paces the calls of a credential: one table of reservations, shared by all processes of the installation.

A caller locks the limiter's row, reserves the earliest time that both windows allow, commits, sleeps until then and
sends. There are no repeated attempts, so no caller starves.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Count
from django.utils import timezone

from partner_api.models import Grant, Limiter
from partner_api.pacing import fair_shares, limiter_clock, windows
from partner_api.pacing.limiter_clock import ClockReading, LastReading
from partner_api.priority import Priority

__all__ = ["Admission", "Budget", "Governor", "TooFarAway"]

Clock = Callable[[], datetime]

FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=2)
FORGIVEN_AFTER = timedelta(minutes=5)
# Half of the margin is for waking up, half for the way to the partner.
LATE = windows.MARGIN / 2
# A pause is checked shortly before the reserved time, so that the query delays no request.
WAKE_EARLY = timedelta(milliseconds=25)
# A machine that is too busy to wake in time gets a later time. After so many it sends: a 429 is better than silence.
MOST_MOVES = 5


class TooFarAway(Exception):
    """The next free time, `at`, is further ahead than the caller waits."""

    def __init__(self, *, at: datetime) -> None:
        self.at = at
        super().__init__(f"not before {at:%Y-%m-%d %H:%M:%S}")


@dataclass(frozen=True, slots=True)
class Budget:
    """The use of both windows, for pages."""

    used_in_second: int
    limit_per_second: int
    used_in_quarter_hour: int
    limit_per_quarter_hour: int
    paused_until: datetime | None


@dataclass(frozen=True, slots=True)
class Instant:
    """One instant on three clocks: the limiter's own, the wall clock, and the steady clock in seconds."""

    own: datetime
    wall: datetime
    steady: float


class Governor:
    """Paces one credential. `clock` defaults to the database's on PostgreSQL, since machines' clocks differ.

    `steady` is a clock in seconds that cannot be set; `machine` is its name, equal for all processes that share it.
    `quarter_hour` and `identical_reads_apart` are shorter only in tests.
    """

    def __init__(
        self,
        *,
        name: str,
        per_second: int,
        per_quarter_hour: int,
        clock: Clock | None = None,
        sleep: Callable[[float], None] = time.sleep,
        steady: Callable[[], float] | None = None,
        machine: str | None = None,
        chance: Callable[[], float] = random.random,
        quarter_hour: timedelta = timedelta(minutes=15),
        identical_reads_apart: timedelta = windows.IDENTICAL_READS_APART,
    ) -> None:
        self._name = name
        self._per_second = per_second
        self._per_quarter_hour = per_quarter_hour
        self._clock = clock or _shared_now
        self.sleep = sleep
        self.steady = steady or limiter_clock.steady_seconds
        self._machine = machine or limiter_clock.boot_id()
        self._chance = chance
        self._quarter_hour = quarter_hour + windows.MARGIN
        self._identical_reads_apart = identical_reads_apart

    def admit(self, *, priority: Priority, max_wait: timedelta, target: str = "", merchant: str = "") -> "Admission":
        """Reserve the earliest time for one request; the caller waits for it with `Admission.wait`.

        `target` names a read that must not be repeated within two seconds, `merchant` the one whose share of the budget
        the request uses. Raises TooFarAway, and reserves nothing, if that time is more than `max_wait` ahead.
        """
        grant, now = self.reserve(priority=priority, max_wait=max_wait, target=target, merchant=merchant)
        return Admission(governor=self, grant=grant, now=now, max_wait=max_wait)

    def reserve(
        self,
        *,
        priority: Priority,
        max_wait: timedelta,
        target: str = "",
        merchant: str = "",
        delay: timedelta = timedelta(0),
        instead_of: Grant | None = None,
    ) -> tuple[Grant, Instant]:
        """Reserve the earliest time that is at least `delay` ahead. Return it with the present one."""
        with transaction.atomic():
            limiter, now = self._lock()
            if instead_of is not None:
                # Only under the lock: its holder may be deleting old grants, this one among them.
                limiter.grants.filter(pk=instead_of.pk).delete()
            share = self._share(limiter, now=now.own, priority=priority, merchant=merchant)
            at = self._earliest(limiter, now=now.own, delay=delay, priority=priority, share=share, target=target)
            if at - now.own > max_wait:
                raise TooFarAway(at=now.wall + (at - now.own))
            limiter.save(update_fields=["latest", "ahead", "heard"])
            limiter.grants.filter(at__lt=now.own - self._quarter_hour).delete()
            return limiter.grants.create(at=at, priority=priority, target=target, merchant=merchant), now

    def paused_until(self) -> datetime | None:
        """Return the time, on the limiter's own clock, before which nothing may be sent."""
        found = Limiter.objects.filter(name=self._name).values_list("paused_until", flat=True)
        return found.first()

    def pause(self, *, until: datetime | None) -> None:
        """Pause all calls until `until`; without it for a time that doubles with every 429 in a row.

        Requests that are in progress at the first 429 get one, too: during a pause they add nothing.
        """
        with transaction.atomic():
            limiter, now = self._lock()
            paused = limiter.paused_until is not None and limiter.paused_until > now.own
            if until is not None:
                floor = now.own + (until - now.wall)
            elif paused:
                return
            else:
                floor = now.own + self._strike(limiter, now=now.own)
            limiter.paused_until = max(floor, limiter.paused_until) if limiter.paused_until else floor
            limiter.save()

    def budget(self) -> Budget:
        """Return the current use of the budget. Reads only."""
        limiter = Limiter.objects.filter(name=self._name).first() or Limiter(name=self._name)
        now = self._read_clocks(limiter).own
        used = Grant.objects.filter(limiter__name=self._name, at__lte=now)
        paused = limiter.paused_until if limiter.paused_until and limiter.paused_until > now else None
        return Budget(
            used_in_second=used.filter(at__gt=now - timedelta(seconds=1)).count(),
            limit_per_second=self._per_second,
            used_in_quarter_hour=used.filter(at__gt=now - self._quarter_hour + windows.MARGIN).count(),
            limit_per_quarter_hour=self._per_quarter_hour,
            paused_until=paused - limiter.ahead if paused else None,
        )

    def merchants(self) -> int:
        """Return for how many merchants calls were made in the 15 minutes. Reads only."""
        now = self._read_clocks(Limiter.objects.filter(name=self._name).first() or Limiter(name=self._name)).own
        recent = Grant.objects.filter(limiter__name=self._name, at__gt=now - self._quarter_hour).exclude(merchant="")
        return recent.aggregate(merchants=Count("merchant", distinct=True))["merchants"] or 0

    def _lock(self) -> tuple[Limiter, Instant]:
        """Return the limiter, locked until the transaction ends, and the time, read after the lock."""
        # On SQLite the transaction itself is the lock (IMMEDIATE); Django omits FOR UPDATE.
        limiter = Limiter.objects.select_for_update().filter(name=self._name).first()
        if limiter is None:
            Limiter.objects.get_or_create(name=self._name)
            limiter = Limiter.objects.select_for_update().get(name=self._name)
        return limiter, self._read_clocks(limiter)

    def _read_clocks(self, limiter: Limiter) -> Instant:
        """Read the clocks and advance the limiter's own one. Saves nothing."""
        reading = ClockReading(before=self.steady(), wall=self._clock(), after=self.steady())
        heard = LastReading.read(limiter.heard.get(self._machine))
        latest = limiter.latest or reading.wall
        own = limiter_clock.advance(
            latest=latest, ahead=limiter.ahead, heard=heard, reading=reading, alone=not _has_server_clock()
        )
        limiter.latest = own
        limiter.ahead = own - reading.wall
        latest_reading = LastReading(own=own, before=reading.before, after=reading.after)
        limiter.heard = limiter_clock.remembered(limiter.heard, now=own) | {self._machine: latest_reading.written()}
        return Instant(own=own, wall=reading.wall, steady=reading.after)

    def _share(self, limiter: Limiter, *, now: datetime, priority: Priority, merchant: str) -> float:
        """Return the share of the 15 minutes at which a call for this merchant waits."""
        recent = limiter.grants.filter(at__gt=now - self._quarter_hour).order_by()
        used: dict[str, dict[int, int]] = {}
        for name, each, calls in recent.values_list("merchant", "priority").annotate(Count("pk")):
            used.setdefault(name, {})[each] = calls
        return fair_shares.share_of(priority, merchant=merchant, used=used, limit=self._per_quarter_hour)

    def _earliest(
        self, limiter: Limiter, *, now: datetime, delay: timedelta, priority: Priority, share: float, target: str
    ) -> datetime:
        newest_first = limiter.grants.order_by("-at").values_list("at", flat=True)
        recent = list(newest_first.filter(at__gt=now - windows.SECOND))
        floors = [now + delay, limiter.paused_until or now]
        if target:
            floors += [at + self._identical_reads_apart for at in newest_first.filter(target=target)[:1]]
        allowed = windows.allowance(limit=self._per_quarter_hour, share=share)
        lasts = [at for at in recent if at > now] + [now]
        firsts = newest_first[allowed - 1 : allowed - 1 + len(lasts)]
        return windows.earliest_in_both(
            granted=recent,
            runs=list(zip(firsts, lasts, strict=False))[::-1],
            now=now,
            not_before=max(floors),
            limit=self._per_second,
            window=self._quarter_hour,
            priority=priority,
        )

    def _strike(self, limiter: Limiter, *, now: datetime) -> timedelta:
        """Count one more 429 and return the length of the pause."""
        in_a_row = limiter.struck_at is not None and now - limiter.struck_at < FORGIVEN_AFTER
        limiter.strikes = min(limiter.strikes + 1, 10) if in_a_row else 1
        limiter.struck_at = now
        pause: timedelta = min(FIRST_PAUSE * 2 ** (limiter.strikes - 1), LONGEST_PAUSE)
        return pause * (0.75 + self._chance() / 2)


class Admission:
    """A reserved time for one request."""

    def __init__(self, *, governor: Governor, grant: Grant, now: Instant, max_wait: timedelta) -> None:
        self._governor = governor
        self._grant = grant
        self._now = self._asked = now
        self._max_wait = max_wait

    @property
    def at(self) -> datetime:
        """The reserved time on the wall clock."""
        return self._now.wall + (self._grant.at - self._now.own)

    @property
    def waited(self) -> timedelta:
        """The time since the reservation."""
        return timedelta(seconds=self._governor.steady() - self._asked.steady)

    def wait(self) -> None:
        """Sleep until the reserved time. If that is missed, or a pause began meanwhile, reserve a later one.

        Raises TooFarAway, and deletes the reservation, if the later time is too far ahead.
        """
        for _ in range(MOST_MOVES):
            has_slept = self._sleep(short_of=WAKE_EARLY)
            paused = self._governor.paused_until() if has_slept else None
            self._sleep()
            late = self._own_now() - self._grant.at
            if late <= LATE and (paused is None or paused <= self._grant.at):
                return
            self._move(delay=late)
        self._sleep()

    def _sleep(self, *, short_of: timedelta = timedelta(0)) -> bool:
        """Sleep until the reserved time, or until shortly before it. Return whether that was in the future."""
        ahead = self._grant.at - short_of - self._own_now()
        if ahead > timedelta(0):
            self._governor.sleep(ahead.total_seconds())
        return ahead > timedelta(0)

    def _move(self, *, delay: timedelta) -> None:
        """Reserve another time. `delay` is how late we were: the next one is at least that far ahead, to be met."""
        before = self._grant
        try:
            self._grant, self._now = self._governor.reserve(
                priority=Priority(before.priority),
                max_wait=self._max_wait - self.waited,
                target=before.target,
                merchant=before.merchant,
                delay=max(delay, timedelta(0)),
                instead_of=before,
            )
        except TooFarAway:
            Grant.objects.filter(pk=before.pk).delete()
            raise

    def _own_now(self) -> datetime:
        """Return the limiter's own time from the steady clock, without a query."""
        return self._now.own + timedelta(seconds=self._governor.steady() - self._now.steady)


def _has_server_clock() -> bool:
    """Whether the database is a server, whose clock many machines may share."""
    return connection.vendor == "postgresql"


def _shared_now() -> datetime:
    if not _has_server_clock():
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment
