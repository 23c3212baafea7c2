"""Reads the bodies of requests without holding a thread, within limits of size and time.

A body is read before Django sees its request. So a sender that stalls holds a socket, a little memory and perhaps an
unnamed file, which the system deletes with the process, and is ended by a deadline that moves with what arrives.
"""

import asyncio
import tempfile
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from io import BytesIO
from typing import IO, Any

Receive = Callable[[], Awaitable[dict[str, Any]]]
Most = Callable[[int], Awaitable[int]]

IN_MEMORY = 64 * 1024
"""Bytes of one body in memory. The rest goes to the disk in pieces of this size."""

DIGITS = 12
"""A longer Content-Length is refused without being read as a number."""


class BodyRefused(Exception):
    """The body is not taken, and why."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


class BrokeOff(Exception):
    """The connection ended before the body did. No client waits, and a part is never taken for a whole."""


@dataclass(frozen=True, kw_only=True)
class SlowestPace:
    """How long a body may take: `seconds`, and one more for every `bytes_per_second` that have arrived."""

    seconds: float
    bytes_per_second: int

    def allowed(self, size: int) -> float:
        return self.seconds + size / self.bytes_per_second


class Arrivals:
    """The bodies that are arriving. Together they hold at most `room` bytes: the one that stalls longest has to go."""

    def __init__(self, *, room: int) -> None:
        self._room = room
        self._sum = 0
        self._stalest_first: OrderedDict[Body, int] = OrderedDict()

    def grown(self, body: "Body", size: int) -> None:
        """Count bytes that have just arrived."""
        self._stalest_first[body] = self._stalest_first.pop(body, 0) + size
        self._sum += size
        while self._sum > self._room and len(self._stalest_first) > 1:
            stalest = next(iter(self._stalest_first))
            self.left(stalest)
            stalest.give_up()

    def left(self, body: "Body") -> None:
        """Count a body no more: it has arrived, or never will."""
        self._sum -= self._stalest_first.pop(body, 0)


@dataclass(eq=False)
class Body:
    """One body: as much of it as has arrived, in memory and then in an unnamed file."""

    arrivals: Arrivals
    size: int = 0
    _pieces: bytearray = field(default_factory=bytearray)
    _file: IO[bytes] | None = None
    _timer: asyncio.Timeout | None = None

    async def read(self, receive: Receive, *, announced: int, most: Most, pace: SlowestPace) -> None:
        """Read all of it. Raises BodyRefused, BrokeOff, and whatever `most` raises.

        `most` is asked how large a body may become that has, or will have, this size.
        """
        began = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(pace.allowed(0)) as self._timer:
                largest, more = await most(announced), True
                while more:
                    message = await receive()
                    if message["type"] != "http.request":
                        raise BrokeOff
                    piece, more = message.get("body", b""), message.get("more_body", False)
                    if self.size + len(piece) > largest:
                        largest = await most(self.size + len(piece))
                    await self._keep(piece)
                    self._timer.reschedule(began + pace.allowed(self.size))
        except TimeoutError:
            raise BodyRefused(HTTPStatus.REQUEST_TIMEOUT) from None
        finally:
            self.arrivals.left(self)

    def give_up(self) -> None:
        """End the reading as if its time were over."""
        if self._timer is not None and not self._timer.expired():
            self._timer.reschedule(0)

    def move_to(self, arrivals: Arrivals) -> None:
        """Count this body among others from now on."""
        self.arrivals.left(self)
        self.arrivals = arrivals
        arrivals.grown(self, self.size)

    async def _keep(self, piece: bytes) -> None:
        self.arrivals.grown(self, len(piece))
        self.size += len(piece)
        self._pieces += piece
        if len(self._pieces) > IN_MEMORY:
            await asyncio.to_thread(self._spill)

    def _spill(self) -> None:
        self._file = self._file or tempfile.TemporaryFile()  # noqa: SIM115 (it lives as long as the request)
        self._file.write(self._pieces)
        self._pieces.clear()

    def whole(self) -> IO[bytes]:
        """Return the whole body, to be read from its beginning."""
        if self._file is None:
            return BytesIO(self._pieces)
        self._spill()
        self._file.seek(0)
        return self._file

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def announced(length: str) -> int:
    """Return the size that a request announces; 0 for none, as of a chunked one. Raises BodyRefused for nonsense."""
    if not length:
        return 0
    if not (length.isascii() and length.isdecimal()):
        raise BodyRefused(HTTPStatus.BAD_REQUEST)
    if len(length) > DIGITS:
        raise BodyRefused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return int(length)
