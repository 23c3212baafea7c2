"""The frame around every page: the environment, the merchant, the navigation, and notices that concern all pages."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Count, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject

from accounts import permissions
from accounts.guards import merchants_for
from accounts.permissions import Act, Rights
from campaigns import halts
from campaigns.catalog import problems, refresh
from campaigns.models import Halt
from notifications.models import Notification
from partner_api import connect
from ui.explained import Explained

MOST_MERCHANTS = 50
"""At most so many merchants in the switcher; the home page lists all."""

Pages = tuple[tuple[Act, str, str, str], ...]
"""The act that opens each page, its label, icon and URL name."""

MERCHANT_PAGES: Pages = (
    (Act.SEE_MERCHANT, "Home", "home", "merchant-home"),
    (Act.SEE_MERCHANT, "Campaigns", "speakerphone", "campaigns:list"),
    (Act.SEE_MERCHANT, "Issuances", "send", "issuance:list"),
    (Act.SEE_MERCHANT, "Results", "target", "results:list"),
    (Act.LOOK_UP_GUESTS, "Guests", "users", "guests:find"),
    (Act.SEE_MERCHANT, "Feedback", "message", "guests:feedback"),
    (Act.SUBSCRIBE_GUESTS, "Subscribers", "mail", "guests:subscriptions"),
    (Act.SEE_MERCHANT, "Rewards", "gift", "campaigns:rewards"),
    (Act.SEE_MERCHANT, "Locations", "map-pin", "campaigns:locations"),
    (Act.SEE_MERCHANT, "Exclusions", "ban", "issuance:exclusions"),
)
CAPILLARY_PAGES: Pages = ((Act.LOOK_UP_GUESTS, "Issued rewards", "ticket", "guests:issued-rewards"),)
MANAGERS_PAGES: Pages = (
    (Act.MANAGE_PEOPLE, "People", "user-circle", "people:list"),
    (Act.CHANGE_SETTINGS, "Personal data", "shield-lock", "guests:personal-data"),
    (Act.STOP_SENDING, "Sending", "hand-stop", "issuance:sending"),
    (Act.SET_LIMITS, "Limits", "percentage", "campaigns:limits"),
    (Act.READ_AUDIT, "Audit trail", "history", "audit"),
)
INSTALLATION_PAGES: Pages = (
    (Act.READ_PROOFS, "API log", "list-details", "certification:api-log"),
    (Act.READ_PROOFS, "Budget", "percentage", "certification:budget"),
    (Act.READ_PROOFS, "Webhooks", "webhook", "staff-webhooks"),
    (Act.READ_PROOFS, "Certification", "certificate", "certification:certification"),
    (Act.READ_PROOFS, "Connection", "refresh", "certification:connection"),
    (Act.OPEN_GUEST_TOKENS, "Guest token", "key", "guest-token"),
    (Act.WATCH_HEALTH, "Health", "heartbeat", "health"),
    (Act.STOP_SENDING, "Sending", "hand-stop", "staff-sending"),
    (Act.READ_AUDIT, "Audit trail", "history", "staff-audit"),
    (Act.MANAGE_ACCOUNTS, "People", "user-circle", "staff-people"),
    (Act.OFFBOARD_MERCHANTS, "Off-boarding", "trash", "staff-offboarding"),
    (Act.USE_ADMIN, "Admin", "shield-lock", "admin:index"),
)
ENVIRONMENT_CLASSES = {"SANDBOX": "sandbox", "PRODUCTION": "production"}


@dataclass(frozen=True, kw_only=True)
class NavigationEntry:
    """One link of the navigation."""

    label: str
    icon: str
    href: str
    active: bool


@dataclass(frozen=True, kw_only=True)
class SwitcherEntry:
    """One merchant that the user can switch to."""

    name: str
    href: str
    current: bool


@dataclass(frozen=True, kw_only=True)
class Banner:
    """A notice that all sending is stopped, of the installation or of the merchant."""

    title: str
    text: str
    href: str
    action: str


@dataclass(frozen=True, kw_only=True)
class Frame:
    """The frame of one page. Visitors who have not signed in see the environment only."""

    environment: str
    environment_class: str
    host: str
    merchants: tuple[SwitcherEntry, ...] = ()
    more_merchants: bool = False
    merchant: Any = None
    role: str = ""
    search: str = ""
    unread: int = 0
    navigation: tuple[NavigationEntry, ...] = ()
    staff_navigation: tuple[NavigationEntry, ...] = ()
    as_of: datetime | None = None
    halts: tuple[Banner, ...] = ()
    trouble: Explained | None = None


def address(name: str, *args: str) -> str:
    """Return the URL of a page; "" if this installation has no such page."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def navigation(pages: Pages, *, rights: Rights, path: str, handle: str = "") -> tuple[NavigationEntry, ...]:
    """Return links to the pages that the rights open. The active one has the longest URL that `path` begins with.

    Every page of a merchant is below its home, so the home is active on its own page only.
    """
    place = [handle] if handle else []
    found = [(label, icon, address(name, *place)) for act, label, icon, name in pages if rights.may(act)]
    reachable = [item for item in found if item[2]]
    home = address("merchant-home", handle) if handle else ""
    leading = max((href for _, _, href in reachable if path.startswith(href) and href != home), key=len, default=path)
    return tuple(
        NavigationEntry(label=label, icon=icon, href=href, active=href == leading) for label, icon, href in reachable
    )


