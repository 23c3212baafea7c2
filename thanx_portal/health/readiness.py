"""The checks of /readyz: whether the installation does its work. Each has its facts and its bound in seconds."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import Error

from engine import heartbeat
from engine.outages import cause_of
from thanx_portal.health import vitals
from vault.sealing import fingerprint_key_opens
from vault.stored_files import files_are_reached

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check. `facts` hold ages in seconds, None if it never happened; they name no merchant and no id."""

    name: str
    ok: bool
    facts: Mapping[str, Any] = field(default_factory=dict)


def checks(*, at: datetime) -> list[Check]:
    """Return all checks. If the database does not answer, only that one."""
    try:
        found = [_worker(at=at), _partner(at=at), _due(at=at), _unknown(at=at), *_vault()]
    except Error as error:
        cause = cause_of(error)
        logger.warning("the database does not answer: %s", cause)
        return [Check(name="database", ok=False, facts={"cause": cause})]
    return [Check(name="database", ok=True), *found]


def as_json(found: list[Check]) -> dict[str, Any]:
    """Return the JSON document of /readyz."""
    return {
        "ready": all(check.ok for check in found),
        "checks": {check.name: {"ok": check.ok, **check.facts} for check in found},
    }


def _worker(*, at: datetime) -> Check:
    workers = vitals.workers(at=at)
    facts = {"alive": workers.alive, "heard_seconds_ago": _age(workers.heard_at, at=at)}
    return Check(name="worker", ok=workers.alive > 0, facts=facts | _bound(heartbeat.SILENT_AFTER))


def _partner(*, at: datetime) -> Check:
    partner = vitals.partner()
    answered, failed = _age(partner.answered_at, at=at), _age(partner.failed_at, at=at)
    facts = {"answered_seconds_ago": answered, "unanswered_seconds_ago": failed}
    return Check(name="partner", ok=not partner.is_silent, facts=facts | _bound(vitals.SILENT_AFTER))


def _due(*, at: datetime) -> Check:
    waiting = [work for work in vitals.work(at=at) if work.oldest is not None]
    oldest = min((work.oldest for work in waiting if work.oldest is not None), default=None)
    overdue = {work.kind: work.due for work in waiting if work.is_overdue(at=at)}
    facts = {"oldest_seconds": _age(oldest, at=at), "overdue": overdue}
    return Check(name="due", ok=not overdue, facts=facts | _bound(settings.OVERDUE_AFTER))


def _unknown(*, at: datetime) -> Check:
    since = vitals.unknown_since()
    facts = {"oldest_seconds": _age(since, at=at), **_bound(settings.UNKNOWN_AFTER)}
    return Check(name="unknown", ok=not vitals.unknown_for_long(since, at=at), facts=facts)


def _vault() -> Iterator[Check]:
    yield Check(name="keys", ok=fingerprint_key_opens())
    yield Check(name="uploads", ok=files_are_reached())


def _age(moment: datetime | None, *, at: datetime) -> float | None:
    return None if moment is None else round((at - moment).total_seconds(), 1)


def _bound(bound: timedelta) -> dict[str, float]:
    return {"bound_seconds": bound.total_seconds()}
