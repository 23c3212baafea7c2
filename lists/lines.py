"""What one line of a file becomes: a guest to send to, or a line that is left out and why. Pure.

For example:

    columns = Columns(email=1, phone=2)
    columns.read(["Ana", "Ana@Example.com", ""], country="US")    # Accepted("email", "ana@example.com", …)
    columns.read(["Bo", "bo@example,com", ""], country="US")      # LeftOut("email_comma", "bo@example,com")
"""

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Any, Literal, NamedTuple, Self

from lists.delimited import HiddenRow
from lists.identifiers import (
    CellProblem,
    email_in_cell,
    has_text,
    normalise,
    normalise_phone,
    plain_address,
    plain_domain,
)
from lists.mail_domains import likely_domain
from lists.suggestions import Doubt, Repair, diagnosed, suggested

IdentifierKind = Literal["email", "phone"]


class LineProblem(Enum):
    """Why a whole line is left out. What is wrong with a single cell is a `CellProblem` or a `Repair`."""

    EMPTY = "empty"
    NO_IDENTIFIER = "no_identifier"
    BOTH_INVALID = "both_invalid"
    DUPLICATE = "duplicate"
    HELD_BACK_BEFORE = "held_back_before"
    LEFT_OUT_BY_HAND = "left_out_by_hand"
    HIDDEN_ROW = "hidden_row"
    TOTALS = "totals_row"


TO_FIX = frozenset(
    {
        *(problem.value for problem in CellProblem if problem is not CellProblem.EMPTY),
        *(repair.value for repair in Repair),
        LineProblem.NO_IDENTIFIER.value,
        LineProblem.BOTH_INVALID.value,
    }
)
"""Reasons that a user can do something about. A line with any other reason stays left out."""

LEFT_OUT_ON_PURPOSE = frozenset(
    {LineProblem.LEFT_OUT_BY_HAND.value, LineProblem.HIDDEN_ROW.value, *(doubt.value for doubt in Doubt)}
)
"""Reasons of lines that may name a guest: a user, or a user's rule, left them out."""


class Accepted(NamedTuple):
    """A normalised identifier, and the cell it is from. A tuple, since a file may have a million.

    `reason` says why the identifier is not the one of the cell, `doubt` why it may be wrong; most have neither.
    """

    kind: IdentifierKind
    value: str
    cell: str
    reason: str = ""
    doubt: str = ""


class Certainty(IntEnum):
    """How certain another identifier of a line is.

    SURE: it is valid, and is not sent because another one is preferred. MEANT: the preferred one, which is damaged.
    PERHAPS: it is neither valid nor preferred, so it only leaves guests out who must not be rewarded.
    """

    SURE = 2
    MEANT = 1
    PERHAPS = 0


class OtherIdentifier(NamedTuple):
    """An identifier of a line that is not the one that is sent."""

    kind: IdentifierKind
    value: str
    certainty: Certainty


class LeftOut(NamedTuple):
    """The code of a reason, and the cell at fault as it is in the file."""

    reason: str
    cell: str


CORRECTED = "corrected"
"""The reason of an identifier that a user has typed."""

