"""The format of log lines: plain text, or one JSON document each, with the correlation and without texts of errors.

The text of an error may quote a value, a row or a request. So a line has the class of the error and the places it
passed; only DEBUG logs the whole error.
"""

import logging
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from engine import correlation
from engine.tracebacks import where

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
KEPT = frozenset({"asctime", "levelname", "name", "message", "correlation", "exc_info"})
FACTS = frozenset({"method", "route", "status", "ms"})
"""What log calls may add. Everything else that libraries add, such as whole requests, is dropped."""

NAMES = {"asctime": "at", "levelname": "level", "name": "logger", "exc_info": "error"}
LINE = "%(asctime)s %(levelname)s %(name)s %(message)s %(correlation)s"


class Correlated(logging.Filter):
    """Adds the correlation of the current thread to every line."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.correlation = correlation.current()
        return True


class UnexpectedOnly(logging.Filter):
    """Passes only lines with an exception. A 503 that a view chose is in the access log already."""

    def filter(self, record: logging.LogRecord) -> bool:
        return bool(record.exc_info)


class OfStrangers(logging.Filter):
    """Lowers what Django says of a suspicious request to a warning: no visitor writes an error into the log."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith("django.security.") and record.levelno == logging.ERROR:
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True


class Discreet(logging.Formatter):
    """Plain text, with errors without their text."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 (logging's name)
        return where(ei[1])


class JsonLines(JsonFormatter):
    """One JSON document a line, with errors without their text, and only the fields in KEPT and FACTS."""

    def __init__(self) -> None:
        super().__init__(LINE, datefmt="%Y-%m-%dT%H:%M:%S%z", rename_fields=NAMES)

    def formatException(self, ei: Any) -> str:  # noqa: N802 (logging's name)
        return where(ei[1])

    def process_log_record(self, log_data: dict[str, Any]) -> dict[str, Any]:
        known = {NAMES.get(name, name) for name in KEPT | FACTS}
        return {name: value for name, value in log_data.items() if name in known and value not in ("", None)}


FORMATTERS: dict[str, dict[str, Any]] = {
    "whole": {"format": LINE},
    "plain": {"()": "thanx_portal.http.logs.Discreet", "format": LINE},
    "json": {"()": "thanx_portal.http.logs.JsonLines"},
}


def logging_configuration(*, form: str, level: str, debug: bool) -> dict[str, Any]:
    """Return Django's LOGGING. `form` is json or plain. Raises ValueError for anything else."""
    if form not in ("json", "plain"):
        raise ValueError(f"LOG_FORMAT is json or plain, not {form!r}")
    chosen = "whole" if debug and form == "plain" else form
    quiet = {"handlers": [], "propagate": True}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {
            "unexpected": {"()": "thanx_portal.http.logs.UnexpectedOnly"},
            "correlated": {"()": "thanx_portal.http.logs.Correlated"},
            "of_strangers": {"()": "thanx_portal.http.logs.OfStrangers"},
        },
        "formatters": {"chosen": FORMATTERS[chosen]},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "chosen",
                "filters": ["correlated", "of_strangers"],
            }
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Django's own handlers would write lines twice, and mail whole requests to ADMINS.
            "django": quiet | {"level": "INFO"},
            # Unknown URLs contain anything a user typed; queries may contain a guest.
            "django.request": quiet | {"level": "ERROR", "filters": ["unexpected"]},
            "django.server": quiet | {"level": "ERROR"},
            "urllib3": quiet | {"level": "INFO"},
            # SQL statements come with their values.
            "django.db.backends": quiet | {"level": "INFO"},
            # Two lines for every task, and two for every attempt to connect; the caller logs a failure, too.
            "procrastinate": quiet | {"level": "WARNING"},
            "psycopg.pool": quiet | {"level": "ERROR"},
        },
    }