def switcher(user: Any, *, current: Any) -> tuple[tuple[SwitcherEntry, ...], bool, int]:
    """Return the user's merchants, whether there are more than listed, and the number of unread notifications.

    All in one query. A user without a merchant has no notifications.
    """
    merchants = merchants_for(user).only("name", "handle").annotate(unread=_unread(user)).order_by("name")
    rows = list(merchants[: MOST_MERCHANTS + 1])
    shown = tuple(
        SwitcherEntry(name=row.name, href=address("merchant-home", row.handle), current=row == current)
        for row in rows[:MOST_MERCHANTS]
    )
    return shown, len(rows) > MOST_MERCHANTS, rows[0].unread if rows else 0


def _unread(user: Any) -> Coalesce:
    mine = Notification.objects.shown_to(user).unread().order_by().values("to")
    return Coalesce(Subquery(mine.annotate(number=Count("pk")).values("number")), 0)


def build(request: HttpRequest) -> Frame:
    """Return the frame of a request's page: two queries for signed-in users, one more at a merchant."""
    environment = connect.environment()
    outside = Frame(
        environment=environment.label,
        environment_class=ENVIRONMENT_CLASSES.get(environment.label, "none"),
        host=environment.host,
    )
    user = getattr(request, "user", None)
    return inside(request, outside) if user is not None and user.is_authenticated else outside


def inside(request: HttpRequest, outside: Frame) -> Frame:
    """Return the frame of a signed-in user. The guard has found the rights at the merchant already."""
    merchant, role = getattr(request, "merchant", None), getattr(request, "role", None)
    merchants, more, unread = switcher(request.user, current=merchant)
    overall = permissions.rights(request.user)
    found = replace(
        outside,
        merchants=merchants,
        more_merchants=more,
        unread=unread,
        staff_navigation=navigation(INSTALLATION_PAGES, rights=overall, path=request.path),
        halts=tuple(banner(halt, rights=overall) for halt in halts.in_force(merchant)),
    )
    if merchant is None:
        return found
    pages = MERCHANT_PAGES + (CAPILLARY_PAGES if merchant.capillary_org else ()) + MANAGERS_PAGES
    rights = getattr(request, "rights", overall)
    return replace(
        found,
        merchant=merchant,
        role=role.label if role is not None else "",
        search=address("search", merchant.handle),
        navigation=navigation(pages, rights=rights, path=request.path, handle=merchant.handle),
        as_of=merchant.as_of,
        trouble=problems.explained(refresh.standing_problem(merchant)),
    )


def banner(halt: Halt, *, rights: Rights) -> Banner:
    """Return the notice of a halt. It links to the switch if the user can see it."""
    whose = "of all merchants" if halt.merchant is None else f"of {halt.merchant.name}"
    href = address("issuance:sending", halt.merchant.handle) if halt.merchant else address("staff-sending")
    can_see = halt.merchant is not None or rights.may(Act.STOP_SENDING)
    return Banner(
        title=f"All sending {whose} is stopped",
        text=f"No reward is issued and no campaign created: “{halt.reason}” ({halt.by or 'the command line'})."
        " What is due waits, and nothing is lost.",
        href=href if can_see else "",
        action="See the switch" if can_see else "",
    )


def frame(request: HttpRequest) -> dict[str, Any]:
    """Add the frame to the context of templates. It is built on first use, so fragments do not pay for it."""
    return {"frame": SimpleLazyObject(lambda: build(request))}
