"""The governor when clocks are set, processes end and machines reboot."""

import random
from datetime import timedelta

import pytest
from django.db import connection

from partner_api.models import Limiter
from partner_api.pacing.governor import Governor, TooFarAway
from partner_api.pacing.windows import MARGIN, QUARTER_HOUR, SECOND
from partner_api.priority import Priority
from tests.support.fake_clocks import FakeClocks

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
LIMIT, LONG_LIMIT = 5, 60


@pytest.fixture
def clocks():
    return FakeClocks()


def send(pacer: Governor, clocks, times=1, max_wait=HOUR):
    """Send `times` calls, one after another, and return their times on the steady clock."""
    sent = []
    for _ in range(times):
        pacer.admit(priority=Priority.USER_ACTION, max_wait=max_wait).wait()
        sent.append(clocks.elapsed)
    return sent


def closest(sent, limit):
    return min((late - early for early, late in zip(sent, sent[limit:], strict=False)), default=HOUR)


def due(sent, *, asked):
    """Return when the next may be sent at the earliest."""
    second = [at + SECOND for at in sent[-LIMIT : -LIMIT + 1]]
    quarter_hour = [at + QUARTER_HOUR for at in sent[-LONG_LIMIT : -LONG_LIMIT + 1]]
    return max([asked, *second, *quarter_hour])


@pytest.mark.parametrize("step", [-DAY, -MINUTE, -SECOND, -0.4 * SECOND, 0.4 * SECOND, SECOND, MINUTE, HOUR, 365 * DAY])
def test_when_the_clock_is_set_no_second_holds_too_many_and_no_call_waits_long(clocks, step):
    before = send(clocks.governor(), clocks, times=8)
    clocks.wall += step
    after = send(clocks.governor(), clocks, times=8)

    assert closest(before + after, LIMIT) >= SECOND - MARGIN / 2
    assert after[-1] - before[-1] <= 3 * SECOND


@pytest.mark.parametrize("step", [-DAY, -HOUR, HOUR, 365 * DAY])
def test_when_the_clock_is_set_the_quarter_hour_still_holds_and_ends_in_time(clocks, step):
    send(clocks.governor(per_quarter_hour=10), clocks, times=10)
    clocks.wall += step

    with pytest.raises(TooFarAway) as caught:
        send(clocks.governor(per_quarter_hour=10), clocks, max_wait=MINUTE)

    assert QUARTER_HOUR - 2 * SECOND <= caught.value.at - clocks.wall <= QUARTER_HOUR


@pytest.mark.parametrize("step", [-HOUR, HOUR])
def test_a_pause_lasts_as_long_as_thanx_said_however_the_clock_is_set_meanwhile(clocks, step):
    clocks.governor().pause(until=clocks.wall + MINUTE)
    clocks.wall += step

    assert send(clocks.governor(), clocks) == [MINUTE]


def test_a_clock_that_was_wrong_for_an_hour_and_is_set_right_stalls_no_call(clocks):
    clocks.wall += HOUR
    send(clocks.governor(), clocks, times=7)
    clocks.wall -= HOUR

    sent = send(clocks.governor(), clocks, times=7)
    assert sent[-1] - sent[0] <= 2 * SECOND


def test_an_idle_hour_is_no_step(clocks):
    send(clocks.governor(per_quarter_hour=10), clocks, times=10)
    clocks.sleep(3600)

    assert send(clocks.governor(per_quarter_hour=10), clocks, max_wait=SECOND) == [clocks.elapsed]


def test_a_refusal_is_no_reservation_and_the_clock_may_be_set_meanwhile(clocks):
    send(clocks.governor(per_quarter_hour=10), clocks, times=10)
    for _ in range(5):
        clocks.sleep(100)
        clocks.wall += HOUR
        with pytest.raises(TooFarAway):
            send(clocks.governor(per_quarter_hour=10), clocks, max_wait=MINUTE)
    clocks.sleep(450)

    assert send(clocks.governor(per_quarter_hour=10), clocks, max_wait=SECOND)


@pytest.mark.parametrize("seed", range(4))
def test_through_steps_and_ends_of_processes_both_windows_hold_and_no_call_waits_in_vain(clocks, seed):
    chance, sent, pacer = random.Random(seed), [], clocks.governor(per_quarter_hour=LONG_LIMIT)
    for _ in range(400):
        happening = chance.random()
        if happening < 0.1:
            clocks.wall += chance.choice([-1, 1]) * timedelta(seconds=10 ** chance.uniform(-2, 6))
        elif happening < 0.2:
            pacer = clocks.governor(per_quarter_hour=LONG_LIMIT)
        elif happening < 0.5:
            clocks.sleep(10 ** chance.uniform(-2, 1.5))
        expected = due(sent, asked=clocks.elapsed)
        sent += send(pacer, clocks)
        # Hundredths: what the drift of quartzes may hide, in a quarter of an hour.
        assert abs(sent[-1] - expected) <= MARGIN

    assert closest(sent, LIMIT) >= timedelta(seconds=1)
    assert closest(sent, LONG_LIMIT) >= timedelta(minutes=15)


@pytest.mark.skipif(connection.vendor == "postgresql", reason="a new machine believes the clock of the database")
@pytest.mark.parametrize("seed", range(2))
def test_a_machine_that_starts_anew_with_any_time_keeps_both_windows(clocks, seed):
    chance, sent = random.Random(seed), []
    for _ in range(40):
        clocks.restart(off=10 ** chance.uniform(0, 3))
        clocks.wall += chance.choice([-1, 0, 1]) * timedelta(seconds=10 ** chance.uniform(-1, 6))
        clocks.sleep(chance.uniform(0, 5))
        asked = clocks.elapsed
        sent += send(clocks.governor(per_quarter_hour=LONG_LIMIT), clocks, times=7)
        assert sent[-1] - asked <= QUARTER_HOUR + 2 * SECOND

    assert closest(sent, LIMIT) >= timedelta(seconds=1)
    assert closest(sent, LONG_LIMIT) >= timedelta(minutes=15)


def test_what_a_machine_said_long_ago_is_not_kept_for_ever(clocks):
    send(clocks.governor(), clocks)
    clocks.restart(off=1)
    send(clocks.governor(), clocks)
    clocks.sleep(2 * 86_400)
    send(clocks.governor(), clocks)

    assert list(Limiter.objects.get().heard) == ["start 2"]
