"""What Thanx said of guests is kept for ten minutes and not longer, whether or not anybody searches again."""

from __future__ import annotations

from engine.clock import Clock, now
from engine.leases import claim_one
from guests.models import Glance


def forget_expired_glances(*, clock: Clock = now) -> bool:
    """Delete every look at a guest whose time is over. Return whether there was one.

    Who dies in between leaves them due. One that somebody has refreshed meanwhile has not expired, and stays.
    """
    at = clock()
    if claim_one(Glance.objects.all(), at=at) is None:
        return False
    Glance.objects.filter(expires_at__lte=at).delete()
    return True
