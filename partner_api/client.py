"""The Thanx Partner API, one method per endpoint.

A client is made by `partner_api.connect.thanx`. Every method either returns typed values or raises one of
`partner_api.errors`; every request is paced by the governor and leaves one row in the ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar
from uuid import UUID

import requests

from partner_api import errors, schemas, wire
from partner_api.transport import NoAnswer, exchange
from partner_api.values import Unusable
from partner_api.wire import Call

T = TypeVar("T")
Read = Callable[[Any], T]

MOST_PAGES = 1000  # 100,000 objects of one merchant; an answer that promises more is broken

# Where the documentation and the OpenAPI description differ, the first is sent and the second tried on a 404.
SCOPES = ("/partner/scopes", "/partner/metadata/scopes")
MERCHANTS = ("/partner/merchants", "/partner/metadata/merchants")
LOCATIONS = ("/partner/locations", "/partner/metadata/locations")


class Entry(Protocol):
    """One exchange in the ledger, from before it is sent."""

    def close(self, *, status: int | None, error: errors.PartnerError | None) -> None:
        """Record how the exchange ended."""


class Ledger(Protocol):
    """Admits and records every exchange."""

    def open(self, *, call: Call, header_names: Sequence[str]) -> Entry:
        """Wait until the call may be sent and record that it will be. Raises NotSent if that is too far away."""

    def answered(self, *, templates: Sequence[str]) -> str | None:
        """Return which of these paths answered last, None if none ever did."""


@dataclass(frozen=True, slots=True)
class Host:
    """Where the partner is and who we are there. Its repr hides the credential."""

    url: str
    client_id: str = field(repr=False)
    token: str = field(repr=False)
    partner: str
    connect_seconds: float = 5
    read_seconds: float = 30


class ThanxClient:
    """Talks to Thanx. Not to be shared between threads."""

    def __init__(self, *, host: Host, ledger: Ledger, session: requests.Session, clock: Callable[[], datetime]) -> None:
        self._host = host
        self._ledger = ledger
        self._session = session
        self._clock = clock

    # --- Discovery -------------------------------------------------------------------------------------------

    def scopes(self) -> tuple[str, ...]:
        """Return the scopes of this credential."""
        return self._in_either_dialect(SCOPES, lambda path: self._send(Call("GET", path), _scopes))

    def merchants(self) -> tuple[schemas.Merchant, ...]:
        """Return the merchants that are connected to this partner."""
        return self._in_either_dialect(
            MERCHANTS, lambda path: self._all(path, {}, name="merchants", read=schemas.merchant)
        )

    def locations(self, *, merchant_id: str) -> tuple[schemas.Location, ...]:
        """Return the merchant's locations."""
        query = {"merchant_id": merchant_id}
        return self._in_either_dialect(
            LOCATIONS, lambda path: self._all(path, query, name="locations", read=schemas.location)
        )

    def reward_templates(self, *, merchant_id: str) -> tuple[schemas.RewardTemplate, ...]:
        """Return the merchant's published reward templates."""
        return self._all(
            "/partner/reward_templates",
            {"merchant_id": merchant_id},
            name="reward_templates",
            read=schemas.reward_template,
        )

    def reward_template(self, *, id: str, merchant_id: str) -> schemas.RewardTemplate:  # noqa: A002
        """Return one published reward template."""
        call = Call("GET", "/partner/reward_templates/{id}", ids={"id": id}, query={"merchant_id": merchant_id})
        return self._send(call, _one("reward_template", schemas.reward_template))

    # --- Campaigns -------------------------------------------------------------------------------------------

    def campaigns(self, *, merchant_id: str) -> tuple[schemas.Campaign, ...]:
        """Return the merchant's active campaigns that were made with this credential."""
        return self._all("/partner/campaigns", {"merchant_id": merchant_id}, name="campaigns", read=schemas.campaign)

    def campaign(self, *, id: str) -> schemas.Campaign:  # noqa: A002
        """Return one campaign."""
        call = Call("GET", "/partner/campaigns/{id}", ids={"id": id})
        return self._send(call, _one("campaign", schemas.campaign))

    def create_campaign(self, *, new: schemas.NewCampaign) -> schemas.Campaign:
        """Create a campaign. There is no idempotency here: after OutcomeUnknown list the campaigns before a retry."""
        call = Call("POST", "/partner/campaigns", body=wire.campaign_body(new=new))
        return self._send(call, _one("campaign", schemas.campaign))

    # --- Issuance --------------------------------------------------------------------------------------------

    def issue(self, *, key: UUID, body: bytes) -> schemas.IssuanceJob:
        """Issue rewards. `body` comes from `wire.issue_body`; the same key must always carry the same bytes.

        After OutcomeUnknown the same key and body may be sent again: the partner then returns its first answer.
        """
        call = Call("POST", "/partner/campaigns/issue", body=body, key=key)
        return self._send(call, _one("issuance_job", schemas.issuance_job))

    def issuance_job(self, *, id: str, merchant_id: str) -> schemas.IssuanceJob:  # noqa: A002
        """Return a job as it stands; its failures only once it is completed."""
        call = Call("GET", "/partner/issuance_jobs/{id}", ids={"id": id}, query={"merchant_id": merchant_id})
        return self._send(call, _one("issuance_job", schemas.issuance_job))

    def revoke(self, *, id: str, merchant_id: str) -> schemas.IssuanceJob:  # noqa: A002
        """Revoke all rewards of a completed or failed job. After OutcomeUnknown look at the job before a retry."""
        body = wire.encoded({"merchant_id": merchant_id})
        call = Call("POST", "/partner/issuance_jobs/{id}/revoke", ids={"id": id}, body=body)
        return self._send(call, _one("issuance_job", schemas.issuance_job))

    # --- How -------------------------------------------------------------------------------------------------

    def _in_either_dialect(self, templates: tuple[str, str], ask: Callable[[str], T]) -> T:
        """Ask on the path that answered last; on a 404 ask once on the other one."""
        first = self._ledger.answered(templates=templates) or templates[0]
        other = templates[1] if first == templates[0] else templates[0]
        try:
            return ask(first)
        except errors.NotFound as missing:
            not_found = missing
        try:
            return ask(other)
        except errors.NotFound:
            raise not_found from None

    def _all(self, template: str, query: wire.Query, *, name: str, read: Read[T]) -> tuple[T, ...]:
        """Read every page of a list, whole or not at all. What moved to another page meanwhile is kept once."""
        found: dict[T, None] = {}
        number = pages = 1
        while number <= pages:
            paged: Mapping[str, Any] = {**query, "page": number, "per_page": wire.PAGE_SIZE}
            items, pages = self._send(Call("GET", template, query=paged), _items(name, read))
            found.update(dict.fromkeys(items))
            number += 1
        return tuple(found)

    def _send(self, call: Call, read: Read[T]) -> T:
        """Send one request and return its answer as `read` sees it, or raise what it means."""
        request = self._prepared(call)
        entry = self._ledger.open(call=call, header_names=sorted(request.headers))
        answer = exchange(
            session=self._session,
            request=request,
            connect_seconds=self._host.connect_seconds,
            read_seconds=self._host.read_seconds,
        )
        try:
            value = self._read(call, answer, read)
        except errors.PartnerError as error:
            entry.close(status=answer.status, error=error)
            raise
        entry.close(status=answer.status, error=None)
        return value

    def _read(self, call: Call, answer: wire.Answer | NoAnswer, read: Read[T]) -> T:
        if isinstance(answer, NoAnswer):
            if not answer.left:
                raise errors.NotSent(method=call.method, path=call.template)
            raise wire.without_answer(call=call, status=answer.status)
        try:
            return read(wire.read_answer(call=call, answer=answer, now=self._clock()))
        except Unusable:
            unusable = wire.without_answer(call=call, status=answer.status)
        raise unusable  # outside the handler: a cause could quote what was read

    def _prepared(self, call: Call) -> requests.PreparedRequest:
        headers = wire.headers(
            token=self._host.token, client_id=self._host.client_id, partner=self._host.partner, key=call.key
        )
        url = self._host.url.rstrip("/") + call.target
        return self._session.prepare_request(requests.Request(call.method, url, headers=headers, data=call.body))


def _one(name: str, read: Read[T]) -> Read[T]:
    return lambda payload: read(wire.resource(payload, name=name))


def _items(name: str, read: Read[T]) -> Read[tuple[list[T], int]]:
    def items(payload: Any) -> tuple[list[T], int]:
        page = wire.page(payload, name=name)
        if page.pages > MOST_PAGES:
            raise Unusable("the list has no end")
        return [read(item) for item in page.items], page.pages

    return items


def _scopes(payload: Any) -> tuple[str, ...]:
    return tuple(item for item in wire.page(payload, name="scopes").items if isinstance(item, str))
