"""A linked issuance makes good revoked rewards: for the same guests or others, in the same campaign or another."""

import csv
import io

import pytest
from django.db import IntegrityError

from issuance.audience import intake_step
from issuance.followup import edit_failures, reissues, retries
from issuance.manifests import identifiers_of
from issuance.models import Batch, Failure, Issuance
from issuance.sending import confirmation
from issuance.states import BatchState, IssuanceState
from tests.issuance.followup.test_edit_failures import fail
from tests.support.desk import Desk
from tests.support.factories import create_live_campaign

pytestmark = pytest.mark.django_db

PEOPLE = b"name,email\r\nAna,ana@example.com\r\nBo,bo@example.com\r\nCy,cy@example.com\r\nDi,di@example.com\r\n"


@pytest.fixture
def desk(client):
    return Desk(client, shares=(50,), control=50)


@pytest.fixture
def run(desk):
    """Four guests, two of them held back; both rewards were revoked."""
    issuance = desk.confirmed(PEOPLE)
    revoke(issuance, issued_count=2, failed_count=0)
    return issuance


def revoke(issuance, **counts):
    rows = Batch.objects.filter(issuance=issuance, is_control=False)
    rows.update(
        state=BatchState.REVOKED, job_id=f"job-{issuance.pk}", revoke_reason="It was the wrong reward", **counts
    )


def reissue(desk, run, people="same", campaign=None):
    return desk.post("reissue", run, {"people": people, "chosen": str((campaign or desk.campaign).pk)})


def prepared(child):
    assert reissues.prepare_one_reissue()
    assert intake_step.read_one_upload()
    child.refresh_from_db()
    return child


def names(issuance, *, control=False):
    batches = Batch.objects.filter(issuance=issuance, is_control=control)
    return sorted(found.value for batch in batches for found in identifiers_of(batch))


def test_the_people_of_the_revoked_jobs_become_a_linked_draft(desk, run):
    answer = reissue(desk, run)

    child = prepared(Issuance.objects.get(reissue_of=run))
    assert answer.url == desk.at("check", child.pk)
    assert (child.state, child.lines, child.left_out_total) == (IssuanceState.READY, 2, 0)
    assert names(child) == names(run)
    assert f"reissue of #{run.pk}" in desk.get("review", child).text


def test_it_has_jobs_and_keys_of_its_own(desk, run):
    reissue(desk, run)
    child = prepared(Issuance.objects.get(reissue_of=run))

    confirmation.confirm(issuance=child, by=None, at=child.created_at)

    old, new = (each.batches.get(is_control=False) for each in (run, child))
    assert new.idempotency_key != old.idempotency_key
    assert (new.state, old.state) == (BatchState.QUEUED, BatchState.REVOKED)


def test_the_original_columns_come_along(desk, run):
    reissue(desk, run)
    child = prepared(Issuance.objects.get(reissue_of=run))

    assert child.upload.columns[:2] == ["name", "email"]
    assert child.upload.file_name == f"revoked-guests-of-{run.pk}.csv"


def test_a_corrected_guest_is_reissued_to_the_corrected_address(desk):
    run = desk.confirmed(PEOPLE)
    failure = fail(run.batches.get(is_control=False), 0)
    edit_failures.save(issuance=run, typed={failure.pk: "+1 212 555 0123"}, by=None, at=run.created_at)
    rows = Failure.objects.all()
    retry = retries.retry_corrected(issuance=run, failures=rows, by=None, at=run.created_at)
    retries.prepare_one_retry()
    retry.refresh_from_db()
    confirmation.confirm(issuance=retry, by=None, at=run.created_at)
    revoke(retry, issued_count=1, failed_count=0)

    reissue(desk, retry)

    assert names(prepared(Issuance.objects.get(reissue_of=retry))) == ["+12125550123"]


