"""The list of a merchant's campaigns."""

from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator
from django.urls import reverse

from campaigns.draft.recipes import RECIPES, Recipe
from campaigns.models import Campaign, Merchant
from campaigns.pages.detail import is_over
from campaigns.states import CampaignState
from campaigns.status import OF_CAMPAIGN, UNTITLED
from ui.status import Status

ROWS_A_PAGE = 25
CHOICES = tuple(
    (state.value, OF_CAMPAIGN[state].label) for state in CampaignState if state is not CampaignState.DISCARDED
)


@dataclass(frozen=True, kw_only=True)
class CampaignRow:
    name: str
    href: str
    status: Status
    arms: str
    start_at: datetime | None
    end_at: datetime | None
    is_over: bool
    made_elsewhere: bool


@dataclass(frozen=True, kw_only=True)
class CampaignListPage:
    rows: tuple[CampaignRow, ...]
    page: Page[Campaign]
    search: str
    status: str
    choices: tuple[tuple[str, str], ...]
    recipes: tuple[Recipe, ...]

    @property
    def filtered(self) -> bool:
        return bool(self.search or self.status)


def list_page(merchant: Merchant, *, search: str, status: str, number: str | None, at: datetime) -> CampaignListPage:
    """Return one page of the list; an unknown status filters nothing."""
    known = status if status in dict(CHOICES) else ""
    words = search.strip()[:100]
    found = merchant.campaigns.kept().prefetch_related("variants")
    found = found.filter(state=known) if known else found
    found = found.filter(name__icontains=words) if words else found
    page = Paginator(found, ROWS_A_PAGE).get_page(number)
    return CampaignListPage(
        rows=tuple(_row(campaign, merchant, at=at) for campaign in page),
        page=page,
        search=words,
        status=known,
        choices=CHOICES,
        recipes=RECIPES,
    )


def _row(campaign: Campaign, merchant: Merchant, *, at: datetime) -> CampaignRow:
    state = CampaignState(campaign.state)
    return CampaignRow(
        name=campaign.name or UNTITLED,
        href=reverse("campaigns:detail", args=[merchant.handle, campaign.pk]),
        status=OF_CAMPAIGN[state],
        arms=", ".join(f"{variant.share} % {variant.name}" for variant in campaign.variants.all()),
        start_at=campaign.start_at,
        end_at=campaign.end_at,
        is_over=is_over(campaign, at=at),
        made_elsewhere=campaign.made_elsewhere,
    )
