"""Every line of every issuance that names a guest: found by fingerprint, through indexes, in a few queries."""

from __future__ import annotations

from collections.abc import Sequence

from campaigns.models import Merchant
from campaigns.status import UNTITLED
from guests.lookup.explanations import Listing, Place
from issuance.drafts import left_out_reasons
from issuance.jobs import recipients
from issuance.jobs.failure_reasons import reason_of
from issuance.jobs.recipients import Outcome
from issuance.models import Batch, Issuance, Recipient, RejectedLine
from issuance.states import BatchState, IssuanceState

MOST_LINES = 50
"""A guest who is on more lists than that sees the latest."""

PLACES = {
    Outcome.ISSUED: Place.ISSUED,
    Outcome.FAILED: Place.FAILED,
    Outcome.UNKNOWN: Place.UNKNOWN,
    Outcome.REVOKED: Place.REVOKED,
    Outcome.IN_PROGRESS: Place.IN_PROGRESS,
    Outcome.NOT_SENT: Place.WAITING,
    Outcome.HELD_BACK: Place.HELD_BACK,
}


def listings_of(*, merchant: Merchant, fingerprints: Sequence[bytes]) -> list[Listing]:
    """Return the lines that name a guest, the latest issuance first. At most five queries, however many guests."""
    if not fingerprints:
        return []
    found = _sent(merchant, fingerprints) + _left_out(merchant, fingerprints)
    return sorted(found, key=lambda one: (-one.at.timestamp(), -one.issuance_id, one.line))


def _sent(merchant: Merchant, fingerprints: Sequence[bytes]) -> list[Listing]:
    # The latest by primary key: an issuance's recipients are written at once, so this is the latest list, too.
    named = Recipient.objects.filter(fingerprint__in=fingerprints).order_by("-pk")
    keys = list(named.values_list("pk", flat=True)[:MOST_LINES])
    rows = [
        row
        for row in recipients.rows_of(keys).select_related("batch__variant", "batch__issuance__campaign")
        if row.batch.issuance.merchant_id == merchant.pk and row.batch.issuance.state != IssuanceState.DISCARDED
    ]
    batches = list({row.batch_id: row.batch for row in rows}.values())
    shares = recipients.shares_of(batches) if batches else []
    return [listing_of(row, recipients.outcome_of(row, shares=shares)) for row in rows]


def listing_of(row: Recipient, outcome: Outcome) -> Listing:
    """Return what a recipient of `roster.rows_of`, with its batch and issuance, says of the guest."""
    batch, issuance = row.batch, row.batch.issuance
    code = getattr(row, "failure_code", None) or ""
    place = _place(batch, issuance, outcome)
    failure = reason_of(code) if code and place is Place.FAILED else None
    return Listing(
        issuance_id=issuance.pk,
        campaign_id=issuance.campaign_id,
        campaign=issuance.campaign.name or UNTITLED,
        place=place,
        at=issuance.confirmed_at or issuance.created_at,
        line=row.line,
        arm=batch.variant.name,
        job=None if place is Place.HELD_BACK else batch.number,
        code=code,
        reason=failure.title if failure else "",
        todo=failure.todo if failure else "",
        revoked_at=batch.revoked_at,
        is_being_revoked=batch.state in (BatchState.REVOKE_QUEUED, BatchState.REVOKING),
    )


def _place(batch: Batch, issuance: Issuance, outcome: Outcome) -> Place:
    if issuance.state != IssuanceState.CONFIRMED:
        return Place.DRAFT
    if outcome is Outcome.NOT_SENT and batch.state == BatchState.STOPPED:
        return Place.STOPPED
    return PLACES[outcome]


def _left_out(merchant: Merchant, fingerprints: Sequence[bytes]) -> list[Listing]:
    rows = (
        RejectedLine.objects.filter(fingerprint__in=fingerprints, issuance__merchant=merchant)
        .exclude(issuance__state=IssuanceState.DISCARDED)
        .select_related("issuance__campaign")
        .order_by("-pk")[:MOST_LINES]
    )
    return [
        Listing(
            issuance_id=row.issuance_id,
            campaign_id=row.issuance.campaign_id,
            campaign=row.issuance.campaign.name or UNTITLED,
            place=Place.LEFT_OUT,
            at=row.issuance.confirmed_at or row.issuance.created_at,
            line=row.line,
            code=row.reason,
            reason=left_out_reasons.of_line(row.reason).title,
            todo=left_out_reasons.of_line(row.reason).todo,
            kept_line=row.kept_line,
        )
        for row in rows
    ]
