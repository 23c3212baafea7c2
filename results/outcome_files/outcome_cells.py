"""Cells of files of outcomes: amounts become cents, times become moments, words become visits. Pure."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum

LARGEST_CENTS = 10**9
"""Ten million dollars. A larger amount is no purchase but a slip, or another column."""

_AMOUNT = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?").fullmatch
_YES = frozenset({"yes", "y", "true", "t", "x"})
_NO = frozenset({"", "no", "n", "false", "f"})


class OutcomeProblem(StrEnum):
    """Why a line is left out. The values are written into the file of such lines."""

    AMOUNT = "The amount is not a plain number such as 12.50."
    TIME = "The time cannot be read. Write it as 2026-05-01T12:30:00Z."
    TIME_WITHOUT_ZONE = "The time has no time zone. Write it as 2026-05-01T12:30:00Z."
    VISITED = "Whether the guest visited is neither yes nor no, nor a number."
    STATE = "The state of the reward is not one that Thanx uses."
    NO_ID = "The line has no id."
    NO_GUEST = "The line has no email address or phone number that can be read."


class BadLine(Exception):
    """A line that is left out."""

    def __init__(self, problem: OutcomeProblem) -> None:
        self.problem = problem
        super().__init__(problem.value)


def cents_of(text: str) -> int | None:
    """Return an amount of dollars in cents, None for an empty cell. Raises BadLine."""
    text = text.strip()
    if not text:
        return None
    if not _AMOUNT(text):
        raise BadLine(OutcomeProblem.AMOUNT)
    cents = round(Decimal(text) * 100)
    if abs(cents) > LARGEST_CENTS:
        raise BadLine(OutcomeProblem.AMOUNT)
    return cents


def moment_of(text: str, *, in_utc: bool) -> datetime | None:
    """Return a time, None for an empty cell; `in_utc`: one without a zone is in UTC, as in Thanx's files.

    Raises BadLine.
    """
    text = text.strip().removesuffix("UTC").rstrip()
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadLine(OutcomeProblem.TIME) from None
    if found.tzinfo is None:
        if not in_utc:
            raise BadLine(OutcomeProblem.TIME_WITHOUT_ZONE)
        return found.replace(tzinfo=UTC)
    try:
        return found.astimezone(UTC)
    except OverflowError:  # the first or the last day that there is
        raise BadLine(OutcomeProblem.TIME) from None


def visits_of(text: str) -> int:
    """Return how often a guest visited, from yes, no or a number. Raises BadLine."""
    word = text.strip().lower()
    if word in _YES:
        return 1
    if word in _NO:
        return 0
    if word.isascii() and word.isdigit() and len(word) <= 4:  # noqa: PLR2004 - no guest visits ten thousand times
        return int(word)
    raise BadLine(OutcomeProblem.VISITED)
