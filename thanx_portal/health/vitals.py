"""How the installation is: the facts behind the health page, /readyz and /metrics, from our own rows.

Each fact costs a fixed number of queries, and calls nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.apps import apps
from django.conf import settings
from django.db.models import Count, Min

from campaigns.models import Campaign
from campaigns.states import CampaignState
from engine import heartbeat
from engine.leases import Leased
from issuance.models import Batch
from issuance.states import BatchState
from partner_api import connect
from partner_api.errors import Withheld
from partner_api.models import Exchange

SILENT_AFTER = timedelta(minutes=1)
"""A request also ends without an answer when its turn comes too late; silence is when that lasts."""


@dataclass(frozen=True, kw_only=True)
class Workers:
    """How many workers are alive, and when the last sign of one was."""

    alive: int
    heard_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Partner:
    """The latest answer of Thanx's host, and the latest request since then that got none."""

    host: str
    answered_at: datetime | None
    ms: int
    failed_at: datetime | None

    @property
    def is_silent(self) -> bool:
        """Whether it was asked and does not answer. One that was never asked is not silent."""
        if self.failed_at is None:
            return False
        return self.answered_at is None or self.failed_at - self.answered_at > SILENT_AFTER


@dataclass(frozen=True, kw_only=True)
class Work:
    """The due rows of one kind that nobody has taken, and since when the oldest of them waits."""

    kind: str
    due: int
    oldest: datetime | None

    def is_overdue(self, *, at: datetime) -> bool:
        """Whether its oldest row has waited for longer than workers need to get at it."""
        return self.oldest is not None and at - self.oldest >= settings.OVERDUE_AFTER


def workers(*, at: datetime) -> Workers:
    """Return who works."""
    return Workers(alive=heartbeat.count_alive(at=at), heard_at=heartbeat.last_heard())


def partner() -> Partner:
    """Return when Thanx was heard. Any status is an answer, a 500 too."""
    host = connect.environment().host
    newest_first = Exchange.objects.filter(host=host).order_by("-at")
    answered = newest_first.exclude(status=None).values("at", "ms").first()
    # Only what is newer: without that bound the look for a failure would read the whole ledger.
    since = newest_first.filter(at__gt=answered["at"]) if answered else newest_first
    # What we withheld ourselves says nothing of the host.
    failed = (
        since.filter(status=None).exclude(error_class__in=["", Withheld.__name__]).values_list("at", flat=True).first()
    )
    return Partner(
        host=host,
        answered_at=answered["at"] if answered else None,
        ms=(answered["ms"] or 0) if answered else 0,
        failed_at=failed,
    )


def work(*, at: datetime) -> Iterator[Work]:
    """Yield for each kind of row that is its own job what is due. One query each.

    A row that somebody holds is due when its lease ends, so holding it does not count as waiting.
    """
    for model in apps.get_models():
        if issubclass(model, Leased):
            due = model._base_manager.filter(due_at__lte=at).aggregate(number=Count("pk"), oldest=Min("due_at"))
            yield Work(kind=str(model._meta.verbose_name_plural), due=due["number"], oldest=due["oldest"])


def unknown_since() -> datetime | None:
    """Return when the oldest call was first sent of which we do not know whether it was done; None without any."""
    doubtful = Batch.objects.filter(maybe_sent=True, state__in=[BatchState.QUEUED, BatchState.NEEDS_ATTENTION])
    unsure = Campaign.objects.filter(state=CampaignState.UNSURE)
    oldest = [rows.aggregate(oldest=Min("first_attempt_at"))["oldest"] for rows in (doubtful, unsure)]
    return min((moment for moment in oldest if moment is not None), default=None)


def unknown_for_long(since: datetime | None, *, at: datetime) -> bool:
    """Whether an unknown outcome should have been cleared up by itself long ago."""
    return since is not None and at - since >= settings.UNKNOWN_AFTER
