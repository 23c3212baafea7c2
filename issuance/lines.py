"""What one line of a file becomes: somebody to send to, or a line that is left out and why. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Literal, NamedTuple

from issuance.identifiers import INVISIBLE, Problem, normalise_email, normalise_phone

Kind = Literal["email", "phone"]


class LineProblem(Enum):
    """Why a whole line is left out, beyond what is wrong with a single cell."""

    EMPTY = "empty"
    NO_IDENTIFIER = "no_identifier"
    BOTH_INVALID = "both_invalid"
    DUPLICATE = "duplicate"
    HELD_BACK_BEFORE = "held_back_before"


class Accepted(NamedTuple):
    """A normalised identifier. A tuple, since a million of them are made."""

    kind: Kind
    value: str


class LeftOut(NamedTuple):
    """The code of a reason, and the cell that is to blame as it stood in the file."""

    reason: str
    cell: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which column holds what, zero-based; None where there is none. Both may be the same column of mixed content."""

    email: int | None = None
    phone: int | None = None
    prefers: Kind = "email"

    def read(self, row: Sequence[str], *, country: str) -> Accepted | LeftOut:
        """Return what a row becomes. The preferred identifier counts; the other one steps in when it is no good."""
        width = len(row)
        email = row[self.email] if self.email is not None and self.email < width else ""
        phone = row[self.phone] if self.phone is not None and self.phone < width else ""
        if self.email == self.phone:
            email, phone = (email, "") if "@" in email else ("", phone)
        if email and (self.prefers == "email" or not phone):
            found = normalise_email(email)
            if isinstance(found, str):
                return Accepted("email", found)
        elif phone:
            found = normalise_phone(phone, country=country)
            if isinstance(found, str):
                return Accepted("phone", found)
        return self._second_look(row, email, phone, country=country)

    def _second_look(self, row: Sequence[str], email: str, phone: str, *, country: str) -> Accepted | LeftOut:
        by_email, by_phone = normalise_email(email), normalise_phone(phone, country=country)
        if isinstance(by_email, str):
            return Accepted("email", by_email)
        if isinstance(by_phone, str):
            return Accepted("phone", by_phone)
        if by_email is Problem.EMPTY and by_phone is Problem.EMPTY:
            problem = LineProblem.NO_IDENTIFIER if any(map(shows, row)) else LineProblem.EMPTY
            return LeftOut(problem.value, email or phone)
        if by_phone is Problem.EMPTY:
            return LeftOut(by_email.value, email)
        if by_email is Problem.EMPTY:
            return LeftOut(by_phone.value, phone)
        return LeftOut(LineProblem.BOTH_INVALID.value, f"{email} · {phone}")


def shows(cell: str) -> bool:
    """Whether anything of a cell can be seen."""
    return bool(INVISIBLE.sub("", cell).strip())
