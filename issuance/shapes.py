"""What kind of table a file is, judged by its beginning: encoding, delimiter, header, and which column holds what."""

from __future__ import annotations

import io
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import islice

from issuance.identifiers import INVISIBLE, normalise_email, normalise_phone
from issuance.lines import shows
from issuance.reading import SEPARATOR_LINE, rows_of, text_of

HEAD_BYTES = 256 * 1024
"""How much of a file is looked at before it is read."""

SAMPLE_ROWS = 200
SHOWN_ROWS = 5
FEWEST_DIGITS = 5
"""A cell with so many may be (a damaged) phone number, hence no column's name."""

ENOUGH = 0.5
"""The part of a column's cells that must be identifiers for the column to be taken for one without being named."""

DELIMITERS = ",;\t|"


class FileProblem(Enum):
    """Why a file cannot be used as it is. The value is kept on the issuance; `issuance.reasons` explains it."""

    EMPTY = "empty_file"
    NOT_A_TABLE = "not_a_table"
    SPREADSHEET = "spreadsheet"
    UNDECODABLE = "undecodable"
    NO_IDENTIFIERS = "no_identifiers"
    TOO_LARGE = "too_large"
    LOST = "file_lost"


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How a file is to be read. `header_row` is the number of the header's row, 0 for none.

    `samples` are the first rows below it: identifiers in clear, for the screen only.
    """

    encoding: str
    delimiter: str
    header_row: int
    columns: tuple[str, ...]
    mapping: Mapping[str, int]
    shares: Mapping[str, tuple[float, ...]] = field(repr=False)
    samples: tuple[tuple[str, ...], ...] = field(repr=False)

    @property
    def has_header(self) -> bool:
        """Whether a row names the columns."""
        return self.header_row > 0


def inspect(head: bytes, *, complete: bool, country: str, has_header: bool | None = None) -> Shape | FileProblem:
    """Judge a file by its first HEAD_BYTES; `complete` says that this is all of it.

    `has_header` overrules the guess. A shape whose mapping is empty means that no column looks like identifiers.
    """
    foreign = _foreign(head)
    if foreign:
        return foreign
    encoding = encoding_of(head)
    text = text_of(io.BytesIO(head), encoding=encoding).read()
    if not shows(text):
        return FileProblem.EMPTY
    if _garbled(text):
        return FileProblem.UNDECODABLE if encoding.startswith("utf-16") else FileProblem.NOT_A_TABLE
    delimiter = delimiter_of(text)
    rows = _sample(text, delimiter=delimiter, complete=complete)
    header_row = _header_row(rows, country=country) if has_header is None else has_header * _first_row(rows)
    return _shape(rows, encoding=encoding, delimiter=delimiter, header_row=header_row, country=country)


def _shape(
    rows: list[list[str]], *, encoding: str, delimiter: str, header_row: int, country: str
) -> Shape | FileProblem:
    body = rows[header_row:]
    if not any(map(_shows_row, body)):
        return FileProblem.EMPTY
    width = max(map(len, rows))
    names = rows[header_row - 1] if header_row else []
    shares = {kind: tuple(_share(body, index, kind, country) for index in range(width)) for kind in ("email", "phone")}
    return Shape(
        encoding=encoding,
        delimiter=delimiter,
        header_row=header_row,
        columns=tuple(_column_name(names, index) for index in range(width)),
        mapping=_mapping(names, shares),
        shares=shares,
        samples=tuple(tuple(row) for row in islice(filter(_shows_row, body), SHOWN_ROWS)),
    )


# --- Bytes ---------------------------------------------------------------------------------------------------

_SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_OTHERS = (
    b"%PDF",
    b"{\\rtf",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\x1f\x8b",
    b"Rar!",
    b"7z\xbc\xaf",
    b"SQLite format 3",
)
_MARKUP = (b"<!doctype", b"<html", b"<?xml", b"<table", b"<svg")


def _foreign(head: bytes) -> FileProblem | None:
    if head.startswith(_SPREADSHEETS):
        return FileProblem.SPREADSHEET
    beginning = head[:200].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if head.startswith(_OTHERS) or beginning.startswith(_MARKUP):
        return FileProblem.NOT_A_TABLE
    return None


def encoding_of(head: bytes) -> str:
    """Return the encoding: by its byte order mark, by where the zero bytes are, by whether it reads as UTF-8."""
    if head.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        return "utf-32"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if head.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    even, odd = head[0:4000:2].count(0), head[1:4000:2].count(0)
    half = max(1, len(head[:4000]) // 2)
    if max(even, odd) > half * 0.4 and min(even, odd) < half * 0.1:
        return "utf-16-le" if odd > even else "utf-16-be"
    return "utf-8" if _reads_as_utf_8(head) else "windows-1252"


def _reads_as_utf_8(head: bytes) -> bool:
    try:
        head.decode()
    except UnicodeDecodeError as error:
        # The beginning of a file may end in the middle of a character.
        return error.start >= len(head) - 3 and error.reason == "unexpected end of data"
    return True


def _garbled(text: str) -> bool:
    strange = sum(
        count
        for sign, count in Counter(text).items()
        if sign == "\ufffd"
        or (unicodedata.category(sign) in ("Cc", "Co", "Cn") and sign not in "\t\r\n\x0b\x0c\x1a\x00")
    )
    return strange > 0.02 * len(text) or text.count("\x00") > 0.3 * len(text)


# --- Rows ----------------------------------------------------------------------------------------------------

_LIKE_AN_IDENTIFIER = re.compile(r"\s*(?:[^\s@,;|]+@[^\s@,;|]+\.[^\s@,;|]+|\+?[0-9(][0-9 ().-]{6,18})\s*").fullmatch


def delimiter_of(text: str) -> str:
    """Return the sign that best separates identifiers from the rest into rows of equal width; a comma if none does."""
    said = SEPARATOR_LINE(text.partition("\n")[0])
    if said:
        return said.group(1)
    return max(DELIMITERS, key=lambda delimiter: (*_fitness(text, delimiter), -DELIMITERS.index(delimiter)))


def _fitness(text: str, delimiter: str) -> tuple[int, float, int]:
    rows = [row for row in _sample(text, delimiter=delimiter, complete=True) if _shows_row(row)]
    identifiers = sum(bool(_LIKE_AN_IDENTIFIER(cell)) for row in rows for cell in row)
    width, alike = Counter(map(len, rows)).most_common(1)[0] if rows else (1, 0)
    return identifiers, alike / max(1, len(rows)) if width > 1 else 0.0, width


def _sample(text: str, *, delimiter: str, complete: bool) -> list[list[str]]:
    rows = [row for _, row in islice(rows_of(io.StringIO(text, newline=""), delimiter=delimiter), SAMPLE_ROWS)]
    return rows[:-1] if not complete and 1 < len(rows) < SAMPLE_ROWS else rows


def _shows_row(row: Sequence[str]) -> bool:
    return any(map(shows, row))


# --- The header ----------------------------------------------------------------------------------------------

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


def _first_row(rows: list[list[str]]) -> int:
    return next((number for number, row in enumerate(rows, start=1) if _shows_row(row)), 1)


def _header_row(rows: list[list[str]], *, country: str) -> int:
    """Return the number of the first row that shows anything if it names columns, else 0.

    A row with an identifier, even a broken one, is no header: it would be left out without a word.
    """
    first = _first_row(rows)
    row = rows[first - 1]
    if any(_names(cell, kind) for cell in row for kind in ("email", "phone")):
        return 0 if any(_is_identifier(cell, country) for cell in row) else first
    broken = any("@" in cell or _digits(cell) >= FEWEST_DIGITS for cell in row)
    return 0 if broken else first


def _digits(cell: str) -> int:
    return sum(sign.isdigit() for sign in cell)


def _is_identifier(cell: str, country: str) -> bool:
    return isinstance(normalise_email(cell), str) or isinstance(normalise_phone(cell, country=country), str)


def _names(cell: str, kind: str) -> bool:
    """Whether a header's cell says that its column holds this kind of identifier."""
    plain = unicodedata.normalize("NFKD", INVISIBLE.sub("", cell).lower())
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    words = re.split(r"[\W_]+", plain)
    joined = "".join(words)
    if any(part in joined for part in _NOT_THESE):
        return False
    own = _EMAIL_WORDS if kind == "email" else _PHONE_WORDS
    parts = _EMAIL_PARTS if kind == "email" else _PHONE_PARTS
    return any(word in own for word in words) or any(unicodedata.normalize("NFKD", part) in joined for part in parts)


