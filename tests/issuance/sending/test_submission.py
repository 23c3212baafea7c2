"""Sending a batch, when all goes well and when Thanx refuses."""

import hashlib
import uuid
from datetime import timedelta

import pytest

from issuance.jobs.problems import JobProblem
from issuance.manifests import open_body, seal_manifest
from issuance.models import Batch, Failure, Manifest
from issuance.states import BatchState
from tests.issuance.conftest import VALUES
from tests.support.factories import NOON, create_frozen_batch
from tests.support.steps import submit_one_batch

ISSUE = {"method": "POST", "path": "/partner/campaigns/issue"}


def test_an_idle_worker_finds_nothing(db):
    assert submit_one_batch() is False


def test_a_queued_batch_becomes_a_job(batch, sandbox):
    assert submit_one_batch() is True

    batch.refresh_from_db()
    [job] = sandbox.jobs()
    assert (batch.state, batch.job_id) == (BatchState.WATCHING, job["id"])
    assert batch.maybe_sent is False
    assert batch.due_at > batch.submitted_at


def test_the_confirmed_bytes_go_out_under_the_confirmed_key(batch, sandbox):
    submit_one_batch()

    [request] = sandbox.requests("/partner/campaigns/issue")
    assert request["headers"]["X-Idempotency-Key"] == str(batch.idempotency_key)
    assert request["body_sha256"] == batch.body_digest == hashlib.sha256(open_body(batch.manifest)).hexdigest()


def test_the_intention_is_written_before_the_call(batch, sandbox, clock):
    sandbox.fault("server_error", **ISSUE)

    submit_one_batch()

    moves = list(batch.events.values_list("move", "facts__maybe_sent"))
    assert moves == [("claimed", "True"), ("postponed", "True")]


def test_the_batch_that_has_waited_longest_goes_first(batch, sandbox):
    variant, issuance = batch.variant, batch.issuance
    sooner = create_frozen_batch(
        "cleo@example.com", issuance=issuance, variant=variant, due_at=NOON - timedelta(hours=1)
    )

    submit_one_batch()

    sooner.refresh_from_db()
    batch.refresh_from_db()
    assert (sooner.state, batch.state) == (BatchState.WATCHING, BatchState.QUEUED)


def test_bytes_that_are_not_the_confirmed_ones_are_never_sent(batch, sandbox):
    other, lines = seal_manifest(body=b"{}", lines=[2])
    Manifest.objects.filter(batch=batch).update(sealed_body=other, sealed_lines=lines)

    submit_one_batch()

    batch.refresh_from_db()
    assert (batch.state, batch.error_code) == (BatchState.NEEDS_ATTENTION, JobProblem.BODY_CHANGED)
    assert sandbox.requests() == []


def test_an_erased_manifest_is_never_sent(batch, sandbox):
    batch.manifest.delete()

    submit_one_batch()

    batch.refresh_from_db()
    assert (batch.state, batch.error_code) == (BatchState.NEEDS_ATTENTION, JobProblem.BODY_CHANGED)


def test_nothing_is_sent_for_a_campaign_whose_rewards_cannot_be_redeemed_any_more(batch, sandbox, clock):
    clock.forward(days=400)

    submit_one_batch()

    batch.refresh_from_db()
    assert (batch.state, batch.error_code) == (BatchState.NEEDS_ATTENTION, JobProblem.CAMPAIGN_OVER)
    assert sandbox.requests() == []


@pytest.mark.parametrize("status", [400, 404, 409, 422])
def test_a_refusal_of_the_first_attempt_means_that_no_guest_got_anything(batch, sandbox, status):
    sandbox.fault("missing_code", status=status, **ISSUE)

    submit_one_batch()

    batch.refresh_from_db()
    assert (batch.state, batch.failed_count, batch.issued_count) == (BatchState.REFUSED, 3, 0)
    assert batch.maybe_sent is False
    assert list(Failure.objects.values_list("reason_code", flat=True)) == ["refused"] * 3
    assert str(status) in batch.error_text


def test_a_refusal_after_an_unknown_outcome_proves_nothing(batch, sandbox, clock):
    sandbox.fault("cut_off", when="after", times=1, **ISSUE)
    sandbox.fault("missing_code", status=422, after=1, **ISSUE)
    submit_one_batch()

    clock.forward(minutes=10)
    submit_one_batch()

    batch.refresh_from_db()
    assert (batch.state, batch.error_code) == (BatchState.NEEDS_ATTENTION, JobProblem.REFUSED_AFTER_UNKNOWN)
    assert batch.maybe_sent is True
    assert not Failure.objects.exists()


def test_an_unknown_outcome_is_given_to_a_person_when_the_window_ends(batch, sandbox, clock):
    sandbox.fault("server_error", **ISSUE)
    submit_one_batch()

    clock.forward(hours=25)
    submit_one_batch()

    batch.refresh_from_db()
    assert (batch.state, batch.error_code) == (BatchState.NEEDS_ATTENTION, JobProblem.UNKNOWN_TOO_LONG)
    assert len(sandbox.requests("/partner/campaigns/issue")) == 1


def test_what_surely_was_not_sent_is_sent_however_late(batch, sandbox, settings, clock):
    settings.THANX_API_URL = "http://127.0.0.1:9"
    submit_one_batch()
    clock.forward(hours=25)
    settings.THANX_API_URL = sandbox.url

    submit_one_batch()

    batch.refresh_from_db()
    assert batch.state == BatchState.WATCHING


def test_an_answer_with_a_job_of_another_batch_is_given_to_a_person(batch, sandbox):
    # Thanx would have to mix up keys. We do it in its place: the same key leads to the same job.
    submit_one_batch()
    batch.refresh_from_db()
    Batch.objects.filter(pk=batch.pk).update(idempotency_key=uuid.uuid4())
    twin = create_frozen_batch(*VALUES, issuance=batch.issuance, variant=batch.variant)
    Batch.objects.filter(pk=twin.pk).update(idempotency_key=batch.idempotency_key)

    submit_one_batch()

    twin.refresh_from_db()
    assert (twin.state, twin.error_code) == (BatchState.NEEDS_ATTENTION, JobProblem.JOB_OF_ANOTHER_BATCH)
    assert batch.job_id in twin.error_text
