"""Which row of a table names its columns. Pure."""

import re
from collections.abc import Sequence
from itertools import takewhile

from lists.cleaning import INVISIBLE
from lists.columns.choice import FEWEST_DIGITS
from lists.columns.names import KINDS, naming, speaks_of
from lists.delimited import NumberedRow
from lists.fragments import numbers_in
from lists.identifiers import email_in_cell, has_text, normalise_phone

LAST_HEADER_ROW = 12
"""Titles and notes above the header take a few rows: the header is among as many rows that hold anything."""

LONGEST_NAME = 100


def header_row_of(rows: Sequence[NumberedRow], *, country: str) -> int:
    """Return the number of the row that names the columns, 0 where none does.

    Rows above the header are not read, and neither is the header. So neither may name a guest, not even a misspelled
    one: the guest would be left out without a word.
    """
    shown = [row for row in rows if row_has_text(row[1])][:LAST_HEADER_ROW]
    return _naming_row(shown, country) or _row_before_guests(shown, country)


def _naming_row(shown: Sequence[NumberedRow], country: str) -> int:
    """Return the row with the names of identifiers, below nothing but titles."""
    found: list[NumberedRow] = []
    for place, row in enumerate(shown):
        if _names_columns(row[1]) and all(_is_title(cells, row[1], country) for _, cells in shown[:place]):
            found.append(row)
    number, _ = max(
        found, key=lambda row: (_kinds_named(row[1]), _clearness(row[1]), _width(row[1]), -row[0]), default=(0, [])
    )
    return number


def _row_before_guests(shown: Sequence[NumberedRow], country: str) -> int:
    """Return the widest row above the first guest. Without any guest, only the first row can be the header."""
    above = list(takewhile(lambda row: not any(_is_identifier(cell, country) for cell in row[1]), shown))
    candidates = above if len(above) < len(shown) else above[:1]
    naming_rows = list(takewhile(lambda row: not any(map(_may_be_identifier, row[1])), candidates))
    number, _ = max(naming_rows, key=lambda row: (_width(row[1]), -row[0]), default=(0, []))
    return number


def row_has_text(cells: Sequence[str]) -> bool:
    """Whether a reader of the file sees anything in the row."""
    return any(map(has_text, cells))


def column_names(names: Sequence[str], width: int) -> tuple[str, ...]:
    """Return the names of the columns, each another: a second `E-mail` becomes `E-mail (2)`."""
    found: list[str] = []
    for index in range(width):
        name = column_name(names, index)
        number = sum(earlier == name or earlier.startswith(f"{name} (") for earlier in found)
        found.append(f"{name} ({number + 1})" if name in found else name)
    return tuple(found)


def column_name(names: Sequence[str], index: int) -> str:
    """Return a column's name, such as "Column 2"; never an identifier, even if a row of guests is chosen as header."""
    name = " ".join(INVISIBLE.sub("", names[index]).split())[:LONGEST_NAME] if index < len(names) else ""
    unsafe = "@" in name or _digits(name) >= FEWEST_DIGITS
    return f"Column {index + 1}" if unsafe or not name else name


# --- What a row looks like ------------------------------------------------------------------------------------

_DATE = re.compile(r"\D*[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{1,4}\D*([0-9]{1,2}(:[0-9]{2}){1,2})?\D*").fullmatch
_LABEL = re.compile(
    r".*:\s*$|.*\b(by|from|contact|questions?|reports?|export(ed)?|generated|prepared|store|restaurant|date|period|range"
    r"|total|count|support|created|for|owner|manager|run|printed|list|page)\b.*",
    re.IGNORECASE | re.DOTALL,
).fullmatch


def _names_columns(cells: Sequence[str]) -> bool:
    return _kinds_named(cells) > 0 and not any("@" in cell or numbers_in(cell) for cell in cells)


def _is_title(cells: Sequence[str], header: Sequence[str], country: str) -> bool:
    """Whether a row above a header is a title. If anything in it may be a guest, it is narrow or has a label."""
    filled = [cell for cell in cells if has_text(cell)]
    if not any(_may_be_guest(cell, country) for cell in filled):
        return True
    if len(filled) > _width(header) or (_width(header) == 1 and any(_is_identifier(cell, country) for cell in filled)):
        return False
    if _width(header) == 1:
        return bool(_LABEL(filled[0]))
    return len(filled) == 1 or bool(_LABEL(filled[0]))


def _may_be_guest(cell: str, country: str) -> bool:
    if "@" in cell or _is_identifier(cell, country):
        return True
    return _digits(cell) >= FEWEST_DIGITS and not re.search(r"[^\W\d_]", cell) and not _DATE(cell)


def _kinds_named(cells: Sequence[str]) -> int:
    return sum(any(speaks_of(cell, kind) for cell in cells) for kind in KINDS)


def _clearness(cells: Sequence[str]) -> int:
    return sum(max(naming(cell, kind) for cell in cells) for kind in KINDS)


def _width(cells: Sequence[str]) -> int:
    return sum(map(has_text, cells))


def _digits(cell: str) -> int:
    return sum(sign.isdigit() for sign in cell)


def _is_identifier(cell: str, country: str) -> bool:
    return isinstance(email_in_cell(cell), str) or isinstance(normalise_phone(cell, country=country), str)


def _may_be_identifier(cell: str) -> bool:
    return "@" in cell or (_digits(cell) >= FEWEST_DIGITS and not _DATE(cell))
