"""One guest: the answer to why they (did not) get it, what Thanx said of them, and the portal's own history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from django.conf import settings
from django.urls import reverse

from campaigns.models import Campaign, Merchant
from campaigns.states import CampaignState
from campaigns.status import UNTITLED
from guests import scopes
from guests.lookup.explanations import DUPLICATE, TONES, Listing, Place, Verdict, sentence_of, verdict_of
from guests.lookup.history import listings_of
from guests.lookup.lookup import Known
from guests.lookup.tags import Mark
from guests.pages.feedback_rows import Row as Said
from guests.pages.feedback_rows import said_by
from guests.scopes import Scope
from issuance.jobs.guest_search import Sought
from partner_api.answers import people
from ui.status import Tone

MOST_CAMPAIGNS = 200
MONTHS = (
    *("", "January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One thing that a guest may receive; `on` None where Thanx did not say."""

    name: str
    label: str
    on: bool | None


@dataclass(frozen=True, kw_only=True)
class Person:
    """What Thanx said of the guest."""

    name: str = field(repr=False)
    email: str = field(repr=False)
    phone: str = field(repr=False)
    birthday: str = field(repr=False)
    zip_code: str = field(repr=False)
    tier: str
    points: str
    joined_at: datetime | None
    settings: Sequence[Setting]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of one issuance that names the guest."""

    place: str
    tone: str
    icon: str
    sentence: str
    at: datetime
    revoked_at: datetime | None
    issuance: int
    href: str
    campaign: str
    campaign_href: str
    line: int
    job: int | None


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A campaign that can be asked about."""

    pk: int
    name: str
    chosen: bool


@dataclass(frozen=True, kw_only=True)
class ProfilePage:
    """The whole page. `person` is None where Thanx knows nobody or was not asked, and `hint` says which."""

    title: str
    verdict: Verdict
    tone: str
    icon: str
    person: Person | None
    as_of: datetime | None
    hint: str
    hint_todo: str
    may_edit: bool
    edit_hint: str
    rows: Sequence[Row]
    campaigns: Sequence[Choice]
    token: str
    tags: Sequence[Mark] | None
    tags_hint: str
    tag_prefix: str
    may_tag: bool
    said: Sequence[Said]


def profile_page(
    *,
    merchant: Merchant,
    wanted: Sought,
    told: Known | None,
    tags: Sequence[Mark] | None,
    campaign_id: int | None,
    may_edit: bool,
) -> ProfilePage:
    """Return the page of one guest: at most sixteen queries."""
    listings = listings_of(merchant=merchant, fingerprints=wanted.fingerprints)
    campaigns = _campaigns(merchant, campaign_id)
    asked = next((one.name for one in campaigns if one.chosen), "")
    verdict = verdict_of(listings, campaign=asked, campaign_id=campaign_id if asked else None)
    tone, icon = TONES[verdict.listing.place] if verdict.listing else (Tone.NEUTRAL, "search")
    held = scopes.held()
    person = _person(told.user) if told and told.user else None
    hint, hint_todo = _hint(told, held=held)
    can_write = Scope.SETTINGS_WRITE in held
    return ProfilePage(
        title=person.name or "Guest" if person else "Guest",
        verdict=verdict,
        tone=tone.value,
        icon=icon,
        person=person,
        as_of=told.as_of if told else None,
        hint=hint,
        hint_todo=hint_todo,
        may_edit=may_edit and can_write,
        edit_hint="" if can_write else scopes.without(Scope.SETTINGS_WRITE),
        rows=[row for one in _without_doubles(listings) for row in [_row(one, merchant)]],
        campaigns=campaigns,
        token=wanted.token,
        tags=tags,
        tags_hint="" if Scope.TAGS_READ in held else scopes.without(Scope.TAGS_READ),
        tag_prefix=settings.TAG_PREFIX,
        may_tag=may_edit and Scope.TAGS_WRITE in held,
        said=said_by(merchant, fingerprints=wanted.fingerprints, user_id=told.user.id if told and told.user else ""),
    )


def settings_of(settings: people.CommunicationSettings | None) -> tuple[Setting, ...]:
    """Return what a guest receives, in words."""
    if settings is None:
        return ()
    return (
        Setting(name="marketing_general_email", label="News and offers by e-mail", on=settings.marketing_general_email),
        Setting(name="reward_offer_email", label="New rewards by e-mail", on=settings.reward_offer_email),
        Setting(
            name="reward_offer_notification",
            label="New rewards as a notification",
            on=settings.reward_offer_notification,
        ),
        Setting(
            name="reward_progress_email", label="Progress to a reward by e-mail", on=settings.reward_progress_email
        ),
    )


def _hint(told: Known | None, *, held: frozenset[str]) -> tuple[str, str]:
    if Scope.USERS not in held:
        return "Names and points are not shown", scopes.without(Scope.USERS)
    if told is None:
        return "Thanx has not been asked just now", "Search for the guest again to see name, tier and points."
    if told.user is None:
        return "Thanx knows no such member here", "Invite the guest to join, or check the spelling."
    return "", ""


def _person(user: people.User) -> Person:
    loyalty = user.loyalty
    points = loyalty.points_balance if loyalty else None
    return Person(
        name=" ".join(part for part in (user.first_name, user.last_name) if part),
        email=user.email,
        phone=user.phone,
        birthday=birthday_of(user.birth_date),
        zip_code=user.zip_code,
        tier=loyalty.tier if loyalty else "",
        points="" if points is None else f"{points.normalize():,f}",
        joined_at=loyalty.joined_at if loyalty else None,
        settings=settings_of(user.communication),
    )


def birthday_of(date: people.BirthDate | None) -> str:
    """Return a birthday as far as it is known: “12 May 1990”, “12 May”, “May 1990”, “1990”; '' for none."""
    if date is None:
        return ""
    month = MONTHS[date.month] if date.month and date.month < len(MONTHS) else ""
    parts = [str(date.day) if date.day and month else "", month, str(date.year) if date.year else ""]
    return " ".join(part for part in parts if part)


def _campaigns(merchant: Merchant, chosen: int | None) -> list[Choice]:
    rows = Campaign.objects.filter(merchant=merchant, issuances__isnull=False).exclude(state=CampaignState.DISCARDED)
    latest = rows.distinct().order_by("-created_at", "-pk").values_list("pk", "name")[:MOST_CAMPAIGNS]
    return [Choice(pk=pk, name=name or UNTITLED, chosen=pk == chosen) for pk, name in latest]


def _without_doubles(listings: Sequence[Listing]) -> list[Listing]:
    """Leave out what says the same twice: after the line that counts, each repeated line is one more row at most."""
    found: list[Listing] = []
    for _, group in groupby(listings, key=lambda one: one.issuance_id):
        mine = list(group)
        found += [one for one in mine if one.code != DUPLICATE]
        found += [one for one in mine if one.code == DUPLICATE][:3]
    return found


def _row(one: Listing, merchant: Merchant) -> Row:
    tone, icon = TONES[one.place]
    page = "check" if one.place is Place.DRAFT else "detail"
    return Row(
        place=one.place.value,
        tone=tone.value,
        icon=icon,
        sentence=sentence_of(one),
        at=one.at,
        revoked_at=one.revoked_at if one.place is Place.REVOKED else None,
        issuance=one.issuance_id,
        href=reverse(f"issuance:{page}", args=[merchant.handle, one.issuance_id]),
        campaign=one.campaign,
        campaign_href=reverse("campaigns:detail", args=[merchant.handle, one.campaign_id]),
        line=one.line,
        job=one.job,
    )
