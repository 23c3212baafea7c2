"""The one decision: somebody confirms, and the rewards go out.

One transaction mints the keys, queues the batches and freezes the design. Whatever is sent later was decided here.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts import audit
from accounts.models import User
from campaigns.models import Campaign
from campaigns.states import CampaignState
from issuance import canary
from issuance.models import Batch, Issuance, Manifest, Recipient, Upload
from issuance.sealing import Unsealable
from issuance.states import BatchMove, BatchState, IssuanceMove, IssuanceState


class NotConfirmable(Exception):
    """The issuance cannot be confirmed as it is. The text is for the person who tried, beside the button."""

    words = "This cannot be confirmed."

    def __init__(self, words: str = "") -> None:
        super().__init__(words or self.words)


class NotReady(NotConfirmable):
    """The people have not been read, or the draft was discarded."""

    words = "This issuance is not ready: its people have not been read completely."


class CampaignNotLive(NotConfirmable):
    """Rewards can only be issued for a campaign that is live at Thanx."""

    words = "The campaign is not live at Thanx."


class CampaignOver(NotConfirmable):
    """Nobody could redeem the rewards any more."""

    words = "The rewards of this campaign can no longer be redeemed, so nothing is issued."


class TemplateUnpublished(NotConfirmable):
    """A reward template was unpublished at Thanx since the campaign was made."""


class NobodyToIssue(NotConfirmable):
    """There is no recipient, or all of them are held back."""

    words = "No line of the file can be used, so there is nobody to issue to."


EVERYBODY_HELD_BACK = "Everybody would be held back, so there is nothing to issue."


class ArmsMoved(NotConfirmable):
    """Another issuance, confirmed meanwhile, put some of these guests into another arm. The people are read again."""

    words = (
        "Another issuance of this campaign was confirmed meanwhile and has some of these guests in another arm."
        " The people are being read again, so that everybody keeps their arm."
    )


class PeopleLost(NotConfirmable):
    """What was stored of the people cannot be opened, so no small first job can be cut from it."""

    words = "The stored people cannot be opened any more. Please add the file again."


class SameFileRecently(NotConfirmable):
    """The same file was issued to this merchant's guests not long ago; `earlier` is that issuance."""

    def __init__(self, *, earlier: Issuance) -> None:
        self.earlier = earlier
        super().__init__("The same file was issued within the last day. Guests in it would get rewards again.")


def confirm(*, issuance: Issuance, by: User | None, at: datetime, acknowledged_same_file: bool = False) -> None:
    """Let the rewards go out, once. A second confirmation finds that they do and changes nothing.

    Raises a NotConfirmable; then nothing has changed, except that ArmsMoved has the people read again.
    """
    with transaction.atomic():
        # All confirmations of a campaign wait for each other here: each must see the arms that the last one settled.
        campaign = Campaign.objects.select_for_update().get(pk=issuance.campaign_id)
        locked = Issuance.objects.select_for_update().get(pk=issuance.pk)
        if locked.state == IssuanceState.CONFIRMED:
            return
        refusal = _refusal(locked, campaign, at=at, acknowledged_same_file=acknowledged_same_file)
        if refusal is None:
            _confirm(locked, campaign, by=by, at=at)
        elif isinstance(refusal, ArmsMoved):
            locked.move(IssuanceMove.REREAD, by=by, at=at, due_at=at)
            facts = {"state": str(IssuanceState.READY), "lines": locked.lines}
            audit.record(
                action="people read again", on=locked, by=by, at=at, merchant_id=locked.merchant_id, before=facts
            )
    issuance.refresh_from_db()
    if refusal is not None:
        raise refusal


def same_file(issuance: Issuance, *, at: datetime) -> Issuance | None:
    """Return the latest issuance of the same file to this merchant's guests within SAME_FILE_WINDOW, if any."""
    upload = Upload.objects.filter(issuance=issuance).first()
    if upload is None:
        return None
    earlier = Issuance.objects.confirmed().filter(merchant=issuance.merchant_id, upload__digest=upload.digest)
    recent = earlier.exclude(pk=issuance.pk).filter(confirmed_at__gt=at - settings.SAME_FILE_WINDOW)
    return recent.order_by("-confirmed_at").first()


# --- Why not -------------------------------------------------------------------------------------------------


def objection(*, issuance: Issuance, at: datetime) -> NotConfirmable | None:
    """Return why a confirmation would be refused as things stand; None when nothing is known to be in the way.

    Two refusals are not told before: ArmsMoved, since it takes a look at every guest, and SameFileRecently, which is a
    question rather than an obstacle (see `same_file`).
    """
    return _obstacle(issuance, issuance.campaign, at=at)


def _refusal(
    issuance: Issuance, campaign: Campaign, *, at: datetime, acknowledged_same_file: bool
) -> NotConfirmable | None:
    obstacle = _obstacle(issuance, campaign, at=at)
    if obstacle is None and _arms_moved(issuance):
        return ArmsMoved()
    return obstacle or _refusal_of_file(issuance, at=at, unless=acknowledged_same_file)


