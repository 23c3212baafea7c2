"""The facts behind the health page, /readyz and /metrics, read from our own rows in a fixed number of queries."""

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
"""A single call may get no answer, for want of budget too; the host is silent only if that lasts so long."""


@dataclass(frozen=True, kw_only=True)
class Workers:
    """How many workers are alive, and the latest heartbeat of any."""

    alive: int
    heard_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Partner:
    """The latest answer of Thanx's host (`ms`: how long it took), and the latest call since then that got none."""

    host: str
    answered_at: datetime | None
    ms: int
    failed_at: datetime | None

    @property
    def is_silent(self) -> bool:
        """Whether calls have gone unanswered for SILENT_AFTER. A host that was never called is not silent."""
        if self.failed_at is None:
            return False
        return self.answered_at is None or self.failed_at - self.answered_at > SILENT_AFTER


@dataclass(frozen=True, kw_only=True)
class Work:
    """The due rows of one kind that no worker has claimed, and since when the oldest is due."""

    kind: str
    due: int
    oldest: datetime | None

    def is_overdue(self, *, at: datetime) -> bool:
        """Whether the oldest row has been due for OVERDUE_AFTER."""
        return self.oldest is not None and at - self.oldest >= settings.OVERDUE_AFTER


def workers(*, at: datetime) -> Workers:
    """Return the state of the workers."""
    return Workers(alive=heartbeat.count_alive(at=at), heard_at=heartbeat.last_heard())


def partner() -> Partner:
    """Return when Thanx answered last. Any status is an answer, even 500."""
    host = connect.environment().host
    newest_first = Exchange.objects.filter(host=host).order_by("-at")
    answered = newest_first.exclude(status=None).values("at", "ms").first()
    # Only newer rows: otherwise the search for a failure reads the whole ledger.
    since = newest_first.filter(at__gt=answered["at"]) if answered else newest_first
    # A call that we withheld says nothing about the host.
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
    """Yield the due work of each leased model, in one query each.

    A leased row is due when its lease ends, so a claimed row does not count as waiting.
    """
    for model in apps.get_models():
        if issubclass(model, Leased):
            due = model._base_manager.filter(due_at__lte=at).aggregate(number=Count("pk"), oldest=Min("due_at"))
            yield Work(kind=str(model._meta.verbose_name_plural), due=due["number"], oldest=due["oldest"])


def unknown_since() -> datetime | None:
    """Return when the oldest call with an unknown outcome was first sent; None if there is none."""
    doubtful = Batch.objects.filter(maybe_sent=True, state__in=[BatchState.QUEUED, BatchState.NEEDS_ATTENTION])
    unsure = Campaign.objects.filter(state=CampaignState.UNSURE)
    oldest = [rows.aggregate(oldest=Min("first_attempt_at"))["oldest"] for rows in (doubtful, unsure)]
    return min((moment for moment in oldest if moment is not None), default=None)


def unknown_for_long(since: datetime | None, *, at: datetime) -> bool:
    """Whether an unknown outcome has lasted for UNKNOWN_AFTER; retries usually settle it much sooner."""
    return since is not None and at - since >= settings.UNKNOWN_AFTER
