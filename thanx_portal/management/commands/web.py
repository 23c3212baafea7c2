"""manage.py web: serve the pages."""

import os
import resource
import socket
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from engine.schema import not_migrated
from vault.readiness import obstacles

MANIFEST = "staticfiles.json"
MOST_CONNECTIONS = 10_000
JSON_LINES = Path(__file__).resolve().parents[2] / "granian.json"


class Command(BaseCommand):
    help = "Serve the pages with granian until stopped. Any number of these may run, on any number of machines."
    requires_system_checks = ["settings"]

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=settings.HOST, help="address to listen on (default: HOST or 127.0.0.1)")
        parser.add_argument("--port", type=int, default=settings.PORT, help="port to listen on (default: PORT or 8000)")

    def handle(self, *, host: str, port: int, **_: Any) -> None:
        if found := [*obstacles(), *not_migrated()]:
            raise CommandError("\n".join(found))
        if not settings.DEBUG and not (Path(settings.STATIC_ROOT) / MANIFEST).exists():
            raise CommandError("The static files are missing. Run: manage.py collectstatic --no-input")
        if not _is_free(host, port):
            raise CommandError(f"Port {port} is taken. Stop the program that listens there, or choose another --port.")
        os.chdir(settings.BASE_DIR)
        # Each connection is an open file, and the usual soft limit is 1,024.
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        # Granian replaces this process, so that signals reach it.
        os.execv(sys.executable, [sys.executable, "-m", "granian", *options(host=host, port=port)])  # noqa: S606 (no shell is wanted)


def _is_free(host: str, port: int) -> bool:
    """Return whether no program listens there. Granian shares its port, so a second portal would answer in turn."""
    family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    with socket.socket(family, kind) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections that are ending do not count
        try:
            probe.bind(address)
        except OSError:
            return False
    return True


def options(*, host: str, port: int) -> list[str]:
    """Return granian's arguments.

    Its access log is off, because URLs may contain a guest. The portal logs each request itself.
    """
    return [
        *("--interface", "asginl", "--host", host, "--port", str(port), "--workers", str(settings.WEB_WORKERS)),
        # Idle and half-sent connections cost little, but granian refuses more than this in each worker. HTTP/2 stays
        # between the browser and the proxy: here it would only let one connection do what a thousand may.
        *("--http", "1", "--backpressure", str(MOST_CONNECTIONS), "--backlog", "4096"),
        *("--http1-header-read-timeout", str(round(settings.HEADER_SECONDS * 1000))),
        *("--no-ws", "--no-access-log", "--log-level", "warning"),
        # Otherwise the death of one worker, out of memory perhaps, ends the whole server.
        *("--respawn-failed-workers", "--respawn-interval", "1"),
        # Otherwise a half-sent request, or a worker that is being replaced, blocks a deployment for ever.
        *("--workers-kill-timeout", "10"),
        *(("--log-config", str(JSON_LINES)) if settings.LOG_FORMAT == "json" else ()),
        "thanx_portal.asgi:application",
    ]
