"""Why an issuance cannot be confirmed as it is. Each refusal has words for the user who tried."""

from datetime import datetime

from django.conf import settings
from django.db.models import Exists, OuterRef

from campaigns.models import Campaign
from campaigns.states import CampaignState
from issuance.audience.screening import Screen
from issuance.models import Batch, Issuance, Recipient, Upload
from issuance.sending import daily_cap, dry_run
from issuance.sending.daily_cap import Today
from issuance.states import BatchState, IssuanceMove, IssuanceState


class ActRefused(Exception):
    """An act is refused. The text is for the user who tried, beside the button."""

    words = ""

    def __init__(self, words: str = "") -> None:
        super().__init__(words or self.words)


class CannotConfirm(ActRefused):
    """The issuance cannot be confirmed as it is."""

    words = "This cannot be confirmed."


class NotReady(CannotConfirm):
    """The people are not read yet, or the draft is discarded."""

    words = "This issuance is not ready: its people have not been read completely."


class CampaignNotLive(CannotConfirm):
    """Rewards can only be issued for a campaign that is live at Thanx."""

    words = "The campaign is not live at Thanx."


class CampaignOver(CannotConfirm):
    """The rewards can no longer be redeemed."""

    words = "The rewards of this campaign can no longer be redeemed, so nothing is issued."


class TemplateUnpublished(CannotConfirm):
    """A reward template was unpublished at Thanx after the campaign was made."""


class NoGuestToReward(CannotConfirm):
    """There is no recipient, or all are held back."""

    words = "No line of the file can be used, so there is no guest to issue to."


ALL_HELD_BACK = "Everybody would be held back, so there is nothing to issue."
NO_GUEST_LEFT_TO_RETRY = "All of these guests are left out by now, so there is no guest to try again."


class ReadAgain(CannotConfirm):
    """Something about the guests has changed since they were read. They are being read again."""


class ArmsMoved(ReadAgain):
    """An issuance confirmed since has some of these guests in another arm."""

    words = (
        "Another issuance of this campaign was confirmed meanwhile and has some of these guests in another group."
        " The people are being read again, so that everybody keeps their group."
    )


class ExcludedMeanwhile(ReadAgain):
    """A list changed since, or an issuance confirmed since, excludes some of these guests."""

    words = (
        "Some of these guests were put on an exclusion list or rewarded by another issuance meanwhile."
        " The people are being read again, so that no guest gets a wrong reward."
    )


class PeopleLost(CannotConfirm):
    """The stored people cannot be opened, so no canary can be cut from them."""

    words = "The stored people cannot be opened any more. Please add the file again."


class CapReached(CannotConfirm):
    """The issuance exceeds the merchant's daily cap. `today` says what is left of it."""

    def __init__(self, *, today: Today, rewards: int, zone: str) -> None:
        self.today = today
        left = {0: "none are left", 1: "1 is left"}.get(today.left, f"{today.left:,} are left")
        super().__init__(
            f"At most {today.cap:,} guests of this merchant get a reward on one day. {today.used:,} were confirmed"
            f" today, so {left} until midnight ({zone.replace('_', ' ')}); this would be {rewards:,}."
        )


class NeedsApproval(CannotConfirm):
    """The issuance is larger than the user may decide alone: another user must approve it."""

    words = "This is more than you may issue alone within 24 hours. Another user must approve it first."


class WaitsForApproval(NotReady):
    """A user has asked for approval already."""

    words = "This waits for an approval."


class SameFileRecently(CannotConfirm):
    """The same file was issued to this merchant's guests within SAME_FILE_WINDOW; `earlier` is that issuance."""

    def __init__(self, *, earlier: Issuance) -> None:
        self.earlier = earlier
        super().__init__("The same file was issued within the last day. Guests in it would get rewards again.")


def same_file(issuance: Issuance, *, at: datetime) -> Issuance | None:
    """Return the latest issuance of the same file to this merchant's guests within SAME_FILE_WINDOW, if any."""
    upload = Upload.objects.filter(issuance=issuance).first()
    if upload is None:
        return None
    earlier = Issuance.objects.confirmed().filter(merchant=issuance.merchant_id, upload__digest=upload.digest)
    recent = earlier.exclude(pk=issuance.pk).filter(confirmed_at__gt=at - settings.SAME_FILE_WINDOW)
    return recent.order_by("-confirmed_at").first()


# --- Why not -------------------------------------------------------------------------------------------------