BETWEEN_BOTH = " · "
"""Between the two cells of a line, where neither is an identifier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which column holds what, zero-based; None where there is none. Both may be the same column of mixed content."""

    email: int | None = None
    phone: int | None = None
    prefers: IdentifierKind = "email"

    def read(self, row: Sequence[str], *, country: str) -> Accepted | LeftOut:
        """Return what a row becomes. The preferred identifier counts; where it is invalid, the other one."""
        width = len(row)
        email = row[self.email] if self.email is not None and self.email < width else ""
        phone = row[self.phone] if self.phone is not None and self.phone < width else ""
        if self.email == self.phone:
            email, phone = (email, "") if "@" in email else ("", phone)
        if email and (self.prefers == "email" or not phone):
            found = email_in_cell(email)
            if isinstance(found, str):
                return Accepted("email", found, email)
        elif phone:
            found = normalise_phone(phone, country=country, restores_plus=False)
            if isinstance(found, str) and not (phone.isdecimal() and is_totals_row(row)):
                return Accepted("phone", found, phone)
        return self._read_both(row, email, phone, country=country)

    def cell_of(self, row: Sequence[str]) -> str:
        """Return the cell of a row that is shown for it: the preferred one, if it is filled."""
        places = (self.email, self.phone) if self.prefers == "email" else (self.phone, self.email)
        return next((row[place] for place in places if place is not None and place < len(row) and row[place]), "")

    def _read_both(self, row: Sequence[str], email: str, phone: str, *, country: str) -> Accepted | LeftOut:
        by_email = email_in_cell(email)
        by_phone = normalise_phone(phone, country=country, restores_plus=False)
        if isinstance(by_email, str):
            return Accepted("email", by_email, email, doubt=self._steps_in(by_phone, "email"))
        if isinstance(by_phone, str) and not is_totals_row(row):
            return Accepted("phone", by_phone, phone, doubt=self._steps_in(by_email, "phone"))
        return self._left_out(row, (by_email, email), (by_phone, phone), country=country)

    def _left_out(
        self,
        row: Sequence[str],
        of_email: tuple[CellProblem, str],
        of_phone: tuple[str | CellProblem, str],
        *,
        country: str,
    ) -> LeftOut:
        (by_email, email), (by_phone, phone) = of_email, of_phone
        if is_totals_row(row) or isinstance(by_phone, str):
            return LeftOut(LineProblem.TOTALS.value, email or phone)
        if by_email is CellProblem.EMPTY and by_phone is CellProblem.EMPTY:
            problem = LineProblem.NO_IDENTIFIER if any(map(has_text, row)) else LineProblem.EMPTY
            return LeftOut(problem.value, email or phone)
        if by_phone is CellProblem.EMPTY:
            return LeftOut(diagnosed(by_email, email, country=country), email)
        if by_email is CellProblem.EMPTY:
            return LeftOut(diagnosed(by_phone, phone, country=country), phone)
        return _better_of(by_email, email, by_phone, phone, country=country)

    def _steps_in(self, preferred: str | CellProblem, kind: IdentifierKind) -> str:
        """Return the doubt about an identifier that is used because the preferred one of its line is damaged."""
        is_damaged = isinstance(preferred, CellProblem) and preferred is not CellProblem.EMPTY
        return Doubt.OTHER_USED.value if is_damaged and kind != self.prefers else ""


def is_totals_row(row: Sequence[str]) -> bool:
    """Whether a row sums up the others: its first filled cell says so."""
    first = next((cell for cell in row if has_text(cell)), "")
    return len(first) <= LONGEST_TOTALS_LABEL and bool(_TOTALS(first))


LONGEST_TOTALS_LABEL = 60
_PEOPLE = (
    r"(guests?|customers?|members?|contacts?|people|persons?|records?|rows?|lines?|entries|clientes?|clients?|kunden"
    r"|g[äa]ste)"
)
_TOTAL = (
    "totals?|totaal|totale|totali|totales|totaux|totalt|sum|summe|summa|suma|soma|somme|gesamt|gesamtsumme|insgesamt"
    "|zwischensumme|razem|toplam|celkem|összesen|yhteensä|итого|всего|сумма|合計|小計|合计|总计|小计|總計|합계|총계"
    "|average|mean|durchschnitt|moyenne|promedio|media|anzahl|records?|rows?|count"
)
_TOTALS = re.compile(
    rf"\s*(grand[\s_-]*|sub[\s_-]*)?(({_TOTAL})|(total\s+)?number of \w+)(\s+(g[ée]n[ée]ral|general|generale|geral))?"
    rf"(\s+(de|of|der|des|di)?\s*{_PEOPLE})?\s*[:=：#(]?[\s\d.,/%)-]*{_PEOPLE}?\s*"
    rf"|\s*\(?\d+ {_PEOPLE}( affected| selected| returned)?\)?\s*",
    re.IGNORECASE,
).fullmatch


def _better_of(by_email: CellProblem, email: str, by_phone: CellProblem, phone: str, *, country: str) -> LeftOut:
    """Return the cell for which there is a better reason or a suggestion; both cells where there is neither."""
    for problem, cell in ((by_email, email), (by_phone, phone)):
        reason = diagnosed(problem, cell, country=country)
        if reason != problem.value or suggested(reason, cell, country=country):
            return LeftOut(reason, cell)
    return LeftOut(LineProblem.BOTH_INVALID.value, f"{email}{BETWEEN_BOTH}{phone}")


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRules:
    """What users have decided for all lines of a reason: use what is suggested for them, or leave them out."""

    apply: frozenset[str] = frozenset()
    leave_out: frozenset[str] = frozenset()

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Self:
        """Return rules from the form in which an upload stores them."""
        return cls(apply=frozenset(kept.get("apply", ())), leave_out=frozenset(kept.get("leave_out", ())))

    def kept(self) -> dict[str, list[str]]:
        """Return the form in which an upload stores them."""
        return {"apply": sorted(self.apply), "leave_out": sorted(self.leave_out)}

    def to_fix(self, left_out: Mapping[str, int]) -> int:
        """Return how many lines still wait for a user; `left_out` counts the lines that are not sent by reason."""
        return sum(count for reason, count in left_out.items() if reason in TO_FIX and reason not in self.leave_out)


