"""Who may send when: one log of reservations per credential, shared by every process of the installation.

Whoever wants to send locks the limiter's row, takes the earliest moment that both windows allow, writes it down,
commits, sleeps until then and sends. Nobody tries again and again, so nobody starves.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from partner_api.models import Grant, Limiter
from partner_api.pacing import own_time, windows
from partner_api.pacing.own_time import Heard, Reading
from partner_api.pacing.windows import Priority

__all__ = ["Admission", "Budget", "Governor", "Priority", "TooFarAway"]

Clock = Callable[[], datetime]

FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=2)
FORGIVEN_AFTER = timedelta(minutes=5)
# Half of the margin is for waking, half for the way to the partner.
LATE = windows.MARGIN / 2
# Whether everybody pauses is asked before the moment, so that the answer makes nobody late.
WAKE_EARLY = timedelta(milliseconds=25)
# A machine too busy to wake in time gets a later moment. After so many it sends: a 429 is better than silence.
MOST_MOVES = 5


class TooFarAway(Exception):
    """The next free moment, `at`, lies further ahead than the caller would wait."""

    def __init__(self, *, at: datetime) -> None:
        self.at = at
        super().__init__(f"not before {at:%Y-%m-%d %H:%M:%S}")


@dataclass(frozen=True, slots=True)
class Budget:
    """What is used of both windows, for people to read."""

    used_in_second: int
    limit_per_second: int
    used_in_quarter_hour: int
    limit_per_quarter_hour: int
    paused_until: datetime | None


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant on three clocks: the limiter's own, the world's, and one that nobody can set."""

    own: datetime
    world: datetime
    steady: float


class Governor:
    """Paces one credential. `clock` defaults to the database's on PostgreSQL, since machines disagree.

    `steady` is a clock that nobody can set, in seconds, and `machine` names it for all who share it. `quarter_hour` and
    `identical_reads_apart` are shorter only for tests, which cannot wait for so long.
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
        self.steady = steady or own_time.since_start
        self._machine = machine or own_time.this_start()
        self._chance = chance
        self._quarter_hour = quarter_hour + windows.MARGIN
        self._identical_reads_apart = identical_reads_apart

    def admit(self, *, priority: Priority, max_wait: timedelta, target: str = "") -> Admission:
        """Reserve the earliest moment for one request; the caller then waits for it with `Admission.wait`.

        `target` names a read that must not be repeated within two seconds. Raises TooFarAway, and reserves nothing,
        if the moment is more than `max_wait` ahead.
        """
        grant, now = self.reserve(priority=priority, max_wait=max_wait, target=target)
        return Admission(governor=self, grant=grant, now=now, max_wait=max_wait)

    def reserve(
        self,
        *,
        priority: Priority,
        max_wait: timedelta,
        target: str = "",
        delay: timedelta = timedelta(0),
        instead_of: Grant | None = None,
    ) -> tuple[Grant, Moment]:
        """Write down the earliest moment, at least `delay` ahead, and return it with the present one."""
        with transaction.atomic():
            limiter, now = self._lock()
            if instead_of is not None:
                # Only under the lock: who holds it may be clearing away old grants, this one among them.
                limiter.grants.filter(pk=instead_of.pk).delete()
            at = self._earliest(limiter, now=now.own, delay=delay, priority=priority, target=target)
            if at - now.own > max_wait:
                raise TooFarAway(at=now.world + (at - now.own))
            limiter.save(update_fields=["latest", "ahead", "heard"])
            limiter.grants.filter(at__lt=now.own - self._quarter_hour).delete()
            return limiter.grants.create(at=at, priority=priority, target=target), now

    def paused_until(self) -> datetime | None:
        """Return the limiter's own time before which nothing may be sent, as it stands now."""
        found = Limiter.objects.filter(name=self._name).values_list("paused_until", flat=True)
        return found.first()

    def pause(self, *, until: datetime | None) -> None:
        """Let nobody send before `until`; without it for a while that doubles with every 429 in a row.

        The requests that were under way at the first 429 get theirs too: while paused they add nothing.
        """
        with transaction.atomic():
            limiter, now = self._lock()
            paused = limiter.paused_until is not None and limiter.paused_until > now.own
            if until is not None:
                floor = now.own + (until - now.world)
            elif paused:
                return
            else:
                floor = now.own + self._strike(limiter, now=now.own)
            limiter.paused_until = max(floor, limiter.paused_until) if limiter.paused_until else floor
            limiter.save()

    def budget(self) -> Budget:
        """Return what is used now. Reads only."""
        limiter = Limiter.objects.filter(name=self._name).first() or Limiter(name=self._name)
        now = self._run_on(limiter).own
        used = Grant.objects.filter(limiter__name=self._name, at__lte=now)
        paused = limiter.paused_until if limiter.paused_until and limiter.paused_until > now else None
        return Budget(
            used_in_second=used.filter(at__gt=now - timedelta(seconds=1)).count(),
            limit_per_second=self._per_second,
            used_in_quarter_hour=used.filter(at__gt=now - self._quarter_hour + windows.MARGIN).count(),
            limit_per_quarter_hour=self._per_quarter_hour,
            paused_until=paused - limiter.ahead if paused else None,
        )

    def _lock(self) -> tuple[Limiter, Moment]:
        """Return the limiter, locked until the transaction ends, and the time read after the lock was had."""
        # On SQLite the transaction itself is the lock (IMMEDIATE); FOR UPDATE is then left out by Django.
        limiter = Limiter.objects.select_for_update().filter(name=self._name).first()
        if limiter is None:
            Limiter.objects.get_or_create(name=self._name)
            limiter = Limiter.objects.select_for_update().get(name=self._name)
        return limiter, self._run_on(limiter)

    def _run_on(self, limiter: Limiter) -> Moment:
        """Read the clocks, and move the limiter's own time on as far as both bear out. Saves nothing."""
        reading = Reading(before=self.steady(), world=self._clock(), after=self.steady())
        heard = Heard.read(limiter.heard.get(self._machine))
        latest = limiter.latest or reading.world
        own = own_time.run_on(
            latest=latest, ahead=limiter.ahead, heard=heard, reading=reading, alone=not _has_its_own_clock()
        )
        limiter.latest = own
        limiter.ahead = own - reading.world
        told = Heard(own=own, before=reading.before, after=reading.after)
        limiter.heard = own_time.remembered(limiter.heard, now=own) | {self._machine: told.written()}
        return Moment(own=own, world=reading.world, steady=reading.after)

    def _earliest(
        self, limiter: Limiter, *, now: datetime, delay: timedelta, priority: Priority, target: str
    ) -> datetime:
        newest_first = limiter.grants.order_by("-at").values_list("at", flat=True)
        recent = list(newest_first.filter(at__gt=now - windows.SECOND))
        floors = [now + delay, limiter.paused_until or now]
        if target:
            floors += [at + self._identical_reads_apart for at in newest_first.filter(target=target)[:1]]
        allowed = windows.allowance(limit=self._per_quarter_hour, priority=priority)
        lasts = [at for at in recent if at > now] + [now]
        firsts = newest_first[allowed - 1 : allowed - 1 + len(lasts)]
        return windows.moment(
            granted=recent,
            runs=list(zip(firsts, lasts, strict=False))[::-1],
            now=now,
            not_before=max(floors),
            limit=self._per_second,
            window=self._quarter_hour,
            priority=priority,
        )

    def _strike(self, limiter: Limiter, *, now: datetime) -> timedelta:
        """Count one more 429 and return for how long to pause."""
        in_a_row = limiter.struck_at is not None and now - limiter.struck_at < FORGIVEN_AFTER
        limiter.strikes = min(limiter.strikes + 1, 10) if in_a_row else 1
        limiter.struck_at = now
        pause: timedelta = min(FIRST_PAUSE * 2 ** (limiter.strikes - 1), LONGEST_PAUSE)
        return pause * (0.75 + self._chance() / 2)


