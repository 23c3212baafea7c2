"""The catalog of one merchant: who asks for it, and the step that reads it. Pages read our rows and never ask Thanx."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts import audit
from accounts.models import AuditEntry, User
from campaigns.catalog import adoption, catalog_rows, credential, freshness, interrupted
from campaigns.catalog.interrupted import PartialReading
from campaigns.catalog.problems import STOPS_EVERYTHING, CatalogProblem, problem_of
from campaigns.catalog.readings import Refresh, free, record_error
from campaigns.models import Credential, Merchant
from engine import correlation
from engine.clock import Clock, now
from engine.leases import claim_one, finish, renewing
from partner_api import connect, errors
from partner_api.answers import catalog
from partner_api.calls.caller import Page
from partner_api.calls.client import ThanxClient

IN_USE_FOR = timedelta(hours=1)
"""A merchant counts as in use this long after a user last worked there."""

USE_NOTED_EVERY = timedelta(minutes=5)
ASKED_AT_MOST_EVERY = timedelta(seconds=10)


def standing_problem(merchant: Merchant) -> str:
    """Return the code of what keeps a merchant's catalog from being fresh, the credential's first; '' if nothing."""
    ours = credential.current_credential()
    return (ours.problem if ours else "") or merchant.problem


# --- Acts ----------------------------------------------------------------------------------------------------


def ask_for_refresh(*, merchant: Merchant, by: User | None, at: datetime) -> Refresh:
    """Let a worker read the merchant's catalog at once, unless that was done or asked for just now."""
    asked = {"action": "catalog.refresh-asked", "merchant_id": merchant.pk}
    with transaction.atomic():
        # Two presses at once come one after the other. No row that only refers to the merchant waits.
        Merchant.objects.select_for_update(no_key=True).get(pk=merchant.pk)
        good_until = freshness.fresh_until(merchant, at=at)
        if good_until is not None:
            return Refresh(is_asked=False, good_until=good_until)
        if AuditEntry.objects.filter(at__gt=at - ASKED_AT_MOST_EVERY, **asked).exists():
            return Refresh(is_asked=False)
        audit.record(action="catalog.refresh-asked", on=merchant, by=by, at=at, merchant_id=merchant.pk)
        mine = free(Merchant.objects.filter(pk=merchant.pk), at=at)
        mine.update(due_at=at, lease_token=None, correlation=correlation.current())
    # A credential that was refused keeps its merchants waiting, so it is read again, too. Outside the transaction: the
    # step that reads the credential holds its row when it writes merchants.
    if freshness.of_credential(at=at) is None:
        credential.read_again(Credential.objects.exclude(problem=""), at=at)
    return Refresh(is_asked=True)


def make_due(merchants: Any, *, at: datetime) -> None:
    """Let workers read the catalogs of these merchants at once, except those that Thanx has just answered about."""
    answered = [merchant.pk for merchant in merchants if freshness.fresh_until(merchant, at=at) is not None]
    free(merchants.exclude(pk__in=answered), at=at).update(due_at=at, lease_token=None)


def mark_used(*, merchant: Merchant, at: datetime) -> None:
    """Note that a user works here, so that the catalog is read more often. Writes at most every five minutes."""
    if merchant.used_at is not None and at - merchant.used_at < USE_NOTED_EVERY:
        return
    mine = Merchant.objects.filter(pk=merchant.pk)
    mine.update(used_at=at)
    fresh_until = (merchant.as_of or at) + settings.CATALOG_REFRESH_IN_USE
    healthy = mine.filter(problem="", vanished_at=None, due_at__gt=max(at, fresh_until))
    free(healthy, at=at).update(due_at=max(at, fresh_until), lease_token=None)
    merchant.used_at = at


# --- The step ------------------------------------------------------------------------------------------------


def refresh_one_merchant(*, clock: Clock = now) -> bool:
    """Read the catalog of the merchant that has waited longest. Return whether there was one."""
    if not credential.may_ask():
        return False
    merchant = claim_one(Merchant.objects.filter(vanished_at=None), at=clock())
    if merchant is None:
        return False
    reading = interrupted.partial_reading(merchant, at=clock())
    try:
        with renewing(merchant, clock=clock):
            thanx = connect.thanx(
                priority=connect.Priority.CATALOG, merchant=merchant.thanx_id, about=freshness.about(merchant)
            )
            locations = reading.rest("locations", lambda _: _locations(thanx, merchant))
            templates, campaigns, missing = _rewards(thanx, merchant, reading)
    except errors.PartnerError as error:
        if problem_of(error) is None:
            interrupted.keep_reading(merchant, reading)
        else:
            interrupted.forget_reading(merchant)
        record_error(merchant, error, at=clock(), goes_on=True)
        if problem_of(error) in STOPS_EVERYTHING:
            credential.read_again(Credential.objects, at=clock())
        return True
    interrupted.forget_reading(merchant)
    with transaction.atomic():
        at = clock()
        _give_back(merchant, problem=missing, at=at)
        catalog_rows.store_locations(merchant=merchant, found=locations, at=at)
        if not missing:
            catalog_rows.store_templates(merchant=merchant, found=templates, at=at)
            adoption.adopt(merchant=merchant, found=campaigns, at=at)
    return True


def _locations(thanx: ThanxClient, merchant: Merchant) -> Iterator[Page[catalog.Location]]:
    """Read the locations as one page: the path that answers is found out for the whole list."""
    yield Page(items=thanx.locations(merchant_id=merchant.thanx_id), number=1, pages=1)


def _rewards(
    thanx: ThanxClient, merchant: Merchant, reading: PartialReading
) -> tuple[tuple[catalog.RewardTemplate, ...], tuple[catalog.Campaign, ...], CatalogProblem | None]:
    """Read templates and campaigns. They need a scope that locations do not; without it nothing of both is read."""
    try:
        templates = reading.rest(
            "reward_templates", lambda first: thanx.reward_template_pages(merchant_id=merchant.thanx_id, first=first)
        )
        campaigns = reading.rest(
            "campaigns", lambda first: thanx.campaign_pages(merchant_id=merchant.thanx_id, first=first)
        )
    except errors.ScopeMissing:
        return (), (), CatalogProblem.SCOPE_MISSING
    return templates, campaigns, None


def _give_back(merchant: Merchant, *, problem: CatalogProblem | None, at: datetime) -> None:
    merchant.refresh_from_db(fields=["used_at"])  # it may have come into use while its catalog was read
    in_use = merchant.used_at is not None and at - merchant.used_at < IN_USE_FOR
    due_at = at + (settings.CATALOG_REFRESH_IN_USE if in_use else settings.CATALOG_REFRESH_IDLE)
    facts: dict[str, Any] = {"as_of": at, "problem": "", "problem_at": None}
    if problem is not None:
        facts = {"problem": problem, "problem_at": merchant.problem_at or at}
    finish(merchant, due_at=due_at, correlation="", **facts)  # the next reading is routine: no user asked for it
