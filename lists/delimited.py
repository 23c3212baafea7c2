"""Text files: uploaded bytes become rows, numbered as a spreadsheet numbers them. A stream: memory stays flat.

    rows_of(text_of(file, encoding="utf-8"), delimiter=",")    # (1, ["name", "email"]), (2, ["Ana", "ana@example.com"])

The csv module splits the lines. It is protected from a stray quote that would swallow the rest of the file, from lines
that never end, from rows of a thousand lines, and from bytes in another encoding than the rest.
"""

import codecs
import csv
import io
import re
from collections import deque
from collections.abc import Iterator
from typing import BinaryIO

LONGEST_LINE = 64 * 1024
"""Characters; the rest of a longer line is dropped."""

LONGEST_ROW = 100
"""Lines that one row may span through quoted line breaks. In a longer one, the first quote was a stray quote."""

SEPARATOR_LINE = re.compile('\ufeff?"?sep=(.)"?[\r\n]*', re.IGNORECASE).fullmatch
"""The first line of a file that names its delimiter."""

MIXED_IN = "as-windows-1252"
"""Our error handler: single bytes that are not UTF-8 are read as Windows-1252."""

NumberedRow = tuple[int, list[str]]
"""The number that a spreadsheet shows beside the row, from 1, and the row's cells."""


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


def rows_of(text: io.TextIOBase, *, delimiter: str) -> Iterator[NumberedRow]:
    """Yield every row. An empty line is a row without cells; the line end at the end of the file begins no row.

    A row with quoted line breaks is one row, as in a spreadsheet. A quote that is never closed, or closed in the middle
    of a cell, is taken as a character of the cell, and its line is a row of its own.
    """
    lines = _Lines(text)
    number = 0
    while True:
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        try:
            for row in reader:
                number += 1
                lines.row.clear()
                yield number, row
        except (csv.Error, _Runaway):
            number += 1
            yield number, _cells(lines.take_back(), delimiter)
        else:
            return


class _Runaway(Exception):
    """A row spans more than LONGEST_ROW lines."""


class _Lines:
    """The lines of a text, cut to LONGEST_LINE; keeps those of the current row, so that they can be read again."""

    def __init__(self, text: io.TextIOBase) -> None:
        self._text = text
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
        line = self._text.readline(LONGEST_LINE)
        if len(line) == LONGEST_LINE and line[-1] not in "\r\n":
            while (more := self._text.readline(LONGEST_LINE)) and more[-1] not in "\r\n":
                pass
        return line

    def _skip_separator_line(self) -> None:
        # Excel writes "sep=;" for itself, and shows no row for it.
        line = self._next_line()
        if line and not SEPARATOR_LINE(line):
            self._again.append(line)


def _cells(line: str, delimiter: str) -> list[str]:
    """Return the cells of a line whose quotes do not add up."""
    try:
        if line.count('"') % 2:
            return next(csv.reader([line], delimiter=delimiter, quoting=csv.QUOTE_NONE), [])
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return line.rstrip("\r\n").split(delimiter)
