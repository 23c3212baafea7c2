"""Write drafts of campaigns. A draft may be incomplete until a user confirms it."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from campaigns.draft.content import Content, content_of
from campaigns.models import CONTROL, Campaign, Merchant, RewardTemplate, Variant
from campaigns.states import CampaignState
from engine.moves import Overtaken

LONGEST_NAME = 200


class SharesFixed(Exception):
    """The campaign's percentages cannot change any more: guests have been assigned by them."""


class SavedMeanwhile(Exception):
    """Another tab or another user has saved the draft since it was shown."""


def start(*, merchant: Merchant, content: Content, by: User | None, at: datetime) -> Campaign:
    """Create a draft and return it."""
    with transaction.atomic():
        campaign = _created(merchant, content, by=by, at=at)
        audit.record(action="campaign.draft-started", on=campaign, by=by, at=at)
    return campaign


def save(*, campaign: Campaign, content: Content, by: User | None, at: datetime, seen: datetime | None = None) -> None:
    """Replace what a draft holds. Raises Overtaken if it is no draft any more.

    `seen`: when the draft was saved that the user has seen. Raises SavedMeanwhile if it holds something else by now.
    """
    columns = _columns(content)
    with transaction.atomic():
        drafts = Campaign.objects.filter(pk=campaign.pk, state=CampaignState.DRAFT)
        unchanged = drafts if seen is None else drafts.filter(updated_at=seen)
        if unchanged.update(updated_at=at, **columns) != 1:
            raise SavedMeanwhile if drafts.exists() else Overtaken
        campaign.variants.all().delete()
        _write_arms(campaign, content)
        audit.record(action="campaign.draft-saved", on=campaign, by=by, at=at)
    for name, value in columns.items():
        setattr(campaign, name, value)


def duplicate(*, campaign: Campaign, by: User | None, at: datetime) -> Campaign:
    """Create a draft with the same content as a campaign, under a name of its own."""
    with transaction.atomic():
        content = content_of(campaign)
        copy = _created(campaign.merchant, replace(content, name=_copied_name(campaign)), by=by, at=at)
        audit.record(action="campaign.duplicated", on=copy, by=by, at=at, original=campaign.pk)
    return copy


def shares_are_fixed(campaign: Campaign, *, divided_anew: int | None = None) -> bool:
    """Whether an issuance, except that of key `divided_anew`, uses the shares, or the campaign is not live."""
    others = campaign.issuances.kept().exclude(pk__in=[] if divided_anew is None else [divided_anew])
    return campaign.state != CampaignState.LIVE or others.exists()


def set_shares(
    *, campaign: Campaign, shares: Mapping[int, int], by: User | None, at: datetime, divided_anew: int | None = None
) -> None:
    """Change a campaign's percentages, by the key of the variant. Raises ValueError if they do not sum to 100.

    Raises SharesFixed once there is an issuance, because a guest stays in an arm. `divided_anew` is the primary key of
    an issuance whose guests are divided again in the same transaction.
    """
    with transaction.atomic():
        # The full lock, keys included: no issuance of the campaign can begin during this transaction.
        locked = Campaign.objects.select_for_update().get(pk=campaign.pk)
        variants = list(locked.variants.all())
        if shares_are_fixed(locked, divided_anew=divided_anew):
            raise SharesFixed
        if {variant.pk for variant in variants} != set(shares) or sum(shares.values()) != 100:  # noqa: PLR2004
            raise ValueError("one share for each variant, 100 % in all")
        before = {variant.name: variant.share for variant in variants}
        for variant in variants:
            Variant.objects.filter(pk=variant.pk).update(share=shares[variant.pk])
        after = {variant.name: shares[variant.pk] for variant in variants}
        audit.record(action="campaign.shares-set", on=campaign, by=by, at=at, before=before, after=after)


def _created(merchant: Merchant, content: Content, *, by: User | None, at: datetime) -> Campaign:
    columns = _columns(content)
    campaign = Campaign.objects.create(merchant=merchant, created_by=by, created_at=at, updated_at=at, **columns)
    _write_arms(campaign, content)
    return campaign


def _columns(content: Content) -> dict[str, Any]:
    return {
        "name": content.name.strip()[:LONGEST_NAME],
        "objective": content.objective.strip(),
        "fine_print": content.fine_print.strip(),
        **asdict(content.dates),
        "registers_controls": content.registers_controls,
    }


def _write_arms(campaign: Campaign, content: Content) -> None:
    """Write the variants, the control last. A template of another merchant is left out."""
    wanted = {arm.template_id for arm in content.arms if arm.template_id}
    own = set(RewardTemplate.objects.filter(merchant=campaign.merchant, pk__in=wanted).values_list("pk", flat=True))
    rows = [
        Variant(
            campaign=campaign,
            position=position,
            # A variant with exactly this name would be the control, which has no template.
            name="" if arm.name.strip() == CONTROL else arm.name.strip(),
            share=arm.share,
            reward_template_id=arm.template_id if arm.template_id in own else None,
        )
        for position, arm in enumerate(content.arms)
    ]
    if content.control_share is not None:
        rows.append(Variant(campaign=campaign, position=len(rows), name=CONTROL, share=content.control_share))
    Variant.objects.bulk_create(rows)


def _copied_name(campaign: Campaign) -> str:
    names = set(campaign.merchant.campaigns.kept().values_list("name", flat=True))
    stem, number = f"{campaign.name[: LONGEST_NAME - 15]} (copy", 1
    while (name := f"{stem})" if number == 1 else f"{stem} {number})") in names:
        number += 1
    return name
