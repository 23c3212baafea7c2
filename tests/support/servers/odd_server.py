"""An HTTP server for answers that no sane API gives: it sends the given bytes and closes the connection."""

import socket
import threading
import time
from collections.abc import Callable
from typing import Self

Say = Callable[[socket.socket], object]


class OddServer:
    """Answers every request with `say`, one connection per request. `requests` holds what came, headers and body."""

    def __init__(self, say: Say | bytes) -> None:
        self.say: Say = (lambda peer: peer.sendall(say)) if isinstance(say, bytes) else say
        self.requests: list[bytes] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(timeout=5)

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self._listening.accept()
            except OSError:
                return
            with peer:
                self.requests.append(read_request(peer))
                try:
                    self.say(peer)
                except OSError:
                    continue  # the client had enough


def read_request(peer: socket.socket) -> bytes:
    """Return the request as it came: up to the end of its headers, and its body."""
    request = b""
    while b"\r\n\r\n" not in request and (piece := peer.recv(65536)):
        request += piece
    head, _, body = request.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in head.splitlines() if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length and (piece := peer.recv(65536)):
        body += piece
    return head + b"\r\n\r\n" + body


def answer(body: bytes = b"{}", *, status: int = 200, headers: str = "") -> bytes:
    """Return a whole answer that closes the connection."""
    head = f"HTTP/1.1 {status} Odd\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{headers}\r\n"
    return head.encode() + body


def dripping(head: bytes, *, times: int) -> Say:
    """Say the head and then a space every 50 ms, so that no single silence is long."""

    def say(peer: socket.socket) -> None:
        peer.sendall(head)
        for _ in range(times):
            time.sleep(0.05)
            peer.sendall(b" ")

    return say


def silent(seconds: float) -> Say:
    """Say nothing for so long."""
    return lambda _: time.sleep(seconds)