def test_another_campaign_gets_the_same_people(desk, run):
    ahead = {"end_at": desk.campaign.end_at, "redeemable_to": desk.campaign.redeemable_to}
    other = create_live_campaign(merchant=desk.merchant, shares=(100,), control=0, **ahead)

    reissue(desk, run, campaign=other)

    child = prepared(Issuance.objects.get(reissue_of=run))
    assert (child.campaign, names(child)) == (other, names(run))


def test_another_list_is_added_like_any(desk, run):
    answer = reissue(desk, run, people="others")

    child = Issuance.objects.get(reissue_of=run)
    assert (child.state, answer.url) == (IssuanceState.DRAFT, desk.at("people", child.pk))
    assert reissues.prepare_one_reissue() is False


def test_two_clicks_do_not_take_the_people_over_twice(desk, run):
    reissue(desk, run)

    page = reissue(desk, run)

    assert "Reissued before as" in page.text
    assert Issuance.objects.filter(reissue_of=run).count() == 1
    with pytest.raises(reissues.NothingToReissue):
        reissues.reissue_to_same(issuance=run, campaign=desk.campaign, by=None, at=run.created_at)
    assert Issuance.objects.filter(reissue_of=run).count() == 1


def test_discarding_the_draft_frees_the_people(desk, run):
    reissue(desk, run)
    desk.post("discard", Issuance.objects.get(reissue_of=run))

    assert reissues.to_make_good(run).count() == 1


def test_only_what_is_revoked_can_be_reissued(desk):
    run = desk.confirmed(PEOPLE)

    assert "Nothing of this issuance is revoked" in desk.get("reissue", run).text
    reissue(desk, run)
    assert not Issuance.objects.filter(reissue_of=run).exists()
    with pytest.raises(IntegrityError):
        Batch.objects.filter(issuance=run).update(reissue=run)


def test_a_campaign_of_another_merchant_is_no_choice(desk, run):
    page = reissue(desk, run, campaign=create_live_campaign())

    assert "Select a valid choice" in page.text
    assert not Issuance.objects.filter(reissue_of=run).exists()


def test_an_interrupted_step_adds_the_people_once(desk, run, monkeypatch):
    reissue(desk, run)
    monkeypatch.setattr("issuance.followup.reissues.hold", lost)
    assert reissues.prepare_one_reissue()
    monkeypatch.undo()
    Issuance.objects.filter(reissue_of=run).update(due_at=run.created_at)

    child = prepared(Issuance.objects.get(reissue_of=run))

    assert names(child) == names(run)


def lost(issuance):
    raise reissues.LeaseLost


# --- The file of affected guests ---------------------------------------------------------------------------------


def rows_of(answer):
    return list(csv.DictReader(io.StringIO(b"".join(answer).decode("utf-8-sig"), newline="")))


def test_the_guests_to_notify_are_a_file_with_the_original_columns_and_the_reason(desk, run):
    rows = rows_of(desk.get("to-tell-csv", run))

    assert [row["email"] for row in rows] == [row["sent_to"] for row in rows]
    assert sorted(row["email"] for row in rows) == names(run)
    assert {(row["status"], row["reason"]) for row in rows} == {("revoked", "It was the wrong reward")}


def test_a_guest_who_failed_or_was_held_back_has_nothing_to_be_told(desk, run):
    failed = fail(run.batches.get(is_control=False), 0)

    rows = rows_of(desk.get("to-tell-csv", run))

    assert len(rows) == 1
    assert rows[0]["email"] != identifiers_of(failed.batch)[0].value


def test_before_the_revocation_the_file_says_who_would_be_hit(desk):
    run = desk.confirmed(PEOPLE)
    done = {"state": BatchState.COMPLETED, "job_id": "job-1", "issued_count": 2, "failed_count": 0}
    run.batches.filter(is_control=False).update(**done)

    assert "Download who is affected" in desk.get("revoke", run).text
    assert sorted(row["email"] for row in rows_of(desk.get("affected-csv", run))) == names(run)
    assert rows_of(desk.get("to-tell-csv", run)) == []
    assert rows_of(desk.get("affected-csv", run, query="?job=99")) == []
