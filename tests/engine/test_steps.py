"""Steps run one unit at a time, pause after failures and leave threads to others."""

import logging
import threading
import time
from math import ceil

import pytest
from django.db import OperationalError

from engine.leases import LeaseLost
from engine.moves import Overtaken
from engine.steps import Step, load_steps, run_until_idle

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
        pauses.append(ceil(step.resumes_at - time.monotonic()))
        step.resumes_at = 0

    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_step_that_misses_the_database_pauses_at_most_five_seconds():
    step = make_step(raising(OperationalError()))
    pauses = []

    for _ in range(5):
        step.run()
        pauses.append(ceil(step.resumes_at - time.monotonic()))
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
    assert "issuance.sending.submission.submit_one_batch failed with ValueError at steps.py" in caplog.text
    assert "test_steps.py" in caplog.text


def test_a_step_occupies_at_most_half_the_threads():
    [step] = load_steps(["time.time"], threads=4)

    entered = [step.slots.acquire(blocking=False) for _ in range(3)]

    assert entered == [True, True, False]


def test_a_step_that_does_not_exist_stops_the_start():
    with pytest.raises(ImportError):
        load_steps(["engine.steps.no_such_step"])
