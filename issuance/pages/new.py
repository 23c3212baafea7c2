"""The campaigns that a new issuance can be for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from campaigns.models import Campaign, Merchant, Variant
from issuance.pages.links import list_link
from ui.values import Link


@dataclass(frozen=True, kw_only=True)
class CampaignChoice:
    """A live campaign that an issuance can be for."""

    campaign: Campaign
    href: str
    arms: Sequence[Variant]
    is_over: bool

    @property
    def asks_for_arm(self) -> bool:
        """Whether a user must choose an arm before people are added: none has a share."""
        return not any(arm.share for arm in self.arms)

    @property
    def shares(self) -> str:
        """Which part of the guests each arm gets."""
        return ", ".join(f"{arm.share} % {arm.name}" for arm in self.arms)


@dataclass(frozen=True, kw_only=True)
class NewIssuancePage:
    """The campaigns to choose from, and the chosen one."""

    merchant: Merchant
    choices: Sequence[CampaignChoice]
    chosen: CampaignChoice | None

    @property
    def crumbs(self) -> list[Link]:
        """The list of issuances, and the choice of another campaign."""
        another = Link(label="Another campaign", href=reverse("issuance:new", args=[self.merchant.handle]))
        return [list_link(self.merchant), *([another] if self.chosen else [])]


def new_page(*, merchant: Merchant, chosen: str | None, at: datetime) -> NewIssuancePage:
    """Return the page with the live campaigns, of which the one with this primary key is chosen, if there is one."""
    choices = campaign_choices(merchant=merchant, at=at)
    found = next((choice for choice in choices if str(choice.campaign.pk) == chosen), None)
    return NewIssuancePage(merchant=merchant, choices=choices, chosen=found)


def campaign_choices(*, merchant: Merchant, at: datetime) -> list[CampaignChoice]:
    """Return the live campaigns of a merchant, those that are not over first."""
    live = merchant.campaigns.live().prefetch_related("variants__reward_template")
    found = [_choice(campaign, merchant=merchant, at=at) for campaign in live]
    return sorted(found, key=lambda choice: choice.is_over)


def _choice(campaign: Campaign, *, merchant: Merchant, at: datetime) -> CampaignChoice:
    return CampaignChoice(
        campaign=campaign,
        href=f"{reverse('issuance:new', args=[merchant.handle])}?campaign={campaign.pk}",
        arms=list(campaign.variants.all()),
        is_over=campaign.end_at is not None and campaign.end_at < at,
    )
