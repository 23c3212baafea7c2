"""What surrounds every page: which environment this is, for whom somebody acts, and where they can go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject

from accounts.guards import merchants_for
from accounts.models import Role
from campaigns import halts
from campaigns.catalog import problems, refresh
from campaigns.models import Halt
from notifications.models import Notification
from partner_api import connect
from ui.explained import Explained

MOST_MERCHANTS = 50
"""The switcher lists this many; the home page lists all."""

MERCHANT_PAGES = (
    ("Home", "home", "merchant-home"),
    ("Campaigns", "speakerphone", "campaigns:list"),
    ("Issuances", "send", "issuance:list"),
    ("Guests", "users", "guests:find"),
    ("Feedback", "message", "guests:feedback"),
    ("Subscribers", "mail", "guests:subscriptions"),
    ("Rewards", "gift", "campaigns:rewards"),
    ("Locations", "map-pin", "campaigns:locations"),
    ("Exclusions", "ban", "issuance:exclusions"),
)
CAPILLARY_PAGES = (("Capillary", "ticket", "guests:issual"),)
MANAGERS_PAGES = (("Sending", "hand-stop", "issuance:sending"), ("Audit trail", "history", "audit"))
STAFF_PAGES = (
    ("API log", "list-details", "certification:api-log"),
    ("Budget", "percentage", "certification:budget"),
    ("Webhooks", "webhook", "staff-webhooks"),
    ("Certification", "certificate", "certification:certification"),
    ("Connection", "refresh", "certification:diagnostics"),
    ("Guest token", "key", "user-token"),
    ("Health", "heartbeat", "health"),
    ("Sending", "hand-stop", "staff-sending"),
    ("Audit trail", "history", "staff-audit"),
    ("Admin", "shield-lock", "admin:index"),
)
ENVIRONMENT_CLASSES = {"SANDBOX": "sandbox", "PRODUCTION": "production"}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the navigation."""

    label: str
    icon: str
    href: str
    active: bool


@dataclass(frozen=True, kw_only=True)
class Place:
    """One merchant of the switcher."""

    name: str
    href: str
    current: bool


@dataclass(frozen=True, kw_only=True)
class Banner:
    """That nothing is sent, on every page that it concerns."""

    title: str
    text: str
    href: str
    action: str


@dataclass(frozen=True, kw_only=True)
class Frame:
    """The frame of one page. Strangers see the environment only."""

    environment: str
    environment_class: str
    host: str
    merchants: tuple[Place, ...] = ()
    more_merchants: bool = False
    merchant: Any = None
    role: str = ""
    search: str = ""
    unread: int = 0
    navigation: tuple[Entry, ...] = ()
    staff_navigation: tuple[Entry, ...] = ()
    as_of: datetime | None = None
    halts: tuple[Banner, ...] = ()
    trouble: Explained | None = None


def address(name: str, *args: str) -> str:
    """Return the address of a page, or nothing where this installation has none of that name."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def entries(pages: tuple[tuple[str, str, str], ...], *, path: str, handle: str = "") -> tuple[Entry, ...]:
    """Return the navigation through some pages; the longest address that leads to `path` is the active one.

    Everything of a merchant lies below its home, which is active on that page alone.
    """
    found = [(label, icon, address(name, *([handle] if handle else []))) for label, icon, name in pages]
    reachable = [item for item in found if item[2]]
    home = address("merchant-home", handle) if handle else ""
    leading = max((href for _, _, href in reachable if path.startswith(href) and href != home), key=len, default=path)
    return tuple(Entry(label=label, icon=icon, href=href, active=href == leading) for label, icon, href in reachable)


def places(user: Any, *, current: Any) -> tuple[tuple[Place, ...], bool, int]:
    """Return the merchants somebody may act for, whether the switcher lists not all, and their unread notifications.

    One query: no page pays another for its bell. Nobody is told of anything before there is a merchant.
    """
    merchants = merchants_for(user).only("name", "handle").annotate(unread=_unread(user)).order_by("name")
    rows = list(merchants[: MOST_MERCHANTS + 1])
    shown = tuple(
        Place(name=row.name, href=address("merchant-home", row.handle), current=row == current)
        for row in rows[:MOST_MERCHANTS]
    )
    return shown, len(rows) > MOST_MERCHANTS, rows[0].unread if rows else 0


def _unread(user: Any) -> Coalesce:
    mine = Notification.objects.shown_to(user).unread().order_by().values("to")
    return Coalesce(Subquery(mine.annotate(number=Count("pk")).values("number")), 0)


def build(request: HttpRequest) -> Frame:
    """Return the frame of a request's page: two queries for people who have signed in, one more at a merchant."""
    environment = connect.environment()
    outside = Frame(
        environment=environment.label,
        environment_class=ENVIRONMENT_CLASSES.get(environment.label, "none"),
        host=environment.host,
    )
    user = getattr(request, "user", None)
    return inside(request, outside) if user is not None and user.is_authenticated else outside


def inside(request: HttpRequest, outside: Frame) -> Frame:
    """Return the frame of somebody who has signed in."""
    merchant = getattr(request, "merchant", None)
    merchants, more, unread = places(request.user, current=merchant)
    role = getattr(request, "role", None)
    looks_up = merchant is not None and merchant.capillary_org and role is not None and role >= Role.MARKETER
    pages = MERCHANT_PAGES + (CAPILLARY_PAGES if looks_up else ())
    pages += MANAGERS_PAGES if role is not None and role >= Role.MANAGER else ()
    staff = STAFF_PAGES if request.user.is_staff else ()
    return Frame(
        environment=outside.environment,
        environment_class=outside.environment_class,
        host=outside.host,
        merchants=merchants,
        more_merchants=more,
        merchant=merchant,
        role=role.label if role is not None else "",
        unread=unread,
        search=address("search", merchant.handle) if merchant else "",
        navigation=entries(pages, path=request.path, handle=merchant.handle) if merchant else (),
        staff_navigation=entries(staff, path=request.path),
        as_of=getattr(merchant, "as_of", None),
        halts=tuple(banner(halt, user=request.user) for halt in halts.in_force(merchant)),
        trouble=problems.explained(refresh.standing_problem(merchant)) if merchant else None,
    )


def banner(halt: Halt, *, user: Any) -> Banner:
    """Return what everybody should know of a stop of all sending. One of a merchant leads to its switch."""
    whose = "of all merchants" if halt.merchant is None else f"of {halt.merchant.name}"
    href = address("issuance:sending", halt.merchant.handle) if halt.merchant else address("staff-sending")
    seen = halt.merchant is not None or user.is_staff
    return Banner(
        title=f"All sending {whose} is stopped",
        text=f"No reward is issued and no campaign created: “{halt.reason}” ({halt.by or 'the command line'})."
        " What is due waits, and nothing is lost.",
        href=href if seen else "",
        action="See the switch" if seen else "",
    )


def frame(request: HttpRequest) -> dict[str, Any]:
    """Add the frame to the context; it is built when a template uses it, so a fragment does not pay for it."""
    return {"frame": SimpleLazyObject(lambda: build(request))}
