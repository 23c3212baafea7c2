"""Makes our own sandbox misbehave, through its control API on this machine.

docs/sandbox.md describes the control API. It is no part of Thanx, so the ledger does not record these calls.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import requests
from django.conf import settings

from accounts import audit
from accounts.models import User
from campaigns.catalog.credential import ensure_credential
from certification.calls.manners import ISSUE
from partner_api import connect
from partner_api.calls.transport import new_session

CONNECT_SECONDS, READ_SECONDS = 0.5, 3.0
LONGER_THAN_WE_WAIT = 5.0
USUAL_FAILURE_SHARE = 0.03
"""The sandbox's default (docs/sandbox.md), restored by `put_right`."""

HONEST = {"drop": 0, "duplicate": 0, "forge": 0, "reorder": False, "early": False}
NEXT_ISSUE: Mapping[str, Any] = {"method": "POST", "path": ISSUE, "times": 1}


class NoLocalSandbox(Exception):
    """The host is not our own sandbox, or it does not answer."""


@dataclass(frozen=True, kw_only=True)
class Button:
    """One way to misbehave. `seen`: the state that it leads to; `where`: the page that shows it."""

    key: str
    label: str
    does: str
    seen: str
    where: str
    call: str
    body: Mapping[str, Any] = field(default_factory=dict)


def _fault(key: str, label: str, does: str, seen: str, **body: Any) -> Button:
    return Button(key=key, label=label, does=does, seen=seen, where="issuance", call="faults", body=body)


def _webhook(key: str, label: str, does: str, seen: str, **body: Any) -> Button:
    return Button(
        key=key, label=label, does=does, seen=seen, where="webhooks", call="webhooks", body={**HONEST, **body}
    )


BUTTONS = (
    _fault(
        "429",
        "429",
        "The next issue call is answered with 429 and Retry-After: 5.",
        "The job stays queued, put off because Thanx asked to slow down; everything pauses for 5 s, then it"
        " is sent under the same key.",
        kind="rate_limited",
        retry_after=5,
        **NEXT_ISSUE,
    ),
    _fault(
        "500",
        "500",
        "The next issue call is answered with 500, and nothing is done.",
        "The job's guests are unknown until the same bytes are sent again under the same key, within seconds.",
        kind="server_error",
        **NEXT_ISSUE,
    ),
    _fault(
        "timeout",
        "Time-out after doing it",
        "The next issue call is done, but its answer does not come.",
        "The job's guests are unknown; the same key brings the first answer, and no guest is issued to twice.",
        kind="hang",
        when="after",
        **NEXT_ISSUE,
    ),
    Button(
        key="partial",
        label="Partial failure",
        does="From now on a quarter of the guests of each job gets no reward.",
        seen="The job completes with failures, and every one of them is listed with its reason.",
        where="failures",
        call="options",
        body={"failure_share": 0.25},
    ),
    _webhook(
        "lost",
        "Lost webhook",
        "From now on no webhook is delivered.",
        "Polling brings the same counts a little later; nothing is missing.",
        drop=1,
    ),
    _webhook(
        "early",
        "Early webhook",
        "From now on jobs end at once, and their webhooks come before the answer to the call.",
        "The delivery waits for its job, and is digested as soon as the answer names it.",
        early=True,
    ),
    _webhook(
        "duplicate",
        "Duplicate webhook",
        "From now on every webhook comes twice.",
        "It is stored once and counted: the second changes nothing.",
        duplicate=1,
    ),
    _webhook(
        "forged",
        "Forged webhook",
        "From now on a delivery with a wrong signature comes before every true one.",
        "It is marked as forged, its body is not kept, and it changes nothing.",
        forge=1,
    ),
    _fault(
        "slow",
        "Slow job",
        "The next job takes five minutes.",
        "It stays in progress and is looked at ever more rarely.",
        kind="slow_job",
        seconds=300,
        times=1,
    ),
)


def is_ours() -> bool:
    """Whether the host is our own sandbox and answers now."""
    try:
        return bool(_ask("GET", "health").get("ok"))
    except NoLocalSandbox:
        return False


def armed() -> list[str]:
    """Return the kinds of the faults that are waiting for a call. Raises NoLocalSandbox."""
    found = _ask("GET", "faults").get("faults", [])
    return [str(fault.get("kind", "")) for fault in found if not _is_spent(fault)]


def press(*, key: str, by: User | None, at: datetime) -> Button:
    """Make the sandbox misbehave as this button says. Raises NoLocalSandbox, and KeyError for an unknown key."""
    button = {each.key: each for each in BUTTONS}[key]
    body = dict(button.body)
    if body.get("kind") == "hang":
        body["seconds"] = settings.THANX_READ_SECONDS + LONGER_THAN_WE_WAIT
    _ask("POST", button.call, body)
    _audit("simulator.pressed", by=by, at=at, button=key)
    return button


def put_right(*, by: User | None, at: datetime) -> None:
    """Remove all faults and restore the defaults. Raises NoLocalSandbox."""
    _ask("DELETE", "faults")
    _ask("POST", "webhooks", dict(HONEST))
    _ask("POST", "options", {"failure_share": USUAL_FAILURE_SHARE})
    _audit("simulator.put-right", by=by, at=at)


def _is_spent(fault: Mapping[str, Any]) -> bool:
    times = fault.get("times")
    return times is not None and int(fault.get("struck", 0)) >= int(times)


def _ask(method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the answer of the control API. Raises NoLocalSandbox; never calls another machine."""
    found = connect.configuration()
    if not found.is_local or not connect.is_configured():
        raise NoLocalSandbox
    url = f"{found.url.rstrip('/')}/_sandbox/{path}"
    try:
        with new_session(loopback=True) as session:
            answer = session.request(
                method, url, json=body, timeout=(CONNECT_SECONDS, READ_SECONDS), allow_redirects=False
            )
            content = answer.json() if answer.ok else None
    except (requests.RequestException, ValueError):
        raise NoLocalSandbox from None
    if not isinstance(content, dict):
        raise NoLocalSandbox
    return content


def _audit(action: str, *, by: User | None, at: datetime, **facts: Any) -> None:
    audit.record(action=action, on=ensure_credential(at=at), by=by, at=at, **facts)
