"""Our credential at Thanx: what is known of it, and the step that reads its scopes and its merchants."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from campaigns.catalog import catalog_rows, freshness
from campaigns.catalog.problems import NEEDED_SCOPE, STOPS_EVERYTHING, CatalogProblem
from campaigns.catalog.readings import Refresh, are_settled, free, record_error, record_problem
from campaigns.models import Credential
from engine.clock import Clock, now
from engine.leases import claim_one, finish, renewing
from partner_api import connect, errors
from partner_api.answers import catalog

READ_EVERY = timedelta(hours=1)


def current_host() -> str:
    """Return the name under which this installation's Thanx is remembered. On this machine the port does not matter."""
    return connect.environment_name()


def current_credential() -> Credential | None:
    """Return what is known of our credential; None before Thanx was first asked about it."""
    return Credential.objects.filter(host=current_host()).first()


def may_ask() -> bool:
    """Whether asking for single merchants makes sense: Thanx has accepted our credential, and not refused it since."""
    read = Credential.objects.filter(host=current_host()).exclude(as_of=None)
    return read.exclude(problem__in=STOPS_EVERYTHING).exists()


def credential_is_settled() -> bool:
    """Whether no reading of our credential waits for a worker or is under way."""
    return are_settled(Credential.objects.filter(host=current_host()), at=now())


# --- Acts ----------------------------------------------------------------------------------------------------


def ensure_credential(*, at: datetime) -> Credential:
    """Return our credential's row. A new row is due at once, so a fresh installation starts by itself."""
    return Credential.objects.get_or_create(host=current_host(), defaults={"due_at": at})[0]


def make_credential_due(*, at: datetime) -> Refresh:
    """Let a worker read scopes and merchants at once, unless Thanx has just answered that."""
    ensure_credential(at=at)
    good_until = freshness.of_credential(at=at)
    if good_until is None:
        read_again(Credential.objects, at=at)
    return Refresh(is_asked=good_until is None, good_until=good_until)


def doubt_credential(*, at: datetime) -> None:
    """Have our credential read, unless its refusal is known already, so that every page says so within seconds."""
    read_again(Credential.objects.filter(problem=""), at=at)


def read_again(credentials: Any, *, at: datetime) -> None:
    """Let a worker read our credential at once if it is among these rows."""
    free(credentials.filter(host=current_host()), at=at).update(due_at=at, lease_token=None)


def take_credential(*, scopes: tuple[str, ...], merchants: tuple[catalog.Merchant, ...], at: datetime) -> None:
    """Keep the answers to a user's check of the connection as if a worker had read them, so that none asks again."""
    ensure_credential(at=at)
    with transaction.atomic():
        row = Credential.objects.select_for_update(no_key=True).get(host=current_host())
        if (row.lease_token and row.due_at and row.due_at > at) or _belongs_elsewhere(row):
            return  # a worker is reading just this; or the answers are not for this database
        Credential.objects.filter(pk=row.pk).update(lease_token=None, **_answered(row, scopes=scopes, at=at))
        _store_merchants(merchants, at=at)


# --- The step ------------------------------------------------------------------------------------------------


def refresh_credential(*, clock: Clock = now) -> bool:
    """Read the scopes and the merchants of our credential, once an hour. Return whether that was due."""
    ensure_credential(at=clock())
    row = claim_one(Credential.objects.filter(host=current_host()), at=clock())
    if row is None:
        return False
    if not current_host():
        record_problem(row, CatalogProblem.NOT_CONFIGURED, at=clock())
        return True
    if _belongs_elsewhere(row):
        record_problem(row, CatalogProblem.OTHER_HOST, at=clock())
        return True
    try:
        with renewing(row, clock=clock):
            thanx = connect.thanx(priority=connect.Priority.CATALOG, merchant="", about=freshness.CREDENTIAL)
            scopes, merchants = thanx.scopes(), thanx.merchants()
    except errors.PartnerError as error:
        record_error(row, error, at=clock())
    else:
        at = clock()
        with transaction.atomic():
            finish(row, **_answered(row, scopes=scopes, at=at))
            _store_merchants(merchants, at=at)
    return True


def _answered(row: Credential, *, scopes: tuple[str, ...], at: datetime) -> dict[str, Any]:
    missing = NEEDED_SCOPE not in scopes
    return {
        "due_at": at + READ_EVERY,
        "scopes": sorted(scopes),
        "as_of": at,
        "problem": CatalogProblem.SCOPE_MISSING if missing else "",
        "problem_at": (row.problem_at or at) if missing else None,
    }


def _store_merchants(found: tuple[catalog.Merchant, ...], *, at: datetime) -> None:
    catalog_rows.store_merchants(found=found, at=at)
    connect.remember_environment(at=at)


def _belongs_elsewhere(row: Credential) -> bool:
    """Whether this database holds the data of another environment of Thanx."""
    return bool(connect.other_environment()) or Credential.objects.exclude(pk=row.pk).exclude(as_of=None).exists()
