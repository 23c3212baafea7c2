"""The HTTP conventions of Thanx as functions of values: headers, bodies, errors, paging. No I/O, no clock, no Django.

Sources: Thanx Partner API v4.0, "Authentication", "Pagination", "Errors", "Rate limits", "Idempotency".
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from partner_api import errors
from partner_api.answers.catalog import NewCampaign, NewVariant
from partner_api.answers.jobs import Identifier
from partner_api.answers.readers import Unusable, clean, count, struct, substruct

# Any other value may cost the partner its access to the API.
ACCEPT_VERSION = "v4.0"
CLIENT_VERSION = "1.0.0"
PAGE_SIZE = 100
LONGEST_RETRY_AFTER = timedelta(minutes=15)  # the longest window: a longer wait cannot be meant
# Codes are stable words. Anything else (a sentence, an address, a phone number) might be an identifier.
CODE = re.compile(r"[A-Za-z][A-Za-z0-9_\-]{0,63}|[0-9]{1,6}")

GOOD = range(200, 300)
REFUSING = range(400, 500)
# No verdict on the request: the server did not wait for it, or does not accept it yet.
UNDECIDED = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY)

Query = Mapping[str, str | int | bool | Sequence[str] | None]


@dataclass(frozen=True, slots=True)
class Call:
    """One request. The repr shows the path template only: path, query and body may hold identifiers."""

    method: str
    template: str
    ids: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: Query = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    key: UUID | None = None
    answer_matters: bool = True  # False if any 2xx is enough, whatever its body

    @property
    def reads(self) -> bool:
        """Whether sending it twice is harmless."""
        return self.method == "GET"

    @property
    def target(self) -> str:
        """The path with its ids and the query, as on the request line."""
        found = urlencode(pairs(self.query), quote_via=quote, safe="[]")
        return self.path + (f"?{found}" if found else "")

    @property
    def path(self) -> str:
        """The path with its ids. NotFound for an id that would change the path: the partner has no such ids."""
        if any(not value.strip(".") for value in self.ids.values()):
            raise errors.NotFound(method=self.method, path=self.template)
        return self.template.format_map({name: quote(value, safe="") for name, value in self.ids.items()})


def headers(*, token: str, client_id: str, partner: str, key: UUID | None = None) -> dict[str, str]:
    """Return the five headers of every request, GET included, and the idempotency key if there is one."""
    sent = {
        "Authorization": f"Bearer {token}",
        "X-ClientId": client_id,
        "Accept-Version": ACCEPT_VERSION,
        "Content-Type": "application/json",
        "User-Agent": f"{partner}/{CLIENT_VERSION}",
    }
    return sent if key is None else sent | {"X-Idempotency-Key": str(key)}


def pairs(query: Query) -> list[tuple[str, str]]:
    """Return the query as pairs: lists as `name[]`, booleans in lower case, without None."""
    found = []
    for name, value in query.items():
        if isinstance(value, bool):
            found.append((name, str(value).lower()))
        elif isinstance(value, str | int):
            found.append((name, str(value)))
        elif value is not None:
            found.extend((f"{name}[]", one) for one in value)
    return found


# --- Bodies --------------------------------------------------------------------------------------------------


def issue_body(*, campaign_id: str, merchant_id: str, variant_id: str, identifiers: Sequence[Identifier]) -> bytes:
    """Return the body of an issuance. The same arguments give the same bytes: a key allows only one body."""
    listed = [{"type": identifier.type, "value": identifier.value} for identifier in identifiers]
    return encoded(
        {"campaign_id": campaign_id, "merchant_id": merchant_id, "variant_id": variant_id, "identifiers": listed}
    )


def campaign_body(*, new: NewCampaign) -> bytes:
    """Return the body that creates a campaign, without empty optional fields."""
    fields = {
        "merchant_id": new.merchant_id,
        "name": new.name,
        "objective": new.objective,
        "fine_print": new.fine_print,
        "start_at": instant(new.start_at),
        "end_at": instant(new.end_at),
        "redeemable_from": instant(new.redeemable_from),
        "redeemable_to": instant(new.redeemable_to),
    }
    variants = [_new_variant(variant) for variant in new.variants]
    return encoded({"campaign": {name: value for name, value in fields.items() if value} | {"variants": variants}})


def _new_variant(variant: NewVariant) -> dict[str, str]:
    # A control has no template; null would mean something else.
    template = variant.reward_template_id
    return {"name": variant.name} | ({"reward_template_id": template} if template else {})


def encoded(data: object) -> bytes:
    """Return compact JSON in UTF-8."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def instant(at: datetime) -> str:
    """Return a date and time as the API expects it: ISO 8601 in UTC, whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# --- Answers -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """An answer that is not read yet: status, body, and the headers Retry-After and Date."""

    status: int
    body: bytes = field(repr=False)
    retry_after: str | None = None
    date: str | None = None


@dataclass(frozen=True, slots=True)
class RawPage:
    """One page of a list: its items as JSON, and the number of pages."""

    items: tuple[Any, ...]
    pages: int


def read_answer(*, call: Call, answer: RawAnswer, now: datetime) -> Any:
    """Return the JSON of a good answer, None if it does not matter; raise the error that a bad one means."""
    if answer.status in GOOD:
        return _json(answer.body) if call.answer_matters else None
    raise error_for(call=call, answer=answer, now=now)


def error_for(*, call: Call, answer: RawAnswer, now: datetime) -> errors.PartnerError:
    """Return the error that this status means for this call. The code does not decide: it may be unknown."""
    code, message = _code_and_message(answer.body)
    facts: dict[str, Any] = {
        "method": call.method,
        "path": call.template,
        "status": answer.status,
        "code": code,
        "message": message,
    }
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return errors.RateLimited(**facts, not_before=retry_after(answer.retry_after, now=now))
    if answer.status in REFUSING and answer.status not in UNDECIDED:
        return _REFUSALS.get(answer.status, errors.Refused)(**facts)
    if call.reads:
        return errors.Unavailable(**facts, not_before=retry_after(answer.retry_after, now=now))
    # A 5xx may come after the work was done, and so may a redirect, which is not followed.
    return errors.OutcomeUnknown(**facts)


_REFUSALS: Mapping[int, type[errors.Refused]] = {
    401: errors.CredentialsRefused,
    403: errors.ScopeMissing,
    404: errors.NotFound,
    422: errors.Unprocessable,
}


def without_answer(*, call: Call, status: int | None = None) -> errors.PartnerError:
    """Return the error for a request that was sent and whose answer was cut off, timed out or is unusable."""
    kind = errors.Unavailable if call.reads else errors.OutcomeUnknown
    return kind(method=call.method, path=call.template, status=status)


def retry_after(value: str | None, *, now: datetime) -> datetime | None:
    """Read Retry-After: seconds or an HTTP date, at most 15 minutes ahead. None without a usable value."""
    wait = _seconds(value or "", now=now)
    return None if wait is None else now + min(max(wait, timedelta(0)), LONGEST_RETRY_AFTER)


def _seconds(value: str, *, now: datetime) -> timedelta | None:
    if seconds := re.fullmatch(r"\s*([0-9]{1,9}(?:\.[0-9]+)?)\s*", value):
        return timedelta(seconds=float(seconds[1]))
    at = http_date(value)
    return None if at is None else at - now


def http_date(value: str) -> datetime | None:
    """Read an HTTP date, as in the headers Date and Retry-After. None if it is malformed."""
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def resource(payload: object, *, name: str) -> Any:
    """Return the object under the key with the name of the resource, or the payload itself if it is the object."""
    found = struct(payload, name=name)
    if isinstance(found.get(name), dict):
        return found[name]
    if "id" in found:
        return found
    raise Unusable(f"the answer holds no {name}")


def page(payload: object, *, name: str) -> RawPage:
    """Return one page of a list. Without `pagination` (as of merchants) it is the only one."""
    found = struct(payload, name=name)
    if not isinstance(found.get(name), list):
        raise Unusable(f"the answer holds no {name}")
    pages = count(substruct(found, key="pagination"), "total_pages", "total_page")
    return RawPage(items=tuple(found[name]), pages=pages or 1)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        # Raised below, without a cause: the text of the parser quotes what it read.
        problem = Unusable("the answer is no JSON")
    raise problem


def _code_and_message(body: bytes) -> tuple[str, str]:
    """Return code and message of an error; '' for a missing one and for a malformed code."""
    try:
        payload = _json(body)
    except Unusable:
        return "", ""
    error = payload.get("error") if isinstance(payload, dict) else None
    if isinstance(error, str):
        return "", clean(error)[:500]
    if not isinstance(error, dict):
        return "", ""
    code, message = error.get("code"), error.get("message")
    spelled = str(code) if isinstance(code, str | int) and not isinstance(code, bool) else ""
    return (spelled if CODE.fullmatch(spelled) else "", clean(message)[:500] if isinstance(message, str) else "")
