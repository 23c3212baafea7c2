"""The faults that were requested, and the requests that each of them strikes."""

import asyncio
import enum
import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


class FaultKind(enum.StrEnum):
    """The kinds of faults; docs/sandbox.md describes each."""

    RATE_LIMITED = "rate_limited"
    SERVER_ERROR = "server_error"
    HANG = "hang"
    CUT_OFF = "cut_off"
    TRUNCATED_JSON = "truncated_json"
    HTML_ERROR = "html_error"
    MISSING_CODE = "missing_code"
    UNKNOWN_STATE = "unknown_state"
    MISSING_COUNTS = "missing_counts"
    SLOW_JOB = "slow_job"
    FAILED_JOB = "failed_job"
    STUCK_JOB = "stuck_job"
    BACKWARDS_PROGRESS = "backwards_progress"
    OTHER_DIALECT = "other_dialect"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"


ISSUE = ("POST", "/partner/campaigns/issue")
POLL = ("GET", "/partner/issuance_jobs/")
# The requests that a kind strikes by default.
USUAL_PLACES: Mapping[FaultKind, tuple[str, str]] = {
    FaultKind.SLOW_JOB: ISSUE,
    FaultKind.FAILED_JOB: ISSUE,
    FaultKind.STUCK_JOB: ISSUE,
    FaultKind.UNKNOWN_STATE: POLL,
    FaultKind.MISSING_COUNTS: POLL,
    FaultKind.BACKWARDS_PROGRESS: POLL,
}
PLACE = frozenset({"kind", "method", "path", "times", "after", "probability"})


@dataclass(kw_only=True)
class Fault:
    """One requested fault. `details` are the settings of its kind."""

    kind: FaultKind
    method: str = ""
    path: str = ""
    times: int | None = None
    after: int = 0
    probability: float = 1.0
    details: dict[str, Any] = field(default_factory=dict)
    matched: int = 0
    struck: int = 0

    @property
    def when(self) -> str:
        """When it strikes: `before` the work (nothing is done), `after` it, `late` or `mid_body`."""
        return str(self.details.get("when", "before"))

    def seconds(self, default: float) -> float:
        """Return how many seconds it lasts."""
        return float(self.details.get("seconds", default))

    def status(self, default: int) -> int:
        """Return the status of its answer."""
        return int(self.details.get("status", default))

    def as_json(self) -> dict[str, Any]:
        """Return it as the control API shows it."""
        shown = {name: value for name, value in vars(self).items() if name != "details"}
        return {**shown, "kind": str(self.kind), **self.details}

    def hits(self, *, method: str, path: str, chance: random.Random) -> bool:
        """Return whether it strikes this request, and count that."""
        if not self._is_place(method=method, path=path):
            return False
        self.matched += 1
        spent = self.times is not None and self.struck >= self.times
        if spent or self.matched <= self.after or chance.random() >= self.probability:
            return False
        self.struck += 1
        return True

    def _is_place(self, *, method: str, path: str) -> bool:
        if self.method and self.method != method:
            return False
        if self.path.startswith("^"):
            return re.search(self.path, path) is not None
        return path.startswith(self.path)


class Faults:
    """The active faults in the order of their addition. The reset that replaces them sets `over`."""

    def __init__(self, *, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311
        self.all: list[Fault] = []
        self.over = asyncio.Event()

    def add(self, fault: Fault) -> None:
        """Add a fault after the others."""
        self.all.append(fault)

    def clear(self) -> None:
        """Remove all faults."""
        self.all.clear()

    def striking(self, *, method: str, path: str) -> tuple[Fault, ...]:
        """Return the faults that strike this request."""
        return tuple(fault for fault in self.all if fault.hits(method=method, path=path, chance=self._chance))


def fault_from(settings: Mapping[str, Any]) -> Fault:
    """Read a fault from the settings of the control API. ValueError says what is wrong with them."""
    kind = FaultKind(settings.get("kind", ""))
    method, path = USUAL_PLACES.get(kind, ("", ""))
    times = settings.get("times")
    return Fault(
        kind=kind,
        method=str(settings.get("method", method)).upper(),
        path=str(settings.get("path", path)),
        times=None if times is None else int(times),
        after=int(settings.get("after", 0)),
        probability=float(settings.get("probability", 1.0)),
        details={name: value for name, value in settings.items() if name not in PLACE},
    )


def fault_from_text(text: str) -> Fault:
    """Read `KIND[:name=value,...]`, the form on the command line."""
    kind, _, rest = text.partition(":")
    pairs: Iterable[tuple[str, str, str]] = (pair.partition("=") for pair in rest.split(",") if pair)
    return fault_from({"kind": kind, **{name.strip(): value for name, _, value in pairs}})


def first_of(faults: Iterable[Fault], *kinds: FaultKind) -> Fault | None:
    """Return the first fault of these kinds, or None."""
    return next((fault for fault in faults if fault.kind in kinds), None)
