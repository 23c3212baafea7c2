"""Sends one request with `requests` and reads the answer: no retry, no redirect, a limit on the size of the body."""

import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy

import requests
import urllib3

from partner_api.wire import RawAnswer

# A full job lists 10,000 failures in about 1 MB. Much larger is no answer of this API.
LARGEST_ANSWER = 32 * 1024 * 1024
PIECE = 64 * 1024
TROUBLE = (OSError, HTTPException, urllib3.exceptions.HTTPError)  # requests' own errors are OSErrors


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """No usable answer. `left` is False only if the request certainly never left this machine."""

    left: bool
    status: int | None = None


def new_session(*, loopback: bool) -> requests.Session:
    """Return a session that keeps connections open and nothing else: no cookies, no .netrc, no default headers."""
    session = requests.Session()
    session.trust_env = not loopback  # a proxy from the environment must not see loopback calls
    session.auth = _unchanged  # else a .netrc entry would replace the Authorization header
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers.clear()
    session.headers.update({"Accept": "application/json", "Accept-Encoding": "gzip, deflate"})
    return session


def _unchanged(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def exchange(
    *, session: requests.Session, request: requests.PreparedRequest, connect_seconds: float, read_seconds: float
) -> RawAnswer | NoAnswer:
    """Send the request and read the whole answer.

    `read_seconds` limits each pause before and within the answer, and the time to read the whole body. Errors are
    returned as values: the texts of the library's exceptions hold the URL.
    """
    try:
        settings = session.merge_environment_settings(request.url or "", {}, True, None, None)
        response = session.send(
            request,
            stream=True,
            timeout=(connect_seconds, read_seconds),
            allow_redirects=False,
            verify=settings["verify"],
            proxies=settings["proxies"],
        )
    except TROUBLE as error:
        return NoAnswer(left=not _never_left(error))
    with response:
        return _read(response, until=time.monotonic() + read_seconds)


def _read(response: requests.Response, *, until: float) -> RawAnswer | NoAnswer:
    body = bytearray()
    try:
        while piece := response.raw.read1(PIECE, decode_content=True):
            body += piece
            if len(body) > LARGEST_ANSWER or time.monotonic() > until:
                return NoAnswer(left=True, status=response.status_code)
    except TROUBLE:
        return NoAnswer(left=True, status=response.status_code)
    headers = response.headers
    return RawAnswer(
        status=response.status_code, body=bytes(body), retry_after=headers.get("Retry-After"), date=headers.get("Date")
    )


def _never_left(error: BaseException) -> bool:
    """Return whether the request certainly never left: there was no connection to send it on."""
    never_connected = (
        requests.ConnectTimeout,
        requests.exceptions.ProxyError,
        urllib3.exceptions.NewConnectionError,  # refused, unreachable, and names that do not resolve
        ssl.SSLCertVerificationError,
    )
    return any(isinstance(one, never_connected) for one in _with_causes(error))


def _with_causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and all errors that it wraps as `reason`, first argument, cause or context."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop()
        if isinstance(one, BaseException) and id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [getattr(one, "reason", None), *one.args[:1], one.__cause__, one.__context__]
