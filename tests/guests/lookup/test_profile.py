"""A guest's page: Thanx is asked once, its answer is cached for ten minutes, and settings can be changed."""

import json

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from guests.lookup import expiry
from guests.models import CachedGuest
from partner_api.models import Exchange
from tests.support.reveals import show

pytestmark = pytest.mark.django_db(transaction=True)


def search(client, merchant, text):
    return client.post(reverse("guests:find", args=[merchant.handle]), {"q": text})


def looks(sandbox):
    return [one for one in sandbox.requests("/partner/users") if "email=" in one["query"] or "phone=" in one["query"]]


def test_the_page_shows_who_it_is(client, at_thanx, member):
    masked = client.get(search(client, at_thanx.merchant, member["email"].upper())["Location"])
    page = show(client, at_thanx.merchant, masked).content.decode()

    for shown in (member["first_name"], member["phone"], member["zip_code"], str(member["birth_date"]["year"]), "Tier"):
        assert shown in page
    for hidden in (member["first_name"], member["phone"], member["zip_code"]):
        assert hidden not in masked.text
    assert "News and offers by email" in page


def test_two_looks_within_ten_minutes_are_one_call_by_whichever_identifier(sandbox, client, at_thanx, member):
    first = search(client, at_thanx.merchant, member["email"])["Location"]
    second = search(client, at_thanx.merchant, member["phone"])["Location"]
    client.get(first)

    assert first == second
    assert len(looks(sandbox)) == 1


def test_every_search_is_audited_without_the_guest(client, at_thanx, member):
    search(client, at_thanx.merchant, member["email"])
    search(client, at_thanx.merchant, member["email"])

    rows = AuditEntry.objects.filter(action="guest looked up", by=at_thanx.user, merchant=at_thanx.merchant)
    assert sorted(row.facts["asked_thanx"] for row in rows) == [False, True]
    kept = json.dumps([*AuditEntry.objects.values(), *Exchange.objects.values()], default=str)
    assert member["email"] not in kept


def test_what_is_kept_of_a_guest_is_sealed_and_forgotten(client, at_thanx, member, forward):
    where = search(client, at_thanx.merchant, member["email"])["Location"]
    assert all(member["first_name"].encode() not in bytes(one.sealed) for one in CachedGuest.objects.all())

    forward(minutes=11)
    page = client.get(where).content.decode()

    assert member["first_name"] not in page
    assert "Thanx has not been asked just now" in page


def test_cached_guests_are_deleted_when_they_expire_although_no_user_searches(client, at_thanx, member, forward):
    search(client, at_thanx.merchant, member["email"])
    assert not expiry.delete_expired_guests_from_cache(clock=timezone.now)
    forward(minutes=9)
    search(client, at_thanx.merchant, "somebody.else@example.com")

    forward(minutes=2)
    assert expiry.delete_expired_guests_from_cache(clock=timezone.now)

    assert [one.expires_at > timezone.now() for one in CachedGuest.objects.all()] == [True]
    forward(minutes=9)
    assert expiry.delete_expired_guests_from_cache(clock=timezone.now)
    assert not CachedGuest.objects.exists()
    assert not expiry.delete_expired_guests_from_cache(clock=timezone.now)


def test_a_guest_who_is_looked_up_again_is_kept_for_ten_minutes_more(client, at_thanx, member, forward):
    search(client, at_thanx.merchant, member["email"])
    forward(minutes=11)

    search(client, at_thanx.merchant, member["email"])

    assert not expiry.delete_expired_guests_from_cache(clock=timezone.now)
    assert CachedGuest.objects.exists()


def test_the_page_says_that_thanx_does_not_know_a_guest(client, at_thanx):
    page = client.get(search(client, at_thanx.merchant, "notfound@example.com")["Location"]).content.decode()

    assert "Thanx knows no such member here" in page


@pytest.mark.parametrize("scopes", [["rewards.issue"]])
def test_without_the_scope_the_own_history_is_there_and_what_the_scope_would_add_is_said(sandbox, client, at_thanx):
    page = client.get(search(client, at_thanx.merchant, "ana@example.com")["Location"]).content.decode()

    assert "No: no list names this guest." in page
    assert "Ask Thanx to add the scope users.read" in page
    assert looks(sandbox) == []


def test_when_thanx_is_away_the_own_history_is_still_offered(sandbox, client, at_thanx):
    sandbox.fault("server_error", path="/partner/users")

    page = search(client, at_thanx.merchant, "ana@example.com").content.decode()

    assert "Thanx cannot be reached just now" in page
    assert "See what this portal knows" in page


def settings_at(sandbox, at_thanx, member):
    path = f"/partner/users/{member['id']}/communication_settings"
    return sandbox.call("GET", path, params={"merchant_id": at_thanx.merchant.thanx_id}).json()["communication_setting"]


def test_what_a_guest_receives_is_changed_after_a_confirmation(sandbox, client, at_thanx, member):
    where = search(client, at_thanx.merchant, member["email"])["Location"]
    before = settings_at(sandbox, at_thanx, member)
    wanted = {"reward_progress_email": "on"}

    asked = client.post(f"{where}settings/", wanted).content.decode()
    unchanged = settings_at(sandbox, at_thanx, member)
    client.post(f"{where}settings/", {**wanted, "confirmed": "on"})

    assert "New rewards as a notification: <strong>no</strong> longer." in asked
    assert "This goes to" in asked
    assert unchanged == before
    after = settings_at(sandbox, at_thanx, member)
    assert after["reward_offer"]["notification"] is False
    assert after["reward_progress"] == {"email": True}
    assert AuditEntry.objects.filter(action="communication settings changed").count() == 1


def test_a_lost_answer_to_a_change_is_said_and_noted(sandbox, client, at_thanx, member):
    where = search(client, at_thanx.merchant, member["email"])["Location"]
    sandbox.fault("cut_off", method="PATCH", path="/partner/users", when="after")

    page = client.post(f"{where}settings/", {"confirmed": "on"}).content.decode()

    assert "We do not know whether it worked" in page
    assert AuditEntry.objects.filter(action="communication settings changed").count() == 1


def test_a_change_after_ten_minutes_asks_for_a_new_search(sandbox, client, at_thanx, member, forward):
    where = search(client, at_thanx.merchant, member["email"])["Location"]
    forward(minutes=11)

    answer = client.post(f"{where}settings/", {"confirmed": "on"})

    assert answer["Location"] == reverse("guests:find", args=[at_thanx.merchant.handle])
    assert not [one for one in sandbox.requests("/partner/users") if one["method"] == "PATCH"]
