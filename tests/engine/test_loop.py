from __future__ import annotations

import logging
import threading
import time

import pytest
from django.db import OperationalError

from engine.leases import LeaseLost
from engine.loop import Loop, Step, load_steps, run_until_idle
from engine.moves import Overtaken

pytestmark = pytest.mark.django_db


def make_step(work, *, name="step", slots=2):
    return Step(name=name, work=work, slots=threading.Semaphore(slots))


def units(done, name, *, count):
    """Return a step that finds work `count` times and writes down its name each time."""

    def work():
        if done.count(name) == count:
            return False
        done.append(name)
        return True

    return make_step(work, name=name)


def raising(error):
    def work():
        raise error

    return work


@pytest.fixture
def running():
    """Run steps in the background until the test ends."""
    loops = []

    def run(*steps, threads=2, idle_seconds=0.01):
        loop = Loop(steps, threads=threads, idle_seconds=idle_seconds)
        loops.append(loop)
        loop.start()
        return loop

    yield run
    for loop in loops:
        loop.stop()
        loop.join()


def until(condition, *, seconds=60):
    """Wait until something is true, or the time is over: the test's own assertion follows."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.005)


def test_steps_run_one_unit_each_in_order_of_importance():
    done = []

    run_until_idle([units(done, "submit", count=2), units(done, "poll", count=2), units(done, "refresh", count=1)])

    assert done == ["submit", "poll", "refresh", "submit", "poll"]


def test_a_failing_step_is_named_and_stops_no_other():
    done = []

    failed = run_until_idle([make_step(raising(ValueError()), name="broken"), units(done, "poll", count=3)])

    assert failed == ["broken"]
    assert done == ["poll"] * 3


@pytest.mark.parametrize("error", [LeaseLost(), Overtaken()])
def test_a_row_lost_to_another_worker_is_no_failure(error):
    step = make_step(raising(error))

    found = step.run()

    assert found
    assert step.failures == 0


def test_a_failing_step_pauses_twice_as_long_each_time_up_to_a_minute(monkeypatch):
    step = make_step(raising(ValueError()))
    pauses = []

    for _ in range(9):
        step.run()
        pauses.append(round(step.resumes_at - time.monotonic()))
        step.resumes_at = 0

    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_step_that_misses_the_database_pauses_at_most_five_seconds():
    step = make_step(raising(OperationalError()))
    pauses = []

    for _ in range(5):
        step.run()
        pauses.append(round(step.resumes_at - time.monotonic()))
        step.resumes_at = 0

    assert pauses == [1, 2, 4, 5, 5]


def test_a_pausing_step_is_not_run():
    runs = []
    step = make_step(lambda: runs.append(1))
    step.resumes_at = time.monotonic() + 60

    found = step.run()

    assert not found
    assert runs == []


def test_a_success_ends_the_series_of_failures():
    outcomes = iter([OperationalError, None])

    def work():
        error = next(outcomes)
        if error:
            raise error
        return True

    step = make_step(work)
    step.run()
    step.resumes_at = 0
    step.run()

    assert step.failures == 0


def test_the_log_says_where_a_step_failed_and_never_the_text_of_the_error(caplog):
    step = make_step(raising(ValueError("guest@example.com")), name="issuance.sending.submission.submit_one_batch")

    with caplog.at_level(logging.INFO):
        step.run()

    assert "guest@example.com" not in caplog.text
    assert "issuance.sending.submission.submit_one_batch failed with ValueError at loop.py" in caplog.text
    assert "test_loop.py" in caplog.text


def test_a_step_occupies_at_most_half_the_threads():
    [step] = load_steps(["time.time"], threads=4)

    entered = [step.slots.acquire(blocking=False) for _ in range(3)]

    assert entered == [True, True, False]


def test_a_step_that_does_not_exist_stops_the_start():
    with pytest.raises(ImportError):
        load_steps(["engine.loop.no_such_step"])


@pytest.mark.django_db(transaction=True)
def test_threads_work_until_they_are_asked_to_stop(running):
    done = []
    loop = running(units(done, "submit", count=5))
    until(lambda: len(done) == 5)

    loop.stop()
    loop.join()

    assert done == ["submit"] * 5


@pytest.mark.django_db(transaction=True)
def test_stopping_waits_for_the_unit_in_progress(running):
    begun, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def work():
        begun.set()
        may_end.wait(10)
        ended.set()
        return True

    loop = running(make_step(work, slots=1), threads=1)
    begun.wait(10)
    loop.stop()
    was_ended_at_stop = ended.is_set()
    may_end.set()
    loop.join()

    assert not was_ended_at_stop
    assert ended.is_set()


@pytest.mark.django_db(transaction=True)
def test_one_long_unit_does_not_keep_other_steps_waiting(running):
    may_end, done = threading.Event(), []
    long_one = make_step(lambda: may_end.wait(10), name="read", slots=1)

    running(long_one, units(done, "submit", count=3))
    until(lambda: len(done) == 3)
    may_end.set()

    assert done == ["submit"] * 3


@pytest.mark.django_db(transaction=True)
def test_what_becomes_due_while_a_long_unit_is_done_does_not_wait_for_its_end(running):
    done, due, released = [], threading.Event(), threading.Event()

    def long_unit():
        if done:
            return False
        done.append("long")
        released.wait(60)
        return True

    def short_unit():
        if not due.is_set() or "short" in done:
            return False
        done.append("short")
        return True

    running(make_step(long_unit), make_step(short_unit), threads=4, idle_seconds=0.05)
    until(lambda: done)
    time.sleep(0.3)  # all others are waiting
    due.set()
    until(lambda: "short" in done, seconds=30)
    released.set()

    assert done == ["long", "short"]


def test_while_idle_one_thread_at_a_time_polls(running):
    polls = []
    step = make_step(lambda: polls.append(time.monotonic()), slots=4)

    running(step, threads=4, idle_seconds=0.05)
    until(lambda: len(polls) > 14)

    assert polls[14] - polls[4] > 9 * 0.05


@pytest.mark.django_db(transaction=True)
def test_a_call_wakes_the_idle_threads_at_once(running):
    polls = []
    loop = running(make_step(lambda: polls.append(1)), threads=1, idle_seconds=600)
    until(lambda: loop._has_poller)

    loop.wake()
    until(lambda: len(polls) == 2)

    assert len(polls) == 2
