r"""What a file looks like, judged by its beginning: encoding, delimiter, header, and which column holds what.

For example:

    inspect(b"name;e-mail\nAna;ana@example.com\n", complete=True, country="US")
    # Shape(encoding="utf-8", delimiter=";", header_row=1, columns=("name", "e-mail"), mapping={"email": 1})
"""

import io
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from lists.delimited import SEPARATOR_LINE, NumberedRow, rows_of, text_of
from lists.file_problems import FileProblem
from lists.headers import LAST_HEADER_ROW, column_name, header_row_of, names_kind, row_has_text
from lists.identifiers import has_text, normalise_email, normalise_phone

HEAD_BYTES = 256 * 1024
"""The beginning of a text file: as much is judged before the file is read."""

SAMPLE_ROWS = 200
"""The beginning of a table: as many rows are judged."""

SHOWN_ROWS = 5
ENOUGH = 0.5
"""The share of a column's cells that must be identifiers of a kind for a column without a telling name."""

MANY = 0.1
"""From this share of identifiers of the other kind, a column is read as holding both, unless its name forbids it."""

DELIMITERS = ",;\t|"


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How a table is to be read. `header_row` is the number of the header's row, 0 for none.

    `mapping` says which column holds a kind of identifier, such as {"email": 1}; `shares` which part of each column's
    cells are identifiers of a kind. `samples` are the first rows below the header, `beginning` the first rows of all:
    identifiers in clear, for the screen only. The table of a spreadsheet has a `sheet` (its place among the sheets)
    instead of an encoding and a delimiter.
    """

    encoding: str = ""
    delimiter: str = ""
    sheet: int | None = None
    header_row: int
    columns: tuple[str, ...]
    mapping: Mapping[str, int]
    shares: Mapping[str, tuple[float, ...]] = field(repr=False)
    samples: tuple[NumberedRow, ...] = field(repr=False)
    beginning: tuple[NumberedRow, ...] = field(repr=False)

    @property
    def has_header(self) -> bool:
        return self.header_row > 0


def inspect(head: bytes, *, complete: bool, country: str, header_row: int | None = None) -> Shape | FileProblem:
    """Judge a text file by its first HEAD_BYTES; `complete` says that the file ends there.

    `header_row` overrules the guess. The mapping is empty where no column looks like identifiers.
    """
    if _is_foreign(head):
        return FileProblem.NOT_A_TABLE
    encoding = encoding_of(head)
    text = text_of(io.BytesIO(head), encoding=encoding).read()
    if not has_text(text):
        return FileProblem.EMPTY
    if _garbled(text):
        return FileProblem.UNDECODABLE if encoding.startswith("utf-16") else FileProblem.NOT_A_TABLE
    delimiter = delimiter_of(text)
    rows = _sample(text, delimiter=delimiter, complete=complete)
    shape = shape_of_rows(rows, country=country, header_row=header_row)
    return replace(shape, encoding=encoding, delimiter=delimiter) if isinstance(shape, Shape) else shape


def shape_of_rows(rows: Sequence[NumberedRow], *, country: str, header_row: int | None = None) -> Shape | FileProblem:
    """Judge a table by its first rows; `header_row` overrules the guess."""
    header = header_row_of(rows, country=country) if header_row is None else header_row
    body = [row for row in rows if row[0] > header and row_has_text(row[1])]
    if not body:
        return FileProblem.EMPTY
    width = _width(rows)
    names = next((cells for number, cells in rows if number == header), [])
    cells = [cells for _, cells in body]
    shares = {kind: tuple(_share(cells, index, kind, country) for index in range(width)) for kind in ("email", "phone")}
    return Shape(
        header_row=header,
        columns=tuple(column_name(names, index) for index in range(width)),
        mapping=_mapping(names, shares),
        shares=shares,
        samples=tuple(body[:SHOWN_ROWS]),
        beginning=tuple(row for row in rows if row_has_text(row[1]))[:LAST_HEADER_ROW],
    )


def _width(rows: Sequence[NumberedRow]) -> int:
    """Return the number of columns, without those at the end that are empty in every row."""
    filled = (index for _, cells in rows for index, cell in enumerate(cells) if has_text(cell))
    return max(filled, default=0) + 1


# --- Bytes ---------------------------------------------------------------------------------------------------

_OTHERS = (
    *(b"%PDF", b"{\\rtf", b"\x89PNG", b"\xff\xd8\xff", b"GIF8"),
    *(b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"SQLite format 3"),
)
_MARKUP = (b"<!doctype", b"<html", b"<?xml", b"<table", b"<svg")


def _is_foreign(head: bytes) -> bool:
    beginning = head[:200].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return head.startswith(_OTHERS) or beginning.startswith(_MARKUP)


def encoding_of(head: bytes) -> str:
    """Return the encoding, judged by the byte order mark, by the places of zero bytes, or by whether it is UTF-8."""
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
        # The head of a longer file may end in the middle of a character.
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
    """Return the character that cuts out the most identifiers, into rows of equal width; a comma if none does."""
    named = SEPARATOR_LINE(text.partition("\n")[0])
    if named:
        return named.group(1)
    return max(DELIMITERS, key=lambda delimiter: (*_fitness(text, delimiter), -DELIMITERS.index(delimiter)))


def _fitness(text: str, delimiter: str) -> tuple[int, float, int]:
    rows = [row for _, row in _sample(text, delimiter=delimiter, complete=True) if row_has_text(row)]
    identifiers = sum(bool(_LIKE_AN_IDENTIFIER(cell)) for row in rows for cell in row)
    width, alike = Counter(map(len, rows)).most_common(1)[0] if rows else (1, 0)
    return identifiers, alike / max(1, len(rows)) if width > 1 else 0.0, width


def _sample(text: str, *, delimiter: str, complete: bool) -> list[NumberedRow]:
    rows = list(islice(rows_of(io.StringIO(text, newline=""), delimiter=delimiter), SAMPLE_ROWS))
    return rows[:-1] if not complete and 1 < len(rows) < SAMPLE_ROWS else rows


# --- Which column holds what ---------------------------------------------------------------------------------


def _share(body: list[list[str]], index: int, kind: str, country: str) -> float:
    """Return the share of identifiers of this kind among the cells that are not empty."""
    cells = [row[index] for row in body if index < len(row) and has_text(row[index])]
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
    if len(found) == 1:
        found |= _of_the_other_kind(names, shares, *found.items())
    if not found:
        mixed = [sum(both) for both in zip(*shares.values(), strict=True)]
        best = max(range(len(mixed)), key=mixed.__getitem__)
        found = {"email": best, "phone": best} if mixed[best] >= ENOUGH else {}
    return found


def _of_the_other_kind(
    names: Sequence[str], shares: Mapping[str, Sequence[float]], found: tuple[str, int]
) -> dict[str, int]:
    """Return the column that was found for the other kind, too: where MANY of its cells are of that kind.

    A column whose name says which kind it holds is left to that kind.
    """
    kind, index = found
    other = "phone" if kind == "email" else "email"
    named = index < len(names) and names_kind(names[index], kind)
    return {other: index} if shares[other][index] >= MANY and not named else {}


def _score(name: str, kind: str, share: float) -> float:
    named = 0.6 if name and names_kind(name, kind) else 0.0
    return share + named
