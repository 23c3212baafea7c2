"""The lines of a merchant's issuances that name a guest, found by fingerprint."""

from collections.abc import Sequence

from campaigns.models import Merchant
from campaigns.status import UNTITLED
from guests.lookup.explanations import GuestLine, GuestStatus
from issuance.audience import left_out_reasons
from issuance.jobs import recipients
from issuance.jobs.failure_reasons import reason_of
from issuance.jobs.recipients import RecipientOutcome
from issuance.models import Batch, Issuance, Recipient, RejectedLine
from issuance.states import BatchState, IssuanceState

MOST_LINES = 50
"""Of more lines than that the latest are shown."""

STATUSES = {
    RecipientOutcome.ISSUED: GuestStatus.ISSUED,
    RecipientOutcome.FAILED: GuestStatus.FAILED,
    RecipientOutcome.UNKNOWN: GuestStatus.UNKNOWN,
    RecipientOutcome.REVOKED: GuestStatus.REVOKED,
    RecipientOutcome.IN_PROGRESS: GuestStatus.IN_PROGRESS,
    RecipientOutcome.NOT_SENT: GuestStatus.WAITING,
    RecipientOutcome.HELD_BACK: GuestStatus.HELD_BACK,
}


def guest_lines_of(*, merchant: Merchant, fingerprints: Sequence[bytes]) -> list[GuestLine]:
    """Return the lines that name a guest, the latest issuance first. At most five queries."""
    if not fingerprints:
        return []
    found = _sent(merchant, fingerprints) + _left_out(merchant, fingerprints)
    return sorted(found, key=lambda one: (-one.at.timestamp(), -one.issuance_id, one.line))


def _sent(merchant: Merchant, fingerprints: Sequence[bytes]) -> list[GuestLine]:
    # An issuance's recipients are inserted together: the highest keys belong to the latest issuances.
    named = Recipient.objects.filter(fingerprint__in=fingerprints).order_by("-pk")
    keys = list(named.values_list("pk", flat=True)[:MOST_LINES])
    return [line for row, line in lines_of_recipients(keys) if row.batch.issuance.merchant_id == merchant.pk]


def lines_of_recipients(keys: Sequence[int]) -> list[tuple[Recipient, GuestLine]]:
    """Return the recipients with these keys, without those of discarded issuances, each with its line.

    At most three queries, however many there are.
    """
    found = recipients.recipients_by_key(keys).select_related("batch__variant", "batch__issuance__campaign")
    rows = [row for row in found if row.batch.issuance.state != IssuanceState.DISCARDED]
    batches = list({row.batch_id: row.batch for row in rows}.values())
    shares = recipients.outcome_counts(batches) if batches else []
    return [(row, _line(row, recipients.outcome_of(row, counts=shares))) for row in rows]


def _line(row: Recipient, outcome: RecipientOutcome) -> GuestLine:
    batch, issuance = row.batch, row.batch.issuance
    code = getattr(row, "failure_code", None) or ""
    status = _status(batch, issuance, outcome)
    failure = reason_of(code) if code and status is GuestStatus.FAILED else None
    return GuestLine(
        issuance_id=issuance.pk,
        campaign_id=issuance.campaign_id,
        campaign=issuance.campaign.name or UNTITLED,
        status=status,
        at=issuance.confirmed_at or issuance.created_at,
        line=row.line,
        arm=batch.variant.name,
        job=None if status is GuestStatus.HELD_BACK else batch.number,
        code=code,
        reason=failure.title if failure else "",
        todo=failure.todo if failure else "",
        revoked_at=batch.revoked_at,
        is_being_revoked=batch.state in (BatchState.REVOKE_QUEUED, BatchState.REVOKING),
    )


def _status(batch: Batch, issuance: Issuance, outcome: RecipientOutcome) -> GuestStatus:
    if issuance.state != IssuanceState.CONFIRMED:
        return GuestStatus.DRAFT
    if outcome is RecipientOutcome.NOT_SENT and batch.state == BatchState.STOPPED:
        return GuestStatus.STOPPED
    return STATUSES[outcome]


def _left_out(merchant: Merchant, fingerprints: Sequence[bytes]) -> list[GuestLine]:
    rows = (
        RejectedLine.objects.filter(fingerprint__in=fingerprints, issuance__merchant=merchant)
        .exclude(issuance__state=IssuanceState.DISCARDED)
        .select_related("issuance__campaign")
        .order_by("-pk")[:MOST_LINES]
    )
    return [
        GuestLine(
            issuance_id=row.issuance_id,
            campaign_id=row.issuance.campaign_id,
            campaign=row.issuance.campaign.name or UNTITLED,
            status=GuestStatus.LEFT_OUT,
            at=row.issuance.confirmed_at or row.issuance.created_at,
            line=row.line,
            code=row.reason,
            reason=left_out_reasons.of_line(row.reason).title,
            todo=left_out_reasons.of_line(row.reason).todo,
            kept_line=row.kept_line,
        )
        for row in rows
    ]
