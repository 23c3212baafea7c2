"""An ASGI request as a WSGI environment, for Django's WSGI application."""

import sys
from collections.abc import Iterable
from typing import IO, Any
from urllib.parse import unquote_to_bytes

Scope = dict[str, Any]
Environment = dict[str, Any]

WITHOUT_PREFIX = {"CONTENT_TYPE", "CONTENT_LENGTH"}


def wsgi_environment(scope: Scope, *, body: IO[bytes], size: int) -> Environment:
    """Return the environment of a request whose whole body has arrived (PEP 3333)."""
    path = scope.get("raw_path") or scope["path"].encode()
    host, port = scope.get("server") or ("localhost", 80)
    return {
        **dict(_headers(scope["headers"])),
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": scope.get("root_path", ""),
        "PATH_INFO": unquote_to_bytes(path.split(b"?", 1)[0]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": (scope.get("client") or ("",))[0],
        "CONTENT_LENGTH": str(size),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }


def header(scope: Scope, name: bytes) -> str:
    """Return a header of a request, '' if there is none."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def _headers(pairs: Iterable[tuple[bytes, bytes]]) -> Environment:
    found: Environment = {}
    for raw, value in pairs:
        if b"_" in raw:
            continue  # X_Forwarded_For would pass for X-Forwarded-For, which only a proxy may set
        name = raw.decode("latin-1").upper().replace("-", "_")
        key = name if name in WITHOUT_PREFIX else f"HTTP_{name}"
        text = value.decode("latin-1")
        if key in found:
            text = f"{found[key]}{'; ' if name == 'COOKIE' else ','}{text}"
        found[key] = text
    return found
