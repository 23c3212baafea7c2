"""Two people for what is too large for one: somebody asks, and somebody else approves or declines.

What is approved is what was asked for, byte for byte: a fingerprint of the guests, the arms, the rewards and the
campaign is taken when it is asked for, and taken again in the transaction that mints the keys.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from accounts import audit
from accounts.models import User
from campaigns.models import Campaign
from issuance.jobs import notices
from issuance.locks import lock_for_decision
from issuance.models import ApprovalRequest, Issuance
from issuance.sending import confirmation, dry_run, refusals, role_limits
from issuance.sending.refusals import NotConfirmable, ReadAgain
from issuance.sending.role_limits import Size
from issuance.states import IssuanceMove, IssuanceState
from vault import masking

LONGEST_REASON = 500


class NotAsked(NotConfirmable):
    """Nobody asks for approval any more: it was answered, withdrawn, or has been changed."""

    words = "Nobody asks for this approval any more."


class MayNotApprove(NotConfirmable):
    """Whoever tries may not answer the request. The text says why."""


class Changed(NotConfirmable):
    """What would go out now is not what was asked for. The request is void."""

    words = (
        "The guests, the rewards or the campaign have changed since this was asked for, so the request no longer holds."
        " Please look at it again, and ask again."
    )


def ask(*, issuance: Issuance, by: User, at: datetime, acknowledged_same_file: bool = False) -> None:
    """Let an issuance wait for somebody else. A second click finds it waiting and changes nothing.

    Whoever may approve is told: this is the only way into that state. Raises a
    NotConfirmable; then nothing has changed, except that ReadAgain has the people read again.
    """
    with transaction.atomic():
        campaign, found = lock_for_decision(issuance)
        if found.state == IssuanceState.WAITING_FOR_APPROVAL:
            return
        refusal = refusals.refusal(found, campaign, at=at, acknowledged_same_file=acknowledged_same_file)
        if refusal is None:
            _ask(found, campaign, by=by, at=at, same_file_accepted=acknowledged_same_file)
        elif isinstance(refusal, ReadAgain):
            confirmation.read_again(found, by=by, at=at)
    issuance.refresh_from_db()
    if refusal is not None:
        raise refusal


def approve(
    *,
    issuance: Issuance,
    by: User,
    at: datetime,
    acknowledged_same_file: bool = False,
    grace: timedelta = confirmation.AT_ONCE,
) -> None:
    """Let go out, once, what somebody else has asked for. Of two who approve, the second changes nothing.

    Raises NotAsked, MayNotApprove and every other NotConfirmable; then nothing has changed, except that Changed has
    ended the request and ReadAgain has the people read again.
    """
    with transaction.atomic():
        campaign, found = lock_for_decision(issuance)
        if found.state == IssuanceState.CONFIRMED:
            return
        request = _open_request(found)
        accepted = acknowledged_same_file or request.same_file_accepted
        refusal: NotConfirmable | None = why_not(request, issuance=found, by=by) or _change(request, found, campaign)
        refusal = refusal or refusals.refusal_of_content(found, campaign, at=at, acknowledged_same_file=accepted)
        if refusal is None:
            confirmation.let_out(found, campaign, by=by, at=at, starts_at=at + grace)
        elif isinstance(refusal, Changed):
            _answer(found, request, IssuanceMove.APPROVAL_VOIDED, by=by, at=at)
        elif isinstance(refusal, ReadAgain):
            confirmation.read_again(found, by=by, at=at)
    issuance.refresh_from_db()
    if refusal is not None:
        raise refusal


def decline(*, issuance: Issuance, by: User, at: datetime, reason: str) -> None:
    """Say no, and why. The draft can be changed then, and asked for again. Raises NotAsked and MayNotApprove.

    The reason keeps no identifier of a guest.
    """
    with transaction.atomic():
        _, found = lock_for_decision(issuance)
        request = _open_request(found)
        refusal = why_not(request, issuance=found, by=by, whatever_the_size=True)
        if refusal is not None:
            raise refusal
        reason = masking.masked_text(reason)[:LONGEST_REASON]
        ApprovalRequest.objects.filter(pk=request.pk).update(reason=reason)
        _answer(found, request, IssuanceMove.APPROVAL_DECLINED, by=by, at=at, reason=reason)
    issuance.refresh_from_db()


def withdraw(*, issuance: Issuance, by: User, at: datetime) -> None:
    """Ask no more, so that the draft can be changed. Whoever may change the draft may do that. Raises NotAsked."""
    with transaction.atomic():
        _, found = lock_for_decision(issuance)
        _answer(found, _open_request(found), IssuanceMove.APPROVAL_WITHDRAWN, by=by, at=at)
    issuance.refresh_from_db()


def why_not(
    request: ApprovalRequest, *, issuance: Issuance, by: User, whatever_the_size: bool = False
) -> MayNotApprove | None:
    """Return why somebody may not answer a request; None when they may. Nobody approves their own, operators neither.

    To decline, the size does not matter.
    """
    role = role_limits.role_of(by, merchant=issuance.merchant)
    if request.asked_by_id == by.pk:
        return MayNotApprove("You have asked for this yourself, so somebody else must approve it.")
    if role is None or role < role_limits.NOBODY_BELOW:
        return MayNotApprove("Only approvers and managers can approve.")
    size = Size(rewards=request.rewards, at_most=request.at_most)
    if not whatever_the_size and not role_limits.may_approve(role, size):
        return MayNotApprove("This is more than you may issue yourself, so you cannot approve it either.")
    return None


def fingerprint_of(issuance: Issuance, campaign: Campaign) -> str:
    """Return what changes when anything would go out differently: guests, arms, rewards, texts, dates, order."""
    drafts = confirmation.drafts_of(issuance)
    told = {
        "design": confirmation.design_of(issuance, campaign, drafts),
        "bodies": [(batch.number, batch.variant_id, batch.size, batch.body_digest) for batch in drafts],
        "canary": issuance.canary,
        "campaign": [campaign.name, campaign.objective, campaign.fine_print, *_dates(campaign)],
        "rewards": [
            _reward(variant.reward_template) for variant in campaign.variants.select_related("reward_template")
        ],
    }
    return sha256(json.dumps(told, cls=DjangoJSONEncoder, sort_keys=True).encode()).hexdigest()


def _dates(campaign: Campaign) -> list[datetime | None]:
    return [campaign.start_at, campaign.end_at, campaign.redeemable_from, campaign.redeemable_to]


def _reward(template: Any) -> list[Any]:
    if template is None:
        return []
    return [template.thanx_id, template.name, template.fine_print, template.discount_type, template.discount_value]


def _change(request: ApprovalRequest, issuance: Issuance, campaign: Campaign) -> Changed | None:
    return None if fingerprint_of(issuance, campaign) == request.fingerprint else Changed()


def _open_request(issuance: Issuance) -> ApprovalRequest:
    found = issuance.approvals.open().first()
    if found is None:
        raise NotAsked
    return found


def _ask(issuance: Issuance, campaign: Campaign, *, by: User, at: datetime, same_file_accepted: bool) -> None:
    run = dry_run.rehearsed(issuance)
    upload = getattr(issuance, "upload", None)
    before = {"state": str(issuance.state)}
    issuance.move(IssuanceMove.APPROVAL_ASKED, by=by, at=at)
    request = ApprovalRequest.objects.create(
        issuance=issuance,
        asked_by=by,
        asked_at=at,
        fingerprint=fingerprint_of(issuance, campaign),
        file_digest=upload.digest if upload else "",
        rewards=run.rewards,
        guests=run.guests,
        at_most=run.size.at_most,
        same_file_accepted=same_file_accepted,
    )
    notices.approval_asked(request, at=at)
    _audit("approval asked for", issuance, request, before=before, by=by, at=at, rewards=run.rewards, guests=run.guests)


def _answer(
    issuance: Issuance, request: ApprovalRequest, move: IssuanceMove, *, by: User, at: datetime, **facts: Any
) -> None:
    before = {"state": str(issuance.state)}
    issuance.move(move, by=by, at=at)
    _audit(move.value.replace("_", " "), issuance, request, before=before, by=by, at=at, **facts)


def _audit(
    action: str,
    issuance: Issuance,
    request: ApprovalRequest,
    *,
    before: dict[str, Any],
    by: User,
    at: datetime,
    **facts: Any,
) -> None:
    audit.record(
        action=action,
        on=issuance,
        by=by,
        at=at,
        merchant_id=issuance.merchant_id,
        file_digest=request.file_digest,
        before=before,
        after={"state": str(issuance.state)},
        fingerprint=request.fingerprint,
        **facts,
    )
