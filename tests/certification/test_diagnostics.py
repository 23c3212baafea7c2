"""How we stand with Thanx, asked by the press of a button."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from accounts.models import AuditEntry
from partner_api.models import Exchange
from tests.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def operator(client):
    person = UserFactory(is_staff=True)
    client.force_login(person)
    return person


def page(client):
    return client.get(reverse("certification:diagnostics")).content.decode()


def check(client):
    return client.post(reverse("certification:run-diagnostics"))


def test_looking_asks_nobody_and_a_press_asks(sandbox, client, operator):
    assert "Not checked yet." in page(client)
    assert not Exchange.objects.exists()

    check(client)

    assert "Thanx answers: 1 scopes, 5 merchants." in page(client)
    assert AuditEntry.objects.filter(action="connection checked", by=operator).count() == 1


def test_every_scope_is_told_with_what_it_opens_and_what_to_ask_for(sandbox, client, operator):
    sandbox.reset(scopes=["rewards.issue", "users.read", "something.new"])

    check(client)

    shown = page(client)
    assert "The feedback inbox" in shown
    assert "feedbacks.read, feedbacks.write" in shown.split("What to ask Thanx for")[1]
    assert "something.new" in shown


@pytest.mark.parametrize(("dialect", "path"), [("usual", "/partner/scopes"), ("other", "/partner/metadata/scopes")])
def test_clock_headers_and_dialect_are_told(sandbox, client, operator, dialect, path):
    sandbox.reset(dialect=dialect)

    check(client)

    shown = page(client)
    assert "In step with Thanx." in shown
    assert "Accept-Version" in shown
    assert f"<code>{path}</code>" in shown


def test_a_clock_that_is_wrong_is_told(sandbox, client, operator):
    with time_machine.travel(datetime.now(tz=UTC) + timedelta(seconds=90), tick=True):
        check(client)

    assert "seconds behind this machine. Check its clock." in page(client)


def test_a_refused_credential_is_told(sandbox, client, operator, settings):
    settings.THANX_ACCESS_TOKEN = "wrong"

    check(client)

    shown = page(client)
    assert "The last check failed" in shown
    assert "401" in shown


def test_it_is_for_operators(client):
    client.force_login(MembershipFactory().user)

    assert client.get(reverse("certification:diagnostics")).status_code == 404
    assert check(client).status_code == 404
