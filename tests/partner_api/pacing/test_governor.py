"""The governor with a clock, a sleep and a chance that the test holds in its hand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from partner_api.models import Grant
from partner_api.pacing.governor import Governor, Priority, TooFarAway
from partner_api.pacing.windows import IDENTICAL_READS_APART, MARGIN, QUARTER_HOUR, SECOND
from tests.support.governed_world import NOON, World

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def world():
    return World()


def governor(world, **options):
    return world.governor(**options)


def send(pacer, world, times=1, **options):
    """Send so often, one after another, and return when, on the clock that nobody can set."""
    options = {"priority": Priority.SUBMISSION, "max_wait": HOUR, **options}
    sent = []
    for _ in range(times):
        pacer.admit(**options).wait()
        sent.append(world.elapsed)
    return sent


def assert_paced(sent, limit=5):
    pairs = zip(sent, sent[limit:], strict=False)
    assert all(late - early >= timedelta(seconds=1) for early, late in pairs)


def test_the_sixth_waits_for_its_second(world):
    sent = send(governor(world), world, times=6)

    assert sent == [timedelta(0)] * 5 + [SECOND]


def test_both_windows_hold(world):
    sent = send(governor(world, per_quarter_hour=10), world, times=12, priority=Priority.USER_ACTION)

    assert_paced(sent)
    assert sent[10] - sent[0] >= timedelta(minutes=15)


def test_a_moment_too_far_away_is_named_and_not_reserved(world):
    pacer = governor(world, per_quarter_hour=1)
    send(pacer, world)

    with pytest.raises(TooFarAway) as caught:
        pacer.admit(priority=Priority.USER_ACTION, max_wait=MINUTE)

    assert caught.value.at == NOON + QUARTER_HOUR
    assert Grant.objects.count() == 1


def test_a_tight_budget_is_kept_for_what_is_urgent(world):
    pacer = governor(world, per_quarter_hour=20)
    admitted = []
    for priority in sorted(Priority):
        try:
            send(pacer, world, times=20, priority=priority, max_wait=MINUTE)
        except TooFarAway:
            admitted.append(Grant.objects.count())

    assert admitted == [14, 17, 18, 19, 19, 20]


def test_an_identical_read_waits_two_seconds_and_another_does_not(world):
    sent = [send(governor(world), world, target=target)[0] for target in ("a", "b", "a", "c")]

    assert sent == [timedelta(0), timedelta(0), IDENTICAL_READS_APART, IDENTICAL_READS_APART]


def test_grants_older_than_the_longest_window_are_forgotten(world):
    pacer = governor(world)
    send(pacer, world, times=3)
    world.sleep(1000)
    send(pacer, world)

    assert Grant.objects.count() == 1


# --- 429 -----------------------------------------------------------------------------------------------------


def test_a_429_makes_everybody_wait_as_long_as_it_says(world):
    governor(world).pause(until=NOON + MINUTE)

    assert send(governor(world), world, priority=Priority.USER_ACTION) == [MINUTE]


def test_a_429_also_holds_back_those_who_have_their_moment_already(world):
    pacer = governor(world)
    send(pacer, world, times=5)
    waiting = pacer.admit(priority=Priority.POLLING, max_wait=HOUR)
    pacer.pause(until=NOON + MINUTE)

    waiting.wait()

    assert world.elapsed >= MINUTE


def test_one_who_would_wait_too_long_behind_a_429_gives_the_moment_back(world):
    pacer = governor(world)
    send(pacer, world, times=5)
    waiting = pacer.admit(priority=Priority.POLLING, max_wait=timedelta(seconds=5))
    pacer.pause(until=NOON + MINUTE)

    with pytest.raises(TooFarAway):
        waiting.wait()

    assert Grant.objects.count() == 5


def test_without_retry_after_the_pause_doubles_with_every_429_in_a_row(world):
    pacer, pauses = governor(world), []
    for _ in range(9):
        pacer.pause(until=None)
        pauses.append(pacer.budget().paused_until - world.wall)
        world.sleep(pauses[-1].total_seconds())

    assert [pause.total_seconds() for pause in pauses] == [2, 4, 8, 16, 32, 64, 120, 120, 120]


def test_the_429s_of_requests_that_were_under_way_count_once(world):
    pacer = governor(world)
    for _ in range(5):
        pacer.pause(until=None)

    assert pacer.budget().paused_until == NOON + timedelta(seconds=2)


def test_after_a_while_the_first_pause_is_short_again(world):
    pacer = governor(world)
    for _ in range(4):
        pacer.pause(until=None)
        world.sleep(20)
    world.sleep(600)

    pacer.pause(until=None)

    assert pacer.budget().paused_until - world.wall == timedelta(seconds=2)


def test_pauses_are_spread_by_chance(world):
    governor(world, chance=lambda: 0.0).pause(until=None)

    assert governor(world).budget().paused_until == NOON + timedelta(seconds=1.5)


# --- Being late ----------------------------------------------------------------------------------------------


def test_one_who_wakes_too_late_takes_a_new_moment(world):
    oversleeping = [timedelta(seconds=0.3)]

    def sleep(seconds):
        world.sleep(seconds + (oversleeping.pop() if oversleeping else timedelta(0)).total_seconds())

    pacer = governor(world)
    pacer.sleep = sleep
    sent = send(pacer, world, times=12, priority=Priority.USER_ACTION)

    assert_paced(sent)
    assert Grant.objects.count() == 12


def test_a_machine_that_is_always_late_sends_all_the_same_and_never_early(world):
    pacer = governor(world)
    pacer.sleep = lambda seconds: world.sleep(seconds + 2 * MARGIN.total_seconds())

    assert_paced(sent := send(pacer, world, times=17))
    assert len(sent) == 17


# --- What people read ----------------------------------------------------------------------------------------


def test_the_budget_counts_both_windows_and_changes_nothing(world):
    pacer = governor(world)
    send(pacer, world, times=7)

    budget = pacer.budget()

    assert (budget.used_in_second, budget.limit_per_second) == (2, 5)
    assert (budget.used_in_quarter_hour, budget.limit_per_quarter_hour) == (7, 2000)
    assert budget.paused_until is None


def test_a_budget_that_nobody_used_is_empty(world):
    assert governor(world).budget().used_in_quarter_hour == 0


def test_each_credential_has_its_own(world):
    send(governor(world), world, times=5)
    other = Governor(name="host 2", per_second=5, per_quarter_hour=9, clock=lambda: world.wall, sleep=world.sleep)

    assert other.admit(priority=Priority.CATALOG, max_wait=MINUTE).at == NOON
