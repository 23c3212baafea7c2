"""How log lines are written: for people, or one JSON document each; with their correlation, without errors' texts.

An error's text may quote what failed: a value, a row, a request. So lines tell its class and the places it came
through. Only a developer's machine (DEBUG) shows the whole error.
"""

from __future__ import annotations

import logging
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from engine import correlation
from engine.tracebacks import where

TOLD = frozenset({"asctime", "levelname", "name", "message", "correlation", "exc_info"})
FACTS = frozenset({"method", "route", "status", "ms"})
"""What log calls may add. Libraries add whole requests, with their queries; those are left out."""

NAMES = {"asctime": "at", "levelname": "level", "name": "logger", "exc_info": "error"}
LINE = "%(asctime)s %(levelname)s %(name)s %(message)s %(correlation)s"


class Correlated(logging.Filter):
    """Give every line the correlation of the thread that writes it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.correlation = correlation.current()
        return True


class Broken(logging.Filter):
    """Let only errors through that nobody expected. An answer such as 503 that a view chose is in the access log."""

    def filter(self, record: logging.LogRecord) -> bool:
        return bool(record.exc_info)


class Discreet(logging.Formatter):
    """One line of words. Errors without their text."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 (logging's name)
        return where(ei[1])


class JsonLines(JsonFormatter):
    """One JSON document. Errors without their text, and of what was added only what is known to be harmless."""

    def __init__(self) -> None:
        super().__init__(LINE, datefmt="%Y-%m-%dT%H:%M:%S%z", rename_fields=NAMES)

    def formatException(self, ei: Any) -> str:  # noqa: N802 (logging's name)
        return where(ei[1])

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        known = {NAMES.get(name, name) for name in TOLD | FACTS}
        return {name: value for name, value in log_data.items() if name in known and value not in ("", None)}


FORMATTERS: dict[str, dict[str, Any]] = {
    "whole": {"format": LINE},
    "plain": {"()": "thanx_portal.http.logs.Discreet", "format": LINE},
    "json": {"()": "thanx_portal.http.logs.JsonLines"},
}


def configuration(*, form: str, level: str, debug: bool) -> dict[str, Any]:
    """Return Django's LOGGING. `form` is json or plain. Raises ValueError for another."""
    if form not in ("json", "plain"):
        raise ValueError(f"LOG_FORMAT is json or plain, not {form!r}")
    chosen = "whole" if debug and form == "plain" else form
    quiet = {"handlers": [], "propagate": True}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {
            "broken": {"()": "thanx_portal.http.logs.Broken"},
            "correlated": {"()": "thanx_portal.http.logs.Correlated"},
        },
        "formatters": {"chosen": FORMATTERS[chosen]},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "chosen", "filters": ["correlated"]},
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Its own handlers would write lines twice, and mail whole requests to ADMINS.
            "django": quiet | {"level": "INFO"},
            # Addresses that lead nowhere hold whatever somebody typed; queries hold whom somebody looked for.
            "django.request": quiet | {"level": "ERROR", "filters": ["broken"]},
            "django.server": quiet | {"level": "ERROR"},
            "urllib3": quiet | {"level": "INFO"},
            # Statements come with their values.
            "django.db.backends": quiet | {"level": "INFO"},
            # Two lines for every task, and two for every attempt to connect; whoever wanted to connect says so, too.
            "procrastinate": quiet | {"level": "WARNING"},
            "psycopg.pool": quiet | {"level": "ERROR"},
        },
    }
