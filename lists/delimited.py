"""Text files: uploaded bytes become rows, numbered as a spreadsheet numbers them. A stream: memory stays flat.

    rows_of(text_of(file, encoding="utf-8"), delimiter=",")    # (1, ["name", "email"]), (2, ["Ana", "ana@example.com"])

The csv module splits the lines. It is protected from a stray quote that would swallow the lines behind it, and from
bytes in another encoding than the rest. What is longer than the settings allow is refused: nothing is cut off.
"""

import codecs
import csv
import io
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import BinaryIO

from django.conf import settings

from lists.file_problems import FileProblem, Unopenable
from lists.fragments import LIKE_ADDRESS
from lists.identifiers import has_text

LONGEST_ROW = 100_000
"""Lines that one row may span through quoted line breaks. In a longer one, the first quote was a stray quote."""

CONTROLS = "\x01\x1c\x1d\x1e\x1f"
"""Signs that ASCII has for separating: databases write them."""

CELLS_PER_LINE = 10
"""So many of the longest cells may be on one line."""

SEPARATOR_LINE = re.compile('\ufeff?"?sep=(.)"?[\r\n]*', re.IGNORECASE).fullmatch
"""The first line of a file that names its delimiter."""

_WHOLE = re.compile(r'"((?:[^"]|"")+)"([;,\t|])\2*\s*').fullmatch
"""A line quoted whole, with the empty cells of another separator behind it: `"Ana,ana@example.com";;`."""

MIXED_IN = "as-windows-1252"
"""Our error handler: single bytes that are not UTF-8 are read as Windows-1252."""

NumberedRow = tuple[int, list[str]]
"""The number that a spreadsheet shows beside the row, from 1, and the row's cells."""


LONGEST_GAP = 1_000
"""So many empty lines may be between two others. More are no lines: a spreadsheet was styled down to its last row."""


class HiddenRow(list[str]):
    """The cells of a row that the spreadsheet does not show."""


def without_blank_ends(rows: Iterable[NumberedRow]) -> Iterator[NumberedRow]:
    """Yield rows without the empty ones behind the last, and without long gaps. Raises Unopenable for too many."""
    blank, most = list[int](), settings.LIST_MOST_LINES
    for number, cells in rows:
        if not (cells and cells[0][:1].isalnum()) and not has_text("".join(cells)):
            if len(blank) <= LONGEST_GAP:
                blank.append(number)
            continue
        if number > most:
            raise Unopenable(FileProblem.TOO_MANY_LINES)
        if blank:
            if len(blank) <= LONGEST_GAP:
                yield from ((each, []) for each in blank)
            blank.clear()
        yield number, cells


