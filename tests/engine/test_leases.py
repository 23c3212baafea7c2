import threading
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection

from campaigns.models import Merchant
from engine import leases
from engine.leases import LeaseLost
from tests.support.factories import NOON, MerchantFactory

MINUTE = timedelta(minutes=1)


def claim(at=NOON):
    return leases.claim_one(Merchant.objects.all(), at=at, lease=MINUTE)


@pytest.mark.django_db
def test_the_row_that_has_waited_longest_is_claimed_first():
    MerchantFactory(due_at=NOON - MINUTE, handle="second")
    MerchantFactory(due_at=NOON - 2 * MINUTE, handle="first")

    claimed = [claim().handle, claim().handle]

    assert claimed == ["first", "second"]


@pytest.mark.django_db
@pytest.mark.parametrize("due_at", [None, NOON + timedelta(seconds=1)])
def test_a_row_that_is_not_due_is_not_claimed(due_at):
    MerchantFactory(due_at=due_at)

    assert claim() is None


@pytest.mark.django_db
def test_a_claimed_row_is_not_due_until_its_lease_has_expired():
    MerchantFactory(due_at=NOON)
    first = claim()

    early, late = claim(at=NOON + MINUTE - timedelta(seconds=1)), claim(at=NOON + MINUTE)

    assert early is None
    assert late.pk == first.pk
    assert late.lease_token != first.lease_token


@pytest.mark.django_db
def test_looking_for_work_that_is_not_there_takes_no_write_lock(django_assert_num_queries):
    MerchantFactory(due_at=NOON + MINUTE)

    with django_assert_num_queries(1) as captured:
        claim()

    assert captured.captured_queries[0]["sql"].startswith("SELECT")


@pytest.mark.django_db
def test_finishing_gives_the_row_back_with_its_facts():
    MerchantFactory(due_at=NOON)
    row = claim()

    leases.finish(row, due_at=NOON + 5 * MINUTE, problem="not_found")

    row.refresh_from_db()
    assert (row.due_at, row.lease_token, row.problem) == (NOON + 5 * MINUTE, None, "not_found")


@pytest.mark.django_db
def test_a_worker_that_lost_its_lease_cannot_finish():
    MerchantFactory(due_at=NOON)
    loser = claim()
    winner = claim(at=NOON + MINUTE)

    with pytest.raises(LeaseLost):
        leases.finish(loser, due_at=None, problem="too late")

    winner.refresh_from_db()
    assert winner.problem == ""
    assert winner.due_at == NOON + 2 * MINUTE


@pytest.mark.django_db
def test_a_row_that_was_never_claimed_can_be_neither_finished_nor_renewed():
    row = MerchantFactory(due_at=NOON)

    with pytest.raises(LeaseLost):
        leases.finish(row, due_at=None)
    with pytest.raises(LeaseLost):
        leases.renew(row, at=NOON)


@pytest.mark.django_db
def test_the_holder_of_a_lease_may_hold_its_row():
    MerchantFactory(due_at=NOON)
    row = claim()

    leases.hold(row)

    assert claim(at=NOON + MINUTE).pk == row.pk


@pytest.mark.django_db
def test_a_row_that_another_worker_has_claimed_cannot_be_held():
    MerchantFactory(due_at=NOON)
    loser = claim()
    winner = claim(at=NOON + MINUTE)

    leases.hold(winner)
    with pytest.raises(LeaseLost):
        leases.hold(loser)


@pytest.mark.django_db
@pytest.mark.parametrize("is_finished", [True, False])
def test_a_row_without_a_lease_cannot_be_held(is_finished):
    row = MerchantFactory(due_at=NOON)
    if is_finished:
        row = claim()
        leases.finish(row, due_at=NOON)

    with pytest.raises(LeaseLost):
        leases.hold(row)


@pytest.mark.django_db
def test_a_deleted_row_cannot_be_held():
    MerchantFactory(due_at=NOON)
    row = claim()
    Merchant.objects.filter(pk=row.pk).delete()

    with pytest.raises(LeaseLost):
        leases.hold(row)


@pytest.mark.django_db
def test_a_renewed_lease_lasts_longer():
    MerchantFactory(due_at=NOON)
    row = claim()

    leases.renew(row, at=NOON + MINUTE / 2, lease=MINUTE)

    assert claim(at=NOON + MINUTE) is None
    assert claim(at=NOON + 1.5 * MINUTE).pk == row.pk


@pytest.mark.django_db
def test_a_lost_lease_cannot_be_renewed():
    MerchantFactory(due_at=NOON)
    loser = claim()
    claim(at=NOON + MINUTE)

    with pytest.raises(LeaseLost):
        leases.renew(loser, at=NOON + MINUTE)


@pytest.mark.django_db(transaction=True)
def test_a_lease_is_kept_while_long_work_goes_on():
    MerchantFactory(due_at=NOON)
    row = claim()
    ticks = iter(range(1, 1000))
    renewed = threading.Event()

    def clock():
        tick = next(ticks)
        if tick > 1:
            renewed.set()
        return NOON + tick * MINUTE

    with leases.renewing(row, clock=clock, lease=timedelta(milliseconds=60)):
        assert renewed.wait(10)

    row.refresh_from_db()
    assert row.due_at > NOON + MINUTE


@pytest.mark.django_db(transaction=True)
def test_a_lease_is_renewed_three_times_before_it_would_expire(monkeypatch):
    MerchantFactory(due_at=NOON)
    waited = []

    class Ending(threading.Event):
        def wait(self, timeout=None):
            waited.append(timeout)
            return len(waited) > 2

    monkeypatch.setattr(leases, "threading", SimpleNamespace(Event=Ending, Thread=threading.Thread))
    with leases.renewing(claim(), clock=lambda: NOON, lease=timedelta(seconds=60)):
        pass

    assert waited == [20, 20, 20]


@pytest.mark.django_db(transaction=True)
def test_keeping_a_lost_lease_ends_quietly_and_takes_nothing_back():
    MerchantFactory(due_at=NOON)
    loser = claim()
    winner = claim(at=NOON + MINUTE)

    with leases.renewing(loser, clock=lambda: NOON, lease=timedelta(milliseconds=3)):
        threading.Event().wait(0.05)

    token = winner.lease_token
    winner.refresh_from_db()
    assert (winner.lease_token, winner.due_at) == (token, NOON + 2 * MINUTE)


@pytest.mark.django_db(transaction=True)
def test_many_claimants_never_get_the_same_row():
    expected = {MerchantFactory(due_at=NOON).pk for _ in range(40)}
    claimed = []
    start = threading.Barrier(4)

    def claim_all():
        start.wait()
        while row := claim():
            claimed.append(row.pk)
        connection.close()

    threads = [threading.Thread(target=claim_all) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(claimed) == sorted(expected)
