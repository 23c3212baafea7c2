from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partner_api.pacing.windows import (
    LAST_PLACE_AHEAD,
    SECOND,
    allowance,
    earliest,
    earliest_in_both,
    earliest_in_second,
    outside_runs,
)
from partner_api.priority import Priority

NOON = datetime(2026, 5, 12, 12, 0, tzinfo=UTC)
LIMIT = 5

arrivals = st.lists(
    st.tuples(st.integers(0, 400), st.sampled_from(Priority), st.integers(0, 2_000)), min_size=1, max_size=60
)


def after(milliseconds: float) -> datetime:
    return NOON + timedelta(milliseconds=milliseconds)


def granted(requests) -> list[datetime]:
    """Return the times of requests with these gaps in ms, some of them with a floor in the future."""
    now, found = NOON, []
    for gap, priority, floor in requests:
        now += timedelta(milliseconds=gap)
        not_before = now + timedelta(milliseconds=floor)
        found.append(earliest_in_second(granted=found, now=now, not_before=not_before, limit=LIMIT, priority=priority))
    return found


def granted_in_both(requests, *, limit, window) -> list[datetime]:
    """Return the times of requests with these gaps in ms, with a long window as well."""
    now, found = NOON, []
    for gap, priority in requests:
        now += timedelta(milliseconds=gap)
        found.append(granted_now(found, now=now, priority=priority, limit=limit, window=window))
    return found


def granted_now(found, *, now, priority, limit, window) -> datetime:
    newest = sorted(found, reverse=True)
    lasts = [*(at for at in newest if at > now), now]
    firsts = newest[allowance(limit=limit, share=priority.share) - 1 :]
    runs = list(zip(firsts, lasts, strict=False))[::-1]
    options = {"now": now, "not_before": now, "limit": LIMIT, "priority": priority}
    return earliest_in_both(granted=found, runs=runs, window=window, **options)


def test_a_free_second_takes_five_at_once():
    times: list[datetime] = []
    for _ in range(7):
        times.append(earliest(granted=times, not_before=NOON, limit=LIMIT))

    assert times == [NOON] * 5 + [NOON + SECOND] * 2


@given(requests=arrivals)
def test_no_second_ever_holds_more_than_its_limit(requests):
    times = sorted(granted(requests))

    assert all(late - early >= SECOND for early, late in zip(times, times[LIMIT:], strict=False))


@given(requests=st.lists(st.tuples(st.integers(0, 400), st.sampled_from(Priority)), min_size=1, max_size=80))
def test_neither_window_ever_holds_more_than_its_limit(requests):
    times = sorted(granted_in_both(requests, limit=12, window=4 * SECOND))

    assert all(late - early >= SECOND for early, late in zip(times, times[LIMIT:], strict=False))
    assert all(late - early >= 4 * SECOND for early, late in zip(times, times[12:], strict=False))


@given(requests=st.lists(st.tuples(st.integers(0, 20), st.sampled_from(list(Priority)[:-1])), min_size=30))
def test_a_click_does_not_queue_behind_those_who_wait_for_the_long_window(requests):
    options = {"limit": 20, "window": 15 * SECOND}
    found = granted_in_both(requests, **options)
    now = NOON + timedelta(milliseconds=sum(gap for gap, _ in requests))

    click = granted_now(found, now=now, priority=Priority.USER_ACTION, **options)

    assert click - now <= SECOND + LAST_PLACE_AHEAD


@pytest.mark.parametrize(
    ("run", "expected"),
    [((-10, -9), 5), ((-10, 4), 5), ((-10, 5), 0), ((-1, 16), 0), ((-15, -14), 0), ((14, 15), 0), ((15, 16), 0)],
)
def test_a_whole_run_shares_its_window_with_no_other_grant(run, expected):
    first, last = (after(1000 * seconds) for seconds in run)

    assert outside_runs([(first, last)], at=NOON, window=timedelta(seconds=15)) == after(1000 * expected)


@given(requests=arrivals, floor=st.integers(0, 2_000))
def test_nothing_is_granted_before_it_was_asked_for(requests, floor):
    at = earliest_in_second(
        granted=granted(requests), now=NOON, not_before=after(floor), limit=LIMIT, priority=Priority.CATALOG
    )

    assert at >= after(floor)


@given(requests=st.lists(st.tuples(st.integers(0, 300), st.sampled_from(list(Priority)[:-1])), min_size=1))
def test_a_click_finds_a_place_within_about_a_second_however_many_wait(requests):
    now, found = NOON, []
    for gap, priority in requests:
        now += timedelta(milliseconds=gap)
        found.append(earliest_in_second(granted=found, now=now, not_before=now, limit=LIMIT, priority=priority))

    click = earliest_in_second(granted=found, now=now, not_before=now, limit=LIMIT, priority=Priority.USER_ACTION)

    assert click - now <= SECOND + LAST_PLACE_AHEAD


def test_the_last_slot_of_a_second_is_used_when_there_is_a_call_for_it():
    times = [NOON] * 4

    assert earliest_in_second(granted=times, now=NOON, not_before=NOON, limit=LIMIT, priority=Priority.CATALOG) == NOON


def test_those_who_wait_leave_the_last_place_of_their_second():
    times = [NOON] * 5 + [NOON + SECOND] * 4

    queued = earliest_in_second(granted=times, now=NOON, not_before=NOON, limit=LIMIT, priority=Priority.SUBMISSION)
    click = earliest_in_second(granted=times, now=NOON, not_before=NOON, limit=LIMIT, priority=Priority.USER_ACTION)

    assert (queued, click) == (NOON + 2 * SECOND, NOON + SECOND)


@pytest.mark.parametrize("limit", [1, 10, 2000])
def test_the_more_urgent_the_more_of_the_budget(limit):
    allowances = [allowance(limit=limit, share=priority.share) for priority in sorted(Priority)]

    assert allowances == sorted(allowances)
    assert (min(allowances) >= 1, allowances[-1]) == (True, limit)


def test_the_order_of_urgency_is_the_published_one():
    assert [priority.name for priority in sorted(Priority, reverse=True)] == [
        "USER_ACTION",
        "REVOCATION",
        "SUBMISSION",
        "CAMPAIGN_CREATION",
        "POLLING",
        "CATALOG",
    ]
