"""The plain values that verdicts are computed from. `gathering` reads them from the ledger and from our rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from certification.calls.manners import Sent


@dataclass(frozen=True, kw_only=True)
class VariantFacts:
    """A variant. `is_listed`: its template was in the merchant's list when the campaign was created."""

    name: str
    has_template: bool
    is_listed: bool


@dataclass(frozen=True, kw_only=True)
class CampaignFacts:
    """A campaign of ours that is live or being created. `dates`: start, end, redeemable from and to."""

    id: int
    name: str
    objective: str
    fine_print: str
    dates: Sequence[datetime | None]
    variants: Sequence[VariantFacts]
    is_live: bool
    issuances: int


@dataclass(frozen=True, kw_only=True)
class BatchFacts:
    """A batch that was confirmed. `listed`: failures on its page; `deliveries`: genuine webhooks about it.

    `phones` counts the phone numbers among its `size` recipients; None for batches older than that count.
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
class IssuanceFacts:
    """A confirmed issuance: lines of its file, and lines in one of the ledger's buckets."""

    id: int
    lines: int
    accounted_for: int


@dataclass(frozen=True, kw_only=True)
class CatalogFacts:
    """Numbers of cached rows. `stalest`: the merchant (id, name) read longest ago; `oldest`: its age."""

    scopes: int
    merchants: int
    locations: int
    templates: int
    stalest: tuple[int, str] | None
    oldest: timedelta | None
    may_be: timedelta


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All facts of a period. `is_cut`: the oldest calls are missing, because there were more than MOST_JUDGED."""

    since: datetime
    until: datetime
    calls: Sequence[Sent]
    is_cut: bool
    campaigns: Sequence[CampaignFacts]
    batches: Sequence[BatchFacts]
    issuances: Sequence[IssuanceFacts]
    catalog: CatalogFacts
    hears_webhooks: bool

    @property
    def sent(self) -> list[Sent]:
        """The calls that may have reached Thanx."""
        return [call for call in self.calls if call.left]
