"""Audit rows stay as they were written: neither our code nor the admin can change or delete them."""

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.urls import reverse

from accounts import audit
from accounts.models import AppendOnly, AuditEntry
from tests.support.factories import NOON, MerchantFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry():
    merchant, person = MerchantFactory(), UserFactory()
    return audit.record(action="campaign.confirmed", on=merchant, by=person, at=NOON, merchant_id=merchant.pk, jobs=2)


def change(entry):
    entry.action = "nothing happened"
    entry.save()


def change_one_column(entry):
    entry.facts = {}
    entry.save(update_fields=["facts"])


def overwrite(entry):
    AuditEntry(pk=entry.pk, at=NOON, action="nothing happened", object_type="x", object_id="1").save()


def change_many(entry):
    AuditEntry.objects.filter(pk=entry.pk).update(action="nothing happened")


def change_in_bulk(entry):
    entry.action = "nothing happened"
    AuditEntry.objects.bulk_update([entry], ["action"])


def replace(entry):
    AuditEntry.objects.update_or_create(pk=entry.pk, defaults={"action": "nothing happened"})


def delete(entry):
    entry.delete()


def delete_many(entry):
    AuditEntry.objects.all().delete()


@pytest.mark.parametrize(
    "attempt", [change, change_one_column, change_many, change_in_bulk, replace, delete, delete_many]
)
def test_an_entry_is_neither_changed_nor_deleted(entry, attempt):
    with pytest.raises(AppendOnly), transaction.atomic():
        attempt(entry)

    kept = AuditEntry.objects.get()
    assert (kept.action, kept.facts) == ("campaign.confirmed", {"jobs": 2})


def test_an_entry_is_not_overwritten_by_another_with_its_number(entry):
    with pytest.raises(IntegrityError), transaction.atomic():
        overwrite(entry)

    assert AuditEntry.objects.get().action == "campaign.confirmed"


@pytest.mark.parametrize("owner", ["by", "merchant"])
def test_neither_the_user_nor_the_merchant_of_an_entry_can_be_deleted(entry, owner):
    with pytest.raises(ProtectedError):
        getattr(entry, owner).delete()


def test_the_admin_shows_it_and_changes_nothing(entry, client):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    home = reverse("admin:accounts_auditentry_changelist")
    one = reverse("admin:accounts_auditentry_change", args=[entry.pk])

    assert client.get(home).status_code == client.get(one).status_code == 200
    assert client.post(one, {"action": "nothing happened"}).status_code == 403
    assert client.post(reverse("admin:accounts_auditentry_delete", args=[entry.pk])).status_code == 403
    client.post(home, {"action": "delete_selected", "_selected_action": [entry.pk]})
    assert AuditEntry.objects.get(pk=entry.pk).action == "campaign.confirmed"
