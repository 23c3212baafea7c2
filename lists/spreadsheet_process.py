"""A program that opens one spreadsheet and writes its rows. It reads values only: nothing in a workbook is ever run.

A workbook of a few kilobytes can ask for terabytes of memory, and the library then kills its own process. So each
workbook is opened in a process that may die: with little memory and little time, without keys, database or network.

    python -I spreadsheet_process.py LIMITS look          < workbook   a JSON document: the first rows of every sheet
    python -I spreadsheet_process.py LIMITS rows <index>  < workbook   a JSON list a line: every row of one sheet

LIMITS is a JSON document, see `Limits`. For a workbook that cannot be opened, the first line is {"problem": code}.
"""

import io
import json
import math
import resource
import sys
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from itertools import islice
from typing import Any, NamedTuple

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
"""The stream that holds a spreadsheet with a password. Source: MS-OFFCRYPTO, 1.3.3."""

MOST_ENTRIES = 2_000
MOST_SHEETS = 20
LONGEST_CELL = 2_000
MOST_COLUMNS = 200
PIECE = 64 * 1024
LARGEST_EXACT = 1e21
"""Larger whole numbers are no phone numbers; written out, one cell could have hundreds of digits."""


class Limits(NamedTuple):
    """What one workbook may cost: bytes of memory, seconds of work, bytes once unpacked; rows that `look` writes."""

    memory: int
    seconds: int
    unpacked: int
    rows: int


class WorkbookRefused(Exception):
    """The workbook is not opened. The text is a value of `lists.file_problems.FileProblem`."""


def main(arguments: list[str]) -> None:
    """Write what the arguments ask for to standard output."""
    limits = Limits(**json.loads(arguments[0]))
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        for document in _documents(sys.stdin.buffer.read(), arguments[1:], limits):
            sys.stdout.write(json.dumps(document) + "\n")
    except WorkbookRefused as refusal:
        sys.stdout.write(json.dumps({"problem": str(refusal)}) + "\n")


def _documents(data: bytes, arguments: list[str], limits: Limits) -> Iterator[Any]:
    book = _opened(data, limits)
    try:
        if arguments[0] == "look":
            yield {"sheets": _heads(book, limits)}
        else:
            yield {"sheet": book.sheet_names[int(arguments[1])]}
            yield from _rows(book.get_sheet_by_index(int(arguments[1])))
    except (CalamineError, IndexError):
        raise WorkbookRefused("spreadsheet_damaged") from None


def _opened(data: bytes, limits: Limits) -> CalamineWorkbook:
    if data.startswith(OLE):
        raise WorkbookRefused("locked_spreadsheet" if ENCRYPTED in data else "legacy_spreadsheet")
    _check_archive(data, limits)
    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(data))
    except PasswordError:
        raise WorkbookRefused("locked_spreadsheet") from None
    except CalamineError:
        raise WorkbookRefused("spreadsheet_damaged") from None


def _check_archive(data: bytes, limits: Limits) -> None:
    """Refuse an archive that is no workbook, or is too large once unpacked: first by its directory, then in fact."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            names = {entry.filename for entry in entries}
            if not names & {"xl/workbook.xml", "content.xml"}:
                raise WorkbookRefused("legacy_spreadsheet" if "xl/workbook.bin" in names else "not_a_table")
            if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > limits.unpacked:
                raise WorkbookRefused("spreadsheet_too_large")
            _check_entries(archive, entries, limits)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError):
        raise WorkbookRefused("spreadsheet_damaged") from None


def _check_entries(archive: zipfile.ZipFile, entries: Iterable[zipfile.ZipInfo], limits: Limits) -> None:
    unpacked = 0
    for entry in entries:
        if entry.flag_bits & 1:
            raise WorkbookRefused("locked_spreadsheet")
        entry.file_size = limits.unpacked + PIECE  # the size in the directory may be a lie: read to the real end
        with archive.open(entry) as content:
            while piece := content.read(PIECE):
                unpacked += len(piece)
                if unpacked > limits.unpacked:
                    raise WorkbookRefused("spreadsheet_too_large")


def _heads(book: CalamineWorkbook, limits: Limits) -> list[dict[str, Any]]:
    """Return name and first rows of every sheet that is not empty; hidden sheets only where all others are empty."""
    kinds = book.sheets_metadata[:MOST_SHEETS]
    found = []
    for index, kind in enumerate(kinds):
        if kind.typ is not SheetTypeEnum.WorkSheet:
            continue
        rows = list(islice(_from_first_filled(_rows(book.get_sheet_by_index(index))), limits.rows))
        if rows:
            hidden = kind.visible is not SheetVisibleEnum.Visible
            found.append({"index": index, "name": kind.name, "rows": rows, "hidden": hidden})
    shown = [sheet for sheet in found if not sheet["hidden"]]
    return shown or found


def _from_first_filled(rows: Iterable[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Yield rows with their numbers, from the first row that is not empty."""
    begun = False
    for number, row in enumerate(rows, start=1):
        begun = begun or any(cell.strip() for cell in row)
        if begun:
            yield number, row


def _rows(sheet: CalamineSheet) -> Iterator[list[str]]:
    """Yield the rows from the first of the sheet, so that counting gives the numbers that a spreadsheet shows."""
    for row in sheet.iter_rows():
        yield _without_empty_end([_text(cell)[:LONGEST_CELL] for cell in row[:MOST_COLUMNS]])


def _without_empty_end(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _text(value: object) -> str:
    """Return a cell's value as a person types it. A whole number keeps every digit: spreadsheets store phones so.

    A formula has the value that was stored when the workbook was saved.
    """
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and not math.isfinite(value):
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < LARGEST_EXACT:
        return str(int(value))
    return value.isoformat() if isinstance(value, datetime | date | time) else str(value)


if __name__ == "__main__":
    main(sys.argv[1:])
