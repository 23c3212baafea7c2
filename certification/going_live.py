"""The checklist for going live: what must be true before real guests get rewards, computed where possible."""

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
from certification.verdicts.demonstrated import REQUIREMENTS
from certification.verdicts.requirements import Verdict
from engine import heartbeat
from issuance.models import Delivery
from issuance.models.observed import DeliveryState
from partner_api import connect
from partner_api.configuration import THANX_PER_QUARTER_HOUR, THANX_PER_SECOND
from ui.wording import counted

SHOWN_WITHIN = timedelta(days=30)
PRODUCTION = "PRODUCTION"


class ItemState(enum.Enum):
    """BY_HAND: no program can check this item."""

    DONE = "done"
    OPEN = "open"
    BY_HAND = "by hand"


@dataclass(frozen=True, kw_only=True)
class ChecklistItem:
    """One item. `found` is what was checked, `todo` what the operator has to do."""

    asked: str
    state: ItemState
    found: str
    todo: str = ""
    href: str = ""


def checklist(*, at: datetime) -> list[ChecklistItem]:
    """Return the checklist, in the order in which operators work through it."""
    return [item(at) for item in ITEMS]


def _checked(asked: str, *, done: bool, found: str, todo: str, href: str = "") -> ChecklistItem:
    return ChecklistItem(
        asked=asked, state=ItemState.DONE if done else ItemState.OPEN, found=found, todo="" if done else todo, href=href
    )


def shown_demonstrations(at: datetime) -> ChecklistItem:
    """All demonstrations were shown at the sandbox lately, and no requirement fails."""
    asked, href = "Everything is shown at the sandbox, and nothing is red", reverse("certification:certification")
    if connect.environment().label == PRODUCTION:
        todo = "See the installation that uses the sandbox, and keep the evidence that it exports."
        return ChecklistItem(
            asked=asked, state=ItemState.BY_HAND, found="Nothing is demonstrated in production.", todo=todo
        )
    facts = gathering.facts(since=at - SHOWN_WITHIN, until=at)
    red = sum(line.verdict is Verdict.FAIL for group in verdicts.judged(facts) for line in group.requirements)
    demonstrated = [judge(facts) for judge in REQUIREMENTS]
    missing = [line for line in demonstrated if line.verdict is not Verdict.PASS and line.key != "by-webhook"]
    found = f"In the last 30 days: {red:,} red, and {counted(len(missing), 'demonstration')} not shown."
    todo = "Run manage.py certify, or show the guided demo; then export the evidence."
    return _checked(asked, done=not red and not missing, found=found, todo=todo, href=href)


def production_host(_: datetime) -> ChecklistItem:
    """THANX_PRODUCTION and THANX_API_URL both mean production."""
    now = connect.environment()
    return _checked(
        "Production is meant and connected",
        done=now.label == PRODUCTION,
        found=f"{now.label} {now.host}".strip() + ".",
        todo="Set THANX_API_URL to https://api.thanx.com, THANX_PRODUCTION to 1, and the credential that Thanx gave you"
        f" for production. {connect.remedy()}".strip(),
    )


def database(_: datetime) -> ChecklistItem:
    """The database belongs to production only."""
    other = connect.other_environment()
    in_production = connect.environment().label == PRODUCTION
    todo = (
        "Give production a database of its own (DATABASE_URL, VAR_DIR). What the sandbox made stays in this one; it is"
        " never sent to production."
    )
    found = f"This database belongs to {other}." if other else "It holds nothing of another environment."
    done = in_production and not other
    return _checked("Production has a database of its own", done=done, found=found, todo=todo)


def credential(_: datetime) -> ChecklistItem:
    """Thanx accepts the credential, and it has the scope that issuing needs."""
    row = current_credential()
    accepted = row is not None and row.as_of is not None and not row.problem
    scopes = ", ".join(row.scopes) if row is not None else ""
    return _checked(
        "Thanx accepts the credential, and it may issue rewards",
        done=accepted and row is not None and NEEDED_SCOPE in row.scopes,
        found=f"Accepted, with {scopes or 'no scope'}." if accepted else "Not accepted, or not tried yet.",
        todo=f"Check the connection; ask Thanx to grant {NEEDED_SCOPE}.",
        href=reverse("certification:connection"),
    )


