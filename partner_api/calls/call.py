"""How one call is made: paced, recorded, sent once, and read into a value or an error.

`partner_api.calls.client` and `partner_api.calls.guest_calls` say what can be asked; nothing here knows an endpoint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

import requests

from partner_api import errors, wire
from partner_api.answers.values import Unusable
from partner_api.calls.transport import NoAnswer, exchange
from partner_api.wire import Call

T = TypeVar("T")
Read = Callable[[Any], T]

MOST_PAGES = 1000  # 100,000 objects of one merchant; an answer that promises more is broken


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


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list: what it holds, its number, from 1, and how many there are by now."""

    items: tuple[T, ...]
    number: int
    pages: int

    @property
    def is_last(self) -> bool:
        """Whether there is no page after this one."""
        return self.number >= self.pages


class Caller:
    """Speaks to one host with one credential. Not to be shared between threads."""

    def __init__(self, *, host: Host, ledger: Ledger, session: requests.Session, clock: Callable[[], datetime]) -> None:
        self._host = host
        self._ledger = ledger
        self._session = session
        self._clock = clock
        self._their_time: datetime | None = None

    @property
    def their_time(self) -> datetime | None:
        """What the partner's clock showed at its last answer, to the second; None before one that said so."""
        return self._their_time

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
        for page in self._pages(template, query, name=name, read=read):
            found.update(dict.fromkeys(page.items))
        return tuple(found)

    def _pages(
        self, template: str, query: wire.Query, *, name: str, read: Read[T], first: int = 1, most: int = MOST_PAGES
    ) -> Iterator[Page[T]]:
        """Yield the pages of a list from `first` on, each asked for when it is wanted."""
        number, pages = first, first
        while number <= pages:
            paged: Mapping[str, Any] = {**query, "page": number, "per_page": wire.PAGE_SIZE}
            page = self._send(Call("GET", template, query=paged), _page(name, read, number=number, most=most))
            yield page
            pages = page.pages
            number += 1

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
        self._their_time = wire.http_date(answer.date or "")
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


def one(name: str, read: Read[T]) -> Read[T]:
    """Return a reader of the answer that holds one thing under its name."""
    return lambda payload: read(wire.resource(payload, name=name))


def _page(name: str, read: Read[T], *, number: int, most: int) -> Read[Page[T]]:
    def read_page(payload: Any) -> Page[T]:
        page = wire.page(payload, name=name)
        if page.pages > most:
            raise Unusable("the list has no end")
        return Page(items=tuple(read(item) for item in page.items), number=number, pages=page.pages)

    return read_page
