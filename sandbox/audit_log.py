"""What came over the wire, and what was issued to whom: kept for judging a client, not for the API."""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter, defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.rows import State, job_document
from sandbox.store import Store

KEPT_REQUESTS = 20_000
KEPT_VIOLATIONS = 1_000
REPEATED_GET_SECONDS = 2.0
SECRET_HEADERS = frozenset({"authorization", "cookie"})


@dataclass(kw_only=True)
class Entry:
    """One request. `status` stays 0 until it is answered, and for ever when it was cut off."""

    number: int
    at: float
    method: str
    path: str
    template: str
    query: str
    headers: dict[str, str]
    body_size: int
    body_sha256: str
    status: int = 0
    answered_at: float | None = None
    violations: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


class Books:
    """Requests and violations since the last reset, in memory."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self.requests: deque[Entry] = deque(maxlen=KEPT_REQUESTS)
        self.counts: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        self.violations: Counter[str] = Counter()
        self.latest_violations: deque[dict[str, Any]] = deque(maxlen=KEPT_VIOLATIONS)
        self._last_get: dict[str, float] = {}

    def arrived(
        self, *, at: float, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes
    ) -> Entry:
        """Write down a request. Secret headers are named without their value."""
        entry = Entry(
            number=next(self._numbers),
            at=at,
            method=method,
            path=path,
            template=path,
            query=query,
            headers={name: _shown(name, value) for name, value in headers.items()},
            body_size=len(body),
            body_sha256=hashlib.sha256(body).hexdigest(),
        )
        self.requests.append(entry)
        if method == "GET":
            self._note_repetition(entry)
        return entry

    def nobody(self) -> Entry:
        """Return an entry that stands for no request and is not kept."""
        return Entry(number=0, at=0, method="", path="", template="", query="", headers={}, body_size=0, body_sha256="")

    def _note_repetition(self, entry: Entry) -> None:
        address = f"{entry.path}?{entry.query}"
        if entry.at - self._last_get.get(address, 0.0) < REPEATED_GET_SECONDS:
            self.violated(entry, rule="repeated_get")
        self._last_get[address] = entry.at

    def violated(self, entry: Entry, *, rule: str) -> None:
        """Write down that this request broke a rule."""
        entry.violations.append(rule)
        self.violations[rule] += 1
        told = {"rule": rule, "request": entry.number, "method": entry.method, "path": entry.path}
        self.latest_violations.append(told)

    def answered(self, entry: Entry, *, status: int, at: float) -> None:
        """Write down how a request ended; status 0 means that it got no answer."""
        entry.status = status
        entry.answered_at = at
        self.counts[f"{entry.method} {entry.template}"] += 1
        self.statuses[status] += 1

    def told(self) -> dict[str, Any]:
        """Return the summary of requests and violations."""
        return {
            "requests": {
                "total": sum(self.counts.values()),
                "by_endpoint": dict(self.counts),
                "by_status": {str(status): count for status, count in self.statuses.items()},
            },
            "violations": {"by_rule": dict(self.violations), "latest": list(self.latest_violations)},
        }


def _shown(name: str, value: str) -> str:
    return "(not recorded)" if name.lower() in SECRET_HEADERS else value


def campaigns_told(store: Store) -> list[dict[str, Any]]:
    """Return every campaign with the number of its jobs and identifiers."""
    jobs: Counter[str] = Counter()
    identifiers: Counter[str] = Counter()
    for job in store.jobs():
        jobs[job.campaign_id] += 1
        identifiers[job.campaign_id] += job.total
    return [
        {
            "id": campaign.id,
            "merchant_id": campaign.merchant_id,
            "name": campaign.document["name"],
            "variants": campaign.document["variants"],
            "jobs": jobs[campaign.id],
            "identifiers": identifiers[campaign.id],
        }
        for campaign in store.campaigns()
    ]


def jobs_told(store: Store, *, at: float) -> list[dict[str, Any]]:
    """Return every job, the oldest first, as the API tells it and with its key, without the failure list."""
    told = []
    for job in store.jobs():
        document = job_document(job, at=at)
        document.pop("summary", None)
        document["merchant_id"] = job.merchant_id
        document["idempotency_key"] = job.idempotency_key
        document["body_sha256"] = job.body_sha256
        told.append(document)
    return told


def issued_told(store: Store, *, at: float, campaign_id: str | None = None) -> list[dict[str, Any]]:
    """Return, per merchant, campaign and variant, how often each identifier was issued to, less revocations.

    An identifier whose only issue was revoked is told with 0, one that always failed is absent.
    """
    times: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    for job in store.jobs():
        if campaign_id in {None, job.campaign_id}:
            failed = {failure.index for failure in job.failures}
            worth = 0 if job.state(at=at) == State.REVOKED else 1
            counter = times[job.merchant_id, job.campaign_id, job.variant_id]
            reached = store.identifiers(job.id)[: job.processed(at=at)]
            for index, (kind, value) in enumerate(reached):
                if index not in failed:
                    counter[f"{kind}:{value}"] += worth
    return [
        {
            "merchant_id": merchant_id,
            "campaign_id": campaign,
            "variant_id": variant_id,
            "variant": _variant_name(store, campaign, variant_id),
            "identifiers": dict(counter),
        }
        for (merchant_id, campaign, variant_id), counter in times.items()
    ]


def _variant_name(store: Store, campaign_id: str, variant_id: str) -> str:
    campaign = store.campaign(campaign_id)
    variant = campaign.variant(variant_id) if campaign else None
    return variant["name"] if variant else ""
