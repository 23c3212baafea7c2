"""A user adds files of outcomes: they are looked at first, and count once the user says so."""

from functools import partial
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from engine.leases import LeaseLost
from results.intake import uploads_step
from results.models import ImportStage, OutcomeImport, Visit
from tests.results.trial import DAY, Trial, as_csv, members, purchase, run
from vault.files import sealed_chunks

pytestmark = pytest.mark.django_db
read_one_import = partial(uploads_step.read_one_import, clock=timezone.now)


@pytest.fixture
def trial(client):
    return Trial(client, guests=50)


@pytest.fixture
def commit(django_capture_on_commit_callbacks):
    """What waits for the end of a transaction is done at the end of the block."""
    return partial(django_capture_on_commit_callbacks, execute=True)


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


def test_what_is_confirmed_counts_once_and_the_files_are_deleted(trial, client, commit):
    kept = uploaded(trial, client, files(trial))
    client.post(at(trial, "confirm-outcomes", kept.pk))
    with commit():
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


def test_what_is_dropped_is_deleted_and_counts_nowhere(trial, client, commit):
    kept = uploaded(trial, client, files(trial))
    with commit():
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


def test_what_cannot_be_used_says_what_to_bring_and_is_deleted(trial, client, commit):
    with commit():
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


class _Dies(BaseException):
    """The worker's process is killed."""


class DyingStorage(FileSystemStorage):
    """A storage at which the worker dies once it deletes a file."""

    def delete(self, name):
        raise _Dies


class RobbedStorage(FileSystemStorage):
    """A storage so slow that another worker has claimed the import before a file is open."""

    def _open(self, name, mode="rb"):
        OutcomeImport.objects.update(lease_token=uuid4())
        return super()._open(name, mode)


def stored_by(kind, settings):
    settings.STORAGES = settings.STORAGES | {
        "default": settings.STORAGES["default"] | {"BACKEND": f"{__name__}.{kind.__name__}"}
    }


def test_a_worker_that_dies_while_it_deletes_the_files_leaves_them_counted(trial, client, settings, commit):
    kept = uploaded(trial, client, files(trial))
    client.post(at(trial, "confirm-outcomes", kept.pk))
    stored_by(DyingStorage, settings)
    with pytest.raises(_Dies), commit():
        read_one_import()
    kept.refresh_from_db()

    assert (kept.stage, kept.due_at, kept.lease_token) == (ImportStage.DONE, None, None)
    assert not uploads_step.read_one_import(clock=lambda: timezone.now() + DAY)


def test_a_worker_that_has_lost_its_lease_records_nothing(trial, client, settings):
    kept = uploaded(trial, client, files(trial))
    client.post(at(trial, "confirm-outcomes", kept.pk))
    stored_by(RobbedStorage, settings)
    with pytest.raises(LeaseLost):
        read_one_import()
    kept.refresh_from_db()

    assert kept.stage == ImportStage.COUNTING
    assert all(each.stored_as for each in kept.files.all())
    assert len(stored()) == 2


@pytest.mark.parametrize("act", ["reading", "counting"])
@pytest.mark.parametrize("loss", ["the file is gone", "the row names no file", "no key opens it"])
def test_files_that_cannot_be_opened_are_refused_for_good(trial, client, act, loss):
    client.post(at(trial, "add-outcomes"), {"file": files(trial)})
    kept = OutcomeImport.objects.get()
    if act == "counting":
        assert read_one_import()
        client.post(at(trial, "confirm-outcomes", kept.pk))
    row = kept.files.last()
    if loss == "the row names no file":
        kept.files.filter(pk=row.pk).update(stored_as="")
    else:
        default_storage.delete(row.stored_as)
    if loss == "no key opens it":
        store_sealed_as(row.stored_as, purpose="another purpose")
    assert read_one_import()
    kept.refresh_from_db()

    assert kept.stage == ImportStage.REFUSED
    assert "can no longer be opened. Add them again." in page(trial, client, kept)
    assert not uploads_step.read_one_import(clock=lambda: timezone.now() + DAY)


def store_sealed_as(name, *, purpose):
    default_storage.save(name, ContentFile(b"".join(sealed_chunks([b"email\n"], purpose=purpose))))