def _as_windows_1252(error: UnicodeError) -> tuple[str | bytes, int]:
    """Decode bytes that are not UTF-8. Files that were pasted together from two sources hold some."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("windows-1252", "replace"), error.end


codecs.register_error(MIXED_IN, _as_windows_1252)


def text_of(stream: BinaryIO | io.BufferedReader, *, encoding: str) -> io.TextIOWrapper:
    """Return a reader of the text, with line ends as they are. It never raises for bytes that do not fit."""
    errors = MIXED_IN if encoding in ("utf-8", "utf-8-sig") else "replace"
    return io.TextIOWrapper(stream, encoding=encoding, errors=errors, newline="")


def longest_cell() -> int:
    """Return how many characters a cell may have; the csv module knows it, too."""
    longest: int = settings.LIST_LONGEST_CELL
    csv.field_size_limit(longest)
    return longest


def rows_of(
    text: io.TextIOBase, *, delimiter: str, width: int = 0, most_cells: int | None = None
) -> Iterator[NumberedRow]:
    """Yield every row. An empty line is a row without cells; the line end at the end of the file begins no row.

    A row with quoted line breaks is one row, as in a spreadsheet. A quote that is never closed, or closed in the middle
    of a cell, or that would swallow other rows, is taken as a character of the cell, and its line is a row of its own.
    With the `width` of the table, a line that is quoted as a whole is opened. Raises Unopenable for what is too long.
    """
    lines, most = _Lines(text), most_cells or settings.LIST_MOST_CELLS
    number = 0
    while True:
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        try:
            for row in reader:
                if len(row) != width or len(lines.row) > 1:
                    if len(row) > most:
                        raise Unopenable(FileProblem.TOO_MANY_CELLS)
                    if len(lines.row) > 1 and _swallows(lines.row, row, delimiter):
                        raise _Runaway  # noqa: TRY301 - the same way back as for a quote that never ends
                    row = _opened(row, delimiter, width)  # noqa: PLW2901 - the same row, read as it was meant
                lines.row.clear()
                number += 1
                yield number, row
        except (csv.Error, _Runaway) as error:
            if "field limit" in str(error) and len(lines.row) == 1:
                raise Unopenable(FileProblem.CELL_TOO_LONG) from error
            number += 1
            yield number, _cells(lines.take_back(), delimiter)
        else:
            return


def _opened(row: list[str], delimiter: str, width: int) -> list[str]:
    """Return the row that a single quoted cell holds, if it is as wide as the table. Excel wraps rows so."""
    inner = unwrapped(row, delimiter) if width > 1 else []
    return inner if inner and len(inner) == width else row


def unwrapped(row: Sequence[str], delimiter: str) -> list[str]:
    """Return the cells of a line that a single cell holds, which may be quoted twice; nothing if none does."""
    inner = list(row)
    while inner and delimiter in inner[0] and not any(inner[1:]):
        try:
            found = list(csv.reader(io.StringIO(inner[0], newline=""), delimiter=delimiter, strict=True))
        except csv.Error:
            return []
        if len(found) != 1 or found[0] == inner:
            return []
        inner = found[0]
    return inner if len(inner) > 1 and inner != list(row) else []


def _swallows(lines: Sequence[str], row: Sequence[str], delimiter: str) -> bool:
    """Whether a quote that is closed some lines later has swallowed rows: lines as wide as the row, with addresses."""
    width = max(len(row), lines[0].count(delimiter) + 1)
    return any(line.count(delimiter) + 1 == width > 1 and LIKE_ADDRESS(line) for line in lines[1:-1]) or (
        lines[-1].count(delimiter) + 1 == width > len(row) and bool(LIKE_ADDRESS(lines[-1]))
    )


class _Runaway(Exception):
    """A row spans more than LONGEST_ROW lines."""


class _Lines:
    """The lines of a text; keeps those of the current row, so that they can be read again."""

    def __init__(self, text: io.TextIOBase) -> None:
        self._text = text
        self._longest = longest_cell() * CELLS_PER_LINE
        self._again: deque[str] = deque()
        self.row: list[str] = []
        self._skip_separator_line()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.row) == LONGEST_ROW:
            raise _Runaway
        line = self._again.popleft() if self._again else self._next_line()
        if not line:
            raise StopIteration
        self.row.append(line)
        return line

    def take_back(self) -> str:
        """Return the first line of the current row; the lines after it will be read again."""
        first, *others = self.row
        self._again.extendleft(reversed(others))
        self.row.clear()
        return first

    def _next_line(self) -> str:
        line = self._text.readline(self._longest)
        if len(line) == self._longest and line[-1] not in "\r\n":
            raise Unopenable(FileProblem.CELL_TOO_LONG)
        return line

    def _skip_separator_line(self) -> None:
        # Excel writes "sep=;" for itself, and shows no row for it.
        line = self._next_line()
        if line and not SEPARATOR_LINE(line):
            self._again.append(line)


def _cells(line: str, delimiter: str) -> list[str]:
    """Return the cells of a line whose quotes do not add up, or that is quoted whole before other separators."""
    whole = _WHOLE(line)
    try:
        if whole:
            return next(csv.reader([whole.group(1).replace('""', '"')], delimiter=delimiter, strict=True), [])
        if line.count('"') % 2:
            return next(csv.reader([line], delimiter=delimiter, quoting=csv.QUOTE_NONE), [])
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return line.rstrip("\r\n").split(delimiter)
