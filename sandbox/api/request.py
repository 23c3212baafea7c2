"""One authenticated request, as an endpoint sees it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from multidict import MultiMapping

from sandbox.audit_log import Entry
from sandbox.faults.requested import Fault
from sandbox.running import Running
from sandbox.wire.answers import Answer, bad_request


@dataclass(frozen=True, kw_only=True)
class Call:
    """The request and the sandbox it came to. `at` is the instant of its arrival."""

    running: Running
    entry: Entry
    at: float
    params: Mapping[str, str]
    query: MultiMapping[str]
    headers: Mapping[str, str]
    body: bytes
    base_url: str
    faults: tuple[Fault, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return the body's JSON object. Refuses with 400 when it is none."""
        try:
            document = json.loads(self.body)
        except ValueError:
            raise bad_request("the body is not JSON") from None
        if not isinstance(document, dict):
            raise bad_request("the body is not a JSON object")
        return document


# Endpoints never wait: what one does is done before the next request is looked at.
Serve = Callable[[Call], Answer]


def text_in(document: Mapping[str, Any], *, name: str) -> str:
    """Return a required text. Refuses with 400 when it is missing, empty or no text."""
    value = document.get(name)
    if not isinstance(value, str) or not value.strip():
        raise bad_request(f"{name} is required")
    return value
