"""The health page and its findings: each function checks one thing and returns what it found and what to do."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import F
from django.urls import reverse

from campaigns.catalog import problems
from campaigns.catalog.credential import current_credential
from campaigns.models import Halt, Merchant
from issuance.models import Batch
from issuance.states import BatchState
from partner_api import connect
from thanx_portal.health import vitals
from vault import readiness
from vault.sealing import fingerprint_key_opens
from vault.stored_files import files_are_reached

MOST_CATALOGS = 50
START_A_WORKER = "Start one: manage.py work. Until then nothing is sent, watched or refreshed; nothing is lost either."


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of the health page. `at` completes the sentence `found`; `remedy` is empty if all is well."""

    name: str
    found: str
    at: datetime | None = None
    remedy: str = ""
    href: str = ""

    @property
    def is_well(self) -> bool:
        """Whether the operator has nothing to do."""
        return not self.remedy


@dataclass(frozen=True, kw_only=True)
class HealthPage:
    """The findings about the installation and about each catalog. `sentence` counts those that need an operator."""

    findings: Sequence[Finding]
    catalogs: Sequence[Finding]
    sentence: str


def health_page(*, at: datetime) -> HealthPage:
    """Return the page, from our own rows."""
    found = [
        *(worker(at=at), credential(), host(), budget(at=at), sending(), attention(), unknown_outcomes(at=at)),
        *vault(),
        *overdue(at=at),
    ]
    of_catalogs = catalogs(at=at)
    number = sum(not finding.is_well for finding in [*found, *of_catalogs])
    sentence = f"{number} of these {'needs' if number == 1 else 'need'} you." if number else "All is well."
    return HealthPage(findings=found, catalogs=of_catalogs, sentence=sentence)


def worker(*, at: datetime) -> Finding:
    """Whether a worker is alive."""
    found = vitals.workers(at=at)
    if found.heard_at is None:
        return Finding(name="Worker", found="No worker has ever been heard.", remedy=START_A_WORKER)
    if not found.alive:
        since = "No worker is running. The last one was heard"
        return Finding(name="Worker", found=since, at=found.heard_at, remedy=START_A_WORKER)
    words = "A worker is running" if found.alive == 1 else f"{found.alive} workers are running"
    return Finding(name="Worker", found=f"{words}, last heard", at=found.heard_at)


def vault() -> Iterator[Finding]:
    """Whether this web server can open what is encrypted, and reaches the uploaded files."""
    opens = fingerprint_key_opens()
    yield Finding(
        name="Data keys", found="They open what is encrypted." if opens else "", remedy="" if opens else readiness.KEYS
    )
    reached = files_are_reached()
    where = "The folder that all processes share is reached." if reached else ""
    yield Finding(name="Uploads", found=where, remedy="" if reached else readiness.FILES)


def credential() -> Finding:
    """Whether Thanx accepts the credential, and with which scopes."""
    name, missing = "Credential", connect.remedy()
    if missing:
        return Finding(name=name, found="Thanx is not set up.", remedy=missing)
    row = current_credential()
    if row is None or (row.as_of is None and not row.problem):
        remedy = "A worker tries it within seconds; if this lasts, see whether one is running."
        return Finding(name=name, found="The credential has not been tried yet.", remedy=remedy)
    problem = problems.explained(row.problem)
    if problem is not None:
        return Finding(name=name, found=f"{problem.title}, since", at=row.problem_at, remedy=problem.todo)
    return Finding(
        name=name, found=f"Accepted, with the scopes {', '.join(row.scopes) or 'none'}, checked", at=row.as_of
    )


def host() -> Finding:
    """Whether Thanx answers."""
    found = vitals.partner()
    name = f"Thanx ({connect.environment().label.lower()})"
    if found.answered_at is None:
        remedy = f"Check THANX_API_URL ({found.host}) and the network." if found.is_silent else ""
        return Finding(name=name, found="It has not answered yet.", remedy=remedy)
    if found.is_silent:
        remedy = f"Check the network, and whether {found.host} is up. Calls are repeated by themselves."
        silence = "The latest request got no answer. The last answer came"
        return Finding(name=name, found=silence, at=found.answered_at, remedy=remedy)
    return Finding(name=name, found=f"It answered in {found.ms:,} ms,", at=found.answered_at)


