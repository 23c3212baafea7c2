"""Faults between the portal and Thanx: every guest is issued to exactly once, or is shown as not issued."""

from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Role
from issuance.jobs.observation import JobState
from issuance.jobs.problems import JobProblem, call_in, explained
from issuance.models import Failure
from issuance.states import BatchState
from tests.issuance.conftest import VALUES
from tests.support.factories import MembershipFactory
from tests.support.steps import poll_one_batch, submit_one_batch

ISSUE = {"method": "POST", "path": "/partner/campaigns/issue"}
POLL = {"method": "GET", "path": "/partner/issuance_jobs/"}
LASTING = ("unauthorized", "forbidden", "missing_code")
"""What keeps a job from being read until an operator acts; of all else the age of the figures tells enough."""

ONCE = {VALUES[0]: 1, VALUES[2]: 1}
"""The second guest is not known to the merchant."""

UNKNOWN = [
    ("server_error", {"when": "before"}),
    ("server_error", {"when": "after"}),
    ("server_error", {"when": "after", "status": 503}),
    ("cut_off", {"when": "before"}),
    ("cut_off", {"when": "after"}),
    ("cut_off", {"when": "mid_body"}),
    ("truncated_json", {}),
    ("html_error", {"when": "before"}),
    ("html_error", {"when": "after"}),
    ("html_error", {"when": "after", "status": 200}),
    ("hang", {"when": "before", "seconds": 1}),
    ("hang", {"when": "after", "seconds": 1}),
    ("hang", {"when": "late", "seconds": 1}),
]
NOT_DONE = [
    (("rate_limited", {}), JobProblem.RATE_LIMITED),
    (("rate_limited", {"retry_after": 1}), JobProblem.RATE_LIMITED),
    (("rate_limited", {"retry_after": "date:2"}), JobProblem.RATE_LIMITED),
    (("unauthorized", {}), JobProblem.CREDENTIALS_REFUSED),
    (("forbidden", {}), JobProblem.SCOPE_MISSING),
]


@pytest.fixture(params=["usual", "other"], autouse=True)
def dialect(request, sandbox):
    """Everything here happens in either dialect of the API."""
    sandbox.options(dialect=request.param)


def page(batch):
    """Return the page of the run, as a marketer sees it now."""
    issuance, client = batch.issuance, Client()
    client.force_login(MembershipFactory(merchant=issuance.merchant, role=Role.MARKETER).user)
    return unescape(client.get(reverse("issuance:detail", args=[issuance.merchant.handle, issuance.pk])).text)


def words(batch):
    """Return the words for the batch's problem."""
    batch.refresh_from_db()
    return explained(batch.error_code, call=call_in(batch.state))


def finish(clock, *steps):
    """Let time pass and the steps run until the job has said all."""
    for step in (*steps, poll_one_batch):
        clock.forward(minutes=6)
        assert step()


@pytest.mark.parametrize("fault", UNKNOWN, ids=str)
def test_an_unknown_outcome_is_asked_for_again_with_the_same_key_and_bytes(batch, sandbox, settings, clock, fault):
    settings.THANX_READ_SECONDS = 0.3
    sandbox.fault(fault[0], times=1, **ISSUE, **fault[1])
    submit_one_batch()
    batch.refresh_from_db()
    assert (batch.state, batch.maybe_sent) == (BatchState.QUEUED, True)
    assert (batch.error_code, batch.due_at > clock.now()) == (JobProblem.UNANSWERED, True)
    assert words(batch).happened in page(batch)
    assert words(batch).todo in page(batch)

    settings.THANX_READ_SECONDS = 30
    finish(clock, submit_one_batch)

    batch.refresh_from_db()
    assert (batch.state, batch.issued_count, batch.failed_count) == (BatchState.COMPLETED, 2, 1)
    assert sandbox.times_issued() == ONCE
    sent = sandbox.requests("/partner/campaigns/issue")
    assert len({(one["headers"]["X-Idempotency-Key"], one["body_sha256"]) for one in sent}) == 1
    assert len(sandbox.jobs()) == 1


