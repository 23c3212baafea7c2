"""Keeping the catalog fresh: what our credential may do, its merchants, and each merchant's catalog.

Steps read Thanx, and only they do: on schedule, or because somebody asked. A page reads our rows.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from accounts import audit
from accounts.models import AuditEntry, User
from campaigns.catalog import adoption, freshness
from campaigns.catalog import rows as storing
from campaigns.models import Credential, Merchant
from campaigns.problems import NEEDED_SCOPE, STOPS_EVERYTHING, Problem, problem_of
from engine import correlation
from engine.clock import Clock, now
from engine.leases import claim_one, finish, renewing
from notifications import notify
from notifications.kinds import NotificationKind
from partner_api import connect, errors
from partner_api.answers import schemas
from partner_api.calls.client import ThanxClient

logger = logging.getLogger(__name__)

IN_USE_FOR = timedelta(hours=1)
"""A merchant counts as in use this long after somebody last worked there."""

USE_NOTED_EVERY = timedelta(minutes=5)
ASKED_AT_MOST_EVERY = timedelta(seconds=10)
CREDENTIAL_EVERY = timedelta(hours=1)
FIRST_RETRY = timedelta(seconds=15)
READ_AGAIN = timedelta(seconds=65)
"""A reading that broke off is made again as a whole, also what was answered: not within a minute, as nobody repeats
an answered request sooner."""

LAST_RETRY = timedelta(minutes=15)


def current_host() -> str:
    """Return the name under which this installation's Thanx is remembered. On this machine the port does not matter."""
    return connect.name_of_environment()


def current_credential() -> Credential | None:
    """Return what is known of our credential; None before the first look."""
    return Credential.objects.filter(host=current_host()).first()


def standing_problem(merchant: Merchant) -> str:
    """Return the code of what keeps a merchant's catalog from being fresh, the credential's first; '' if nothing."""
    credential = current_credential()
    return (credential.problem if credential else "") or merchant.problem


# --- Acts ----------------------------------------------------------------------------------------------------


def ensure_credential(*, at: datetime) -> Credential:
    """Return our credential's row, made due when it is new: a fresh installation starts by itself."""
    return Credential.objects.get_or_create(host=current_host(), defaults={"due_at": at})[0]


@dataclass(frozen=True, kw_only=True)
class Refresh:
    """What became of a wish to have Thanx read: whether it is asked, and if not, until when its answers are good.

    Neither: it was asked for seconds ago, and a worker is at it.
    """

    is_asked: bool
    good_until: datetime | None = None


def ask_for_refresh(*, merchant: Merchant, by: User | None, at: datetime) -> Refresh:
    """Let a worker read the merchant's catalog at once, unless that was done or asked for just now."""
    asked = {"action": "catalog.refresh-asked", "merchant_id": merchant.pk}
    with transaction.atomic():
        # The lock makes two presses at once one after the other, and keeps nobody who merely refers to the merchant.
        Merchant.objects.select_for_update(no_key=True).get(pk=merchant.pk)
        good_until = freshness.of_merchant(merchant, at=at)
        if good_until is not None:
            return Refresh(is_asked=False, good_until=good_until)
        if AuditEntry.objects.filter(at__gt=at - ASKED_AT_MOST_EVERY, **asked).exists():
            return Refresh(is_asked=False)
        audit.record(action="catalog.refresh-asked", on=merchant, by=by, at=at, merchant_id=merchant.pk)
        free = _free(Merchant.objects.filter(pk=merchant.pk), at=at)
        free.update(due_at=at, lease_token=None, correlation=correlation.current())
    # A credential that was refused keeps its merchants waiting, so it is looked at again, too. By itself: the step that
    # reads the credential holds it when it writes merchants.
    if freshness.of_credential(at=at) is None:
        _look_again(Credential.objects.exclude(problem=""), at=at)
    return Refresh(is_asked=True)


def make_credential_due(*, at: datetime) -> Refresh:
    """Let a worker read scopes and merchants at once, unless Thanx has just answered that."""
    ensure_credential(at=at)
    good_until = freshness.of_credential(at=at)
    if good_until is None:
        _look_again(Credential.objects, at=at)
    return Refresh(is_asked=good_until is None, good_until=good_until)