def objection(*, issuance: Issuance, at: datetime) -> CannotConfirm | None:
    """Return why a confirmation would be refused now, None when nothing is known to be in the way.

    It leaves out ReadAgain, which takes a query of every guest, SameFileRecently, which is a question to the user (see
    `same_file`), and NeedsApproval, which depends on the user.
    """
    return _obstacle(issuance, issuance.campaign, at=at)


def refusal_of_issuance(
    issuance: Issuance, campaign: Campaign, *, at: datetime, acknowledged_same_file: bool
) -> CannotConfirm | None:
    """Return why a locked issuance must not go out now, None when it may. It may only when it is READY."""
    if issuance.state == IssuanceState.WAITING_FOR_APPROVAL:
        return WaitsForApproval()
    if issuance.state != IssuanceState.READY:
        return NotReady()
    return refusal_of_content(issuance, campaign, at=at, acknowledged_same_file=acknowledged_same_file)


def refusal_of_content(
    issuance: Issuance, campaign: Campaign, *, at: datetime, acknowledged_same_file: bool
) -> CannotConfirm | None:
    """Return why a locked issuance must not go out now, whatever its state; None when it may."""
    obstacle = _obstacle(issuance, campaign, at=at)
    if obstacle is None and _arms_moved(issuance):
        return ArmsMoved()
    if obstacle is None and Screen(issuance, at=at).reason_since_reading():
        return ExcludedMeanwhile()
    return obstacle or _refusal_of_file(issuance, at=at, unless=acknowledged_same_file)


def _obstacle(issuance: Issuance, campaign: Campaign, *, at: datetime) -> CannotConfirm | None:
    if campaign.state != CampaignState.LIVE:
        return CampaignNotLive()
    if campaign.redeemable_to is not None and campaign.redeemable_to <= at:
        return CampaignOver()
    return _obstacle_of_people(issuance, campaign) or _obstacle_of_day(issuance, at=at)


def _obstacle_of_people(issuance: Issuance, campaign: Campaign) -> CannotConfirm | None:
    drafts = Batch.objects.filter(issuance=issuance, state=BatchState.DRAFT)
    batches = drafts if campaign.registers_controls else drafts.filter(is_control=False)
    if not batches.exists():
        if issuance.parent_id is not None:
            return NoGuestToReward(NO_GUEST_LEFT_TO_RETRY)
        return NoGuestToReward(ALL_HELD_BACK if drafts.exists() else NoGuestToReward.words)
    gone = batches.filter(variant__reward_template__unpublished_at__isnull=False).select_related(
        "variant__reward_template"
    )
    for batch in gone[:1]:
        name = batch.variant.reward_template.name if batch.variant.reward_template else ""
        return TemplateUnpublished(f"The reward “{name}” was unpublished at Thanx, so it cannot be issued.")
    return None


def _obstacle_of_day(issuance: Issuance, *, at: datetime) -> CannotConfirm | None:
    today = daily_cap.today(issuance.merchant, at=at)
    if today is None:
        return None
    rewards = dry_run.of_issuance(issuance).rewards
    return CapReached(today=today, rewards=rewards, zone=issuance.merchant.time_zone) if rewards > today.left else None


def _refusal_of_file(issuance: Issuance, *, at: datetime, unless: bool) -> CannotConfirm | None:
    earlier = None if unless else same_file(issuance, at=at)
    return SameFileRecently(earlier=earlier) if earlier else None


def _arms_moved(issuance: Issuance) -> bool:
    """Whether an issuance that was confirmed after the reading has one of these guests in another arm.

    Only where the portal divides the guests: a user who chose one arm wants it for all, and a retry keeps the arms.
    """
    if issuance.only_variant_id is not None or issuance.parent_id is not None:
        return False
    read_at = issuance.events.filter(move=IssuanceMove.READ).order_by("-at").values_list("at", flat=True).first()
    others = Issuance.objects.confirmed().filter(campaign=issuance.campaign_id).exclude(pk=issuance.pk)
    if read_at is not None:
        others = others.filter(confirmed_at__gte=read_at)
    if not others.exists():
        return False
    there = Recipient.objects.filter(fingerprint=OuterRef("fingerprint"), batch__issuance__in=others)
    elsewhere = there.exclude(batch__variant=OuterRef("batch__variant"))
    return Recipient.objects.filter(Exists(elsewhere), batch__issuance=issuance).exists()
