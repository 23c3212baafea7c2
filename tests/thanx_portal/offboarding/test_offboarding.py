"""A merchant leaves: everything about its guests is exported, erased, and proved to be gone."""

import io
import json
import stat
import zipfile
from datetime import date

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditEntry, Membership
from campaigns.models import Halt
from guests.models import Feedback, Recovery, RecoveryBatch, Subscriber, Subscription
from issuance.models import (
    Batch,
    ExcludedGuest,
    ExclusionList,
    Issuance,
    Member,
    MemberIndex,
    Recipient,
    RememberedColumns,
)
from issuance.states import BatchState, IssuanceState
from tests.support.audiences import take_in
from tests.support.factories import NOON, MembershipFactory, UserFactory, create_live_campaign
from thanx_portal.offboarding.archive import write_archive
from thanx_portal.offboarding.leaving import StillAtWork, erase_merchant, left_at
from vault.sealing import seal

pytestmark = pytest.mark.django_db

LIST = "email\nana@example.com\n=bo@example.com\nno address\n"


@pytest.fixture
def merchant():
    """A merchant with something of every kind."""
    campaign = create_live_campaign(shares=(100,), control=0)
    merchant = campaign.merchant
    issuance = take_in(campaign, LIST)
    key = "00000000-0000-0000-0000-000000000001"
    Batch.objects.update(state=BatchState.COMPLETED, job_id="job-1", idempotency_key=key, ended_at=NOON, due_at=None)
    Issuance.objects.filter(pk=issuance.pk).update(state=IssuanceState.CONFIRMED, confirmed_at=NOON)
    take_in(campaign, "email\ncy@example.com\n")
    excluded = ExclusionList.objects.create(merchant=merchant, name="Never", guests=1, created_at=NOON, changed_at=NOON)
    ExcludedGuest.objects.create(list=excluded, fingerprint=b"f" * 16)
    MemberIndex.objects.create(merchant=merchant, as_of=NOON)
    Member.objects.create(merchant=merchant, user_id="user-1", fingerprint=b"f" * 16)
    RememberedColumns.objects.update_or_create(
        merchant=merchant, key="k", defaults={"mapping": {}, "prefers": "email", "sheet": "Ana", "used_at": NOON}
    )
    review = seal(b"Cold.", purpose="feedback")
    Feedback.objects.create(
        merchant=merchant,
        thanx_id="f-1",
        user_id="user-1",
        stage="rated",
        sealed_review=review,
        given_at=NOON,
        as_of=NOON,
    )
    consent = {"statement": "I agree", "source": "till", "agreed_on": date(2026, 5, 1), "confirmed_at": NOON}
    made = Subscription.objects.create(
        merchant=merchant, created_by=UserFactory(), created_at=NOON, done_at=NOON, **consent
    )
    person = seal(json.dumps({"email": "di@example.com"}).encode(), purpose="subscriber")
    Subscriber.objects.create(subscription=made, line=1, fingerprint=b"f" * 16, sealed=person, standing="accepted")
    MembershipFactory(merchant=merchant)
    return merchant


@pytest.fixture
def leave(merchant, django_capture_on_commit_callbacks):
    def leave():
        with django_capture_on_commit_callbacks(execute=True):
            return erase_merchant(merchant=merchant, by=None, at=NOON)

    return leave


def test_nothing_is_left_but_counts_and_proofs(merchant, leave, uploads):
    digest = Batch.objects.get(job_id="job-1").body_digest
    proof = leave()

    assert proof.is_clean
    assert left_at(merchant) == {}
    assert proof.rows["issuance.Manifest"] == 2
    assert [path for path in uploads.rglob("*") if path.is_file()] == []
    assert (Batch.objects.get(job_id="job-1").body_digest, Recipient.objects.count()) == (digest, 3)
    assert Feedback.objects.get().rating is None


def test_its_users_no_longer_see_it_and_nothing_is_sent(merchant, leave):
    leave()

    assert not Membership.objects.filter(merchant=merchant).exists()
    assert Halt.objects.in_force().filter(merchant=merchant).exists()


def test_the_proof_is_in_the_audit_trail(merchant, leave):
    leave()

    entry = AuditEntry.objects.get(action="merchant off-boarded")
    assert (entry.facts["left"], entry.facts["rows"]["guests.Subscriber"]) == ({}, 1)


