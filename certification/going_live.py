"""From the sandbox to production: what must be true before real guests get rewards, computed where it can be."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import Exists, OuterRef
from django.urls import reverse

from accounts.models import User
from campaigns.catalog.credential import current_credential
from campaigns.catalog.problems import NEEDED_SCOPE
from certification import verdicts
from certification.verdicts import gathering
from certification.verdicts.demonstrated import LINES
from certification.verdicts.requirements import Verdict, counted
from engine import heartbeat
from issuance.models import Delivery
from issuance.models.observed import DeliveryState
from partner_api import connect
from partner_api.configuration import THANX_PER_QUARTER_HOUR, THANX_PER_SECOND

SHOWN_WITHIN = timedelta(days=30)
PRODUCTION = "PRODUCTION"


class State(enum.Enum):
    """How a point of the list stands. BY_HAND cannot be computed."""

    DONE = "done"
    OPEN = "open"
    BY_HAND = "by hand"


@dataclass(frozen=True, kw_only=True)
class Point:
    """One point of the list. `todo` says what is to be done, also where that cannot be checked."""

    asked: str
    state: State
    found: str
    todo: str = ""
    href: str = ""


def points(*, at: datetime) -> list[Point]:
    """Return the list, in the order in which it is worked through."""
    return [point(at) for point in POINTS]


def _point(asked: str, *, done: bool, found: str, todo: str, href: str = "") -> Point:
    return Point(
        asked=asked, state=State.DONE if done else State.OPEN, found=found, todo="" if done else todo, href=href
    )


def shown(at: datetime) -> Point:
    """The six demonstrations, shown at the sandbox, and nothing red."""
    asked, href = "Everything is shown at the sandbox, and nothing is red", reverse("certification:certification")
    if connect.environment().label == PRODUCTION:
        todo = "See the installation that uses the sandbox, and keep the evidence that it exports."
        return Point(asked=asked, state=State.BY_HAND, found="Nothing is demonstrated in production.", todo=todo)
    facts = gathering.facts(since=at - SHOWN_WITHIN, until=at)
    red = sum(line.verdict is Verdict.FAIL for group in verdicts.judged(facts) for line in group.lines)
    demonstrated = [judge(facts) for judge in LINES]
    missing = [line for line in demonstrated if line.verdict is not Verdict.PASS and line.key != "by-webhook"]
    found = f"In the last 30 days: {red:,} red, and {counted(len(missing), 'demonstration')} not shown."
    todo = "Run manage.py certify, or show the guided demo; then export the evidence."
    return _point(asked, done=not red and not missing, found=found, todo=todo, href=href)


def environment(_: datetime) -> Point:
    """Two settings that agree."""
    now = connect.environment()
    return _point(
        "Production is meant and connected",
        done=now.label == PRODUCTION,
        found=f"{now.label} {now.host}".strip() + ".",
        todo="Set THANX_API_URL to https://api.thanx.com, THANX_PRODUCTION to 1, and the credential that Thanx gave you"
        f" for production. {connect.remedy()}".strip(),
    )


def database(_: datetime) -> Point:
    """A database of its own."""
    other = connect.elsewhere()
    in_production = connect.environment().label == PRODUCTION
    todo = (
        "Give production a database of its own (DATABASE_URL, VAR_DIR). What the sandbox made stays in this one; it is"
        " never sent to production."
    )
    found = f"This database belongs to {other}." if other else "It holds nothing of another environment."
    done = in_production and not other
    return _point("Production has a database of its own", done=done, found=found, todo=todo)


def credential(_: datetime) -> Point:
    """Accepted, with the scope that issuing needs."""
    row = current_credential()
    accepted = row is not None and row.as_of is not None and not row.problem
    scopes = ", ".join(row.scopes) if row is not None else ""
    return _point(
        "Thanx accepts the credential, and it may issue rewards",
        done=accepted and row is not None and NEEDED_SCOPE in row.scopes,
        found=f"Accepted, with {scopes or 'no scope'}." if accepted else "Not accepted, or not tried yet.",
        todo=f"Check the connection; ask Thanx to grant {NEEDED_SCOPE}.",
        href=reverse("certification:diagnostics"),
    )


def limits(_: datetime) -> Point:
    """The published limits, or less."""
    found = connect.configuration()
    within = found.per_second <= THANX_PER_SECOND and found.per_quarter_hour <= THANX_PER_QUARTER_HOUR
    return _point(
        "Calls stay within Thanx's limits",
        done=within,
        found=f"{found.per_second:,} a second, {found.per_quarter_hour:,} in 15 minutes.",
        todo=f"Set THANX_RATE_PER_SECOND to {THANX_PER_SECOND} and THANX_RATE_PER_15_MINUTES to"
        f" {THANX_PER_QUARTER_HOUR}, or less.",
        href=reverse("certification:budget"),
    )


def settings_for_real_guests(_: datetime) -> Point:
    """No demo settings."""
    wrong = []
    if settings.DEBUG:
        wrong.append("DEBUG is on")
    if not settings.BEHIND_TLS:
        wrong.append("browsers come without https")
    if not settings.METRICS_TOKEN:
        wrong.append("nobody watches: METRICS_TOKEN is empty")
    return _point(
        "The settings are those for real guests",
        done=not wrong,
        found=f"To see to: {'; '.join(wrong)}." if wrong else "DEBUG is off, https is on, metrics can be read.",
        todo="See .env.example, and run manage.py check --deploy.",
        href=reverse("health"),
    )


def worker(at: datetime) -> Point:
    """Somebody works."""
    alive = heartbeat.count_alive(at=at)
    words = "1 worker is running." if alive == 1 else f"{alive:,} workers are running."
    return _point(
        "A worker runs", done=alive > 0, found=words, todo="Start one: manage.py work.", href=reverse("health")
    )


def webhooks(at: datetime) -> Point:
    """Set up and heard, or left alone on purpose."""
    asked, href = "Webhooks are set up and heard", reverse("staff-webhooks")
    if not settings.THANX_WEBHOOK_SECRETS:
        todo = "Ask Thanx to enable them, or leave them: polling does the same work, a little later."
        return Point(asked=asked, state=State.BY_HAND, found="They are not set up.", todo=todo, href=href)
    heard = Delivery.objects.filter(received_at__gt=at - SHOWN_WITHIN).exclude(state=DeliveryState.FORGED).exists()
    found = "A genuine one came in the last 30 days." if heard else "None has come in the last 30 days."
    return _point(asked, done=heard, found=found, todo="See whether Thanx knows the address and the secret.", href=href)


def operators(_: datetime) -> Point:
    """Every operator has a second factor: they may act for every merchant."""
    protected = Exists(Authenticator.objects.filter(user=OuterRef("pk")))
    staff = User.objects.filter(is_staff=True, is_active=True).annotate(is_protected=protected)
    found = list(staff.values_list("is_protected", flat=True))
    return _point(
        "Every operator signs in with a second factor",
        done=bool(found) and all(found),
        found=f"{sum(found):,} of {len(found):,} have one.",
        todo="Each of them adds one under Account, Two-factor authentication.",
    )


def backups(_: datetime) -> Point:
    """What no program of ours can see."""
    todo = "Back up the database, VAR_DIR/uploads and, apart from them, DATA_KEYS and SECRET_KEY. Restore them once."
    return Point(asked="Backups are made and were restored once", state=State.BY_HAND, found="", todo=todo)


def first_issuance(_: datetime) -> Point:
    """Begin small."""
    todo = (
        "Issue to yourself and a colleague, redeem, then revoke. Afterwards let a small first job go ahead of large"
        " ones."
    )
    return Point(asked="The first issuance in production is a small one", state=State.BY_HAND, found="", todo=todo)


POINTS: tuple[Callable[[datetime], Point], ...] = (
    *(shown, environment, database, credential, limits, settings_for_real_guests, worker, webhooks, operators),
    *(backups, first_issuance),
)
