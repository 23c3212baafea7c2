"""Runs a WSGI application in a bounded pool of threads, and sends its answers without holding one of them.

A thread writes a long answer into an unnamed file as fast as the application gives it, however slowly the client reads.
"""

import asyncio
import logging
import os
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from itertools import chain
from typing import IO, Any

from thanx_portal.http.asgi.bodies import Receive
from thanx_portal.http.asgi.requests import Environment

logger = logging.getLogger("portal.web")

Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Environment, Callable[..., Any]], Iterable[bytes]]
Headers = list[tuple[str, str]]

AT_ONCE = 1024 * 1024
"""An answer of up to so many bytes is sent in one piece."""

PIECE = 64 * 1024
SECONDS_PER_PIECE = 30.0
"""A client that does not take a piece of a long answer in this time is gone."""

MOST_WAITING = 1_000
"""Requests that wait for a thread, in one process. A longer queue only makes everybody late."""


class CutOff(Exception):
    """The application failed in the middle of an answer. The server cuts the connection: no part must look whole."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A whole answer. `path` is a file of ours that is sent instead of a body."""

    status: int
    headers: Headers
    body: bytes = b""
    path: str = ""

    async def send(self, send: Send, receive: Receive) -> None:  # noqa: ARG002 (a Stream receives)
        await send(_start(self.status, self.headers))
        if self.path:
            await send({"type": "http.response.pathsend", "path": self.path})
        else:
            await send({"type": "http.response.body", "body": self.body})

    async def send_all_but_the_end(self, send: Send) -> None:
        """Send the whole answer, and leave it to the caller to end it."""
        await send(_start(self.status, self.headers))
        await send({"type": "http.response.body", "body": self.body, "more_body": True})


class Stream:
    """A long answer: a thread writes it, while the loop sends what there is."""

    def __init__(self, status: int, headers: Headers, *, loop: asyncio.AbstractEventLoop) -> None:
        self.status, self.headers = status, headers
        self.is_abandoned = False
        self._loop = loop
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (`send` closes it)
        self._size = 0
        self._is_whole = False
        self._has_failed = False
        self._news = asyncio.Event()

    def write(self, piece: bytes) -> None:
        """Add a piece. Called by the thread."""
        self._file.write(piece)
        self._file.flush()
        self._size += len(piece)
        self._loop.call_soon_threadsafe(self._news.set)

    def end(self, *, failed: bool) -> None:
        """Say that there is no more. Called by the thread."""
        self._has_failed = failed
        self._is_whole = True
        self._loop.call_soon_threadsafe(self._news.set)

    async def discard(self) -> None:
        """Wait until the thread has stopped writing, and delete what it wrote."""
        self.is_abandoned = True
        while not self._is_whole:
            await self._news.wait()
            self._news.clear()
        self._file.close()

    async def send(self, send: Send, receive: Receive) -> None:
        """Send all of it, or as much as the client takes. Raises CutOff."""
        gone = asyncio.ensure_future(_disconnected(receive))
        try:
            await send(_start(self.status, self.headers))
            await self._send_pieces(send, gone)
        except TimeoutError:
            raise CutOff from None
        finally:
            gone.cancel()
            await self.discard()

    async def _send_pieces(self, send: Send, gone: "asyncio.Future[None]") -> None:
        sent = 0
        while not gone.done():
            self._news.clear()
            is_whole, size = self._is_whole, self._size
            while sent < size and not gone.done():
                piece = os.pread(self._file.fileno(), PIECE, sent)
                async with asyncio.timeout(SECONDS_PER_PIECE):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
                sent += len(piece)
            if is_whole:
                break
            await self._news.wait()
        if self._has_failed:
            raise CutOff
        await send({"type": "http.response.body", "body": b""})


class File:
    """A file that the application answers with (PEP 3333, "Optional Platform-Specific File Handling")."""

    def __init__(self, file: IO[bytes], _block: int = 0) -> None:
        self._file = file
        name = getattr(file, "name", "")
        self.path = os.fspath(name) if isinstance(name, str | os.PathLike) and not file.tell() else ""

    def __iter__(self) -> "File":
        return self

    def __next__(self) -> bytes:
        if piece := self._file.read(PIECE):
            return piece
        raise StopIteration

    def close(self) -> None:
        self._file.close()


class Threads:
    """A WSGI application and the threads that run it."""

    def __init__(self, application: Application, *, threads: int) -> None:
        self._application = application
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="web")
        self._waiting = 0

    async def run(self, environment: Environment) -> Answer | Stream:
        """Have a thread answer a request. Return once the answer is whole, or has grown long."""
        if self._waiting >= MOST_WAITING:
            return Answer(status=HTTPStatus.SERVICE_UNAVAILABLE, headers=[("Retry-After", "1")], body=b"Busy.\n")
        job = _Job(environment, loop=asyncio.get_running_loop())
        self._waiting += 1
        try:
            self._pool.submit(job.run, self._application)
            return await job.answered
        finally:
            self._waiting -= 1


class _Job:
    """One request in a thread."""

    def __init__(self, environment: Environment, *, loop: asyncio.AbstractEventLoop) -> None:
        self._environment = {**environment, "wsgi.file_wrapper": File}
        self._loop = loop
        self.answered: asyncio.Future[Answer | Stream] = loop.create_future()

    def run(self, application: Application) -> None:
        try:
            self._run(application)
        except BaseException as error:  # noqa: BLE001 (it belongs to the request, which waits in another thread)
            self._loop.call_soon_threadsafe(self._settle, error)

    def _run(self, application: Application) -> None:
        started: list[Any] = []
        found = application(self._environment, lambda *given: started.extend(given[:2]))
        try:
            about: dict[str, Any] = {"status": int(started[0].split(" ", 1)[0]), "headers": started[1]}
            if isinstance(found, File) and found.path:
                return self._answer(Answer(path=found.path, **about))
            pieces = iter(found)
            beginning = _first(AT_ONCE, pieces)
            if len(beginning) < AT_ONCE:
                return self._answer(Answer(body=beginning, **about))
            return self._stream(Stream(**about, loop=self._loop), chain([beginning], pieces))
        finally:
            if hasattr(found, "close"):
                found.close()

    def _stream(self, stream: Stream, pieces: Iterable[bytes]) -> None:
        self._answer(stream)
        failed = True
        try:
            for piece in pieces:
                if stream.is_abandoned:
                    break
                stream.write(piece)
            failed = False
        except Exception:
            logger.exception("an answer broke off")
        finally:
            stream.end(failed=failed)

    def _answer(self, answer: Answer | Stream) -> None:
        self._loop.call_soon_threadsafe(self._settle, answer)

    def _settle(self, found: Answer | Stream | BaseException) -> None:
        if self.answered.done():  # the request was cancelled
            if isinstance(found, Stream):
                self._discarding = self._loop.create_task(found.discard())
            return
        if isinstance(found, BaseException):
            self.answered.set_exception(found)
        else:
            self.answered.set_result(found)


def _first(size: int, pieces: Iterator[bytes]) -> bytes:
    """Return the next pieces until they are `size` bytes, or all."""
    found, length = [], 0
    for piece in pieces:
        found.append(piece)
        length += len(piece)
        if length >= size:
            break
    return b"".join(found)


def _start(status: int, headers: Headers) -> dict[str, Any]:
    encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    return {"type": "http.response.start", "status": status, "headers": encoded}


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