class Admission:
    """A reserved moment. `waited` is how long it took, once `wait` has returned."""

    def __init__(self, *, governor: Governor, grant: Grant, now: Moment, max_wait: timedelta) -> None:
        self._governor = governor
        self._grant = grant
        self._now = self._asked = now
        self._max_wait = max_wait

    @property
    def at(self) -> datetime:
        """The reserved moment on the world's clock."""
        return self._now.world + (self._grant.at - self._now.own)

    @property
    def waited(self) -> timedelta:
        """The time since the moment was asked for."""
        return timedelta(seconds=self._governor.steady() - self._asked.steady)

    def wait(self) -> None:
        """Sleep until the reserved moment. One that was missed, or is paused meanwhile, is exchanged for a later.

        Raises TooFarAway, and gives the moment back, if the later one is too far ahead.
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
        """Sleep until, or until shortly before, the reserved moment. Return whether that was ahead."""
        ahead = self._grant.at - short_of - self._own_now()
        if ahead > timedelta(0):
            self._governor.sleep(ahead.total_seconds())
        return ahead > timedelta(0)

    def _move(self, *, delay: timedelta) -> None:
        """Exchange the moment. `delay` is how late we were: the next one is that far ahead, so that it is met."""
        before = self._grant
        try:
            self._grant, self._now = self._governor.reserve(
                priority=Priority(before.priority),
                max_wait=self._max_wait - self.waited,
                target=before.target,
                delay=max(delay, timedelta(0)),
                instead_of=before,
            )
        except TooFarAway:
            Grant.objects.filter(pk=before.pk).delete()
            raise

    def _own_now(self) -> datetime:
        """Return the limiter's time without asking: the steady clock has run on since it was last heard."""
        return self._now.own + timedelta(seconds=self._governor.steady() - self._now.steady)


def _has_its_own_clock() -> bool:
    """Whether the database is a server with a clock, which many machines may share."""
    return connection.vendor == "postgresql"


def _shared_now() -> datetime:
    if not _has_its_own_clock():
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment
