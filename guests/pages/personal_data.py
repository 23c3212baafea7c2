"""The page about guests' data at a merchant: how long they are kept, and what goes next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from campaigns.models import Merchant
from campaigns.status import UNTITLED
from guests.models import GuestErasure
from issuance.lifetimes.words import lifetime_of
from issuance.models import Issuance
from issuance.pages.links import where_it_stands
from ui.values import Link
from vault.data_map import PERSONAL, Lifetime

MOST_ISSUANCES = 10
MOST_RECEIPTS = 20
NOT_GUESTS = frozenset(
    {Lifetime.ACCOUNT, Lifetime.INVITATION, Lifetime.LINK, Lifetime.PROOF, Lifetime.SESSION, Lifetime.MERCHANT}
)


@dataclass(frozen=True, kw_only=True)
class NextErasure:
    """An issuance, and until when its guests' data are kept."""

    link: Link
    sentence: str


@dataclass(frozen=True, kw_only=True)
class ReceiptPage:
    """What was erased of one guest, and what is kept."""

    erasure: GuestErasure
    state: str
    rows: Sequence[tuple[str, int]]
    kept: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class PersonalDataPage:
    """The whole page. `kept` says until when, and what: the lines of the data map that speak of guests."""

    days: int
    is_own: bool
    issuances: Sequence[NextErasure]
    kept: Sequence[tuple[str, Sequence[str]]]
    receipts: Sequence[GuestErasure]


def personal_data_page(merchant: Merchant, *, at: datetime) -> PersonalDataPage:
    """Return the page. The oldest issuances come first: their guests go next."""
    unerased = Issuance.objects.kept().filter(merchant=merchant, erased_at=None)
    oldest = unerased.select_related("campaign", "merchant").order_by("created_at", "pk")[:MOST_ISSUANCES]
    return PersonalDataPage(
        days=merchant.retention.days,
        is_own=merchant.retention_days is not None,
        issuances=[NextErasure(link=_link(issuance), sentence=lifetime_of(issuance, at=at)) for issuance in oldest],
        kept=_kept_how_long(),
        receipts=list(GuestErasure.objects.filter(merchant=merchant).select_related("asked_by")[:MOST_RECEIPTS]),
    )


def _kept_how_long() -> list[tuple[str, Sequence[str]]]:
    found: dict[str, list[str]] = {}
    for kept in PERSONAL:
        if kept.lifetime not in NOT_GUESTS:
            found.setdefault(kept.lifetime.value, []).append(kept.what)
    return list(found.items())


def _link(issuance: Issuance) -> Link:
    label = f"#{issuance.pk} {issuance.campaign.name or UNTITLED}"
    return Link(label=label, href=where_it_stands(issuance))


def receipt_page(erasure: GuestErasure) -> ReceiptPage:
    """Return the receipt of an erasure."""
    what = {kept.table: kept.what for kept in PERSONAL}
    return ReceiptPage(
        erasure=erasure,
        state=_state(erasure),
        rows=[(what[table], count) for table, count in sorted(erasure.rows.items())],
        kept=[_kept(one) for one in erasure.kept],
    )


def _state(erasure: GuestErasure) -> str:
    if erasure.done_at:
        return "Everything that may be erased is erased. This receipt does not know who the guest was."
    if erasure.tried_at:
        return "Some of it is still needed. A worker erases the rest as soon as nothing needs it."
    return "A worker is about to erase the guest."


def _kept(one: dict[str, str]) -> str:
    until = f", until {datetime.fromisoformat(one['until']):%-d %B %Y} at the latest" if one["until"] else ""
    return f"{one['what'][:1].upper()}{one['what'][1:]}: {one['why']}{until}."
