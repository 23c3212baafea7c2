"""The page of one guest: why they did or did not get a reward, what Thanx answered, and the portal's history."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from django.conf import settings
from django.urls import reverse

from campaigns.models import Campaign, Merchant
from campaigns.states import CampaignState
from campaigns.status import UNTITLED
from guests import scopes
from guests.lookup.explanations import (
    DUPLICATE,
    TONES,
    Explanation,
    GuestLine,
    GuestStatus,
    explanation_of,
    sentence_of,
)
from guests.lookup.history import guest_lines_of
from guests.lookup.lookup import GuestAnswer
from guests.pages.feedback_rows import FeedbackRow, feedback_of_guest
from guests.scopes import Scope
from guests.tags.tags import GuestTag
from issuance.jobs.guest_search import GuestQuery
from partner_api.answers import guests
from ui.status import Tone
from vault.masking import MASK, masked_identifier

MOST_CAMPAIGNS = 200
SETTINGS = {
    "marketing_general_email": "News and offers by email",
    "reward_offer_email": "New rewards by email",
    "reward_offer_notification": "New rewards as a notification",
    "reward_progress_email": "Progress to a reward by email",
}
"""The label of each of Thanx's communication settings."""

MONTHS = (
    *("", "January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, kw_only=True)
class GuestSetting:
    """Something that a guest may receive; `on` is None where Thanx does not say."""

    name: str
    label: str
    on: bool | None


@dataclass(frozen=True, kw_only=True)
class GuestDetails:
    name: str = field(repr=False)
    user: guests.User = field(repr=False)
    birthday: str = field(repr=False)
    tier: str
    points: str
    joined_at: datetime | None
    settings: Sequence[GuestSetting]


@dataclass(frozen=True, kw_only=True)
class HistoryRow:
    line: GuestLine
    tone: str
    icon: str
    sentence: str
    revoked_at: datetime | None
    href: str
    campaign_href: str
    where: str


@dataclass(frozen=True, kw_only=True)
class CampaignOption:
    pk: int
    name: str
    chosen: bool


@dataclass(frozen=True, kw_only=True)
class ProfilePage:
    """The whole page. `person` is None where Thanx knows no such guest or was not asked; `hint` says which."""

    title: str
    explanation: Explanation
    tone: str
    icon: str
    person: GuestDetails | None
    as_of: datetime | None
    hint: str
    hint_todo: str
    may_edit: bool
    edit_hint: str
    rows: Sequence[HistoryRow]
    campaigns: Sequence[CampaignOption]
    token: str
    tags: Sequence[GuestTag] | None
    tags_hint: str
    tag_prefix: str
    may_tag: bool
    feedback: Sequence[FeedbackRow]


def profile_page(
    *,
    merchant: Merchant,
    wanted: GuestQuery,
    answer: GuestAnswer | None,
    tags: Sequence[GuestTag] | None,
    campaign_id: int | None,
    clear: bool,
) -> ProfilePage:
    """Return the page of one guest, masked unless `clear`: at most sixteen queries."""
    lines = guest_lines_of(merchant=merchant, fingerprints=wanted.fingerprints)
    campaigns = _campaigns(merchant, campaign_id)
    asked = next((one.name for one in campaigns if one.chosen), "")
    explanation = explanation_of(lines, campaign=asked, campaign_id=campaign_id if asked else None)
    tone, icon = TONES[explanation.about.status] if explanation.about else (Tone.NEUTRAL, "search")
    held = scopes.held()
    person = _person(answer.user, clear=clear) if answer and answer.user else None
    hint, hint_todo = _hint(answer, held=held)
    return ProfilePage(
        title=(person.name if person and clear else "") or "Guest",
        explanation=explanation,
        tone=tone.value,
        icon=icon,
        person=person,
        as_of=answer.as_of if answer else None,
        hint=hint,
        hint_todo=hint_todo,
        may_edit=Scope.SETTINGS_WRITE in held,
        edit_hint=scopes.lacking(Scope.SETTINGS_WRITE, among=held),
        rows=[_row(one, merchant) for one in _without_doubles(lines)],
        campaigns=campaigns,
        token=wanted.token,
        tags=tags,
        tags_hint=scopes.lacking(Scope.TAGS_READ, among=held),
        tag_prefix=settings.TAG_PREFIX,
        may_tag=Scope.TAGS_WRITE in held,
        feedback=feedback_of_guest(
            merchant,
            fingerprints=wanted.fingerprints,
            user_id=answer.user.id if answer and answer.user else "",
            clear=clear,
        ),
    )


def settings_of(settings: guests.CommunicationSettings | None) -> tuple[GuestSetting, ...]:
    """Return what a guest receives, in words."""
    if settings is None:
        return ()
    return tuple(GuestSetting(name=name, label=label, on=getattr(settings, name)) for name, label in SETTINGS.items())


def _hint(answer: GuestAnswer | None, *, held: frozenset[str]) -> tuple[str, str]:
    if Scope.USERS not in held:
        return "Names and points are not shown", scopes.without(Scope.USERS)
    if answer is None:
        return "Thanx has not been asked just now", "Search for the guest again to see name, tier and points."
    if answer.user is None:
        return "Thanx knows no such member here", "Invite the guest to join, or check the spelling."
    return "", ""


def _person(user: guests.User, *, clear: bool) -> GuestDetails:
    user = user if clear else _masked(user)
    loyalty = user.loyalty
    points = loyalty.points_balance if loyalty else None
    return GuestDetails(
        name=" ".join(part for part in (user.first_name, user.last_name) if part),
        user=user,
        birthday=birthday_of(user.birth_date) if clear else MASK if user.birth_date else "",
        tier=loyalty.tier if loyalty else "",
        points="" if points is None else f"{points.normalize():,f}",
        joined_at=loyalty.joined_at if loyalty else None,
        settings=settings_of(user.communication),
    )


def _masked(user: guests.User) -> guests.User:
    named = ("email", "phone", "first_name", "last_name", "zip_code")
    masks: dict[str, Any] = {name: masked_identifier(getattr(user, name) or "") for name in named}
    return replace(user, **masks)


def birthday_of(date: guests.BirthDate | None) -> str:
    """Return a birthday as far as it is known: “12 May 1990”, “12 May”, “May 1990”, “1990”; '' for none."""
    if date is None:
        return ""
    month = MONTHS[date.month] if date.month and date.month < len(MONTHS) else ""
    parts = [str(date.day) if date.day and month else "", month, str(date.year) if date.year else ""]
    return " ".join(part for part in parts if part)


def _campaigns(merchant: Merchant, chosen: int | None) -> list[CampaignOption]:
    rows = Campaign.objects.filter(merchant=merchant, issuances__isnull=False).exclude(state=CampaignState.DISCARDED)
    latest = rows.distinct().order_by("-created_at", "-pk").values_list("pk", "name")[:MOST_CAMPAIGNS]
    return [CampaignOption(pk=pk, name=name or UNTITLED, chosen=pk == chosen) for pk, name in latest]


def _without_doubles(lines: Sequence[GuestLine]) -> list[GuestLine]:
    """Keep at most three duplicates of each issuance: after the line that counts they say nothing new."""
    found: list[GuestLine] = []
    for _, group in groupby(lines, key=lambda one: one.issuance_id):
        mine = list(group)
        found += [one for one in mine if one.code != DUPLICATE]
        found += [one for one in mine if one.code == DUPLICATE][:3]
    return found


def _row(one: GuestLine, merchant: Merchant) -> HistoryRow:
    tone, icon = TONES[one.status]
    page = "check" if one.status is GuestStatus.DRAFT else "detail"
    return HistoryRow(
        line=one,
        tone=tone.value,
        icon=icon,
        sentence=sentence_of(one),
        revoked_at=one.revoked_at if one.status is GuestStatus.REVOKED else None,
        href=reverse(f"issuance:{page}", args=[merchant.handle, one.issuance_id]),
        campaign_href=reverse("campaigns:detail", args=[merchant.handle, one.campaign_id]),
        where=f"line {one.line:,}" + (f", job {one.job}" if one.job else ""),
    )
