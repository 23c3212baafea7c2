"""A row of a list of subscribers becomes a person to subscribe, or is left out with a reason. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from lists.columns.vocabulary import plain_name
from lists.delimited import HiddenRow
from lists.headers import row_has_text
from lists.identifiers import CellProblem, email_in_cell
from lists.lines import LineProblem
from lists.suggestions import diagnosed
from partner_api.answers.guests import BirthDate, NewSubscriber

LONGEST_NAME, LONGEST_ZIP = 100, 20
NAMES: Mapping[str, frozenset[str]] = {
    "first_name": frozenset(
        {"firstname", "first", "givenname", "forename", "fname", "vorname", "prenom", "nombre", "nome", "voornaam"}
    ),
    "last_name": frozenset(
        {"lastname", "last", "surname", "familyname", "lname", "nachname", "apellido", "apellidos", "achternaam"}
    ),
    "birthday": frozenset(
        {"birthday", "birthdate", "dateofbirth", "dob", "bday", "geburtstag", "geburtsdatum", "fechadenacimiento"}
    ),
    "zip_code": frozenset({"zip", "zipcode", "postalcode", "postcode", "plz", "postleitzahl", "codigopostal"}),
}
"""Names of the columns beside the email address, in lower case and letters alone."""

FIELDS = ("email", *NAMES)
NO_EMAIL, DUPLICATE = "no_email", "duplicate"
BIRTHDAY_UNREADABLE, NAME_TOO_LONG, ZIP_TOO_LONG = "birthday_unreadable", "name_too_long", "zip_too_long"
LEFT_AWAY = frozenset({BIRTHDAY_UNREADABLE, NAME_TOO_LONG, ZIP_TOO_LONG})
"""Reasons for which a cell is left away. The person of the line is subscribed without it."""

_YEAR_FIRST = re.compile(r"\d{4}([-/.])(\d{1,2})\1(\d{1,2})(?:[T ][\d:.+Z-]*)?")  # spreadsheets add a time
_DASHED = re.compile(r"(\d{1,2})-(\d{1,2})")
_COUNTRYS_OWN = re.compile(r"(\d{1,2})([-/.])(\d{1,2})(?:\2(?:\d{4}|\d{2}))?\.?")
_NO_LETTER = re.compile(r"[\W\d_]+")
_ZIP_WITHOUT_ZEROS = re.compile(r"\d{3,4}")


class LineRemark(NamedTuple):
    """Why a line, or one of its cells, is not sent: the code of a reason, and the cell at fault."""

    reason: str
    cell: str


@dataclass(frozen=True, slots=True)
class SubscriberLine:
    """What a line becomes: a person to subscribe, None if the line is left out; and the remarks on it."""

    person: NewSubscriber | None = None
    remarks: list[LineRemark] = field(default_factory=list)


def columns_named(names: Sequence[str]) -> dict[str, int]:
    """Return which columns hold names, birthdays and zip codes, judged by what they are called."""
    plain = [_NO_LETTER.sub("", plain_name(name)) for name in names]
    found: dict[str, int] = {}
    for place, name in enumerate(plain):
        for kind, known in NAMES.items():
            if name in known:
                found.setdefault(kind, place)
    return found


def read_line(row: Sequence[str], *, columns: Mapping[str, int], country: str) -> SubscriberLine:
    """Return what a row becomes. `columns` says which cell holds what, zero-based, such as {"email": 1}."""
    if isinstance(row, HiddenRow):
        place = columns["email"]
        return SubscriberLine(
            remarks=[LineRemark(LineProblem.HIDDEN_ROW.value, row[place] if place < len(row) else "")]
        )
    cells = {kind: row[place].strip() if place < len(row) else "" for kind, place in columns.items()}
    email = email_in_cell(cells["email"])
    if isinstance(email, str):
        return person_from({**cells, "email": email}, country=country)
    if email is not CellProblem.EMPTY:
        reason = diagnosed(email, cells["email"], country=country)
    else:
        reason = NO_EMAIL if row_has_text(row) else LineProblem.EMPTY.value
    return SubscriberLine(remarks=[LineRemark(reason, cells["email"])])


def person_from(cells: Mapping[str, str], *, country: str) -> SubscriberLine:
    """Return the person of these cells, of which the address is normalised. Cells that cannot be sent are left away."""
    birthday = birthday_in(cells.get("birthday", ""), country=country)
    zip_code = zip_in(cells.get("zip_code", ""), country=country)
    names = {name: cells.get(name, "") for name in ("first_name", "last_name")}
    remarks = [LineRemark(NAME_TOO_LONG, name) for name in names.values() if len(name) > LONGEST_NAME]
    if cells.get("birthday") and birthday is None:
        remarks.append(LineRemark(BIRTHDAY_UNREADABLE, cells["birthday"]))
    if len(zip_code) > LONGEST_ZIP:
        remarks.append(LineRemark(ZIP_TOO_LONG, zip_code))
    person = NewSubscriber(
        email=cells["email"],
        birth_date=birthday,
        zip_code=zip_code if len(zip_code) <= LONGEST_ZIP else "",
        **{name: value if len(value) <= LONGEST_NAME else "" for name, value in names.items()},
    )
    return SubscriberLine(person=person, remarks=remarks)


def birthday_in(text: str, *, country: str) -> BirthDate | None:
    """Return month and day of 1990-05-12, 05-12, or 5/12/1990 in America and 12/5/1990 elsewhere; None for others."""
    if year_first := _YEAR_FIRST.fullmatch(text):
        month, day = int(year_first[2]), int(year_first[3])
    elif dashed := _DASHED.fullmatch(text):
        month, day = int(dashed[1]), int(dashed[2])
    elif own := _COUNTRYS_OWN.fullmatch(text):
        first, second = int(own[1]), int(own[3])
        month, day = (first, second) if country == "US" else (second, first)
    else:
        return None
    try:
        date(2024, month, day)  # in a leap year, so that 29 February is valid
    except ValueError:
        return None
    return BirthDate(month=month, day=day)


def zip_in(text: str, *, country: str) -> str:
    """Return a zip code. An American one gets back the zeros that spreadsheets drop: 2134 becomes 02134."""
    return text.zfill(5) if country == "US" and _ZIP_WITHOUT_ZEROS.fullmatch(text) else text
