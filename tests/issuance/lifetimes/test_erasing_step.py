"""At the end of its lifetime an issuance keeps counts and proofs, and nothing of its guests."""

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage

from accounts.models import AuditEntry
from campaigns.models import Merchant
from issuance import ledger
from issuance.drafts import drafts
from issuance.followup import retries
from issuance.followup.reissues import to_make_good
from issuance.lifetimes import erasing_step
from issuance.lifetimes.erasing_step import erase_one_issuance
from issuance.models import (
    Batch,
    CorrectedLine,
    Failure,
    Issuance,
    Manifest,
    Recipient,
    RejectedLine,
    RevocationRequest,
    Upload,
)
from issuance.states import BatchState, IssuanceState
from tests.support.audiences import take_in
from tests.support.factories import NOON, create_batch_with_job, create_frozen_batch, create_live_campaign
from vault.data_map import Lifetime
from vault.erasing import left_of
from vault.sealing import seal

pytestmark = pytest.mark.django_db

LIST = "email\nana@example.com\nbo@example.com\nno address\n"
LATER = NOON + timedelta(days=91)
AFTER_THE_CAMPAIGN = NOON + timedelta(days=21 + 91)


@pytest.fixture
def campaign():
    return create_live_campaign(shares=(100,), control=0)


@pytest.fixture
def done(campaign):
    """An issuance of a list whose only job is completed, with one failure."""
    issuance = take_in(campaign, LIST)
    Batch.objects.filter(issuance=issuance).update(
        state=BatchState.COMPLETED,
        job_id="job-1",
        idempotency_key="00000000-0000-0000-0000-000000000001",
        issued_count=1,
        failed_count=1,
        ended_at=NOON,
        due_at=None,
    )
    Issuance.objects.filter(pk=issuance.pk).update(state=IssuanceState.CONFIRMED, confirmed_at=NOON)
    CorrectedLine.objects.create(
        issuance=issuance, line=4, sealed_value=seal(b"di@example.com", purpose="corrected line"), at=NOON
    )
    Failure.objects.create(
        batch=issuance.batches.get(), position=1, reason="x", reason_code="user_not_found", seen_at=NOON
    )
    return Issuance.objects.get(pk=issuance.pk)


def erase_all(merchant, *, at):
    while erase_one_issuance(merchant=Merchant.objects.get(pk=merchant.pk), at=at):
        pass


def buckets(issuance):
    return ledger.buckets_of_issuance(issuance, ledger.groups_of([issuance.pk]))


def what_is_left(issuance, lifetime):
    return +left_of(lifetime, owners=[issuance.pk])


def test_nothing_is_erased_before_the_end_of_the_retention(done):
    assert not erase_one_issuance(merchant=done.merchant, at=NOON + timedelta(days=89))
    assert Manifest.objects.get().erased_at is None


def test_files_identifiers_lines_and_corrections_go(done):
    name = Upload.objects.get().stored_as
    erase_all(done.merchant, at=LATER)

    assert what_is_left(done, Lifetime.ISSUANCE) == {}
    assert not default_storage.exists(name)
    assert (Upload.objects.get().file_name, RejectedLine.objects.count(), CorrectedLine.objects.count()) == ("", 0, 0)
    assert Manifest.objects.get().erased_at == LATER


def test_counts_and_proofs_stay(done):
    before = Batch.objects.get(), buckets(done)
    erase_all(done.merchant, at=AFTER_THE_CAMPAIGN)
    done.refresh_from_db()

    after = Batch.objects.get()
    assert (after.body_digest, after.idempotency_key, after.job_id) == (
        before[0].body_digest,
        before[0].idempotency_key,
        "job-1",
    )
    assert buckets(done) == before[1]
    assert Upload.objects.get().digest
    assert Failure.objects.get().reason_code == "user_not_found"


def test_fingerprints_stay_until_the_campaign_has_ended_and_is_judged(done):
    erase_all(done.merchant, at=LATER)
    assert what_is_left(done, Lifetime.EXPERIMENT) == {"issuance.Recipient": 2}

    erase_all(done.merchant, at=AFTER_THE_CAMPAIGN)
    assert what_is_left(done, Lifetime.EXPERIMENT) == {}
    assert Recipient.objects.count() == 2


def test_what_was_erased_is_in_the_audit_trail_as_numbers(done):
    erase_all(done.merchant, at=LATER)

    entry = AuditEntry.objects.get(action="guests' data erased")
    assert entry.facts["rows"]["issuance.RejectedLine"] == 1
    assert entry.facts["rows"]["issuance.Manifest"] == 1


