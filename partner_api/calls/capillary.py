"""Capillary's rewards API: the details of one issued reward.

A client is made by `partner_api.connect.capillary`. As with Thanx, every request is paced by a governor (of Capillary's
host, so that neither uses up the other's budget) and leaves one row in the ledger.
Source: docs.capillarytech.com, "Get transaction details by customer ID and reward transaction ID" and "OAuth".
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import requests

from partner_api import errors, wire
from partner_api.answers.issuals import Issual, issual
from partner_api.answers.values import Unusable, clean, opaque_id
from partner_api.calls.call import Ledger
from partner_api.calls.transport import NoAnswer, exchange
from partner_api.wire import Answer, Call

ISSUAL = "/api_gateway/rewards/core/v1/management/customer/{customer}/issuals/{transaction}"
NO_SUCH_REWARD = "6004"
"""Capillary's code for a reward that is not found or is disabled. It may come with any status, even a good one."""


class CodeCase(StrEnum):
    """The case in which voucher codes come back. The look-up itself knows no case."""

    UPPER = "UPPER"
    LOWER = "LOWER"
    AS_IT_IS = "AS_IT_IS"


@dataclass(frozen=True, slots=True)
class Host:
    """Where Capillary is and who we are there: a token (OAuth) or name and password (Basic). Its repr hides both."""

    url: str
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    partner: str = "thanx-portal"
    connect_seconds: float = 5
    read_seconds: float = 30


class CapillaryClient:
    """Talks to Capillary. Not to be shared between threads."""

    def __init__(self, *, host: Host, ledger: Ledger, session: requests.Session, clock: Callable[[], datetime]) -> None:
        self._host = host
        self._ledger = ledger
        self._session = session
        self._clock = clock

    def issual(self, *, customer_id: str, transaction_id: str, code_case: CodeCase = CodeCase.UPPER) -> Issual:
        """Return one issued reward. Raises NotFound, with the code 6004, for one that is unknown or disabled."""
        ids = {"customer": customer_id, "transaction": transaction_id}
        call = Call("GET", ISSUAL, ids=ids, query={"coupon_code_case": code_case.value})
        request = self._prepared(call)
        entry = self._ledger.open(call=call, header_names=sorted(request.headers))
        answer = exchange(
            session=self._session,
            request=request,
            connect_seconds=self._host.connect_seconds,
            read_seconds=self._host.read_seconds,
        )
        try:
            found = _read(call, answer, now=self._clock())
        except errors.PartnerError as error:
            entry.close(status=answer.status, error=error)
            raise
        entry.close(status=answer.status, error=None)
        return found

    def _prepared(self, call: Call) -> requests.PreparedRequest:
        url = self._host.url.rstrip("/") + call.target
        return self._session.prepare_request(requests.Request(call.method, url, headers=headers(host=self._host)))


def headers(*, host: Host) -> dict[str, str]:
    """Return the headers of a request. A token counts more than name and password where both are set."""
    named = {"Content-Type": "application/json", "User-Agent": f"{host.partner}/{wire.CLIENT_VERSION}"}
    if host.token:
        return named | {"X-CAP-API-OAUTH-TOKEN": host.token}
    pair = base64.b64encode(f"{host.username}:{host.password}".encode()).decode()
    return named | {"Authorization": f"Basic {pair}"}


def _read(call: Call, answer: Answer | NoAnswer, *, now: datetime) -> Issual:
    if isinstance(answer, NoAnswer):
        if not answer.left:
            raise errors.NotSent(method=call.method, path=call.template)
        raise wire.without_answer(call=call, status=answer.status)
    payload = _payload(answer.body)
    refused = _refused(payload)
    if refused is not None and refused[0] == NO_SUCH_REWARD:
        code, message = refused
        raise errors.NotFound(method=call.method, path=call.template, status=answer.status, code=code, message=message)
    if answer.status not in wire.GOOD:
        raise wire.refusal(call=call, answer=answer, now=now)
    if refused is not None:
        code, message = refused
        raise errors.Refused(method=call.method, path=call.template, status=answer.status, code=code, message=message)
    try:
        return issual(payload)
    except Unusable:
        unusable = wire.without_answer(call=call, status=answer.status)
    raise unusable  # outside the handler: a cause could quote what was read


def _payload(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _refused(payload: object) -> tuple[str, str] | None:
    """Return code and message of the first failure that `status` names. It is a list; one object was seen elsewhere."""
    status = payload.get("status") if isinstance(payload, dict) else None
    listed = status if isinstance(status, list) else [status]
    for one in listed:
        if isinstance(one, dict) and one.get("success") is False:
            return _code(one), clean(one["message"])[:500] if isinstance(one.get("message"), str) else ""
    return None


def _code(status: Mapping[str, Any]) -> str:
    spelled = opaque_id(status.get("code")) or ""
    return spelled if wire.CODE.fullmatch(spelled) else ""
