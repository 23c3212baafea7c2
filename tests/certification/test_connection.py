"""The check of the connection to Thanx, started by an operator."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth import get_user
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from campaigns.catalog.credential import make_credential_due, refresh_credential
from campaigns.models import Credential, Merchant
from certification.calls.exchanges import sent
from certification.calls.manners import needless_repeats
from partner_api.models import Exchange
from tests.support.factories import MembershipFactory

pytestmark = pytest.mark.django_db(transaction=True)


def page(client):
    return client.get(reverse("certification:connection")).content.decode()


def check(client):
    return client.post(reverse("certification:check-connection"))


def test_looking_makes_no_call_and_a_press_makes_one(sandbox, client, operator):
    assert "Not checked yet." in page(client)
    assert not Exchange.objects.exists()

    check(client)

    assert "Thanx answers: 1 scopes, 5 merchants." in page(client)
    assert AuditEntry.objects.filter(action="connection checked", by=get_user(client)).count() == 1


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


def repeats():
    return needless_repeats(sent(Exchange.objects.all()))


def more_than_a_minute_passes():
    Exchange.objects.update(at=F("at") - timedelta(seconds=70))


def test_a_second_press_within_a_minute_shows_the_answer_and_makes_no_call(sandbox, client, operator):
    check(client)
    number = Exchange.objects.count()

    check(client)

    shown = page(client)
    assert Exchange.objects.count() == number
    assert "Thanx answers: 1 scopes, 5 merchants." in shown
    assert "In step with Thanx." in shown
    assert "Thanx was not asked again" in shown
    assert "It can be asked again in" in shown
    more_than_a_minute_passes()
    check(client)
    assert Exchange.objects.count() == 2 * number
    assert "Thanx was not asked again" not in page(client)


def test_a_press_just_after_a_worker_has_read_shows_what_it_read(sandbox, client, operator):
    refresh_credential()

    check(client)

    shown = page(client)
    assert "Thanx answers: 1 scopes, 5 merchants." in shown
    assert "Not compared: a worker has read this" in shown
    assert "Calls of the check" in shown
    assert repeats() == []


def test_what_a_check_was_answered_no_worker_reads_again(sandbox, client, operator):
    check(client)

    make_credential_due(at=timezone.now())
    refresh_credential()

    assert repeats() == []
    assert Merchant.objects.count() == 5
    assert Credential.objects.get().scopes == ["rewards.issue"]


def test_a_check_that_was_half_answered_repeats_nothing_and_says_so(sandbox, client, operator):
    sandbox.fault("unauthorized", path="/partner/merchants", times=1)
    check(client)
    assert "401" in page(client)

    check(client)

    assert repeats() == []
    assert "The last check failed" in page(client)


def test_it_is_for_operators(client):
    client.force_login(MembershipFactory().user)

    assert client.get(reverse("certification:connection")).status_code == 404
    assert check(client).status_code == 404
