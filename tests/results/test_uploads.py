"""A user adds files of outcomes: they are looked at first, and count once the user says so."""

from functools import partial

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from results.intake import uploads_step
from results.models import ImportStage, OutcomeImport, Visit
from tests.results.trial import DAY, Trial, as_csv, members, purchase, run

pytestmark = pytest.mark.django_db
read_one_import = partial(uploads_step.read_one_import, clock=timezone.now)


@pytest.fixture
def trial(client):
    return Trial(client, guests=50)


def files(trial, *, guests=None):
    rows = [purchase(trial.arms["Reward 1"][0], trial.start + DAY, id="p-1")]
    rows.append(rows[0] | {"purchase_id": "p-2", "settlement_amount": "ten"})
    everyone = members(guests or trial.everyone(), merchant=trial.merchant.thanx_id)
    texts = {"memberships.csv": everyone, "purchases.csv": as_csv(rows)}
    return [SimpleUploadedFile(name, text.encode()) for name, text in texts.items()]


def at(trial, name, *args):
    return reverse(f"results:{name}", args=[trial.merchant.handle, *args])


def uploaded(trial, client, some):
    answer = client.post(at(trial, "add-outcomes"), {"file": some})
    assert answer.status_code == 302, answer.content.decode()
    kept = OutcomeImport.objects.get()
    assert read_one_import()
    kept.refresh_from_db()
    return kept


def page(trial, client, kept):
    return client.get(at(trial, "outcomes", kept.pk)).content.decode()


def stored():
    return default_storage.listdir("outcomes")[1] if default_storage.exists("outcomes") else []


def test_a_preview_says_what_is_in_the_files_and_counts_nothing(trial, client):
    kept = uploaded(trial, client, files(trial, guests=trial.everyone()[:30]))
    html = page(trial, client, kept)

    assert kept.stage == ImportStage.PREVIEW
    assert "Nothing counts until you say so." in html
    assert "Of 40 guests with a reward," in html
    assert "Guests whose address or number in the files differs" in html
    assert "1 line to be left out. The amount is not a plain number such as 12.50." in html
    assert (Visit.objects.count(), len(stored())) == (0, 2)


def test_what_is_confirmed_counts_once_and_the_files_are_deleted(trial, client):
    kept = uploaded(trial, client, files(trial))
    client.post(at(trial, "confirm-outcomes", kept.pk))
    assert read_one_import()
    client.post(at(trial, "confirm-outcomes", kept.pk))  # the button again
    assert not read_one_import()
    kept.refresh_from_db()

    assert kept.stage == ImportStage.DONE
    assert Visit.objects.count() == 1
    assert stored() == []
    assert "The files are included." in page(trial, client, kept)
    assert AuditEntry.objects.get(action="outcomes imported").by == trial.desk.person
    left_out = b"".join(client.get(at(trial, "outcomes-left-out", kept.pk)).streaming_content)
    assert b"purchases.csv,3,The amount is not a plain number" in left_out


def test_what_is_dropped_is_deleted_and_counts_nowhere(trial, client):
    kept = uploaded(trial, client, files(trial))
    client.post(at(trial, "drop-outcomes", kept.pk))
    client.post(at(trial, "confirm-outcomes", kept.pk))

    assert not read_one_import()
    assert (stored(), Visit.objects.count()) == ([], 0)
    assert AuditEntry.objects.filter(action="outcomes dropped").exists()


def test_what_was_dropped_before_counts_once_it_is_added_again(trial, client):
    dropped = uploaded(trial, client, files(trial))
    client.post(at(trial, "drop-outcomes", dropped.pk))
    client.post(at(trial, "add-outcomes"), {"file": files(trial)})
    again = OutcomeImport.objects.latest("pk")
    assert read_one_import()

    client.post(at(trial, "confirm-outcomes", again.pk))
    assert read_one_import()

    assert Visit.objects.count() == 1


def test_files_that_are_only_looked_at_change_no_check(trial, client):
    uploaded(trial, client, files(trial))

    document, _ = run("result", trial.campaign.pk)

    checks = {check["check"]: check["value"] for check in document["health"]}
    assert (checks["coverage"], checks["unreadable_lines"]) == (None, None)


def test_what_cannot_be_used_says_what_to_bring_and_is_deleted(trial, client):
    kept = uploaded(trial, client, files(trial)[1:])

    assert kept.stage == ImportStage.REFUSED
    assert "only memberships.csv explains. Add it." in page(trial, client, kept)
    assert stored() == []


def test_without_a_file_the_form_says_so(trial, client):
    html = client.post(at(trial, "add-outcomes"), {}).content.decode()

    assert "Please choose the files." in html
    assert not OutcomeImport.objects.exists()


def test_the_files_of_another_merchant_are_not_there(trial, client):
    kept = uploaded(trial, client, files(trial))
    OutcomeImport.objects.update(merchant=Trial(client, guests=20).merchant)

    assert client.get(at(trial, "outcomes", kept.pk)).status_code == 404
