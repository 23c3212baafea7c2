"""The step that sums up old exchanges by day and deletes them, and deletes old webhooks."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F

from certification.calls import manners
from certification.models import DayOfCalls, LedgerKeeping
from engine.clock import Clock, now
from engine.leases import claim_one, finish
from issuance.jobs import webhook_inbox
from partner_api.models import Exchange

EVERY = timedelta(hours=1)
AT_ONCE = 2_000
"""Exchanges in one transaction: it takes tens of milliseconds, so other writers hardly wait."""

PIECE = 500
"""Ids in one statement."""

CallKind = tuple[date, str, str, str]
COUNTS = ("calls", "failed", "incomplete", "without_key")


def forget_old_exchanges(*, clock: Clock = now) -> bool:
    """Sum up and delete up to AT_ONCE exchanges older than LEDGER_KEPT, and webhooks. Return whether that was due."""
    LedgerKeeping.objects.get_or_create(pk=1, defaults={"due_at": clock()})
    row = claim_one(LedgerKeeping.objects.all(), at=clock())
    if row is None:
        return False
    limit = clock() - kept_for()
    webhooks = webhook_inbox.forget_settled(before=limit, most=PIECE)
    with transaction.atomic():
        old = list(Exchange.objects.filter(at__lt=limit).order_by("at", "pk")[:AT_ONCE])
        for kind, counts in _sums(old).items():
            _add(kind, counts)
        for start in range(0, len(old), PIECE):
            Exchange.objects.filter(pk__in=[one.pk for one in old[start : start + PIECE]]).delete()
        until = old[-1].at if len(old) == AT_ONCE else limit
        is_more = len(old) == AT_ONCE or webhooks == PIECE
        finish(row, due_at=clock() if is_more else clock() + EVERY, summed_until=until, correlation="")
    return True


def kept_for() -> timedelta:
    """Return how long exchanges are kept: at least a day longer than a call may be repeated under its key."""
    kept: timedelta = max(settings.LEDGER_KEPT, settings.RESUBMIT_WINDOW + timedelta(days=1))
    return kept


def _sums(old: Iterable[Exchange]) -> dict[CallKind, dict[str, int]]:
    sums: dict[CallKind, dict[str, int]] = defaultdict(lambda: dict.fromkeys(COUNTS, 0))
    for one in old:
        kind = (one.at.astimezone(UTC).date(), one.host, one.method, one.path_template)
        for name in _sums_with(one):
            sums[kind][name] += 1
    return sums


def _sums_with(one: Exchange) -> Iterable[str]:
    if one.error_class in manners.NEVER_LEFT:
        return
    yield "calls"
    if one.error_class or one.status is None:
        yield "failed"
    if manners.missing_headers(one.header_names):
        yield "incomplete"
    if one.path_template == manners.ISSUE and one.idempotency_key is None:
        yield "without_key"


def _add(kind: CallKind, counts: dict[str, int]) -> None:
    day, host, method, path_template = kind
    row, _ = DayOfCalls.objects.get_or_create(day=day, host=host, method=method, path_template=path_template)
    changes: dict[str, Any] = {name: F(name) + count for name, count in counts.items()}
    DayOfCalls.objects.filter(pk=row.pk).update(**changes)
