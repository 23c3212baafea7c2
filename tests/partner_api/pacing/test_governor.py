"""The governor with a clock, a sleep and a random source of the test."""

from datetime import timedelta

import pytest

from partner_api.models import Grant
from partner_api.pacing.governor import Governor, TooFarAway
from partner_api.pacing.windows import IDENTICAL_READS_APART, MARGIN, QUARTER_HOUR, SECOND
from partner_api.priority import Priority
from tests.support.fake_clocks import NOON, FakeClocks

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def clocks():
    return FakeClocks()


def governor(clocks, **options):
    return clocks.governor(**options)


def send(pacer, clocks, times=1, **options):
    """Send `times` calls, one after another, and return their times on the steady clock."""
    options = {"priority": Priority.SUBMISSION, "max_wait": HOUR, **options}
    sent = []
    for _ in range(times):
        pacer.admit(**options).wait()
        sent.append(clocks.elapsed)
    return sent


def assert_paced(sent, limit=5):
    pairs = zip(sent, sent[limit:], strict=False)
    assert all(late - early >= timedelta(seconds=1) for early, late in pairs)


def test_the_sixth_waits_for_its_second(clocks):
    sent = send(governor(clocks), clocks, times=6)

    assert sent == [timedelta(0)] * 5 + [SECOND]


def test_both_windows_hold(clocks):
    sent = send(governor(clocks, per_quarter_hour=10), clocks, times=12, priority=Priority.USER_ACTION)

    assert_paced(sent)
    assert sent[10] - sent[0] >= timedelta(minutes=15)


def test_a_time_too_far_ahead_is_named_and_not_reserved(clocks):
    pacer = governor(clocks, per_quarter_hour=1)
    send(pacer, clocks)

    with pytest.raises(TooFarAway) as caught:
        pacer.admit(priority=Priority.USER_ACTION, max_wait=MINUTE)

    assert caught.value.at == NOON + QUARTER_HOUR
    assert Grant.objects.count() == 1


def test_a_tight_budget_is_kept_for_what_is_urgent(clocks):
    pacer = governor(clocks, per_quarter_hour=20)
    admitted = []
    for priority in sorted(Priority):
        try:
            send(pacer, clocks, times=20, priority=priority, max_wait=MINUTE)
        except TooFarAway:
            admitted.append(Grant.objects.count())

    assert admitted == [14, 17, 18, 19, 19, 20]


def test_an_identical_read_waits_two_seconds_and_another_does_not(clocks):
    sent = [send(governor(clocks), clocks, target=target)[0] for target in ("a", "b", "a", "c")]

    assert sent == [timedelta(0), timedelta(0), IDENTICAL_READS_APART, IDENTICAL_READS_APART]


def test_grants_older_than_the_longest_window_are_deleted(clocks):
    pacer = governor(clocks)
    send(pacer, clocks, times=3)
    clocks.sleep(1000)
    send(pacer, clocks)

    assert Grant.objects.count() == 1


# --- 429 -----------------------------------------------------------------------------------------------------


def test_a_429_pauses_all_calls_for_its_retry_after(clocks):
    governor(clocks).pause(until=NOON + MINUTE)

    assert send(governor(clocks), clocks, priority=Priority.USER_ACTION) == [MINUTE]


def test_of_two_pauses_the_longer_one_holds(clocks):
    for until in (NOON + MINUTE, NOON + MINUTE / 2):
        governor(clocks).pause(until=until)

    assert send(governor(clocks), clocks, priority=Priority.USER_ACTION) == [MINUTE]


def test_a_429_also_holds_back_calls_with_a_reserved_time(clocks):
    pacer = governor(clocks)
    send(pacer, clocks, times=5)
    waiting = pacer.admit(priority=Priority.POLLING, max_wait=HOUR)
    pacer.pause(until=NOON + MINUTE)

    waiting.wait()

    assert clocks.elapsed >= MINUTE


