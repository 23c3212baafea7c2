"""Recognise a campaign of ours in Thanx's list: by its name, its four dates and its variants. Pure.

Creating has no idempotency key, so after an unreadable answer only this comparison prevents a second campaign.
Dates are compared in whole seconds, because that is what is sent.
"""

from collections.abc import Iterable
from datetime import datetime

from partner_api.answers import catalog


def found_among(
    listed: Iterable[catalog.Campaign], *, wanted: catalog.NewCampaign, taken: frozenset[str] = frozenset()
) -> catalog.Campaign | None:
    """Return the first listed campaign that is the wanted one. `taken` are the Thanx ids of our other campaigns."""
    return next((each for each in listed if each.id not in taken and is_same(each, wanted=wanted)), None)


def comparable(name: str) -> str:
    """Return a name without case and outer space, for comparisons that must not overlook a likeness."""
    return name.strip().casefold()


def is_same(listed: catalog.Campaign, *, wanted: catalog.NewCampaign) -> bool:
    """Whether a listed campaign is what we asked for."""
    same_name = listed.name.strip() == wanted.name.strip()
    return same_name and _dates(listed) == _dates(wanted) and _arms(listed) == _arms(wanted)


def _dates(campaign: catalog.Campaign | catalog.NewCampaign) -> tuple[datetime | None, ...]:
    four = (campaign.start_at, campaign.end_at, campaign.redeemable_from, campaign.redeemable_to)
    return tuple(date and date.replace(microsecond=0) for date in four)


def _arms(campaign: catalog.Campaign | catalog.NewCampaign) -> list[tuple[str, str]]:
    return sorted((variant.name.strip(), variant.reward_template_id or "") for variant in campaign.variants)