def test_a_merchant_may_have_a_shorter_retention(done):
    Merchant.objects.filter(pk=done.merchant_id).update(retention_days=3)
    erase_all(done.merchant, at=NOON + timedelta(days=4))

    assert what_is_left(done, Lifetime.ISSUANCE) == {}


@pytest.mark.parametrize(
    "fields",
    [
        {"state": BatchState.WATCHING, "ended_at": None},
        {"state": BatchState.NEEDS_ATTENTION},
        {"state": BatchState.REVOKE_QUEUED},
        {"due_at": NOON},
    ],
)
def test_what_a_job_may_still_need_is_kept(done, fields):
    Batch.objects.update(**fields)
    erase_all(done.merchant, at=LATER)

    assert what_is_left(done, Lifetime.ISSUANCE)


def test_what_a_revocation_that_waits_for_approval_needs_is_kept(done, django_user_model):
    by = django_user_model.objects.create_user("ana@partner.example")
    RevocationRequest.objects.create(issuance=done, asked_by=by, asked_at=NOON, rewards=1, reason="wrong reward")
    erase_all(done.merchant, at=LATER)

    assert what_is_left(done, Lifetime.ISSUANCE)


def test_what_an_open_retry_needs_is_kept_until_it_is_given_up_or_old_itself(done):
    at = NOON + timedelta(days=60)
    retry = retries.retry_failures(issuance=done, failures=Failure.objects.all(), by=None, at=at)
    retries.prepare_one_retry(clock=lambda: at)
    erase_all(done.merchant, at=LATER)
    assert what_is_left(done, Lifetime.ISSUANCE)

    erase_all(done.merchant, at=at + timedelta(days=91))
    retry.refresh_from_db()
    assert (retry.state, what_is_left(done, Lifetime.ISSUANCE)) == (IssuanceState.DISCARDED, {})


def test_an_old_draft_is_discarded_and_erased(campaign):
    draft = take_in(campaign, LIST)
    erase_all(draft.merchant, at=LATER)
    draft.refresh_from_db()

    assert draft.state == IssuanceState.DISCARDED
    assert what_is_left(draft, Lifetime.ISSUANCE) == {}


def test_of_a_discarded_draft_nothing_is_kept(campaign, django_capture_on_commit_callbacks):
    draft = take_in(campaign, LIST)
    with django_capture_on_commit_callbacks(execute=True):
        drafts.discard(issuance=draft, by=None, at=NOON)

    assert what_is_left(draft, Lifetime.ISSUANCE) == what_is_left(draft, Lifetime.EXPERIMENT) == {}


def test_a_large_discarded_draft_is_left_to_the_step(campaign, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setattr(drafts, "LONGEST_AT_ONCE", 1)
    draft = take_in(campaign, LIST)
    with django_capture_on_commit_callbacks(execute=True):
        drafts.discard(issuance=draft, by=None, at=NOON)
    assert what_is_left(draft, Lifetime.ISSUANCE)

    erase_all(draft.merchant, at=NOON)
    assert what_is_left(draft, Lifetime.ISSUANCE) == {}


def test_a_kill_between_two_tables_leaves_the_rest_to_the_next_worker(done, monkeypatch):
    class Killed(BaseException):
        pass

    def killed(*_, **__):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(erasing_step, "erase", killed)
        with pytest.raises(Killed):
            erase_one_issuance(merchant=done.merchant, at=LATER)
    assert what_is_left(done, Lifetime.ISSUANCE)

    erase_all(done.merchant, at=LATER)
    assert what_is_left(done, Lifetime.ISSUANCE) == {}


def test_erased_failures_are_not_retried_and_erased_jobs_not_reissued(done):
    revoked = create_frozen_batch("cy@example.com", issuance=done, number=9)
    Batch.objects.filter(pk=revoked.pk).update(state=BatchState.REVOKED, job_id="job-9", due_at=None, ended_at=NOON)
    assert to_make_good(done).exists()
    erase_all(done.merchant, at=LATER)

    with pytest.raises(retries.NothingToRetry):
        retries.retry_failures(issuance=done, failures=Failure.objects.all(), by=None, at=LATER)
    assert not to_make_good(done).exists()


def test_another_merchants_issuance_is_left_alone(done):
    other = create_batch_with_job(state=BatchState.COMPLETED).issuance
    erase_all(other.merchant, at=LATER)

    assert what_is_left(done, Lifetime.ISSUANCE)
