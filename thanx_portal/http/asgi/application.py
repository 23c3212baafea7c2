"""The ASGI application in front of Django: it reads each body, within its limits, before it takes a thread.

A store of webhooks that takes no thread at all belongs here, too, after the reading of the body.
"""

import asyncio
from contextlib import suppress
from http import HTTPStatus
from io import BytesIO

from accounts import large_bodies
from thanx_portal.http.asgi.allowances import Allowance, Files, NotNow
from thanx_portal.http.asgi.answers import Answer, Application, Send, Stream, Threads
from thanx_portal.http.asgi.bodies import Arrivals, Body, BodyRefused, BrokeOff, Receive, SlowestPace, announced
from thanx_portal.http.asgi.requests import Environment, Scope, header, wsgi_environment
from thanx_portal.http.refused_bodies import REFUSED

LINGER_SECONDS = 5.0
MOST_LINGERING = 8
"""Browsers read no answer while they send. So the rest of a few refused bodies is read and thrown away."""


class Portal:
    """Answers requests with a WSGI application, in threads.

    `room` is what bodies that are still arriving may hold together, in this process; files of guests are counted apart.
    """

    def __init__(
        self, application: Application, *, threads: int, pace: SlowestPace, room: int, room_for_files: int
    ) -> None:
        self._threads = Threads(application, threads=threads)
        self._pace = pace
        self._arrivals = Arrivals(room=room)
        self._files = Files(room=room_for_files)
        self._lingering = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Raises CutOff, upon which the server cuts the connection."""
        assert scope["type"] == "http", "the portal has neither web sockets nor a lifespan"
        if not _has_body(scope):
            answer = await self._threads.run(_without_body(scope))
            return await answer.send(send, receive)
        body = Body(arrivals=self._arrivals)
        try:
            return await self._answer(scope, body, receive, send)
        except BrokeOff:
            return None
        finally:
            body.close()

    async def _answer(self, scope: Scope, body: Body, receive: Receive, send: Send) -> None:
        try:
            await self._read(scope, body, receive)
        except NotNow as refusal:
            return await self._refuse(refusal.answer, receive, send)
        except BodyRefused as refusal:
            return await self._refuse(await self._page(scope, refusal.status), receive, send)
        answer = await self._threads.run(wsgi_environment(scope, body=body.whole(), size=body.size))
        return await answer.send(send, receive)

    async def _read(self, scope: Scope, body: Body, receive: Receive) -> None:
        async def ask() -> Answer | Stream:
            return await self._threads.run(_without_body(scope) | {large_bodies.ASKED: True})

        allowance = Allowance(body, path=scope["path"], files=self._files, ask=ask)
        try:
            size = announced(header(scope, b"content-length"))
            await body.read(receive, announced=size, most=allowance.most, pace=self._pace)
        finally:
            allowance.end()

    async def _page(self, scope: Scope, status: HTTPStatus) -> Answer | Stream:
        """Have Django write a page that says why a body is refused."""
        if status == HTTPStatus.REQUEST_TIMEOUT:  # a thousand may be due at once, and their senders read nothing
            return Answer(status=status, headers=[("Connection", "close")], body=b"Too slow.\n")
        return await self._threads.run(_without_body(scope) | {REFUSED: status})

    async def _refuse(self, answer: Answer | Stream, receive: Receive, send: Send) -> None:
        """Send an answer before its body has arrived."""
        few = self._lingering < MOST_LINGERING
        if isinstance(answer, Stream) or answer.status == HTTPStatus.REQUEST_TIMEOUT or not few:
            return await answer.send(send, receive)
        self._lingering += 1
        try:
            await answer.send_all_but_the_end(send)
            with suppress(TimeoutError):
                async with asyncio.timeout(LINGER_SECONDS):
                    while (await receive()).get("more_body"):
                        pass
            return await send({"type": "http.response.body", "body": b""})
        finally:
            self._lingering -= 1


def _has_body(scope: Scope) -> bool:
    return header(scope, b"content-length") not in ("", "0") or header(scope, b"transfer-encoding") != ""


def _without_body(scope: Scope) -> Environment:
    return wsgi_environment(scope, body=BytesIO(), size=0)
