import threading
from datetime import timedelta

import pytest

from engine import heartbeat
from engine.models import WorkerBeat
from tests.support.factories import NOON

SECOND = timedelta(seconds=1)


def heard(at, *, worker="host 1", stopped_at=None):
    return WorkerBeat.objects.create(worker=worker, started_at=at, heard_at=at, stopped_at=stopped_at)


@pytest.mark.django_db
def test_before_the_first_worker_there_is_no_heartbeat():
    assert heartbeat.last_heard() is None
    assert not heartbeat.is_worker_alive(at=NOON)


@pytest.mark.django_db
def test_the_latest_of_several_workers_counts():
    heard(NOON - 60 * SECOND, worker="dead")
    heard(NOON - 2 * SECOND, worker="alive")

    assert heartbeat.last_heard() == NOON - 2 * SECOND
    assert heartbeat.is_worker_alive(at=NOON)


@pytest.mark.django_db
def test_a_worker_without_a_heartbeat_for_fifteen_seconds_counts_as_dead():
    heard(NOON - 15 * SECOND)

    assert not heartbeat.is_worker_alive(at=NOON)


@pytest.mark.django_db
def test_a_worker_that_stopped_cleanly_is_not_alive():
    heard(NOON - SECOND, stopped_at=NOON - SECOND)

    assert not heartbeat.is_worker_alive(at=NOON)


@pytest.mark.django_db(transaction=True)
def test_a_process_writes_heartbeats_while_it_works_and_records_its_stop():
    beaten = threading.Event()
    beats = iter(range(1000))

    def clock():
        beat = next(beats)
        if beat == 3:
            beaten.set()
        return NOON + beat * SECOND

    with heartbeat.beating(clock=clock, every=timedelta(milliseconds=5)):
        assert beaten.wait(10)

    row = WorkerBeat.objects.get()
    assert row.started_at == NOON
    assert row.heard_at >= NOON + 3 * SECOND
    assert row.stopped_at == row.heard_at


@pytest.mark.django_db(transaction=True)
def test_a_new_worker_deletes_the_heartbeats_of_last_week():
    heard(NOON - timedelta(days=8), worker="long gone")

    with heartbeat.beating(clock=lambda: NOON):
        pass

    assert not WorkerBeat.objects.filter(worker="long gone").exists()
