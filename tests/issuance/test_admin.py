"""The admin: everything can be searched, nothing edited, and its actions are the acts of the pages."""

import pytest
from django.contrib import admin
from django.urls import reverse

from accounts.models import AuditEntry
from issuance.models import Batch, Delivery, Issuance, Upload
from issuance.models.observed import DeliveryState
from issuance.states import BatchState
from tests.support.factories import NOON, BatchFactory, UserFactory, create_batch_with_job, create_frozen_batch

MODELS = [model for model in admin.site._registry if model._meta.app_label in {"issuance", "vault"}]
pytestmark = pytest.mark.django_db


def address(model, page="changelist", *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.fixture
def operator(client):
    client.force_login(UserFactory(is_staff=True))
    return client


def act(client, model, action, *rows, **fields):
    chosen = {"action": action, "_selected_action": [row.pk for row in rows], **fields}
    return client.post(address(model), chosen, follow=True)


def test_every_model_can_be_looked_at():
    models = {"batch", "batchevent", "delivery", "failure", "issuance", "issuanceevent"}
    models |= {
        "issuedreward",
        "manifest",
        "recipient",
        "rejectedline",
        "rememberedcolumns",
        "sealedkey",
        "chainhead",
        "upload",
    }
    models |= {
        "approvalrequest",
        "correction",
        "excludedguest",
        "exclusionlist",
        "member",
        "memberindex",
        "revocationrequest",
        "settlement",
    }

    assert {model._meta.model_name for model in MODELS} == models


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.model_name)
def test_rows_can_be_searched_and_looked_at_but_not_changed(operator, model):
    batch = create_frozen_batch("ana@example.com")
    Upload.objects.create(issuance=batch.issuance, file_name="guests.csv", size=1, uploaded_at=NOON)
    row = model.objects.first()

    assert operator.get(address(model), {"q": "7"}).status_code == 200
    assert operator.get(address(model, "add")).status_code == 403
    if row is not None:
        page = operator.get(address(model, "change", row.pk))
        assert page.status_code == 200
        assert b'name="_save"' not in page.content
        assert b"ana@example.com" not in page.content
        assert operator.post(address(model, "change", row.pk), {}).status_code == 403


@pytest.mark.parametrize("model", [Batch, Issuance])
def test_nothing_is_revoked_without_a_page_that_asks_for_number_reason_and_second_user(operator, model):
    batch = create_batch_with_job(state=BatchState.COMPLETED)

    act(operator, model, "revoke", batch if model is Batch else batch.issuance, reason="Wrong audience")

    batch.refresh_from_db()
    assert batch.state == BatchState.COMPLETED
    assert not AuditEntry.objects.exists()


def test_an_act_that_is_not_possible_is_told_and_the_others_are_done(operator):
    doubtful = create_batch_with_job(state=BatchState.NEEDS_ATTENTION, job_id=None, maybe_sent=True)
    running = create_batch_with_job()

    page = act(operator, Batch, "ask_again", doubtful, running)

    assert "Done for 1." in page.content.decode()
    assert "Not possible for 1" in page.content.decode()
    assert set(Batch.objects.values_list("state", flat=True)) == {"queued", "watching"}


def test_issuances_are_paused_resumed_and_stopped_by_the_acts(operator):
    going_out, gone = BatchFactory().issuance, create_batch_with_job().issuance

    page = act(operator, Issuance, "pause", going_out, gone)
    act(operator, Issuance, "resume", going_out)
    act(operator, Issuance, "stop", going_out)

    assert "Not possible for 1" in page.content.decode()
    assert list(going_out.events.values_list("move", flat=True)) == ["paused", "resumed", "stopped"]


def test_a_delivery_is_replayed_by_the_act(operator):
    delivery = Delivery.objects.create(received_at=NOON, state=DeliveryState.DIGESTED, sealed_body=b"x", digest="d")

    act(operator, Delivery, "replay", delivery)

    delivery.refresh_from_db()
    assert delivery.state == DeliveryState.NEW


def test_an_operator_acts_in_the_admin_without_being_a_superuser(client):
    client.force_login(UserFactory(is_staff=True))
    doubtful = create_batch_with_job(state=BatchState.NEEDS_ATTENTION, job_id=None, maybe_sent=True)

    assert "Done for 1." in act(client, Batch, "ask_again", doubtful).content.decode()
