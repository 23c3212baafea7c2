"""Which row of a table names its columns, and what a column's name says it holds. Pure.

For example:

    names_kind("Correo electrónico", "email")    # True
    names_kind("E-mail opt-in", "email")         # False: it holds a consent
"""

import re
import unicodedata
from collections.abc import Sequence
from itertools import takewhile

from lists.cleaning import INVISIBLE
from lists.delimited import NumberedRow
from lists.identifiers import has_text, normalise_email, normalise_phone

KINDS = ("email", "phone")
FEWEST_DIGITS = 5
"""A cell with as many may hold a phone number, even a damaged one, so it is not the name of a column."""

LAST_HEADER_ROW = 12
"""Titles and notes above the header take a few rows: the header is among as many rows that hold anything."""

LONGEST_NAME = 100


def header_row_of(rows: Sequence[NumberedRow], *, country: str) -> int:
    """Return the number of the row that names the columns, 0 where none does.

    Rows above the header are not read. So no row above it may name a guest, not even a misspelled one: the guest would
    be left out without a word.
    """
    shown = [row for row in rows if row_has_text(row[1])][:LAST_HEADER_ROW]
    above = list(takewhile(lambda row: not any(_is_identifier(cell, country) for cell in row[1]), shown))
    naming = [row for row in above if _kinds_named(row[1])]
    if not naming:
        # The rows before the first guest. Without any guest among the first rows, only the first row can be the header.
        candidates = above if len(above) < len(shown) else above[:1]
        naming = list(takewhile(lambda row: not any(map(_may_be_identifier, row[1])), candidates))
    number, _ = max(naming, key=lambda row: (_kinds_named(row[1]), _width(row[1]), -row[0]), default=(0, []))
    skipped = (cell for each, cells in above if each < number for cell in cells)
    return 0 if any(map(_may_be_identifier, skipped)) else number


def row_has_text(cells: Sequence[str]) -> bool:
    """Whether a reader of the file sees anything in the row."""
    return any(map(has_text, cells))


def column_name(names: Sequence[str], index: int) -> str:
    """Return a column's name, such as "Column 2"; never an identifier, even if a row of guests is chosen as header."""
    name = " ".join(INVISIBLE.sub("", names[index]).split())[:LONGEST_NAME] if index < len(names) else ""
    unsafe = "@" in name or _digits(name) >= FEWEST_DIGITS
    return f"Column {index + 1}" if unsafe or not name else name


def plain_name(name: str) -> str:
    """Return a name in lower case, without accents and invisible characters, for comparisons."""
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
    *("phone", "telefon", "telefoon", "handynummer", "mobilnummer"),
    *("电话", "電話", "手机", "携帯", "전화", "телефон"),
)
_NOT_THESE = ("mailing", "fax", "optin", "optout", "unsubscri", "consent", "verified", "status", "type", "date")


def names_kind(cell: str, kind: str) -> bool:
    """Whether the name of a column says that it holds this kind of identifier, in one of some languages."""
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
