"""Erase one guest at a merchant: at once where nothing needs the guest, later where something does. With a receipt."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from accounts import audit
from accounts.models import User
from campaigns.models import Merchant
from engine import correlation
from engine.clock import Clock, now
from engine.leases import claim_one, finish, renewing
from guests.erasure.from_guests import erase_exclusions, erase_from_guests
from guests.erasure.from_issuances import Outcome, erase_from_issuances
from guests.erasure.known_guest import known_guest
from guests.lookup.lookup import NotAnIdentifier
from guests.models import GuestErasure
from issuance.jobs.guest_search import query_of
from vault.fields import purpose_of
from vault.sealing import seal, unseal

PURPOSE = purpose_of(GuestErasure, "sealed_guest")
TRY_AGAIN = timedelta(hours=6)


def ask_to_erase(
    *, merchant: Merchant, typed: Sequence[str], exclusions_too: bool, by: User | None, at: datetime
) -> GuestErasure:
    """Have a guest erased; a step does it. Raises NotAnIdentifier."""
    if not typed or not all(query_of(text, merchant=merchant).fingerprints for text in typed):
        raise NotAnIdentifier
    with transaction.atomic():
        asked = GuestErasure.objects.create(
            merchant=merchant,
            sealed_guest=seal(json.dumps(list(typed)).encode(), purpose=PURPOSE),
            exclusions_too=exclusions_too,
            asked_by=by,
            asked_at=at,
            due_at=at,
            correlation=correlation.current(),
        )
        audit.record(
            action="guest's erasure asked for", on=asked, by=by, at=at, guests=1, exclusions_too=exclusions_too
        )
    return asked


def erase_one_guest(*, clock: Clock = now) -> bool:
    """Erase the guest who has waited longest, as far as nothing needs the guest. Return whether there was one."""
    row = claim_one(GuestErasure.objects.select_related("merchant", "asked_by"), at=clock())
    if row is None:
        return False
    with renewing(row, clock=clock):
        outcome = _erase(row, at=clock())
    _record(row, outcome, at=clock())
    return True


def _erase(row: GuestErasure, *, at: datetime) -> Outcome:
    typed: list[str] = json.loads(unseal(row.sealed_guest, purpose=PURPOSE))
    guest, outcome = known_guest(merchant=row.merchant, typed=typed), Outcome()
    erase_from_issuances(guest, outcome, by=row.asked_by, at=at)
    erase_from_guests(guest, outcome, at=at)
    erase_exclusions(guest, outcome, too=row.exclusions_too)
    return outcome


def _record(row: GuestErasure, outcome: Outcome, *, at: datetime) -> None:
    """Write the receipt. What waits for something is tried again; an exclusion stays, so nothing waits for it."""
    rows = {table: row.rows.get(table, 0) + count for table, count in outcome.rows.items()}
    rows = {table: count for table, count in {**row.rows, **rows}.items() if count}
    waits = [one for one in outcome.kept if not one["what"].startswith("exclusion list")]
    done = {"sealed_guest": b"", "done_at": at} if not waits else {}
    with transaction.atomic():
        facts = {"rows": rows, "kept": outcome.kept, "tried_at": at, **done}
        finish(row, due_at=at + TRY_AGAIN if waits else None, **facts)
        audit.record(
            action="guest erased" if done else "guest erased in part",
            on=row,
            by=row.asked_by,
            at=at,
            guests=1,
            rows=rows,
            kept=len(outcome.kept),
        )
