"""From a draft to a campaign that may be created: gaps are named, and every decision is on record."""

from dataclasses import replace
from datetime import timedelta

import pytest

from accounts.models import AuditEntry
from campaigns import creation
from campaigns.draft import drafts
from campaigns.draft.content import Content, DraftArm, content_of, with_control
from campaigns.draft.gaps import DraftIncomplete, certification_checks, gaps
from campaigns.models import Campaign
from campaigns.schedule import Dates
from campaigns.states import CampaignState
from engine.moves import IllegalMove, Overtaken
from tests.support.factories import NOON, IssuanceFactory, RewardTemplateFactory, UserFactory, create_live_campaign

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def template():
    return RewardTemplateFactory()


@pytest.fixture
def content(template):
    dates = Dates(start_at=NOON, end_at=NOON + 7 * DAY, redeemable_from=NOON, redeemable_to=NOON + 21 * DAY)
    arm = DraftArm(name="Free burger", template_id=template.pk, share=90)
    return Content(
        name="Señor's <comeback>",
        objective="Bring back guests.",
        fine_print="One per visit.",
        dates=dates,
        arms=(arm,),
        control_share=10,
    )


def draft(template, content, **changed) -> Campaign:
    return drafts.start(merchant=template.merchant, content=replace(content, **changed), by=None, at=NOON)


def fields(campaign) -> list[str]:
    return [gap.field for gap in gaps(campaign, at=NOON)]


def test_a_complete_draft_is_queued_and_the_decision_is_recorded(template, content):
    user = UserFactory()
    campaign = draft(template, content)

    creation.confirm(campaign=campaign, by=user, at=NOON)

    campaign.refresh_from_db()
    assert (campaign.state, campaign.due_at) == (CampaignState.QUEUED, NOON)
    entry = AuditEntry.objects.get(action="campaign.confirmed")
    assert (entry.by, entry.merchant, entry.object_id) == (user, template.merchant, str(campaign.pk))
    assert campaign.events.get().by == user


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": "  "}, "name"),
        ({"objective": ""}, "objective"),
        ({"fine_print": ""}, "fine_print"),
        ({"arms": ()}, "arms"),
        ({"control_share": 20}, "shares"),
        ({"dates": Dates()}, "start_at"),
    ],
)
def test_every_gap_is_told_at_its_field_and_nothing_is_queued(template, content, changed, field):
    campaign = draft(template, content, **changed)

    with pytest.raises(DraftIncomplete) as refusal:
        creation.confirm(campaign=campaign, by=None, at=NOON)

    assert refusal.value.gaps[0].field == field
    assert Campaign.objects.get().state == CampaignState.DRAFT
    assert not AuditEntry.objects.filter(action="campaign.confirmed").exists()


def test_arms_need_names_of_their_own_rewards_and_shares(template, content):
    gone = RewardTemplateFactory(merchant=template.merchant, unpublished_at=NOON)
    arms = (
        DraftArm(name="A", template_id=template.pk, share=0),
        DraftArm(name="a ", template_id=gone.pk, share=0),
        DraftArm(name="", share=0),
    )

    campaign = draft(template, content, arms=arms, control_share=100)

    assert fields(campaign) == ["arm-1-name", "arm-1-template", "arm-2-name", "arm-2-template", "shares"]


def test_five_arms_are_one_too_many(template, content):
    arms = tuple(DraftArm(name=name, template_id=template.pk, share=25) for name in "ABCD")

    campaign = draft(template, content, arms=arms, control_share=0)

    assert fields(campaign) == ["arms"]


def test_a_name_is_taken_once_whatever_its_case(template, content):
    draft(template, content, name="SEÑOR'S <COMEBACK>")

    assert fields(draft(template, content)) == ["name"]


def test_a_name_is_free_again_at_another_merchant_and_when_its_draft_is_discarded(template, content):
    other = draft(template, content)
    draft(RewardTemplateFactory(), content)
    creation.discard(campaign=other, by=None, at=NOON)

    assert fields(draft(template, content)) == []


def test_confirming_twice_is_refused(template, content):
    campaign = draft(template, content)
    creation.confirm(campaign=campaign, by=None, at=NOON)

    with pytest.raises(IllegalMove):
        creation.confirm(campaign=campaign, by=None, at=NOON)

    assert campaign.events.count() == 1


def test_saving_what_is_no_draft_any_more_changes_nothing(template, content):
    campaign = draft(template, content)
    creation.confirm(campaign=campaign, by=None, at=NOON)

    with pytest.raises(Overtaken):
        drafts.save(campaign=campaign, content=replace(content, name="Other"), by=None, at=NOON)

    assert Campaign.objects.get().name == "Señor's <comeback>"


def test_a_copy_is_a_draft_with_a_name_of_its_own(template, content):
    campaign = draft(template, content)

    copies = [drafts.duplicate(campaign=campaign, by=None, at=NOON) for _ in range(2)]

    assert [copy.name for copy in copies] == ["Señor's <comeback> (copy)", "Señor's <comeback> (copy 2)"]
    assert content_of(copies[1]) == replace(content, name=copies[1].name)
    assert copies[0].salt != campaign.salt


def test_percentages_of_a_live_campaign_can_be_changed_until_something_is_issued():
    campaign = create_live_campaign(shares=(45, 45), control=10)
    first, second, control = campaign.variants.all()
    shares = {first.pk: 60, second.pk: 20, control.pk: 20}

    drafts.set_shares(campaign=campaign, shares=shares, by=None, at=NOON)

    assert [variant.share for variant in campaign.variants.all()] == [60, 20, 20]
    assert AuditEntry.objects.get().facts["after"] == {"Reward 1": 60, "Reward 2": 20, "Control": 20}
    with pytest.raises(ValueError, match="100"):
        drafts.set_shares(campaign=campaign, shares=shares | {first.pk: 61}, by=None, at=NOON)
    IssuanceFactory(campaign=campaign)
    with pytest.raises(drafts.SharesFixed):
        drafts.set_shares(campaign=campaign, shares=shares, by=None, at=NOON)


def test_certification_checks_say_what_is_missing(content):
    assert all(check.is_kept for check in certification_checks(content))

    checks = certification_checks(
        replace(content, name="", objective=" ", fine_print="", dates=Dates(), arms=(DraftArm(name="A"),))
    )

    assert [check.label for check in checks if not check.is_kept] == [
        "Name",
        "Objective",
        "Fine print",
        "Dates",
        "Rewards",
    ]


def test_a_control_needs_room(content, template):
    arms = tuple(DraftArm(name=name, template_id=template.pk, share=25) for name in "ABCD")
    full = replace(content, arms=arms, control_share=None)

    assert with_control(full, wanted=True) == full
