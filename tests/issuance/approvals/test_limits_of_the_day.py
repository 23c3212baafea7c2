"""A limit holds for a user, a merchant and a day: a divided list needs the same approval as a whole one."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import Role
from campaigns.models import RewardTemplate
from issuance.approvals.to_issue import to_issue
from issuance.approvals.two_person import AnotherRequest, MayNotAnswer
from issuance.sending import confirmation, daily_cap
from issuance.sending.daily_cap import day_of
from issuance.sending.refusals import NeedsApproval
from issuance.sending.role_limits import left_to_issue
from issuance.states import IssuanceState
from tests.support.desk import number_of
from tests.support.factories import NOON, MembershipFactory, create_live_campaign
from tests.support.read_drafts import read

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=1)
TOMORROW = NOON + timedelta(days=1)


@pytest.fixture(autouse=True)
def limits(settings):
    settings.APPROVAL_ABOVE_REWARDS = {"marketer": 3, "approver": 5}


@pytest.fixture
def part(campaign):
    """Return the next part of a list: two rewards, and one guest who is held back."""
    numbers = iter(range(100))

    def next_part(of=campaign):
        number = next(numbers)
        guests = [(f"{name}{number}@example.com",) for name in ("ana", "bo", "cleo")]
        return read(of, people=guests, digest=f"{number:064}")

    return next_part


def test_a_list_in_parts_needs_the_approval_that_the_whole_list_needs(part, marketer):
    confirmation.confirm(issuance=part(), by=marketer, at=NOON)
    second = part()

    with pytest.raises(NeedsApproval):
        confirmation.confirm(issuance=second, by=marketer, at=LATER)

    assert second.state == IssuanceState.READY
    assert not second.batches.exclude(idempotency_key=None).exists()


def test_midnight_begins_nothing_anew(part, campaign, marketer):
    midnight = day_of(campaign.merchant, at=NOON)[1]
    confirmation.confirm(issuance=part(), by=marketer, at=midnight - timedelta(minutes=1))

    with pytest.raises(NeedsApproval):
        confirmation.confirm(issuance=part(), by=marketer, at=midnight + timedelta(minutes=1))


def test_after_24_hours_the_limit_begins_anew(part, marketer):
    confirmation.confirm(issuance=part(), by=marketer, at=NOON)

    confirmation.confirm(issuance=(second := part()), by=marketer, at=TOMORROW)

    assert second.state == IssuanceState.CONFIRMED


def test_each_user_and_each_merchant_has_a_limit_of_its_own(part, campaign, marketer):
    colleague = MembershipFactory(merchant=campaign.merchant, role=Role.MARKETER).user
    elsewhere = create_live_campaign()
    MembershipFactory(user=marketer, merchant=elsewhere.merchant, role=Role.MARKETER)

    for issuance, by in ((part(), marketer), (part(), colleague), (part(elsewhere), marketer)):
        confirmation.confirm(issuance=issuance, by=by, at=NOON)
        assert issuance.state == IssuanceState.CONFIRMED


def test_what_another_user_approved_leaves_the_limit_of_the_one_who_asked(part, campaign, marketer, approver):
    issuance = part()
    to_issue.ask(issuance=issuance, by=marketer, at=NOON)
    to_issue.approve(issuance=issuance, number=number_of(issuance), by=approver, at=NOON)

    assert left_to_issue(marketer, merchant=campaign.merchant, at=LATER).rewards == 3
    assert left_to_issue(approver, merchant=campaign.merchant, at=LATER).rewards == 3


def test_no_user_approves_in_parts_what_they_may_not_approve_as_a_whole(part, marketer, approver):
    for _ in range(2):
        confirmation.confirm(issuance=part(), by=approver, at=NOON)
    issuance = part()
    to_issue.ask(issuance=issuance, by=marketer, at=NOON)

    with pytest.raises(MayNotAnswer, match="more than you may still issue alone within 24 hours"):
        to_issue.approve(issuance=issuance, number=number_of(issuance), by=approver, at=LATER)

    assert issuance.state == IssuanceState.WAITING_FOR_APPROVAL


def test_rewards_without_a_price_count_at_the_merchants_value(part, campaign, marketer, settings):
    settings.APPROVAL_ABOVE_REWARDS, settings.APPROVAL_ABOVE_VALUE = {}, {"marketer": 10}
    RewardTemplate.objects.update(discount_type="percent")
    type(campaign.merchant).objects.update(unpriced_value=Decimal("3.00"))

    confirmation.confirm(issuance=(first := part()), by=marketer, at=NOON)
    with pytest.raises(NeedsApproval):
        confirmation.confirm(issuance=part(), by=marketer, at=LATER)

    first.refresh_from_db()
    assert (first.decided_rewards, first.decided_value) == (2, Decimal("6.00"))


def test_without_a_value_of_the_merchant_that_of_the_portal_counts(part, marketer, settings):
    settings.APPROVAL_ABOVE_REWARDS, settings.APPROVAL_ABOVE_VALUE = {}, {"marketer": 9}
    RewardTemplate.objects.update(discount_type="percent")

    with pytest.raises(NeedsApproval):
        confirmation.confirm(issuance=part(), by=marketer, at=NOON)


def test_a_merchant_without_a_cap_has_that_of_the_portal(campaign, settings):
    settings.DAILY_CAP = 7
    assert daily_cap.today(campaign.merchant, at=NOON).cap == 7

    settings.DAILY_CAP = 0
    assert daily_cap.today(campaign.merchant, at=NOON) is None


def test_an_approval_is_of_the_request_that_was_shown(part, marketer, approver):
    issuance = part()
    to_issue.ask(issuance=issuance, by=marketer, at=NOON)
    seen = number_of(issuance)
    to_issue.withdraw(issuance=issuance, number=number_of(issuance), by=marketer, at=NOON)
    to_issue.ask(issuance=issuance, by=marketer, at=LATER)

    for answer in (to_issue.approve, to_issue.decline):
        more = {"reason": "The wrong list."} if answer == to_issue.decline else {}
        with pytest.raises(AnotherRequest):
            answer(issuance=issuance, number=seen, by=approver, at=LATER, **more)

    assert issuance.state == IssuanceState.WAITING_FOR_APPROVAL
    assert number_of(issuance) != seen
