"""Two users to issue many rewards: one asks, and another who may decide about so many approves or declines.

What is approved is what was asked for, byte for byte: a fingerprint of the guests, the arms, the rewards and the
campaign is taken when a user asks, and taken again in the transaction that mints the keys.
"""

import json
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from accounts import audit
from accounts.models import User
from campaigns.models import Campaign, Merchant
from issuance.jobs import notices
from issuance.locks import lock_for_decision
from issuance.models import ApprovalRequest, Issuance
from issuance.sending import approval_rules, confirmation, dry_run, refusals
from issuance.sending.approval_rules import MayNotAnswer, NotWaiting, RequestRefused, answerable
from issuance.sending.refusals import ActRefused, ReadAgain
from issuance.sending.role_limits import left_today
from issuance.states import IssuanceMove, IssuanceState
from vault import masking

LONGEST_REASON = 500


class RequestVoided(RequestRefused):
    """What would go out now is not what was asked for. The request is void."""

    words = (
        "The guests, the rewards or the campaign have changed since this was asked for, so the request no longer holds."
        " Please look at it again, and ask again."
    )


def ask(*, issuance: Issuance, by: User, at: datetime, acknowledged_same_file: bool = False) -> None:
    """Let an issuance wait for another user, and notify the approvers. A second click changes nothing.

    Raises a CannotConfirm; then nothing has changed, except that ReadAgain has the people read again.
    """
    with transaction.atomic():
        campaign, found = lock_for_decision(issuance)
        if found.state == IssuanceState.WAITING_FOR_APPROVAL:
            return
        refusal = refusals.refusal(found, campaign, at=at, acknowledged_same_file=acknowledged_same_file)
        if refusal is None:
            _ask(found, campaign, by=by, at=at, same_file_accepted=acknowledged_same_file)
        elif isinstance(refusal, ReadAgain):
            confirmation.reread(found, by=by, at=at)
    issuance.refresh_from_db()
    if refusal is not None:
        raise refusal


def approve(
    *,
    issuance: Issuance,
    number: int,
    by: User,
    at: datetime,
    acknowledged_same_file: bool = False,
    grace: timedelta = confirmation.AT_ONCE,
) -> None:
    """Let go out, once, what another user has asked for by the request of this number.

    Of two who approve, the second changes nothing.

    Raises a RequestRefused or a CannotConfirm; then nothing has changed, except that RequestVoided has ended the
    request and ReadAgain has the people read again.
    """
    with transaction.atomic():
        campaign, found = lock_for_decision(issuance)
        if found.state == IssuanceState.CONFIRMED:
            return
        request = answerable(found.approvals.all(), number=number)
        accepted = acknowledged_same_file or request.same_file_accepted
        refusal: ActRefused | None = (
            why_not_approve(request, by=by, merchant=found.merchant, at=at)
            or _change(request, found, campaign)
            or refusals.refusal_of_content(found, campaign, at=at, acknowledged_same_file=accepted)
        )
        if refusal is None:
            confirmation.let_out(found, campaign, by=by, at=at, starts_at=at + grace)
        elif isinstance(refusal, RequestVoided):
            _answer(found, request, IssuanceMove.APPROVAL_VOIDED, by=by, at=at)
        elif isinstance(refusal, ReadAgain):
            confirmation.reread(found, by=by, at=at)
    issuance.refresh_from_db()
    if refusal is not None:
        raise refusal


def decline(*, issuance: Issuance, number: int, by: User, at: datetime, reason: str) -> None:
    """Say no, and why. The draft can be changed then, and asked for again. Raises NotWaiting and MayNotAnswer.

    The reason keeps no identifier of a guest.
    """
    with transaction.atomic():
        _, found = lock_for_decision(issuance)
        request = answerable(found.approvals.all(), number=number)
        refusal = why_not_decline(request, by=by, merchant=found.merchant)
        if refusal is not None:
            raise refusal
        reason = masking.masked_text(reason)[:LONGEST_REASON]
        ApprovalRequest.objects.filter(pk=request.pk).update(reason=reason)
        _answer(found, request, IssuanceMove.APPROVAL_DECLINED, by=by, at=at)
    issuance.refresh_from_db()


def withdraw(*, issuance: Issuance, by: User, at: datetime) -> None:
    """Ask no longer, so that the draft can be changed: users who may change it may do that. Raises NotWaiting."""
    with transaction.atomic():
        _, found = lock_for_decision(issuance)
        _answer(found, _open_request(found), IssuanceMove.APPROVAL_WITHDRAWN, by=by, at=at)
    issuance.refresh_from_db()


def why_not_approve(request: ApprovalRequest, *, by: User, merchant: Merchant, at: datetime) -> MayNotAnswer | None:
    """Return why a user may not approve a request at this merchant; None when they may."""
    return approval_rules.why_not(request, by=by, merchant=merchant, left=left_today(by, merchant=merchant, at=at))


def why_not_decline(request: ApprovalRequest, *, by: User, merchant: Merchant) -> MayNotAnswer | None:
    """Return why a user may not decline a request; None when they may. Its size does not matter."""
    return approval_rules.why_not(request, by=by, merchant=merchant, left=None)


def fingerprint_of_content(issuance: Issuance, campaign: Campaign) -> str:
    """Return a digest of all that would go out: guests, arms, rewards, texts, dates and order."""
    drafts = confirmation.drafts_of(issuance)
    content = {
        "design": confirmation.design_of(issuance, campaign, drafts),
        "bodies": [(batch.number, batch.variant_id, batch.size, batch.body_digest) for batch in drafts],
        "canary": issuance.canary,
        "campaign": [campaign.name, campaign.objective, campaign.fine_print, *_dates(campaign)],
        "rewards": [
            _reward(variant.reward_template) for variant in campaign.variants.select_related("reward_template")
        ],
    }
    return sha256(json.dumps(content, cls=DjangoJSONEncoder, sort_keys=True).encode()).hexdigest()


def _dates(campaign: Campaign) -> list[datetime | None]:
    return [campaign.start_at, campaign.end_at, campaign.redeemable_from, campaign.redeemable_to]


def _reward(template: Any) -> list[Any]:
    if template is None:
        return []
    return [template.thanx_id, template.name, template.fine_print, template.discount_type, template.discount_value]


def _change(request: ApprovalRequest, issuance: Issuance, campaign: Campaign) -> RequestVoided | None:
    return None if fingerprint_of_content(issuance, campaign) == request.fingerprint else RequestVoided()


def _open_request(issuance: Issuance) -> ApprovalRequest:
    found: ApprovalRequest | None = issuance.approvals.open().first()
    if found is None:
        raise NotWaiting
    return found


def _ask(issuance: Issuance, campaign: Campaign, *, by: User, at: datetime, same_file_accepted: bool) -> None:
    run = dry_run.of_issuance(issuance)
    upload = getattr(issuance, "upload", None)
    before = {"state": str(issuance.state)}
    issuance.move(IssuanceMove.APPROVAL_ASKED, by=by, at=at)
    request = ApprovalRequest.objects.create(
        issuance=issuance,
        asked_by=by,
        asked_at=at,
        fingerprint=fingerprint_of_content(issuance, campaign),
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