def _column_name(names: Sequence[str], index: int) -> str:
    """Return what a column is called; never an identifier, even if somebody takes a line of guests for the header."""
    name = INVISIBLE.sub("", names[index]).strip()[:100] if index < len(names) else ""
    unsafe = "@" in name or _digits(name) >= FEWEST_DIGITS
    return f"Column {index + 1}" if unsafe or not name else name


# --- Which column holds what ---------------------------------------------------------------------------------


def _share(body: list[list[str]], index: int, kind: str, country: str) -> float:
    """Return which part of the cells that hold anything are identifiers of this kind."""
    cells = [row[index] for row in body if index < len(row) and shows(row[index])]
    if kind == "email":
        good = sum("@" in cell and isinstance(normalise_email(cell), str) for cell in cells)
    else:
        good = sum("@" not in cell and isinstance(normalise_phone(cell, country=country), str) for cell in cells)
    return good / len(cells) if cells else 0.0


def _mapping(names: Sequence[str], shares: Mapping[str, Sequence[float]]) -> dict[str, int]:
    found = {}
    for kind, by_column in shares.items():
        scores = [
            _score(names[index] if index < len(names) else "", kind, share) for index, share in enumerate(by_column)
        ]
        best = max(range(len(scores)), key=scores.__getitem__)
        if scores[best] >= ENOUGH:
            found[kind] = best
    if not found:
        mixed = [sum(both) for both in zip(*shares.values(), strict=True)]
        best = max(range(len(mixed)), key=mixed.__getitem__)
        found = {"email": best, "phone": best} if mixed[best] >= ENOUGH else {}
    return found


def _score(name: str, kind: str, share: float) -> float:
    named = 0.6 if name and _names(name, kind) else 0.0
    return share + named
