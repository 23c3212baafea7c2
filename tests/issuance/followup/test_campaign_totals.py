"""The page of a campaign says what was issued for it, and offers every guest with the outcome."""

import csv
import io
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Role
from issuance.models import Batch, Failure, Issuance
from issuance.states import BatchState
from tests.support.desk import Desk, people

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    return Desk(client, shares=(45, 45), control=10)


def ended(issuance, *, failed=0):
    """Let every job of an issuance end, each with as many failures."""
    for batch in Batch.objects.filter(issuance=issuance, is_control=False):
        Batch.objects.filter(pk=batch.pk).update(
            state=BatchState.COMPLETED,
            job_id=f"job-{batch.pk}",
            idempotency_key=uuid4(),
            issued_count=batch.size - failed,
            failed_count=failed,
            failures_listed=True,
            ended_at=timezone.now(),
            due_at=None,
        )
        for position in range(failed):
            Failure.objects.create(
                batch=batch,
                position=position,
                reason="User not found",
                reason_code="user_not_found",
                seen_at=timezone.now(),
            )
    return issuance


def page_of(desk):
    return desk.client.get(reverse("campaigns:detail", args=[desk.merchant.handle, desk.campaign.pk]))


def totals(desk):
    return next(context["page"] for context in page_of(desk).context if hasattr(context.get("page"), "everything"))


def figures(desk):
    return {row.label: (row.note, {part.label: part.count for part in row.parts}) for row in totals(desk).arms}


def test_a_campaign_without_issuances_says_so(desk):
    assert "Nothing issued yet" in page_of(desk).text


def test_every_arm_has_its_figures_and_they_add_up(desk):
    ended(desk.confirmed(people(100)), failed=3)
    desk.confirmed(people(200)[:-1])

    shown = figures(desk)

    assert shown["Control"][1]["Held back"] > 10
    assert shown["Reward 1"][1]["Issued"] == shown["Reward 2"][1]["Issued"] == 42
    assert shown["Reward 1"][1]["Failed"] == 3
    assert sum(part for _, parts in shown.values() for part in parts.values()) == totals(desk).guests
    assert shown["Reward 1"][0].endswith("· 45 sent")


def test_guests_of_a_retry_are_assigned_once_and_count_where_they_were_tried(desk):
    first = ended(desk.confirmed(people(100)), failed=2)
    retry = ended(desk.confirmed(b"email\nsomeone@example.com\nother@example.com\n"), failed=0)
    Issuance.objects.filter(pk=retry.pk).update(parent=first)
    Failure.objects.filter(batch__issuance=first).update(retry=retry)

    shown = figures(desk)

    assert totals(desk).guests == 100
    assert shown["Reward 1"][1]["Failed"] == shown["Reward 2"][1]["Failed"] == 0


def test_what_is_planned_is_said(desk):
    desk.confirmed(people(20))
    desk.ready(people(30))

    assert totals(desk).planned == "18 guests are not sent yet and 1 draft is being prepared."


def test_the_number_of_queries_does_not_depend_on_the_issuances(desk, django_assert_num_queries):
    ended(desk.confirmed(people(20)))
    address = reverse("campaigns:detail", args=[desk.merchant.handle, desk.campaign.pk])
    desk.client.get(address)
    with django_assert_num_queries(19):
        desk.client.get(address)
    for number in (30, 40):
        ended(desk.confirmed(people(number)))
    with django_assert_num_queries(19):
        desk.client.get(address)


def test_all_guests_of_a_campaign_are_in_one_file_control_included(desk):
    first = ended(desk.confirmed(people(20)), failed=1)
    second = desk.confirmed(people(25))

    answer = desk.client.get(reverse("issuance:campaign-recipients-csv", args=[desk.merchant.handle, desk.campaign.pk]))
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))

    assert {row["issuance"] for row in rows} == {str(first.pk), str(second.pk)}
    assert len(rows) == 45
    assert {row["outcome"] for row in rows if row["issuance"] == str(first.pk)} == {"issued", "failed", "held_back"}
    assert {row["control"] for row in rows} == {"yes", "no"}
    assert AuditEntry.objects.filter(action="guests exported", facts__guests=45).exists()


def test_the_guests_of_an_issuance_are_offered_beside_their_list(desk):
    issuance = ended(desk.confirmed(people(20)))

    page = desk.get("recipients", issuance)
    answer = desk.get("recipients-csv", issuance)

    assert desk.at("recipients-csv", issuance.pk) in page.text
    assert len(b"".join(answer.streaming_content).splitlines()) == 21


@pytest.mark.parametrize("name", ["recipients-csv", "campaign-recipients-csv"])
def test_users_who_may_not_export_get_no_file(desk, client, name):
    issuance = ended(desk.confirmed(people(20)))
    desk.person.memberships.update(role=Role.VIEWER)

    key = issuance.pk if name == "recipients-csv" else desk.campaign.pk

    assert client.get(reverse(f"issuance:{name}", args=[desk.merchant.handle, key])).status_code == 403
    assert "recipients.csv" not in page_of(desk).text + desk.get("recipients", issuance).text
