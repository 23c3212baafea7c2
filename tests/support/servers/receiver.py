"""A small HTTP server that keeps what it is sent: the other end of webhooks in tests."""

import contextlib
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SECRET = "a shared secret"


@dataclass
class Receiver:
    url: str
    deliveries: list[tuple[str, bytes, float]] = field(default_factory=list)  # signature, raw body, instant
    status: int = 200

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body, _ in self.deliveries]

    def named(self, name: str) -> list[dict[str, Any]]:
        return [event for event in self.events() if event["event"] == name]

    def sound(self) -> list[bool]:
        expected = [hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest() for _, body, _ in self.deliveries]
        return [given == one for (given, _, _), one in zip(self.deliveries, expected, strict=True)]

    def wait_for(self, count: int, *, seconds: float = 60.0) -> None:
        deadline = time.monotonic() + seconds
        while len(self.deliveries) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(self.deliveries) >= count


@contextlib.contextmanager
def receiver(*, answers_after: float = 0) -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.deliveries.append((self.headers["X-Thanx-Signature"], body, time.time()))
            time.sleep(answers_after)
            self.send_response(kept.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        kept = Receiver(url=f"http://127.0.0.1:{server.server_port}/webhooks/thanx/")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield kept
        finally:
            server.shutdown()
            thread.join()