@pytest.mark.parametrize(("fault", "problem"), NOT_DONE, ids=str)
def test_what_thanx_surely_did_not_do_is_sent_again_later(batch, sandbox, clock, fault, problem):
    sandbox.fault(fault[0], times=1, **ISSUE, **fault[1])
    submit_one_batch()
    batch.refresh_from_db()
    assert (batch.state, batch.maybe_sent, batch.error_code) == (BatchState.QUEUED, False, problem)
    assert batch.first_attempt_at is None
    assert sandbox.jobs() == []
    assert words(batch).happened in page(batch)

    finish(clock, submit_one_batch)

    batch.refresh_from_db()
    assert (batch.state, batch.error_code) == (BatchState.COMPLETED, "")
    assert sandbox.times_issued() == ONCE


def test_a_storm_of_429_is_ridden_out(batch, sandbox, clock):
    sandbox.fault("rate_limited", times=6, **ISSUE)
    for _ in range(6):
        submit_one_batch()
        clock.forward(minutes=6)

    finish(clock, submit_one_batch)

    assert sandbox.times_issued() == ONCE
    assert len(sandbox.requests("/partner/campaigns/issue")) == 7


def test_an_unreachable_thanx_is_tried_again_and_counts_as_not_sent(batch, sandbox, settings, clock):
    settings.THANX_API_URL = "http://127.0.0.1:9"
    submit_one_batch()
    batch.refresh_from_db()
    assert (batch.state, batch.maybe_sent, batch.error_code) == (BatchState.QUEUED, False, JobProblem.UNREACHABLE)
    assert words(batch).happened in page(batch)

    settings.THANX_API_URL = sandbox.url
    finish(clock, submit_one_batch)

    assert sandbox.times_issued() == ONCE


def test_without_a_credential_a_batch_waits_for_one(batch, sandbox, settings, clock):
    settings.THANX_ACCESS_TOKEN = ""
    submit_one_batch()
    batch.refresh_from_db()
    assert (batch.state, batch.error_code) == (BatchState.QUEUED, JobProblem.NOT_CONFIGURED)
    assert words(batch).happened in page(batch)

    settings.THANX_ACCESS_TOKEN = sandbox.token
    finish(clock, submit_one_batch)

    assert sandbox.times_issued() == ONCE


def test_a_credential_that_lapses_does_not_clear_an_earlier_doubt(batch, sandbox, clock):
    sandbox.fault("cut_off", when="after", times=1, **ISSUE)
    sandbox.fault("unauthorized", times=1, after=1, **ISSUE)
    submit_one_batch()
    clock.forward(minutes=6)
    submit_one_batch()
    batch.refresh_from_db()
    assert (batch.maybe_sent, batch.error_code) == (True, JobProblem.CREDENTIALS_REFUSED)

    finish(clock, submit_one_batch)

    assert sandbox.times_issued() == ONCE


@pytest.mark.parametrize("dialect", ["usual", "other"])
def test_either_dialect_ends_in_the_same_counts(batch, sandbox, clock, dialect):
    sandbox.options(dialect=dialect)

    finish(clock, submit_one_batch)

    batch.refresh_from_db()
    assert (batch.state, batch.issued_count, batch.failed_count) == (BatchState.COMPLETED, 2, 1)


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        ("server_error", {}),
        ("cut_off", {}),
        ("cut_off", {"when": "mid_body"}),
        ("truncated_json", {}),
        ("html_error", {}),
        ("rate_limited", {"retry_after": 1}),
        ("unauthorized", {}),
        ("forbidden", {}),
        ("missing_code", {"status": 404}),
    ],
)
def test_a_poll_that_fails_is_repeated_and_loses_nothing(batch, sandbox, clock, kind, details):
    sandbox.fault(kind, times=1, **POLL, **details)
    submit_one_batch()
    clock.forward(minutes=6)
    poll_one_batch()
    batch.refresh_from_db()
    assert batch.state == BatchState.WATCHING
    assert batch.error_code in set(JobProblem)
    shown = page(batch)
    assert "6 min ago" in shown
    assert (words(batch).happened in shown) is (kind in LASTING)

    finish(clock)

    batch.refresh_from_db()
    assert (batch.state, batch.error_code) == (BatchState.COMPLETED, "")


