"""The step that erases what has come to the end of its lifetime, merchant by merchant."""

from datetime import datetime, timedelta

from accounts import housekeeping
from campaigns.models import Merchant
from engine.clock import Clock, now
from engine.leases import claim_one, finish, renewing
from guests.lifetimes.lists import erase_some_lists
from guests.lifetimes.single_guests import erase_some_guests
from guests.models import Keeping, RecoveryBatch
from issuance.lifetimes.erasing_step import erase_one_issuance
from results.outcome_lifetimes import erase_some_outcomes
from vault.stored_files import delete_stray_files

EVERY = timedelta(minutes=5)
SWEEP_EVERY = timedelta(hours=6)


def erase_what_is_over(*, clock: Clock = now) -> bool:
    """Erase one unit. Return whether it was time to look: at once after a unit, else every five minutes."""
    Keeping.objects.get_or_create(pk=1, defaults={"due_at": clock()})
    row = claim_one(Keeping.objects.all(), at=clock())
    if row is None:
        return False
    with renewing(row, clock=clock):
        found = any(_erase_one_unit(merchant, at=clock()) for merchant in Merchant.objects.order_by("pk"))
        swept_at = row.swept_at
        if not found and (swept_at is None or clock() - swept_at >= SWEEP_EVERY):
            swept_at = clock()
            delete_stray_files(at=swept_at)
            housekeeping.delete_what_is_over(at=swept_at)
    finish(row, due_at=clock() + (timedelta(0) if found else EVERY), swept_at=swept_at, correlation="")
    return True


def _erase_one_unit(merchant: Merchant, *, at: datetime) -> bool:
    return (
        erase_one_issuance(merchant=merchant, at=at, without=_of_open_recoveries(merchant))
        or erase_some_guests(merchant=merchant, at=at)
        or erase_some_outcomes(merchant=merchant, at=at)
        or erase_some_lists(merchant=merchant, at=at)
    )


def _of_open_recoveries(merchant: Merchant) -> list[int]:
    """Return the issuances whose guests still wait for the reason why they got nothing."""
    waiting = RecoveryBatch.objects.filter(merchant=merchant, done_at=None).exclude(issuance=None)
    return [pk for pk in waiting.values_list("issuance", flat=True) if pk is not None]
