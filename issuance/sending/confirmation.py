"""The confirmation: one transaction mints the keys, queues the batches and freezes the design.

All that is sent later was decided here.
"""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from accounts import audit
from accounts.models import User
from campaigns.models import Campaign
from issuance.locks import lock_for_decision
from issuance.models import Batch, Issuance, Manifest, Upload
from issuance.sending import canary, dry_run, refusals, role_limits
from issuance.sending.refusals import NeedsApproval, PeopleLost, ReadAgain
from issuance.states import BatchMove, BatchState, IssuanceMove, IssuanceState
from vault.sealing import Unsealable

AT_ONCE = timedelta(0)


def confirm(
    *,
    issuance: Issuance,
    by: User | None,
    at: datetime,
    acknowledged_same_file: bool = False,
    grace: timedelta = AT_ONCE,
) -> None:
    """Let the rewards go out, once: a second confirmation changes nothing. No call is made before `grace` is over.

    Raises a CannotConfirm; then nothing has changed, except that ReadAgain has the people read again.
    """
    with transaction.atomic():
        campaign, found = lock_for_decision(issuance)
        if found.state == IssuanceState.CONFIRMED:
            return
        refusal = refusals.refusal_of_issuance(found, campaign, at=at, acknowledged_same_file=acknowledged_same_file)
        if refusal is None and not _is_within_limits(found, by=by, at=at):
            refusal = NeedsApproval()
        if refusal is None:
            let_out(found, campaign, by=by, at=at, starts_at=at + grace)
        elif isinstance(refusal, ReadAgain):
            reread(found, by=by, at=at)
    issuance.refresh_from_db()
    if refusal is not None:
        raise refusal


def _is_within_limits(issuance: Issuance, *, by: User | None, at: datetime) -> bool:
    left = role_limits.left_to_issue(by, merchant=issuance.merchant, at=at)
    return left.allows(dry_run.of_issuance(issuance).size)


# --- What a confirmation and an approval have in common ------------------------------------------------------


def let_out(issuance: Issuance, campaign: Campaign, *, by: User | None, at: datetime, starts_at: datetime) -> None:
    """Mint the keys, queue the batches and record who decided. Call it with both locked, and nothing in the way.

    Raises PeopleLost.
    """
    before = str(issuance.state)
    size = dry_run.of_issuance(issuance).size
    awaits_canary = issuance.canary and _canary_set_apart(issuance)
    drafts = draft_batches_of(issuance)
    design = design_of(issuance, campaign, drafts)
    decided: dict[str, Any] = {
        "confirmed_by": by,
        "confirmed_at": at,
        "starts_at": starts_at,
        "design": design,
        "awaits_canary": awaits_canary,
        "decided_rewards": size.rewards,
        "decided_value": size.at_most,
    }
    issuance.move(IssuanceMove.CONFIRMED, by=by, at=at, **decided)
    for batch in drafts:
        if batch.is_control and not campaign.registers_controls:
            batch.move(BatchMove.HELD_BACK, by=by, at=at)
        else:
            goes_now = batch.is_canary or not awaits_canary
            due_at = starts_at if goes_now else None
            batch.move(BatchMove.CONFIRMED, by=by, at=at, due_at=due_at, idempotency_key=uuid.uuid4())
    audit.record(
        action="issuance confirmed",
        on=issuance,
        by=by,
        at=at,
        merchant_id=issuance.merchant_id,
        file_digest=design["file_digest"],
        before={"state": before},
        after={"state": str(issuance.state)},
        guests={arm["variant"]: arm["guests"] for arm in design["arms"]},
        jobs=sum(arm["jobs"] for arm in design["arms"]),
        canary=design["canary"],
    )
    for path in settings.BEFORE_THE_FIRST_CALL:
        import_string(path)(issuance=issuance, by=by, at=at)


def reread(issuance: Issuance, *, by: User | None, at: datetime) -> None:
    """Have the people of a locked issuance read again: their arms or exclusions have changed since they were read."""
    before = {"state": str(issuance.state), "lines": issuance.lines}
    issuance.move(IssuanceMove.REREAD, by=by, at=at, due_at=at)
    audit.record(action="people read again", on=issuance, by=by, at=at, merchant_id=issuance.merchant_id, before=before)


def draft_batches_of(issuance: Issuance) -> list[Batch]:
    """Return the batches that would be queued, in the order of their numbers."""
    drafts = Batch.objects.filter(issuance=issuance, state=BatchState.DRAFT)
    return list(drafts.select_related("variant").order_by("number"))


def design_of(issuance: Issuance, campaign: Campaign, drafts: Sequence[Batch]) -> dict[str, Any]:
    """Return what a confirmation decides, as plain values, which later edits of the catalog do not change."""
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


def _canary_set_apart(issuance: Issuance) -> bool:
    """Cut the canary and return whether the rest waits for it. Raises PeopleLost."""
    cut = canary.cut_of(draft_batches_of(issuance))
    if cut is None:
        return False
    try:
        canary.set_apart(cut)
    except (Manifest.DoesNotExist, Unsealable):
        raise PeopleLost from None
    return True