def budget(*, at: datetime) -> Finding:
    """How much of both windows is used, and whether a 429 pauses everything."""
    used = connect.budget()
    if used is None:
        return Finding(name="Budget", found="There is no credential whose requests could be counted.")
    found = (
        f"{used.used_in_second:,} of {used.limit_per_second:,} requests in this second, "
        f"{used.used_in_quarter_hour:,} of {used.limit_per_quarter_hour:,} in 15 minutes."
    )
    if used.paused_until is None or used.paused_until <= at:
        return Finding(name="Budget", found=found)
    remedy = "Nothing is sent before. If it happens again, see whether another program uses the same credential."
    return Finding(name="Budget", found=f"{found} Thanx asked to wait; it goes on", at=used.paused_until, remedy=remedy)


def overdue(*, at: datetime) -> Iterator[Finding]:
    """Yield for each kind of work how long its oldest due row has waited."""
    for work in vitals.work(at=at):
        name = f"Work on {work.kind}"
        if work.oldest is None:
            yield Finding(name=name, found="Nothing is due.")
        elif work.is_overdue(at=at):
            remedy = "See whether a worker is running; if it is, give it more threads or start another."
            yield Finding(name=name, found="No worker has taken what has been due since", at=work.oldest, remedy=remedy)
        else:
            yield Finding(name=name, found="Due, and about to be taken. The oldest since", at=work.oldest)


def sending() -> Finding:
    """Whether all sending is stopped, of the installation or of merchants."""
    in_force = list(Halt.objects.in_force().select_related("merchant", "by"))
    if not in_force:
        return Finding(name="Sending", found="It is not stopped.")
    whose = "all merchants" if any(halt.merchant_id is None for halt in in_force) else _names(in_force)
    latest, href = in_force[0], reverse("staff-sending")
    found = f"Stopped for {whose}: “{latest.reason}” ({latest.by or 'the command line'}),"
    remedy = "Once the reason is gone, let it go on. What is due waits until then; nothing is lost."
    if latest.merchant is not None:
        href = reverse("issuance:sending", args=[latest.merchant.handle])
    return Finding(name="Sending", found=found, at=latest.at, remedy=remedy, href=href)


def _names(in_force: list[Halt]) -> str:
    names = [halt.merchant.name for halt in in_force if halt.merchant]
    return names[0] if len(names) == 1 else f"{len(names):,} merchants"


def attention() -> Finding:
    """How many jobs wait for a user's decision."""
    count = Batch.objects.filter(state=BatchState.NEEDS_ATTENTION).count()
    if not count:
        return Finding(name="Decisions", found="No job waits for a person.")
    found = "1 job waits for a person." if count == 1 else f"{count:,} jobs wait for a person."
    href = f"{reverse('admin:issuance_batch_changelist')}?state__exact={BatchState.NEEDS_ATTENTION}"
    return Finding(
        name="Decisions", found=found, remedy="Open each and decide; its page explains the choices.", href=href
    )


def unknown_outcomes(*, at: datetime) -> Finding:
    """The oldest call whose outcome is unknown."""
    name, since = "Unknown outcomes", vitals.unknown_since()
    if since is None:
        return Finding(name=name, found="Thanx has answered every call.")
    found = "A call without a readable answer is being cleared up, first sent"
    if not vitals.unknown_for_long(since, at=at):
        return Finding(name=name, found=found, at=since)
    remedy = "It has lasted long. See whether Thanx answers; then the call log, which names the call."
    href = f"{reverse('certification:api-log')}?show=problems"
    return Finding(name=name, found=found, at=since, remedy=remedy, href=href)


def catalogs(*, at: datetime) -> list[Finding]:
    """Return one finding for each merchant's catalog, the stalest first."""
    oldest_first = Merchant.objects.filter(vanished_at=None).order_by(F("as_of").asc(nulls_first=True), "name")
    return [_catalog(merchant, at=at) for merchant in oldest_first[:MOST_CATALOGS]]


def _catalog(merchant: Merchant, *, at: datetime) -> Finding:
    problem = problems.explained(merchant.problem)
    if problem is not None:
        return Finding(name=merchant.name, found=f"{problem.title}. Last read", at=merchant.as_of, remedy=problem.todo)
    if merchant.as_of is None:
        return Finding(name=merchant.name, found="It is about to be read for the first time.")
    if at - merchant.as_of > 2 * settings.CATALOG_REFRESH_IDLE:
        remedy = "See whether a worker is running and whether the budget is used up."
        return Finding(name=merchant.name, found="It is out of date. Last read", at=merchant.as_of, remedy=remedy)
    return Finding(name=merchant.name, found="Read", at=merchant.as_of)
