"""A file of people who want to hear from a merchant → people, and the lines that are left out, with their reasons."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from issuance.identifiers import Problem, normalise_email
from issuance.reading import Row, rows_of, text_of
from issuance.shapes import HEAD_BYTES, FileProblem, inspect
from partner_api.people import BirthDate, NewSubscriber

MOST_LINES = 10_000
"""More take over an hour at the pace that Thanx allows; a second file can follow."""

MOST_BYTES = 5 * 1024 * 1024
LONGEST_NAME, LONGEST_ZIP = 100, 20
NAMES: Mapping[str, frozenset[str]] = {
    "first_name": frozenset({"firstname", "first", "givenname", "forename"}),
    "last_name": frozenset({"lastname", "last", "surname", "familyname"}),
    "birthday": frozenset({"birthday", "birthdate", "dateofbirth", "dob"}),
    "zip_code": frozenset({"zip", "zipcode", "postalcode", "postcode"}),
}
DUPLICATE, NO_EMAIL, BIRTHDAY_UNREADABLE = "duplicate", "no_email", "birthday_unreadable"
ISO = re.compile(r"(?:\d{4}-)?(\d{1,2})-(\d{1,2})")
SLASHED = re.compile(r"(\d{1,2})[/.](\d{1,2})(?:[/.](?:\d{2}|\d{4}))?")


@dataclass(kw_only=True)
class Found:
    """What a file holds: people with their line, and how many lines are left out, by reason."""

    people: list[tuple[int, NewSubscriber]] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)


class Unreadable(Exception):
    """The file is no list of people. The text is for whoever added it."""


def people_in(data: bytes, *, country: str) -> Found:
    """Read a CSV file with a column of e-mail addresses. Raises Unreadable."""
    head = data[:HEAD_BYTES]
    shape = inspect(head, complete=len(data) <= HEAD_BYTES, country=country)
    if isinstance(shape, FileProblem):
        raise Unreadable("This is not a table. Save the list as CSV and add that file.")
    if "email" not in shape.mapping:
        raise Unreadable("No column with e-mail addresses was found. Add one named “Email”.")
    text = text_of(io.BytesIO(data), encoding=shape.encoding)
    rows = [row for row in rows_of(text, delimiter=shape.delimiter) if row[0] > (shape.header_row or 0)]
    if len(rows) > MOST_LINES:
        raise Unreadable(f"{len(rows):,} lines are too many for one file: {MOST_LINES:,} are the most.")
    columns = {"email": shape.mapping["email"], **_columns(shape.columns)}
    return _found(rows, columns, country=country)


def _columns(names: Sequence[str]) -> dict[str, int]:
    plain = [re.sub(r"[^a-z]", "", name.lower()) for name in names]
    return {field: place for field, known in NAMES.items() for place, name in enumerate(plain) if name in known}


def _found(rows: Sequence[Row], columns: Mapping[str, int], *, country: str) -> Found:
    found = Found()
    seen: set[str] = set()
    for line, row in rows:
        cells = {name: row[place].strip() if place < len(row) else "" for name, place in columns.items()}
        email = normalise_email(cells["email"])
        if isinstance(email, Problem):
            found.left_out[NO_EMAIL if email is Problem.EMPTY else email.value] += 1
        elif email in seen:
            found.left_out[DUPLICATE] += 1
        else:
            seen.add(email)
            birthday = birthday_in(cells.get("birthday", ""), country=country)
            found.notes[BIRTHDAY_UNREADABLE] += bool(cells.get("birthday")) and birthday is None
            found.people.append((line, _person(email, cells, birthday)))
    return found


def _person(email: str, cells: Mapping[str, str], birthday: BirthDate | None) -> NewSubscriber:
    return NewSubscriber(
        email=email,
        first_name=cells.get("first_name", "")[:LONGEST_NAME],
        last_name=cells.get("last_name", "")[:LONGEST_NAME],
        birth_date=birthday,
        zip_code=cells.get("zip_code", "")[:LONGEST_ZIP],
    )


def birthday_in(text: str, *, country: str) -> BirthDate | None:
    """Read month and day: 1990-05-12, 05-12, 5/12/1990 in America and 12/5/1990 elsewhere. None for anything else."""
    iso, slashed = ISO.fullmatch(text), SLASHED.fullmatch(text)
    if iso:
        month, day = int(iso[1]), int(iso[2])
    elif slashed:
        first, second = int(slashed[1]), int(slashed[2])
        month, day = (first, second) if country == "US" else (second, first)
    else:
        return None
    try:
        date(2024, month, day)  # a leap year: somebody is born on 29 February
    except ValueError:
        return None
    return BirthDate(month=month, day=day)
