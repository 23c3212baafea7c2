"""The locks of issuing, in the order in which they are taken."""

from __future__ import annotations

from engine.one_at_a_time import take_turn
from issuance.models import Issuance


def lock(issuance: Issuance) -> Issuance:
    """Return an issuance as it stands now, having waited for one's turn, which lasts for the rest of the transaction.

    Whoever retries, corrects or settles its failures, or has its rewards revoked or issued anew, goes one by one. Its
    row is not locked: these want its jobs next, and whoever writes how a job ended wants them the other way round.
    """
    take_turn(at="issuance", key=issuance.pk)
    return Issuance.objects.get(pk=issuance.pk)
