"""Which row of a table names its columns, and what a column's name says it holds. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from itertools import takewhile

from lists.delimited import NumberedRow
from lists.identifiers import INVISIBLE, has_text, normalise_email, normalise_phone

KINDS = ("email", "phone")
FEWEST_DIGITS = 5
"""A cell with so many may be (a damaged) phone number, hence no column's name."""

LAST_HEADER_ROW = 12
"""Titles and notes above the names of columns take a few rows; beyond so many that hold anything nobody looks."""

LONGEST_NAME = 100


def header_row_of(rows: Sequence[NumberedRow], *, country: str) -> int:
    """Return the number of the row that names the columns, 0 where none does.

    What stands above that row is no line, so nothing that may be a guest, even a misspelled one, is ever above it: it
    would be left out without a word.
    """
    shown = [row for row in rows if row_has_text(row[1])][:LAST_HEADER_ROW]
    above = list(takewhile(lambda row: not any(_is_identifier(cell, country) for cell in row[1]), shown))
    naming = [row for row in above if _kinds_named(row[1])]
    if not naming:
        # Whatever the first guest is preceded by; with no guest in sight there is nothing to tell titles by.
        candidates = above if len(above) < len(shown) else above[:1]
        naming = list(takewhile(lambda row: not any(map(_may_be_identifier, row[1])), candidates))
    number, _ = max(naming, key=lambda row: (_kinds_named(row[1]), _width(row[1]), -row[0]), default=(0, []))
    skipped = (cell for each, cells in above if each < number for cell in cells)
    return 0 if any(map(_may_be_identifier, skipped)) else number


def row_has_text(cells: Sequence[str]) -> bool:
    """Whether anything of a row can be seen."""
    return any(map(has_text, cells))


def column_name(names: Sequence[str], index: int) -> str:
    """Return what a column is called; never an identifier, even if somebody takes a line of guests for the header."""
    name = " ".join(INVISIBLE.sub("", names[index]).split())[:LONGEST_NAME] if index < len(names) else ""
    unsafe = "@" in name or _digits(name) >= FEWEST_DIGITS
    return f"Column {index + 1}" if unsafe or not name else name


def plain_name(name: str) -> str:
    """Return a name without what people do not see or do not mean: case, accents, signs, spaces."""
    plain = unicodedata.normalize("NFKD", INVISIBLE.sub("", name).lower())
    return "".join(sign for sign in plain if not unicodedata.combining(sign))


_EMAIL_WORDS = ("email", "emails", "mail", "mails", "correo", "correoelectronico", "courriel", "epost", "mel", "posta")
_PHONE_WORDS = (
    *("phone", "phones", "telephone", "telefon", "telefono", "telefone", "telefoonnummer", "puhelin", "tel", "telf"),
    *("mobile", "mobil", "mob", "movil", "cell", "cellular", "cellphone", "celular", "cellulare", "handy", "portable"),
    *("gsm", "sms", "msisdn", "whatsapp"),
)
_EMAIL_PARTS = ("email", "correoelectr", "courriel", "メール", "邮箱", "邮件", "郵件", "이메일", "почта")
_PHONE_PARTS = (
    "phone",
    "telefon",
    "telefoon",
    "handynummer",
    "mobilnummer",
    "电话",
    "電話",
    "手机",
    "携帯",
    "전화",
    "телефон",
)
_NOT_THESE = ("mailing", "fax", "optin", "optout", "unsubscri", "consent", "verified", "status", "type", "date")


def names_kind(cell: str, kind: str) -> bool:
    """Whether a header's cell says that its column holds this kind of identifier."""
    words = re.split(r"[\W_]+", plain_name(cell))
    joined = "".join(words)
    if any(part in joined for part in _NOT_THESE):
        return False
    own = _EMAIL_WORDS if kind == "email" else _PHONE_WORDS
    parts = _EMAIL_PARTS if kind == "email" else _PHONE_PARTS
    return any(word in own for word in words) or any(unicodedata.normalize("NFKD", part) in joined for part in parts)


# --- What a row looks like ------------------------------------------------------------------------------------

_DATE = re.compile(r"\D*[0-9]{1,4}[./-][0-9]{1,2}[./-][0-9]{1,4}\D*([0-9]{1,2}(:[0-9]{2}){1,2})?\D*").fullmatch


def _kinds_named(cells: Sequence[str]) -> int:
    return sum(any(names_kind(cell, kind) for cell in cells) for kind in KINDS)


def _width(cells: Sequence[str]) -> int:
    return sum(map(has_text, cells))


def _digits(cell: str) -> int:
    return sum(sign.isdigit() for sign in cell)


def _is_identifier(cell: str, country: str) -> bool:
    return isinstance(normalise_email(cell), str) or isinstance(normalise_phone(cell, country=country), str)


def _may_be_identifier(cell: str) -> bool:
    return "@" in cell or (_digits(cell) >= FEWEST_DIGITS and not _DATE(cell))
