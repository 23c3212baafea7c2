"""One authenticated request, as an endpoint receives it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from multidict import MultiMapping

from sandbox.faults.fault import Fault
from sandbox.instance import Sandbox
from sandbox.request_log import LoggedRequest
from sandbox.wire.answers import Answer, bad_request


@dataclass(frozen=True, kw_only=True)
class ApiRequest:
    """A request and the sandbox that received it. `at` is the time of its arrival in seconds since the epoch."""

    sandbox: Sandbox
    logged: LoggedRequest
    at: float
    params: Mapping[str, str]
    query: MultiMapping[str]
    headers: Mapping[str, str]
    body: bytes
    base_url: str
    faults: tuple[Fault, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return the JSON object in the body. Refuses with 400 if there is none."""
        try:
            document = json.loads(self.body)
        except ValueError:
            raise bad_request("the body is not JSON") from None
        if not isinstance(document, dict):
            raise bad_request("the body is not a JSON object")
        return document


# Endpoints never wait: each finishes before the next request is handled.
Serve = Callable[[ApiRequest], Answer]


def required_text(document: Mapping[str, Any], *, name: str) -> str:
    """Return a required text. Refuses with 400 if it is missing, empty or no text."""
    value = document.get(name)
    if not isinstance(value, str) or not value.strip():
        raise bad_request(f"{name} is required")
    return value
