"""Our own sandbox, made to misbehave on request. It answers to its control API on this machine only, and nobody else.

The control API is described in docs/sandbox.md. It is no part of Thanx: what is sent there is in no ledger.
"""

from __future__ import annotations

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
"""What the sandbox starts with (docs/sandbox.md); put back when everything is put right."""

HONEST = {"drop": 0, "duplicate": 0, "forge": 0, "reorder": False, "early": False}
NEXT_ISSUE: Mapping[str, Any] = {"method": "POST", "path": ISSUE, "times": 1}


class NotOurs(Exception):
    """The host is no sandbox of ours, or it does not answer."""


@dataclass(frozen=True, kw_only=True)
class Button:
    """One way to misbehave. `seen` says which state it leads to, and `where` on which page that is shown."""

    key: str
    label: str
    does: str
    seen: str
    where: str
    call: str
    body: Mapping[str, Any] = field(default_factory=dict)


BUTTONS = (
    Button(
        key="429",
        label="429",
        does="The next issue call is answered with 429 and Retry-After: 5.",
        seen="The job stays queued, put off because Thanx asked to slow down; everything pauses for 5 s, then it"
        " is sent under the same key.",
        where="issuance",
        call="faults",
        body={"kind": "rate_limited", "retry_after": 5, **NEXT_ISSUE},
    ),
    Button(
        key="500",
        label="500",
        does="The next issue call is answered with 500, and nothing is done.",
        seen="The job's guests are unknown until the same bytes are sent again under the same key, within seconds.",
        where="issuance",
        call="faults",
        body={"kind": "server_error", **NEXT_ISSUE},
    ),
    Button(
        key="timeout",
        label="Time-out after doing it",
        does="The next issue call is done, but its answer does not come.",
        seen="The job's guests are unknown; the same key brings the first answer, and nobody is issued to twice.",
        where="issuance",
        call="faults",
        body={"kind": "hang", "when": "after", **NEXT_ISSUE},
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
    Button(
        key="lost",
        label="Lost webhook",
        does="From now on no webhook is delivered.",
        seen="Polling brings the same counts a little later; nothing is missing.",
        where="webhooks",
        call="webhooks",
        body={**HONEST, "drop": 1},
    ),
    Button(
        key="early",
        label="Early webhook",
        does="From now on jobs end at once, and their webhooks come before the answer to the call.",
        seen="The delivery waits for its job, and is digested as soon as the answer names it.",
        where="webhooks",
        call="webhooks",
        body={**HONEST, "early": True},
    ),
    Button(
        key="duplicate",
        label="Duplicate webhook",
        does="From now on every webhook comes twice.",
        seen="The second is marked as a duplicate and changes nothing.",
        where="webhooks",
        call="webhooks",
        body={**HONEST, "duplicate": 1},
    ),
    Button(
        key="forged",
        label="Forged webhook",
        does="From now on a delivery with a wrong signature comes before every true one.",
        seen="It is marked as forged, its body is not kept, and it changes nothing.",
        where="webhooks",
        call="webhooks",
        body={**HONEST, "forge": 1},
    ),
    Button(
        key="slow",
        label="Slow job",
        does="The next job takes five minutes.",
        seen="It stays in progress and is looked at ever more rarely.",
        where="issuance",
        call="faults",
        body={"kind": "slow_job", "seconds": 300, "times": 1},
    ),
)
"""All ways to misbehave."""


def is_ours() -> bool:
    """Whether the host is a sandbox of ours that answers now."""
    try:
        return bool(_ask("GET", "health").get("ok"))
    except NotOurs:
        return False


def armed() -> list[str]:
    """Return which faults wait to strike, as the sandbox calls them. Raises NotOurs."""
    found = _ask("GET", "faults").get("faults", [])
    return [str(fault.get("kind", "")) for fault in found if not _is_spent(fault)]


def press(*, key: str, by: User | None, at: datetime) -> Button:
    """Let the sandbox misbehave as this button says. Raises NotOurs, and KeyError for no button of ours."""
    button = {each.key: each for each in BUTTONS}[key]
    body = dict(button.body)
    if body.get("kind") == "hang":
        body["seconds"] = settings.THANX_READ_SECONDS + LONGER_THAN_WE_WAIT
    _ask("POST", button.call, body)
    _audit("simulator.pressed", by=by, at=at, button=key)
    return button


def put_right(*, by: User | None, at: datetime) -> None:
    """Let the sandbox behave again. Raises NotOurs."""
    _ask("DELETE", "faults")
    _ask("POST", "webhooks", dict(HONEST))
    _ask("POST", "options", {"failure_share": USUAL_FAILURE_SHARE})
    _audit("simulator.put-right", by=by, at=at)


def _is_spent(fault: Mapping[str, Any]) -> bool:
    times = fault.get("times")
    return times is not None and int(fault.get("struck", 0)) >= int(times)


def _ask(method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return what the control API answers. Raises NotOurs; never asks another machine."""
    found = connect.configuration()
    if not found.is_local or not connect.is_configured():
        raise NotOurs
    url = f"{found.url.rstrip('/')}/_sandbox/{path}"
    try:
        with new_session(loopback=True) as session:
            answer = session.request(
                method, url, json=body, timeout=(CONNECT_SECONDS, READ_SECONDS), allow_redirects=False
            )
            told = answer.json() if answer.ok else None
    except (requests.RequestException, ValueError):
        raise NotOurs from None
    if not isinstance(told, dict):
        raise NotOurs
    return told


def _audit(action: str, *, by: User | None, at: datetime, **facts: Any) -> None:
    audit.record(action=action, on=ensure_credential(at=at), by=by, at=at, **facts)
