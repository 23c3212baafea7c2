"""One guest is erased from every table, the others stay, and the receipt says what is kept."""

import io
import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditEntry
from guests.erasure.erasing import ask_to_erase, erase_one_guest
from guests.erasure.guest_file import guest_file
from guests.lookup.lookup import NotAnIdentifier
from guests.models import GuestErasure
from issuance.followup import edit_failures, retries
from issuance.manifests import identifiers_at, identifiers_of
from issuance.models import (
    Batch,
    DoubtfulLine,
    Failure,
    Issuance,
    IssuedReward,
    Manifest,
    Recipient,
    RejectedLine,
    Upload,
)
from issuance.states import BatchState, IssuanceState
from lists.kept_cells import seal_cell
from tests.support.audiences import take_in
from tests.support.factories import NOON, create_live_campaign
from tests.support.guests.erased import ANA, BO, LIST, erase, print_of, subscribed
from vault.sealing import seal

pytestmark = pytest.mark.django_db


def test_the_guest_leaves_the_manifest_and_the_others_keep_their_places(done, merchant):
    digest = Batch.objects.get().body_digest
    receipt = erase(merchant)

    batch = Batch.objects.get()
    assert [one.value for one in identifiers_of(batch)] == ["", BO]
    assert identifiers_at(batch=batch, positions=[0, 1]).keys() == {1}
    assert (batch.body_digest, Manifest.objects.get().guests_erased) == (digest, 1)
    assert receipt.done_at == NOON


def test_fingerprints_lines_ids_and_the_file_go_and_the_reward_stays(done, merchant, uploads):
    DoubtfulLine.objects.create(
        issuance=done, line=9, reason="x", sealed_value=seal_cell(ANA, purpose="doubtful identifier")
    )
    name = Upload.objects.get().stored_as
    receipt = erase(merchant)

    assert not Recipient.objects.filter(fingerprint=print_of(merchant)).exists()
    assert Recipient.objects.filter(fingerprint=print_of(merchant, BO)).exists()
    assert (RejectedLine.objects.count(), DoubtfulLine.objects.count()) == (0, 0)
    assert (IssuedReward.objects.get().user_id, IssuedReward.objects.get().reward_id) == ("", "reward-1")
    assert not (uploads / name).exists()
    assert receipt.rows["issuance.Upload"] == receipt.rows["issuance.Recipient"] == 1


def test_lines_that_share_a_cell_go_together(campaign, merchant):
    issuance = take_in(campaign, f"email\n{BO}\n" + f"{ANA} x\n" * 3)
    Batch.objects.update(state=BatchState.COMPLETED, job_id="job-1", idempotency_key=uuid4(), due_at=None)
    Issuance.objects.update(state=IssuanceState.CONFIRMED, confirmed_at=NOON)
    assert issuance.rejected_lines.exclude(same_as=None).count() == 2

    assert erase(merchant).rows["issuance.RejectedLine"] == 3
    assert not issuance.rejected_lines.exists()


def test_a_second_erasure_finds_nothing(done, merchant):
    erase(merchant)

    assert erase(merchant).rows == {}


def test_what_a_running_job_needs_is_kept_and_erased_once_it_has_ended(done, merchant):
    Batch.objects.update(state=BatchState.WATCHING)
    receipt = erase(merchant)
    assert receipt.done_at is None
    assert receipt.kept == [{"what": f"issuance #{done.pk}", "why": "it is not finished", "until": ""}]
    assert identifiers_of(Batch.objects.get())[0].value == ANA

    Batch.objects.update(state=BatchState.COMPLETED)
    later = NOON + timedelta(hours=7)
    assert erase_one_guest(clock=lambda: later)
    receipt.refresh_from_db()
    assert (receipt.done_at, receipt.kept, bytes(receipt.sealed_guest)) == (later, [], b"")
    assert identifiers_of(Batch.objects.get())[0].value == ""


def test_a_draft_that_names_the_guest_is_kept_until_its_end_at_the_latest(campaign, merchant):
    draft = take_in(campaign, LIST)
    receipt = erase(merchant)

    until = (NOON + merchant.retention).isoformat()
    assert receipt.kept == [{"what": f"issuance #{draft.pk}", "why": "it is a draft", "until": until}]


