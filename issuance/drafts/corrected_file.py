"""The file of left-out lines comes back from a user's spreadsheet: changed values in it become corrections.

The user may have sorted it, saved it in another format, or deleted lines. Each line names its number and its draft. A
value counts if it differs from the one in the downloaded file, so a suggestion that was left as it is changes nothing.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, islice
from typing import NamedTuple, cast

from accounts.models import User
from issuance.audience import line_corrections
from issuance.audience.intake import columns_of
from issuance.audience.left_out_cells import cell_of
from issuance.files.left_out_file import LEFT_OUT_COLUMNS
from issuance.models import Issuance, RejectedLine, Upload
from lists.csv_out import plain
from lists.delimited import NumberedRow
from lists.detection import Shape
from lists.file_problems import Unopenable
from lists.identifiers import normalise
from lists.kept_cells import LONGEST_KEPT_CELL
from lists.lines import TO_FIX, Accepted, Columns, LineProblem
from lists.suggestions import suggested
from lists.tables import beginning_of, rows_in

LARGEST = 32 * 1024 * 1024
"""Bytes. A user with more to correct corrects the list itself."""

LINES_AT_ONCE = 1_000
ROWS_ABOVE = 10
"""The names of the columns are in one of the first rows, as many as this."""

NEEDED = ("line", "suggested_value", "issuance")
"""The columns that are read: which line it is, which guest is meant, and in which draft."""


class NotReturned(Exception):
    """The file is not the one that was downloaded from the check of this draft. The text is for the user."""


@dataclass(slots=True)
class Returned:
    """What a file brought: lines corrected, lines as before, and how many of the latter hold an invalid value."""

    corrected: int = 0
    as_before: int = 0
    wrong: int = 0

    def in_words(self) -> str:
        words = f"{self.corrected:,} of {self.corrected + self.as_before:,} corrected, {self.as_before:,} as before."
        return f"{words} {self.wrong:,} of them hold a value that cannot be sent." if self.wrong else words


class _ReturnedLine(NamedTuple):
    """One line of the file. `issuance` is the number of its draft, `cells` are all cells."""

    line: int
    issuance: str
    suggested: str
    cells: list[str]


def is_returned(data: bytes, *, issuance: Issuance) -> bool:
    """Whether a file was downloaded from the check of this draft."""
    try:
        first = next(_Table(data, country=issuance.merchant.country).lines(), None)
    except NotReturned:
        return False
    return first is not None and first.issuance == str(issuance.pk)


def take_back_in(*, issuance: Issuance, data: bytes, by: User | None, at: datetime) -> Returned:
    """Save the file's corrections, and have the draft read again. Raises NotReturned; Overtaken unless it is READY."""
    table = _Table(data, country=issuance.merchant.country)
    answers = _Answers(issuance, _columns(issuance.upload, table.names))
    lines = table.lines()
    while some := list(islice(lines, LINES_AT_ONCE)):
        answers.read(some)
    line_corrections.correct(issuance=issuance, values=answers.values, by=by, at=at)
    return answers.found


class _Table:
    """The rows of such a file below the names of its columns. Raises NotReturned for any other file."""

    def __init__(self, data: bytes, *, country: str) -> None:
        rows = _rows(data, country=country)
        above = [_plain(cells) for _, cells in islice(rows, ROWS_ABOVE)]
        named = next((place for place, cells in enumerate(above) if set(NEEDED) <= set(cells)), None)
        if named is None:
            raise NotReturned("This is not the file of lines that was downloaded here: its last columns are missing.")
        self.names = above[named]
        self._rest = chain(above[named + 1 :], (_plain(cells) for _, cells in rows))
        # Ours are the last columns: the user's list may have columns of the same names.
        self._places = [len(self.names) - 1 - self.names[::-1].index(name) for name in NEEDED]

    def lines(self) -> Iterator[_ReturnedLine]:
        for cells in self._rest:
            if any(cells):
                padded = [*cells, *[""] * (len(self.names) - len(cells))]
                line, suggestion, issuance = (padded[place] for place in self._places)
                yield _ReturnedLine(_number(line), str(_number(issuance)), suggestion, padded)


@dataclass(slots=True)
class _Answers:
    """The corrected identifiers by line number: where a returned line differs from the downloaded one."""

    issuance: Issuance
    columns: Columns
    values: dict[int, str] = field(default_factory=dict)
    found: Returned = field(default_factory=Returned)

    def read(self, lines: Sequence[_ReturnedLine]) -> None:
        """Compare some lines. Raises NotReturned for lines of another draft."""
        others = {said.issuance for said in lines} - {str(self.issuance.pk)}
        if others:
            raise NotReturned(f"This file belongs to another draft, #{min(others)}. Nothing was changed here.")
        numbers = [said.line for said in lines]
        downloaded = {row.line: row for row in self.issuance.rejected_lines.with_cells().filter(line__in=numbers)}
        for said in lines:
            row = downloaded.get(said.line)
            value = self._answer(row, cell_of(row), said) if row else ""
            if value:
                self.values[said.line] = value
            else:
                self.found.as_before += 1
        self.found.corrected = len(self.values)

    def _answer(self, row: RejectedLine, before: str, said: _ReturnedLine) -> str:
        """Return the line's new identifier; nothing if it is as before."""
        country = self.issuance.merchant.country
        if said.suggested and said.suggested != suggested(row.reason, before, country=country):
            found = normalise(said.suggested, country=country)
            self.found.wrong += not isinstance(found, str)
            return found if isinstance(found, str) else ""
        if row.reason == LineProblem.LEFT_OUT_BY_HAND.value:
            return ""  # its cells are as good as before
        read = self.columns.read(said.cells, country=country)
        if isinstance(read, Accepted):
            return read.value if read.value != before else ""
        self.found.wrong += row.reason in TO_FIX and read.cell[:LONGEST_KEPT_CELL].split() != before.split()
        return ""


def _rows(data: bytes, *, country: str) -> Iterator[NumberedRow]:
    file = cast("io.BufferedReader", io.BufferedReader(io.BytesIO(data)))
    try:
        shape = beginning_of(file).shape(country=country)
        if not isinstance(shape, Shape):
            raise NotReturned("This file cannot be read. Save it as CSV and send it again.")
        rows = rows_in(file, read_as=shape)
        return iter(list(rows)) if shape.sheet is not None else rows
    except Unopenable as refusal:
        raise NotReturned("This spreadsheet cannot be opened. Save it as CSV and send it again.") from refusal


def _plain(cells: Sequence[str]) -> list[str]:
    """Return cells without the apostrophes that keep a spreadsheet from changing or running them."""
    return [plain(cell.strip()) for cell in cells]


def _number(text: str) -> int:
    """Return a number in digits, 0 for any other text. Spreadsheets may write 12 as 12.0."""
    whole = text.replace(",", "").partition(".")[0]
    return int(whole) if whole.isdecimal() and len(whole) < len(str(2**31)) else 0


def _columns(upload: Upload, names: Sequence[str]) -> Columns:
    """Return where the identifiers are in the returned file: under the same names, else in the same places."""
    settled = columns_of(upload)

    def place(index: int | None) -> int | None:
        if index is None:
            return None
        name = upload.columns[index] if index < len(upload.columns) else ""
        theirs = names[: len(names) - len(LEFT_OUT_COLUMNS)]
        return names.index(name) if theirs.count(name) == 1 else index

    return Columns(email=place(settled.email), phone=place(settled.phone), prefers=settled.prefers)
