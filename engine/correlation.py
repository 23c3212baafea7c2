"""The correlation id: it links a click to the calls it causes.

It appears on responses, log lines, audit rows, events and exchanges. A request or a command starts one; a row that is
made due stores it, and the worker that claims the row continues under it.
"""

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

LONGEST = 36
WELL_FORMED = re.compile(r"[0-9a-fA-F]{32}|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
"""What proxies send as X-Request-ID. Anything else is ignored: it could bring a guest's identifier into the logs."""

_current: ContextVar[str] = ContextVar("correlation", default="")


def current() -> str:
    """Return the correlation id of this thread, '' if there is none."""
    return _current.get()


def given_or_new(given: str = "") -> str:
    """Return the id that the caller sent, if it is well-formed, else a new one."""
    return given if WELL_FORMED.fullmatch(given) else str(uuid.uuid4())


@contextmanager
def bound(correlation: str) -> Iterator[None]:
    """Run the block under this correlation id; restore the previous one afterwards, also after `adopt`."""
    before = _current.set(correlation)
    try:
        yield
    finally:
        _current.reset(before)


def continue_under(correlation: str) -> None:
    """Continue under the correlation id of a row that was just claimed, until the surrounding `bound` ends.

    A row without one, such as the hourly refresh of a catalog, gets a new id.
    """
    _current.set(correlation or given_or_new())