def test_an_erased_failure_is_settled_and_never_retried(done, merchant):
    failed = Failure.objects.create(
        batch=Batch.objects.get(), position=0, reason="x", reason_code="user_not_found", seen_at=NOON
    )
    IssuedReward.objects.all().delete()
    erase(merchant)

    failed.refresh_from_db()
    assert failed.settlement.note == "The guest was erased."
    with pytest.raises(retries.NothingToRetry):
        retries.retry_failures(issuance=done, by=None, at=NOON)


def test_an_open_retry_keeps_the_guest(done, merchant):
    Failure.objects.create(
        batch=Batch.objects.get(), position=0, reason="x", reason_code="user_not_found", seen_at=NOON
    )
    IssuedReward.objects.all().delete()
    retry = retries.retry_failures(issuance=done, by=None, at=NOON)
    retries.prepare_one_retry(clock=lambda: NOON)

    whys = {one["what"]: one["why"] for one in erase(merchant).kept}
    assert whys[f"issuance #{done.pk}"] == f"#{retry.pk}, which is made from it, is a draft"
    assert whys[f"issuance #{retry.pk}"] == "it is a draft"


def test_a_guest_of_another_merchant_stays(done):
    other = create_live_campaign().merchant
    erase(other)

    assert identifiers_of(Batch.objects.get())[0].value == ANA


def test_what_names_no_guest_is_refused(merchant):
    with pytest.raises(NotAnIdentifier):
        ask_to_erase(merchant=merchant, typed=["Ana"], exclusions_too=False, by=None, at=NOON)


def test_the_audit_trail_tells_of_it_without_the_guest(done, merchant):
    erase(merchant)

    told = [
        (entry.action, entry.facts.get("guests"))
        for entry in AuditEntry.objects.filter(object_type__endswith="GuestErasure")
    ]
    assert told == [("guest's erasure asked for", 1), ("guest erased", 1)]
    assert "ana" not in str([entry.facts for entry in AuditEntry.objects.all()])


def test_an_export_holds_everything_and_after_the_erasure_nothing(done, merchant):
    subscribed(merchant, confirmed_at=NOON)
    before = guest_file(merchant=merchant, typed=["ANA@example.com"], at=NOON)
    erase(merchant)
    after = guest_file(merchant=merchant, typed=[ANA], at=NOON)

    assert before["reward_ids"] == ["reward-1"]
    assert {tuple(one["cells"]) for one in before["lines_of_files"]} == {
        (ANA, "Ana"),
        ("ana@example.com (home)", "Ana"),
    }
    assert before["subscriptions"][0]["person"] == {"email": ANA}
    empty = {name: after[name] for name in before if name not in ("merchant", "at", "asked_about")}
    assert not any(empty.values())


def run(monkeypatch, command, merchant, typed):
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    out = io.StringIO()
    call_command(command, merchant=merchant.handle, stdout=out, **({"json": True} if command == "erase_guest" else {}))
    return json.loads(out.getvalue())


def test_the_commands_read_the_guest_from_standard_input(done, merchant, monkeypatch):
    assert run(monkeypatch, "export_guest", merchant, f"{ANA}\n")["reward_ids"] == ["reward-1"]
    receipt = run(monkeypatch, "erase_guest", merchant, f"{ANA}\n")
    assert (receipt["done"], receipt["rows"]["issuance.Recipient"]) == (True, 1)
    assert GuestErasure.objects.get().pk == receipt["receipt"]

    with pytest.raises(CommandError) as refused:
        run(monkeypatch, "erase_guest", merchant, "Ana\n")
    assert refused.value.returncode == 2


def test_an_edited_failure_forgets_the_guest_it_was_edited_to(done, merchant):
    failed = Failure.objects.create(
        batch=Batch.objects.get(), position=1, reason="x", reason_code="user_not_found", seen_at=NOON
    )
    from issuance.models import Correction

    Correction.objects.create(
        failure=failed,
        issuance=done,
        fingerprint=print_of(merchant, "cy@example.com"),
        sealed_value=seal(b"cy@example.com", purpose=edit_failures.PURPOSE),
        at=NOON,
    )
    erase(merchant, "cy@example.com")

    assert not Correction.objects.exists()
    assert identifiers_of(Batch.objects.get())[1].value == BO
