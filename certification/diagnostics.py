"""Asking Thanx, on demand, how we stand with it: scopes, host, headers, latency, clock skew and dialect."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from accounts import audit
from accounts.models import User
from campaigns import catalog
from certification.models import Diagnosis
from engine.clock import Clock, now
from partner_api import connect
from partner_api.client import LOCATIONS, MERCHANTS, SCOPES
from partner_api.errors import PartnerError
from partner_api.guest_calls import RESPOND
from partner_api.models import Exchange
from partner_api.wire import GOOD

ABOUT = "diagnostics"
IN_STEP = timedelta(seconds=2)
"""The header Date has whole seconds, and an answer is under way for a while: less than this is no difference."""

EITHER = {"scopes": SCOPES, "merchants": MERCHANTS, "locations": LOCATIONS, "answers to feedback": RESPOND}


def diagnose(*, by: User, clock: Clock = now) -> Diagnosis:
    """Ask for scopes and merchants, and keep what that showed. What goes wrong is part of it and is not raised."""
    last = Exchange.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    facts: dict[str, Any] = {"scopes": [], "merchants": None, "problem": "", "skew": None}
    try:
        thanx = connect.thanx(priority=connect.Priority.USER_ACTION, about=ABOUT)
        facts["scopes"] = sorted(thanx.scopes())
        facts["skew"] = _seconds(thanx.their_time, clock())
        facts["merchants"] = len(thanx.merchants())
    except PartnerError as error:
        facts["problem"] = str(error)
    at = clock()
    catalog.make_credential_due(at=at)
    calls = Exchange.objects.filter(pk__gt=last, about=ABOUT).order_by("pk")
    facts |= {"calls": [_call(row) for row in calls], "dialects": _dialects()}
    found = Diagnosis.objects.create(at=at, by=by, host=connect.environment().host, facts=facts)
    audit.record(action="connection checked", on=found, by=by, at=at, problem=bool(facts["problem"]))
    return found


def latest() -> Diagnosis | None:
    """Return the latest diagnosis of the host that this installation talks to; None before the first."""
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
    """Return which of its two paths answered last for each part of the API that has two; '' where none did yet."""
    host = connect.environment().host
    return {name: _answered(paths, host=host) for name, paths in EITHER.items()}


def _answered(paths: tuple[str, str], *, host: str) -> str:
    good = Exchange.objects.filter(path_template__in=paths, host=host, status__in=GOOD).order_by("-at")
    return good.values_list("path_template", flat=True).first() or ""
