"""Threads of one process run the steps, poll while idle and finish their units when they are stopped."""

import threading
import time

import pytest

from engine.embedded_runner import EmbeddedRunner
from tests.engine.test_steps import make_step, units

pytestmark = pytest.mark.django_db


@pytest.fixture
def running():
    """Run steps in the background until the test ends."""
    runners = []

    def run(*steps, threads=2, idle_seconds=0.01):
        runner = EmbeddedRunner(steps, threads=threads, idle_seconds=idle_seconds)
        runners.append(runner)
        runner.start()
        return runner

    yield run
    for runner in runners:
        runner.stop()
        runner.join()


def until(condition, *, seconds=60):
    """Wait until something is true, or the time is over: the test's own assertion follows."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.005)


@pytest.mark.django_db(transaction=True)
def test_threads_work_until_they_are_asked_to_stop(running):
    done = []
    runner = running(units(done, "submit", count=5))
    until(lambda: len(done) == 5)

    runner.stop()
    runner.join()

    assert done == ["submit"] * 5


@pytest.mark.django_db(transaction=True)
def test_stopping_waits_for_the_unit_in_progress(running):
    begun, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def work():
        begun.set()
        may_end.wait(10)
        ended.set()
        return True

    runner = running(make_step(work, slots=1), threads=1)
    begun.wait(10)
    runner.stop()
    was_ended_at_stop = ended.is_set()
    may_end.set()
    runner.join()

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
    runner = running(make_step(lambda: polls.append(1)), threads=1, idle_seconds=600)
    until(lambda: runner._has_poller)

    runner.wake()
    until(lambda: len(polls) == 2)

    assert len(polls) == 2
