"""The list of issuances: rows, statuses and filters."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Role
from issuance.states import BatchState, IssuanceState
from tests.support.desk import Desk
from tests.support.factories import NOON, BatchFactory, CampaignFactory, IssuanceFactory, create_batch_with_job

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    return Desk(client)


def issued(desk, *, state=BatchState.COMPLETED, failed=0, **fields):
    issuance = IssuanceFactory(**{"campaign": desk.campaign, "lines": 10, **fields})
    counts = {"size": 10, "issued_count": 10 - failed, "failed_count": failed}
    create_batch_with_job(issuance=issuance, variant=desk.campaign.variants.first(), state=state, **counts)
    return issuance


def shown(desk, query=""):
    return {row.number for row in desk.get("list", query=query).context["page"].rows}


def test_an_empty_list_says_what_will_be_here_and_offers_the_next_step(desk):
    page = desk.get("list")

    assert "No issuances yet" in page.text
    assert desk.at("new") in page.text


def test_each_issuance_shows_its_figures_and_leads_to_its_run(desk):
    issuance = issued(desk, failed=3)

    page = desk.get("list")

    assert "7 · 70 %" in page.text
    assert desk.at("detail", issuance.pk) in page.text


def test_a_draft_leads_to_its_next_step(desk):
    draft = desk.draft()

    assert desk.at("people", draft.pk) in desk.get("list").text


def test_other_merchants_issuances_and_discarded_ones_are_not_listed(desk):
    IssuanceFactory()
    IssuanceFactory(campaign=desk.campaign, state=IssuanceState.DISCARDED)

    assert not shown(desk)


def test_the_list_takes_the_same_queries_for_one_row_as_for_many(desk):
    def queries():
        with CaptureQueriesContext(connection) as seen:
            desk.get("list")
        return len(seen)

    issued(desk)
    few = queries()
    for _ in range(20):
        issued(desk)

    assert queries() == few


@pytest.mark.parametrize(
    ("status", "state", "failed"),
    [
        ("running", BatchState.WATCHING, 0),
        ("needs-you", BatchState.NEEDS_ATTENTION, 0),
        ("failures", BatchState.COMPLETED, 3),
        ("ended", BatchState.COMPLETED, 0),
        ("revoked", BatchState.REVOKED, 0),
    ],
)
def test_the_list_can_be_filtered_by_how_things_stand(desk, status, state, failed):
    wanted = issued(desk, state=state, failed=failed)
    desk.draft()
    BatchFactory(issuance=IssuanceFactory(campaign=desk.campaign), variant=desk.campaign.variants.first())

    assert wanted.pk in shown(desk, f"?status={status}")
    assert not {row for row in shown(desk, f"?status={status}") if row != wanted.pk} or status == "running"


def test_drafts_can_be_looked_for(desk):
    issued(desk)
    draft = desk.draft()

    assert shown(desk, "?status=draft") == {draft.pk}


def test_an_issuance_is_found_by_its_number_its_file_and_its_campaign(desk):
    with_file, other = desk.uploaded(), issued(desk)

    assert shown(desk, f"?q=%23{other.pk}") == {other.pk}
    assert shown(desk, "?q=people.csv") == {with_file.pk}
    assert shown(desk, f"?q={desk.campaign.name[:8]}") == {with_file.pk, other.pk}


def test_the_list_can_be_narrowed_to_one_campaign(desk):
    issued(desk)
    other = CampaignFactory(merchant=desk.merchant)
    wanted = IssuanceFactory(campaign=other)

    assert shown(desk, f"?campaign={other.pk}") == {wanted.pk}


def test_a_search_without_result_leads_back_to_everything(desk):
    issued(desk)

    assert "Nothing matches" in desk.get("list", query="?q=nobody").text


def test_a_viewer_is_not_offered_a_new_one(client):
    desk = Desk(client, role=Role.VIEWER)

    assert desk.at("new") not in desk.get("list").text
    assert desk.get("new").status_code == 403


def test_the_list_and_the_run_say_the_same_percentage(desk):
    issuance = issued(desk, failed=3, lines=23, left_out={"empty": 13})

    said = desk.get("list").context["page"].rows[0].issued

    assert said == "7 · 30 %"
    assert '<strong>7</strong> <span class="text-secondary">· 30 %</span>' in desk.get("detail", issuance).text


def test_drafts_are_discarded_together_after_a_page_that_names_them(desk):
    drafts = [IssuanceFactory(campaign=desk.campaign, state=IssuanceState.READY) for _ in range(3)]
    confirmed = issued(desk)
    ticked = [*drafts[:2], confirmed]
    page = desk.get("list", query="?status=draft").text
    assert page.count('name="draft"') == 3

    asked = desk.client.post(desk.at("discard-drafts"), {"draft": [each.pk for each in ticked]})
    assert "Discard 2 drafts?" in asked.text
    assert [each.state for each in reloaded(drafts)] == [IssuanceState.READY] * 3

    desk.client.post(desk.at("discard-drafts"), {"draft": [each.pk for each in ticked], "sure": "1"})
    assert [each.state for each in reloaded([*drafts, confirmed])] == [
        *[IssuanceState.DISCARDED] * 2,
        IssuanceState.READY,
        IssuanceState.CONFIRMED,
    ]


def reloaded(issuances):
    for each in issuances:
        each.refresh_from_db()
    return issuances


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("since=2026-05-12", True),
        ("since=2026-05-13", False),
        ("until=2026-05-12", True),
        ("until=2026-05-11", False),
        ("since=2026-05-12&until=2026-05-12", True),
    ],
)
def test_issuances_are_found_by_the_day_in_the_merchants_zone(client, query, found):
    desk = Desk(client)
    type(desk.merchant).objects.update(time_zone="America/New_York")
    late_in_the_evening = NOON.replace(day=13, hour=3)  # the 12th, 23:00, in New York
    type(desk.draft()).objects.update(created_at=late_in_the_evening)

    assert bool(desk.get("list", query=f"?{query}").context["page"].rows) == found


def test_issuances_are_found_by_who_made_them(client):
    desk = Desk(client)
    desk.draft()

    assert desk.get("list", query=f"?q={desk.person.email}").context["page"].rows
    assert not desk.get("list", query="?q=another@partner.example").context["page"].rows
