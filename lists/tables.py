"""A table, whatever it came as: rows with the numbers that a spreadsheet shows. What is above this knows no format.

A text file is read as it streams by. A spreadsheet is unpacked by a process of its own; the first rows of its sheets
are kept sealed beside the upload, so that no page has to open it again.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import IO, Protocol, cast

from lists.delimited import NumberedRow, rows_of, text_of
from lists.detection import HEAD_BYTES, FileProblem, Shape, inspect, shape_of_rows
from lists.spreadsheets import SheetHead, Unopenable, heads_from, heads_of, is_workbook, rows_of_sheet
from vault.sealing import seal, unseal

SHEETS = "first rows of sheets"
"""The purpose under which the beginning of a spreadsheet is sealed."""


class Kept(Protocol):
    """A stored table, and how it has been settled to be read: an upload of an issuance, or a list of other people."""

    @property
    def encoding(self) -> str:
        """Of a text file."""

    @property
    def delimiter(self) -> str:
        """Of a text file."""

    @property
    def sheet(self) -> int | None:
        """Of a spreadsheet: the place of the sheet that is read, from 0."""

    @property
    def header_row(self) -> int | None:
        """The row that names the columns; 0 for none."""

    @property
    def sealed_sheets(self) -> bytes | memoryview:
        """What `sealed_sheets` kept of a spreadsheet; nothing of a text file."""


@dataclass(frozen=True, kw_only=True)
class Beginning:
    """The first bytes of a text file, or the first rows of each sheet: enough to judge how it is to be read."""

    head: bytes = field(default=b"", repr=False)
    complete: bool = True
    sheets: Sequence[SheetHead] | None = None

    def shape(self, *, country: str, sheet: int | None = None, header_row: int | None = None) -> Shape | FileProblem:
        """Judge the table. Without a `sheet` it is the first that holds identifiers, else the first."""
        if self.sheets is None:
            return inspect(self.head, complete=self.complete, country=country, header_row=header_row)
        chosen = [each for each in self.sheets if each.index == sheet]
        found = [
            (each, shape_of_rows(each.rows, country=country, header_row=header_row)) for each in chosen or self.sheets
        ]
        shapes = [replace(shape, sheet=each.index) for each, shape in found if isinstance(shape, Shape)]
        return next((shape for shape in shapes if shape.mapping), next(iter(shapes), FileProblem.EMPTY))


def beginning_of(file: io.BufferedReader, *, upload: Kept | None = None) -> Beginning:
    """Return the beginning of a file; of an upload's spreadsheet, what was kept of it.

    Raises Unopenable and Unsealable.
    """
    if upload is not None and upload.sealed_sheets:
        kept = json.loads(unseal(upload.sealed_sheets, purpose=SHEETS))
        if "problem" in kept:
            raise Unopenable(FileProblem(kept["problem"]))
        return Beginning(sheets=heads_from(kept["sheets"]))
    head = file.read(HEAD_BYTES)
    if not is_workbook(head):
        return Beginning(head=head, complete=len(head) < HEAD_BYTES)
    file.seek(0)
    return Beginning(sheets=heads_of(file))


def sealed_sheets(file: io.BufferedReader) -> bytes:
    """Return what `beginning_of` keeps of a spreadsheet, or why it cannot be opened; nothing for a text file."""
    if not is_workbook(file.peek(8)):
        return b""
    try:
        heads = heads_of(file)
        kept = {"sheets": [{"index": head.index, "name": head.name, "rows": list(head.rows)} for head in heads]}
    except Unopenable as refusal:
        return seal(json.dumps({"problem": refusal.problem.value}).encode(), purpose=SHEETS)
    return seal(json.dumps(kept).encode(), purpose=SHEETS)


def rows_in(file: io.BufferedReader, *, upload: Kept) -> Iterator[NumberedRow]:
    """Yield every row of an upload's table as it has been settled to be read. Raises Unopenable on the way."""
    file.seek(0)
    if upload.sheet is not None:
        return rows_of_sheet(file, index=upload.sheet)
    return rows_of(text_of(file, encoding=upload.encoding), delimiter=upload.delimiter)


def body_rows(file: io.BufferedReader, *, upload: Kept) -> Iterator[NumberedRow]:
    """Yield the rows below the header, or all of them where there is none, with their numbers."""
    rows = rows_in(file, upload=upload)
    header_of(rows, header_row=upload.header_row or 0)
    yield from rows


def header_of(rows: Iterator[NumberedRow], *, header_row: int) -> list[str]:
    """Take off the rows down to the header and return its cells. What is above it is no line."""
    if not header_row:
        return []
    return next((cells for number, cells in rows if number >= header_row), [])


def rows_of_file(file: IO[bytes], *, country: str) -> Iterator[NumberedRow]:
    """Return every row of a file that is not kept, read as it looks: whoever takes all cells needs no header.

    Raises Unopenable, also on the way.
    """
    file.seek(0)
    reader = cast("io.BufferedReader", io.BufferedReader(cast("io.RawIOBase", file)))
    shape = beginning_of(reader).shape(country=country)
    if isinstance(shape, FileProblem):
        raise Unopenable(shape)
    reader.seek(0)
    if shape.sheet is not None:
        return rows_of_sheet(reader, index=shape.sheet)
    return rows_of(text_of(reader, encoding=shape.encoding), delimiter=shape.delimiter)
