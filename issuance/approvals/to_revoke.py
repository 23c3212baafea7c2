"""The approval of a revocation above a user's limit: exactly the jobs that were asked for are revoked."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from accounts import audit
from accounts.models import User
from campaigns.models import Merchant
from issuance.approvals.two_person import LONGEST_REASON, TwoPersonAct
from issuance.followup import revocation
from issuance.jobs import notices
from issuance.locks import lock_follow_ups, lock_merchant
from issuance.models import Batch, Issuance, RequestOutcome, RevocationRequest
from issuance.sending.role_limits import Limit, left_to_revoke
from vault import masking


class ApprovalToRevoke(TwoPersonAct[RevocationRequest, revocation.QueuedRevocations]):
    """Asks and answers whether rewards may be revoked. To approve raises NothingToRevoke; the request waits on then."""

    verb = "revoke"
    requests = RevocationRequest
    notify = staticmethod(notices.revocation_asked)
    withdrawn_by_asker_only = True

    def lock(self, issuance: Issuance) -> Issuance:
        found = lock_follow_ups(issuance)
        found.merchant = lock_merchant(found.merchant_id)
        return found

    def left(self, user: User, *, merchant: Merchant, at: datetime) -> Limit:
        return left_to_revoke(user, merchant=merchant, at=at)

    def requested(
        self,
        issuance: Issuance,
        *,
        by: User,
        at: datetime,
        batches: Iterable[Batch],
        also_running: bool,
        rewards: int,
        reason: str,
    ) -> RevocationRequest:
        request = RevocationRequest.objects.create(
            issuance=issuance,
            also_running=also_running,
            rewards=rewards,
            reason=masking.masked_text(reason)[:LONGEST_REASON],
            asked_by=by,
            asked_at=at,
        )
        request.batches.set(batches)
        _audit("revocation requested", request, by=by, at=at, rewards=rewards)
        return request

    def carry_out(
        self, request: RevocationRequest, issuance: Issuance, *, by: User, at: datetime
    ) -> revocation.QueuedRevocations:
        _close(request, RequestOutcome.APPROVED, by=by, at=at)
        return revocation.revoke_batches(
            issuance=issuance,
            by=by,
            at=at,
            reason=request.reason,
            asked_for_by=request.asked_by,
            batches=list(request.batches.all()),
            also_running=request.also_running,
        )

    def end(self, request: RevocationRequest, outcome: RequestOutcome, *, by: User, at: datetime, reason: str) -> None:  # noqa: ARG002
        _close(request, outcome, by=by, at=at)
        _audit(f"revocation request {outcome}", request, by=by, at=at)


to_revoke = ApprovalToRevoke()


def _close(request: RevocationRequest, outcome: RequestOutcome, *, by: User, at: datetime) -> None:
    request.outcome, request.ended_by, request.ended_at = outcome, by, at
    request.save(update_fields=["outcome", "ended_by", "ended_at"])


def _audit(action: str, request: RevocationRequest, *, by: User, at: datetime, **facts: Any) -> None:
    facts = {"request": request.pk, **facts}
    audit.record(action=action, on=request.issuance, by=by, at=at, merchant_id=request.issuance.merchant_id, **facts)
