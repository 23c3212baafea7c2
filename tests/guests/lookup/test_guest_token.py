"""A guest's token: shown once to an operator, and stored nowhere."""

import json
import logging

import pytest
from django.apps import apps
from django.urls import reverse

from accounts.models import AuditEntry
from tests.support.factories import MembershipFactory, MerchantFactory, UserFactory
from tests.support.orders import merchant as merchant_at

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def merchant(sandbox, client):
    sandbox.reset(scopes="all")
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return MerchantFactory(thanx_id=merchant_at(sandbox)["id"])


def ask(client, merchant, guest="ana@example.com", seconds="60"):
    return client.post(reverse("guest-token"), {"merchant": merchant.pk, "guest": guest, "seconds": seconds})


def test_the_token_is_shown_once_and_no_row_and_no_log_holds_it(client, merchant, caplog):
    caplog.set_level(logging.DEBUG)

    answer = ask(client, merchant)

    token = answer.context["token"].access_token
    assert token in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert token not in client.get(reverse("guest-token")).content.decode()
    kept = json.dumps([list(model.objects.values()) for model in apps.get_models()], default=str)
    for secret in (token, "ana@example.com"):
        assert secret not in kept
        assert secret not in caplog.text


def test_a_request_is_audited_even_if_the_answer_is_lost(sandbox, client, merchant):
    sandbox.fault("cut_off", path="/partner/oauth/token", when="after")

    page = ask(client, merchant).content.decode()

    assert "We do not know whether it worked" in page
    assert AuditEntry.objects.get(action="guest token requested").facts == {"expires_in": 60}


@pytest.mark.parametrize(("guest", "seconds"), [("Ana", "60"), ("ana@example.com", "59"), ("ana@example.com", "3601")])
def test_what_cannot_be_asked_is_said_beside_the_field_and_not_asked(sandbox, client, merchant, guest, seconds):
    page = ask(client, merchant, guest, seconds)

    assert page.context["form"].errors
    assert sandbox.requests("/partner/oauth") == []


def test_it_is_for_operators(client):
    client.force_login(MembershipFactory().user)

    assert client.get(reverse("guest-token")).status_code == 404
