"""What is going on now: the running issuances, how fresh their figures are, and one sentence about both."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from issuance.models import Batch, Issuance
from issuance.states import AT_WORK, IssuanceState

MOST_RUNNING = 10


def running_of(issuances: QuerySet[Issuance]) -> QuerySet[Issuance]:
    """Return the issuances whose file is being read or whose jobs are under way."""
    at_work = Exists(Batch.objects.filter(issuance=OuterRef("pk"), state__in=sorted(AT_WORK)))
    return issuances.filter(Q(state=IssuanceState.READING) | Q(at_work, state=IssuanceState.CONFIRMED))


def heard_at(running: Iterable[Issuance]) -> datetime | None:
    """Return when Thanx last reported on a job of these issuances; None if never."""
    heard: datetime | None = Batch.objects.filter(issuance__in=list(running)).aggregate(at=Max("seen_at"))["at"]
    return heard


def sentence_of(*, running: int, needing: int) -> str:
    """Return the lede of a home page: how many issuances run and how many things need the user."""
    runs = {0: "Nothing is running", 1: "One issuance is running"}.get(running, f"{running} issuances are running")
    asks = {0: "nothing needs you", 1: "one thing needs you"}.get(needing, f"{needing} things need you")
    return f"{runs}, and {asks}." if running == needing == 0 or needing else f"{runs}; {asks}."
