"""The address of the webhooks: only Thanx's signature is accepted, and every delivery is answered at once."""

import json
from io import BytesIO

import pytest
from django.urls import reverse

from issuance.jobs.webhook_inbox import PURPOSE
from issuance.models import Delivery
from issuance.models.observed import DeliveryState
from issuance.states import BatchState
from issuance.views.webhook_endpoint import FORGED_PER_MINUTE, LARGEST_BODY
from partner_api.signatures import sign
from tests.issuance.conftest import VALUES
from tests.support.steps import digest_one_delivery, poll_one_batch, submit_one_batch
from vault.sealing import unseal

BODY = json.dumps({"event": "reward.issued", "data": {"value": "ana@example.com"}}).encode()
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def secrets(settings):
    settings.THANX_WEBHOOK_SECRETS = ["new secret", "old secret"]


def deliver(client, body=BODY, *, secret="new secret", signature=None):
    headers = {"X-Thanx-Signature": signature or sign(body, secret)}
    return client.post(reverse("webhooks-thanx"), data=body, content_type="application/json", headers=headers)


@pytest.mark.parametrize("secret", ["new secret", "old secret"])
def test_a_signed_delivery_is_stored_and_due_at_once(client, secret):
    assert deliver(client, secret=secret).status_code == 200

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.due_at) == (DeliveryState.NEW, delivery.received_at)
    assert unseal(delivery.sealed_body, purpose=PURPOSE) == BODY


def test_a_replay_is_counted_and_not_stored(client):
    for _ in range(4):
        assert deliver(client).status_code == 200
    deliver(client, BODY + b" ")

    assert list(Delivery.objects.order_by("pk").values_list("repeats", flat=True)) == [3, 0]


def test_a_forged_copy_keeps_no_genuine_delivery_away(client):
    deliver(client, signature="x")

    assert deliver(client).status_code == 200
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["forged", "new"]


def test_what_it_says_is_not_stored_in_clear(client):
    deliver(client)

    assert b"ana@example.com" not in bytes(Delivery.objects.get().sealed_body)


@pytest.mark.parametrize("signature", ["0" * 64, "no signature", sign(BODY, "guessed"), sign(b"other", "new secret")])
def test_a_bad_signature_is_refused_and_leaves_a_trace_without_the_body(client, signature):
    assert deliver(client, signature=signature).status_code == 400

    delivery = Delivery.objects.get()
    assert (delivery.state, bytes(delivery.sealed_body), delivery.due_at) == (DeliveryState.FORGED, b"", None)


def test_strangers_cannot_fill_the_disk(client, clock):
    for _ in range(FORGED_PER_MINUTE + 5):
        assert deliver(client, signature="x").status_code == 400
    assert Delivery.objects.count() == FORGED_PER_MINUTE

    clock.forward(minutes=2)
    deliver(client, signature="x")

    assert Delivery.objects.count() == FORGED_PER_MINUTE + 1


def test_the_largest_event_that_a_job_can_cause_is_taken(client):
    failures = [
        {"value": f"{n:04}{'a' * 240}@x.example", "reason": "No user was found by this address"} for n in range(10_000)
    ]
    body = json.dumps({"event": "reward_batch.completed", "data": {"failures": failures}}).encode()

    assert 3_000_000 < len(body) < LARGEST_BODY
    assert deliver(client, body).status_code == 200

    assert unseal(Delivery.objects.get().sealed_body, purpose=PURPOSE) == body


def test_an_unsigned_form_is_refused_like_any_other_stranger(client):
    assert client.post(reverse("webhooks-thanx"), {"file": BytesIO(b"a")}).status_code == 400


@pytest.mark.parametrize("secrets", [[], [""]])
def test_without_a_secret_nothing_is_stored(client, settings, secrets):
    settings.THANX_WEBHOOK_SECRETS = secrets

    assert deliver(client, signature=sign(BODY, "")).status_code == 503

    assert not Delivery.objects.exists()


def test_only_posts_are_taken(client):
    assert client.get(reverse("webhooks-thanx")).status_code == 405


@pytest.mark.django_db(transaction=True)
def test_mischief_on_the_way_ends_in_the_right_counts(live_server, batch, sandbox, clock, settings):
    settings.ALLOWED_HOSTS = ["*"]
    mischief = {"early": True, "duplicate": 0.5, "reorder": True, "forge": 0.3}
    sandbox.webhooks(url=live_server.url + reverse("webhooks-thanx"), secret="old secret", **mischief)

    submit_one_batch()
    clock.forward(seconds=5)
    while digest_one_delivery():
        clock.forward(seconds=5)
    poll_one_batch()

    batch.refresh_from_db()
    assert (batch.state, batch.issued_count, batch.failed_count) == (BatchState.COMPLETED, 2, 1)
    assert set(batch.issued_rewards.values_list("position", flat=True)) == {0, 2}
    assert sandbox.times_issued() == {VALUES[0]: 1, VALUES[2]: 1}
