"""The page about guests' data: the retention, the countdown, and the erasure and the export of one guest."""

import pytest

from accounts.models import AuditEntry, Role
from campaigns.models import Merchant
from guests.erasure.erasing import erase_one_guest
from guests.models import GuestErasure
from tests.support.audiences import take_in
from tests.support.factories import MembershipFactory, create_live_campaign

pytestmark = pytest.mark.django_db

ANA = "ana@example.com"


@pytest.fixture
def merchant():
    return create_live_campaign().merchant


@pytest.fixture
def place(merchant):
    return f"/m/{merchant.handle}/personal-data/"


@pytest.fixture
def sign_in(client, merchant):
    def sign_in(role):
        user = MembershipFactory(merchant=merchant, role=role).user
        client.force_login(user)
        return user

    return sign_in


def test_a_manager_sets_the_retention_and_it_is_in_the_audit_trail(client, merchant, place, sign_in):
    sign_in(Role.MANAGER)
    client.post(place, {"days": "30"})

    assert Merchant.objects.get(pk=merchant.pk).retention_days == 30
    assert AuditEntry.objects.get(action="retention set").facts["after"] == {"retention_days": 30}
    assert "kept for 30 days" in client.get(place).content.decode()


@pytest.mark.parametrize("days", ["0", "-1", "4000", "soon"])
def test_an_impossible_retention_is_refused_and_kept_in_the_field(client, merchant, place, sign_in, days):
    sign_in(Role.MANAGER)
    page = client.post(place, {"days": days}).content.decode()

    assert f'value="{days}"' in page
    assert Merchant.objects.get(pk=merchant.pk).retention_days is None


def test_it_counts_down(client, merchant, place, sign_in):
    sign_in(Role.VIEWER)
    draft = take_in(merchant.campaigns.get(), f"email\n{ANA}\n")
    draft.events.update(at=draft.created_at)
    page = client.get(place).content.decode()

    assert f"#{draft.pk} " in page
    assert "The guests&#x27; data are erased within minutes, because it is a draft." in page


@pytest.mark.parametrize(
    ("role", "statuses"),
    [
        (Role.VIEWER, {"": 403, "erase/": 403, "export/": 403}),
        (Role.MARKETER, {"": 403, "erase/": 403, "export/": 200}),
        (Role.MANAGER, {"": 302, "erase/": 200, "export/": 200}),
    ],
)
def test_who_may_do_what(client, place, sign_in, role, statuses):
    sign_in(role)

    found = {act: client.post(f"{place}{act}", {"email": ANA, "days": "30"}).status_code for act in statuses}
    assert found == statuses


def test_a_guest_is_erased_after_a_second_look_and_the_receipt_says_so(client, place, sign_in):
    sign_in(Role.MANAGER)
    asked = client.post(f"{place}erase/", {"email": ANA})
    assert "Erase this guest?" in asked.content.decode()
    assert not GuestErasure.objects.exists()

    done = client.post(f"{place}erase/", {"email": ANA, "confirmed": "on"})
    receipt = GuestErasure.objects.get()
    assert done.url == f"{place}erased/{receipt.pk}/"
    assert "about to erase" in client.get(done.url).content.decode()

    assert erase_one_guest()
    page = client.get(done.url).content.decode()
    assert "Everything that may be erased is erased." in page
    assert ANA not in page


def test_what_names_no_guest_is_said_beside_the_field(client, place, sign_in):
    sign_in(Role.MANAGER)

    page = client.post(f"{place}erase/", {"email": "Ana", "phone": ""}).content.decode()
    assert "This names no guest." in page
    assert 'value="Ana"' in page
    assert "Please enter an email address" in client.post(f"{place}erase/", {}).content.decode()


def test_an_export_is_a_file_that_no_cache_keeps_and_is_in_the_audit_trail(client, place, sign_in):
    user = sign_in(Role.MARKETER)
    answer = client.post(f"{place}export/", {"email": ANA})

    assert answer.json()["asked_about"] == [ANA]
    assert answer["Content-Disposition"] == 'attachment; filename="guest.json"'
    assert answer["Cache-Control"] == "no-store"
    entry = AuditEntry.objects.get(action="guest exported")
    assert (entry.by, entry.facts) == (user, {"guests": 1})


def test_the_receipt_of_another_merchant_is_not_found(client, place, sign_in):
    sign_in(Role.MANAGER)
    other = create_live_campaign().merchant
    asked = GuestErasure.objects.create(merchant=other, sealed_guest=b"", asked_at=other.as_of)

    assert client.get(f"{place}erased/{asked.pk}/").status_code == 404
