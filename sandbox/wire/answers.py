"""Answers, errors and paging of the API in its usual dialect."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

PER_PAGE = 10
MOST_PER_PAGE = 100

Payload = dict[str, Any]
Item = TypeVar("Item")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The answer of an endpoint, before a dialect or a fault changes it."""

    status: int = 200
    payload: Payload
    headers: Mapping[str, str] = field(default_factory=dict)


class RefusalError(Exception):
    """A refused request, with the answer to return."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.payload["error"]["code"])
        self.answer = answer


def error(status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None) -> Answer:
    """Return an error in the form of the API."""
    return Answer(status=status, payload={"error": {"code": code, "message": message}}, headers=headers or {})


def bad_request(message: str, *, code: str = "BAD_REQUEST") -> RefusalError:
    """Return the refusal of a malformed request."""
    return RefusalError(error(400, code, message))


def not_found(what: str) -> RefusalError:
    """Return the refusal of an object that does not exist, or belongs to another merchant."""
    return RefusalError(error(404, "RESOURCE_NOT_FOUND", f"{what} was not found"))


def unprocessable(message: str) -> RefusalError:
    """Return the refusal of a well-formed request that a rule forbids."""
    return RefusalError(error(422, "UNPROCESSABLE_ENTITY", message))


def page_of(
    items: Sequence[Item], *, name: str, query: Mapping[str, str], written: Callable[[Item], Payload] | None = None
) -> Answer:
    """Return one page of `items` under `name`, with its pagination. `written` turns an item of the page into JSON."""
    page = _whole_number(query, "page", default=1, most=None)
    per_page = _whole_number(query, "per_page", default=PER_PAGE, most=MOST_PER_PAGE)
    first = (page - 1) * per_page
    pagination = {"current_page": page, "per_page": per_page, "total_pages": max(1, -(-len(items) // per_page))}
    shown = items[first : first + per_page]
    return Answer(payload={name: [written(item) if written else item for item in shown], "pagination": pagination})


def _whole_number(query: Mapping[str, str], name: str, *, default: int, most: int | None) -> int:
    text = query.get(name, str(default))
    number = int(text) if text.isascii() and text.isdigit() else 0
    if number < 1 or (most is not None and number > most):
        raise bad_request(f"{name} must be a whole number between 1 and {most or 'the last page'}")
    return number
