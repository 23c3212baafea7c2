"""Take over campaigns that were created elsewhere with the same credential, so that rewards can be issued for them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from campaigns import promises
from campaigns.arm_quotas import quota
from campaigns.catalog.catalog_rows import fitted, storable
from campaigns.models import CONTROL, Campaign, Merchant, RewardTemplate, Variant
from campaigns.reconciliation import comparable
from campaigns.states import AT_WORK, CampaignState
from partner_api.answers import catalog

CONTROL_SHARE = 10
"""Percent held back until a user sets another percentage."""

DATES = ("start_at", "end_at", "redeemable_from", "redeemable_to")
TEXTS = ("name", "objective", "fine_print")


def adopt(*, merchant: Merchant, found: Sequence[catalog.Campaign], at: datetime) -> None:
    """Write the listed campaigns that were not created here. Call it in the transaction that writes the catalog.

    A listed campaign may be ours, with its creation still under way. If it were taken over here, the creation would not
    find it in Thanx's list and would create it again. So a campaign with such a name is left to the creation.
    """
    # In this order: a campaign whose creation ends between the two reads is then among the known ones.
    names = merchant.campaigns.filter(state__in=AT_WORK).values_list("name", flat=True)
    under_way = {comparable(name) for name in names}
    rows = Campaign.objects.filter(thanx_id__in=[each.id for each in found])
    known = {each.thanx_id: each for each in rows.prefetch_related("variants")}
    templates = dict(RewardTemplate.objects.filter(merchant=merchant).values_list("thanx_id", "pk"))
    for each in storable(found):
        if each.id in known:
            _update(known[each.id], each, templates=templates, at=at)
        elif comparable(each.name) not in under_way:
            _take_over(each, merchant=merchant, templates=templates, at=at)


def default_shares(names: Sequence[str]) -> list[int]:
    """Return an even split in percent; the control, if there is one, gets CONTROL_SHARE."""
    treated = [name for name in names if name != CONTROL]
    if not treated:
        return quota(100, [1] * len(names)) if names else []
    held_back = CONTROL_SHARE if len(treated) < len(names) else 0
    even = iter(quota(100 - held_back, [1] * len(treated)))
    return [held_back if name == CONTROL else next(even) for name in names]


def _facts(each: catalog.Campaign) -> dict[str, Any]:
    return fitted(Campaign, source=each, names=TEXTS) | {name: getattr(each, name) for name in DATES}


def _take_over(each: catalog.Campaign, *, merchant: Merchant, templates: dict[str, int], at: datetime) -> None:
    campaign = Campaign.objects.create(
        merchant=merchant,
        thanx_id=each.id,
        state=CampaignState.LIVE,
        made_elsewhere=True,
        created_at=at,
        updated_at=at,
        **_facts(each),
    )
    shares = default_shares([variant.name for variant in each.variants])
    for position, (variant, share) in enumerate(zip(each.variants, shares, strict=True)):
        _add_variant(campaign, variant, position=position, share=share, templates=templates)
    promises.remember(campaign.variants.all())


def _add_variant(
    campaign: Campaign, variant: catalog.Variant, *, position: int, share: int, templates: dict[str, int]
) -> None:
    Variant.objects.create(
        campaign=campaign, position=position, share=share, thanx_id=variant.id, **_arm(variant, templates)
    )


def _arm(variant: catalog.Variant, templates: dict[str, int]) -> dict[str, Any]:
    # A control has no template here, even if the answer names one.
    template = None if variant.name == CONTROL else templates.get(variant.reward_template_id or "")
    return fitted(Variant, source=variant, names=["name"]) | {"reward_template_id": template}


def _update(campaign: Campaign, each: catalog.Campaign, *, templates: dict[str, int], at: datetime) -> None:
    """Write what changed at Thanx. Campaigns that were created here do not change, and shares are always ours."""
    if not campaign.made_elsewhere:
        return
    facts = _facts(each)
    if any(getattr(campaign, name) != value for name, value in facts.items()):
        Campaign.objects.filter(pk=campaign.pk).update(updated_at=at, **facts)
    kept = {variant.thanx_id: variant for variant in campaign.variants.all()}
    other_rewards = []
    position = max((variant.position for variant in kept.values()), default=-1)
    for variant in each.variants:
        if variant.id not in kept:
            position += 1
            # An arm that appeared later gets no guests until a user gives it a share.
            _add_variant(campaign, variant, position=position, share=0, templates=templates)
            other_rewards.append(variant.id)
        elif _follow(kept[variant.id], _arm(variant, templates)):
            other_rewards.append(variant.id)
    if other_rewards:
        promises.remember(campaign.variants.filter(thanx_id__in=other_rewards))
    if not any(variant.share for variant in kept.values()):
        _share_out(campaign)


def _share_out(campaign: Campaign) -> None:
    """Give the arms their default shares, since none of them has a share."""
    variants = list(campaign.variants.order_by("position"))
    shares = default_shares([variant.name for variant in variants])
    for variant, share in zip(variants, shares, strict=True):
        if variant.share != share:
            Variant.objects.filter(pk=variant.pk).update(share=share)


def _follow(variant: Variant, arm: dict[str, Any]) -> bool:
    """Write what an arm is now. Return whether it gives another reward."""
    if any(getattr(variant, name) != value for name, value in arm.items()):
        Variant.objects.filter(pk=variant.pk).update(**arm)
    return bool(variant.reward_template_id != arm["reward_template_id"])
