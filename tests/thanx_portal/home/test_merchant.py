"""The home of a merchant: what needs the user, the chart of the weeks, and the steps to the first rewards."""

from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.states import CampaignState
from issuance.models import ApprovalRequest, Failure, RevocationRequest
from issuance.states import BatchState, IssuanceState
from tests.support.factories import (
    CampaignFactory,
    IssuanceFactory,
    MerchantFactory,
    RewardTemplateFactory,
    UserFactory,
    create_batch_with_job,
    create_live_campaign,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def merchant():
    return MerchantFactory(handle="tacos", time_zone="America/New_York")


@pytest.fixture
def page(client, marketer):
    return lambda address="/m/tacos/": client.get(address).context["page"]


def ended(merchant, *, ago=timedelta(hours=1), failures=0, **counts):
    """Return an issuance whose only job has ended, with open failures."""
    now = timezone.now()
    issuance = IssuanceFactory(campaign__merchant=merchant, confirmed_at=now - ago)
    batch = create_batch_with_job(
        issuance=issuance, state=BatchState.COMPLETED, due_at=None, failed_count=failures, **counts
    )
    for position in range(failures):
        Failure.objects.create(batch=batch, position=position, reason="x", reason_code="other", seen_at=now)
    return issuance


def test_drafts_ask_only_the_user_who_began_them(merchant, marketer, page):
    draft = {"campaign__merchant": merchant, "state": IssuanceState.READY, "created_at": timezone.now()}
    mine = IssuanceFactory(**draft, created_by=marketer)
    IssuanceFactory(**draft, created_by=UserFactory())

    assert [task.href for task in page().needs_you] == [f"/m/tacos/issuances/{mine.pk}/check/"]


def test_an_approval_asks_everybody_but_the_user_who_asked_for_it(merchant, marketer, page):
    mine, theirs = (
        IssuanceFactory(campaign__merchant=merchant, state=IssuanceState.WAITING_FOR_APPROVAL) for _ in range(2)
    )
    for issuance, user in ((mine, marketer), (theirs, UserFactory())):
        ApprovalRequest.objects.create(
            issuance=issuance,
            asked_by=user,
            asked_at=timezone.now(),
            rewards=1,
            fingerprint="f" * 64,
            guests=1,
            at_most=5,
        )

    assert [task.title for task in page().needs_you] == [f"Issuance {theirs.pk} for “{theirs.campaign.name}”"]


def test_the_approval_of_a_revocation_asks_everybody_but_the_user_who_asked_for_it(merchant, marketer, page):
    mine, theirs = IssuanceFactory(campaign__merchant=merchant), IssuanceFactory(campaign__merchant=merchant)
    for issuance, user in ((mine, marketer), (theirs, UserFactory())):
        RevocationRequest.objects.create(
            issuance=issuance, asked_by=user, asked_at=timezone.now(), rewards=1, reason="A wrong price."
        )

    assert [task.href for task in page().needs_you] == [f"/m/tacos/issuances/{theirs.pk}/revoke/"]


def test_failures_ask_until_they_are_tried_again_and_not_for_ever(merchant, page):
    issuance = ended(merchant, failures=3)
    ended(merchant, failures=3, ago=timedelta(days=40))

    tasks = page().needs_you

    assert [task.href for task in tasks] == [f"/m/tacos/issuances/{issuance.pk}/failures/"]
    assert "3 guests got no reward" in tasks[0].text
    Failure.objects.update(retry=IssuanceFactory(campaign__merchant=merchant))
    assert page().needs_you == []


def test_the_list_shows_how_many_rewards_were_issued_and_not_how_many_lines_there_were(client, merchant, page):
    ended(merchant, failures=3)

    (row,) = page().issuances

    assert row.issued < row.lines
    assert f'data-label="Issued">{row.issued}</td>' in client.get("/m/tacos/").text


def test_failures_of_a_run_that_goes_on_do_not_ask_yet(merchant, page):
    issuance = ended(merchant, failures=3)
    create_batch_with_job(issuance=issuance, number=99)

    assert page().needs_you == []


def test_what_cannot_wait_comes_first(merchant, marketer, page):
    IssuanceFactory(campaign__merchant=merchant, state=IssuanceState.READY, created_by=marketer)
    CampaignFactory(merchant=merchant, state=CampaignState.REFUSED)
    create_batch_with_job(issuance__campaign__merchant=merchant, state=BatchState.NEEDS_ATTENTION, due_at=None)

    assert [task.status.label for task in page().needs_you] == ["Needs you", "Refused", "Draft"]


def test_how_fresh_the_figures_of_running_jobs_are_is_told(merchant, page):
    heard = timezone.now() - timedelta(minutes=4)
    create_batch_with_job(issuance__campaign__merchant=merchant, seen_at=heard)

    assert page().heard_at == heard


def test_the_weeks_are_drawn_by_the_merchants_calendar(merchant, page):
    ended(merchant, issued_count=90, failures=3)
    ended(merchant, issued_count=10, ago=timedelta(days=200))
    ended(MerchantFactory(), issued_count=1_000)

    chart = page().by_week

    assert len(chart.points) == 12
    assert [sum(point.counts[n] for point in chart.points) for n in (0, 1)] == [90, 3]
    assert all(point.at.astimezone(point.at.tzinfo).weekday() == 0 for point in chart.points)
    assert str(chart.points[0].at.tzinfo) == "America/New_York"


def test_without_rewards_no_weeks_are_drawn(merchant, page):
    assert page().by_week is None


def test_the_way_to_the_first_rewards_is_shown_step_by_step(merchant, page):
    assert [step.done for step in page().first_steps] == [False, False, False]
    RewardTemplateFactory(merchant=merchant)
    create_live_campaign(merchant=merchant)

    steps = page().first_steps

    assert [step.done for step in steps] == [True, True, False]
    assert steps[2].href == "/m/tacos/issuances/new/"
    IssuanceFactory(campaign__merchant=merchant)
    assert page().first_steps == []


def test_operators_see_at_once_what_goes_on_everywhere(client, page):
    client.force_login(UserFactory(is_staff=True))
    for name in ("Noodles", "Burgers"):
        create_batch_with_job(issuance__campaign__merchant=MerchantFactory(name=name))
    CampaignFactory(merchant=MerchantFactory(name="Sushi"), state=CampaignState.REFUSED)

    shown = page("/")

    assert {row.merchant for row in shown.running} == {"Noodles", "Burgers"}
    assert [task.merchant for task in shown.needs_you] == ["Sushi"]
    assert "2 issuances are running, and one thing needs you." in client.get("/").text
