"""The forecast of time and calls follows from the budget as it is used now, and from earlier jobs."""

from datetime import timedelta

import pytest

from issuance.jobs.due_times import Traffic
from issuance.sending import forecast
from issuance.states import BatchState
from partner_api.pacing.governor import Budget
from tests.support.factories import NOON, create_batch_with_job

QUIET = Traffic(in_flight=1, webhooks_heard=False)


def budget(*, used=0, paused_for=None):
    return Budget(
        used_in_second=0,
        limit_per_second=5,
        used_in_quarter_hour=used,
        limit_per_quarter_hour=2_000,
        paused_until=NOON + paused_for if paused_for else None,
    )


@pytest.mark.parametrize(
    ("calls", "used", "seconds"),
    [
        (4, 0, 1),  # one of the five places of a second is kept for people's clicks
        (100, 0, 25),
        (1_900, 0, 475),  # 95 % of the 2,000 may be used for issuing
        (1_901, 0, 900.25),  # one more waits for the next quarter of an hour
        (100, 1_850, 900 + 12.5),  # fifty fit, fifty wait
        (10, 2_000, 900 + 2.5),
        (3_801, 0, 1_800.25),
    ],
)
def test_the_last_call_leaves_when_both_windows_allow_it(calls, used, seconds):
    found = forecast.until_all_left(calls=calls, budget=budget(used=used), at=NOON)

    assert found == timedelta(seconds=seconds)


def test_a_pause_in_force_comes_before():
    paused = budget(paused_for=timedelta(seconds=90))

    assert forecast.until_all_left(calls=4, budget=paused, at=NOON) == timedelta(seconds=91)


def test_without_a_credential_the_settings_tell(settings):
    settings.THANX_RATE_PER_SECOND = 3

    assert forecast.until_all_left(calls=4, budget=None, at=NOON) == timedelta(seconds=2)


@pytest.mark.parametrize(
    ("job", "looks"),
    [
        (timedelta(seconds=1), 1),
        (timedelta(seconds=12), 3),  # after 5, 10 and 15 seconds
        (timedelta(minutes=1), 9),  # 5 apart up to 20, then a quarter of its age: 25, 31, 39, 49, 61
    ],
)
def test_a_job_is_read_by_the_timetable_of_polling(job, looks):
    assert forecast.polls_of(job, traffic=QUIET) == looks


def test_with_webhooks_it_is_read_seldom():
    heard = Traffic(in_flight=1, webhooks_heard=True)

    assert forecast.polls_of(timedelta(minutes=1), traffic=heard) == 1


@pytest.mark.django_db
def test_a_job_takes_as_long_as_jobs_have_taken_lately():
    assert forecast.job_time() is None
    for seconds in (10, 20, 600):
        ended = {"submitted_at": NOON, "ended_at": NOON + timedelta(seconds=seconds)}
        create_batch_with_job(state=BatchState.COMPLETED, issued_count=1, **ended)

    assert forecast.job_time() == timedelta(seconds=20)


@pytest.mark.django_db
def test_the_whole_is_told_in_one():
    found = forecast.forecast(calls=8, at=NOON)

    assert (found.calls, found.handed_over, found.completed) == (8, timedelta(seconds=2), timedelta(seconds=62))
    assert found.polls == 8 * forecast.polls_of(
        timedelta(minutes=1), traffic=Traffic(in_flight=8, webhooks_heard=False)
    )
    assert not found.from_experience
