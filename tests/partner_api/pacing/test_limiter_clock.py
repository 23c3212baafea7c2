"""The limiter's own clock when clocks are set, machines come and go, and queries are slow."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partner_api.pacing import limiter_clock
from partner_api.pacing.limiter_clock import DRIFT, ClockReading, LastReading

NOON = datetime(2026, 5, 12, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)

steps = st.timedeltas(min_value=-WEEK, max_value=WEEK) | st.timedeltas(
    min_value=timedelta(seconds=-2), max_value=timedelta(seconds=2)
)
gaps = st.floats(min_value=0, max_value=1000)
waits = st.floats(min_value=0, max_value=0.5)
MACHINES = st.sampled_from("ABC")


class Limiter:
    """What the limiter remembers, and the truth: how much time has passed."""

    def __init__(self, *, alone):
        self.alone = alone
        self.passed = 0.0
        self.wall = self.latest = NOON
        self.ahead = timedelta(0)
        self.heard = {}
        self.started = {}

    def goes_by(self, seconds):
        self.passed += seconds
        self.wall += timedelta(seconds=seconds)

    def starts(self, machine):
        self.started[machine] = self.passed
        self.heard.pop(machine, None)

    def reserve(self, machine="A", *, asking=0.0, answering=0.0):
        """Reserve from this machine and return the own time since the beginning, in seconds."""
        before = self.passed - self.started.get(machine, -1000)
        self.goes_by(asking)
        wall = self.wall
        self.goes_by(answering)
        reading = ClockReading(wall=wall, before=before, after=self.passed - self.started.get(machine, -1000))
        self.latest = limiter_clock.advance(
            latest=self.latest, ahead=self.ahead, heard=self.heard.get(machine), reading=reading, alone=self.alone
        )
        self.ahead = self.latest - wall
        self.heard[machine] = LastReading(own=self.latest, before=reading.before, after=reading.after)
        return (self.latest - NOON).total_seconds()


@given(happenings=st.lists(st.tuples(gaps, steps), min_size=1))
def test_on_one_machine_it_runs_like_the_steady_clock_however_the_other_is_set(happenings):
    limiter = Limiter(alone=True)
    limiter.reserve()
    for gap, step in happenings:
        limiter.goes_by(gap)
        limiter.wall += step

        assert limiter.reserve() == pytest.approx(limiter.passed, abs=limiter.passed * DRIFT + 1e-4)


@given(happenings=st.lists(st.tuples(gaps, steps, st.booleans()), min_size=1))
def test_no_start_of_the_machine_makes_it_run_fast(happenings):
    limiter = Limiter(alone=True)
    limiter.reserve()
    for gap, step, is_started in happenings:
        if is_started:
            limiter.starts("A")
        limiter.goes_by(gap)
        limiter.wall += step

        assert limiter.reserve() <= limiter.passed * (1 + DRIFT) + 1e-4


@given(happenings=st.lists(st.tuples(gaps, steps, MACHINES, waits, waits), min_size=1))
def test_machines_that_were_heard_agree_however_the_clock_is_set_and_however_long_the_database_takes(happenings):
    limiter = Limiter(alone=False)
    for machine in "ABC":
        limiter.reserve(machine)
    lost = 0.0
    for gap, step, machine, asking, answering in happenings:
        limiter.goes_by(gap)
        limiter.wall += step
        asked_at = limiter.passed
        own = limiter.reserve(machine, asking=asking, answering=answering)
        # A step hides behind the time that the question takes, and behind what two quartzes may differ by.
        lost += 2 * (asking + answering)

        assert abs(own - asked_at) <= lost + 3 * DRIFT * limiter.passed + 1e-4


@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_without_a_step_the_clock_of_the_database_is_the_one_that_counts(step):
    limiter = Limiter(alone=False)
    limiter.reserve("A")
    limiter.wall += step
    limiter.reserve("A")
    limiter.goes_by(2.5)

    assert limiter.reserve("B") == pytest.approx(2.5)


def test_a_machine_that_was_off_for_an_hour_is_sure_of_the_time_since_its_start_only():
    limiter = Limiter(alone=True)
    limiter.reserve()
    limiter.goes_by(3600)
    limiter.starts("A")
    limiter.goes_by(20)

    assert limiter.reserve() == 20


def test_a_machine_that_is_new_believes_the_clock_of_the_database():
    limiter = Limiter(alone=False)
    limiter.reserve("A")
    limiter.goes_by(3600)
    limiter.starts("B")

    assert limiter.reserve("B") == 3600


def test_a_steady_clock_that_went_back_is_not_the_one_that_was_heard():
    limiter = Limiter(alone=False)
    limiter.reserve("A")
    limiter.goes_by(60)
    limiter.started["A"] = limiter.passed

    assert limiter.reserve("A") == 60


def test_machines_that_have_not_reserved_for_a_day_are_forgotten():
    old, new = (LastReading(own=NOON + age, before=1.0, after=1.5).written() for age in (timedelta(0), HOUR))

    kept = limiter_clock.remembered({"old": old, "new": new}, now=NOON + timedelta(days=1))

    assert kept == {"new": new}
    assert LastReading.read(kept["new"]) == LastReading(own=NOON + HOUR, before=1.0, after=1.5)


def test_all_processes_of_one_start_share_a_clock_that_runs():
    first, second = limiter_clock.steady_seconds(), limiter_clock.steady_seconds()

    assert first <= second
    assert limiter_clock.boot_id() == limiter_clock.boot_id() != ""
