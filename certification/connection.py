"""The check of the connection to Thanx that an operator starts: scopes, host, headers, latency, clock and dialect."""

from datetime import datetime, timedelta
from typing import Any

from accounts import audit
from accounts.models import User
from campaigns.catalog import freshness
from campaigns.catalog.credential import current_credential, make_credential_due, take_credential
from campaigns.models import Merchant
from certification.models import Diagnosis
from engine.clock import Clock, now
from partner_api import connect
from partner_api.calls.client import LOCATIONS, MERCHANTS, SCOPES
from partner_api.calls.guest_calls import RESPOND
from partner_api.errors import PartnerError
from partner_api.models import Exchange
from partner_api.pacing.windows import ANSWERS_KEEP
from partner_api.wire import GOOD

IN_STEP = timedelta(seconds=2)
"""A smaller difference of clocks is none: the header Date has whole seconds, and an answer takes time."""

ALTERNATIVE_PATHS = {"scopes": SCOPES, "merchants": MERCHANTS, "locations": LOCATIONS, "answers to feedback": RESPOND}


def diagnose(*, by: User, clock: Clock = now) -> Diagnosis:
    """Read scopes and merchants, and store the result. A PartnerError is part of the result, not raised.

    If Thanx answered both reads less than a minute ago, to a user or a worker, that answer is used: certification
    forbids needless repeats.
    """
    known = _answered_lately(at=clock())
    facts = known if known is not None else _asked(clock)
    at = clock()
    facts["dialects"] = _dialects()
    found = Diagnosis.objects.create(at=at, by=by, host=connect.environment().host, facts=facts)
    audit.record(
        action="connection checked", on=found, by=by, at=at, problem=bool(facts["problem"]), asked_thanx=known is None
    )
    return found


def _asked(clock: Clock) -> dict[str, Any]:
    last = Exchange.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    facts: dict[str, Any] = {"scopes": [], "merchants": None, "problem": "", "skew": None, "good_until": None}
    try:
        thanx = connect.thanx(
            priority=connect.Priority.USER_ACTION, merchant="", about=freshness.DIAGNOSTICS, spares_repeats=True
        )
        scopes = thanx.scopes()
        facts["scopes"], facts["skew"] = sorted(scopes), _seconds(thanx.their_time, clock())
        merchants = thanx.merchants()
    except PartnerError as error:
        facts["problem"] = str(error)
        make_credential_due(at=clock())
    else:
        facts["merchants"] = len(merchants)
        take_credential(scopes=scopes, merchants=merchants, at=clock())
    calls = Exchange.objects.filter(pk__gt=last, about=freshness.DIAGNOSTICS).order_by("pk")
    return facts | {"calls": [_call(row) for row in calls]}


def _answered_lately(*, at: datetime) -> dict[str, Any] | None:
    """Return Thanx's answers of the last minute; None if they are older or incomplete."""
    good_until, credential = freshness.of_credential(at=at), current_credential()
    if good_until is None or credential is None or credential.as_of is None:
        return None
    if credential.as_of < good_until - ANSWERS_KEEP:
        return None  # the last reading broke off half-way
    purposes = [freshness.CREDENTIAL, freshness.DIAGNOSTICS]
    reading = Exchange.objects.filter(about__in=purposes, at__gt=credential.as_of - ANSWERS_KEEP, at__lte=at)
    return {
        "scopes": credential.scopes,
        "merchants": Merchant.objects.filter(vanished_at=None).count(),
        "problem": "",
        "skew": _skew_of(latest_check(), since=credential.as_of),
        "good_until": good_until.isoformat(),
        "calls": [_call(row) for row in reading.order_by("pk")],
    }


def _skew_of(diagnosis: Diagnosis | None, *, since: datetime) -> int | None:
    """Return the measured clock skew of the check whose answers are shown again, if there was one."""
    if diagnosis is None or diagnosis.at < since:
        return None
    skew: int | None = diagnosis.facts["skew"]
    return skew


def latest_check() -> Diagnosis | None:
    """Return the latest check of the host in use; None before the first."""
    return Diagnosis.objects.filter(host=connect.environment().host).select_related("by").order_by("-pk").first()


def _seconds(theirs: datetime | None, ours: datetime) -> int | None:
    return None if theirs is None else round((theirs - ours).total_seconds())


def _call(row: Exchange) -> dict[str, Any]:
    return {
        "pk": row.pk,
        "path": row.path_template,
        "status": row.status,
        "ms": row.ms,
        "waited_ms": row.waited_ms,
        "headers": row.header_names,
    }


def _dialects() -> dict[str, str]:
    """Return, for each part of the API with two paths, the path that answered last; "" before any answer."""
    host = connect.environment().host
    return {name: _answered(paths, host=host) for name, paths in ALTERNATIVE_PATHS.items()}


def _answered(paths: tuple[str, str], *, host: str) -> str:
    good = Exchange.objects.filter(path_template__in=paths, host=host, status__in=GOOD).order_by("-at")
    return good.values_list("path_template", flat=True).first() or ""
