"""Recoveries that are due become one issuance, which is read, confirmed and watched like every other.

The step takes one part at a time, each its own transaction that leaves behind where to go on: dying between two of them
loses nobody and doubles nobody. What takes a decision waits for a person: nothing is decided here that somebody would
have to decide elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction

from accounts.models import Role, User
from engine.clock import Clock, now
from engine.leases import LeaseLost, claim_one, finish
from engine.moves import IllegalMove, Overtaken
from guests.models import Recovery, RecoveryBatch
from guests.recovery import plans
from guests.recovery.recovery import PURPOSE, Standing, why_closed
from guests.recovery.results import settle_batch, watch_batch
from issuance.drafts import drafts
from issuance.models import Issuance, Origin
from issuance.sending import confirmation, dry_run, grace, role_limits
from issuance.states import IssuanceState
from lists import uploads
from vault.sealing import Unsealable, unseal

SOON = timedelta(seconds=2)
LOOK_AGAIN = timedelta(minutes=1)
WHEN_FULL = timedelta(minutes=1)
FILE_NAME = "guests from feedback"

NOBODY_MAY = "Whoever queued these guests may not issue any more. Somebody else has to look at it and confirm."
TO_BE_TYPED = "It is so large that somebody has to type the number of rewards."
UNREADABLE = "The guests could not be read. Look at the draft."
FOR_APPROVAL = "It waits for somebody’s approval."
LOST = "What was kept of the guest can no longer be opened."


def advance_one_recovery_batch(*, clock: Clock = now) -> bool:
    """Do the next part of the batch that has waited longest. Return whether there was one."""
    rows = RecoveryBatch.objects.filter(done_at=None)
    batch = claim_one(rows.select_related("merchant", "variant__campaign", "issuance__campaign"), at=clock())
    if batch is None:
        return False
    try:
        _advance(batch, at=clock())
    except (LeaseLost, Overtaken, IllegalMove):
        return True  # somebody else has it by now: another worker, or a person who changed the draft
    return True


def _advance(batch: RecoveryBatch, *, at: datetime) -> None:
    issuance = batch.issuance
    if issuance is None:
        _begin(batch, at=at)
        return
    issuance.merchant = issuance.campaign.merchant = batch.merchant
    match IssuanceState(issuance.state):
        case IssuanceState.DRAFT:
            _add_guests(batch, issuance, at=at)
        case IssuanceState.READING:
            finish(batch, due_at=at + SOON)
        case IssuanceState.READY:
            _confirm(batch, issuance, at=at)
        case IssuanceState.UNREADABLE:
            _leave_to_a_person(batch, UNREADABLE, at=at)
        case IssuanceState.WAITING_FOR_APPROVAL:
            _leave_to_a_person(batch, FOR_APPROVAL, at=at)
        case IssuanceState.CONFIRMED | IssuanceState.DISCARDED:
            _conclude(batch, issuance, at=at)


# --- The parts ------------------------------------------------------------------------------------------------


def _begin(batch: RecoveryBatch, *, at: datetime) -> None:
    """Begin the issuance; from here on nobody joins and nobody is taken out."""
    with transaction.atomic():
        plans.locked_plan(batch.merchant)
        if not queued_of(batch):
            finish(batch, due_at=None, done_at=at)
            return
        if closed := why_closed(batch.variant, at=at):
            queued = Recovery.objects.filter(batch=batch, standing=Standing.QUEUED)
            queued.update(standing=Standing.MISSED, reason=closed, settled_at=at, sealed_identifier=b"")
            finish(batch, due_at=None, done_at=at)
            return
        campaign = batch.variant.campaign
        campaign.merchant = batch.merchant
        who = decider_of(batch)
        issuance = drafts.start(campaign=campaign, only_variant=batch.variant, by=who, at=at, origin=Origin.FEEDBACK)
        finish(batch, due_at=at, issuance=issuance)


def _add_guests(batch: RecoveryBatch, issuance: Issuance, *, at: datetime) -> None:
    """Add everybody as a file of one column, as somebody adds a single guest."""
    lines = []
    for recovery in queued_of(batch):
        try:
            lines.append(unseal(recovery.sealed_identifier, purpose=PURPOSE).decode())
        except Unsealable:
            lost = {"standing": Standing.MISSED, "reason": LOST, "settled_at": at}
            Recovery.objects.filter(pk=recovery.pk, standing=Standing.QUEUED).update(**lost)
    if not lines:
        drafts.discard(issuance=issuance, by=None, at=at)
        finish(batch, due_at=at)
        return
    file = ContentFile("".join(f"{line}\n" for line in lines).encode())
    said: dict[str, Any] = {"mapping": {"email": 0, "phone": 0}, "header_row": 0}
    try:
        drafts.add_file(issuance=issuance, file=file, name=FILE_NAME, by=issuance.created_by, at=at, **said)
    except uploads.NoRoom:
        finish(batch, due_at=at + WHEN_FULL)
    else:
        finish(batch, due_at=at)


def _confirm(batch: RecoveryBatch, issuance: Issuance, *, at: datetime) -> None:
    """Let the rewards go out if whoever decides for the batch might do so alone; else leave it to a person."""
    run = dry_run.rehearsed(issuance)
    if batch.problem:
        _leave_to_a_person(batch, batch.problem, at=at)
        return
    if not run.rewards:
        drafts.discard(issuance=issuance, by=None, at=at)  # everybody was left out, each for a reason that is kept
        finish(batch, due_at=at)
        return
    who = decider_of(batch)
    role = role_limits.role_of(who, merchant=batch.merchant) if who else None
    if who is None or role is None:
        _leave_to_a_person(batch, NOBODY_MAY, at=at)
        return
    if role_limits.is_typed(role, run.size):
        _leave_to_a_person(batch, TO_BE_TYPED, at=at)
        return
    try:
        confirmation.confirm(issuance=issuance, by=who, at=at, grace=grace.grace_for(rewards=run.rewards))
    except confirmation.ReadAgain:
        finish(batch, due_at=at + SOON)
    except confirmation.NotConfirmable as refusal:
        _leave_to_a_person(batch, str(refusal), at=at)
    else:
        finish(batch, due_at=at)


def _leave_to_a_person(batch: RecoveryBatch, problem: str, *, at: datetime) -> None:
    """Wait until somebody has confirmed or discarded the draft, and say for what."""
    finish(batch, due_at=at + LOOK_AGAIN, problem=problem[:300])


def _conclude(batch: RecoveryBatch, issuance: Issuance, *, at: datetime) -> None:
    """Write down who joined, and then wait until it is known what became of them."""
    if queued_of(batch):
        with transaction.atomic():
            settle_batch(batch, issuance, at=at)
            finish(batch, due_at=at + LOOK_AGAIN, problem="")
        return
    due_at = watch_batch(batch, issuance, at=at)
    finish(batch, due_at=due_at, done_at=at if due_at is None else None, problem="")


# --- Who --------------------------------------------------------------------------------------------------------


def queued_of(batch: RecoveryBatch) -> Sequence[Recovery]:
    """Return those who wait in a batch, in the order they were queued."""
    return list(Recovery.objects.filter(batch=batch, standing=Standing.QUEUED).select_related("by").order_by("pk"))


def decider_of(batch: RecoveryBatch) -> User | None:
    """Return in whose name a batch is confirmed: of those who queued guests, whoever may decide least.

    None when one of them may not issue here any more: then somebody else has to.
    """
    people = {recovery.by for recovery in queued_of(batch)}
    roles = {person: role_limits.role_of(person, merchant=batch.merchant) for person in people}
    able = {
        person: role
        for person, role in roles.items()
        if person.is_active and role is not None and role >= Role.MARKETER
    }
    if not able or len(able) < len(people):
        return None
    return min(able, key=lambda person: (able[person], person.pk))
