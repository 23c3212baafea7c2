"""The step that turns a due batch of recoveries into one issuance: read, confirmed and watched like every other.

It does one part at a time. Each part is a transaction that records where the next one begins, so that a worker that
dies between two parts loses no guest and doubles none. Decisions that a user takes for other issuances are left to a
user here, too.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.db import transaction

from accounts.models import User
from accounts.permissions import Act, rights, role_of
from engine.clock import Clock, now
from engine.leases import LeaseLost, claim_one, finish
from engine.moves import IllegalMove, Overtaken
from guests.models import Recovery, RecoveryBatch
from guests.recovery import plans
from guests.recovery.recovery import PURPOSE, Standing, why_closed
from guests.recovery.results import settle_batch, watch_batch
from issuance.drafts import drafts
from issuance.models import Issuance, Origin
from issuance.sending import confirmation, dry_run, grace, refusals, role_limits
from issuance.states import IssuanceState
from lists import uploads
from vault.sealing import Unsealable, unseal

SOON, LOOK_AGAIN = timedelta(seconds=2), timedelta(minutes=1)

MAY_NOT_ISSUE_ANY_MORE = (
    "The user who queued these guests may not issue any more. Another user has to look at it and confirm."
)


def advance_one_recovery_batch(*, clock: Clock = now) -> bool:
    """Do the next part of the batch that has waited longest. Return whether a batch was due."""
    rows = RecoveryBatch.objects.filter(done_at=None)
    batch = claim_one(rows.select_related("merchant", "variant__campaign", "issuance__campaign"), at=clock())
    if batch is None:
        return False
    with suppress(LeaseLost, Overtaken, IllegalMove):  # another worker claimed the batch, or a user changed the draft
        _advance(batch, at=clock())
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
            _leave_to_a_user(batch, "The guests could not be read. Look at the draft.", at=at)
        case IssuanceState.WAITING_FOR_APPROVAL:
            _leave_to_a_user(batch, "It waits for an approval.", at=at)
        case IssuanceState.CONFIRMED | IssuanceState.DISCARDED:
            _conclude(batch, issuance, at=at)


def _begin(batch: RecoveryBatch, *, at: datetime) -> None:
    """Begin the issuance. From now on no guest joins the batch and none is taken out."""
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
        decider = decider_of(batch)
        issuance = drafts.start(
            campaign=campaign, only_variant=batch.variant, by=decider, at=at, origin=Origin.FEEDBACK
        )
        finish(batch, due_at=at, issuance=issuance)


def _add_guests(batch: RecoveryBatch, issuance: Issuance, *, at: datetime) -> None:
    """Add the guests to the draft, as a file of one column."""
    lines = []
    for recovery in queued_of(batch):
        try:
            lines.append(unseal(recovery.sealed_identifier, purpose=PURPOSE).decode())
        except Unsealable:
            reason = "What was kept of the guest can no longer be opened."
            lost = {"standing": Standing.MISSED, "reason": reason, "settled_at": at}
            Recovery.objects.filter(pk=recovery.pk, standing=Standing.QUEUED).update(**lost)
    if not lines:
        drafts.discard(issuance=issuance, by=None, at=at)
        finish(batch, due_at=at)
        return
    file = ContentFile("".join(f"{line}\n" for line in lines).encode())
    said: dict[str, Any] = {"name": "guests from feedback", "mapping": {"email": 0, "phone": 0}, "header_row": 0}
    try:
        drafts.add_file(issuance=issuance, file=file, by=issuance.created_by, at=at, **said)
    except uploads.NoRoom:
        finish(batch, due_at=at + LOOK_AGAIN)
    else:
        finish(batch, due_at=at)


def _confirm(batch: RecoveryBatch, issuance: Issuance, *, at: datetime) -> None:
    """Confirm the issuance in the decider's name if the decider may do so alone; else leave it to a user."""
    run = dry_run.of_issuance(issuance)
    if batch.problem:
        _leave_to_a_user(batch, batch.problem, at=at)
        return
    if not run.rewards:
        drafts.discard(issuance=issuance, by=None, at=at)  # all guests were left out; `settle_batch` keeps the reasons
        finish(batch, due_at=at)
        return
    decider = decider_of(batch)
    role = role_of(decider, merchant=batch.merchant) if decider else None
    if decider is None or role is None:
        _leave_to_a_user(batch, MAY_NOT_ISSUE_ANY_MORE, at=at)
        return
    if role_limits.is_typed(role, run.size):
        _leave_to_a_user(batch, "It is so large that a user has to type the number of rewards.", at=at)
        return
    try:
        confirmation.confirm(issuance=issuance, by=decider, at=at, grace=grace.grace_for(rewards=run.rewards))
    except refusals.ReadAgain:
        finish(batch, due_at=at + SOON)
    except refusals.CannotConfirm as refusal:
        _leave_to_a_user(batch, str(refusal), at=at)
    else:
        finish(batch, due_at=at)


def _leave_to_a_user(batch: RecoveryBatch, problem: str, *, at: datetime) -> None:
    """Wait until a user has confirmed or discarded the draft; `problem` says what to decide."""
    finish(batch, due_at=at + LOOK_AGAIN, problem=problem[:300])


def _conclude(batch: RecoveryBatch, issuance: Issuance, *, at: datetime) -> None:
    """Record which guests joined the issuance, then wait for their results."""
    if queued_of(batch):
        with transaction.atomic():
            settle_batch(batch, issuance, at=at)
            finish(batch, due_at=at + LOOK_AGAIN, problem="")
        return
    due_at = watch_batch(batch, issuance, at=at)
    finish(batch, due_at=due_at, done_at=at if due_at is None else None, problem="")


# --- Who --------------------------------------------------------------------------------------------------------


def queued_of(batch: RecoveryBatch) -> Sequence[Recovery]:
    """Return the recoveries that are queued in a batch, in their order."""
    return list(Recovery.objects.filter(batch=batch, standing=Standing.QUEUED).select_related("by").order_by("pk"))


def decider_of(batch: RecoveryBatch) -> User | None:
    """Return the user in whose name a batch is confirmed: of those who queued its guests, the one with the lowest role.

    None if one of them may not issue here any more: then another user has to confirm.
    """
    users = {recovery.by for recovery in queued_of(batch)}
    found = {user: rights(user, batch.merchant) for user in users}
    able = {user: each.role for user, each in found.items() if each.role is not None and each.may(Act.ISSUE)}
    if not able or len(able) < len(users):
        return None
    return min(able, key=lambda user: (able[user], user.pk))