def take_credential(*, scopes: tuple[str, ...], merchants: tuple[schemas.Merchant, ...], at: datetime) -> None:
    """Keep what somebody's check was answered, as if a worker had read it, so that none reads it again."""
    ensure_credential(at=at)
    with transaction.atomic():
        row = Credential.objects.select_for_update(no_key=True).get(host=current_host())
        if (row.lease_token and row.due_at and row.due_at > at) or _belongs_elsewhere(row):
            return  # a worker is reading just this; or these are not ours to keep
        Credential.objects.filter(pk=row.pk).update(lease_token=None, **_answered(row, scopes=scopes, at=at))
        _keep_merchants(merchants, at=at)


def doubt_credential(*, at: datetime) -> None:
    """Have our credential looked at now, since Thanx has just refused it, unless that is known already.

    Then every page says so within seconds, and not only the one whose call was refused.
    """
    _look_again(Credential.objects.filter(problem=""), at=at)


def make_due(merchants: Any, *, at: datetime) -> None:
    """Let workers read the catalogs of these merchants at once, but for those that Thanx has just told of."""
    told = [merchant.pk for merchant in merchants if freshness.of_merchant(merchant, at=at) is not None]
    _free(merchants.exclude(pk__in=told), at=at).update(due_at=at, lease_token=None)


def credential_is_settled() -> bool:
    """Whether nothing is to be read about our credential by now."""
    return are_settled(Credential.objects.filter(host=current_host()), at=now())


def are_settled(rows: Any, *, at: datetime) -> bool:
    """Whether none of these rows waits for a worker or is held by one."""
    return not rows.filter(Q(due_at__lte=at) | Q(lease_token__isnull=False)).exists()


def mark_used(*, merchant: Merchant, at: datetime) -> None:
    """Note that somebody works here, so that the catalog is kept fresher. Writes at most every five minutes."""
    if merchant.used_at is not None and at - merchant.used_at < USE_NOTED_EVERY:
        return
    mine = Merchant.objects.filter(pk=merchant.pk)
    mine.update(used_at=at)
    fresh_until = (merchant.as_of or at) + settings.CATALOG_REFRESH_IN_USE
    healthy = mine.filter(problem="", vanished_at=None, due_at__gt=max(at, fresh_until))
    _free(healthy, at=at).update(due_at=max(at, fresh_until), lease_token=None)
    merchant.used_at = at


def _look_again(credentials: Any, *, at: datetime) -> None:
    _free(credentials.filter(host=current_host()), at=at).update(due_at=at, lease_token=None)


def _free(rows: Any, *, at: datetime) -> Any:
    """Leave out rows that a worker holds: their due_at is the end of its lease."""
    return rows.filter(Q(lease_token=None) | Q(due_at__lte=at))


# --- Steps ---------------------------------------------------------------------------------------------------


def refresh_credential(*, clock: Clock = now) -> bool:
    """Read the scopes and the merchants of our credential, once an hour. Return whether that was due."""
    ensure_credential(at=clock())
    row = claim_one(Credential.objects.filter(host=current_host()), at=clock())
    if row is None:
        return False
    if not current_host():
        _record_problem(row, Problem.NOT_CONFIGURED, at=clock())
        return True
    if _belongs_elsewhere(row):
        _record_problem(row, Problem.OTHER_HOST, at=clock())
        return True
    try:
        with renewing(row, clock=clock):
            thanx = connect.thanx(priority=connect.Priority.CATALOG, about=freshness.CREDENTIAL)
            scopes, merchants = thanx.scopes(), thanx.merchants()
    except errors.PartnerError as error:
        _record_error(row, error, at=clock())
    else:
        _record_credential(row, scopes=scopes, merchants=merchants, at=clock())
    return True


def refresh_one_merchant(*, clock: Clock = now) -> bool:
    """Read the catalog of the merchant that has waited longest. Return whether there was one."""
    if not may_ask():
        return False
    merchant = claim_one(Merchant.objects.filter(vanished_at=None), at=clock())
    if merchant is None:
        return False
    try:
        with renewing(merchant, clock=clock):
            thanx = connect.thanx(priority=connect.Priority.CATALOG, about=freshness.about(merchant))
            locations = thanx.locations(merchant_id=merchant.thanx_id)
            templates, campaigns, missing = _rewards(thanx, merchant)
    except errors.PartnerError as error:
        _record_error(merchant, error, at=clock())
        if problem_of(error) in STOPS_EVERYTHING:
            _look_again(Credential.objects, at=clock())
        return True
    with transaction.atomic():
        at = clock()
        _give_back(merchant, problem=missing, at=at)
        storing.store_locations(merchant=merchant, found=locations, at=at)
        if not missing:
            storing.store_templates(merchant=merchant, found=templates, at=at)
            adoption.adopt(merchant=merchant, found=campaigns, at=at)
    return True


