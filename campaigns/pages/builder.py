"""The builder: one draft, its arms, and the reward picker of the arm that is open."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q
from django.urls import reverse

from campaigns import schedule
from campaigns.draft.content import MOST_VARIANTS, Content, content_of
from campaigns.draft.differences import DraftDifference, differences
from campaigns.forms import ArmForm, Builder
from campaigns.models import Campaign, Merchant, RewardTemplate
from campaigns.pages.split import Split, split_page
from campaigns.schedule import LABELS, Dates
from campaigns.zones import zone_of

CARDS_A_PAGE = 6


@dataclass(frozen=True, kw_only=True)
class RewardPicker:
    position: int
    query: str
    cards: Page[RewardTemplate]
    chosen: RewardTemplate | None
    address: str

    @property
    def input_name(self) -> str:
        return f"arm-{self.position}-template"


@dataclass(frozen=True, kw_only=True)
class BuilderArm:
    position: int
    form: ArmForm
    chosen: RewardTemplate | None
    picker: RewardPicker | None


@dataclass(frozen=True, kw_only=True)
class RedemptionWindow:
    """What the four dates mean for guests, and what is wrong with them."""

    sentence: str
    problems: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class OtherVersion:
    """What another tab or another user has saved while this form was open."""

    differences: tuple[DraftDifference, ...]
    href: str
    saved_at: datetime


@dataclass(frozen=True, kw_only=True)
class BuilderPage:
    builder: Builder
    seen: str
    action: str
    title: str
    arms: tuple[BuilderArm, ...]
    can_add: bool
    split: Split
    window: RedemptionWindow
    zone: str
    refusal: str
    discard_href: str


def builder_page(
    *, merchant: Merchant, campaign: Campaign | None, builder: Builder, query: Mapping[str, str], at: datetime
) -> BuilderPage:
    """Return the builder of a draft, saved or not. `query` says which picker is open."""
    chosen = _chosen(merchant, builder)
    first_empty = (str(position) for position, form in enumerate(builder.arms) if _template_id(form) is None)
    opened = query.get("choose") or next(first_empty, "")
    arguments = [merchant.handle] if campaign is None else [merchant.handle, campaign.pk]
    return BuilderPage(
        builder=builder,
        seen=campaign.updated_at.isoformat() if campaign else "",
        action=reverse("campaigns:new" if campaign is None else "campaigns:edit", args=arguments),
        title=(campaign and campaign.name) or "New campaign",
        arms=tuple(
            BuilderArm(
                position=position,
                form=form,
                chosen=chosen.get(_template_id(form)),
                picker=reward_picker_page(
                    merchant, position=position, chosen=chosen.get(_template_id(form)), query=query
                )
                if opened == str(position)
                else None,
            )
            for position, form in enumerate(builder.arms)
        ),
        can_add=len(builder.arms) + builder.has_control < MOST_VARIANTS,
        split=_split(builder),
        window=window_page(_dates(builder), at=at),
        zone=str(zone_of(merchant)),
        refusal=campaign.error_text if campaign else "",
        discard_href=reverse("campaigns:discard", args=arguments) if campaign else "",
    )


def other_version(campaign: Campaign, *, mine: Content) -> OtherVersion:
    """Return how the saved draft differs from what a user has typed."""
    theirs = content_of(campaign)
    wanted = {arm.template_id for arm in (*mine.arms, *theirs.arms) if arm.template_id}
    rewards = RewardTemplate.objects.filter(merchant=campaign.merchant, pk__in=wanted).values_list("pk", "name")
    return OtherVersion(
        differences=differences(mine, theirs, rewards=dict(rewards), zone=zone_of(campaign.merchant)),
        href=reverse("campaigns:edit", args=[campaign.merchant.handle, campaign.pk]),
        saved_at=campaign.updated_at,
    )


def reward_picker_page(
    merchant: Merchant, *, position: int, chosen: RewardTemplate | None, query: Mapping[str, str]
) -> RewardPicker:
    """Return the published rewards that match `q`, without the chosen one, which the page always shows."""
    words = query.get("q", "").strip()[:100]
    found = RewardTemplate.objects.filter(merchant=merchant).published()
    for word in words.split():
        found = found.filter(Q(name__icontains=word) | Q(description__icontains=word) | Q(subtype__icontains=word))
    if chosen is not None:
        found = found.exclude(pk=chosen.pk)
    return RewardPicker(
        position=position,
        query=words,
        cards=Paginator(found, CARDS_A_PAGE).get_page(query.get("page")),
        chosen=chosen,
        address=f"{reverse('campaigns:pick', args=[merchant.handle])}?choose={position}",
    )


def window_page(dates: Dates, *, at: datetime) -> RedemptionWindow:
    """Return what the dates mean for guests. A date that is not typed yet is no problem here."""
    problems = [
        problem for problem in schedule.problems_of_dates(dates, at=at) if getattr(dates, problem.field) is not None
    ]
    texts = tuple(f"{LABELS[problem.field]}: {problem.text}" for problem in problems)
    return RedemptionWindow(sentence="" if texts else schedule.in_words(dates), problems=texts)


def _chosen(merchant: Merchant, builder: Builder) -> dict[int | None, RewardTemplate]:
    wanted = [_template_id(form) for form in builder.arms]
    rows = RewardTemplate.objects.filter(merchant=merchant, pk__in=[each for each in wanted if each])
    return {row.pk: row for row in rows}


def _template_id(form: ArmForm) -> int | None:
    return typed_number(form["template"].value())


def _split(builder: Builder) -> Split:
    return split_page(
        names=[str(form["name"].value() or "") for form in builder.arms],
        shares=[typed_number(form["share"].value()) or 0 for form in builder.arms],
        control_share=(typed_number(builder.campaign["control_share"].value()) or 0) if builder.has_control else None,
    )


def _dates(builder: Builder) -> Dates:
    if builder.campaign.is_bound:
        return builder.campaign.dates()
    return Dates(**{name: builder.campaign.initial.get(name) for name in LABELS})


def typed_number(value: Any) -> int | None:
    """Return what was typed as a whole number that a database can hold; None for anything else."""
    text = str(value).strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None  # noqa: PLR2004
