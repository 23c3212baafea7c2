"""What guests did is erased when it is old and no experiment needs it, and of one guest when that guest wants it."""

import io
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core.files.storage import default_storage

from guests.erasure import erasing
from guests.erasure.guest_file import guest_file
from guests.lifetimes.step import erase_what_is_over
from guests.models import GuestErasure, Keeping
from results.intake.importing import rejects_of
from results.intake.uploads_step import add_uploads, drop_uploads
from results.models import CampaignResult, GuestLink, ImportStage, OutcomeFile, OutcomeImport, Visit
from tests.results.trial import DAY, Trial, arm_named, as_csv, bring, members, purchase, run
from tests.support.spreadsheets import xlsx
from thanx_portal.offboarding.leaving import StillAtWork, erase_merchant, left_at
from vault.data_map import Lifetime
from vault.erasing import erase

pytestmark = pytest.mark.django_db
WORKBOOK = xlsx([("email", "visited"), ("ana@example.com", "1")])


@pytest.fixture
def trial(client, tmp_path):
    found = Trial(client, guests=20)
    rows = [purchase(guest, found.start + DAY, id=f"p-{guest}") for guest in found.everyone()]
    rows += [purchase(found.everyone()[0], found.start - 80 * DAY, id="before"), rows[0] | {"settlement_amount": "?"}]
    everyone = members(found.everyone(), merchant=found.merchant.thanx_id)
    bring(tmp_path, found.merchant, memberships=everyone, purchases=as_csv(rows))
    return found


def step(at):
    Keeping.objects.update(due_at=at, lease_token=None)
    while erase_what_is_over(clock=lambda: at) and Keeping.objects.get().due_at <= at:
        pass


def kept():
    return Visit.objects.count(), GuestLink.objects.count()


def test_outcomes_stay_while_an_experiment_can_be_counted_with_them(trial):
    step(trial.start + 100 * DAY)

    assert kept() == (21, 40)
    assert OutcomeImport.objects.get().sealed_rejects == b""  # lines to correct are needed for less long
    assert set(OutcomeFile.objects.values_list("file_name", flat=True)) == {""}


def test_outcomes_go_with_the_guests_of_their_last_experiment_and_the_result_stays(trial):
    with time_machine.travel(trial.start + DAY, tick=False):
        before, _ = run("result", trial.campaign.pk)
    trial.issuance.batches.filter(is_control=False).update(state="stopped", due_at=None)
    trial.campaign.result.__class__.objects.update(document={**before, "days": {}, "sentences": {}}, due_at=None)
    step(trial.start + 300 * DAY)

    assert kept() == (0, 0)
    with time_machine.travel(trial.start + 301 * DAY, tick=False):
        assert run("result", trial.campaign.pk)[0] == before


def test_one_guest_is_erased_from_outcomes_and_gets_them_first(trial):
    guest = trial.everyone()[0]
    known = guest_file(merchant=trial.merchant, typed=[guest], at=trial.start)
    assert [one["amount"] for one in known["visits"]] == [10.0, 10.0]

    erasing.ask_to_erase(
        merchant=trial.merchant, typed=[guest], exclusions_too=False, by=trial.desk.person, at=trial.start
    )
    assert erasing.erase_one_guest(clock=lambda: trial.start)
    assert kept() == (19, 38)
    assert arm_named(run("result", trial.campaign.pk)[0], "Reward 1") is not None


def test_when_a_merchant_leaves_nothing_is_left(trial):
    assert left_at(trial.merchant)["results.Visit"] == 21

    erase(Lifetime.OUTCOMES, owners=[trial.merchant.pk], at=trial.start + timedelta(days=1))
    assert not any(table.startswith("results.") for table, rows in left_at(trial.merchant).items() if rows)


def upload(trial, *, stage, name="visits.csv", content=None, **facts):
    """Add a file as a user does, and have it come as far as the stage."""
    file = io.BytesIO(content or f"email,visited\n{trial.everyone()[0]},1\n".encode())
    kept = add_uploads(merchant=trial.merchant, files=[(file, name)], by=trial.desk.person, at=trial.start)
    OutcomeImport.objects.filter(pk=kept.pk).update(stage=stage, **facts)
    return kept


def test_when_a_merchant_leaves_no_file_is_read_or_counted_any_more(trial, django_capture_on_commit_callbacks):
    trial.issuance.batches.filter(is_control=False).update(state="stopped", due_at=None)
    kept = upload(trial, stage=ImportStage.COUNTING, lease_token=uuid4())
    with pytest.raises(StillAtWork, match=f"outcomes #{kept.pk}: they are being counted"):
        erase_merchant(merchant=trial.merchant, by=None, at=trial.start + 300 * DAY)
    OutcomeImport.objects.update(lease_token=None)
    with django_capture_on_commit_callbacks(execute=True):
        proof = erase_merchant(merchant=trial.merchant, by=None, at=trial.start + 300 * DAY)

    assert proof.is_clean
    assert default_storage.listdir("outcomes")[1] == []
    assert list(OutcomeImport.objects.filter(pk=kept.pk).values_list("stage", "due_at")) == [("dropped", None)]
    assert set(CampaignResult.objects.values_list("due_at", "lease_token")) == {(None, None)}


@pytest.mark.parametrize("stage", [ImportStage.PREVIEW, ImportStage.READING, ImportStage.COUNTING])
def test_files_that_are_never_counted_go_after_the_retention(trial, stage, django_capture_on_commit_callbacks):
    kept = upload(trial, stage=stage, name="ana.xlsx", content=WORKBOOK)
    assert kept.files.get().sealed_sheets
    with django_capture_on_commit_callbacks(execute=True):
        step(trial.start + 100 * DAY)
    kept.refresh_from_db()

    assert default_storage.listdir("outcomes")[1] == []
    assert (kept.stage, kept.due_at, kept.lease_token) == (ImportStage.DROPPED, None, None)
    assert kept.files.values_list("sealed_sheets", "columns", "file_name", "stored_as").get() == (b"", [], "", "")


def test_the_first_rows_of_a_dropped_workbook_are_erased_with_it(trial):
    kept = upload(trial, stage=ImportStage.PREVIEW, name="ana.xlsx", content=WORKBOOK)
    drop_uploads(kept, by=trial.desk.person, at=trial.start)

    assert kept.files.get().sealed_sheets == b""


def test_lines_that_were_left_out_no_longer_name_an_erased_guest(trial, tmp_path):
    """By an address, or by the number that Thanx's files have."""
    one, other = trial.everyone()[:2]
    rows = [{"email": guest, "amount": amount} for guest in (one, other) for amount in ("5", "$5")]
    bring(tmp_path, trial.merchant, visits=as_csv(rows))
    upload(trial, stage=ImportStage.PREVIEW)
    by_number, by_address, waiting = OutcomeImport.objects.order_by("pk")
    assert one.encode() in rejects_of(by_address)
    erasing.ask_to_erase(
        merchant=trial.merchant, typed=[one], exclusions_too=False, by=trial.desk.person, at=trial.start
    )
    assert erasing.erase_one_guest(clock=lambda: trial.start)
    by_number.refresh_from_db()
    by_address.refresh_from_db()

    assert rejects_of(by_number) == b""  # its only line was the guest's
    lines = rejects_of(by_address).decode("utf-8-sig").splitlines()
    assert lines[0].startswith("file,line,reason,email,")
    assert [line.split(",")[3] for line in lines[1:]] == [other]
    kept = {each["what"]: each["why"] for each in GuestErasure.objects.get().kept}
    assert kept[f"outcomes #{waiting.pk}"] == "its files may name the guest: drop or count it"
