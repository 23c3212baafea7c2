"""The facts that verdicts are computed from: plain values, gathered from the ledger and from rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from certification.calls.manners import Sent


@dataclass(frozen=True, kw_only=True)
class Variant:
    """An arm of a campaign. `is_listed`: its template was in the merchant's list when the campaign was created."""

    name: str
    has_template: bool
    is_listed: bool


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """A campaign that was made here and is live, or is being created. `dates` are the four, in the API's order."""

    id: int
    name: str
    objective: str
    fine_print: str
    dates: Sequence[datetime | None]
    variants: Sequence[Variant]
    is_live: bool
    issuances: int


@dataclass(frozen=True, kw_only=True)
class Batch:
    """A batch that was to be sent. `listed` are the failures that its page shows, `deliveries` the webhooks about it.

    `phones` of its `size` recipients are phone numbers; None for batches of before that was counted.
    """

    id: int
    issuance: int
    number: int
    size: int
    phones: int | None
    issued: int
    failed: int
    listed: int
    has_ended: bool
    is_revoked: bool
    ended_at: datetime | None
    polls: int
    deliveries: int


@dataclass(frozen=True, kw_only=True)
class Issuance:
    """An issuance whose lines should all be accounted for."""

    id: int
    lines: int
    accounted_for: int


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """What is cached: numbers of rows, and the stalest merchant's catalog: whose, how old, how old it may be."""

    scopes: int
    merchants: int
    locations: int
    templates: int
    stalest: tuple[int, str] | None
    oldest: timedelta | None
    may_be: timedelta


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All facts of a period. `is_cut`: there were more calls than are judged, and the oldest are left out."""

    since: datetime
    until: datetime
    calls: Sequence[Sent]
    is_cut: bool
    campaigns: Sequence[Campaign]
    batches: Sequence[Batch]
    issuances: Sequence[Issuance]
    catalog: Catalog
    hears_webhooks: bool

    @property
    def sent(self) -> list[Sent]:
        """The calls that may have reached Thanx."""
        return [call for call in self.calls if call.left]
