"""What ties a click to the calls that it causes: one id on answers, log lines, audit entries, events and exchanges.

A request or a command begins it. Rows that are made due carry it to whichever worker takes them, which takes it up.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

LONGEST = 36
WELL_FORMED = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
"""What proxies send as X-Request-ID. Nothing else is taken over, so that no identifier gets into logs this way."""

_current: ContextVar[str] = ContextVar("correlation", default="")


def current() -> str:
    """Return the correlation of what is being done in this thread; '' when nobody began one."""
    return _current.get()


def begun(given: str = "") -> str:
    """Return the id that somebody else began, if it is well-formed, else a new one."""
    return given if WELL_FORMED.fullmatch(given) else str(uuid.uuid4())


@contextmanager
def carried(correlation: str) -> Iterator[None]:
    """Do what is inside under this correlation, and forget afterwards what was taken up meanwhile."""
    before = _current.set(correlation)
    try:
        yield
    finally:
        _current.reset(before)


def take_up(correlation: str) -> None:
    """Go on under the correlation of a row that was just claimed, until the surrounding `carried` ends.

    What nobody asked for, such as the hourly reading of a catalog, gets one of its own.
    """
    _current.set(correlation or begun())
