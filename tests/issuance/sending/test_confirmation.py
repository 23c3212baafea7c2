"""A confirmation counts once, for what was read, and only while the rewards can still be issued."""

from datetime import timedelta

import pytest

from accounts.models import AuditEntry
from campaigns.states import CampaignState
from issuance.models import Batch, Issuance
from issuance.sending import refusals
from issuance.sending.confirmation import confirm
from issuance.sending.refusals import (
    ArmsMoved,
    CampaignNotLive,
    CampaignOver,
    NoGuestToReward,
    NotReady,
    SameFileRecently,
    TemplateUnpublished,
    same_file,
)
from issuance.states import BatchState, IssuanceState
from tests.support.factories import NOON, UserFactory, create_live_campaign
from tests.support.read_drafts import ANA, BO, CLEO, read

pytestmark = pytest.mark.django_db
REWARDED_TOO = {"included_anyway": ["rewarded_here"]}


@pytest.fixture
def campaign():
    return create_live_campaign()


@pytest.fixture
def issuance(campaign):
    return read(campaign)


def states():
    return list(Batch.objects.order_by("number").values_list("state", flat=True))


def nothing_was_minted():
    return not Batch.objects.filter(idempotency_key__isnull=False).exists() and not AuditEntry.objects.exists()


def test_a_confirmation_mints_a_key_for_each_batch_and_holds_the_control_back(issuance):
    confirm(issuance=issuance, by=UserFactory(), at=NOON)

    assert issuance.state == IssuanceState.CONFIRMED
    assert states() == ["queued", "queued", "held_back"]
    assert len(set(Batch.objects.exclude(idempotency_key=None).values_list("idempotency_key", flat=True))) == 2
    assert list(Batch.objects.order_by("number").values_list("due_at", flat=True)) == [NOON, NOON, None]


def test_a_control_is_registered_at_thanx_if_the_campaign_says_so(campaign, issuance):
    type(campaign).objects.update(registers_controls=True)

    confirm(issuance=issuance, by=None, at=NOON)

    assert states() == ["queued"] * 3


def test_who_decided_and_what_is_on_record(issuance):
    person = UserFactory()

    confirm(issuance=issuance, by=person, at=NOON)

    entry = AuditEntry.objects.get(action="issuance confirmed")
    assert (issuance.confirmed_by, issuance.confirmed_at) == (person, NOON)
    assert (entry.by, entry.file_digest, entry.merchant) == (person, "a" * 64, issuance.merchant)
    assert entry.facts == {
        "before": {"state": "ready"},
        "after": {"state": "confirmed"},
        "guests": {"Reward 1": 1, "Reward 2": 1, "Control": 1},
        "jobs": 2,
        "canary": 0,
    }


def test_the_design_is_frozen(campaign, issuance):
    confirm(issuance=issuance, by=None, at=NOON)
    type(campaign).objects.update(name="Renamed")

    issuance.refresh_from_db()
    arms = issuance.design["arms"]
    assert [(arm["variant"], arm["share"], arm["guests"], arm["jobs"]) for arm in arms] == [
        ("Reward 1", 45, 1, 1),
        ("Reward 2", 45, 1, 1),
        ("Control", 10, 1, 0),
    ]
    assert issuance.design["file_digest"] == "a" * 64


def test_a_second_click_changes_nothing(issuance):
    stale = Issuance.objects.get()
    confirm(issuance=issuance, by=None, at=NOON)
    keys = list(Batch.objects.values_list("idempotency_key", flat=True))

    confirm(issuance=stale, by=None, at=NOON + timedelta(seconds=1))

    assert list(Batch.objects.values_list("idempotency_key", flat=True)) == keys
    assert AuditEntry.objects.filter(action="issuance confirmed").count() == 1


@pytest.mark.parametrize("state", sorted(set(IssuanceState) - {IssuanceState.READY, IssuanceState.CONFIRMED}))
def test_only_what_has_been_read_can_be_confirmed(issuance, state):
    Issuance.objects.update(state=state)

    with pytest.raises(NotReady):
        confirm(issuance=issuance, by=None, at=NOON)

    assert nothing_was_minted()


