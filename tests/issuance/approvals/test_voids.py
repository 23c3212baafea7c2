"""What is approved is what was asked for: any change of it ends the request, and nothing is sent."""

from datetime import timedelta

import pytest

from accounts.models import AuditEntry
from issuance.approvals.to_issue import RequestVoided, fingerprint_of_content, to_issue
from issuance.approvals.two_person import NotWaiting
from issuance.drafts import drafts
from issuance.models import ApprovalRequest, Batch
from issuance.sending import canary, confirmation
from issuance.sending.refusals import ArmsMoved, CampaignOver, SameFileRecently
from issuance.states import BatchMove, IssuanceMove, IssuanceState
from tests.support.desk import number_of
from tests.support.factories import NOON, create_frozen_batch
from tests.support.read_drafts import ANA, BO, read

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=1)


def nothing_was_minted():
    return not Batch.objects.exclude(idempotency_key=None).exists()


def outcome():
    return ApprovalRequest.objects.get().outcome


def rename_campaign(issuance):
    type(issuance.campaign).objects.update(fine_print="Not on Sundays.")


def change_shares(issuance):
    issuance.campaign.variants.filter(name="Reward 1").update(share=50)


def reprice(issuance):
    template = issuance.campaign.variants.first().reward_template
    type(template).objects.filter(pk=template.pk).update(discount_value=99)


def swap_a_guest(issuance):
    draft = issuance.batches.get(number=1)
    Batch.objects.filter(pk=draft.pk).update(body_digest="b" * 64)


def leave_one_out(issuance):
    issuance.batches.get(number=2).move(BatchMove.DISCARDED, by=None, at=NOON)


def register_controls(issuance):
    type(issuance.campaign).objects.update(registers_controls=True)


@pytest.mark.parametrize(
    "change", [rename_campaign, change_shares, reprice, swap_a_guest, leave_one_out, register_controls]
)
def test_a_change_of_whatever_was_asked_for_voids_the_request(asked, approver, change):
    change(asked)

    with pytest.raises(RequestVoided, match="no longer holds"):
        to_issue.approve(issuance=asked, number=number_of(asked), by=approver, at=LATER)

    assert asked.state == IssuanceState.READY
    assert outcome() == "voided"
    assert AuditEntry.objects.latest("pk").action == "approval voided"
    assert nothing_was_minted()


@pytest.mark.parametrize("move", [IssuanceMove.UPLOADED, IssuanceMove.REREAD, IssuanceMove.DISCARDED])
def test_another_file_other_columns_and_a_discarded_draft_void_it_too(asked, approver, move):
    asked.move(move, by=None, at=LATER)

    with pytest.raises(NotWaiting):
        to_issue.approve(issuance=asked, number=number_of(asked), by=approver, at=LATER)

    assert outcome() == "voided"
    assert nothing_was_minted()


def test_a_small_job_first_cannot_be_chosen_meanwhile(asked):
    with pytest.raises(canary.DraftNotReady):
        canary.choose(issuance=asked, wanted=True, by=None, at=LATER)


def test_discarding_it_ends_the_request(asked, marketer):
    drafts.discard(issuance=asked, by=marketer, at=LATER)

    assert outcome() == "voided"


# --- What would keep it from being confirmed keeps it from being approved ------------------------------------


def test_rewards_that_can_no_longer_be_redeemed_are_not_approved(asked, approver, campaign):
    with pytest.raises(CampaignOver):
        to_issue.approve(issuance=asked, number=number_of(asked), by=approver, at=campaign.redeemable_to)

    assert asked.state == IssuanceState.WAITING_FOR_APPROVAL
    assert nothing_was_minted()


def test_guests_whose_arm_was_settled_meanwhile_are_read_again(asked, approver, campaign):
    swapped = read(campaign, people=((BO,), (ANA,)), digest="b" * 64)
    confirmation.confirm(issuance=swapped, by=None, at=LATER)

    with pytest.raises(ArmsMoved):
        to_issue.approve(issuance=asked, number=number_of(asked), by=approver, at=LATER)

    assert (asked.state, outcome()) == (IssuanceState.READING, "voided")


def test_the_same_file_issued_meanwhile_needs_a_deliberate_yes(asked, approver, campaign):
    type(asked).objects.update(included_anyway=["rewarded_here"])
    confirmation.confirm(issuance=read(campaign), by=None, at=LATER)

    with pytest.raises(SameFileRecently):
        to_issue.approve(issuance=asked, number=number_of(asked), by=approver, at=LATER)

    to_issue.approve(issuance=asked, number=number_of(asked), by=approver, at=LATER, acknowledged_same_file=True)
    assert asked.state == IssuanceState.CONFIRMED


def test_the_fingerprint_is_the_same_however_often_it_is_taken(issuance, campaign):
    first = fingerprint_of_content(issuance, campaign)
    issuance.refresh_from_db()

    assert fingerprint_of_content(issuance, type(campaign).objects.get(pk=campaign.pk)) == first
    create_frozen_batch(
        "dee@example.com", issuance=issuance, variant=campaign.variants.first(), number=9, state="draft"
    )
    assert fingerprint_of_content(issuance, campaign) != first
