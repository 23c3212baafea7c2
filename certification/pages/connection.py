"""The connection page: the settings in use and the result of the last check."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from campaigns.catalog import freshness
from certification.connection import IN_STEP, latest_check
from certification.models import Diagnosis
from guests.scopes import OPENS
from partner_api import connect

WHY_NOT_ASKED = (
    "An answer is good for a minute, and reading it twice would be a needless repeat: this is what Thanx told just"
    " before the check."
)
NOT_MEASURED = "Not compared: a worker has read this, and keeps no time. A check that asks Thanx does."


@dataclass(frozen=True, kw_only=True)
class ScopeRow:
    """One scope that the portal uses; `held`: the credential has it."""

    name: str
    opens: str
    held: bool


@dataclass(frozen=True, kw_only=True)
class CheckCallRow:
    href: str
    path: str
    status: str
    milliseconds: str
    waited: str


@dataclass(frozen=True, kw_only=True)
class ConnectionPage:
    """The page. Before the first check `checked_at` is None and the fields after it are empty.

    `again`: when Thanx can be asked again, if the last check used an answer of the minute before.
    """

    environment: str
    host: str
    client: str
    rates: str
    remedy: str
    checked_at: datetime | None = None
    by: str = ""
    sentence: str = "Not checked yet."
    problem: str = ""
    clock: str = ""
    headers: Sequence[str] = ()
    dialects: Sequence[tuple[str, str]] = ()
    scopes: Sequence[ScopeRow] = ()
    others: Sequence[str] = ()
    missing: str = ""
    again: str = ""
    why_not_asked: str = WHY_NOT_ASKED
    calls: Sequence[CheckCallRow] = ()


def connection_page(*, at: datetime) -> ConnectionPage:
    """Return the page, in two queries."""
    found, here = connect.configuration(), connect.environment()
    shown: dict[str, Any] = {
        "environment": here.label,
        "host": here.host or "–",
        "client": found.partner or "–",
        "rates": f"{found.per_second} a second, {found.per_quarter_hour:,} in 15 minutes",
        "remedy": connect.remedy(),
    }
    diagnosis = latest_check()
    return ConnectionPage(**shown, **_seen(diagnosis, at=at)) if diagnosis else ConnectionPage(**shown)


def _seen(diagnosis: Diagnosis, *, at: datetime) -> dict[str, Any]:
    facts = diagnosis.facts
    held = set(facts["scopes"])
    lines = [ScopeRow(name=scope.value, opens=opens, held=scope.value in held) for scope, opens in OPENS.items()]
    lacking = [line.name for line in lines if not line.held]
    merchants = facts["merchants"]
    is_well = not facts["problem"]
    return {
        "checked_at": diagnosis.at,
        "by": str(diagnosis.by or ""),
        "sentence": f"Thanx answers: {len(held)} scopes, {merchants} merchants."
        if is_well
        else "Thanx did not answer.",
        "problem": facts["problem"],
        "clock": NOT_MEASURED if facts["skew"] is None and facts.get("good_until") else _clock(facts["skew"]),
        "headers": facts["calls"][0]["headers"] if facts["calls"] else (),
        "dialects": [(name, path or "not asked yet") for name, path in facts["dialects"].items()],
        "scopes": lines,
        "others": sorted(held - {line.name for line in lines}),
        "missing": ", ".join(lacking) if is_well else "",
        "again": _again(facts.get("good_until"), at=at),
        "calls": [_call(call) for call in facts["calls"]],
    }


def _again(good_until: str | None, *, at: datetime) -> str:
    if not good_until:
        return ""
    until = datetime.fromisoformat(good_until)
    return f"It can be asked again in {freshness.wait(until, at=at)}." if until > at else "It can be asked again now."


def _clock(skew: int | None) -> str:
    if skew is None:
        return "Thanx did not say its time."
    if abs(skew) <= IN_STEP.total_seconds():
        return "In step with Thanx."
    return f"Thanx is {abs(skew):,} seconds {'ahead of' if skew > 0 else 'behind'} this machine. Check its clock."


def _call(call: dict[str, object]) -> CheckCallRow:
    return CheckCallRow(
        href=reverse("certification:exchange", args=[call["pk"]]),
        path=str(call["path"]),
        status=str(call["status"] or "no answer"),
        milliseconds=f"{call['ms']:,} ms" if call["ms"] is not None else "–",
        waited=f"{call['waited_ms']:,} ms" if call["waited_ms"] else "–",
    )
