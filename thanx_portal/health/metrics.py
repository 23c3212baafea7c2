"""The metrics for Prometheus, read from rows at each scrape, so that every web process gives the same numbers.

Exchanges and deliveries are read for the last 15 minutes only; the budget bounds their number. A scrape makes a fixed
number of queries.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Model, TextChoices
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from campaigns.models import Campaign, Halt
from campaigns.states import CampaignState
from issuance import ledger
from issuance.jobs import webhook_inbox
from issuance.models import Batch, Delivery, Issuance
from issuance.models.observed import DeliveryState
from issuance.states import AT_WORK, BatchState, IssuanceState
from partner_api import connect
from partner_api.models import Exchange
from thanx_portal.health import vitals

WINDOW = timedelta(minutes=15)
LATELY = "in the last 15 minutes"
Samples = Iterable[tuple[Sequence[str], float]]


class PortalCollector(Collector):
    """All metrics as they are at one moment."""

    def __init__(self, *, at: datetime) -> None:
        self._at = at

    def collect(self) -> Iterator[Metric]:
        """Yield every metric. An age is 0 if there is no such row."""
        yield from _workers(at=self._at)
        yield from _work(at=self._at)
        yield from _states()
        yield from _held()
        yield from _people()
        yield from _exchanges(since=self._at - WINDOW)
        yield from _budget(at=self._at)
        yield from _deliveries(since=self._at - WINDOW)


def exposition(*, at: datetime, accept: str) -> tuple[bytes, str]:
    """Return all metrics in the format that the scraper accepts, and its content type."""
    registry = CollectorRegistry()
    registry.register(PortalCollector(at=at))
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


def _gauge(name: str, what: str, samples: Samples, *, labels: Sequence[str] = ()) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"thanx_portal_{name}", what, labels=labels)
    for values, number in samples:
        family.add_metric(values, number)
    return family


def _workers(*, at: datetime) -> Iterator[Metric]:
    found = vitals.workers(at=at)
    yield _gauge("workers", "Workers that are alive.", [((), found.alive)])
    heard = _age(found.heard_at, at=at)
    yield _gauge("worker_heard_seconds", "Time since any worker was heard last.", [((), heard)])


def _work(*, at: datetime) -> Iterator[Metric]:
    rows = list(vitals.work(at=at))
    due = [((work.kind,), work.due) for work in rows]
    oldest = [((work.kind,), _age(work.oldest, at=at)) for work in rows]
    unknown = _age(vitals.unknown_since(), at=at)
    yield _gauge("due_rows", "Due rows that no worker has claimed.", due, labels=["kind"])
    yield _gauge("oldest_due_seconds", "How long the oldest due row has waited.", oldest, labels=["kind"])
    yield _gauge("oldest_unknown_seconds", "Age of the oldest call with an unknown outcome.", [((), unknown)])


def _states() -> Iterator[Metric]:
    by_state: dict[str, tuple[type[Model], type[TextChoices], str]] = {
        "batches": (Batch, BatchState, "Batches by state."),
        "campaigns": (Campaign, CampaignState, "Campaigns by state."),
        "issuances": (Issuance, IssuanceState, "Issuances by state."),
    }
    for name, (model, states, what) in by_state.items():
        counted = _counts(model._base_manager.all())
        yield _gauge(name, what, [((state,), counted.get(state, 0)) for state in states], labels=["state"])
    running = Batch.objects.filter(state__in=sorted(AT_WORK)).aggregate(number=Count("issuance", distinct=True))
    yield _gauge("issuances_running", "Issuances of which something is still to happen.", [((), running["number"])])


def _held() -> Iterator[Metric]:
    held = Batch.objects.filter(state=BatchState.QUEUED, due_at=None, lease_token=None).count()
    yield _gauge("batches_held", "Queued batches that wait for a person or a canary, not for a worker.", [((), held)])
    halts = Halt.objects.in_force().count()
    yield _gauge("halts", "Merchants, or the installation, whose sending is stopped.", [((), halts)])


def _people() -> Iterator[Metric]:
    found = ledger.buckets_of_all()
    names = ("held_back", "not_sent", "in_progress", "issued", "failed", "unknown", "revoked")
    samples = [((name,), getattr(found, name)) for name in names]
    yield _gauge("recipients", "Recipients of confirmed issuances by where they are.", samples, labels=["bucket"])


def _exchanges(*, since: datetime) -> Iterator[Metric]:
    grouped = Exchange.objects.filter(at__gt=since).order_by().values("method", "path_template", "status")
    rows = list(grouped.annotate(number=Count("pk"), longest=Max("ms"), waited=Max("waited_ms")))
    numbers: dict[tuple[str, ...], int] = {}
    longest: dict[tuple[str, ...], int] = {}
    waited: dict[tuple[str, ...], int] = {}
    for row in rows:
        path = (row["method"], row["path_template"])
        outcome = (*path, _outcome(row["status"]))
        numbers[outcome] = numbers.get(outcome, 0) + row["number"]
        longest[path] = max(longest.get(path, 0), row["longest"] or 0)
        waited[path] = max(waited.get(path, 0), row["waited"])
    labels = ["method", "path"]
    yield _gauge("exchanges", f"Requests to Thanx {LATELY}.", numbers.items(), labels=[*labels, "outcome"])
    yield _gauge("exchange_max_seconds", f"The slowest answer {LATELY}.", _seconds(longest), labels=labels)
    yield _gauge(
        "exchange_max_wait_seconds", f"The longest wait for the budget {LATELY}.", _seconds(waited), labels=labels
    )


def _budget(*, at: datetime) -> Iterator[Metric]:
    found = connect.budget()
    if found is None:
        return
    used = [(("second",), found.used_in_second), (("quarter_hour",), found.used_in_quarter_hour)]
    limits = [(("second",), found.limit_per_second), (("quarter_hour",), found.limit_per_quarter_hour)]
    pause = max((found.paused_until - at).total_seconds(), 0.0) if found.paused_until else 0.0
    yield _gauge("budget_used", "Requests in each window of the budget.", used, labels=["window"])
    yield _gauge("budget_limit", "The most requests in each window of the budget.", limits, labels=["window"])
    yield _gauge("budget_paused_seconds", "For how long nothing is sent because Thanx asked to wait.", [((), pause)])


def _deliveries(*, since: datetime) -> Iterator[Metric]:
    waiting = _counts(Delivery.objects.filter(state__in=webhook_inbox.WAITING))
    lately = _counts(Delivery.objects.filter(received_at__gt=since))
    samples = [((state,), waiting.get(state, 0)) for state in webhook_inbox.WAITING]
    yield _gauge("deliveries_waiting", "Webhook deliveries to be digested.", samples, labels=["state"])
    samples = [((state,), lately.get(state, 0)) for state in DeliveryState]
    yield _gauge("deliveries", f"Webhook deliveries received {LATELY}, by state.", samples, labels=["state"])


def _counts(rows: Any) -> Mapping[str, int]:
    return dict(rows.order_by().values_list("state").annotate(number=Count("pk")))


def _outcome(status: int | None) -> str:
    return "none" if status is None else f"{status // 100}xx"


def _seconds(milliseconds: Mapping[tuple[str, ...], int]) -> Samples:
    return [(values, number / 1000) for values, number in milliseconds.items()]


def _age(moment: datetime | None, *, at: datetime) -> float:
    return max((at - moment).total_seconds(), 0.0) if moment is not None else 0.0
