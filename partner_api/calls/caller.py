"""Makes one call: paced, recorded, sent once, and read into a value or an error.

Nothing here knows an endpoint: those are in `client`, `guest_calls` and `capillary`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

import requests

from partner_api import errors, wire
from partner_api.answers.readers import Unusable
from partner_api.calls.transport import NoAnswer, exchange
from partner_api.wire import Call

T = TypeVar("T")
Read = Callable[[Any], T]

MOST_PAGES = 1000  # 100,000 objects of one merchant; an answer with more pages is broken


class OpenExchange(Protocol):
    """One exchange, recorded before its request is sent."""

    def close(self, *, status: int | None, error: errors.PartnerError | None) -> None:
        """Record how the exchange ended."""


class ExchangeLog(Protocol):
    """Paces and records every exchange."""

    def open(self, *, call: Call, header_names: Sequence[str]) -> OpenExchange:
        """Wait until the call may be sent, and record it. Raises NotSent if that is too far ahead."""

    def answered(self, *, templates: Sequence[str]) -> str | None:
        """Return the path that answered last, None if none of them ever did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """The address of a partner, our name there (for User-Agent), and the time-outs in seconds."""

    url: str
    partner: str
    connect_seconds: float = 5
    read_seconds: float = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class ThanxHost(Host):
    """Thanx's address and our credential there, which the repr hides."""

    client_id: str = field(repr=False)
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list: its items, its number from 1, and the current number of pages."""

    items: tuple[T, ...]
    number: int
    pages: int

    @property
    def is_last(self) -> bool:
        """Whether there is no page after this one."""
        return self.number >= self.pages


def items_of(pages: Iterable[Page[T]]) -> tuple[T, ...]:
    """Return the items of these pages. An item that moved to another page meanwhile is returned once."""
    return tuple(dict.fromkeys(item for page in pages for item in page.items))


class Caller:
    """Calls one host with one credential. Not to be shared between threads."""

    def __init__(
        self, *, host: ThanxHost, exchange_log: ExchangeLog, session: requests.Session, clock: Callable[[], datetime]
    ) -> None:
        self._host = host
        self._log = exchange_log
        self._session = session
        self._clock = clock
        self._their_time: datetime | None = None

    @property
    def their_time(self) -> datetime | None:
        """The time on Thanx's clock at its last answer, to the second; None before the first."""
        return self._their_time

    def _in_either_dialect(self, templates: tuple[str, str], ask: Callable[[str], T]) -> T:
        """Ask on the path that answered last; after a 404 ask once on the other one."""
        first = self._log.answered(templates=templates) or templates[0]
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
        """Read every page of a list, or none. An item that moves to another page meanwhile is returned once."""
        return items_of(self._pages(template, query, name=name, read=read))

    def _pages(
        self, template: str, query: wire.Query, *, name: str, read: Read[T], first: int = 1, most: int = MOST_PAGES
    ) -> Iterator[Page[T]]:
        """Yield the pages of a list from `first` on, each read only when the caller wants it."""
        number, pages = first, first
        while number <= pages:
            paged: Mapping[str, Any] = {**query, "page": number, "per_page": wire.PAGE_SIZE}
            page = self._send(Call("GET", template, query=paged), _page(name, read, number=number, most=most))
            yield page
            pages = page.pages
            number += 1

    def _send(self, call: Call, read: Read[T]) -> T:
        """Send one request and return its answer as `read` reads it, or raise the error that it means."""

        def read_answer(answer: wire.RawAnswer) -> T:
            self._their_time = wire.http_date(answer.date or "")
            return read(wire.read_answer(call=call, answer=answer, now=self._clock()))

        headers = wire.headers(
            token=self._host.token, client_id=self._host.client_id, partner=self._host.partner, key=call.key
        )
        return send_once(
            call, host=self._host, headers=headers, exchange_log=self._log, session=self._session, read=read_answer
        )


def send_once(
    call: Call,
    *,
    host: Host,
    headers: Mapping[str, str],
    exchange_log: ExchangeLog,
    session: requests.Session,
    read: Callable[[wire.RawAnswer], T],
) -> T:
    """Send a request once, record it before and after, and return what `read` makes of the answer.

    Raises the error that a missing, unusable or bad answer means.
    """
    url = host.url.rstrip("/") + call.target
    request = session.prepare_request(requests.Request(call.method, url, headers=headers, data=call.body))
    opened = exchange_log.open(call=call, header_names=sorted(request.headers))
    answer = exchange(
        session=session, request=request, connect_seconds=host.connect_seconds, read_seconds=host.read_seconds
    )
    try:
        value = _value(call, answer, read)
    except errors.PartnerError as error:
        opened.close(status=answer.status, error=error)
        raise
    opened.close(status=answer.status, error=None)
    return value


def _value(call: Call, answer: wire.RawAnswer | NoAnswer, read: Callable[[wire.RawAnswer], T]) -> T:
    if isinstance(answer, NoAnswer):
        if not answer.left:
            raise errors.NotSent(method=call.method, path=call.template)
        raise wire.without_answer(call=call, status=answer.status)
    try:
        return read(answer)
    except Unusable:
        unusable = wire.without_answer(call=call, status=answer.status)
    raise unusable  # outside the handler: a cause could quote what was read


def one(name: str, read: Read[T]) -> Read[T]:
    """Return a reader of an answer that holds one object under its name."""
    return lambda payload: read(wire.resource(payload, name=name))


def _page(name: str, read: Read[T], *, number: int, most: int) -> Read[Page[T]]:
    def read_page(payload: Any) -> Page[T]:
        page = wire.page(payload, name=name)
        if page.pages > most:
            raise Unusable("the list has no end")
        return Page(items=tuple(read(item) for item in page.items), number=number, pages=page.pages)

    return read_page