class _Undoubted(dict[str, str]):
    """Domains as lists write them, each with the spelling that is sent; nothing for one that needs a closer look."""

    def __missing__(self, domain: str) -> str:
        if len(self) >= MOST_DOMAINS:
            self.clear()
        known = plain_domain(domain.lower())
        self[domain] = known if known and not likely_domain(known) else ""
        return self[domain]


MOST_DOMAINS = 65_536
UNDOUBTED = _Undoubted()
NO_COLUMN = sys.maxsize


class LineReader:
    """Reads lines by their columns, the rules and users' corrections."""

    def __init__(self, *, columns: Columns, country: str, rules: LineRules) -> None:
        self._columns, self._country, self._rules = columns, country, rules
        both = (columns.email, columns.phone) if columns.prefers == "email" else (columns.phone, columns.email)
        self._preferred, self._other = both if columns.email != columns.phone else (None, None)
        self._address = columns.email if columns.prefers == "email" and columns.email is not None else NO_COLUMN

    def read(self, row: Sequence[str]) -> Accepted | LeftOut:
        if row.__class__ is HiddenRow:
            return LeftOut(LineProblem.HIDDEN_ROW.value, self._columns.cell_of(row))
        # Most lines hold a plain address of a domain that was judged before: nothing else about them can matter.
        if self._address < len(row):
            cell = row[self._address]
            address = plain_address(cell, domains=UNDOUBTED)
            if address:
                return Accepted("email", address, cell)
        found = self._columns.read(row, country=self._country)
        if isinstance(found, LeftOut):
            return self._repaired(found) if found.reason in self._rules.apply else found
        if found.doubt:
            return LeftOut(found.doubt, found.value) if found.doubt in self._rules.leave_out else found
        if found.kind == "email" and likely_domain(found.value.rpartition("@")[2]):
            return self._doubted(found)
        return found

    def also(self, row: Sequence[str], found: Accepted) -> Sequence[OtherIdentifier]:
        """Return the line's other identifiers: the guest is left out and counted once by each of them."""
        place = self._other if found.kind == self._columns.prefers else self._preferred
        if place is None or place >= len(row) or not row[place]:
            return ()
        cell, kind = row[place], self._kind_at(place)
        value = self._read_cell(kind, cell)
        if isinstance(value, str):
            return (OtherIdentifier(kind, value, Certainty.SURE),)
        if value is CellProblem.EMPTY:
            return ()
        meant = suggested(diagnosed(value, cell, country=self._country), cell, country=self._country)
        certainty = Certainty.MEANT if found.doubt == Doubt.OTHER_USED.value else Certainty.PERHAPS
        return (OtherIdentifier("email" if "@" in meant else "phone", meant, certainty),) if meant else ()

    def _kind_at(self, place: int) -> IdentifierKind:
        return "email" if place == self._columns.email else "phone"

    def _read_cell(self, kind: IdentifierKind, cell: str) -> str | CellProblem:
        if kind == "email":
            return email_in_cell(cell)
        return normalise_phone(cell, country=self._country, restores_plus=False)

    def read_corrected(self, value: str) -> Accepted | LeftOut:
        """Return what a line becomes that a user has corrected; an empty value leaves it out."""
        if not value:
            return LeftOut(LineProblem.LEFT_OUT_BY_HAND.value, "")
        found = normalise(value, country=self._country)
        if isinstance(found, CellProblem):  # it was valid when it was typed; the country may have changed since
            return LeftOut(diagnosed(found, value, country=self._country), value)
        return Accepted("email" if "@" in found else "phone", found, found, CORRECTED)

    def _repaired(self, found: LeftOut) -> Accepted | LeftOut:
        value = suggested(found.reason, found.cell, country=self._country)
        return Accepted("email" if "@" in value else "phone", value, found.cell, found.reason) if value else found

    def _doubted(self, found: Accepted) -> Accepted | LeftOut:
        reason = Doubt.EMAIL_TYPO.value
        if reason in self._rules.leave_out:
            return LeftOut(reason, found.value)
        if reason in self._rules.apply:
            meant = suggested(reason, found.value, country=self._country)
            return Accepted("email", meant, found.value, reason)
        return found._replace(doubt=reason)