def _obstacle(issuance: Issuance, campaign: Campaign, *, at: datetime) -> NotConfirmable | None:
    if issuance.state != IssuanceState.READY:
        return NotReady()
    if campaign.state != CampaignState.LIVE:
        return CampaignNotLive()
    if campaign.redeemable_to is not None and campaign.redeemable_to <= at:
        return CampaignOver()
    return _obstacle_of_people(issuance, campaign)


def _obstacle_of_people(issuance: Issuance, campaign: Campaign) -> NotConfirmable | None:
    drafts = Batch.objects.filter(issuance=issuance, state=BatchState.DRAFT)
    batches = drafts if campaign.registers_controls else drafts.filter(is_control=False)
    if not batches.exists():
        return NobodyToIssue(EVERYBODY_HELD_BACK if drafts.exists() else NobodyToIssue.words)
    gone = batches.filter(variant__reward_template__unpublished_at__isnull=False).select_related(
        "variant__reward_template"
    )
    for batch in gone[:1]:
        name = batch.variant.reward_template.name if batch.variant.reward_template else ""
        return TemplateUnpublished(f"The reward “{name}” was unpublished at Thanx, so it cannot be issued.")
    return None


def _refusal_of_file(issuance: Issuance, *, at: datetime, unless: bool) -> NotConfirmable | None:
    earlier = None if unless else same_file(issuance, at=at)
    return SameFileRecently(earlier=earlier) if earlier else None


def _arms_moved(issuance: Issuance) -> bool:
    """Whether an issuance that the reading could not know of has one of these guests in another arm.

    Only where the portal divides: somebody who chose one arm for everybody meant everybody, and a retry keeps the arms.
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


# --- The decision --------------------------------------------------------------------------------------------


def _confirm(issuance: Issuance, campaign: Campaign, *, by: User | None, at: datetime) -> None:
    awaits_canary = issuance.canary and _canary_set_apart(issuance)
    drafts = _drafts(issuance)
    design = _design(issuance, campaign, drafts)
    decided: dict[str, Any] = {"confirmed_by": by, "confirmed_at": at, "design": design, "awaits_canary": awaits_canary}
    issuance.move(IssuanceMove.CONFIRMED, by=by, at=at, **decided)
    for batch in drafts:
        if batch.is_control and not campaign.registers_controls:
            batch.move(BatchMove.HELD_BACK, by=by, at=at)
        else:
            goes_now = batch.is_canary or not awaits_canary
            due_at = at if goes_now else None
            batch.move(BatchMove.CONFIRMED, by=by, at=at, due_at=due_at, idempotency_key=uuid.uuid4())
    audit.record(
        action="issuance confirmed",
        on=issuance,
        by=by,
        at=at,
        merchant_id=issuance.merchant_id,
        file_digest=design["file_digest"],
        guests={arm["variant"]: arm["guests"] for arm in design["arms"]},
        jobs=sum(arm["jobs"] for arm in design["arms"]),
        canary=design["canary"],
    )


def _drafts(issuance: Issuance) -> list[Batch]:
    drafts = Batch.objects.filter(issuance=issuance, state=BatchState.DRAFT)
    return list(drafts.select_related("variant").order_by("number"))


def _canary_set_apart(issuance: Issuance) -> bool:
    """Cut the canary and return whether the rest waits for it. Raises PeopleLost."""
    cut = canary.cut_of(_drafts(issuance))
    if cut is None:
        return False
    try:
        canary.set_apart(cut)
    except (Manifest.DoesNotExist, Unsealable):
        raise PeopleLost from None
    return True


def _design(issuance: Issuance, campaign: Campaign, drafts: list[Batch]) -> dict[str, Any]:
    """Return what was decided, as plain values: later edits of the catalog do not change what was confirmed."""
    upload = Upload.objects.filter(issuance=issuance).first()
    arms = []
    for variant in campaign.variants.select_related("reward_template"):
        batches = [batch for batch in drafts if batch.variant_id == variant.pk]
        template = variant.reward_template
        held_back = variant.is_control and not campaign.registers_controls
        arms.append(
            {
                "variant": variant.name,
                "variant_id": variant.thanx_id,
                "share": variant.share,
                "is_control": variant.is_control,
                "reward_template_id": template.thanx_id if template else None,
                "reward_template": template.name if template else None,
                "guests": sum(batch.size for batch in batches),
                "jobs": 0 if held_back else len(batches),
            }
        )
    return {
        "campaign_id": campaign.thanx_id,
        "registers_controls": campaign.registers_controls,
        "file_digest": upload.digest if upload else "",
        "canary": sum(batch.size for batch in drafts if batch.is_canary),
        "arms": arms,
    }
