"""The approval of an issuance above a user's limit.

What is approved is what was asked for, byte for byte: a fingerprint of the guests, the arms, the rewards and the
campaign is taken when a user asks, and taken again in the transaction that mints the keys.
"""

import json
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from accounts import audit
from accounts.models import User
from campaigns.models import Campaign, Merchant
from issuance.approvals.two_person import LONGEST_REASON, RequestRefused, TwoPersonAct
from issuance.jobs import notices
from issuance.locks import lock_for_decision
from issuance.models import ApprovalRequest, Issuance, RequestOutcome
from issuance.sending import confirmation, dry_run, refusals
from issuance.sending.refusals import ActRefused, ReadAgain
from issuance.sending.role_limits import Limit, left_to_issue
from issuance.states import IssuanceMove
from vault import masking

MOVES = {
    RequestOutcome.DECLINED: IssuanceMove.APPROVAL_DECLINED,
    RequestOutcome.WITHDRAWN: IssuanceMove.APPROVAL_WITHDRAWN,
    RequestOutcome.VOIDED: IssuanceMove.APPROVAL_VOIDED,
}


class RequestVoided(RequestRefused):
    """What would go out now is not what was asked for. The request is void."""

    words = (
        "The guests, the rewards or the campaign have changed since this was asked for, so the request no longer holds."
        " Please look at it again, and ask again."
    )


class ApprovalToIssue(TwoPersonAct[ApprovalRequest, None]):
    """Asks and answers whether an issuance may go out. It waits in a state of its own, whose end ends the request.

    To ask raises a CannotConfirm. To approve raises RequestVoided, which has ended the request, or a CannotConfirm. A
    ReadAgain has the people read again.
    """

    verb = "issue"
    requests = ApprovalRequest
    notify = staticmethod(notices.approval_asked)
    withdrawn_by_asker_only = False

    def lock(self, issuance: Issuance) -> Issuance:
        _, found = lock_for_decision(issuance)
        return found

    def left(self, user: User, *, merchant: Merchant, at: datetime) -> Limit:
        return left_to_issue(user, merchant=merchant, at=at)

    def requested(
        self, issuance: Issuance, *, by: User, at: datetime, acknowledged_same_file: bool = False
    ) -> ApprovalRequest | ActRefused:
        refusal = refusals.refusal_of_issuance(
            issuance, issuance.campaign, at=at, acknowledged_same_file=acknowledged_same_file
        )
        if refusal is not None:
            return self._refused(refusal, issuance, by=by, at=at)
        run = dry_run.of_issuance(issuance)
        upload = getattr(issuance, "upload", None)
        before = str(issuance.state)
        issuance.move(IssuanceMove.APPROVAL_ASKED, by=by, at=at)
        request = ApprovalRequest.objects.create(
            issuance=issuance,
            asked_by=by,
            asked_at=at,
            fingerprint=fingerprint_of_content(issuance, issuance.campaign),
            file_digest=upload.digest if upload else "",
            rewards=run.rewards,
            guests=run.guests,
            at_most=run.size.at_most,
            same_file_accepted=acknowledged_same_file,
        )
        _audit("approval asked for", request, before=before, by=by, at=at, rewards=run.rewards, guests=run.guests)
        return request

    def carry_out(
        self,
        request: ApprovalRequest,
        issuance: Issuance,
        *,
        by: User,
        at: datetime,
        acknowledged_same_file: bool = False,
        grace: timedelta = confirmation.AT_ONCE,
    ) -> ActRefused | None:
        campaign = issuance.campaign
        if fingerprint_of_content(issuance, campaign) != request.fingerprint:
            self.end(request, RequestOutcome.VOIDED, by=by, at=at, reason="")
            return RequestVoided()
        accepted = acknowledged_same_file or request.same_file_accepted
        refusal = refusals.refusal_of_content(issuance, campaign, at=at, acknowledged_same_file=accepted)
        if refusal is None:
            confirmation.let_out(issuance, campaign, by=by, at=at, starts_at=at + grace)
            return None
        return self._refused(refusal, issuance, by=by, at=at)

    def end(self, request: ApprovalRequest, outcome: RequestOutcome, *, by: User, at: datetime, reason: str) -> None:
        """End a request by moving the issuance. The reason keeps no identifier of a guest."""
        ApprovalRequest.objects.filter(pk=request.pk).update(reason=masking.masked_text(reason)[:LONGEST_REASON])
        before, move = str(request.issuance.state), MOVES[outcome]
        request.issuance.move(move, by=by, at=at)
        _audit(move.value.replace("_", " "), request, before=before, by=by, at=at)

    def _refused(self, refusal: ActRefused, issuance: Issuance, *, by: User, at: datetime) -> ActRefused:
        if isinstance(refusal, ReadAgain):
            confirmation.reread(issuance, by=by, at=at)
        return refusal


to_issue = ApprovalToIssue()


def fingerprint_of_content(issuance: Issuance, campaign: Campaign) -> str:
    """Return a digest of all that would go out: guests, arms, rewards, texts, dates and order."""
    drafts = confirmation.draft_batches_of(issuance)
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


def _audit(action: str, request: ApprovalRequest, *, before: str, by: User, at: datetime, **facts: Any) -> None:
    issuance = request.issuance
    audit.record(
        action=action,
        on=issuance,
        by=by,
        at=at,
        merchant_id=issuance.merchant_id,
        file_digest=request.file_digest,
        before={"state": before},
        after={"state": str(issuance.state)},
        fingerprint=request.fingerprint,
        **facts,
    )
