"""The audit trail is filtered by user, action, object and day, and downloaded as CSV."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from accounts import audit
from accounts.models import Role
from issuance.sending import stopping
from tests.support.desk import Desk
from tests.support.factories import NOON, MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    return Desk(client, role=Role.MANAGER, merchant__time_zone="America/New_York")


def record(desk, action="campaign.confirmed", *, by=None, at=NOON, on=None, **facts):
    return audit.record(
        action=action, on=on or desk.campaign, by=by or desk.person, at=at, merchant_id=desk.merchant.pk, **facts
    )


def shown(desk, **query):
    page = desk.client.get(reverse("audit", args=[desk.merchant.handle]), query).context["page"]
    return [row.action for row in page.rows]


def lines(desk, **query):
    answer = desk.client.get(reverse("audit-csv", args=[desk.merchant.handle]), query)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_what_a_user_does_is_there_with_what_was_before_and_after(desk):
    issuance = desk.confirmed()
    stopping.pause(issuance=issuance, by=desk.person, at=NOON + timedelta(days=900))

    page = desk.client.get(reverse("audit", args=[desk.merchant.handle]))

    rows = page.context["page"].rows
    assert [row.action for row in rows][:3] == ["Issuance paused", "Experiment's plan fixed", "Issuance confirmed"]
    confirmed = rows[2]
    assert confirmed.changes == [("state", "ready", "confirmed")]
    assert ("jobs", "1") in confirmed.facts
    assert (confirmed.by, confirmed.on) == (str(desk.person), f"Issuance {issuance.pk}")
    assert confirmed.href == desk.at("detail", issuance.pk)
    assert issuance.upload.digest[:12] in page.text


def test_it_is_searched_by_person(desk):
    other = UserFactory(email="bo@partner.example", first_name="Bo", last_name="Berg")
    record(desk, "campaign.discarded", by=other)
    record(desk)

    assert shown(desk, person="BO@") == shown(desk, person="berg") == ["Campaign discarded"]
    assert shown(desk, person="nobody") == []


def test_it_is_searched_by_action_and_offers_those_that_there_are(desk):
    record(desk, "campaign.discarded")
    record(desk)

    page = desk.client.get(reverse("audit", args=[desk.merchant.handle])).context["page"]

    assert [value for value, _ in page.form.fields["action"].choices] == [
        "",
        "campaign.confirmed",
        "campaign.discarded",
    ]
    assert shown(desk, action="campaign.discarded") == ["Campaign discarded"]


def test_it_is_searched_by_object(desk):
    record(desk)
    record(desk, "merchant.changed", on=desk.merchant)

    for words in ("campaign", f"campaign {desk.campaign.pk}", f"Campaign #{desk.campaign.pk}"):
        assert shown(desk, on=words) == ["Campaign confirmed"]
    assert shown(desk, on="campaign 987654") == []


def test_it_is_searched_by_days_of_the_merchants_own(desk):
    record(desk, "too.early", at=datetime(2026, 5, 12, 3, 59, tzinfo=UTC))  # 11 May in New York
    record(desk, "first", at=datetime(2026, 5, 12, 4, 0, tzinfo=UTC))
    record(desk, "last", at=datetime(2026, 5, 14, 3, 59, tzinfo=UTC))
    record(desk, "too.late", at=datetime(2026, 5, 14, 4, 0, tzinfo=UTC))

    assert shown(desk, since="2026-05-12", until="2026-05-13") == ["Last", "First"]


def test_a_day_that_there_is_not_is_said_beside_the_field_and_shows_everything(desk):
    record(desk)

    page = desk.client.get(reverse("audit", args=[desk.merchant.handle]), {"since": "yesterday"})

    assert "Enter a valid date." in page.text
    assert len(page.context["page"].rows) == 1


def test_the_file_holds_what_was_looked_for_whole(desk):
    record(desk, "campaign.discarded")
    record(
        desk, by=UserFactory(email="=cmd@partner.example"), before={"state": "draft"}, after={"state": "queued"}, n=1
    )

    (row,) = lines(desk, action="campaign.confirmed")

    assert (row["at"], row["action"], row["number"]) == (
        "2026-05-12T12:00:00+00:00",
        "campaign.confirmed",
        row["number"],
    )
    assert (row["before"], row["after"], row["facts"]) == ('{"state": "draft"}', '{"state": "queued"}', '{"n": 1}')
    assert row["by"] == "'=cmd@partner.example"


def test_the_page_links_to_the_file_of_the_same_search(desk):
    record(desk)

    page = desk.client.get(reverse("audit", args=[desk.merchant.handle]), {"person": "person", "page": "1"})

    assert f"{reverse('audit-csv', args=[desk.merchant.handle])}?person=person" in page.text


def test_another_merchants_entries_are_not_there(desk, client):
    record(desk)
    elsewhere = MembershipFactory(role=Role.MANAGER)
    client.force_login(elsewhere.user)

    assert client.get(reverse("audit", args=[desk.merchant.handle])).status_code == 404
    assert client.get(reverse("audit", args=[elsewhere.merchant.handle])).context["page"].rows == []


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MARKETER, Role.APPROVER])
def test_only_managers_read_it_and_only_they_find_it_in_the_navigation(client, role):
    desk = Desk(client, role=role)

    for name in ("audit", "audit-csv"):
        assert client.get(reverse(name, args=[desk.merchant.handle])).status_code == 403
    assert "Audit trail" not in client.get(f"/m/{desk.merchant.handle}/").text


def test_operators_read_all_of_it(desk, client):
    record(desk)
    client.force_login(UserFactory(is_staff=True))

    page = client.get(reverse("staff-audit"))

    assert [row.merchant for row in page.context["page"].rows] == [desk.merchant.name]
    assert reverse("staff-audit") in client.get("/", follow=True).text
    assert b"campaign.confirmed" in b"".join(client.get(reverse("staff-audit-csv")).streaming_content)


def test_a_user_who_is_no_operator_finds_no_such_page(desk):
    assert desk.client.get(reverse("staff-audit")).status_code == 404
    assert desk.client.get(reverse("staff-audit-csv")).status_code == 404


@pytest.mark.parametrize("number", [1, 40])
def test_the_number_of_queries_does_not_depend_on_the_entries(desk, number, django_assert_num_queries):
    for _ in range(number):
        record(desk, by=UserFactory())
    address = reverse("audit", args=[desk.merchant.handle])

    with django_assert_num_queries(10):
        desk.client.get(address)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-30", "9999-12-31"])
@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Kiritimati", "UTC"])
def test_any_day_of_the_calendar_may_be_asked_for(desk, day, zone):
    type(desk.merchant).objects.update(time_zone=zone)
    record(desk)

    assert shown(desk, since=day) == ([] if day > "2026" else ["Campaign confirmed"])
    assert shown(desk, until=day) == (["Campaign confirmed"] if day > "2026" else [])
