"""The catalog's pages: rewards and locations as Thanx answered last."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator
from django.db.models import F, Q

from campaigns.models import Location, Merchant, RewardTemplate
from ui.components.rewards import venue

CARDS_A_PAGE = 24
LOCATIONS_A_PAGE = 50
FILTERS = {"type": "subtype", "discount": "discount_type", "venue": "redemption_venue"}
LABELS = {"type": "Type", "discount": "Discount", "venue": "Venue"}


@dataclass(frozen=True, kw_only=True)
class RewardFilter:
    name: str
    label: str
    chosen: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class RewardsPage:
    cards: Page[RewardTemplate]
    search: str
    filters: tuple[RewardFilter, ...]
    shows_unpublished: bool
    as_of: datetime | None

    @property
    def filtered(self) -> bool:
        return bool(self.search or any(each.chosen for each in self.filters) or not self.shows_unpublished)


@dataclass(frozen=True, kw_only=True)
class LocationsPage:
    rows: Page[Location]
    search: str
    as_of: datetime | None


def rewards_page(merchant: Merchant, *, query: Mapping[str, str]) -> RewardsPage:
    search = query.get("q", "").strip()[:100]
    shows_unpublished = query.get("shown", "") != "published"
    found = RewardTemplate.objects.filter(merchant=merchant)
    filters = tuple(_filter(merchant, name, chosen=query.get(name, "")) for name in FILTERS)
    for each in filters:
        found = found.filter(**{FILTERS[each.name]: each.chosen}) if each.chosen else found
    for word in search.split():
        found = found.filter(Q(name__icontains=word) | Q(description__icontains=word))
    found = found if shows_unpublished else found.published()
    ordered = found.order_by(F("unpublished_at").asc(nulls_first=True), "name", "pk")
    return RewardsPage(
        cards=Paginator(ordered, CARDS_A_PAGE).get_page(query.get("page")),
        search=search,
        filters=filters,
        shows_unpublished=shows_unpublished,
        as_of=merchant.as_of,
    )


def locations_page(merchant: Merchant, *, query: Mapping[str, str]) -> LocationsPage:
    search = query.get("q", "").strip()[:100]
    found = Location.objects.filter(merchant=merchant, vanished_at=None)
    for word in search.split():
        found = found.filter(
            Q(name__icontains=word) | Q(street__icontains=word) | Q(city__icontains=word) | Q(zip__icontains=word)
        )
    return LocationsPage(
        rows=Paginator(found, LOCATIONS_A_PAGE).get_page(query.get("page")), search=search, as_of=merchant.as_of
    )


def _filter(merchant: Merchant, name: str, *, chosen: str) -> RewardFilter:
    column = FILTERS[name]
    values = RewardTemplate.objects.filter(merchant=merchant).exclude(**{column: ""}).order_by(column)
    label = venue if name == "venue" else _spoken
    options = tuple((value, label(value)) for value in values.values_list(column, flat=True).distinct())
    return RewardFilter(
        name=name, label=LABELS[name], chosen=chosen if chosen in dict(options) else "", options=options
    )


def _spoken(value: str) -> str:
    return value.replace("_", " ").capitalize()