def may_ask() -> bool:
    """Whether asking for single merchants makes sense: our credential has been accepted, and not refused since."""
    looked_at = Credential.objects.filter(host=current_host()).exclude(as_of=None)
    return looked_at.exclude(problem__in=STOPS_EVERYTHING).exists()


def _rewards(
    thanx: ThanxClient, merchant: Merchant
) -> tuple[tuple[schemas.RewardTemplate, ...], tuple[schemas.Campaign, ...], Problem | None]:
    """Read templates and campaigns, which need a scope that locations do not: without it there are locations only."""
    try:
        templates = thanx.reward_templates(merchant_id=merchant.thanx_id)
        return templates, thanx.campaigns(merchant_id=merchant.thanx_id), None
    except errors.ScopeMissing:
        return (), (), Problem.SCOPE_MISSING


def _record_credential(
    row: Credential, *, scopes: tuple[str, ...], merchants: tuple[schemas.Merchant, ...], at: datetime
) -> None:
    with transaction.atomic():
        finish(row, **_answered(row, scopes=scopes, at=at))
        _keep_merchants(merchants, at=at)


def _answered(row: Credential, *, scopes: tuple[str, ...], at: datetime) -> dict[str, Any]:
    missing = NEEDED_SCOPE not in scopes
    return {
        "due_at": at + CREDENTIAL_EVERY,
        "scopes": sorted(scopes),
        "as_of": at,
        "problem": Problem.SCOPE_MISSING if missing else "",
        "problem_at": (row.problem_at or at) if missing else None,
    }


def _keep_merchants(found: tuple[schemas.Merchant, ...], *, at: datetime) -> None:
    storing.store_merchants(found=found, at=at)
    connect.belong(at=at)


def _belongs_elsewhere(row: Credential) -> bool:
    """Whether what this database holds is another environment's."""
    return bool(connect.elsewhere()) or Credential.objects.exclude(pk=row.pk).exclude(as_of=None).exists()


def _give_back(merchant: Merchant, *, problem: Problem | None, at: datetime) -> None:
    merchant.refresh_from_db(fields=["used_at"])  # it may have come into use while its catalog was read
    in_use = merchant.used_at is not None and at - merchant.used_at < IN_USE_FOR
    due_at = at + (settings.CATALOG_REFRESH_IN_USE if in_use else settings.CATALOG_REFRESH_IDLE)
    facts: dict[str, Any] = {"as_of": at, "problem": "", "problem_at": None}
    if problem is not None:
        facts = {"problem": problem, "problem_at": merchant.problem_at or at}
    finish(merchant, due_at=due_at, correlation="", **facts)  # the next reading is routine, nobody asked for it


def _record_error(row: Credential | Merchant, error: errors.PartnerError, *, at: datetime) -> None:
    problem = problem_of(error)
    not_before = error.not_before if isinstance(error, errors.TryLater) else None
    if problem is None:
        finish(row, due_at=max(not_before or at, at + READ_AGAIN))
    else:
        logger.warning("the catalog could not be read (%s): %s", problem, error)
        good_until = freshness.of_row(row, at=at) if problem in STOPS_EVERYTHING else at + READ_AGAIN
        again = max(not_before or at, good_until or at)
        _record_problem(row, problem, at=at, not_before=again)


def _record_problem(
    row: Credential | Merchant, problem: Problem, *, at: datetime, not_before: datetime | None = None
) -> None:
    """Note what is wrong and since when. The longer it lasts, the longer the next try waits, up to a quarter hour."""
    since = row.problem_at if row.problem_at and row.problem else at
    wait = min(max(at - since, FIRST_RETRY), LAST_RETRY)
    with transaction.atomic():
        finish(row, due_at=max(at + wait, not_before or at), problem=problem, problem_at=since)
        if isinstance(row, Credential) and problem is Problem.CREDENTIALS_REFUSED:
            _tell_of_credential(since=since, at=at)


def _tell_of_credential(*, since: datetime, at: datetime) -> None:
    """Tell staff that Thanx refuses our credential, once for each time that it begins to."""
    notify.notify_users(
        kind=NotificationKind.CREDENTIAL,
        key=since.isoformat(),
        title="Thanx refuses our credential",
        text="Nothing is issued and no catalog is read until it works again. Check the client id and the access token.",
        path=reverse("health"),
        at=at,
    )
