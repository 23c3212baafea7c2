"""Polling as Thanx sees it: within half the budget, never twice in two seconds, never after the end."""

import heapq
import time
from collections import deque
from datetime import timedelta

import pytest
from django.utils import timezone

from issuance.jobs import due_times
from issuance.jobs.due_times import Traffic
from issuance.jobs.observation import Observation, Source
from issuance.jobs.recording import observe
from issuance.models import Batch
from issuance.states import BatchState
from partner_api.pacing.windows import IDENTICAL_READS_APART
from tests.support.factories import NOON, create_batch_with_job, create_frozen_batch
from tests.support.steps import poll_one_batch, submit_one_batch

QUARTER_HOUR = 900.0
HALF_THE_BUDGET = 1000


class Quarter:
    """The jobs of a simulated day: when each was submitted, and when each was polled."""

    def __init__(self, *, jobs, apart, lasting, webhooks):
        self.lasting, self.webhooks = lasting, webhooks
        self.submitted = [number * apart for number in range(jobs)]
        self.running = set()
        self.polls = []
        self.events = [(at, job, "submitted") for job, at in enumerate(self.submitted)]

    def play(self, *, until):
        while self.events and self.events[0][0] < until:
            at, job, what = heapq.heappop(self.events)
            if what == "submitted":
                self.running.add(job)
                heapq.heappush(self.events, (self.submitted[job] + self.lasting, job, "ended"))
            elif what == "ended":
                self._end(job, at)
                continue
            else:
                self.polls.append(at)
                if at >= self.submitted[job] + self.lasting:
                    self.running.discard(job)
            if job in self.running:
                heapq.heappush(self.events, (at + self._interval(job, at), job, "polled"))

    def _end(self, job, at):
        """With webhooks, a delivery brings the end, and one poll confirms it."""
        if self.webhooks and job in self.running:
            self.running.discard(job)
            self.events = [event for event in self.events if event[1] != job]
            heapq.heapify(self.events)
            self.polls.append(at)

    def _interval(self, job, at):
        traffic = Traffic(in_flight=len(self.running), webhooks_heard=self.webhooks)
        age = timedelta(seconds=at - self.submitted[job])
        return due_times.interval(age=age, had_news=True, traffic=traffic).total_seconds()

    def most_in_a_quarter_of_an_hour(self):
        most, window = 0, deque()
        for at in self.polls:
            window.append(at)
            while window[0] <= at - QUARTER_HOUR:
                window.popleft()
            most = max(most, len(window))
        return most


@pytest.mark.parametrize("webhooks", [False, True])
@pytest.mark.parametrize("lasting", [60, 870, 1000, 3600])
@pytest.mark.parametrize("apart", [0, 0.25, 5])
@pytest.mark.parametrize("jobs", [75, 200])
def test_looks_at_a_crowd_of_running_jobs_stay_within_half_the_budget(jobs, apart, lasting, webhooks):
    quarter = Quarter(jobs=jobs, apart=apart, lasting=lasting, webhooks=webhooks)

    quarter.play(until=6 * QUARTER_HOUR)

    assert quarter.most_in_a_quarter_of_an_hour() <= HALF_THE_BUDGET
    assert quarter.running == set()


def test_ended_jobs_that_have_not_told_everything_are_a_crowd_too():
    traffic = Traffic(in_flight=200, webhooks_heard=True)

    interval = due_times.listing_interval(waiting=timedelta(0), traffic=traffic)

    assert 200 * timedelta(minutes=15) / interval <= HALF_THE_BUDGET


def test_what_will_be_read_again_is_traffic_and_what_is_settled_is_not(db):
    for told in ({"issued": 100}, {"issued": 90, "failed": 10}, {}):
        ended = Observation(source=Source.POLL, job_state="completed", **told)
        observe(batch_id=create_batch_with_job().pk, observation=ended, at=NOON)
    create_batch_with_job(due_at=NOON)

    assert due_times.traffic(at=NOON).in_flight == 3


def test_however_often_a_job_is_due_thanx_hears_no_read_twice_in_two_seconds_and_none_after_the_end(
    campaign, sandbox, settings
):
    settings.THANX_IDENTICAL_READS_APART = IDENTICAL_READS_APART
    sandbox.options(job_seconds=4)
    variant = campaign.variants.get(position=0)
    for name in "ab":
        create_frozen_batch(f"{name}@example.com", issuance__campaign=campaign, variant=variant)
        submit_one_batch()

    until = time.monotonic() + 30
    while Batch.objects.exclude(state=BatchState.COMPLETED).exists() and time.monotonic() < until:
        Batch.objects.filter(state=BatchState.WATCHING).update(due_at=timezone.now())
        poll_one_batch()

    reads = sandbox.requests("/partner/issuance_jobs/")
    assert len(reads) >= 4
    assert sandbox.violations() == {}
    assert poll_one_batch() is False
    assert sandbox.requests("/partner/issuance_jobs/") == reads