def test_a_campaign_that_is_not_live_gets_no_issuance(campaign, issuance):
    type(campaign).objects.update(state=CampaignState.UNSURE)

    with pytest.raises(CampaignNotLive):
        confirm(issuance=issuance, by=None, at=NOON)

    assert nothing_was_minted()


def test_rewards_that_can_no_longer_be_redeemed_are_not_issued(campaign, issuance):
    with pytest.raises(CampaignOver):
        confirm(issuance=issuance, by=None, at=campaign.redeemable_to)

    assert nothing_was_minted()


def test_a_reward_that_was_unpublished_meanwhile_is_not_issued(campaign, issuance):
    template = campaign.variants.get(position=1).reward_template
    type(template).objects.filter(pk=template.pk).update(unpublished_at=NOON)

    with pytest.raises(TemplateUnpublished, match=r"unpublished at Thanx"):
        confirm(issuance=issuance, by=None, at=NOON)

    assert nothing_was_minted()


@pytest.mark.parametrize("people", [((), (), ()), ((), (), (CLEO,))])
def test_with_no_guest_to_reward_there_is_nothing_to_confirm(campaign, people):
    with pytest.raises(NoGuestToReward):
        confirm(issuance=read(campaign, people=people), by=None, at=NOON)

    assert nothing_was_minted()


def test_the_same_file_again_within_a_day_needs_a_deliberate_yes(campaign, issuance):
    confirm(issuance=issuance, by=None, at=NOON)
    again = read(campaign, **REWARDED_TOO)
    later = NOON + timedelta(hours=23)

    with pytest.raises(SameFileRecently) as refusal:
        confirm(issuance=again, by=None, at=later)

    assert refusal.value.earlier == issuance
    again.refresh_from_db()
    assert again.state == IssuanceState.READY
    confirm(issuance=again, by=None, at=later, acknowledged_same_file=True)
    assert again.state == IssuanceState.CONFIRMED


def test_the_same_file_another_day_or_at_another_merchant_is_nothing_special(campaign, issuance):
    confirm(issuance=issuance, by=None, at=NOON)
    elsewhere = read(create_live_campaign())
    again = read(campaign)

    assert same_file(elsewhere, at=NOON) is None
    assert same_file(again, at=NOON + timedelta(hours=25)) is None


def test_guests_whose_arm_was_settled_meanwhile_are_read_again(campaign, issuance):
    swapped = read(campaign, people=((BO,), (ANA,)), digest="b" * 64)
    confirm(issuance=swapped, by=None, at=NOON + timedelta(seconds=1))

    with pytest.raises(ArmsMoved):
        confirm(issuance=issuance, by=None, at=NOON + timedelta(seconds=2))

    assert (issuance.state, issuance.due_at) == (IssuanceState.READING, NOON + timedelta(seconds=2))
    assert not issuance.batches.exclude(state=BatchState.DRAFT).exists()


def test_guests_who_keep_their_arm_are_no_obstacle(campaign):
    issuance = read(campaign, **REWARDED_TOO)
    confirm(issuance=read(campaign, digest="b" * 64), by=None, at=NOON + timedelta(seconds=1))

    confirm(issuance=issuance, by=None, at=NOON + timedelta(seconds=2))

    assert issuance.state == IssuanceState.CONFIRMED


def test_a_user_who_puts_all_guests_into_one_arm_means_all(campaign):
    everybody = read(campaign, people=((ANA, BO),), only_variant=campaign.variants.get(position=0), **REWARDED_TOO)
    confirm(issuance=read(campaign, people=((BO,), (ANA,)), digest="b" * 64), by=None, at=NOON + timedelta(seconds=1))

    confirm(issuance=everybody, by=None, at=NOON + timedelta(seconds=2))

    assert everybody.state == IssuanceState.CONFIRMED


def test_every_refusal_has_words():
    kinds = [NotReady, CampaignNotLive, CampaignOver, NoGuestToReward, ArmsMoved]

    assert all(str(kind()).endswith(".") for kind in kinds)
    assert all(issubclass(kind, refusals.CannotConfirm) for kind in kinds)
