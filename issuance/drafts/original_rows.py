"""Files to download, with the columns of the file that the guests came in: lines left out, guests not sent.

The rows come from one walk through the sealed upload, in step with a query in the order of its lines: memory is flat.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple, Protocol, TypeVar

from issuance.audience.recognition import open_upload
from issuance.models import Issuance, Upload
from lists.csv_out import _encoded
from lists.delimited import NumberedRow
from lists.tables import header_of, rows_in
from vault.sealing import Unsealable

OWN_COLUMNS = ("line", "status", "reason_code", "reason", "what_to_do")


class _Note(NamedTuple):
    """What is said of one line; the fields are OWN_COLUMNS."""

    line: int
    status: str
    reason_code: str
    reason: str
    to_do: str


# --- What is said of a line ----------------------------------------------------------------------------------


# --- The file ------------------------------------------------------------------------------------------------


class OfLine(Protocol):
    """Something about one line of the file."""

    @property
    def line(self) -> int: ...


SomethingOfLine = TypeVar("SomethingOfLine", bound=OfLine)


def beside_original(
    issuance: Issuance, notes: Iterator[Any], *, columns: Sequence[str] = OWN_COLUMNS
) -> Iterator[bytes]:
    """Yield a CSV file of notes, each a tuple with its `line` first, behind the original cells of that line.

    Notes come in the order of their lines. Of an erased file only the notes remain.
    """
    upload, file = _opened(issuance)
    if upload is None or file is None:
        yield from _encoded(chain([columns], notes))
        return
    with file:
        yield from _encoded(_with_cells(upload, file, notes, columns))


def with_original(issuance: Issuance, notes: Iterator[SomethingOfLine]) -> Iterator[tuple[list[str], SomethingOfLine]]:
    """Yield each note with the original cells of its line; none of an erased file. Notes in the order of lines."""
    upload, file = _opened(issuance)
    if upload is None or file is None:
        yield from (([], note) for note in notes)
        return
    with file:
        rows = rows_in(file, upload=upload)
        header_of(rows, header_row=upload.header_row or 0)
        yield from _in_step(rows, notes)


def width_of(issuance: Issuance) -> int:
    """Return how many original columns such a file has: where a note's own columns begin."""
    upload, file = _opened(issuance)
    if upload is None or file is None:
        return 0
    with file:
        header = header_of(rows_in(file, upload=upload), header_row=upload.header_row or 0)
        return max(len(header), len(upload.columns))


def upload_of(issuance: Issuance) -> Upload | None:
    """Return the file that an issuance's guests came in, also of a retry; None where there was none."""
    return Upload.objects.filter(issuance=_root(issuance)).first()


def _opened(issuance: Issuance) -> tuple[Upload | None, io.BufferedReader | None]:
    upload = upload_of(issuance)
    try:
        return upload, open_upload(upload) if upload else None
    except (FileNotFoundError, Unsealable):
        return upload, None


def _root(issuance: Issuance) -> Issuance:
    while issuance.parent is not None:
        issuance = issuance.parent
    return issuance


def _with_cells(
    upload: Upload, file: io.BufferedReader, notes: Iterator[Any], columns: Sequence[str]
) -> Iterator[Iterable[object]]:
    rows = rows_in(file, upload=upload)
    header = header_of(rows, header_row=upload.header_row or 0)
    width = max(len(header), len(upload.columns))
    yield [*(name or column for name, column in zip(_fitted(header, width), upload.columns, strict=False)), *columns]
    for row, note in _in_step(rows, notes):
        yield [*_fitted(row, width), *note]


def _in_step(
    rows: Iterator[NumberedRow], notes: Iterator[SomethingOfLine]
) -> Iterator[tuple[list[str], SomethingOfLine]]:
    """Pair each note with the row of its line. Both come in the order of lines; a line may have several notes."""
    number, row = 0, list[str]()
    for note in notes:
        while number < note.line:
            number, row = next(rows, (note.line, []))
        yield (row if number == note.line else []), note


def _fitted(row: list[str], width: int) -> list[str]:
    """Return the row with exactly this many cells; what is beyond the last column stays with it."""
    if len(row) > width > 0:
        return [*row[: width - 1], " ".join(row[width - 1 :])]
    return row + [""] * (width - len(row))
