"""Envelopes, errors and paging, in the partner's usual dialect."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

PER_PAGE = 10
MOST_PER_PAGE = 100

Payload = dict[str, Any]
Item = TypeVar("Item")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What an endpoint says, before a dialect or a fault touches it."""

    status: int = 200
    payload: Payload
    headers: Mapping[str, str] = field(default_factory=dict)


class RefusalError(Exception):
    """A request the partner refuses; carries the answer to give."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.payload["error"]["code"])
        self.answer = answer


def error(status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None) -> Answer:
    """Return an error as the partner wraps it."""
    return Answer(status=status, payload={"error": {"code": code, "message": message}}, headers=headers or {})


def bad_request(message: str, *, code: str = "BAD_REQUEST") -> RefusalError:
    """Return the refusal of a request that is malformed in itself."""
    return RefusalError(error(400, code, message))


def not_found(what: str) -> RefusalError:
    """Return the refusal of an object that does not exist, or belongs to another merchant."""
    return RefusalError(error(404, "RESOURCE_NOT_FOUND", f"{what} was not found"))


def unprocessable(message: str) -> RefusalError:
    """Return the refusal of a well-formed request that a rule forbids."""
    return RefusalError(error(422, "UNPROCESSABLE_ENTITY", message))


def page_of(
    items: Sequence[Item], *, name: str, query: Mapping[str, str], told: Callable[[Item], Payload] | None = None
) -> Answer:
    """Return one page of `items` under `name`, with its pagination. Only those on the page are `told`."""
    page = _whole_number(query, "page", default=1, most=None)
    per_page = _whole_number(query, "per_page", default=PER_PAGE, most=MOST_PER_PAGE)
    first = (page - 1) * per_page
    pagination = {
        "current_page": page,
        "per_page": per_page,
        "total_pages": max(1, -(-len(items) // per_page)),
    }
    shown = items[first : first + per_page]
    return Answer(payload={name: [told(item) if told else item for item in shown], "pagination": pagination})


def _whole_number(query: Mapping[str, str], name: str, *, default: int, most: int | None) -> int:
    written = query.get(name, str(default))
    number = int(written) if written.isascii() and written.isdigit() else 0
    if number < 1 or (most is not None and number > most):
        raise bad_request(f"{name} must be a whole number between 1 and {most or 'the last page'}")
    return number
