"""The log of requests and broken rules, for judging a client; the API does not use it."""

import hashlib
import itertools
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KEPT_REQUESTS = 20_000
KEPT_VIOLATIONS = 1_000
REPEATED_GET_SECONDS = 2.0
SECRET_HEADERS = frozenset({"authorization", "cookie"})


@dataclass(kw_only=True)
class LoggedRequest:
    """One request. `status` is 0 until it is answered, and stays 0 if it was cut off."""

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


class RequestLog:
    """Requests and violations since the last reset, in memory."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self.requests: deque[LoggedRequest] = deque(maxlen=KEPT_REQUESTS)
        self.counts: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        self.violations: Counter[str] = Counter()
        self.latest_violations: deque[dict[str, Any]] = deque(maxlen=KEPT_VIOLATIONS)
        self._last_get: dict[str, float] = {}

    def arrived(
        self, *, at: float, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes
    ) -> LoggedRequest:
        """Log a request. Secret headers are logged without their value."""
        logged = LoggedRequest(
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
        self.requests.append(logged)
        if method == "GET":
            self._note_repetition(logged)
        return logged

    def unlogged(self) -> LoggedRequest:
        """Return an empty entry that is not kept, for a request that the control API makes itself."""
        return LoggedRequest(
            number=0, at=0, method="", path="", template="", query="", headers={}, body_size=0, body_sha256=""
        )

    def _note_repetition(self, logged: LoggedRequest) -> None:
        address = f"{logged.path}?{logged.query}"
        if logged.at - self._last_get.get(address, 0.0) < REPEATED_GET_SECONDS:
            self.violated(logged, rule="repeated_get")
        self._last_get[address] = logged.at

    def violated(self, logged: LoggedRequest, *, rule: str) -> None:
        """Log that this request broke a rule."""
        logged.violations.append(rule)
        self.violations[rule] += 1
        violation = {"rule": rule, "request": logged.number, "method": logged.method, "path": logged.path}
        self.latest_violations.append(violation)

    def answered(self, logged: LoggedRequest, *, status: int, at: float) -> None:
        """Log how a request ended; status 0 means that it got no answer."""
        logged.status = status
        logged.answered_at = at
        self.counts[f"{logged.method} {logged.template}"] += 1
        self.statuses[status] += 1

    def summary(self) -> dict[str, Any]:
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
