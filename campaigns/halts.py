"""Stop all sending of one merchant or of the whole installation, and let it go on.

While a halt is in force, no reward is issued, no campaign is created and no guest is subscribed. Not even a call of
unknown outcome is repeated. Jobs at Thanx are still polled and revoked. What is due waits and loses nothing.
"""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from accounts import audit
from accounts.models import User
from campaigns.models import Campaign, Halt, Merchant
from campaigns.states import CampaignState

LONGEST_REASON = 500


class HaltReasonMissing(Exception):
    """A halt needs a reason: every user who finds that nothing is sent must be able to read why."""


class SwitchedAlready(Exception):
    """Another user was first: sending is stopped already, or goes on already."""


def in_force(merchant: Merchant | None) -> list[Halt]:
    """Return the halts in force for a merchant, the installation's first; for None, the installation's only."""
    rows = Halt.objects.in_force().select_related("by", "merchant")
    return sorted(rows.filter(_over(merchant)), key=lambda halt: halt.merchant_id is not None)


def is_halted(merchant_id: int) -> bool:
    """Whether a halt is in force for a merchant at this moment. One query."""
    return Halt.objects.in_force().filter(_over(merchant_id)).exists()


def is_halted_for_sure(merchant_id: int) -> bool:
    """Whether a halt is in force for a merchant. If so, it stays in force for the rest of this transaction."""
    return bool(Halt.objects.in_force().filter(_over(merchant_id)).select_for_update(of=("self",)))


def words(halt: Halt) -> str:
    """Return a sentence that says whose sending is stopped, by which user and why."""
    whose = "all merchants" if halt.merchant is None else halt.merchant.name
    return f"All sending of {whose} is stopped by {halt.by or 'the command line'}: {halt.reason}"


def stop(*, merchant: Merchant | None, by: User | None, at: datetime, reason: str) -> Halt:
    """Stop all sending of a merchant, or of the installation for None. Raises HaltReasonMissing, SwitchedAlready."""
    reason = reason.strip()[:LONGEST_REASON]
    if not reason:
        raise HaltReasonMissing
    try:
        with transaction.atomic():
            halt = Halt.objects.create(merchant=merchant, by=by, at=at, reason=reason)
            audit.record(action="sending.stopped", on=halt, by=by, at=at)
    except IntegrityError:
        raise SwitchedAlready from None
    return halt


def lift(*, merchant: Merchant | None, by: User | None, at: datetime) -> Halt:
    """End a halt. Call it in the transaction that makes due again what has waited. Raises SwitchedAlready.

    A merchant's halt and the installation's end one by one: each was a decision of its own.
    """
    merchant_id = merchant.pk if merchant else None
    standing = Halt.objects.in_force().select_for_update(of=("self",)).order_by("pk")
    halt = next((halt for halt in standing if halt.merchant_id == merchant_id), None)
    if halt is None:
        raise SwitchedAlready
    Halt.objects.filter(pk=halt.pk).update(lifted_by=by, lifted_at=at)
    waiting = Campaign.objects.filter(state=CampaignState.QUEUED, due_at=None, lease_token=None)
    within(waiting, merchant).update(due_at=at)
    audit.record(action="sending.resumed", on=halt, by=by, at=at)
    return halt


def within(rows: QuerySet[Campaign], merchant: Merchant | None) -> QuerySet[Campaign]:
    """Return the campaigns that a halt of this merchant, or of the installation for None, holds back."""
    return rows if merchant is None else rows.filter(merchant=merchant)


def _over(merchant: Merchant | int | None) -> Q:
    return Q(merchant=None) if merchant is None else Q(merchant=None) | Q(merchant=merchant)