def test_a_failed_job_that_issued_nothing_leaves_everybody_as_a_failure(batch, sandbox, clock):
    sandbox.fault("failed_job", times=1)

    finish(clock, submit_one_batch, poll_one_batch)

    batch.refresh_from_db()
    assert (batch.state, batch.issued_count, batch.failed_count) == (BatchState.FAILED, 0, 3)
    assert set(Failure.objects.values_list("reason_code", flat=True)) == {"job_failed"}
    assert sandbox.times_issued() == {}


def test_a_failed_job_that_issued_to_some_names_no_guest_without_knowing(batch, sandbox, clock):
    sandbox.fault("failed_job", times=1, share=0.4)

    finish(clock, submit_one_batch)

    batch.refresh_from_db()
    assert (batch.state, batch.issued_count) == (BatchState.FAILED, 1)
    assert not Failure.objects.exists()
    assert sandbox.times_issued() == {VALUES[0]: 1}


def test_an_unknown_state_keeps_the_job_watched(batch, sandbox, clock):
    sandbox.fault("unknown_state", times=1)
    submit_one_batch()
    clock.forward(minutes=6)
    poll_one_batch()
    batch.refresh_from_db()
    assert (batch.state, batch.job_state) == (BatchState.WATCHING, JobState.PENDING)

    finish(clock)

    batch.refresh_from_db()
    assert batch.state == BatchState.COMPLETED


def test_missing_counts_are_filled_from_the_list_of_a_completed_job(batch, sandbox, clock):
    sandbox.fault("missing_counts")

    finish(clock, submit_one_batch)

    batch.refresh_from_db()
    assert (batch.state, batch.issued_count, batch.failed_count) == (BatchState.COMPLETED, 2, 1)


def test_progress_never_goes_backwards(batch, sandbox, clock):
    sandbox.fault("stuck_job", times=1)
    sandbox.fault("backwards_progress", after=1)
    submit_one_batch()
    for _ in range(2):
        clock.forward(minutes=6)
        poll_one_batch()
        batch.refresh_from_db()
        # The other dialect counts no guests as processed, but those with a reward while the job runs.
        assert (batch.state, batch.processed_count or batch.issued_count) == (BatchState.WATCHING, 1)


def test_a_job_that_does_not_move_for_a_day_is_given_to_a_person_and_comes_back_by_itself(batch, sandbox, clock):
    sandbox.fault("stuck_job", times=1)
    submit_one_batch()
    clock.forward(hours=1)
    poll_one_batch()
    clock.forward(hours=25)
    poll_one_batch()

    batch.refresh_from_db()
    assert (batch.state, batch.error_code) == (BatchState.NEEDS_ATTENTION, JobProblem.JOB_STUCK)
    assert words(batch).happened in page(batch)
    assert "Watch the job again" in page(batch)


def test_a_job_that_thanx_does_not_know_any_more_is_given_to_a_person(batch, sandbox, clock):
    submit_one_batch()
    sandbox.fault("missing_code", status=404, **POLL)
    clock.forward(minutes=30)
    poll_one_batch()
    clock.forward(minutes=40)
    poll_one_batch()

    batch.refresh_from_db()
    assert (batch.state, batch.error_code) == (BatchState.NEEDS_ATTENTION, JobProblem.JOB_LOST)
    assert words(batch).happened in page(batch)
    assert "Settle as not issued" in page(batch)