def test_a_call_that_would_wait_too_long_after_a_429_deletes_its_reservation(clocks):
    pacer = governor(clocks)
    send(pacer, clocks, times=5)
    waiting = pacer.admit(priority=Priority.POLLING, max_wait=timedelta(seconds=5))
    pacer.pause(until=NOON + MINUTE)

    with pytest.raises(TooFarAway):
        waiting.wait()

    assert Grant.objects.count() == 5


def test_without_retry_after_the_pause_doubles_with_every_429_in_a_row(clocks):
    pacer, pauses = governor(clocks), []
    for _ in range(9):
        pacer.pause(until=None)
        pauses.append(pacer.budget().paused_until - clocks.wall)
        clocks.sleep(pauses[-1].total_seconds())

    assert [pause.total_seconds() for pause in pauses] == [2, 4, 8, 16, 32, 64, 120, 120, 120]


def test_the_429s_of_requests_in_progress_count_once(clocks):
    pacer = governor(clocks)
    for _ in range(5):
        pacer.pause(until=None)

    assert pacer.budget().paused_until == NOON + timedelta(seconds=2)


def test_after_a_while_the_first_pause_is_short_again(clocks):
    pacer = governor(clocks)
    for _ in range(4):
        pacer.pause(until=None)
        clocks.sleep(20)
    clocks.sleep(600)

    pacer.pause(until=None)

    assert pacer.budget().paused_until - clocks.wall == timedelta(seconds=2)


def test_pauses_are_spread_by_chance(clocks):
    governor(clocks, chance=lambda: 0.0).pause(until=None)

    assert governor(clocks).budget().paused_until == NOON + timedelta(seconds=1.5)


# --- Being late ----------------------------------------------------------------------------------------------


def test_a_call_that_wakes_too_late_gets_another_time(clocks):
    oversleeping = [timedelta(seconds=0.3)]

    def sleep(seconds):
        clocks.sleep(seconds + (oversleeping.pop() if oversleeping else timedelta(0)).total_seconds())

    pacer = governor(clocks)
    pacer.sleep = sleep
    sent = send(pacer, clocks, times=12, priority=Priority.USER_ACTION)

    assert_paced(sent)
    assert Grant.objects.count() == 12


def test_a_machine_that_is_always_late_sends_all_the_same_and_never_early(clocks):
    pacer = governor(clocks)
    pacer.sleep = lambda seconds: clocks.sleep(seconds + 2 * MARGIN.total_seconds())

    assert_paced(sent := send(pacer, clocks, times=17))
    assert len(sent) == 17


# --- What people read ----------------------------------------------------------------------------------------


def test_the_budget_counts_both_windows_and_changes_nothing(clocks):
    pacer = governor(clocks)
    send(pacer, clocks, times=7)

    budget = pacer.budget()

    assert (budget.used_in_second, budget.limit_per_second) == (2, 5)
    assert (budget.used_in_quarter_hour, budget.limit_per_quarter_hour) == (7, 2000)
    assert budget.paused_until is None


@pytest.mark.parametrize(("age", "used"), [(14 * MINUTE, 1), (15 * MINUTE - MARGIN, 1), (15 * MINUTE, 0)])
def test_a_call_counts_in_the_budget_for_a_quarter_of_an_hour(clocks, age, used):
    pacer = governor(clocks)
    send(pacer, clocks)
    clocks.sleep(age.total_seconds())

    assert pacer.budget().used_in_quarter_hour == used


def test_an_unused_budget_is_empty(clocks):
    assert governor(clocks).budget().used_in_quarter_hour == 0


def test_each_credential_has_its_own(clocks):
    send(governor(clocks), clocks, times=5)
    other = Governor(name="host 2", per_second=5, per_quarter_hour=9, clock=lambda: clocks.wall, sleep=clocks.sleep)

    assert other.admit(priority=Priority.CATALOG, max_wait=MINUTE).at == NOON