def test_it_may_be_repeated(leave):
    leave()

    assert {table: count for table, count in leave().rows.items() if count} == {}


def test_another_merchant_stays(merchant, leave):
    other = take_in(create_live_campaign(), LIST)
    leave()

    assert left_at(other.merchant)


@pytest.mark.parametrize("state", [BatchState.WATCHING, BatchState.NEEDS_ATTENTION, BatchState.REVOKE_QUEUED])
def test_what_is_at_work_is_refused_and_nothing_is_lost(merchant, leave, state):
    Batch.objects.filter(job_id="job-1").update(state=state)
    before = left_at(merchant)

    with pytest.raises(StillAtWork):
        leave()
    assert left_at(merchant) == before
    assert not Halt.objects.exists()


def test_a_reward_for_feedback_that_is_under_way_is_refused(merchant, leave):
    variant = merchant.campaigns.get().variants.first()
    batch = RecoveryBatch.objects.create(merchant=merchant, variant=variant, goes_at=NOON)
    Recovery.objects.create(
        feedback=Feedback.objects.get(),
        merchant=merchant,
        variant=variant,
        by=UserFactory(),
        at=NOON,
        fingerprint=b"f" * 16,
        batch=batch,
    )

    with pytest.raises(StillAtWork, match="reward"):
        leave()


def test_the_archive_holds_everything_about_the_guests(merchant):
    file = io.BytesIO()
    guests = write_archive(file, merchant=merchant, at=NOON)
    with zipfile.ZipFile(file) as archive:
        texts = {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}

    assert guests == 4
    assert "ana@example.com" in texts["guests.csv"]
    assert "no address" in texts["left_out.csv"]
    assert "Cold." in texts["feedback.csv"]
    assert json.loads(texts["subscribers.jsonl"])["person"] == {"email": "di@example.com"}
    assert "Never,1," in texts["exclusion_lists.csv"]


def offboard(merchant, **options):
    out = io.StringIO()
    call_command("offboard_merchant", merchant.handle, json=True, stdout=out, **options)
    return json.loads(out.getvalue())


def test_the_command_exports_for_the_owners_eyes_erases_and_proves(
    merchant, tmp_path, django_capture_on_commit_callbacks
):
    path = tmp_path / "archive.zip"
    with django_capture_on_commit_callbacks(execute=True):
        told = offboard(merchant, export=path, erase=merchant.handle)

    assert told["exported"] == 4
    assert told["rows"]["guests.Subscriber"] == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert offboard(merchant)["left"] == {}


def test_the_command_erases_nothing_without_the_handle_twice_and_overwrites_no_file(merchant, tmp_path):
    there = tmp_path / "there.zip"
    there.touch()
    for options in ({"erase": "another"}, {"export": there}):
        with pytest.raises(CommandError) as refused:
            offboard(merchant, **options)
        assert refused.value.returncode == 2
    assert left_at(merchant)


@pytest.fixture
def superuser(client, django_user_model):
    user = django_user_model.objects.create_superuser("root@partner.example", "correct horse battery")
    client.force_login(user)
    return user


def test_an_operators_page_shows_what_there_is_exports_and_erases(client, superuser, merchant):
    place = f"/staff/offboarding/{merchant.handle}/"
    assert merchant.name in client.get("/staff/offboarding/").content.decode().replace("&#x27;", "'")
    assert "Members at Thanx" in client.get(place).content.decode()
    archive = client.post(f"{place}export/")
    assert zipfile.ZipFile(io.BytesIO(b"".join(archive.streaming_content))).namelist()[0] == "README.txt"
    assert AuditEntry.objects.get(action="merchant exported").facts["guests"] == 4

    wrong = client.post(f"{place}erase/", {"handle": "another"}).content.decode()
    assert "This is not the handle" in wrong
    assert left_at(merchant)
    done = client.post(f"{place}erase/", {"handle": merchant.handle}, follow=True).content.decode()
    assert "Everything about the merchant&#x27;s guests is erased." in done


def test_what_is_at_work_is_said_on_the_page(client, superuser, merchant):
    Batch.objects.filter(job_id="job-1").update(state=BatchState.WATCHING)
    answer = client.post(f"/staff/offboarding/{merchant.handle}/erase/", {"handle": merchant.handle}, follow=True)

    assert "it is not finished. Nothing was erased." in answer.content.decode()
