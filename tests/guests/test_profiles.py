"""A guest's page: what Thanx says is asked once, kept encrypted for ten minutes, and can be changed."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from accounts.models import AuditEntry, Role
from campaigns import catalog
from campaigns.models import Credential
from guests.models import Glance
from partner_api.models import Exchange
from tests.factories import NOON, MembershipFactory, MerchantFactory
from tests.sandbox.orders import merchant as merchant_at

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def scopes():
    return "all"


@pytest.fixture
def marketer(sandbox, client, scopes):
    """Somebody signed in at a merchant of the sandbox, whose scopes the portal knows."""
    sandbox.reset(scopes=scopes)
    told = sandbox.health()["scopes"]
    Credential.objects.create(host=catalog.current_host(), scopes=list(told), as_of=NOON)
    merchant = MerchantFactory(thanx_id=merchant_at(sandbox)["id"])
    membership = MembershipFactory(role=Role.MARKETER, merchant=merchant)
    client.force_login(membership.user)
    return membership


@pytest.fixture
def member(sandbox, marketer):
    """A member with everything that can be known."""
    where = {"merchant_id": marketer.merchant.thanx_id, "per_page": 100}
    users = sandbox.call("GET", "/partner/users", params=where).json()["users"]
    return next(user for user in users if user["phone"] and user["birth_date"] and user["zip_code"])


def search(client, merchant, text):
    return client.post(reverse("guests:find", args=[merchant.handle]), {"q": text})


def looks(sandbox):
    return [one for one in sandbox.requests("/partner/users") if "email=" in one["query"] or "phone=" in one["query"]]


def test_the_page_shows_who_it_is(client, marketer, member):
    page = client.get(search(client, marketer.merchant, member["email"].upper())["Location"]).content.decode()

    for shown in (member["first_name"], member["phone"], member["zip_code"], str(member["birth_date"]["year"]), "Tier"):
        assert shown in page
    assert "News and offers by e-mail" in page


def test_two_looks_within_ten_minutes_are_one_call_by_whichever_identifier(sandbox, client, marketer, member):
    first = search(client, marketer.merchant, member["email"])["Location"]
    second = search(client, marketer.merchant, member["phone"])["Location"]
    client.get(first)

    assert first == second
    assert len(looks(sandbox)) == 1


def test_every_search_is_noted_and_names_nobody(client, marketer, member):
    search(client, marketer.merchant, member["email"])
    search(client, marketer.merchant, member["email"])

    rows = AuditEntry.objects.filter(action="guest looked up", by=marketer.user, merchant=marketer.merchant)
    assert sorted(row.facts["asked_thanx"] for row in rows) == [False, True]
    kept = json.dumps([*AuditEntry.objects.values(), *Exchange.objects.values()], default=str)
    assert member["email"] not in kept


def test_what_is_kept_of_a_guest_is_sealed_and_forgotten(client, marketer, member, time_machine_forward):
    where = search(client, marketer.merchant, member["email"])["Location"]
    assert all(member["first_name"].encode() not in bytes(one.sealed) for one in Glance.objects.all())

    time_machine_forward(minutes=11)
    page = client.get(where).content.decode()

    assert member["first_name"] not in page
    assert "Thanx has not been asked just now" in page


def test_somebody_unknown_to_thanx_is_said_to_be_so(client, marketer):
    page = client.get(search(client, marketer.merchant, "notfound@example.com")["Location"]).content.decode()

    assert "Thanx knows no such member here" in page


@pytest.mark.parametrize("scopes", [["rewards.issue"]])
def test_without_the_scope_the_own_history_is_there_and_what_the_scope_would_add_is_said(sandbox, client, marketer):
    page = client.get(search(client, marketer.merchant, "ana@example.com")["Location"]).content.decode()

    assert "No: no list names this guest." in page
    assert "Ask Thanx to add the scope users.read" in page
    assert looks(sandbox) == []


def test_when_thanx_is_away_the_own_history_is_still_offered(sandbox, client, marketer):
    sandbox.fault("server_error", path="/partner/users")

    page = search(client, marketer.merchant, "ana@example.com").content.decode()

    assert "Thanx cannot be reached just now" in page
    assert "See what this portal knows" in page


def settings_at(sandbox, marketer, member):
    path = f"/partner/users/{member['id']}/communication_settings"
    return sandbox.call("GET", path, params={"merchant_id": marketer.merchant.thanx_id}).json()["communication_setting"]


def test_what_a_guest_receives_is_changed_after_a_confirmation(sandbox, client, marketer, member):
    where = search(client, marketer.merchant, member["email"])["Location"]
    before = settings_at(sandbox, marketer, member)
    wanted = {"reward_progress_email": "on"}

    asked = client.post(f"{where}settings/", wanted).content.decode()
    unchanged = settings_at(sandbox, marketer, member)
    client.post(f"{where}settings/", {**wanted, "confirmed": "on"})

    assert "New rewards as a notification: <strong>no</strong> longer." in asked
    assert unchanged == before
    after = settings_at(sandbox, marketer, member)
    assert after["reward_offer"]["notification"] is False
    assert after["reward_progress"] == {"email": True}
    assert AuditEntry.objects.filter(action="communication settings changed").count() == 1


def test_a_lost_answer_to_a_change_is_said_and_noted(sandbox, client, marketer, member):
    where = search(client, marketer.merchant, member["email"])["Location"]
    sandbox.fault("cut_off", method="PATCH", path="/partner/users", when="after")

    page = client.post(f"{where}settings/", {"confirmed": "on"}).content.decode()

    assert "We do not know whether it worked" in page
    assert AuditEntry.objects.filter(action="communication settings changed").count() == 1


def test_a_change_after_ten_minutes_asks_for_a_new_search(sandbox, client, marketer, member, time_machine_forward):
    where = search(client, marketer.merchant, member["email"])["Location"]
    time_machine_forward(minutes=11)

    answer = client.post(f"{where}settings/", {"confirmed": "on"})

    assert answer["Location"] == reverse("guests:find", args=[marketer.merchant.handle])
    assert not [one for one in sandbox.requests("/partner/users") if one["method"] == "PATCH"]
