"""The checks of every request: credential, headers and rate."""

import hmac
import re
from collections import deque
from collections.abc import Mapping

from sandbox.options import Options
from sandbox.wire.answers import Answer, error

VERSION = "v4.0"
USER_AGENT = re.compile(r"(?P<name>[^\s/()]+)/\d+\.\d+\.\d+")
# Thanx requires the integration's own name; the default of an HTTP library is none.
LIBRARIES = frozenset(
    {"python-requests", "python-httpx", "python-urllib", "python-urllib3", "aiohttp", "curl", "go-http-client"}
)


class RateLimiter:
    """Two sliding windows over the admitted requests."""

    def __init__(self) -> None:
        self._starts: deque[float] = deque()

    def exceeded(self, *, at: float, options: Options) -> str | None:
        """Return the name of the limit that forbids a request now, or admit it and return None."""
        while self._starts and self._starts[0] <= at - options.quarter_hour_seconds:
            self._starts.popleft()
        if len(self._starts) >= options.rate_per_15_minutes:
            return "rate_per_15_minutes"
        if self._in_the_last_second(at=at, enough=options.rate_per_second) >= options.rate_per_second:
            return "rate_per_second"
        self._starts.append(at)
        return None

    def _in_the_last_second(self, *, at: float, enough: int) -> int:
        count = 0
        for start in reversed(self._starts):
            if start <= at - 1.0 or count >= enough:
                break
            count += 1
        return count


def credential_problem(headers: Mapping[str, str], *, options: Options) -> str | None:
    """Return the name of the header that does not identify the partner, or None."""
    expected = {"Authorization": f"Bearer {options.token}", "X-ClientId": options.client_id}
    for name, value in expected.items():
        if not hmac.compare_digest(headers.get(name, "").encode(), value.encode()):
            return name
    return None


def header_problems(headers: Mapping[str, str]) -> list[str]:
    """Return the other required headers that are missing or malformed, in the order of their checks."""
    agent = USER_AGENT.fullmatch(headers.get("User-Agent", ""))
    sound = {
        "Accept-Version": headers.get("Accept-Version") == VERSION,
        "Content-Type": headers.get("Content-Type", "").split(";")[0].strip().lower() == "application/json",
        "User-Agent": agent is not None and agent["name"].lower() not in LIBRARIES,
    }
    return [name for name, is_sound in sound.items() if not is_sound]


def unauthenticated() -> Answer:
    """Return the answer to missing or wrong credentials."""
    return error(401, "AUTHENTICATION_GENERIC", "The credentials are missing or wrong")


def malformed_header(name: str) -> Answer:
    """Return the answer to a request whose header of that name is missing or malformed."""
    return error(400, "BAD_REQUEST", f"The header {name} is missing or malformed")


def rate_limited(headers: Mapping[str, str] | None = None) -> Answer:
    """Return the answer to a request beyond the limit; Thanx itself sends no Retry-After."""
    return error(429, "RATE_LIMITED", "Too many requests", headers=headers)


def forbidden(scope: str) -> Answer:
    """Return the answer to a credential that lacks the scope."""
    return error(403, "FORBIDDEN", f"The scope {scope} is missing")
