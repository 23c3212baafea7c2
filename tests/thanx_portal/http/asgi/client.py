"""The other end of the ASGI application: what arrives, and what was answered."""

import asyncio
from dataclasses import dataclass, field

from thanx_portal.http.asgi.application import Portal
from thanx_portal.http.asgi.bodies import SlowestPace

ENOUGH = SlowestPace(seconds=60, bytes_per_second=1)
MEBIBYTE = 1024 * 1024


def scope(method="GET", path="/", *, headers=(), query=b""):
    encoded = [(name.lower().encode(), str(value).encode()) for name, value in headers]
    where = {"path": path, "raw_path": path.encode(), "query_string": query, "root_path": ""}
    peers = {"client": ("192.0.2.1", 5), "server": ("127.0.0.1", "8000")}
    return {"type": "http", "method": method, "http_version": "1.1", "headers": encoded, **where, **peers}


def pieces(*bodies, end=True):
    """Return the messages of a body in pieces; without `end` its connection ends early."""
    sent = [{"type": "http.request", "body": body, "more_body": True} for body in bodies]
    return [*sent, {"type": "http.request"} if end else {"type": "http.disconnect"}]


@dataclass
class Client:
    """Sends the messages, and then nothing more. `takes` says how many messages of an answer it reads."""

    messages: list = field(default_factory=list)
    takes: int = 1_000_000
    answered: list = field(default_factory=list)
    received: int = 0
    has_stopped: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(self):
        if self.received == len(self.messages):
            await asyncio.Event().wait()
        self.received += 1
        return self.messages[self.received - 1]

    async def send(self, message):
        if len(self.answered) == self.takes:
            self.has_stopped.set()
            await asyncio.Event().wait()
        self.answered.append(message)

    @property
    def status(self):
        return self.answered[0]["status"] if self.answered else None

    @property
    def body(self):
        return b"".join(message.get("body", b"") for message in self.answered[1:])


def portal(application, *, pace=ENOUGH, room=64 * MEBIBYTE, threads=1):
    return Portal(application, threads=threads, pace=pace, room=room, room_for_files=64 * MEBIBYTE)


def ask(application, asked, *messages, **limits):
    """Answer one request, and return its client."""
    client = Client(messages=list(messages))
    asyncio.run(portal(application, **limits)(asked, client.receive, client.send))
    return client