def limits(_: datetime) -> ChecklistItem:
    """The configured rates are at most the published limits."""
    found = connect.configuration()
    within = found.per_second <= THANX_PER_SECOND and found.per_quarter_hour <= THANX_PER_QUARTER_HOUR
    return _checked(
        "Calls stay within Thanx's limits",
        done=within,
        found=f"{found.per_second:,} a second, {found.per_quarter_hour:,} in 15 minutes.",
        todo=f"Set THANX_RATE_PER_SECOND to {THANX_PER_SECOND} and THANX_RATE_PER_15_MINUTES to"
        f" {THANX_PER_QUARTER_HOUR}, or less.",
        href=reverse("certification:budget"),
    )


def settings_for_real_guests(_: datetime) -> ChecklistItem:
    """DEBUG is off, browsers use https, and metrics can be scraped."""
    wrong = []
    if settings.DEBUG:
        wrong.append("DEBUG is on")
    if not settings.BEHIND_TLS:
        wrong.append("browsers come without https")
    if not settings.METRICS_TOKEN:
        wrong.append("nothing is watched: METRICS_TOKEN is empty")
    return _checked(
        "The settings are those for real guests",
        done=not wrong,
        found=f"To see to: {'; '.join(wrong)}." if wrong else "DEBUG is off, https is on, metrics can be read.",
        todo="See .env.example, and run manage.py check --deploy.",
        href=reverse("health"),
    )


def worker(at: datetime) -> ChecklistItem:
    """At least one worker is alive."""
    alive = heartbeat.count_alive(at=at)
    words = "1 worker is running." if alive == 1 else f"{alive:,} workers are running."
    return _checked(
        "A worker runs", done=alive > 0, found=words, todo="Start one: manage.py work.", href=reverse("health")
    )


def webhooks(at: datetime) -> ChecklistItem:
    """A genuine webhook arrived lately; without secrets the operator decides."""
    asked, href = "Webhooks are set up and heard", reverse("staff-webhooks")
    if not settings.THANX_WEBHOOK_SECRETS:
        todo = "Ask Thanx to enable them, or leave them: polling does the same work, a little later."
        return ChecklistItem(asked=asked, state=ItemState.BY_HAND, found="They are not set up.", todo=todo, href=href)
    heard = Delivery.objects.filter(received_at__gt=at - SHOWN_WITHIN).exclude(state=DeliveryState.FORGED).exists()
    found = "A genuine one came in the last 30 days." if heard else "None has come in the last 30 days."
    return _checked(
        asked, done=heard, found=found, todo="See whether Thanx knows the address and the secret.", href=href
    )


def operators(_: datetime) -> ChecklistItem:
    """Every operator has a second factor, because operators may act for every merchant."""
    protected = Exists(Authenticator.objects.filter(user=OuterRef("pk")))
    staff = User.objects.filter(is_staff=True, is_active=True).annotate(is_protected=protected)
    found = list(staff.values_list("is_protected", flat=True))
    return _checked(
        "Every operator signs in with a second factor",
        done=bool(found) and all(found),
        found=f"{sum(found):,} of {len(found):,} have one.",
        todo="Each of them adds one under Account, Two-factor authentication.",
    )


def backups(_: datetime) -> ChecklistItem:
    """Backups cannot be checked from here."""
    todo = "Back up the database, VAR_DIR/uploads and, apart from them, DATA_KEYS and SECRET_KEY. Restore them once."
    return ChecklistItem(asked="Backups are made and were restored once", state=ItemState.BY_HAND, found="", todo=todo)


def first_issuance(_: datetime) -> ChecklistItem:
    """A reminder to begin small."""
    todo = (
        "Issue to yourself and a colleague, redeem, then revoke. Afterwards let a small first job go ahead of large"
        " ones."
    )
    return ChecklistItem(
        asked="The first issuance in production is a small one", state=ItemState.BY_HAND, found="", todo=todo
    )


ITEMS: tuple[Callable[[datetime], ChecklistItem], ...] = (
    *(
        shown_demonstrations,
        production_host,
        database,
        credential,
        limits,
        settings_for_real_guests,
        worker,
        webhooks,
        operators,
    ),
    *(backups, first_issuance),
)
