"""What every reading of the catalog has in common: which rows are free for it, and what is written when it fails."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from campaigns.catalog import freshness
from campaigns.catalog.problems import STOPS_EVERYTHING, CatalogProblem, problem_of
from campaigns.models import Credential, Merchant
from engine.leases import finish
from notifications import notify
from notifications.kinds import NotificationKind
from partner_api import errors

logger = logging.getLogger(__name__)

FIRST_RETRY = timedelta(seconds=15)
A_MOMENT = timedelta(seconds=1)
LAST_RETRY = timedelta(minutes=15)
READ_AGAIN = timedelta(seconds=65)
"""A reading that broke off is repeated as a whole, with the requests that were answered. Thanx wants no answered
request repeated within a minute."""


@dataclass(frozen=True, kw_only=True)
class Refresh:
    """Whether a worker was asked to read Thanx; else until when its answers are good, None if one was just asked."""

    is_asked: bool
    good_until: datetime | None = None


def free(rows: Any, *, at: datetime) -> Any:
    """Leave out rows that a worker holds: their `due_at` is the end of its lease."""
    return rows.filter(Q(lease_token=None) | Q(due_at__lte=at))


def are_settled(rows: Any, *, at: datetime) -> bool:
    """Whether none of these rows waits for a worker or is held by one."""
    return not rows.filter(Q(due_at__lte=at) | Q(lease_token__isnull=False)).exists()


def record_error(
    row: Credential | Merchant, error: errors.PartnerError, *, at: datetime, goes_on: bool = False
) -> None:
    """Give the row back after a failed call. An error that only means waiting is no problem of the row.

    `goes_on`: what was answered is kept, so the reading may go on as soon as Thanx allows calls again.
    """
    problem = problem_of(error)
    if problem is None:
        soonest = at + (A_MOMENT if goes_on else READ_AGAIN)
        finish(row, due_at=max(error.not_before or at + FIRST_RETRY, soonest))
        return
    logger.warning("the catalog could not be read (%s): %s", problem, error)
    good_until = freshness.of_row(row, at=at) if problem in STOPS_EVERYTHING else at + READ_AGAIN
    record_problem(row, problem, at=at, not_before=max(error.not_before or at, good_until or at))


def record_problem(
    row: Credential | Merchant, problem: CatalogProblem, *, at: datetime, not_before: datetime | None = None
) -> None:
    """Write what is wrong and since when. The longer it lasts, the longer the next try waits, up to LAST_RETRY."""
    since = row.problem_at if row.problem_at and row.problem else at
    wait = min(max(at - since, FIRST_RETRY), LAST_RETRY)
    with transaction.atomic():
        finish(row, due_at=max(at + wait, not_before or at), problem=problem, problem_at=since)
        if isinstance(row, Credential) and problem is CatalogProblem.CREDENTIALS_REFUSED:
            _notify_staff(since=since, at=at)


def _notify_staff(*, since: datetime, at: datetime) -> None:
    """Notify staff that Thanx refuses our credential, once for each time that it begins to."""
    notify.notify_users(
        kind=NotificationKind.CREDENTIAL,
        key=since.isoformat(),
        title="Thanx refuses our credential",
        text="Nothing is issued and no catalog is read until it works again. Check the client id and the access token.",
        path=reverse("health"),
        at=at,
    )
