"""The step that deletes what Thanx answered about guests, ten minutes after the answer."""

from engine.clock import Clock, now
from engine.leases import claim_one
from guests.models import CachedGuest


def delete_expired_guests_from_cache(*, clock: Clock = now) -> bool:
    """Delete all expired rows. Return whether there was one.

    A worker that dies before the deletion leaves the rows due. A row that a new search has refreshed is not expired.
    """
    at = clock()
    if claim_one(CachedGuest.objects.all(), at=at) is None:
        return False
    CachedGuest.objects.filter(expires_at__lte=at).delete()
    return True
