"""How long an issuance will take, and how often Thanx will be asked, as far as that can be known before.

The calls that issue are known exactly. When the last of them may leave follows from the budget as it is used now, by
the rules of the governor (partner_api.pacing.windows). What Thanx takes for a job is what it has taken lately.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from django.conf import settings

from issuance.jobs import due_times
from issuance.jobs.due_times import Traffic
from issuance.models import Batch
from issuance.states import BatchState
from partner_api import connect
from partner_api.pacing.governor import Budget
from partner_api.pacing.windows import Priority, allowance

QUARTER_HOUR = timedelta(minutes=15)
LATEST_JOBS = 20
"""So many completed jobs tell how long a job takes."""

UNTIL_KNOWN = timedelta(minutes=1)
"""What a job is taken to need as long as none has completed."""

MOST_LOOKS = 1_000


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """`calls` is exact; `looks`, the calls that ask how the jobs get on, and the times are estimates.

    `handed_over`: until the last call that issues has left. `completed`: until the last job has ended.
    """

    calls: int
    looks: int
    handed_over: timedelta
    completed: timedelta
    budget: Budget | None
    from_experience: bool


def forecast(*, calls: int, at: datetime) -> Forecast:
    """Return what so many calls would mean if they could leave now. Reads our own rows only; a few queries."""
    budget, taken, traffic = connect.budget(), job_time(), due_times.traffic(at=at)
    handed_over = until_all_left(calls=calls, budget=budget, at=at)
    crowd = Traffic(in_flight=traffic.in_flight + calls, webhooks_heard=traffic.webhooks_heard)
    a_job = taken or UNTIL_KNOWN
    return Forecast(
        calls=calls,
        looks=calls * looks_at(a_job, traffic=crowd),
        handed_over=handed_over,
        completed=handed_over + a_job,
        budget=budget,
        from_experience=taken is not None,
    )


def job_time() -> timedelta | None:
    """Return how long Thanx has lately taken for a job, None while no job has completed. One query."""
    ended = Batch.objects.filter(state=BatchState.COMPLETED, submitted_at__isnull=False, ended_at__isnull=False)
    times = ended.order_by("-ended_at").values_list("submitted_at", "ended_at")[:LATEST_JOBS]
    seconds = [(ended - begun).total_seconds() for begun, ended in times if begun is not None and ended is not None]
    return timedelta(seconds=max(median(seconds), 0)) if seconds else None


def until_all_left(*, calls: int, budget: Budget | None, at: datetime) -> timedelta:
    """Return when the last of so many calls may leave, counted from now, by both windows of the budget.

    What is used of the quarter of an hour is taken to come free at its end: it does so at the latest.
    """
    per_second, per_quarter, used, paused = _windows(budget, at=at)
    fits = max(0, per_quarter - used)
    if calls <= fits:
        return paused + timedelta(seconds=calls / per_second)
    waits, rest = divmod(calls - fits - 1, per_quarter)
    return paused + QUARTER_HOUR * (waits + 1) + timedelta(seconds=(rest + 1) / per_second)


def _windows(budget: Budget | None, *, at: datetime) -> tuple[int, int, int, timedelta]:
    """Return what issuing may use of a second and of a quarter of an hour, what is used, and a pause in force."""
    in_second = budget.limit_per_second if budget else settings.THANX_RATE_PER_SECOND
    in_quarter = budget.limit_per_quarter_hour if budget else settings.THANX_RATE_PER_15_MINUTES
    used = budget.used_in_quarter_hour if budget else 0
    until = budget.paused_until if budget else None
    pause = max(until - at, timedelta(0)) if until else timedelta(0)
    # One place of each second is kept for people's clicks: partner_api.pacing.windows.earliest_in_second.
    return max(1, in_second - 1), allowance(limit=in_quarter, priority=Priority.SUBMISSION), used, pause


def looks_at(a_job: timedelta, *, traffic: Traffic) -> int:
    """Return how often a job that takes so long is read: by the timetable, and once more when it has ended."""
    age, looks = timedelta(0), 0
    while age < a_job and looks < MOST_LOOKS:
        age += due_times.interval(age=age, had_news=False, traffic=traffic)
        looks += 1
    return max(looks, 1)
