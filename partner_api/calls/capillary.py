"""Capillary's rewards API: the details of one issued reward.

`partner_api.connect.capillary` makes a client. As with Thanx, requests are paced and recorded. Capillary's host has a
budget of its own.
Source: docs.capillarytech.com, "Get transaction details by customer ID and reward transaction ID" and "OAuth".
"""

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
from partner_api.answers.readers import clean, opaque_id
from partner_api.calls.caller import ExchangeLog, Host, send_once
from partner_api.wire import Call, RawAnswer

ISSUAL = "/api_gateway/rewards/core/v1/management/customer/{customer}/issuals/{transaction}"
NO_SUCH_REWARD = "6004"
"""Capillary's code for a reward that is not found or disabled. The HTTP status may be any, even 200."""


class CodeCase(StrEnum):
    """The case of the voucher codes in the answer. The look-up itself ignores case."""

    UPPER = "UPPER"
    LOWER = "LOWER"
    AS_IT_IS = "AS_IT_IS"


@dataclass(frozen=True, slots=True, kw_only=True)
class CapillaryHost(Host):
    """Capillary's address and our credential: a token (OAuth) or name and password (Basic). The repr hides both."""

    partner: str = "thanx-portal"
    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)


class CapillaryClient:
    """Calls Capillary. Not to be shared between threads."""

    def __init__(
        self,
        *,
        host: CapillaryHost,
        exchange_log: ExchangeLog,
        session: requests.Session,
        clock: Callable[[], datetime],
    ) -> None:
        self._host = host
        self._log = exchange_log
        self._session = session
        self._clock = clock

    def issual(self, *, customer_id: str, transaction_id: str, code_case: CodeCase = CodeCase.UPPER) -> Issual:
        """Return one issued reward. Raises NotFound with the code 6004 if it is unknown or disabled."""
        ids = {"customer": customer_id, "transaction": transaction_id}
        call = Call("GET", ISSUAL, ids=ids, query={"coupon_code_case": code_case.value})
        return send_once(
            call,
            host=self._host,
            headers=headers(host=self._host),
            exchange_log=self._log,
            session=self._session,
            read=lambda answer: _read(call, answer, now=self._clock()),
        )


def headers(*, host: CapillaryHost) -> dict[str, str]:
    """Return the headers of a request. A token is preferred to name and password."""
    named = {"Content-Type": "application/json", "User-Agent": f"{host.partner}/{wire.CLIENT_VERSION}"}
    if host.token:
        return named | {"X-CAP-API-OAUTH-TOKEN": host.token}
    pair = base64.b64encode(f"{host.username}:{host.password}".encode()).decode()
    return named | {"Authorization": f"Basic {pair}"}


def _read(call: Call, answer: RawAnswer, *, now: datetime) -> Issual:
    payload = _payload(answer.body)
    refused = _refused(payload)
    if refused is not None and refused[0] == NO_SUCH_REWARD:
        code, message = refused
        raise errors.NotFound(method=call.method, path=call.template, status=answer.status, code=code, message=message)
    if answer.status not in wire.GOOD:
        raise wire.error_for(call=call, answer=answer, now=now)
    if refused is not None:
        code, message = refused
        raise errors.Refused(method=call.method, path=call.template, status=answer.status, code=code, message=message)
    return issual(payload)


def _payload(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _refused(payload: object) -> tuple[str, str] | None:
    """Return code and message of the first failure in `status`, which is a list and sometimes a single object."""
    status = payload.get("status") if isinstance(payload, dict) else None
    listed = status if isinstance(status, list) else [status]
    for one in listed:
        if isinstance(one, dict) and one.get("success") is False:
            return _code(one), clean(one["message"])[:500] if isinstance(one.get("message"), str) else ""
    return None


def _code(status: Mapping[str, Any]) -> str:
    spelled = opaque_id(status.get("code")) or ""
    return spelled if wire.CODE.fullmatch(spelled) else ""
