"""A certifier reads the proofs, until a date, and nothing of a guest."""

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from issuance.jobs.webhook_inbox import PURPOSE
from issuance.models import Delivery
from tests.support.factories import MerchantFactory, UserFactory
from vault.sealing import seal

pytestmark = pytest.mark.django_db

PROOFS = ["api-log", "budget", "gauge", "connection", "certification", "going-live", "demo"]
TOLD = {"event": "reward_batch.completed", "data": {"failures": [{"user_identifier": "ana@example.com"}]}}


@pytest.fixture
def certifier(client, thanx):
    user = UserFactory(certifies_until=timezone.now() + timedelta(days=1))
    client.force_login(user)
    return user


@pytest.fixture
def delivery():
    body = json.dumps(TOLD).encode()
    return Delivery.objects.create(received_at=timezone.now(), digest="d" * 64, sealed_body=seal(body, purpose=PURPOSE))


def test_the_start_page_leads_to_the_proofs(client, certifier):
    MerchantFactory()

    assert client.get("/").url == reverse("certification:certification")


@pytest.mark.parametrize("name", PROOFS)
def test_every_proof_opens_and_offers_nothing_to_run(client, certifier, name):
    page = client.get(reverse(f"certification:{name}"))

    assert page.status_code == 200
    for action in ("check-connection", "start-demo"):
        assert f'action="{reverse(f"certification:{action}")}"' not in page.text


def test_the_evidence_is_a_certifiers_to_take(client, certifier):
    answer = client.post(reverse("certification:evidence"))

    assert answer["Content-Type"] == "application/zip"


def test_the_payload_of_a_webhook_is_not_shown_not_even_masked(client, certifier, delivery):
    page = client.get(reverse("staff-webhook", args=[delivery.pk]))

    assert page.status_code == 200
    assert "The payload speaks of guests." in page.text
    assert "@example.com" not in page.text
    assert "Digest again" not in page.text


def test_after_its_time_a_certifier_finds_nothing(client, certifier):
    certifier.certifies_until = timezone.now() - timedelta(seconds=1)
    certifier.save()

    assert [client.get(reverse(f"certification:{name}")).status_code for name in PROOFS] == [404] * len(PROOFS)


def test_the_menu_has_the_proofs_alone(client, certifier):
    frame = client.get(reverse("certification:certification")).context["frame"]

    assert [entry.label for entry in frame.staff_navigation] == [
        *("API log", "Budget", "Webhooks", "Certification", "Connection")
    ]
    assert frame.merchants == ()
