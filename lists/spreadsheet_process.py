"""A program of its own that opens one spreadsheet and tells its rows: values only, nothing in it is ever run.

A workbook of a few kilobytes can ask for terabytes of memory, and the library then ends the process it is in. So it is
opened in a process that may be lost, with little memory and little time, that holds no key, no database and no network.

    python -I unpacking.py LIMITS look          < workbook   one JSON document: the first rows of every sheet
    python -I unpacking.py LIMITS rows <index>  < workbook   one JSON list a line: every row of one sheet

LIMITS is a JSON document, see `Limits`. What cannot be opened is told as {"problem": code} in the first line.
"""

from __future__ import annotations

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
"""The stream in which a spreadsheet with a password keeps itself. Source: MS-OFFCRYPTO, 1.3.3."""

MOST_ENTRIES = 2_000
MOST_SHEETS = 20
LONGEST_CELL = 2_000
MOST_COLUMNS = 200
PIECE = 64 * 1024
LARGEST_EXACT = 1e21
"""Whole numbers beyond this are no phone numbers; written out, a single cell would have hundreds of digits."""


class Limits(NamedTuple):
    """What one workbook may cost: bytes of memory, seconds of work, bytes once unpacked; how many rows `look` tells."""

    memory: int
    seconds: int
    unpacked: int
    rows: int


class Refused(Exception):
    """The workbook is not opened. The text is the code of `lists.file_problems.FileProblem`."""


def main(arguments: list[str]) -> None:
    """Do what the arguments say."""
    limits = Limits(**json.loads(arguments[0]))
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        for told in _told(sys.stdin.buffer.read(), arguments[1:], limits):
            sys.stdout.write(json.dumps(told) + "\n")
    except Refused as refusal:
        sys.stdout.write(json.dumps({"problem": str(refusal)}) + "\n")


def _told(data: bytes, arguments: list[str], limits: Limits) -> Iterator[Any]:
    book = _opened(data, limits)
    try:
        if arguments[0] == "look":
            yield {"sheets": _heads(book, limits)}
        else:
            yield {"sheet": book.sheet_names[int(arguments[1])]}
            yield from _rows(book.get_sheet_by_index(int(arguments[1])))
    except (CalamineError, IndexError):
        raise Refused("spreadsheet_damaged") from None


def _opened(data: bytes, limits: Limits) -> CalamineWorkbook:
    if data.startswith(OLE):
        raise Refused("locked_spreadsheet" if ENCRYPTED in data else "legacy_spreadsheet")
    _weigh(data, limits)
    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(data))
    except PasswordError:
        raise Refused("locked_spreadsheet") from None
    except CalamineError:
        raise Refused("spreadsheet_damaged") from None


def _weigh(data: bytes, limits: Limits) -> None:
    """Refuse an archive that is no workbook, or would not fit once unpacked: by what it says, then by what it is."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            names = {entry.filename for entry in entries}
            if not names & {"xl/workbook.xml", "content.xml"}:
                raise Refused("legacy_spreadsheet" if "xl/workbook.bin" in names else "not_a_table")
            if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > limits.unpacked:
                raise Refused("spreadsheet_too_large")
            _weigh_entries(archive, entries, limits)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError):
        raise Refused("spreadsheet_damaged") from None


def _weigh_entries(archive: zipfile.ZipFile, entries: Iterable[zipfile.ZipInfo], limits: Limits) -> None:
    unpacked = 0
    for entry in entries:
        if entry.flag_bits & 1:
            raise Refused("locked_spreadsheet")
        entry.file_size = limits.unpacked + PIECE  # what it says of itself is not believed: it is read to its real end
        with archive.open(entry) as content:
            while piece := content.read(PIECE):
                unpacked += len(piece)
                if unpacked > limits.unpacked:
                    raise Refused("spreadsheet_too_large")


def _heads(book: CalamineWorkbook, limits: Limits) -> list[dict[str, Any]]:
    """Return name and first rows of every sheet that shows anything; hidden ones only where no other does."""
    kinds = book.sheets_metadata[:MOST_SHEETS]
    found = []
    for index, kind in enumerate(kinds):
        if kind.typ is not SheetTypeEnum.WorkSheet:
            continue
        rows = list(islice(_first_shown(_rows(book.get_sheet_by_index(index))), limits.rows))
        if rows:
            hidden = kind.visible is not SheetVisibleEnum.Visible
            found.append({"index": index, "name": kind.name, "rows": rows, "hidden": hidden})
    shown = [sheet for sheet in found if not sheet["hidden"]]
    return shown or found


def _first_shown(rows: Iterable[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Yield rows with their numbers from the first one that holds anything."""
    begun = False
    for number, row in enumerate(rows, start=1):
        begun = begun or any(cell.strip() for cell in row)
        if begun:
            yield number, row


def _rows(sheet: CalamineSheet) -> Iterator[list[str]]:
    """Yield the rows from the sheet's very first, so that counting them gives the numbers that a spreadsheet shows."""
    for row in sheet.iter_rows():
        yield _without_end([_text(cell)[:LONGEST_CELL] for cell in row[:MOST_COLUMNS]])


def _without_end(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _text(value: object) -> str:
    """Return a cell's value as it would be typed. A whole number keeps every digit: spreadsheets make those of phones.

    Of a formula, the value is the one that was stored with it when the workbook was saved.
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
