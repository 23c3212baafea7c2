"""Which misbehaviour was asked for, and which request it hits."""

from __future__ import annotations

import asyncio
import enum
import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


class Kind(enum.StrEnum):
    """What can go wrong on request; docs/sandbox.md has a line about each."""

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
# Where a kind strikes when nothing else was said.
USUAL_PLACES: Mapping[Kind, tuple[str, str]] = {
    Kind.SLOW_JOB: ISSUE,
    Kind.FAILED_JOB: ISSUE,
    Kind.STUCK_JOB: ISSUE,
    Kind.UNKNOWN_STATE: POLL,
    Kind.MISSING_COUNTS: POLL,
    Kind.BACKWARDS_PROGRESS: POLL,
}
PLACE = frozenset({"kind", "method", "path", "times", "after", "probability"})


@dataclass(kw_only=True)
class Fault:
    """One request for misbehaviour. `details` are the kind's own settings."""

    kind: Kind
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
        """Return whether it strikes `before` the work (nothing is done) or `after` it."""
        return str(self.details.get("when", "before"))

    def seconds(self, default: float) -> float:
        """Return how long it lasts."""
        return float(self.details.get("seconds", default))

    def status(self, default: int) -> int:
        """Return the status it answers with."""
        return int(self.details.get("status", default))

    def told(self) -> dict[str, Any]:
        """Return it as the control API shows it."""
        shown = {name: value for name, value in vars(self).items() if name != "details"}
        return {**shown, "kind": str(self.kind), **self.details}

    def hits(self, *, method: str, path: str, chance: random.Random) -> bool:
        """Return whether this request is struck, and count it."""
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
    """The faults in force, in the order in which they were added. `over` is set by the reset that replaces them."""

    def __init__(self, *, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311
        self.all: list[Fault] = []
        self.over = asyncio.Event()

    def add(self, fault: Fault) -> None:
        """Put a fault in force, after the others."""
        self.all.append(fault)

    def clear(self) -> None:
        """Put all faults out of force."""
        self.all.clear()

    def striking(self, *, method: str, path: str) -> tuple[Fault, ...]:
        """Return the faults that strike this request."""
        return tuple(fault for fault in self.all if fault.hits(method=method, path=path, chance=self._chance))


def fault_from(settings: Mapping[str, Any]) -> Fault:
    """Read a fault from the control API's settings. ValueError says what is wrong with them."""
    kind = Kind(settings.get("kind", ""))
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
    """Read `KIND[:name=value,...]`, the form of the command line."""
    kind, _, rest = text.partition(":")
    pairs: Iterable[tuple[str, str, str]] = (pair.partition("=") for pair in rest.split(",") if pair)
    return fault_from({"kind": kind, **{name.strip(): value for name, _, value in pairs}})


def first_of(faults: Iterable[Fault], *kinds: Kind) -> Fault | None:
    """Return the first fault of these kinds, or None."""
    return next((fault for fault in faults if fault.kind in kinds), None)
