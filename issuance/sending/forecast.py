"""A forecast of an issuance: how long it will take, and how many calls it will need.

The calls that issue are known exactly. When the last of them may leave follows from the budget as it is used now, by
the rules of the governor (partner_api.pacing.windows). A job is taken to need what jobs have needed lately.
"""

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
from partner_api.pacing.windows import allowance
from partner_api.priority import Priority

QUARTER_HOUR = timedelta(minutes=15)
LATEST_JOBS = 20
"""How long a job takes is known from so many completed jobs."""

UNTIL_KNOWN = timedelta(minutes=1)
"""What a job is taken to need while none has completed."""

MOST_POLLS = 1_000


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """The forecast. `calls`, which issue, is exact; `polls`, which read the jobs, and the times are estimates.

    `handed_over`: until the last call that issues has left. `completed`: until the last job has ended.
    """

    calls: int
    polls: int
    handed_over: timedelta
    completed: timedelta
    budget: Budget | None
    from_experience: bool


def forecast(*, calls: int, at: datetime) -> Forecast:
    """Return the forecast of so many calls that may leave from now on. Calls no partner; a few queries."""
    budget, taken, traffic = connect.budget(), job_time(), due_times.traffic(at=at)
    handed_over = until_all_left(calls=calls, budget=budget, at=at)
    crowd = Traffic(in_flight=traffic.in_flight + calls, webhooks_heard=traffic.webhooks_heard)
    a_job = taken or UNTIL_KNOWN
    return Forecast(
        calls=calls,
        polls=calls * polls_of(a_job, traffic=crowd),
        handed_over=handed_over,
        completed=handed_over + a_job,
        budget=budget,
        from_experience=taken is not None,
    )


def job_time() -> timedelta | None:
    """Return how long a job has taken lately, None while none has completed. One query."""
    ended = Batch.objects.filter(state=BatchState.COMPLETED, submitted_at__isnull=False, ended_at__isnull=False)
    times = ended.order_by("-ended_at").values_list("submitted_at", "ended_at")[:LATEST_JOBS]
    seconds = [(ended - begun).total_seconds() for begun, ended in times if begun is not None and ended is not None]
    return timedelta(seconds=max(median(seconds), 0)) if seconds else None


def until_all_left(*, calls: int, budget: Budget | None, at: datetime) -> timedelta:
    """Return when the last of so many calls may leave, counted from now, by both windows of the budget.

    What is used of the quarter of an hour comes free at its end at the latest, and is taken to do so.
    """
    per_second, per_quarter, used, paused = _windows(budget, at=at)
    fits = max(0, per_quarter - used)
    if calls <= fits:
        return paused + timedelta(seconds=calls / per_second)
    waits, rest = divmod(calls - fits - 1, per_quarter)
    return paused + QUARTER_HOUR * (waits + 1) + timedelta(seconds=(rest + 1) / per_second)


def _windows(budget: Budget | None, *, at: datetime) -> tuple[int, int, int, timedelta]:
    """Return the calls that issuing may make in a second and in 15 minutes, those made in 15 minutes, and any pause."""
    in_second = budget.limit_per_second if budget else settings.THANX_RATE_PER_SECOND
    in_quarter = budget.limit_per_quarter_hour if budget else settings.THANX_RATE_PER_15_MINUTES
    used = budget.used_in_quarter_hour if budget else 0
    until = budget.paused_until if budget else None
    pause = max(until - at, timedelta(0)) if until else timedelta(0)
    # One place of each second is kept for users' acts: partner_api.pacing.windows.earliest_in_second.
    return max(1, in_second - 1), allowance(limit=in_quarter, share=Priority.SUBMISSION.share), used, pause


def polls_of(a_job: timedelta, *, traffic: Traffic) -> int:
    """Return how often a job that takes so long is polled, the poll after its end included."""
    age, polls = timedelta(0), 0
    while age < a_job and polls < MOST_POLLS:
        age += due_times.interval(age=age, had_news=False, traffic=traffic)
        polls += 1
    return max(polls, 1)
